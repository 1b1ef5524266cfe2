using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Rowan.Numerics;

namespace Rowan.Peer;

/// <summary>What the machine's memory allows.</summary>
static class MachineLimits
{
    const int Line = 16, CopyBytes = 256 << 20, Copies = 7;

    static int Ahead => Vector512.IsHardwareAccelerated ? 32 : 16;    // The faster on the machines tried.

    static float _sink;

    /// <summary>
    /// Reads of whole rows at random, on all threads: the plainest loop that asks for each row ahead and then adds all its values to as
    /// many sums as a row has vectors; rows of whole 256 bytes.
    /// </summary>
    public static Action RandomRows(Table table, Indices ids)
    {
        Memory<float> rows = table.Values[0];
        long within = rows.Length / table.Dim;
        long[] at = [.. ids.Select(id => id % within)];
        return () => Workers.For(at.Length, 2_048, new Read(rows, at, table.Dim));
    }

    /// <summary>Bytes a second, read and written, of copies from one large array to another on all threads: the best of a few.</summary>
    public static double CopyBandwidth()
    {
        byte[] from = new byte[CopyBytes], to = new byte[CopyBytes];
        double best = 0;
        for (int i = 0; i < Copies; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Workers.For(CopyBytes, 1 << 20, new Copy(from, to));
            best = Math.Max(best, 2.0 * CopyBytes / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }

    readonly struct Copy(byte[] source, byte[] into) : IRangeBody
    {
        public void Run(long from, long to) => source.AsSpan((int)from, (int)(to - from)).CopyTo(into.AsSpan((int)from));
    }

    readonly struct Read(Memory<float> rows, long[] ids, int dim) : IRangeBody
    {
        public void Run(long from, long to) =>
            Volatile.Write(ref _sink, Vector512.IsHardwareAccelerated ? Wide(from, to) : Narrow(from, to));

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        unsafe float Wide(long from, long to)
        {
            Vector512<float> a = default, b = default, c = default, e = default;
            fixed (float* first = rows.Span)
            fixed (long* id = ids)
            {
                long* i = id + from, end = id + to;
                for (long* ask = end - Ahead; i < end; i++)
                    for (float* row = first + *i * dim, last = row + dim, later = first + (i < ask ? i[Ahead] : *i) * dim; row < last;
                    row += 4 * Line, later += 4 * Line)
                    {
                        Ask(later);
                        ref float at = ref *row;
                        a += Vector512.LoadUnsafe(ref at);
                        b += Vector512.LoadUnsafe(ref at, Line);
                        c += Vector512.LoadUnsafe(ref at, 2 * Line);
                        e += Vector512.LoadUnsafe(ref at, 3 * Line);
                    }
            }
            return Vector512.Sum(a + b + (c + e));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        unsafe float Narrow(long from, long to)
        {
            Vector256<float> a = default, b = default, c = default, e = default, f = default, g = default, h = default, k = default;
            fixed (float* first = rows.Span)
            fixed (long* id = ids)
            {
                long* i = id + from, end = id + to;
                for (long* ask = end - Ahead; i < end; i++)
                    for (float* row = first + *i * dim, last = row + dim, later = first + (i < ask ? i[Ahead] : *i) * dim; row < last;
                    row += 4 * Line, later += 4 * Line)
                    {
                        Ask(later);
                        ref float at = ref *row;
                        a += Vector256.LoadUnsafe(ref at);
                        b += Vector256.LoadUnsafe(ref at, 8);
                        c += Vector256.LoadUnsafe(ref at, 16);
                        e += Vector256.LoadUnsafe(ref at, 24);
                        f += Vector256.LoadUnsafe(ref at, 32);
                        g += Vector256.LoadUnsafe(ref at, 40);
                        h += Vector256.LoadUnsafe(ref at, 48);
                        k += Vector256.LoadUnsafe(ref at, 56);
                    }
            }
            return Vector256.Sum(a + b + (c + e) + (f + g + (h + k)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static unsafe void Ask(float* piece)
        {
            if (!Sse.IsSupported) return;
            Sse.PrefetchNonTemporal(piece);
            Sse.PrefetchNonTemporal(piece + Line);
            Sse.PrefetchNonTemporal(piece + 2 * Line);
            Sse.PrefetchNonTemporal(piece + 3 * Line);
        }
    }
}
