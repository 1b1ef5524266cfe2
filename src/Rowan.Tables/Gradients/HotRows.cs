using System.Buffers;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// Rows with so many entries that one thread would finish long after the others. Their blocks are summed in parallel first.
/// </summary>
readonly struct HotRows(List<(int From, int To, int FirstBlock)> runs, float[] sums, int dim) : IDisposable
{
    const int Least = 8 * DuplicateSums.BlockLength;

    /// <summary>Finds hot rows by looking at every <see cref="Least"/>th entry, and sums their blocks.</summary>
    public static HotRows Of(DuplicateSums gradients)
    {
        RadixSort.Keys keys = gradients.Keys;
        List<(int From, int To, int FirstBlock)> runs = [];
        int blocks = 0;
        for (int entry = 0; entry + Least <= keys.Count; entry += Least)
        {
            if (keys.Row(entry) != keys.Row(entry + Least - 1) || (runs.Count > 0 && entry < runs[^1].To)) continue;
            int from = entry;
            while (from > 0 && keys.Row(from - 1) == keys.Row(entry)) from--;
            int to = keys.EndOfRow(entry);
            runs.Add((from, to, blocks));
            blocks += (to - from + DuplicateSums.BlockLength - 1) / DuplicateSums.BlockLength;
        }
        if (blocks == 0) return default;
        float[] sums = ArrayPool<float>.Shared.Rent(checked(blocks * gradients.Dim));
        Workers.For(blocks, 4, new SumBlocks(gradients, runs, sums));
        return new HotRows(runs, sums, gradients.Dim);
    }

    /// <summary>Whether there are hot rows.</summary>
    public bool Exist => runs is not null;

    /// <summary>The sum of a hot row that begins at an entry; false for all other entries.</summary>
    public bool Sum(int from, Span<float> into)
    {
        foreach ((int start, int to, int first) in runs)
        {
            if (start != from) continue;
            int blocks = (to - from + DuplicateSums.BlockLength - 1) / DuplicateSums.BlockLength;
            sums.AsSpan(first * dim, dim).CopyTo(into);
            for (int b = first + 1; b < first + blocks; b++) RowMath.Add(sums.AsSpan(b * dim, dim), into);
            return true;
        }
        return false;
    }

    public void Dispose()
    {
        if (sums is not null) ArrayPool<float>.Shared.Return(sums);
    }

    readonly struct SumBlocks(DuplicateSums gradients, List<(int From, int To, int FirstBlock)> runs, float[] sums) : IRangeBody
    {
        public void Run(long from, long to)
        {
            foreach ((int start, int end, int first) in runs)
                for (int entry = start, block = first; entry < end; entry += DuplicateSums.BlockLength, block++)
                    if (block >= from && block < to)
                        gradients.SumBlock(entry, Math.Min(end, entry + DuplicateSums.BlockLength),
                            sums.AsSpan(block * gradients.Dim, gradients.Dim));
        }
    }
}
