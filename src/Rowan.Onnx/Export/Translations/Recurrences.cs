using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Onnx;

static partial class Translations
{
    static Dictionary<string, Action<OpContext>> Recurrences => new() { ["Recurrence"] = RecurrenceOf };

    /// <summary>
    /// Inputs: x, lengths, and for each direction W, U, b, c; then the first states. Numbers: whether n comes first, directions, states.
    /// ONNX orders the gates differently and stacks the directions.
    /// </summary>
    static void RecurrenceOf(OpContext op)
    {
        var cell = (Type)op.Settings!;
        (string type, int[] gates, (string, object)[] settings) = cell == typeof(LstmStep) ? ("LSTM", [0, 3, 1, 2], [])
            : cell == typeof(GruStep) ? ("GRU", [1, 0, 2], [("linear_before_reset", 1L)])
            : cell == typeof(ElmanStep<Numerics.Tanh>) ? ("RNN", new[] { 0 }, Activations("Tanh"))
            : cell == typeof(ElmanStep<Numerics.Relu>) ? ("RNN", [0], Activations("Relu"))
            : throw new NotSupportedException($"ExportOnnx: the recurrent cell {cell.Name} has no ONNX form");
        bool batchFirst = op.Flag(0);
        int directions = (int)op.Int(1), states = (int)op.Int(2), first = 2 + 4 * directions;
        Tensor[] Of(int part, string what) => [.. Enumerable.Range(0, directions)
            .Select(d => (Tensor)op.Constant(2 + 4 * d + part, what))];
        Tensor[] w = Of(0, "a weight"), u = Of(1, "a weight");
        long h = u[0].Shape[1], inputs = w[0].Shape[1], rows = gates.Length * h;
        string name = op.Emitter.PartName(w[0]) is { } path ? path.Replace("weight_ih", "{0}", StringComparison.Ordinal) : "{0}";
        string Stacked(string part, long[] sizes, Tensor[] each) => op.Emitter.Floats(string.Format(Culture, name, part), sizes,
            (float[])[.. each.SelectMany(tensor => Reordered(tensor, gates))]);

        string x = batchFirst ? op.Node("Transpose", [op.In(0)], ("perm", new long[] { 1, 0, 2 })) : op.In(0);
        string weights = Stacked("onnx_w", [directions, rows, inputs], w), recurrent = Stacked("onnx_r", [directions, rows, h], u);
        string biases = "";
        if (op.Has(4))
        {
            Tensor[] b = Of(2, "a bias"), c = Of(3, "a bias");
            biases = Stacked("onnx_b", [directions, 2 * rows],
                [.. b.Zip(c, (one, other) => new[] { one, other }).SelectMany(pair => pair)]);
        }
        string lengths = op.Has(1) ? op.Cast(op.In(1), OnnxType.Int32) : "";
        string State(int state) => first + state < op.Count ? op.In(first + state) : "";
        string[] operands = [x, weights, recurrent, biases, lengths, State(0), .. states == 2 ? [State(1)] : (string[])[]];
        int given = operands.Length;
        while (operands[given - 1].Length == 0) given--;
        string[] y = op.Graph.Several(type, operands[..given], 1 + states,
            [("hidden_size", h), ("direction", directions == 2 ? "bidirectional" : "forward"), .. settings]);

        // [time, directions, n, h] → [time, n, directions · h], or with n first.
        string output = op.Node("Transpose", [y[0]], ("perm", batchFirst ? new long[] { 2, 0, 1, 3 } : [0, 2, 1, 3]));
        op.Set(op.Node("Reshape", [output, op.Ints(0, 0, directions * h)]));
        for (int s = 0; s < states; s++) op.Set(y[1 + s], 1 + s);

        (string, object)[] Activations(string activation) =>
            [("activations", Enumerable.Repeat(activation, (int)op.Int(1)).ToArray())];
    }

    static System.Globalization.CultureInfo Culture => System.Globalization.CultureInfo.InvariantCulture;

    /// <summary>The gates of a weight [gates · h, …] or a bias [gates · h] in another order.</summary>
    static float[] Reordered(Tensor weight, int[] gates)
    {
        int width = (int)(weight.Count / gates.Length);
        var values = new float[weight.Count];
        for (int g = 0; g < gates.Length; g++) weight.Span.Slice(gates[g] * width, width).CopyTo(values.AsSpan(g * width));
        return values;
    }
}
