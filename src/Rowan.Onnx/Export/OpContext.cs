using Rowan.Tensors;

namespace Rowan.Onnx;

/// <summary>One operation as its translation sees it.</summary>
sealed class OpContext(GraphEmitter emitter, AlignedOp op)
{
    readonly string?[] _inputs = new string?[op.Inputs.Length];

    /// <summary>The emitter.</summary>
    public GraphEmitter Emitter => emitter;

    /// <summary>The graph.</summary>
    public OnnxGraph Graph => emitter.Graph;

    /// <summary>The operation's name.</summary>
    public string Name => op.First.Name;

    /// <summary>Operands, with those left out.</summary>
    public int Count => op.Inputs.Length;

    /// <summary>How many traces there are.</summary>
    public int Traces => op.Outputs[0].Each.Length;

    /// <summary>Numbers.</summary>
    public ReadOnlySpan<Size> Numbers => op.Numbers;

    /// <summary>Other numbers.</summary>
    public float[] Floats => op.First.Floats;

    /// <summary>Further settings.</summary>
    public object? Settings => op.First.Settings;

    /// <summary>Whether an operand was given.</summary>
    public bool Has(int input) => op.Inputs[input] is not null;

    /// <summary>The name of an operand; "" where it was left out.</summary>
    public string In(int input) => op.Inputs[input] is { } operand ? _inputs[input] ??= emitter.Operand(operand, Name) : "";

    /// <summary>Names of all operands.</summary>
    public string[] All() => [.. Enumerable.Range(0, Count).Select(In)];

    /// <summary>The sizes of an operand.</summary>
    public Size[] Sizes(int input) => op.Inputs[input]!.Value?.Sizes
        ?? Size.Of([.. op.Inputs[input]!.Constants.Select(TypedShape.Of)]);

    /// <summary>The dimensions of an operand.</summary>
    public int Rank(int input) => Sizes(input).Length;

    /// <summary>An operand that is a constant of the model, such as a weight.</summary>
    /// <exception cref="NotSupportedException">It is computed.</exception>
    public object Constant(int input, string what)
    {
        AlignedOperand operand = op.Inputs[input]!;
        if (operand.Value is null && operand.Constants.All(one => ReferenceEquals(one, operand.Constants[0]))) return operand.Constants[0];
        throw new NotSupportedException($"ExportOnnx: {what} of {Name} is computed in the forward pass; in ONNX it is a constant");
    }

    /// <summary>The sizes of an output.</summary>
    public Size[] OutputSizes(int output = 0) => op.Outputs[output].Sizes;

    /// <summary>The element type of an output.</summary>
    public OnnxType OutputType => op.Outputs[0].Type;

    /// <summary>A number that is the same in all traces.</summary>
    /// <exception cref="TracesDifferException">It varies.</exception>
    public long Int(int number) => Numbers[number] is { IsFixed: true } size ? size.First
        : throw new TracesDifferException($"a setting of {Name} changes with the sizes of the inputs ({Numbers[number]}), and in ONNX "
            + $"it is a constant");

    /// <summary>A size of an operand or output that is the same in all traces.</summary>
    /// <exception cref="TracesDifferException">It varies.</exception>
    public long Fixed(Size size) => size.IsFixed ? size.First
        : throw new TracesDifferException($"{Name} has a size that is a constant in ONNX, and it changes ({size})");

    /// <summary>Whether a number is not 0.</summary>
    public bool Flag(int number) => Int(number) != 0;

    /// <summary>Names an output.</summary>
    public void Set(string name, int output = 0) => op.Outputs[output].Name = name;

    /// <summary>Says why an output has no translation; it counts only where the output is read.</summary>
    public void Missing(int output, string reason) => op.Outputs[output].Missing = reason;

    /// <summary>Adds a node with one output.</summary>
    public string Node(string type, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string, object)> attributes) =>
        Graph.Node(type, inputs, attributes);

    /// <summary>The number 1.5, as an operand.</summary>
    public string Float(float value) => Graph.Float(value);

    /// <summary>Integers in a line, as an operand.</summary>
    public string Ints(params ReadOnlySpan<long> values) => Graph.Ints(values);

    /// <summary>A value as another element type.</summary>
    public string Cast(string value, OnnxType type) => Node("Cast", [value], ("to", (long)type));
}
