using System.Runtime.Intrinsics.X86;
using Rowan.Numerics;

namespace Rowan.Peer;

/// <summary>What the machine's memory allows: the plainest loop that asks for a row ahead, and then touches each of its cache lines; rows of whole 256 bytes.</summary>
static class MachineLimits
{
    const int Ahead = 32, Line = 16;

    static float _sink;

    /// <summary>Reads of whole rows at random, on all threads, with nothing done to them.</summary>
    public static Action RandomRows(Table table, Indices ids)
    {
        Memory<float> rows = table.Values[0];
        long within = rows.Length / table.Dim;
        long[] at = [.. ids.Select(id => id % within)];
        return () => Workers.For(at.Length, 2_048, new Read(rows, at, table.Dim));
    }

    readonly struct Read(Memory<float> rows, long[] ids, int dim) : IRangeBody
    {
        public unsafe void Run(long from, long to)
        {
            // Four sums: one would wait for itself longer than for the memory.
            float a = 0, b = 0, c = 0, e = 0;
            fixed (float* first = rows.Span)
                for (long i = from; i < to; i++)
                {
                    if (i + Ahead < to && Sse.IsSupported)
                        for (int d = 0; d < dim; d += Line) Sse.Prefetch0(first + ids[i + Ahead] * dim + d);
                    float* row = first + ids[i] * dim;
                    for (int d = 0; d + 4 * Line <= dim; d += 4 * Line) (a, b, c, e) = (a + row[d], b + row[d + Line], c + row[d + 2 * Line], e + row[d + 3 * Line]);
                }
            Volatile.Write(ref _sink, a + b + c + e);
        }
    }
}
