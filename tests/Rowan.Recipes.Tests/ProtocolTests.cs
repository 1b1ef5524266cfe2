using System.Text.Json;
using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>Cross-validation, training on all records, and several test files.</summary>
public sealed class ProtocolTests : RecipeTestBase
{
    string Texts(int count = 200, int from = 0, string name = "texts.tsv") => Write(name, Enumerable.Range(from, count)
        .Select(i => $"{(i % 4 == 0 ? "bad" : "good")}\tit was {(i % 4 == 0 ? "sad" : "fine")} {(i % 2 == 0 ? "fine" : "sad")} "
            + $"number{i % 9}").Prepend("label\ttext"));

    string Choices() => Write("choices.csv", Enumerable.Range(0, 60).SelectMany(user =>
        Enumerable.Range(0, 8).Select(k => $"u{user},i{user % 2 * 15 + (user + k) % 15}")).Prepend("user,item"));

    string Table() => Write("table.csv", Enumerable.Range(0, 300).Select(i =>
        $"{(i % 3 == 0 ? "red" : "blue")},{i % 10},{(i % 3 == 0 ? "yes" : "no")}").Prepend("colour,size,label"));

    TrainRequest Request(string file, string settings = "") => Of(DataSource.Of(file), settings);

    TrainRequest Of(DataSource data, string settings) => new()
    {
        Data = data, Schema = SchemaInference.Infer(data), RunsDirectory = _folder["runs"], Preset = Preset.None,
        Settings = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]),
    };

    [Theory]
    [InlineData(2), InlineData(3), InlineData(7)]
    public void FoldsAreStratifiedAndOfEqualSize(int count)
    {
        string[] classes = [.. Enumerable.Range(0, 101).Select(i => i % 10 == 0 ? "rare" : "usual")];
        int[] folds = Folds.Assign(classes, count, seed: 5);
        foreach (string own in classes.Distinct())
        {
            int[] sizes = [.. Enumerable.Range(0, count)
                .Select(fold => folds.Where((part, i) => part == fold && classes[i] == own).Count())];
            Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
        }
        int[] all = [.. Enumerable.Range(0, count).Select(fold => folds.Count(part => part == fold))];
        Assert.InRange(all.Max() - all.Min(), 0, 1);
        Assert.Equal(folds, Folds.Assign(classes, count, seed: 5));
        Assert.NotEqual(folds, Folds.Assign(classes, count, seed: 6));
    }

    [Theory]
    [InlineData("classify", "epochs=1 dim=4"), InlineData("tabular", "epochs=1 network=4"), InlineData("recommend", "epochs=2 dim=4")]
    public void EachFoldIsTestedOnceAndNoRunIsKept(string task, string settings)
    {
        TrainRequest request = Request(task == "classify" ? Texts() : task == "tabular" ? Table() : Choices(), settings);
        Recipe recipe = RecipeCatalog.Named(task);
        (IReadOnlyList<TrainReport> reports, IReadOnlyList<RepeatedMetric> metrics) = Folds.Train(recipe, request, 4);
        Assert.Equal(4, reports.Count);
        foreach (RepeatedMetric metric in metrics)
        {
            double[] values = [.. reports.Select(report => Figure(report, metric.Name))];
            double mean = values.Sum() / 4, variance = values.Sum(value => Math.Pow(value - mean, 2)) / 3;
            Assert.Equal(mean, metric.Mean, 1e-9);
            Assert.Equal(Math.Sqrt(variance), metric.Deviation, 1e-9);
        }
        string tested = task switch { "classify" => "50 to test", "tabular" => "75 to test", _ => "120 to test" };
        Assert.All(reports, report => Assert.Contains(report.Notes, note => note.Contains(tested, StringComparison.Ordinal)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["runs"]));
        Assert.Equal(metrics, Folds.Train(recipe, request, 4).Metrics);
    }

    [Theory]
    [InlineData("test-share=0.2", "`test-share`"), InlineData("split=time", "`split`")]
    public void WhatContradictsFoldsIsNamed(string settings, string option) => Assert.Contains(option,
        Assert.Throws<ArgumentException>(() => Folds.Train(new RecommendRecipe(), Request(Choices(), settings), 3)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void TasksThatHoldOutNoRecordsSayThatTheyTakeNeither()
    {
        TrainRequest request = Request(Write("plain.txt", Enumerable.Range(0, 50).Select(i => $"a line of text, with number {i}; it is "
            + $"longer, or not.")));
        Assert.Contains("`folds` 3: the words task does not use it",
            Assert.Throws<ArgumentException>(() => Folds.Train(new WordsRecipe(), request, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("`refit`: the words task does not use it",
            Assert.Throws<ArgumentException>(() => Refit.Train(new WordsRecipe(), request)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("classify", "dim=4", 200), InlineData("tabular", "network=8", 300), InlineData("recommend", "dim=4", 480)]
    public void ARefitTrainsOnAllRecordsWithTheEpochsFound(string task, string settings, int records)
    {
        TrainRequest request = Request(task == "classify" ? Texts() : task == "tabular" ? Table() : Choices(), settings);
        Recipe recipe = RecipeCatalog.Named(task);
        TrainReport first = recipe.Train(request with { Name = "first" }), refit = Refit.Train(recipe, request with { Name = "refit" });
        JsonElement before = RunFolder.Open(first.Run), after = RunFolder.Open(refit.Run);
        Assert.Equal(_folder[Path.Combine("runs", "refit")], refit.Run);
        Assert.Equal(first.Metrics, refit.Metrics);
        Assert.Equal(first.Baselines.Select(baseline => baseline.Name), refit.Baselines.Select(baseline => baseline.Name));
        string epochs = after.GetProperty("settings").GetProperty("epochs").GetString()!;
        Assert.Equal($"{Math.Max(1, (int)Math.Round(first.Epochs))}", epochs);
        Assert.Equal(int.Parse(epochs, System.Globalization.CultureInfo.InvariantCulture) * (long)records,
            after.GetProperty("examples").GetInt64());
        Assert.Contains(refit.Notes,
            note => note.StartsWith("`refit`: the saved model was trained on all records", StringComparison.Ordinal));
        if (task == "recommend")
            foreach (string name in (string[])["regularization", "unobserved-weight"])
                Assert.Equal(before.GetProperty("settings").GetProperty(name).GetString(),
                    after.GetProperty("settings").GetProperty(name).GetString());
        Assert.Equal(["first", "refit"], Directory.GetDirectories(_folder["runs"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void ARefitTrainsOnTheValidationFileAndNotOnTheTestFile()
    {
        using DataSource validation = DataSource.Of(Texts(40, 1_000, "validation.tsv")), test = DataSource.Of(Texts(40, 2_000, "test.tsv"));
        TrainReport refit = Refit.Train(new ClassifyRecipe(),
            Request(Texts(), "dim=4 epochs=3 patience=5") with { Validation = validation, Test = test });
        JsonElement run = RunFolder.Open(refit.Run);
        int epochs = int.Parse(run.GetProperty("settings").GetProperty("epochs").GetString()!,
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(epochs * 240L, run.GetProperty("examples").GetInt64());
    }

    [Fact]
    public void EachOfSeveralTestFilesHasItsMetrics()
    {
        string[] files = [Texts(40, 1_000, "a.tsv"), Texts(60, 2_001, "b.tsv")];
        using DataSource test = DataSource.Of(files);
        TrainReport report = Repeats.Once(new ClassifyRecipe(), Request(Texts(), "dim=4 epochs=1") with { Test = test });
        Assert.Equal(files, report.TestFiles.Select(file => file.File));
        Assert.Equal([40L, 60L], report.TestFiles.Select(file => file.Report.Records));
        foreach ((string file, EvaluationReport measured) in report.TestFiles)
        {
            using DataSource one = DataSource.Of(file);
            Assert.Equal(measured.Metrics, Run.Open(report.Run).As<IEvaluator>().Evaluate(one).Metrics);
        }
        double weighted = report.TestFiles.Sum(
            file => file.Report.Records * file.Report.Metrics.First(metric => metric.Name == "accuracy").Value) / 100;
        Assert.Equal(Figure(report, "accuracy"), weighted, 1e-6);
        JsonElement saved = RunFolder.Open(report.Run).GetProperty("test_files");
        Assert.Equal(files, saved.EnumerateArray().Select(file => file.GetProperty("file").GetString()));
    }
}
