using System.Collections;
using System.Runtime.CompilerServices;
using Rowan.Nn;
using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan.Onnx;

/// <summary>One forward pass as data: its inputs, what it gave, and the operations that its outputs need.</summary>
sealed class TracedRun
{
    TracedRun(TracedValue[] inputs, (string Name, object Value)[] outputs, TracedOp[] ops) =>
        (Inputs, Outputs, Ops) = (inputs, outputs, ops);

    /// <summary>The arrays that went in.</summary>
    public IReadOnlyList<TracedValue> Inputs { get; }

    /// <summary>What came out: a traced value, or a constant.</summary>
    public IReadOnlyList<(string Name, object Value)> Outputs { get; }

    /// <summary>The operations that an output needs, in order.</summary>
    public IReadOnlyList<TracedOp> Ops { get; }

    /// <summary>Runs a forward pass on arguments of given sizes.</summary>
    public static TracedRun Run(Func<object[], object?> forward, IReadOnlyList<ExampleArgument> arguments,
        IReadOnlyDictionary<DynamicAxis, long> sizes, Rng rng)
    {
        (object Argument, object[] Values)[] made = [.. arguments.Select(argument => argument.Make(sizes, rng))];
        using Gradients.Scope off = Gradients.Off();
        using Trace trace = Trace.Begin();
        TracedValue[] inputs = [.. made.SelectMany(one => one.Values).Select(trace.AddInput)];
        object? result = Called(forward, [.. made.Select(one => one.Argument)]);
        var outputs = new List<(string Name, object Value)>();
        Flatten(result, "", outputs);
        Require.That(outputs.Count > 0, $"ExportOnnx: the forward function returned no tensor", nameof(forward));
        (string Name, object Value)[] found = [.. outputs.Select(output => (output.Name, trace.Find(output.Value)))];
        return new TracedRun(inputs, found, Needed(trace.Ops, found));
    }

    /// <summary>Runs a forward pass without a trace: the arrays that went in, and the tensors, indices and masks that came out.</summary>
    public static (object[] Inputs, object[] Outputs) Plain(Func<object[], object?> forward, IReadOnlyList<ExampleArgument> arguments,
        IReadOnlyDictionary<DynamicAxis, long> sizes, Rng rng)
    {
        (object Argument, object[] Values)[] made = [.. arguments.Select(argument => argument.Make(sizes, rng))];
        using Gradients.Scope off = Gradients.Off();
        var outputs = new List<(string Name, object Value)>();
        Flatten(forward([.. made.Select(one => one.Argument)]), "", outputs);
        return ([.. made.SelectMany(one => one.Values)], [.. outputs.Select(output => output.Value)]);
    }

    /// <summary>A forward pass that fails with some sizes or values fixes them; what ONNX cannot is no matter of sizes.</summary>
    static object? Called(Func<object[], object?> forward, object[] arguments)
    {
        try
        {
            return forward(arguments);
        }
        catch (Exception error) when (error is not (NotSupportedException or OutOfMemoryException))
        {
            throw new TracesDifferException(error.Message);
        }
    }

    static TracedOp[] Needed(IReadOnlyList<TracedOp> ops, (string Name, object Value)[] outputs)
    {
        var needed = new HashSet<TracedOp>(ReferenceEqualityComparer.Instance);
        foreach ((_, object value) in outputs)
            if (value is TracedValue { Op: { } op }) needed.Add(op);
        for (int i = ops.Count - 1; i >= 0; i--)
        {
            if (!needed.Contains(ops[i])) continue;
            foreach (object? input in ops[i].Inputs)
                if (input is TracedValue { Op: { } before }) needed.Add(before);
        }
        return [.. ops.Where(needed.Contains)];
    }

    /// <summary>The tensors, indices and masks of a result by name.</summary>
    static void Flatten(object? result, string name, List<(string Name, object Value)> into)
    {
        string Part(string part) => name.Length == 0 ? part : $"{name}_{part}";
        switch (result)
        {
            case null:
                break;
            case Tensor or Indices or Mask:
                into.Add((name, result));
                break;
            case Comparison comparison:
                into.Add((name, comparison.Mask));
                break;
            case Parameter parameter:
                into.Add((name, parameter.Value));
                break;
            case KeyedTensor keyed:
                into.Add((name, keyed.Values));
                break;
            case AttentionResult attention:
                Flatten(attention.Output, Part("output"), into);
                Flatten(attention.Weights, Part("weights"), into);
                break;
            case LstmState state:
                Flatten(state.Hidden, Part("hidden"), into);
                Flatten(state.Cell, Part("cell"), into);
                break;
            case AdaptiveResult adaptive:
                Flatten(adaptive.LogProbabilities, Part("log_probabilities"), into);
                Flatten(adaptive.Loss, Part("loss"), into);
                break;
            case IDictionary byName:
                foreach (DictionaryEntry entry in byName) Flatten(entry.Value, Part($"{entry.Key}"), into);
                break;
            case ITuple tuple:
                for (int i = 0; i < tuple.Length; i++) Flatten(tuple[i], Part($"{i}"), into);
                break;
            case IEnumerable list and not string:
                int at = 0;
                foreach (object? part in list) Flatten(part, Part($"{at++}"), into);
                break;
            default:
                throw new NotSupportedException($"ExportOnnx: the forward function returned a {result.GetType()}; return a Tensor, "
                    + $"Indices or Mask, or a tuple, list or dictionary of them: pass a function that picks them, such as x => "
                        + $"model.Forward(x).Scores");
        }
    }
}
