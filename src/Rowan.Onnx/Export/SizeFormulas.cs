using System.Globalization;

namespace Rowan.Onnx;

/// <summary>
/// Sizes that vary, as nodes of the graph. What a size depends on is found by comparing what it was in each trace with the sizes of
/// values that exist already: equal to one, a multiple or a fraction of one, one and a number, a product or a sum of two or three.
/// </summary>
sealed class SizeFormulas(OnnxGraph graph)
{
    readonly List<(string Value, int Dim, Size Size)> _known = [];
    readonly Dictionary<string, string> _found = [];

    /// <summary>Lets formulas use the sizes of a value.</summary>
    public void Add(string value, Size[] sizes)
    {
        for (int d = 0; d < sizes.Length; d++)
            if (!sizes[d].IsFixed && !_known.Exists(known => known.Size.Same(sizes[d]))) _known.Add((value, d, sizes[d]));
    }

    /// <summary>The size as a vector of one integer.</summary>
    /// <exception cref="TracesDifferException">No formula gives it.</exception>
    public string One(Size size)
    {
        if (size.IsFixed) return graph.Ints(size.First);
        string key = size.ToString();
        if (_found.TryGetValue(key, out string? found)) return found;
        return _found[key] = Search(size)
            ?? throw new TracesDifferException($"a size was {size} in the traces, which is no simple formula of the "
            + $"sizes of the inputs");
    }

    /// <summary>The size without dimensions, as Range takes it.</summary>
    public string Scalar(Size size) => size.IsFixed ? graph.Int(size.First) : graph.Node("Squeeze", [One(size), graph.Ints(0)]);

    /// <summary>Sizes in a line.</summary>
    public string Line(ReadOnlySpan<Size> sizes)
    {
        bool isFixed = true;
        foreach (Size size in sizes) isFixed &= size.IsFixed;
        var numbers = new long[sizes.Length];
        if (isFixed)
        {
            for (int i = 0; i < numbers.Length; i++) numbers[i] = sizes[i].First;
            return graph.Ints(numbers);
        }
        var parts = new string[sizes.Length];
        for (int i = 0; i < parts.Length; i++) parts[i] = One(sizes[i]);
        return parts.Length == 1 ? parts[0] : graph.Node("Concat", parts, ("axis", 0L));
    }

    string? Search(Size size)
    {
        for (int i = 0; i < _known.Count; i++)
            if (_known[i].Size.Same(size)) return Known(i);
        for (int i = 0; i < _known.Count; i++)
            if (Scaled(size, _known[i].Size.Each, () => Known(i)) is { } scaled) return scaled;
        for (int i = 0; i < _known.Count; i++)
            if (Shifted(size, _known[i].Size.Each, () => Known(i)) is { } shifted) return shifted;
        for (int i = 0; i < _known.Count; i++)
            for (int j = i; j < _known.Count; j++)
                if (Scaled(size, Products(i, j), () => graph.Node("Mul", [Known(i), Known(j)])) is { } product) return product;
        for (int i = 0; i < _known.Count; i++)
            for (int j = 0; j < _known.Count; j++)
            {
                if (i <= j && Shifted(size, [.. Each(i).Zip(Each(j), (a, b) => a + b)], () => graph.Node("Add", [Known(i), Known(j)])) is {
                    } sum)
                    return sum;
                if (Shifted(size, [.. Each(i).Zip(Each(j), (a, b) => a - b)], () => graph.Node("Sub", [Known(i), Known(j)])) is {
                    } difference)
                    return difference;
            }
        for (int i = 0; i < _known.Count; i++)
            if (Affine(size, i) is { } affine) return affine;
        for (int i = 0; i < _known.Count; i++)
            for (int j = i; j < _known.Count; j++)
                for (int k = j; k < _known.Count; k++)
                    if (Scaled(size, [.. Products(i, j).Zip(Each(k), (a, b) => a * b)],
                        () => graph.Node("Mul", [graph.Node("Mul", [Known(i), Known(j)]), Known(k)])) is { } product) return product;
        return null;
    }

    long[] Each(int known) => _known[known].Size.Each;

    long[] Products(int i, int j) => [.. Each(i).Zip(Each(j), (a, b) => a * b)];

    string Known(int at)
    {
        (string value, int dim, Size size) = _known[at];
        string key = size.ToString();
        if (!_found.TryGetValue(key, out string? found))
            _found[key] = found = graph.Node("Shape", [value], ("start", (long)dim), ("end", (long)dim + 1));
        return found;
    }

    /// <summary>size = factor · from, or from / factor.</summary>
    string? Scaled(Size size, long[] from, Func<string> name)
    {
        if (from[0] == 0 || size.Each[0] == 0) return null;
        bool times = size.Each[0] >= from[0];
        (long large, long small) = times ? (size.Each[0], from[0]) : (from[0], size.Each[0]);
        long factor = large / small;
        for (int k = 0; k < from.Length; k++)
            if ((times ? factor * from[k] : factor * size.Each[k]) != (times ? size.Each[k] : from[k])) return null;
        return factor == 1 ? name() : graph.Node(times ? "Mul" : "Div", [name(), graph.Ints(factor)]);
    }

    /// <summary>size = from + number.</summary>
    string? Shifted(Size size, long[] from, Func<string> name)
    {
        long number = size.Each[0] - from[0];
        for (int k = 0; k < from.Length; k++)
            if (from[k] + number != size.Each[k]) return null;
        return number == 0 ? name() : graph.Node("Add", [name(), graph.Ints(number)]);
    }

    /// <summary>size = factor · known + number.</summary>
    string? Affine(Size size, int known)
    {
        long[] from = Each(known);
        int other = Array.FindIndex(from, value => value != from[0]);
        (long factor, long rest) = Math.DivRem(size.Each[other] - size.Each[0], from[other] - from[0]);
        if (rest != 0 || factor == 0) return null;
        long[] scaled = [.. from.Select(value => value * factor)];
        return Shifted(size, scaled, () => graph.Node("Mul", [Known(known), graph.Ints(factor)]));
    }
}
