using Microsoft.ML.OnnxRuntime;
using Rowan.Nn;
using Rowan.TestSupport;

namespace Rowan.Onnx.Tests;

/// <summary>The file itself: names, metadata, external data.</summary>
public class OnnxFileTests
{
    static readonly Indices Example = new[,] { { 1, 2, 3 }, { 4, 0, 2 } };

    [Theory]
    [InlineData(RowStorage.Float32)]
    [InlineData(RowStorage.Float16)]
    public void WeightsBeyondTheBoundAreASecondFile(RowStorage storage)
    {
        using var folder = new TemporaryFolder();
        var model = new Sequential(new Embedding(3_000, 64, storage: storage, rng: new Rng(1)), new Linear(64, 40), new Linear(40, 2));
        OnnxExportReport small = model.ExportOnnx(folder["small.onnx"], Example);
        OnnxExportReport large = model.ExportOnnx(folder["large.onnx"], Example, new() { ExternalDataBytes = 10_000 });
        Assert.Null(small.DataPath);
        Assert.Equal(folder["large.onnx.data"], large.DataPath);
        Assert.InRange(new FileInfo(folder["large.onnx"]).Length, 500, 5_000);
        // Tables begin at a page; what is smaller than 1 kB stays in the model file.
        Assert.InRange(new FileInfo(folder["large.onnx.data"]).Length, (3_000 * 64 + 64 * 40) * 4, (3_000 * 64 + 64 * 40) * 4 + 8_192);
        Assert.Equal(small.Bytes, large.Bytes);
        Indices ids = new[,] { { 2_999 }, { 0 }, { 17 } };
        OnnxRun.Same([model.Forward(ids)], OnnxRun.Of(folder["large.onnx"], ids));
        OnnxRun.Same([model.Forward(ids)], OnnxRun.Of(folder["small.onnx"], ids));
        Assert.Equal(3, Directory.EnumerateFileSystemEntries(folder.Path).Count());
    }

    [Fact]
    public void SizesAndOffsetsHave64Bits()
    {
        // Written without the bytes themselves: 6 GB of rows behind 5 GB of others.
        var first = new OnnxData("first", OnnxType.Float, [5, 1L << 28], _ => { });
        var second = new OnnxData("second", OnnxType.Int64, [3, 1L << 28], _ => { });
        Assert.Equal((5L << 30, 6L << 30), (first.Bytes, second.Bytes));
        Assert.Throws<OverflowException>(() => new OnnxData("third", OnnxType.Int64, [1L << 62, 4], _ => { }).Bytes);
    }

    [Fact]
    public void AModelFileBeyondProtobufIsRefusedBeforeItIsWritten()
    {
        using var folder = new TemporaryFolder();
        var graph = new OnnxGraph();
        graph.Inputs.Add(new OnnxPort("x", OnnxType.Float, [2L]));
        graph.Add(new OnnxData("huge", OnnxType.Float, [1L << 29], _ => throw new InvalidOperationException("written")));
        graph.Rename("huge", "y");
        graph.Outputs.Add(new OnnxPort("y", OnnxType.Float, [1L << 29]));
        var error = Assert.Throws<ArgumentException>(() =>
            OnnxFile.Write(folder["model.onnx"], graph, new() { ExternalDataBytes = long.MaxValue }, _ => { }));
        Assert.Contains("lower ExternalDataBytes", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void PartsKeepTheirNamesAndMetadataIsRead()
    {
        using var folder = new TemporaryFolder();
        var model = new Sequential(new Embedding(5, 4), new Linear(4, 2));
        model.ExportOnnx(folder["model.onnx"], Example, new()
        {
            Inputs = [new("tokens")], Outputs = ["scores"], Description = "two classes",
            Metadata = new Dictionary<string, string> { ["labels"] = "gut\nnicht gut – „so so“", ["empty"] = "" },
        });
        using var session = new InferenceSession(folder["model.onnx"]);
        Assert.Equal(["tokens"], session.InputNames);
        Assert.Equal(["scores"], session.OutputNames);
        Assert.Equal("gut\nnicht gut – „so so“", session.ModelMetadata.CustomMetadataMap["labels"]);
        Assert.Equal("", session.ModelMetadata.CustomMetadataMap["empty"]);
        Assert.Equal(("Rowan", "two classes"), (session.ModelMetadata.ProducerName, session.ModelMetadata.Description));
        Assert.Equal(["batch", "length"], session.InputMetadata["tokens"].SymbolicDimensions);
        string text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(folder["model.onnx"]));
        Assert.All(new[] { "0.weight", "1.weight", "1.bias" }, name => Assert.Contains(name, text, StringComparison.Ordinal));
    }

    [Fact]
    public void TwoInputsOneTableAndOneBuffer()
    {
        using var folder = new TemporaryFolder();
        var model = new Tied();
        OnnxExportReport report =
            model.ExportOnnx(folder["model.onnx"], (Indices users, Indices items) => (model.Scores(users), model.Pair(users, items)),
            new[] { 1, 2 }, new[] { 0, 3 }, new() { Outputs = ["all", "pair"], Tolerance = 1e-5f });
        Assert.Equal(["users: int64 [batch]", "items: int64 [batch]"], report.Inputs);
        Assert.Equal(["all: float32 [batch, 6]", "pair: float32 [batch]"], report.Outputs);
        // The tied table is written once.
        Assert.InRange(report.Bytes, 6 * 4 * 4, 2 * 6 * 4 * 4 - 1);
        Indices users = new[] { 5, 0, 3 }, items = new[] { 1, 1, 2 };
        OnnxRun.Same([model.Scores(users), model.Pair(users, items)], OnnxRun.Of(folder["model.onnx"], users, items));
    }

    sealed class Tied : Module
    {
        public Tied() => Output = new TiedLinear(Items.Weight);

        public Embedding Items { get; } = new(6, 4);

        public TiedLinear Output { get; }

        public Nn.Buffer Scale { get; } = new(new Tensor([2f], 1));

        public Tensor Scores(Indices users) => Output.Forward(Items.Forward(users)) * Scale.Value;

        public Tensor Pair(Indices users, Indices items) => (Items.Forward(users) * Items.Forward(items)).Sum(-1) * Scale.Value;
    }
}
