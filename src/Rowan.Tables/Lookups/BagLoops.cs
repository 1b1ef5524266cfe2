using System.Buffers;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>Loops over bags that need each row by itself. Rows are decoded to floats in blocks that fit into the L1 cache.</summary>
static class BagLoops
{
    /// <summary>Floats per block of rows: 16 KB, a part of the L1 cache.</summary>
    const int BlockValues = 1 << 12;

    /// <summary>Visits the entries of bags from ≤ b &lt; to in order, bag by bag; a bag larger than a block is visited in parts.</summary>
    public static void Visit<TVisit>(RowReader rows, ReadOnlySpan<long> ids, ReadOnlySpan<long> starts, long from, long to, TVisit visit)
        where TVisit : IBagVisit, allows ref struct
    {
        int dim = rows.Dim, block = Math.Max(1, BlockValues / dim);
        float[] room = ArrayPool<float>.Shared.Rent(block * dim);
        int bag = (int)from;
        for (int first = (int)starts[bag], end = (int)starts[(int)to], after; first < end; first = after)
        {
            after = Math.Min(end, first + block);
            Span<float> near = room.AsSpan(0, (after - first) * dim);
            rows.Gather(ids[first..], near);
            for (int entry = first, stop; entry < after; entry = stop)
            {
                while (entry >= starts[bag + 1]) bag++;
                stop = Math.Min(after, (int)starts[bag + 1]);
                visit.Rows(bag, entry, entry - (int)starts[bag], near[((entry - first) * dim)..((stop - first) * dim)]);
            }
        }
        ArrayPool<float>.Shared.Return(room);
    }

    /// <summary>What is done with consecutive rows of a bag.</summary>
    public interface IBagVisit
    {
        /// <param name="bag">The bag.</param>
        /// <param name="entry">Entry of the first row among all entries.</param>
        /// <param name="place">Index of the first row within its bag.</param>
        /// <param name="rows">Rows of consecutive entries.</param>
        void Rows(int bag, int entry, int place, ReadOnlySpan<float> rows);
    }

    /// <summary>into[b, d] ← the largest row(ids[i])[d], and its index within the bag (argmax, the first if several are equal).</summary>
    public readonly struct Largest(
        RowReader rows, ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, Memory<float> into, Memory<float> places)
        : IRangeBody
    {
        public void Run(long from, long to)
        {
            int dim = rows.Dim;
            Span<float> largest = into.Span;
            for (int bag = (int)from; bag < to; bag++)
                if (starts.Span[bag] == starts.Span[bag + 1]) largest.Slice(bag * dim, dim).Clear();
            Visit(rows, ids.Span, starts.Span, from, to, new Entries(dim, largest, places.Span));
        }

        readonly ref struct Entries(int dim, Span<float> largest, Span<float> places) : IBagVisit
        {
            readonly Span<float> _largest = largest, _places = places;

            public void Rows(int bag, int entry, int place, ReadOnlySpan<float> rows)
            {
                Span<float> own = _largest.Slice(bag * dim, dim), at = _places.IsEmpty ? default : _places.Slice(bag * dim, dim);
                if (place == 0)
                {
                    rows[..dim].CopyTo(own);
                    at.Clear();
                }
                RowMath.TakeLarger(rows, place, own, at);
            }
        }
    }

    /// <summary>into[i] ← row(ids[i]) · vectors[b·stride …] of the bag b that entry i is in.</summary>
    public readonly struct Products(
        RowReader rows, ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> vectors, int stride,
        Memory<float> into) : IRangeBody
    {
        public void Run(long from, long to) =>
            Visit(rows, ids.Span, starts.Span, from, to, new Entries(rows.Dim, vectors.Span, stride, into.Span));

        readonly ref struct Entries(int dim, ReadOnlySpan<float> vectors, int stride, Span<float> into) : IBagVisit
        {
            readonly ReadOnlySpan<float> _vectors = vectors;
            readonly Span<float> _into = into;

            public void Rows(int bag, int entry, int place, ReadOnlySpan<float> rows)
            {
                ReadOnlySpan<float> vector = _vectors.Slice(bag * stride, dim);
                for (int row = 0; row < rows.Length; row += dim) _into[entry++] = RowMath.Dot(vector, rows.Slice(row, dim));
            }
        }
    }
}
