using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>The names that a non-strict load skipped.</summary>
/// <param name="Missing">Names of the module that are not in the state; these parts keep their values.</param>
/// <param name="Unexpected">Names in the state that the module does not have.</param>
public sealed record LoadedState(IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected);

public abstract partial class Module
{
    const int Piece = 1 << 16;

    /// <summary>
    /// Parameters, tables and buffers by PyTorch's names. Deferred updates of tables are applied now; the values are read when they are
    /// asked for. Saved while another thread trains, each row is whole, and rows may be
    /// of different steps.
    /// </summary>
    public StateDict StateDict()
    {
        (string Name, object Part)[] saved = [.. Saved()];
        foreach ((_, object part) in saved)
            if (part is ILearnable learnable) learnable.ApplyDeferredUpdates();
        return new(saved.Select(State));
    }

    static StateEntry State((string Name, object Part) saved) => saved.Part switch
    {
        Buffer { IsCounter: true } counter =>
            new StateEntry(saved.Name, [], (RangeReader<long>)((_, into) => { if (into.Length > 0) into[0] = counter.Number; })),
        Buffer buffer => StateEntry.Over(saved.Name, buffer.Sizes, MemoryMarshal.AsMemory(buffer.Value.Memory)),
        var part => Entry(saved.Name, (ILearnable)part),
    };

    /// <summary>Loads values by name. All names and sizes are compared and all values read once before anything is changed.</summary>
    /// <remarks>A part that is tied under several names is loaded from any of them. If the state has several, their values must be
    /// equal.</remarks>
    /// <param name="state">A state from <see cref="StateDict"/> or from a file.</param>
    /// <param name="strict">Throw if names are missing or unexpected; otherwise they are skipped and returned.</param>
    /// <returns>The skipped names; none if strict.</returns>
    /// <exception cref="ArgumentException">Names or sizes do not fit; the message lists all of them, and nothing was changed.</exception>
    /// <exception cref="IOException">The state is in a file that cannot be read; nothing was changed.</exception>
    public LoadedState LoadStateDict(StateDict state, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(state);
        (string Name, object Part)[] parts = [.. Saved()];
        // A file with one of the names of a tied part is complete (safetensors keeps only one).
        var given = new HashSet<object>(parts.Where(part => state.Contains(part.Name)).Select(part => part.Part),
            ReferenceEqualityComparer.Instance);
        string[] missing = [.. parts.Where(part => !given.Contains(part.Part)).Select(part => part.Name)];
        string[] unexpected = [.. state.Names.Except(parts.Select(part => part.Name))];
        (string Name, object Part)[] common = [.. parts.Where(part => state.Contains(part.Name))];
        var faults = new List<string>();
        if (strict) faults.AddRange(missing.Select(name =>
            $"'{name}' is missing{(state.LeftOut.TryGetValue(name, out string? reason) ? $" (left out: {reason})" : "")}"));
        if (strict) faults.AddRange(unexpected.Select(name => $"'{name}' is not a part of {GetType().Name}"));
        foreach ((string name, object part) in common)
        {
            IReadOnlyList<long> sizes = part is Buffer buffer ? buffer.Sizes : ((ILearnable)part).Sizes;
            if (!sizes.SequenceEqual(state[name].Sizes))
                faults.Add($"'{name}' is [{string.Join(", ", state[name].Sizes)}] and should be [{string.Join(", ", sizes)}]");
        }
        Require.That(faults.Count == 0,
            $"LoadStateDict: nothing was loaded into {GetType().Name}: {string.Join("; ", faults)}. "
            + $"Names can be changed with state.Rename; strict: false skips names that are missing or unexpected", nameof(state));

        // A file that cannot be read fails here, before any change. The second read finds its pages in the file cache.
        foreach ((string name, object part) in common) ReadThrough(state[name], part as Table);
        foreach (IGrouping<object, string> tied in common.GroupBy(named => named.Part, named => named.Name,
            ReferenceEqualityComparer.Instance))
            foreach (string other in tied.Skip(1)) RefuseDifference(state[tied.First()], state[other]);
        foreach ((string name, object part) in common) Take(part, state[name]);
        return new LoadedState(missing, unexpected);
    }

    /// <summary>A table of the parts: name, sizes, parameters, bytes, and whether they learn; and the totals.</summary>
    public string Summary()
    {
        var rows = new List<(string Name, string Kind, string Sizes, string Count, string Bytes, string Learns)>();
        long learning = 0, frozen = 0, weights = 0, buffers = 0;
        var counted = new HashSet<object>(ReferenceEqualityComparer.Instance);
        foreach ((string name, object part) in Saved())
        {
            IReadOnlyList<long> sizes = part is Buffer held ? held.Sizes : ((ILearnable)part).Sizes;
            long count = sizes.Aggregate(1L, (product, size) => product * size),
            bytes = count * (part is Buffer { IsCounter: true } ? sizeof(long) : part is ILearnable { Format: not FloatFormat.Float32 }
            ? sizeof(ushort) : sizeof(float));
            bool first = counted.Add(part);
            if (first && part is ILearnable) weights += bytes;
            if (first && part is Buffer) buffers += bytes;
            else if (first && part is ILearnable { Frozen: true }) frozen += count;
            else if (first)
            {
                long still = part is Table { FrozenRows.Count: var stillRows } partly ? stillRows * partly.Dim : 0;
                (learning, frozen) = (learning + count - still, frozen + still);
            }
            rows.Add((name, part.GetType().Name, $"[{string.Join(", ", sizes)}]", Grouped(count), Size(bytes),
                !first ? "tied" : part is Buffer ? "buffer" : part is ILearnable { Frozen: true } ? "frozen"
                    : part is Table { FrozenRows.Count: > 0 } table ? $"{Grouped(table.FrozenRows.Count)} rows frozen" : "yes"));
        }
        rows.Insert(0, ("name", "kind", "sizes", "values", "bytes", "learns"));
        int Width(Func<(string Name, string Kind, string Sizes, string Count, string Bytes, string Learns), string> column) =>
            rows.Max(row => column(row).Length);
        (int nameWidth, int kindWidth, int sizesWidth, int countWidth, int bytesWidth) =
            (Width(row => row.Name), Width(row => row.Kind), Width(row => row.Sizes), Width(row => row.Count), Width(row => row.Bytes));
        var text = new StringBuilder(GetType().Name).Append('\n');
        foreach (var row in rows)
            text.Append("  ").Append(row.Name.PadRight(nameWidth)).Append("  ").Append(row.Kind.PadRight(kindWidth)).Append("  ")
                .Append(row.Sizes.PadRight(sizesWidth)).Append("  ")
                .Append(row.Count.PadLeft(countWidth)).Append("  ").Append(row.Bytes.PadLeft(bytesWidth)).Append("  ").Append(row.Learns)
                    .Append('\n');
        text.Append(CultureInfo.InvariantCulture,
            $"  {Grouped(learning)} parameters learn, {Grouped(frozen)} are frozen: {Size(weights)}; buffers: {Size(buffers)}");
        return text.ToString();
    }

    static StateEntry Entry(string name, ILearnable learnable) =>
        new(name, learnable.Sizes, (RangeReader<float>)learnable.ReadValues) { Format = learnable.Format };

    /// <summary>Shows what cannot be read, and what a table could not keep.</summary>
    static void ReadThrough(StateEntry entry, Table? table) =>
        InPieces(entry, (start, values) => table?.CheckValues(values, "LoadStateDict", start));

    /// <summary>What is tied in the module has one value for all its names.</summary>
    /// <exception cref="ArgumentException">The two arrays differ, by more than the bits of a NaN.</exception>
    void RefuseDifference(StateEntry first, StateEntry second)
    {
        var other = new float[(int)Math.Min(Piece, first.Count)];
        InPieces(first, (start, values) =>
        {
            Span<float> beside = other.AsSpan(0, values.Length);
            second.Read(start, beside);
            for (int i = 0; i < values.Length; i++)
                Require.That(values[i].Equals(beside[i]),
                    $"LoadStateDict: nothing was loaded into {GetType().Name}: '{first.Name}' and '{second.Name}' are one part here, but "
                        + $"two arrays in the state, "
                    + $"which differ at value {start + i}: {values[i]} and {beside[i]}. Leave one of them out with state.Rename, or load "
                        + $"into a module that does not tie them", "state");
        });
    }

    static void InPieces(StateEntry entry, RangeWriter<float> take)
    {
        var piece = new float[(int)Math.Min(Piece, entry.Count)];
        for (long start = 0; start < entry.Count; start += piece.Length)
        {
            Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, entry.Count - start));
            entry.Read(start, values);
            take(start, values);
        }
    }

    static void Take(object part, StateEntry entry)
    {
        if (part is Buffer { IsCounter: true } counter)
        {
            counter.Number = entry.WholeNumber();
            return;
        }
        if (part is Buffer buffer) entry.Read(0, buffer.Value.WritableSpan);
        else InPieces(entry, ((ILearnable)part).WriteValues);
    }

    static string Grouped(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    static string Size(long bytes) => bytes switch
    {
        < 1_000 => $"{bytes} B",
        < 1_000_000 => $"{(bytes / 1e3).ToString("0.0", CultureInfo.InvariantCulture)} kB",
        < 1_000_000_000 => $"{(bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture)} MB",
        _ => $"{(bytes / 1e9).ToString("0.00", CultureInfo.InvariantCulture)} GB",
    };
}
