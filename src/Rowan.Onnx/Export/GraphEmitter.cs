using System.Runtime.InteropServices;
using Rowan.Nn;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Tensors;

namespace Rowan.Onnx;

/// <summary>Translates aligned traces into a graph: names of inputs and constants, then operation by operation.</summary>
sealed class GraphEmitter
{
    const int SmallCount = 8;      // Ids that are computed one by one from sizes.

    readonly Dictionary<object, string> _constants = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<object, string> _partNames = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<(float[] Array, int Offset, long Count), string> _memoryNames = [];

    /// <param name="model">Whose parameters, tables and buffers keep their names.</param>
    /// <param name="names">Names of other constants.</param>
    public GraphEmitter(Module model, IReadOnlyDictionary<object, string> names)
    {
        foreach ((object constant, string name) in names) _partNames[constant] = name;
        Formulas = new SizeFormulas(Graph);
        foreach ((string name, object part) in model.Saved())
        {
            object kept = part switch {
                Parameter parameter => parameter.Value, Nn.Buffer { IsCounter: false } buffer => buffer.Value, _ => part };
            _partNames.TryAdd(kept, name);
            if (kept is Tensor tensor && MemoryOf(tensor) is { } memory) _memoryNames.TryAdd(memory, name);
        }
    }

    /// <summary>The graph.</summary>
    public OnnxGraph Graph { get; } = new();

    /// <summary>Sizes that vary.</summary>
    public SizeFormulas Formulas { get; }

    /// <summary>Translates all operations.</summary>
    /// <param name="aligned">The traces.</param>
    /// <param name="ports">The inputs of the graph.</param>
    /// <param name="outputNames">Names of the outputs; null for those of the forward function's result.</param>
    public void Translate(AlignedGraph aligned, IReadOnlyList<ExamplePort> ports, IReadOnlyList<string>? outputNames)
    {
        for (int i = 0; i < ports.Count; i++)
        {
            OnnxPort port = ports[i].Declared();
            Graph.Inputs.Add(port with { Name = aligned.Inputs[i].Name = Graph.Unique(port.Name) });
            Formulas.Add(port.Name, aligned.Inputs[i].Sizes);
        }
        string[] outputs = OutputNames(aligned, outputNames);
        foreach (AlignedOp op in aligned.Ops)
        {
            var context = new OpContext(this, op);
            if (!Translations.All.TryGetValue(op.First.Name, out Action<OpContext>? translate))
                throw new NotSupportedException(op.First.Name == TracedOp.Unnamed
                    ? $"ExportOnnx: {op.First.Settings} has no ONNX form" : $"ExportOnnx: operation {op.First.Name} has no ONNX form");
            translate(context);
            foreach (AlignedValue output in op.Outputs)
            {
                Require.State(output.Name is not null || output.Missing is not null,
                    $"ExportOnnx: {op.First.Name} was not translated whole");
                if (output.Name is not null) Formulas.Add(output.Name, output.Sizes);
            }
        }
        for (int o = 0; o < outputs.Length; o++)
        {
            AlignedOperand operand = aligned.Outputs[o].Value;
            Graph.Rename(Operand(operand, "the output"), outputs[o]);
            Graph.Outputs.Add(new OnnxPort(outputs[o], operand.Value?.Type ?? TypeOf(operand.Constants[0]),
                [.. OutputSizes(operand, outputs[o], aligned.Inputs)]));
        }
    }

    /// <summary>The name of an operand in the graph.</summary>
    public string Operand(AlignedOperand operand, string of)
    {
        if (operand.Value is not { } value) return Constant(operand.Constants, of);
        return value.Name ?? throw new NotSupportedException($"ExportOnnx: {value.Missing}");
    }

    /// <summary>A tensor in memory as a constant of the graph.</summary>
    public string Floats(string name, long[] sizes, ReadOnlyMemory<float> values) =>
        Graph.Add(OnnxData.Floats(Graph.Unique(name), sizes, values));

    /// <summary>The name that a part of the model has; null for a constant that is no part.</summary>
    public string? PartName(object constant) => _partNames.TryGetValue(constant, out string? name) ? name
        : constant is Tensor tensor && MemoryOf(tensor) is { } memory && _memoryNames.TryGetValue(memory, out name) ? name : null;

    string[] OutputNames(AlignedGraph aligned, IReadOnlyList<string>? names)
    {
        Require.That(names is null || names.Count == aligned.Outputs.Count,
            $"ExportOnnx: {names?.Count} names of outputs, and the forward function gives {aligned.Outputs.Count}", nameof(names));
        return [.. aligned.Outputs.Select((output, o) => Graph.Unique(names?[o] ?? (output.Name.Length == 0 ? "output"
            : char.IsAsciiDigit(output.Name[0]) ? $"output_{output.Name}" : output.Name)))];
    }

    /// <summary>Sizes of an output: numbers, the name of an input's axis, or a name of its own.</summary>
    IEnumerable<object> OutputSizes(AlignedOperand operand, string name, IReadOnlyList<AlignedValue> inputs)
    {
        if (operand.Value is not { } value) return TypedShape.Of(operand.Constants[0]).Sizes.ToArray().Cast<object>();
        return value.Sizes.Select((size, d) =>
        {
            if (size.IsFixed) return (object)size.First;
            for (int i = 0; i < inputs.Count; i++)
                for (int at = 0; at < inputs[i].Sizes.Length; at++)
                    if (inputs[i].Sizes[at].Same(size) && Graph.Inputs[i].Sizes[at] is string axis) return axis;
            return $"{name}_dim{d}";
        });
    }

    string Constant(object[] each, string of)
    {
        object first = each[0];
        for (int k = 1; k < each.Length; k++)
            if (!ReferenceEquals(first, each[k]) && !TypedShape.SameValues(first, each[k])) return Varying(each, of);
        if (_constants.TryGetValue(first, out string? name)) return name;
        name = first is Tensor { Rank: 0 } scalar && PartName(first) is null ? Graph.Float(scalar.Item()) : Graph.Add(DataOf(first));
        return _constants[first] = name;
    }

    OnnxData DataOf(object constant)
    {
        string name = Graph.Unique(PartName(constant) ?? "constant");
        long[] sizes = TypedShape.Of(constant).Sizes.ToArray();
        return constant switch
        {
            Tensor tensor => OnnxData.Floats(name, sizes, tensor.Memory),
            Indices indices => OnnxData.Ints(name, sizes, indices.Memory),
            long[] starts => OnnxData.Ints(name, sizes, starts),
            Mask mask => OnnxData.Flags(name, sizes, mask.Span.ToArray()),
            ILearnable learnable => OnnxData.Floats(name, sizes, learnable.ReadValues),
            QuantizedTable table => OnnxData.Floats(name, sizes, table.ReadValues),
            VectorRows rows => OnnxData.Floats(name, sizes, rows.ReadValues),
            _ => throw new NotSupportedException($"ExportOnnx: a constant of type {constant.GetType()}"),
        };
    }

    /// <summary>A constant that depends on the sizes: one number everywhere, or an arithmetic progression.</summary>
    string Varying(object[] each, string of)
    {
        if (each.All(one => one is Indices { Shape.Rank: 1, Count: > 1 })
            && Progression([.. each.Select(one => ((Indices)one).Span.ToArray())])
            is { } range) return range;
        if (each.All(one => one is Indices { Count: > 0 and <= SmallCount } ids && ids.Shape == ((Indices)each[0]).Shape))
        {
            Size[] sizes = [.. Enumerable.Range(0, (int)((Indices)each[0]).Count)
                .Select(i => new Size([.. each.Select(one => ((Indices)one).Span[i])]))];
            return Graph.Node("Reshape", [Formulas.Line(sizes), Graph.Ints(((Indices)each[0]).Shape.Sizes)]);
        }
        if (each.All(one => one is Tensor { Count: 1 }))
        {
            float[] values = [.. each.Select(one => ((Tensor)one).Span[0])];
            bool whole = values.All(value => value == MathF.Truncate(value) && MathF.Abs(value) < 1 << 24);
            if (whole) return Number([.. values.Select(value => (long)value)], (Tensor)each[0], reciprocal: false);
            long[] under = [.. values.Select(value => (long)MathF.Round(1 / value))];
            if (under.Zip(values).All(pair => 1f / pair.First == pair.Second)) return Number(under, (Tensor)each[0], reciprocal: true);
        }
        if (each.All(one => one is Tensor { Count: > 0 } tensor && !tensor.Span.ContainsAnyExcept(tensor.Span[0]))
            && each.Select(one => ((Tensor)one).Span[0]).Distinct().Count() == 1)
            return Graph.Node("Expand", [Graph.Float(((Tensor)each[0]).Span[0]),
                Formulas.Line(Size.Of([.. each.Select(one => ((Tensor)one).Shape)]))]);
        throw new TracesDifferException($"an operand of {of}, {(each[0] is Tensor ? "a tensor" : "ids or a mask")} of shape "
            + $"{TypedShape.Of(each[0])}, changes with the inputs and was not computed by Rowan's operations: a value that was read from "
            + $"a tensor (Span, Item, At) or an array that the forward pass made. Compute it with tensor operations, Tensor.Full, "
            + $"Indices.Arange or Mask.Causal");
    }

    string Number(long[] each, Tensor like, bool reciprocal)
    {
        string number = Graph.Node("Cast", [Formulas.Scalar(new Size(each))], ("to", (long)OnnxType.Float));
        if (reciprocal) number = Graph.Node("Reciprocal", [number]);
        return like.Rank == 0 ? number : Graph.Node("Reshape", [number, Graph.Ints(like.Shape.Sizes)]);
    }

    string? Progression(long[][] each)
    {
        long start = each[0][0], step = each[0][1] - start;
        foreach (long[] ids in each)
            for (int i = 0; i < ids.Length; i++)
                if (ids[i] != start + i * step) return null;
        if (step == 0) return null;
        string count = Formulas.Scalar(new Size([.. each.Select(ids => (long)ids.Length)]));
        string range = Graph.Node("Range", [Graph.Int(0), count, Graph.Int(1)]);
        if (step != 1) range = Graph.Node("Mul", [range, Graph.Int(step)]);
        return start == 0 ? range : Graph.Node("Add", [range, Graph.Int(start)]);
    }

    static OnnxType TypeOf(object constant) =>
        constant switch { Tensor => OnnxType.Float, Mask => OnnxType.Bool, _ => OnnxType.Int64 };

    static (float[] Array, int Offset, long Count)? MemoryOf(Tensor tensor) =>
        MemoryMarshal.TryGetArray(tensor.Memory, out ArraySegment<float> memory) && memory.Array is not null
            ? (memory.Array, memory.Offset, memory.Count) : null;
}
