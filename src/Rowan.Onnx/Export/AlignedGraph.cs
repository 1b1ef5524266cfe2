using Rowan.Tensors;

namespace Rowan.Onnx;

/// <summary>A value that all traces have.</summary>
/// <param name="Each">The value in each trace.</param>
/// <param name="Sizes">Its sizes.</param>
sealed record AlignedValue(TracedValue[] Each, Size[] Sizes)
{
    /// <summary>Its name in the graph, once it has been translated.</summary>
    public string? Name { get; set; }

    /// <summary>Why it cannot be translated, where it cannot.</summary>
    public string? Missing { get; set; }

    /// <summary>Its element type.</summary>
    public OnnxType Type => Each[0].Value switch { Tensor => OnnxType.Float, Mask => OnnxType.Bool, _ => OnnxType.Int64 };

    public AlignedValue(TracedValue[] each) : this(each, Size.Of([.. each.Select(value => value.Shape)])) { }
}

/// <summary>An operand: a value, or a constant with its object in each trace.</summary>
sealed record AlignedOperand(AlignedValue? Value, object[] Constants);

/// <summary>An operation that all traces have, with the numbers that it had in each.</summary>
sealed record AlignedOp(TracedOp First, AlignedOperand?[] Inputs, Size[] Numbers, AlignedValue[] Outputs);

/// <summary>
/// Traces of one model with inputs of different sizes, laid over each other: the same operations, and each size as it was in each trace.
/// </summary>
sealed class AlignedGraph
{
    readonly Dictionary<TracedValue, AlignedValue>[] _values;

    /// <exception cref="TracesDifferException">The traces have different operations.</exception>
    public AlignedGraph(IReadOnlyList<TracedRun> runs)
    {
        _values = [.. runs.Select(_ => new Dictionary<TracedValue, AlignedValue>(ReferenceEqualityComparer.Instance))];
        TracedRun first = runs[0];
        Inputs = [.. Enumerable.Range(0, first.Inputs.Count).Select(i => Add([.. runs.Select(run => run.Inputs[i])]))];
        foreach (TracedRun run in runs)
            if (run.Ops.Count != first.Ops.Count)
                throw new TracesDifferException($"the forward pass ran {first.Ops.Count} operations with one size and {run.Ops.Count} "
                    + $"with another: a loop or a branch depends on it");
        var ops = new AlignedOp[first.Ops.Count];
        for (int i = 0; i < ops.Length; i++) ops[i] = Aligned([.. runs.Select(run => run.Ops[i])], i);
        Ops = ops;
        foreach (TracedRun run in runs)
            if (run.Outputs.Count != first.Outputs.Count)
                throw new TracesDifferException($"the forward pass gave {first.Outputs.Count} outputs with one size and "
                    + $"{run.Outputs.Count} with another");
        Outputs = [.. Enumerable.Range(0, first.Outputs.Count)
            .Select(o => (first.Outputs[o].Name, Operand([.. runs.Select(run => (object?)run.Outputs[o].Value)], "an output")!))];
    }

    /// <summary>The arrays that go in.</summary>
    public IReadOnlyList<AlignedValue> Inputs { get; }

    /// <summary>The operations, in order.</summary>
    public IReadOnlyList<AlignedOp> Ops { get; }

    /// <summary>What comes out.</summary>
    public IReadOnlyList<(string Name, AlignedOperand Value)> Outputs { get; }

    AlignedOp Aligned(TracedOp[] ops, int index)
    {
        TracedOp first = ops[0];
        foreach (TracedOp op in ops)
            if (op.Name != first.Name || op.Inputs.Length != first.Inputs.Length || op.Outputs.Length != first.Outputs.Length
                || op.Numbers.Length != first.Numbers.Length || !Equals(op.Settings, first.Settings))
                throw new TracesDifferException($"operation {index} of the forward pass was {first.Name} with one size and {op.Name} "
                    + $"with another: a branch depends on it");
        foreach (TracedOp op in ops)
            if (!op.Floats.AsSpan().SequenceEqual(first.Floats))
                throw new TracesDifferException($"{first.Name} has the setting {string.Join(", ", first.Floats)} with one size or "
                    + $"value, and {string.Join(", ", op.Floats)} with another: compute it with tensors");
        AlignedOperand?[] inputs = [.. Enumerable.Range(0, first.Inputs.Length)
            .Select(i => Operand([.. ops.Select(op => op.Inputs[i])], first.Name))];
        Size[] numbers = [.. Enumerable.Range(0, first.Numbers.Length).Select(n => new Size([.. ops.Select(op => op.Numbers[n])]))];
        return new AlignedOp(first, inputs, numbers, [.. Enumerable.Range(0, first.Outputs.Length)
            .Select(o => Add([.. ops.Select(op => op.Outputs[o])]))]);
    }

    AlignedOperand? Operand(object?[] each, string of)
    {
        if (each[0] is null && each.All(one => one is null)) return null;
        if (each.All(one => one is not null and not TracedValue)) return new AlignedOperand(null, each!);
        AlignedValue? value = null;
        for (int k = 0; k < each.Length; k++)
        {
            AlignedValue? found = each[k] is TracedValue traced ? _values[k][traced] : null;
            if (found is null || (value is not null && found != value))
                throw new TracesDifferException($"an input of {of} was another value with another size: a branch depends on it");
            value = found;
        }
        return new AlignedOperand(value, []);
    }

    AlignedValue Add(TracedValue[] each)
    {
        for (int k = 1; k < each.Length; k++)
            if (each[k].Shape.Rank != each[0].Shape.Rank)
                throw new TracesDifferException($"a value has {each[0].Shape.Rank} dimensions with one size and {each[k].Shape.Rank} "
                    + $"with another");
        var value = new AlignedValue(each);
        for (int k = 0; k < each.Length; k++) _values[k][each[k]] = value;
        return value;
    }
}

/// <summary>Traces with different sizes are not the same computation, so a size cannot vary.</summary>
sealed class TracesDifferException(string message) : Exception(message);
