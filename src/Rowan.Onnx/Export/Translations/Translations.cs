namespace Rowan.Onnx;

/// <summary>For each operation that names itself to a trace, how ONNX says it.</summary>
static partial class Translations
{
    /// <summary>Translations by operation.</summary>
    public static IReadOnlyDictionary<string, Action<OpContext>> All { get; } = Merged(
        Elementwise, Comparisons, Shapes, Parts, Sources, Reductions, Products, Lookups, Norms, Pools, Attentions, Recurrences);

    static Dictionary<string, Action<OpContext>> Merged(params ReadOnlySpan<Dictionary<string, Action<OpContext>>> groups)
    {
        var all = new Dictionary<string, Action<OpContext>>();
        foreach (Dictionary<string, Action<OpContext>> group in groups)
            foreach ((string name, Action<OpContext> translate) in group) all.Add(name, translate);
        return all;
    }

    /// <summary>One operator of ONNX with the same operands.</summary>
    static Action<OpContext> Plain(string type, params (string, object)[] attributes) =>
        op => op.Set(op.Node(type, op.All(), attributes));

    /// <summary>One operator of ONNX over one dimension, kept or not.</summary>
    static Action<OpContext> Reduction(string type) =>
        op => op.Set(op.Node(type, [op.In(0), op.Ints(op.Int(0))], ("keepdims", op.Int(1))));
}
