using System.Diagnostics;

namespace Rowan.Tensors;

/// <summary>
/// The operations of a computation as data, recorded while it runs on this thread: what an exporter translates. Each operation names
/// itself with its inputs and settings (<see cref="Op{T}"/>); without a trace that costs one check.
/// </summary>
/// <remarks>
/// A value is found by its object. An object that no operation has named is a constant. One that is written after it was computed
/// becomes a constant again.
/// </remarks>
sealed class Trace : IDisposable
{
    [ThreadStatic]
    static Trace? s_current;

    readonly Dictionary<object, TracedValue> _values = new(ReferenceEqualityComparer.Instance);
    readonly List<TracedOp> _ops = [];
    readonly Trace? _outer;

    Trace() => (_outer, s_current) = (s_current, this);

    /// <summary>Whether a trace runs on this thread.</summary>
    public static bool IsOn => s_current is not null;

    /// <summary>The operations so far, in order.</summary>
    public IReadOnlyList<TracedOp> Ops => _ops;

    /// <summary>Starts a trace on this thread; disposing it ends it.</summary>
    public static Trace Begin() => new();

    /// <summary>Ends the trace.</summary>
    public void Dispose() => s_current = _outer;

    /// <summary>Names an input of the computation.</summary>
    public TracedValue AddInput(object value) => _values[value] = new TracedValue(null, 0, value);

    /// <summary>The value of an object, or the object itself where it is a constant.</summary>
    public object Find(object value) => _values.TryGetValue(value, out TracedValue? traced) ? traced : value;

    /// <summary>Records one operation with one output. The last name that an object is given counts.</summary>
    /// <param name="output">What was computed: a tensor, indices, a mask, or starts of bags.</param>
    /// <param name="name">The operation.</param>
    /// <param name="inputs">Tensors, indices, masks or tables; null for one that was left out.</param>
    /// <param name="numbers">Sizes, dimensions, counts and flags.</param>
    /// <param name="floats">Other numbers.</param>
    /// <param name="settings">A value with further settings, compared with Equals.</param>
    /// <returns>The output.</returns>
    public static T Op<T>(T output, string name, ReadOnlySpan<object?> inputs, ReadOnlySpan<long> numbers = default,
        ReadOnlySpan<float> floats = default, object? settings = null) where T : class
    {
        if (s_current is { } trace) trace.Add([output], name, inputs, numbers, floats, settings);
        return output;
    }

    /// <summary>Records one operation with several outputs.</summary>
    public static void Several(ReadOnlySpan<object> outputs, string name, ReadOnlySpan<object?> inputs,
        ReadOnlySpan<long> numbers = default, ReadOnlySpan<float> floats = default, object? settings = null) =>
        s_current?.Add(outputs, name, inputs, numbers, floats, settings);

    /// <summary>The same values in another object.</summary>
    public static T Same<T>(T output, object input) where T : class
    {
        if (s_current is { } trace && trace._values.ContainsKey(input)) trace.Add([output], "Identity", [input], default, default, null);
        return output;
    }

    /// <summary>
    /// A value was recorded for backward: where no name follows, an export that needs it says which method computed it.
    /// </summary>
    public static void Recorded(Tensor output, ReadOnlySpan<Tensor> inputs)
    {
        if (s_current is not { } trace || trace._values.ContainsKey(output)) return;
        trace.Add([output], TracedOp.Unnamed, [.. inputs], default, default, Caller());
    }

    /// <summary>A tensor was written: what it held before is no longer what it holds.</summary>
    public static void Written(Tensor tensor) => s_current?._values.Remove(tensor);

    void Add(ReadOnlySpan<object> outputs, string name, ReadOnlySpan<object?> inputs, ReadOnlySpan<long> numbers,
        ReadOnlySpan<float> floats, object? settings)
    {
        var from = new object?[inputs.Length];
        for (int i = 0; i < from.Length; i++) from[i] = inputs[i] is { } input ? Find(input) : null;
        var op = new TracedOp(name, from, numbers.ToArray(), floats.ToArray(), settings, new TracedValue[outputs.Length]);
        for (int i = 0; i < outputs.Length; i++) _values[outputs[i]] = op.Outputs[i] = new TracedValue(op, i, outputs[i]);
        _ops.Add(op);
    }

    /// <summary>The method outside of the graph itself, as its caller knows it: the outermost of its type.</summary>
    static string Caller()
    {
        string? type = null, method = null;
        foreach (StackFrame frame in new StackTrace(2).GetFrames())
        {
            if (DiagnosticMethodInfo.Create(frame) is not { DeclaringTypeName: { } name } info) continue;
            if (type is null && (name == typeof(Tensor).FullName || name.StartsWith("Rowan.Tensors.", StringComparison.Ordinal))) continue;
            if (type is not null && name != type) break;
            (type, method) = (name, info.Name);
        }
        return type is null ? "an operation without a name" : $"{type.Split('.')[^1]}.{method}";
    }
}
