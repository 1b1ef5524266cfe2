using Rowan.TestSupport;

namespace Rowan.Onnx.Tests;

public sealed class OnnxModelTests
{
    static readonly byte[] Ids = OnnxWriter.Value("input_ids", OnnxWriter.Int64, "batch", "length"),
        Mask = OnnxWriter.Value("attention_mask", OnnxWriter.Int64, "batch", "length"),
        Table = OnnxWriter.Tensor("table", [3, 2], (float[])[1, 2, 3, 4, 5, 6]),
        Lookup = OnnxWriter.Node("Gather", ["table", "input_ids"], "last_hidden_state"),
        Tokens = OnnxWriter.Value("last_hidden_state", OnnxWriter.Float, "batch", "length", 2);

    static OnnxModel Open(TemporaryFolder folder, byte[] bytes)
    {
        File.WriteAllBytes(folder["model.onnx"], bytes);
        return new OnnxModel(folder["model.onnx"], threads: 1);
    }

    [Fact]
    public void ALookupGivesTheVectorsOfItsTokens()
    {
        using var folder = new TemporaryFolder();
        using OnnxModel model = Open(folder, OnnxWriter.Model([Lookup], [Table], [Ids, Mask], [Tokens]));
        Assert.Equal((2, false), (model.Dim, model.IsPooled));
        Assert.Equal([1, 2, 5, 6, 3, 4, 1, 2], model.Run([0, 2, 1, 0], [1, 1, 1, 0], batch: 2, length: 2, default));
    }

    [Fact]
    public void UnexpectedInputsAreNamed()
    {
        using var folder = new TemporaryFolder();
        byte[] pixels = OnnxWriter.Value("pixel_values", OnnxWriter.Float, "batch", 3);
        var error = Assert.Throws<InvalidDataException>(() => Open(folder, OnnxWriter.Model([Lookup], [Table], [Ids, pixels], [Tokens])));
        Assert.Contains("'pixel_values' float [-1, 3]", error.Message, StringComparison.Ordinal);
        Assert.Contains("expected input_ids", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsNoModelIsNamed()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<InvalidDataException>(() => Open(folder, [1, 2, 3]));
        Assert.Contains("model.onnx", error.Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => new OnnxModel(folder["other.onnx"]));
    }
}
