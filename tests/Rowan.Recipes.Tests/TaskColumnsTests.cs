using Rowan.Data;
using Rowan.Recipes;

namespace Rowan.Tests;

/// <summary>
/// How tasks use columns: feedback of two values, times that say nothing, joined texts, and the names and numbers of other files.
/// </summary>
public sealed class TaskColumnsTests : RecipeTestBase
{
    const string Short = "epochs=1 dim=4 negatives=0";

    static IEnumerable<string> Choices(Func<int, string> last) =>
        Enumerable.Range(0, 300).Select(i => $"u{i % 20},i{i * 7 % 30},{last(i)}");

    [Fact]
    public void RecordsThatSayNoAreNoChoices()
    {
        string file = Write("flags.csv", Choices(i => i % 3 == 0 ? "false" : "true").Prepend("user,item,clicked"));
        TrainReport report = Train(new RecommendRecipe(), file, $"{Short} split=none");
        Assert.Contains(report.Notes, note => note.StartsWith("100 records", StringComparison.Ordinal)
            && note.Contains("say no in 'clicked'", StringComparison.Ordinal));
        Assert.Contains(report.Notes, note => note.StartsWith("200 records of", StringComparison.Ordinal));
        string numbers = Write("numbers.csv", Choices(i => i % 3 == 0 ? "0" : "1").Prepend("user,item,clicked"));
        Assert.Equal(Bytes(report), Bytes(Train(new RecommendRecipe(), numbers, $"{Short} split=none", "numbers")));
        Assert.Contains(Train(new RecommendRecipe(), numbers, $"{Short} split=none feedback=explicit", "both").Notes,
            note => note.StartsWith("300 records of", StringComparison.Ordinal));
    }

    [Fact]
    public void TimesThatSayNothingHoldOutAtRandom()
    {
        // Items rise in the file, so the last of a user would be its largest item.
        IEnumerable<string> Of(Func<int, string> time) =>
            Enumerable.Range(0, 300).Select(i => $"u{i / 15},i{i % 15},{time(i)}").Prepend("user,item,time");
        TrainReport same = Train(new RecommendRecipe(), Write("same.csv", Of(_ => "7")), Short);
        Assert.Contains(same.Notes, note => note.StartsWith("Every record has the same time", StringComparison.Ordinal));
        TrainReport tied = Train(new RecommendRecipe(), Write("tied.csv", Of(i => i % 15 < 10 ? "7" : "8")), Short, "tied");
        Assert.Contains(tied.Notes,
            note => note.StartsWith("20 of 20 users have several records of their latest time", StringComparison.Ordinal));
        TrainReport clear = Train(new RecommendRecipe(), Write("clear.csv", Of(i => $"{i}")), Short, "clear");
        Assert.DoesNotContain(clear.Notes, note => note.Contains("time", StringComparison.Ordinal));
        Assert.NotEqual(Bytes(same), Bytes(clear));
        Assert.Contains(Train(new RecommendRecipe(), Write("split.csv", Of(_ => "7")), $"{Short} split=time", "split").Notes,
            note => note.StartsWith("Every record has the same time", StringComparison.Ordinal));
    }

    [Fact]
    public void SeveralTextsAreJoinedAndFoundByTheirNamesInOtherFiles()
    {
        // The label is in the title of every second record and in the body of the others.
        string Said(int i, bool title) => (i % 2 == 0) == title ? i % 3 == 0 ? "a fine day it is" : "a poor day it is"
            : $"nothing at all is said {i}";
        string file = Write("parts.csv",
            Enumerable.Range(0, 300).Select(i => $"{Said(i, true)} {i},{Said(i, false)},{(i % 3 == 0 ? "good" : "bad")}")
            .Prepend("title,body,label"));
        TrainReport report = Train(new ClassifyRecipe(), file, "epochs=20 dim=8 ngrams=1 learning-rate=0.05 patience=none");
        Assert.Contains(report.Notes, note => note.Contains("'title' and 'body' are joined", StringComparison.Ordinal));
        Assert.True(Figure(report, "accuracy") > 0.95);
        ClassifyRun run = ClassifyRun.Open(report.Run);
        Assert.Equal(["title", "body"], run.Columns);
        using DataSource other =
            DataSource.Of(Write("other.csv",
            ["id,BODY,Title", "1,nothing at all,a fine day it is", "2,a fine day it is,nothing at all",
            "3,a poor day it is,nothing at all"]));
        using RecordReader reader = other.Open();
        Assert.Equal(["good", "good", "bad"], run.Predict(reader).Select(prediction => prediction.Value));
        using DataSource lacking = DataSource.Of(Write("lacking.csv", ["id,title", "1,a fine day"]));
        using RecordReader without = lacking.Open();
        Assert.Contains("lacking.csv' has no column 'body'",
            Assert.Throws<ArgumentException>(() => run.Predict(without).ToArray()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATestFileNeedsTheRatingsThatAreMeasured()
    {
        string train = Write("train.csv", Choices(i => $"{i % 5 + 1}").Prepend("user,item,rating")),
        settings = "epochs=1 dim=4 feedback=explicit";
        string none = Write("none.csv", ["User,Item", "u1,i7"]), cased = Write("cased.csv", ["ITEM,User ,Rating", "i7,u1,4", "i14,u2,2"]);
        string message = Assert.Throws<ArgumentException>(() => Train(new RecommendRecipe(), train, settings, test: none)).Message;
        Assert.Contains("none.csv' has no column 'rating'", message, StringComparison.Ordinal);
        Assert.Contains(Train(new RecommendRecipe(), train, settings, "cased", cased).Notes,
            note => note.Contains("2 to test", StringComparison.Ordinal));
    }

    [Fact]
    public void ADecimalCommaIsReadTheSameWhenARunIsAsked()
    {
        string file = Write("euro.csv",
            Enumerable.Range(0, 200).Select(i => $"{i % 9};{i % 7 + 1}.{i * 37 % 900 + 100},{i % 10};{(i % 7 > 3 ? "big" : "small")}")
            .Prepend("rooms;area;label"));
        TrainReport report = Train(new TabularRecipe(), file, "epochs=5 network=8");
        TabularRun run = TabularRun.Open(report.Run);
        double[] Of(string area)
        {
            using DataSource source = DataSource.Of(Write("new.jsonl", [$"{{\"area\":\"{area}\",\"rooms\":3}}"]));
            using RecordReader reader = source.Open();
            return [.. run.Predict(reader).Select(prediction => prediction.Probability!.Value)];
        }
        Assert.Equal(Of("5600"), Of("5.600"));
        Assert.Equal(Of("5600"), Of("5.600,0"));
        Assert.NotEqual(Of("5600"), Of("5,600"));
    }

    [Fact]
    public void WhatATaskDoesNotUseIsNamed()
    {
        string words = Write("words.txt", Enumerable.Range(0, 100).Select(i => $"w{i} and w{i * 7 % 100} of plain text w{i * 3}"));
        string message = Assert.Throws<ArgumentException>(() => Train(new WordsRecipe(), words, "epochs=1", test: words)).Message;
        Assert.Contains("`test`", message, StringComparison.Ordinal);
        string table = Write("table.csv",
            Enumerable.Range(0, 100).Select(i => $"{i % 7},some text that is long {i},{i % 2}").Prepend("size,note,label"));
        StatedRoles stated = new StatedRoles().With("label", ColumnRole.Label).With("size", ColumnRole.Time);
        Assert.Contains(Train(new ClassifyRecipe(), table, "epochs=1 dim=4", roles: stated).Notes,
            note => note.StartsWith("`time` size: the classify task does not use", StringComparison.Ordinal));
        using DataSource data = DataSource.Of(table);
        NoTaskException none = Assert.Throws<NoTaskException>(() => new RecommendRecipe()
            .Train(new TrainRequest { Data = data, Schema = SchemaInference.Infer(data), RunsDirectory = _folder["runs"] }));
        Assert.Contains("the recommend task needs a user and an item column", none.Message, StringComparison.Ordinal);
    }
}
