using Rowan.Nn;
using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan.Onnx;

/// <summary>
/// One argument of a forward pass. It can be made again in other sizes, with values drawn from the example, so that ids, lengths and
/// flags stay valid.
/// </summary>
/// <param name="ports">The arrays it consists of.</param>
/// <param name="make">Makes it anew: for the sizes of each port, the argument and the object of each port.</param>
sealed class ExampleArgument(ExamplePort[] ports, Func<long[][], Rng, (object Argument, object[] Values)> make)
{
    readonly Func<long[][], Rng, (object Argument, object[] Values)> _make = make;

    /// <summary>The arrays it consists of.</summary>
    public IReadOnlyList<ExamplePort> Ports => ports;

    /// <summary>Makes it anew under sizes of axes.</summary>
    public (object Argument, object[] Values) Make(IReadOnlyDictionary<DynamicAxis, long> at, Rng rng) =>
        _make([.. ports.Select(port => port.SizesAt(at))], rng);

    /// <summary>The argument that an example describes.</summary>
    /// <exception cref="NotSupportedException">Its type is not one that ONNX has.</exception>
    public static ExampleArgument Of(string name, object? example) => example switch
    {
        Tensor x => new([new(name, OnnxType.Float, x.Shape.Sizes.ToArray())], (sizes, rng) => Alone(Like(x, sizes[0], rng))),
        Indices ids => new([new(name, OnnxType.Int64, ids.Shape.Sizes.ToArray())], (sizes, rng) => Alone(Like(ids, sizes[0], rng))),
        Mask mask => new([new(name, OnnxType.Bool, mask.Shape.Sizes.ToArray())],
            (sizes, rng) => Alone(Mask.From(Draw(mask.Span, new Shape(sizes[0]).Count, rng), sizes[0]))),
        JaggedIndices bags => Bags(name, bags),
        IReadOnlyDictionary<string, JaggedIndices> features => Features(features),
        LstmState state => new([new($"{name}_hidden", OnnxType.Float, state.Hidden.Shape.Sizes.ToArray()),
            new($"{name}_cell", OnnxType.Float, state.Cell.Shape.Sizes.ToArray())], (sizes, rng) =>
            {
                var made = new LstmState(Like(state.Hidden, sizes[0], rng), Like(state.Cell, sizes[1], rng));
                return (made, [made.Hidden, made.Cell]);
            }),
        null => throw new ArgumentNullException(name, $"ExportOnnx: the example of input '{name}' is null; leave the input out of the "
            + $"forward function instead"),
        _ => throw new NotSupportedException($"ExportOnnx: input '{name}' is a {example.GetType()}; inputs are Tensor, Indices, Mask, "
            + $"JaggedIndices, a dictionary of JaggedIndices by feature, or LstmState"),
    };

    static (object, object[]) Alone(object value) => (value, [value]);

    static ExampleArgument Bags(string name, JaggedIndices bags)
    {
        // Starts belong to flat ids; a matrix has a bag in each row.
        bool flat = bags.Ids.Shape.Rank == 1;
        string[]? names = flat ? [$"{name}_count"] : null;
        var ports = new List<ExamplePort> { new(flat ? $"{name}_ids" : name, OnnxType.Int64, bags.Ids.Shape.Sizes.ToArray(), names) };
        if (flat) ports.Add(new($"{name}_offsets", OnnxType.Int64, [bags.Bags], oneMore: true));
        if (bags.Weights is not null) ports.Add(new($"{name}_weights", OnnxType.Float, bags.Ids.Shape.Sizes.ToArray(), names));
        return new([.. ports], (sizes, rng) =>
        {
            Indices ids = Like(bags.Ids, sizes[0], rng);
            Tensor? weights = bags.Weights is null ? null : Like(bags.Weights, sizes[^1], rng);
            JaggedIndices made = flat
                ? JaggedIndices.FromOffsets(ids, Starts(sizes[1][0], sizes[0][0], rng), weights, includeLastOffset: true)
                : JaggedIndices.From(ids, weights);
            object[] starts = flat ? [made.StartsArray] : [], given = made.Weights is null ? [] : [made.Weights];
            return (made, [made.Ids, .. starts, .. given]);
        });
    }

    static ExampleArgument Features(IReadOnlyDictionary<string, JaggedIndices> features)
    {
        (string Key, ExampleArgument Bags)[] parts = [.. features.Select(feature => (feature.Key, Bags(feature.Key, feature.Value)))];
        return new([.. parts.SelectMany(part => part.Bags.Ports)], (sizes, rng) =>
        {
            var made = new Dictionary<string, JaggedIndices>();
            var values = new List<object>();
            int first = 0;
            foreach ((string key, ExampleArgument bags) in parts)
            {
                (object one, object[] arrays) = bags._make(sizes[first..(first += bags.Ports.Count)], rng);
                made[key] = (JaggedIndices)one;
                values.AddRange(arrays);
            }
            return (made, values.ToArray());
        });
    }

    static Tensor Like(Tensor example, long[] sizes, Rng rng)
    {
        var drawn = Draw(example.Span, new Shape(sizes).Count, rng);
        // An example of one value repeated hides what depends on the values.
        if (example.Count == 0 || !example.Span.ContainsAnyExcept(example.Span[0])) rng.Rand(drawn);
        return new Tensor(drawn, sizes);
    }

    static Indices Like(Indices example, long[] sizes, Rng rng)
    {
        long[] drawn = Draw(example.Span, new Shape(sizes).Count, rng);
        if (Rises(example) && drawn.Length > 0)
        {
            // Offsets stay offsets.
            Array.Sort(drawn);
            drawn[0] = 0;
        }
        return Indices.From(drawn, sizes);
    }

    static bool Rises(Indices ids)
    {
        if (ids.Shape.Rank != 1 || ids.Count < 2 || ids.Span[0] != 0) return false;
        for (int i = 1; i < ids.Count; i++)
            if (ids.Span[i] < ids.Span[i - 1]) return false;
        return true;
    }

    static long[] Starts(long bags, long ids, Rng rng)
    {
        var starts = new long[bags + 1];
        for (int b = 1; b < bags; b++) starts[b] = rng.NextUInt32() % (ids + 1);
        starts[^1] = ids;
        Array.Sort(starts);
        return starts;
    }

    static T[] Draw<T>(ReadOnlySpan<T> from, long count, Rng rng)
    {
        var drawn = new T[count];
        for (int i = 0; i < drawn.Length && from.Length > 0; i++) drawn[i] = from[(int)(rng.NextUInt32() % (uint)from.Length)];
        return drawn;
    }
}
