using System.Diagnostics;
using Rowan.Retrieval;
using ScalarKind = Cloud.Unum.USearch.ScalarKind;

namespace Rowan.Search;

/// <summary>The graph against hnswlib and USearch on one data set, each with the same rows, queries and threads, in turn.</summary>
static class GraphRace
{
    const int K = 10, M = 16, Construction = 128;

    static readonly int[] Candidates =
        [10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 56, 64, 80, 100, 128, 160, 200, 256, 320, 400,
            512, 640, 800, 1_024, 1_280, 1_600, 2_048];

    public static IEnumerable<Result> Run(SearchData data, bool withUsearch, Action<string> log)
    {
        long[] ids = [.. Enumerable.Range(0, data.Count).Select(i => (long)i)];
        ComputeThreads.Count = 2;
        using var flat = VectorIndex.Over(data.Rows, data.Dim, new IndexOptions { Kind = IndexKind.Flat });
        long[][] truth = [.. flat.SearchMany(data.Queries, K).Select(found => found.Matches.Select(match => match.Id).ToArray())];

        var watch = Stopwatch.StartNew();
        var own = new VectorIndex(data.Dim, new IndexOptions { Kind = IndexKind.Graph });
        own.Add(ids, data.Rows);
        double ownBuild = watch.Elapsed.TotalSeconds;
        watch.Restart();
        using var peer = new Hnswlib(data.Dim, data.Count, M, Construction);
        peer.Add(data.Rows, 1);
        double peerBuild = watch.Elapsed.TotalSeconds;
        log($"{data.Name}: built in {ownBuild:0.0} s on 2 threads, "
            + $"hnswlib (M {M}, efConstruction {Construction}) in {peerBuild:0.0} s on 1");
        yield return new Result($"{data.Name}: build, 2 threads against hnswlib on 1", "hnswlib", peerBuild, ownBuild, "s", 2,
            peerBuild / ownBuild);
        double ownBytes = own.MemoryBytes / (double)data.Count - 4.0 * data.Dim, peerBytes = peer.BytesPerRow;
        if (data.Dim == 64)
            yield return new Result($"{data.Name}: resident bytes per row, without fp32 rows, against 220", "goal", 220, ownBytes, "B", 1,
                220 / ownBytes);
        log($"{data.Name}: {ownBytes:0} bytes per row and {4 * data.Dim} of fp32; hnswlib {peerBytes} with fp32");

        foreach (double recall in (double[])[0.95, 0.99])
        {
            (int Candidates, double Recall)? ours = Least(recall, truth, c => OwnIds(own, data, c)),
                theirs = Least(recall, truth, c => peer.Search(data.Queries, data.QueryCount, K, c, 2));
            if (ours is not { } o || theirs is not { } t)
            {
                log($"{data.Name}: recall {recall} is not reached with {Candidates[^1]} candidates");
                continue;
            }
            foreach (int threads in (int[])[1, 2])
            {
                ComputeThreads.Count = threads;
                (double a, double b, double ratio) = Timing.InTurn(
                    () => own.SearchMany(data.Queries, K, new SearchOptions { Candidates = o.Candidates }),
                    () => peer.Search(data.Queries, data.QueryCount, K, t.Candidates, threads));
                yield return new Result(
                    $"{data.Name}: graph at recall@10 {recall}, {threads} thread{(threads > 1 ? "s" : "")} (ours "
                    + $"{o.Candidates} candidates, {o.Recall:0.0000}; hnswlib {t.Candidates}, {t.Recall:0.0000})", "hnswlib",
                    data.QueryCount / b, data.QueryCount / a, "q/s", 1, ratio);
            }
        }
        if (withUsearch)
            foreach (Result result in AgainstUsearch(own, data, truth, log)) yield return result;
        ComputeThreads.Count = 2;
        if (data.Dim == 64)
            foreach (Result result in Quality.Run(data, own, log)) yield return result;
    }

    static IEnumerable<Result> AgainstUsearch(VectorIndex own, SearchData data, long[][] truth, Action<string> log)
    {
        var watch = Stopwatch.StartNew();
        using var usearch = new Usearch(data.Dim, ScalarKind.Float32, data.Rows, M, Construction);
        log($"{data.Name}: USearch {Usearch.Version} ({usearch.Hardware}) built in {watch.Elapsed.TotalSeconds:0.0} s on 1 thread");
        ComputeThreads.Count = 1;
        const double recall = 0.99;
        if (Least(recall, truth, c => OwnIds(own, data, c)) is not { } o
            || Least(recall, truth, c => usearch.Search(data.Queries, data.QueryCount, K, c)) is not { } t) yield break;
        (double a, double b, double ratio) = Timing.InTurn(
            () => own.SearchMany(data.Queries, K, new SearchOptions { Candidates = o.Candidates }),
            () => usearch.Search(data.Queries, data.QueryCount, K, t.Candidates));
        yield return new Result($"{data.Name}: graph at recall@10 {recall}, 1 thread (ours {o.Candidates} candidates, {o.Recall:0.0000}; "
            + $"USearch f32 {t.Candidates}, {t.Recall:0.0000})", "USearch", data.QueryCount / b, data.QueryCount / a, "q/s", 1, ratio);
    }

    static long[] OwnIds(VectorIndex index, SearchData data, int candidates) =>
        [.. index.SearchMany(data.Queries, K, new SearchOptions { Candidates = candidates }).SelectMany(found =>
            found.Matches.Select(match => match.Id).Concat(Enumerable.Repeat(-1L, K - found.Matches.Count)))];

    /// <summary>The fewest candidates that reach a recall.</summary>
    static (int Candidates, double Recall)? Least(double wanted, long[][] truth, Func<int, long[]> search)
    {
        foreach (int candidates in Candidates)
        {
            long[] ids = search(candidates);
            double recall = Enumerable.Range(0, truth.Length)
                .Average(q => truth[q].Count(id => ids.AsSpan(q * K, K).Contains(id)) / (double)K);
            if (recall >= wanted) return (candidates, recall);
        }
        return null;
    }
}
