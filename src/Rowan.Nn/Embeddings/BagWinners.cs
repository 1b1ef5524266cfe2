using System.Buffers;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// The gradient of the largest values of bags: an entry that won somewhere gets a row of its own, g[b, d] where it won and 0 where it did
/// not; the others get none.
/// </summary>
static class BagWinners
{
    const int Grain = 256;

    /// <summary>Leaves the gradient with the table, entries in order.</summary>
    /// <param name="g">Gradient of the largest values [bags, dim].</param>
    /// <param name="table">The table.</param>
    /// <param name="ids">Row of each entry.</param>
    /// <param name="starts">Where each bag starts, and where the last one ends.</param>
    /// <param name="places">Where in its bag each value won [bags, dim].</param>
    public static void Leave(Tensor g, Table table, Indices ids, long[] starts, Tensor places)
    {
        int bags = starts.Length - 1;
        int[] rowOf = ArrayPool<int>.Shared.Rent((int)ids.Count + 1), first = ArrayPool<int>.Shared.Rent(bags + 1);
        Workers.For(bags, Grain, new Count(table.Dim, starts, places.Memory, rowOf, first));
        int rows = 0;
        for (int bag = 0; bag < bags; bag++) (first[bag], rows) = (rows, rows + first[bag]);
        Tensor gradient = Tensor.Empty(rows, table.Dim);
        var winners = new long[rows];
        Workers.For(bags, Grain,
            new Fill(table.Dim, starts, places.Memory, rowOf, first, ids.Memory, g.Memory, winners, gradient.WritableMemory));
        ArrayPool<int>.Shared.Return(rowOf);
        ArrayPool<int>.Shared.Return(first);
        IDisposable? lease = Tensor.KeepGradient(ref gradient);
        table.Gradient.Add(winners, gradient.Memory, lease: lease);
    }

    /// <summary>The number of each winner among those of its bag, −1 for an entry that won nowhere; and how many each bag has.</summary>
    readonly struct Count(int dim, long[] starts, ReadOnlyMemory<float> places, int[] rowOf, int[] winners) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (int bag = (int)from; bag < to; bag++)
            {
                Span<int> entries = rowOf.AsSpan((int)starts[bag], (int)(starts[bag + 1] - starts[bag]));
                entries.Fill(-1);
                int count = 0;
                if (entries.Length > 0)
                    foreach (float place in places.Span.Slice(bag * dim, dim)) entries[(int)place] = 0;
                for (int i = 0; i < entries.Length; i++)
                    if (entries[i] == 0) entries[i] = count++;
                winners[bag] = count;
            }
        }
    }

    readonly struct Fill(int dim, long[] starts, ReadOnlyMemory<float> places, int[] rowOf, int[] first, ReadOnlyMemory<long> ids,
        ReadOnlyMemory<float> g, long[] winners, Memory<float> into) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (int bag = (int)from; bag < to; bag++)
            {
                ReadOnlySpan<int> entries = rowOf.AsSpan((int)starts[bag], (int)(starts[bag + 1] - starts[bag]));
                if (entries.IsEmpty) continue;
                int row = first[bag], count = 0;
                for (int i = 0; i < entries.Length; i++)
                    if (entries[i] >= 0) winners[row + count++] = ids.Span[(int)starts[bag] + i];
                Span<float> rows = into.Span.Slice(row * dim, count * dim);
                rows.Clear();
                ReadOnlySpan<float> place = places.Span.Slice(bag * dim, dim), gradient = g.Span.Slice(bag * dim, dim);
                for (int d = 0; d < dim; d++) rows[entries[(int)place[d]] * dim + d] = gradient[d];
            }
        }
    }
}
