using Rowan.Numerics;

namespace Rowan.Onnx;

/// <summary>A size that may vary: one dimension of one input, or several that are always equal.</summary>
/// <param name="name">Its name in the graph.</param>
/// <param name="size">Its size in the example.</param>
sealed class DynamicAxis(string name, long size)
{
    /// <summary>Its name in the graph.</summary>
    public string Name { get; set; } = name;

    /// <summary>Its size in the example.</summary>
    public long Size => size;

    /// <summary>Sizes that the model takes, that of the example first.</summary>
    public List<long> Works { get; } = [size];
}

/// <summary>One array that the model takes: an input of the graph.</summary>
/// <param name="name">Its name in the graph.</param>
/// <param name="type">Its element type.</param>
/// <param name="sizes">Its sizes in the example; of starts of bags the number of bags.</param>
/// <param name="axisNames">What a size that may vary is called, by dimension; null for batch, length and so on.</param>
/// <param name="oneMore">Whether there is one value more than the size says: starts of bags end with the number of ids.</param>
sealed class ExamplePort(string name, OnnxType type, long[] sizes, string[]? axisNames = null, bool oneMore = false)
{
    /// <summary>Its name in the graph.</summary>
    public string Name => name;

    /// <summary>Its element type.</summary>
    public OnnxType Type => type;

    /// <summary>Its sizes in the example.</summary>
    public long[] Sizes => sizes;

    /// <summary>For each dimension the axis that varies; null for a fixed size.</summary>
    public DynamicAxis?[] Axes { get; } = new DynamicAxis?[sizes.Length];

    /// <summary>What an axis of a dimension is called: as wanted, or with the port's name before it.</summary>
    public string AxisName(int dim, Func<string, bool> isTaken)
    {
        string wanted = axisNames?[dim] ?? (dim == 0 ? "batch" : dim == 1 ? "length" : $"dim{dim}");
        return !isTaken(wanted) && dim < 2 ? wanted : $"{name}_{wanted}";
    }

    /// <summary>Why a dimension is fixed, where that was tried.</summary>
    public string?[] Reasons { get; } = new string?[sizes.Length];

    /// <summary>The sizes where the axes have given ones.</summary>
    public long[] SizesAt(IReadOnlyDictionary<DynamicAxis, long> at)
    {
        long[] given = [.. sizes];
        for (int d = 0; d < given.Length; d++)
            if (Axes[d] is { } axis && at.TryGetValue(axis, out long size)) given[d] = size;
        return given;
    }

    /// <summary>The input as the graph declares it.</summary>
    public OnnxPort Declared() => new(name, type,
        [.. Axes.Select((axis, d) => axis is null ? (object)(oneMore ? sizes[d] + 1 : sizes[d]) : oneMore ? $"{axis.Name}_plus_1"
            : axis.Name)]);
}
