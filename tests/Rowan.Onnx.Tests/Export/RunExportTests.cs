using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Rowan.Data;
using Rowan.Nn;
using Rowan.Recipes;
using Rowan.Tests;

namespace Rowan.Onnx.Tests;

/// <summary>Runs are exported whole: ONNX Runtime predicts what the run predicts, from the metadata of the file alone.</summary>
public sealed class RunExportTests : RecipeTestBase
{
    static readonly OnnxExportOptions Close = new() { Tolerance = 1e-5f };

    string[] List(string key)
    {
        using var session = new InferenceSession(_folder["run.onnx"]);
        return JsonSerializer.Deserialize<string[]>(session.ModelMetadata.CustomMetadataMap[key])!;
    }

    string Value(string key)
    {
        using var session = new InferenceSession(_folder["run.onnx"]);
        return session.ModelMetadata.CustomMetadataMap[key];
    }

    [Theory]
    [InlineData("model=bag ngrams=1")]
    [InlineData("model=bag ngrams=2 buckets=300 weights=tfidf")]
    [InlineData("model=bag ngrams=2 buckets=300 weights=both members=2")]
    [InlineData("model=convolution widths=2,3 hidden=8")]
    [InlineData("model=convolution widths=1,3 hidden=8 pooling=both subwords=true buckets=200 unknown-share=0.1")]
    [InlineData("model=lstm hidden=8 layers=2")]
    [InlineData("model=lstm hidden=8 subwords=true buckets=200")]
    [InlineData("model=transformer heads=2 length=20")]
    [InlineData("model=transformer heads=2 length=20 subwords=true buckets=200")]
    [InlineData("model=ensemble weights=both buckets=200 widths=1,2 hidden=8 subwords=true")]
    public void AClassifyRun(string settings)
    {
        string file = Write("texts.tsv", Enumerable.Range(0, 200).Select(i =>
            $"{(i % 3 == 0 ? "warm" : i % 3 == 1 ? "cold" : "wet")}\t{Colors[i % 5]} {Things[i % 3]} number {i % 7} {Things[i % 3]}")
                .Prepend("label\ttext"));
        ClassifyRun run = ClassifyRun.Open(Train(new ClassifyRecipe(), file, $"dim=8 epochs=2 batch-size=32 min-count=1 {settings}").Run);
        OnnxExportReport report = run.ExportOnnx(_folder["run.onnx"], Close);
        string[] texts = ["red car number 3 car", "a strange house", "", "blue boat red car number 5 house tower car car", "house"];
        var probabilities = (Tensor)OnnxRun.Of(_folder["run.onnx"], run.ExportInputs(texts))[0];
        string[] labels = List("labels");
        Assert.Equal(run.Labels, labels);
        for (int i = 0; i < texts.Length; i++)
            Assert.All(run.Predict(texts[i], 3).Top, top =>
                Assert.Equal(top.Probability, probabilities.At(i, Array.IndexOf(labels, top.Label)), 1e-5));
        Assert.Equal("classify", Value("rowan.task"));
        Assert.Contains("number", List("words"));
        Assert.Contains(JsonDocument.Parse(Value("rowan.run")).RootElement.GetProperty("settings").GetProperty("model").GetString()!,
            settings,
            StringComparison.Ordinal);
        Assert.StartsWith("probabilities: float32 [batch, 3]", Assert.Single(report.Outputs), StringComparison.Ordinal);
        // One text alone, whatever its size.
        OnnxRun.Same([new Tensor(probabilities.Span[..3], 1, 3)], OnnxRun.Of(_folder["run.onnx"], run.ExportInputs(texts[0])));
    }

    [Fact]
    public void AClassifyRunOfSeveralLabels()
    {
        string file = Write("texts.tsv", Enumerable.Range(0, 120).Select(i =>
            $"{(i % 2 == 0 ? "warm" : "cold")}|{(i % 3 == 0 ? "dry" : "wet")}\t{Colors[i % 2]} {Things[i % 3]}").Prepend("label\ttext"));
        ClassifyRun run = ClassifyRun.Open(Train(new ClassifyRecipe(), file, "dim=4 epochs=2 model=bag label-separator=|").Run);
        run.ExportOnnx(_folder["run.onnx"], Close);
        var probabilities = (Tensor)OnnxRun.Of(_folder["run.onnx"], run.ExportInputs("red car"))[0];
        string[] labels = List("labels");
        Assert.Equal(4, labels.Length);
        Assert.All(run.Predict("red car", 4).Top,
            top => Assert.Equal(top.Probability, probabilities.At(0, Array.IndexOf(labels, top.Label)), 1e-5));
    }

    [Theory]
    [InlineData("numeric-embedding=piecewise", true)]
    [InlineData("numeric-embedding=standard interaction=cross members=2", true)]
    [InlineData("numeric-embedding=periodic bins=4", true)]
    [InlineData("interaction=fm", true)]
    [InlineData("interaction=fm unknown=hashed unknown-rows=3 members=2", false)]
    public void ATabularRun(string settings, bool classes)
    {
        string[] kinds = ["yes", "no", "maybe"];
        // A time in seconds: large numbers that differ by little.
        string file = Write("clicks.csv", Enumerable.Range(0, 300).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{Colors[i % 5]},{(i % 9 == 0 ? "" : (i * 37 % 100) / 10.0)},{1_700_000_000 + i * 3_600},{Things[i % 3]}|{Things[i % 4]},"
            + $"{(classes ? kinds[i % 3] : $"{i % 5 + i % 7 * 0.5 + i * 0.0137:0.0000}")}"))
            .Prepend("colour,size,time,tags,label"));
        var roles = new StatedRoles
        {
            Columns = [("tags", ColumnRole.MultiValued), ("size", ColumnRole.Numeric), ("time", ColumnRole.Numeric),
                ("label", ColumnRole.Label)],
        };
        TabularRun run = TabularRun.Open(Train(new TabularRecipe(), file, $"epochs=2 network=8 {settings}", roles: roles).Run);
        OnnxExportReport report = run.ExportOnnx(_folder["run.onnx"], Close);
        Assert.Equal(["colour: int64 [batch]", "tags_ids: int64 [tags_count]", "tags_offsets: int64 [batch_plus_1]",
            "size: float32 [batch]",
            "time: float32 [batch]"], report.Inputs);

        string[] records = ["red,4.5,1700003600,car|boat", "black,,1700900000,", "green,9.9,1699999999,house",
            "blue,0,1700000000,car|car"];
        using DataSource source = DataSource.Of(Write("new.csv", records.Prepend("colour,size,time,tags")));
        using RecordReader reader = source.Open();
        Prediction[] expected = [.. run.Predict(reader, 3)];

        string[] colours = List("ids.colour"), tags = List("ids.tags");
        string[][] fields = [.. records.Select(record => record.Split(','))];
        float Number(string text) => text.Length == 0 ? float.NaN : float.Parse(text, CultureInfo.InvariantCulture);
        object[] inputs =
        [
            (Indices)fields.Select(record => Array.IndexOf(colours, record[0])).ToArray(),
            JaggedIndices.From(fields.Select(record => record[3].Split('|', StringSplitOptions.RemoveEmptyEntries)
                .Select(tag => Array.IndexOf(tags, tag)))),
            (Tensor)fields.Select(record => Number(record[1])).ToArray(), (Tensor)fields.Select(record => Number(record[2])).ToArray(),
        ];
        var output = (Tensor)OnnxRun.Of(_folder["run.onnx"], inputs)[0];
        for (int i = 0; i < records.Length; i++)
            if (!classes) Assert.Equal(float.Parse(expected[i].Value, CultureInfo.InvariantCulture), output.At(i), 1e-5);
            else Assert.All(expected[i].Top,
                top => Assert.Equal(top.Probability, output.At(i, Array.IndexOf(List("labels"), top.Label)), 1e-5));
    }

    [Theory]
    [InlineData("numeric-embedding=piecewise")]
    [InlineData("numeric-embedding=periodic bins=4 members=2")]
    [InlineData("interaction=fm")]
    public void ATabularRunWithATextAndDates(string settings)
    {
        string file = Write("sales.csv", Enumerable.Range(0, 300).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{Colors[i % 5]},{i % 11},{Things[i % 3]} of {Colors[i % 4]},"
            + $"{new DateTime(2023, 1, 1, 0, 30, 0).AddHours(i * 37):yyyy-MM-dd HH:mm},{(i % 3 == 0 ? "yes" : "no")}"))
            .Prepend("colour,size,title,when,label"));
        TabularRun run = TabularRun.Open(Train(new TabularRecipe(), file, $"epochs=2 network=8 {settings}").Run);
        OnnxExportReport report = run.ExportOnnx(_folder["run.onnx"], Close);
        Assert.Equal(["colour: int64 [batch]", "when.month: int64 [batch]", "when.weekday: int64 [batch]", "when.hour: int64 [batch]",
            "title_ids: int64 [title_count]", "title_offsets: int64 [batch_plus_1]", "size: float32 [batch]",
            "when.days: float32 [batch]"], report.Inputs);
        // The second is after the last day of the training data, and the third has no date and no text.
        string[] records = ["red,4,Boat of red,2023-06-07 13:30", "black,,a HOUSE,2031-12-24 00:00", "green,9,,"];
        using DataSource source = DataSource.Of(Write("new.csv", records.Prepend("colour,size,title,when")));
        using RecordReader reader = source.Open();
        Prediction[] expected = [.. run.Predict(reader, 2)];

        string[][] fields = [.. records.Select(record => record.Split(','))];
        Indices Ids(string column, Func<string[], string> value) => (Indices)fields.Select(record =>
            Array.IndexOf(List($"ids.{column}"), value(record)) is >= 0 and var id ? id
                : int.Parse(Value($"unknown.{column}"), CultureInfo.InvariantCulture)).ToArray();
        string When(string[] record, string format) => record[3].Length == 0 ? ""
            : DateTime.Parse(record[3], CultureInfo.InvariantCulture).ToString(format, CultureInfo.InvariantCulture);
        string[] words = List("ids.title");
        int unknown = int.Parse(Value("unknown.title"), CultureInfo.InvariantCulture);
        object[] inputs =
        [
            Ids("colour", record => record[0]), Ids("when.month", record => When(record, "MMMM")),
            Ids("when.weekday", record => When(record, "dddd")), Ids("when.hour", record => When(record, "HH")),
            JaggedIndices.From(fields.Select(record => record[2].ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(word => Array.IndexOf(words, word) is >= 0 and var id ? id : unknown))),
            (Tensor)fields.Select(record => record[1].Length == 0 ? float.NaN
                : float.Parse(record[1], CultureInfo.InvariantCulture)).ToArray(),
            (Tensor)fields.Select(record => record[3].Length == 0 ? float.NaN
                : (float)(DateTime.Parse(record[3], CultureInfo.InvariantCulture) - DateTime.UnixEpoch).TotalDays).ToArray(),
        ];
        var output = (Tensor)OnnxRun.Of(_folder["run.onnx"], inputs)[0];
        for (int i = 0; i < records.Length; i++)
            Assert.All(expected[i].Top,
                top => Assert.Equal(top.Probability, output.At(i, Array.IndexOf(List("labels"), top.Label)), 1e-5));
    }

    [Theory]
    [InlineData("als")]
    [InlineData("factors")]
    [InlineData("two-tower")]
    [InlineData("sequence")]
    public void ARecommendRun(string model)
    {
        string file = Write("clicks.csv", Enumerable.Range(0, 40).SelectMany(user => Enumerable.Range(0, 6)
            .Select(k => $"u{user},i{(user % 2 * 15) + ((user + k) % 15)},{user * 10 + k}")).Prepend("user,item,timestamp"));
        RecommendRun run = RecommendRun.Open(Train(new RecommendRecipe(), file, $"model={model} dim=4 epochs=2").Run);
        OnnxExportReport report = run.ExportOnnx(_folder["run.onnx"], Close);
        Assert.Equal("user: int64 [batch]", Assert.Single(report.Inputs));
        string[] users = List("ids.user"), items = List("ids.item");
        var scores = (Tensor)OnnxRun.Of(_folder["run.onnx"],
            (Indices)new[] { Array.IndexOf(users, "u7"), Array.IndexOf(users, "u12"), 0 })[0];
        Assert.Equal(new Shape(3, items.Length), scores.Shape);
        foreach ((string user, int at) in new[] { ("u7", 0), ("u12", 1) })
            Assert.All(run.Recommend(user, items.Length, excludeSeen: false),
                one => Assert.Equal(one.Score, scores.At(at, Array.IndexOf(items, one.Id)), 1e-5));
    }

    [Fact]
    public void ARecommendRunOfRatings()
    {
        string file = Write("ratings.csv", Enumerable.Range(0, 40).SelectMany(user => Enumerable.Range(0, 6)
            .Select(k => $"u{user},i{(user + k * 3) % 20},{1 + (user + k) % 5}")).Prepend("user,item,rating"));
        RecommendRun run = RecommendRun.Open(Train(new RecommendRecipe(), file, "dim=4 epochs=2").Run);
        Assert.True(run.Explicit);
        run.ExportOnnx(_folder["run.onnx"], Close);
        string[] users = List("ids.user"), items = List("ids.item");
        var scores = (Tensor)OnnxRun.Of(_folder["run.onnx"], (Indices)new[] { Array.IndexOf(users, "u9") })[0];
        Assert.All(items, item => Assert.Equal(run.Score("u9", item), scores.At(0, Array.IndexOf(items, item)), 1e-5));
    }

    [Fact]
    public void ARunWithoutAModelIsRefusedByItsTask()
    {
        Run run = Run.Open(Trained("words"));
        Assert.Contains("the words run", Assert.Throws<RunCapabilityException>(() => run.ExportOnnx(_folder["run.onnx"])).Message,
            StringComparison.Ordinal);
        Run other = Run.Open(Trained("recommend"));
        Assert.Contains("leave Inputs and Outputs out", Assert.Throws<ArgumentException>(() =>
            other.ExportOnnx(_folder["run.onnx"], new() { Outputs = ["x"] })).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["run.onnx"]));
    }
}
