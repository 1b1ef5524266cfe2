using Rowan.TestSupport;

namespace Rowan.Onnx.Tests;

/// <summary>
/// An encoder of seven tokens and two values in a folder: the vector of a token is its row of a table plus the mean row of its text, so
/// that padding and the mask count.
/// </summary>
static class TinyEncoder
{
    public static readonly string[] Tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "green", "blue"];

    public static readonly float[] Rows = [0, 0, 9, -9, 1, 1, -1, 0, 4, 0, 0, 4, -2, 6];

    public static string Write(TemporaryFolder folder, string name = "tiny", float[]? rows = null)
    {
        string path = Directory.CreateDirectory(folder[name]).FullName;
        File.WriteAllLines(Path.Combine(path, "vocab.txt"), Tokens);
        File.WriteAllBytes(Path.Combine(path, "model.onnx"), Model(rows ?? Rows));
        return path;
    }

    public static byte[] Model(float[] rows) => OnnxWriter.Model(
        [
            OnnxWriter.Node("Gather", ["table", "input_ids"], "rows"),
            OnnxWriter.Node("Cast", ["attention_mask"], "mask", OnnxWriter.Attribute("to", OnnxWriter.Float)),
            OnnxWriter.Node("Unsqueeze", ["mask", "last"], "weights"),
            OnnxWriter.Node("Mul", ["rows", "weights"], "weighted"),
            OnnxWriter.Node("ReduceMean", ["weighted"], "sum", OnnxWriter.Attribute("axes", [1L])),
            OnnxWriter.Node("ReduceMean", ["weights"], "count", OnnxWriter.Attribute("axes", [1L])),
            OnnxWriter.Node("Div", ["sum", "count"], "mean"),
            OnnxWriter.Node("Add", ["rows", "mean"], "last_hidden_state"),
        ],
        [OnnxWriter.Tensor("table", [rows.Length / 2, 2], rows), OnnxWriter.Tensor("last", [1], [-1L])],
        [Ids, Mask, OnnxWriter.Value("token_type_ids", OnnxWriter.Int64, "batch", "length")],
        [OnnxWriter.Value("last_hidden_state", OnnxWriter.Float, "batch", "length", 2)]);

    static readonly byte[] Ids = OnnxWriter.Value("input_ids", OnnxWriter.Int64, "batch", "length"),
        Mask = OnnxWriter.Value("attention_mask", OnnxWriter.Int64, "batch", "length");
}
