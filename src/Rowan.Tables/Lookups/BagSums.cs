using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>Bag sums of one table:  into[b·stride + d] = Σ scale[i]·w[ids[i], d] over i in [starts[b], starts[b + 1]).</summary>
/// <param name="Table">w.</param>
/// <param name="Ids">Rows [n], checked by the layer.</param>
/// <param name="Starts">Bag offsets, non-decreasing, with n at the end [bags + 1].</param>
/// <param name="Scale">What each entry is multiplied by [n]; empty for 1.</param>
/// <param name="Mean">Divide each sum by the number of its entries. An empty bag is zeros either way.</param>
/// <param name="Into">Destination, from the first sum to the end of the last.</param>
/// <param name="Stride">Values from one sum to the next.</param>
readonly record struct BagSum(Table Table, ReadOnlyMemory<long> Ids, ReadOnlyMemory<long> Starts, ReadOnlyMemory<float> Scale, bool Mean,
    Memory<float> Into, int Stride);

/// <summary>
/// Bag sums of many tables in one loop: each thread has an equal share of the bags of every table, however their sizes differ.
/// </summary>
static class BagSums
{
    /// <summary>Computes all; every sum has the same number of bags.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="store">Whether rows that have deferred updates are also stored up to date; see
    /// <see cref="Table.Gather(ReadOnlyMemory{long}, Memory{float}, bool)"/>.</param>
    /// <exception cref="ArgumentException">The numbers of bags differ, or a destination is too small.</exception>
    public static void Run(BagSum[] sums, bool store = false)
    {
        ArgumentNullException.ThrowIfNull(sums);
        if (sums.Length == 0) return;
        int bags = sums[0].Starts.Length - 1;
        long ids = 0;
        foreach (BagSum sum in sums)
        {
            int dim = sum.Table.Dim;
            Require.That(sum.Starts.Length - 1 == bags,
                $"BagSums: {sum.Starts.Length - 1} bags of '{sum.Table.Name}' beside {bags} of '{sums[0].Table.Name}'", nameof(sums));
            Require.That(sum.Stride >= dim && (bags == 0 || sum.Into.Length >= (bags - 1L) * sum.Stride + dim),
                $"BagSums: {bags} bags of '{sum.Table.Name}' with dim {dim}, {sum.Stride} values apart, do not fit into {sum.Into.Length}",
                nameof(sums));
            ids += sum.Ids.Length;
        }
        if (store)
            foreach (BagSum sum in sums) sum.Table.Apply(sum.Ids.Span);
        TableGuard.Hold[] holds = Hold(sums);
        var lookups = new RowLookup[sums.Length];
        try
        {
            var ranges = new Table.BagRange[sums.Length];
            for (int t = 0; t < sums.Length; t++)
            {
                (BagSum sum, lookups[t]) = (sums[t], sums[t].Table.Held(sums[t].Ids));
                ranges[t] = new(lookups[t].Rows, lookups[t].Ids, sum.Starts, sum.Scale, sum.Mean, sum.Into, sum.Stride);
            }
            long items = (long)bags * sums.Length;
            long start = Counters.Start();
            Workers.For(items, Math.Max(1, Table.GatherGrain * items / Math.Max(1, ids)), new Many(ranges));
            Counters.Phase("bag", "*", start);
        }
        finally
        {
            foreach (RowLookup lookup in lookups) lookup.Dispose();
            foreach (TableGuard.Hold hold in holds) hold.Dispose();
        }
        foreach (BagSum sum in sums) Counters.Read(sum.Table.Name, sum.Ids.Length, sum.Table.RowBytes);
    }

    /// <summary>
    /// Holds each table once as a reader, in an order that is the same for all threads: otherwise two of them and two writers could wait
    /// for each other.
    /// </summary>
    static TableGuard.Hold[] Hold(BagSum[] sums)
    {
        TableGuard[] guards = Array.ConvertAll(sums, sum => sum.Table.Guard);
        if (!Ascend(guards)) guards = [.. guards.Distinct().OrderBy(guard => guard.Order)];
        return Array.ConvertAll(guards, guard => guard.Read());
    }

    static bool Ascend(TableGuard[] guards)
    {
        for (int i = 1; i < guards.Length; i++)
            if (guards[i].Order <= guards[i - 1].Order) return false;
        return true;
    }

    readonly struct Many(Table.BagRange[] tables) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (int t = 0; t < tables.Length; t++) tables[t].Run(BagShare.Of(from, t, tables.Length), BagShare.Of(to, t, tables.Length));
        }
    }
}
