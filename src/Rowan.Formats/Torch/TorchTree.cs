using System.Globalization;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>The arrays in a tree of dicts, lists and tuples, in order, under names joined by dots: "model.layers.0.weight".</summary>
static class TorchTree
{
    const int MaxDepth = 64, MaxLeaves = 1 << 20;

    /// <param name="root">What the pickle described.</param>
    /// <param name="rootName">The name of a root that is no container.</param>
    /// <param name="where">File and entry, as messages begin.</param>
    /// <param name="pickleBytes">Bounds what containers that are referred to again and again may grow to.</param>
    /// <exception cref="InvalidDataException">Arrays lie under a key that is no name, two arrays share a name, or the tree is
    /// bottomless.</exception>
    public static StateDict Flatten(object? root, string rootName, string where, long pickleBytes)
    {
        var entries = new List<StateEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var leftOut = new Dictionary<string, string>(StringComparer.Ordinal);
        var rest = new Stack<(string? Name, int Depth, object? Value)>();
        long leaves = Math.Min(MaxLeaves, pickleBytes), letters = 32 * pickleBytes + 4096;
        rest.Push((null, 0, root));
        while (rest.TryPop(out var part))
        {
            Require.Data(part.Depth <= MaxDepth,
                $"{where}: '{Short(part.Name)}' is more than {MaxDepth} containers deep, or contains itself");
            if (Children(part.Value, where) is { } children)
            {
                leaves -= children.Count;
                for (int i = children.Count - 1; i >= 0; i--)
                {
                    string name = part.Name is null ? children[i].Key : $"{part.Name}.{children[i].Key}";
                    letters -= name.Length;
                    Require.Data(leaves >= 0 && letters >= 0,
                        $"{where}: more values or longer names than a state dict of {pickleBytes} bytes holds (at most {MaxLeaves} "
                        + $"values)");
                    rest.Push((name, part.Depth + 1, children[i].Value));
                }
            }
            else if (part.Value is PickleOther or PickleName or PickleCall or NumberKind) leftOut[part.Name ?? rootName] = Kind(part.Value);
            else if (Entry(part.Name ?? rootName, part.Value, where) is { } entry)
            {
                Require.Data(names.Add(entry.Name), $"{where}: two arrays are called '{Short(entry.Name)}'");
                entries.Add(entry);
            }
        }
        return new(entries) { LeftOut = leftOut };
    }

    static List<(string Key, object? Value)>? Children(object? value, string where) => value switch
    {
        PickleDict dict =>
            [.. dict.Items.Where(item => Key(item.Key) is not null || MayHoldArrays(item.Value, where))
                .Select(item => (Key(item.Key)!, item.Value))],
        PickleList list => [.. list.Items.Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item))],
        PickleTuple tuple => [.. tuple.Items.Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item))],
        _ => null,
    };

    /// <summary>The name of a key; null for one that is none, such as a tuple.</summary>
    static string? Key(object? key) => key switch
    {
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        bool truth => truth ? "True" : "False",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => null,
    };

    /// <summary>Values under keys without a name are left out, but no arrays.</summary>
    static bool MayHoldArrays(object? value, string where) =>
        value is TorchTensor or PickleDict or PickleList or PickleTuple
            ? throw new InvalidDataException($"{where}: arrays, or containers that may hold some, under a key that is neither text nor "
                + $"number; give them names")
            : false;

    static string Kind(object? value) => value switch
    {
        PickleOther other => $"a value made by {Short(other.Name)}, which is no array",
        PickleName named => $"the name {Short(named.Name)}",
        _ => $"the name {value}",
    };

    static StateEntry? Entry(string name, object? value, string where) => value switch
    {
        TorchTensor tensor => tensor.Array.Entry(name),
        long number => StateEntry.Over(name, [], [number]),
        bool truth => StateEntry.Over(name, [], [truth ? 1L : 0]),
        double number => StateEntry.Over(name, [], new float[] { (float)number }),
        string or null => null,
        _ => throw new InvalidDataException($"{where}: '{Short(name)}' is a {value.GetType().Name}, neither array nor number"),
    };

    static string Short(string? name) => name is null ? "" : name.Length <= 100 ? name : name[..100] + "…";
}
