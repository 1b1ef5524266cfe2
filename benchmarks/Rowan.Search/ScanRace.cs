using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Rowan.Retrieval;

namespace Rowan.Search;

/// <summary>Scans against what the machine can read, and against each other, on one thread.</summary>
static class ScanRace
{
    const int K = 10, Batch = 64;

    public static IEnumerable<Result> Run(SearchData data)
    {
        ComputeThreads.Count = 1;
        using var flat = VectorIndex.Over(data.Rows, data.Dim, new IndexOptions { Kind = IndexKind.Flat });
        using var int8 = VectorIndex.Over(data.Rows, data.Dim, new IndexOptions { Kind = IndexKind.Int8 });
        int q = 0;
        float[] Next() => data.Queries.AsSpan(q++ % data.QueryCount * data.Dim, data.Dim).ToArray();

        (double scan, double read, double share) = Timing.InTurn(() => flat.Search(Next(), K), () => Read(data.Rows));
        double bytes = 4.0 * data.Rows.Length;
        yield return new Result($"{data.Name}: exact scan, one query, 1 thread, against reading the rows", "reading", bytes / read / 1e9,
            bytes / scan / 1e9, "GB/s", 0.85, share);

        float[] batch = data.Queries[..(Batch * data.Dim)];
        if (data.Dim == 64)
        {
            // Time grows with the rows; the goal is one of 200,000.
            double perSecond = Batch / Timing.ProcessorTime(() => flat.SearchMany(batch, K)) * data.Count / 200_000;
            yield return new Result($"{data.Name}: exact scan, {Batch} queries at once, per second of one core and 200,000 rows", "goal",
                3_000, perSecond, "q/s", 1, perSecond / 3_000);
        }

        (double codes, double exact, double faster) = Timing.InTurn(() => int8.Search(Next(), K), () => flat.Search(Next(), K));
        bool same = Enumerable.Range(0, 200).All(_ =>
        {
            float[] query = Next();
            return flat.Search(query, K).Matches.SequenceEqual(int8.Search(query, K).Matches);
        });
        yield return new Result($"{data.Name}: 8-bit scan with rescoring, one query, 1 thread, against the exact scan "
            + $"({(same ? "the same answers" : "ANSWERS DIFFER")})", "exact scan", 1 / exact, 1 / codes, "q/s", 3, same ? faster : 0);
        ComputeThreads.Count = 2;
    }

    /// <summary>The plainest loop that reads all values.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static unsafe float Read(float[] values)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        fixed (float* at = values)
            for (int i = 0; i + 64 <= values.Length; i += 64)
            {
                a += Vector512.Load(at + i);
                b += Vector512.Load(at + i + 16);
                c += Vector512.Load(at + i + 32);
                d += Vector512.Load(at + i + 48);
            }
        return Vector512.Sum(a + b + (c + d));
    }
}
