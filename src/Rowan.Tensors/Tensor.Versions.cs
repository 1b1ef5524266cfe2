using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

// Operations that need values again in the backward pass remember the version of their inputs. What was computed from others that learn
// cannot be written, and needs no version.
public sealed partial class Tensor
{
    Tensor? _root;                 // Whose memory a view shares.
    bool _ofComputed;              // Whether that was recorded before the view was made. An operation may write through views made before.
    ValueVersion? _version;

    /// <summary>
    /// Lets a backward pass through this tensor throw if values beside the inputs, which its rules read, have changed until then: how an
    /// operation over rows of a table says so.
    /// Does nothing where the tensor was not recorded.
    /// </summary>
    /// <param name="version">The version of those values.</param>
    /// <returns>This tensor.</returns>
    internal Tensor Watching(ValueVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        if (_node is { } node) node.Watched = [.. node.Watched ?? [], new Watched(version, version.Number, null)];
        return this;
    }

    /// <summary>Counts a change of the values; costs nothing while no recorded operation needs them.</summary>
    internal void Changed(string by) => (_root ?? this)._version?.Changed(by);

    /// <summary>Which inputs' values the rules of an operation read.</summary>
    enum Reads
    {
        /// <summary>Those of all, unless nothing that was kept can hold values.</summary>
        Any,

        /// <summary>Of the first two each for the gradient of the other, as in a product.</summary>
        OtherFactor,
    }

    /// <summary>The inputs whose values the rules read, with their versions now.</summary>
    static Watched[]? WatchedOf<TKept>(ReadOnlySpan<(Tensor Input, Pull<TKept> Pull)> edges, Reads reads)
    {
        if (edges.IsEmpty || !Kept<TKept>.CanHoldValues) return null;
        int count = 0;
        Watched[]? watched = null;
        for (int i = 0; i < edges.Length; i++)
        {
            if (reads == Reads.OtherFactor && (i > 1 || !edges[1 - i].Input.RequiresGrad)) continue;
            if (VersionOf(edges[i].Input) is not { } version) continue;
            watched ??= new Watched[edges.Length - i];
            watched[count++] = new Watched(version, version.Number, edges[i].Input);
        }
        return watched is null ? null : count == watched.Length ? watched : watched[..count];
    }

    static Watched[] WatchedOf(ReadOnlySpan<Tensor> inputs)
    {
        var watched = new List<Watched>();
        foreach (Tensor input in inputs)
            if (VersionOf(input) is { } version) watched.Add(new Watched(version, version.Number, input));
        return [.. watched];
    }

    /// <summary>The version of a tensor's values; null where they cannot change.</summary>
    static ValueVersion? VersionOf(Tensor tensor)
    {
        Tensor root = tensor._root ?? tensor;
        if (root._version is { } version || root._node is not null) return root._version;
        version = new ValueVersion();
        return Interlocked.CompareExchange(ref root._version, version, null) ?? version;
    }

    /// <summary>Values that a rule reads, and their version when the operation was recorded.</summary>
    readonly record struct Watched(ValueVersion Version, long Number, Tensor? Input)
    {
        public void RequireUnchanged(Tensor value) => Require.State(Version.Number == Number,
            $"Backward: {(Version.Name is { } name ? $"the table '{name}'" : $"a tensor of shape {Input?.Shape}")} "
            + $"was changed by {Version.LastChange} after a value of shape {value.Shape} was computed from it, whose gradient needs "
                + $"what it held before. "
            + $"Call Backward before the change, or Forward again after it");
    }

    /// <summary>What is known of the type of what an operation keeps.</summary>
    static class Kept<TKept>
    {
        /// <summary>
        /// Whether it can hold values of an input; false of sizes, ids, numbers and what says so (<see cref="IHoldsNoInput"/>).
        /// </summary>
        public static readonly bool CanHoldValues = Can(typeof(TKept));

        static bool Can(Type type)
        {
            if (type.IsPrimitive || type.IsEnum || type == typeof(string)) return false;
            if (type == typeof(Shape) || type == typeof(Mask) || type == typeof(Indices)) return false;
            if (type == typeof(int[]) || type == typeof(long[]) || type == typeof(bool[])) return false;
            if ((type.GetElementType() ?? type).IsAssignableTo(typeof(IHoldsNoInput))) return false;
            if (!type.IsGenericType || type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) != true) return true;
            foreach (Type part in type.GetGenericArguments())
                if (Can(part)) return true;
            return false;
        }
    }
}
