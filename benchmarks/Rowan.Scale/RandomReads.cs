using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Rowan.Numerics;

namespace Rowan.Scale;

/// <summary>
/// What the memory allows: rows are asked for 16 ahead, then each of their cache lines is touched, and nothing else is done.
/// </summary>
sealed unsafe class RandomReads
{
    const int Ahead = 16, Line = 16;

    static float _sink;

    readonly Job _job;
    readonly Body _body;

    public RandomReads(Table table, Job job)
    {
        _job = job;
        // Tables lie in pinned memory.
        nint[] pieces = [.. table.Values.Select(piece => (nint)Unsafe.AsPointer(ref piece.Span[0]))];
        // All pieces but the last are of one size, a power of two.
        int shift = pieces.Length == 1 ? 63 : BitOperations.Log2((ulong)(table.Values[0].Length / table.Dim));
        _body = new Body(pieces, shift, (1L << shift) - 1, table.Dim, default);
    }

    public void Run() => Workers.For(Job.Bags * Job.BagLength, 2_048, _body with { Ids = _job.Next().Memory });

    readonly record struct Body(nint[] Pieces, int Shift, long Mask, int Dim, ReadOnlyMemory<long> Ids) : IRangeBody
    {
        public void Run(long from, long to)
        {
            ReadOnlySpan<long> ids = Ids.Span;
            float sum = 0;
            for (int i = (int)from; i < to; i++)
            {
                if (i + Ahead < to && Sse.IsSupported)
                    for (int d = 0; d < Dim; d += Line) Sse.Prefetch0(At(ids[i + Ahead]) + d);
                for (int d = 0; d < Dim; d += Line) sum += At(ids[i])[d];
            }
            Volatile.Write(ref _sink, sum);
        }

        float* At(long row) => (float*)Pieces[row >> Shift] + (row & Mask) * Dim;
    }
}
