using System.Runtime.Intrinsics.X86;
using Rowan.Numerics;

namespace Rowan.Retrieval;

public sealed partial class VectorIndex
{
    // A comparison of a walk takes about as long as eight of a scan of codes, because memory is read at random.
    const int WalkCost = 8;
    const int SelectivitySample = 128, QueriesPerLock = 256, ScanGrain = 16_384;

    /// <summary>The rows nearest to a query.</summary>
    /// <param name="query">The query [dim], finite.</param>
    /// <param name="count">How many rows (k), at least 1; all where there are fewer.</param>
    /// <param name="options">Filter, candidates, or exact search; null for the index's settings.</param>
    /// <exception cref="ArgumentException">The query has another length, or a value that is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count or the candidates are below 1.</exception>
    public SearchResult Search(ReadOnlySpan<float> query, int count, SearchOptions? options = null)
    {
        options = CheckSearch("Search", query, 1, count, options);
        _gate.EnterReadLock();
        try
        {
            QueryMemory memory = QueryMemory.Rent(_store, 1);
            SearchResult result = Answer(new PreparedQuery(query, _store, memory, 0), count, options, FilterSlots(options.Filter));
            memory.Return();
            return result;
        }
        finally { _gate.ExitReadLock(); }
    }

    /// <summary>The rows nearest to each of many queries; faster than one by one, with the same answers.</summary>
    /// <param name="queries">Queries [n · dim], finite.</param>
    /// <param name="count">How many rows each (k), at least 1.</param>
    /// <param name="options">Filter, candidates, or exact search; null for the index's settings.</param>
    /// <inheritdoc cref="Search" path="/exception"/>
    public unsafe SearchResult[] SearchMany(ReadOnlySpan<float> queries, int count, SearchOptions? options = null)
    {
        options = CheckSearch("SearchMany", queries, queries.Length / Dim, count, options);
        var results = new SearchResult[queries.Length / Dim];
        for (int from = 0; from < results.Length; from += QueriesPerLock)
        {
            int size = Math.Min(QueriesPerLock, results.Length - from);
            _gate.EnterReadLock();
            try
            {
                var prepared = new PreparedQuery[size];
                QueryMemory memory = QueryMemory.Rent(_store, size);
                for (int i = 0; i < size; i++) prepared[i] = new PreparedQuery(queries.Slice((from + i) * Dim, Dim), _store, memory, i);
                if (size >= ManyQueries && options.Filter is null && ScansRows() && Metric != IndexMetric.L2)
                    Products(prepared, count, results.AsSpan(from, size));
                else
                {
                    uint[]? slots = FilterSlots(options.Filter);
                    Workers.For(size, 1, new AnswerMany(this, prepared, results, from, count, options, slots));
                }
                memory.Return();
            }
            finally { _gate.ExitReadLock(); }
        }
        return results;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The index is empty.</exception>
    public RecallMeasurement MeasureRecall(ReadOnlySpan<float> queries, int count = 10, SearchOptions? options = null)
    {
        options = CheckSearch("MeasureRecall", queries, queries.Length / Dim, count, options);
        Require.That(queries.Length > 0, $"VectorIndex.MeasureRecall: no query; give at least one, better 1000", nameof(queries));
        Require.State(Count > 0, $"VectorIndex.MeasureRecall: the index is empty; add rows first");
        SearchResult[] truth = SearchMany(queries, count, options with { Exact = true }), found = SearchMany(queries, count, options);
        double sum = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            // A filter may pass nothing.
            if (truth[i].Matches.Count == 0)
            {
                sum++;
                continue;
            }
            float least = truth[i].Matches[^1].Score;
            sum += Math.Min(1, found[i].Matches.Count(match => match.Score >= least) / (double)truth[i].Matches.Count);
        }
        int candidates = Kind == IndexKind.Graph && !options.Exact ? CandidatesOf(count, options) : 0;
        var measured = new RecallMeasurement(sum / truth.Length, count, truth.Length, candidates);
        if (options.Filter is null && candidates > 0)
            lock (_writer) _recall = (measured, _changes);
        return measured;
    }

    SearchOptions CheckSearch(string operation, ReadOnlySpan<float> queries, long expected, int count, SearchOptions? options)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        options ??= new SearchOptions();
        Require.That(queries.Length == expected * Dim,
            $"VectorIndex.{operation}: {queries.Length} values are not {(expected == 1 ? "one row" : "whole rows")} of {Dim}", "query");
        Require.InRange(count >= 1, $"VectorIndex.{operation}: {count} rows are asked for; ask for at least one", nameof(count));
        Require.InRange(options.Candidates is null or >= 1,
            $"VectorIndex.{operation}: {options.Candidates} candidates; there is at least one", nameof(options));
        CheckRows(operation, queries, Dim, "query");
        if (options.Filter?.Ids is not null) EnsureSlots();
        return options;
    }

    int CandidatesOf(int count, SearchOptions options) => Math.Max(count, options.Candidates ?? Options.SearchCandidates);

    bool ScansRows() => _store.Kind == IndexKind.Flat && Options.Precision != RowPrecision.Int8;

    /// <summary>The slots of a filter that lists ids, ascending, where comparing these rows costs less than a scan.</summary>
    uint[]? FilterSlots(SearchFilter? filter)
    {
        if (filter?.Ids is not { } ids || ids.Length > _count / 2) return null;
        var slots = new List<uint>(ids.Length);
        foreach (long id in ids)
            if (SlotOf(id) is { } slot) slots.Add((uint)slot);
        slots.Sort();
        return [.. slots];
    }

    /// <summary>Answers a query, by the path that costs least among those that keep the recall.</summary>
    SearchResult Answer(PreparedQuery query, int count, SearchOptions options, uint[]? filtered)
    {
        if (_count == 0) return new SearchResult([], PathOfScan()) { Recall = 1 };
        if (filtered is not null && (_store.Kind != IndexKind.Graph || options.Exact || filtered.Length < _count / WalkCost))
            return Rescored(filtered, query, count, SearchPath.Filtered, filtered.Length);
        if (_store.Kind == IndexKind.Graph && !options.Exact && Walk(query, count, options) is { } found) return found;
        return Scan(query, count, options.Filter);
    }

    SearchPath PathOfScan() => _store.Width(Column.Codes) > 0 ? SearchPath.Int8 : SearchPath.Flat;

    /// <summary>Walks the graph; null where a scan costs less, or the walk found too few.</summary>
    SearchResult? Walk(PreparedQuery query, int count, SearchOptions options)
    {
        int candidates = CandidatesOf(count, options);
        long budget = _count / WalkCost + candidates;
        // Each candidate brings some neighbours that are compared for the first time.
        double expected = candidates * (Options.Degree / 4.0);
        if (options.Filter is not null)
        {
            double share = Selectivity(options.Filter);
            if (share == 0) return null;
            expected /= share;
        }
        if (expected > budget && (options.Filter is not null || candidates > _count / 4)) return null;
        return Metric switch
        {
            IndexMetric.L2 => Walk<L2Score>(query, count, candidates, options, budget),
            _ => Walk<DotScore>(query, count, candidates, options, budget),
        };
    }

    unsafe SearchResult? Walk<TScore>(PreparedQuery query, int count, int candidates, SearchOptions options, long budget)
        where TScore : struct, IGraphScore
    {
        GraphWalk walk = GraphWalk.Rent();
        var graph = new Graph(_store, _entries, _most);
        var asked = new GraphQuery(query.Codes, query.CodeScale, 0);
        bool ended = true;
        if (options.Filter is null && _removed == 0) walk.Run<TScore>(graph, asked, candidates);
        else ended = walk.Run<TScore>(_store, graph, asked, candidates, options.Filter, options.Filter is null ? long.MaxValue : budget);
        var slots = new uint[Math.Min(walk.Found.Count, RescoredOf(count))];
        for (int i = 0; i < slots.Length; i++) slots[i] = walk.Found.SlotAt(i);
        (int found, long compared) = (walk.Found.Count, walk.Compared);
        walk.Return();
        // Rows that no list leads to are rare, and found by a scan.
        if (!ended || (found < count && (options.Filter is not null || found < _count))) return null;
        double? recall = null;
        if (options.Filter is null && _recall is { } last && candidates >= last.Measured.Candidates && count <= last.Measured.Count
            && _changes - last.Changes <= _count / 10) recall = last.Measured.Recall;
        return Rescored(slots, query, count, SearchPath.Graph, compared, recall);
    }

    /// <summary>Rows of a walk that are scored exactly: the order of codes is right but for a few places.</summary>
    static int RescoredOf(int count) => (int)Math.Min(int.MaxValue, Math.Max(2L * count, count + 16L));

    /// <summary>The share of rows that pass, of a sample at equal distances.</summary>
    unsafe double Selectivity(SearchFilter filter)
    {
        long sampled = 0, passed = 0, step = Math.Max(1, _store.Used / SelectivitySample);
        for (long slot = 0; slot < _store.Used; slot += step)
        {
            if (_store.Live[slot] == 0) continue;
            sampled++;
            if (filter.Passes(_store.Ids[slot])) passed++;
        }
        return sampled == 0 ? 0 : passed / (double)sampled;
    }

    SearchResult Scan(PreparedQuery query, int count, SearchFilter? filter)
    {
        long used = _store.Used;
        var merge = new ScanMerge(IndexScan.Kept((int)Math.Min(count, used)));
        bool isInt8 = _store.Width(Column.Codes) > 0;
        Workers.For(used, ScanGrain, new ScanRange(_store, query, filter, isInt8, merge));
        return Rescored(merge.Slots(isInt8), query, count, isInt8 ? SearchPath.Int8 : SearchPath.Flat, used);
    }

    /// <summary>Scores rows for return and keeps the best.</summary>
    unsafe SearchResult Rescored(ReadOnlySpan<uint> slots, PreparedQuery query, int count, SearchPath path, long compared,
        double? recall = 1)
    {
        var best = new BestRows((int)Math.Min(count, Math.Max(1, slots.Length)));
        Span<float> scratch = Dim <= 1_024 ? stackalloc float[Dim] : new float[Dim];
        int bytes = _store.Width(Column.Rows);
        for (int i = 0; i < slots.Length; i++)
        {
            if (i == 0)
                for (int ahead = 0; ahead < Math.Min(Ahead, slots.Length); ahead++) Prefetch(slots[ahead], bytes);
            if (i + Ahead < slots.Length) Prefetch(slots[i + Ahead], bytes);
            if (_store.Live[slots[i]] != 0) best.Offer(query.Score(_store.Row(slots[i], scratch)), _store.Ids[slots[i]], slots[i]);
        }
        return new SearchResult(best.Sorted(), path) { Compared = compared, Recall = recall };
    }

    const int Ahead = 8, MostLines = 16;

    unsafe void Prefetch(uint slot, int bytes)
    {
        if (!Sse.IsSupported) return;
        byte* row = _store.At(Column.Rows, slot);
        for (int at = 0; at < Math.Min(bytes, MostLines * 64); at += 64) Sse.Prefetch0(row + at);
        Sse.Prefetch0(_store.Ids + slot);
    }

    /// <summary>What the ranges of a scan found, put together.</summary>
    sealed class ScanMerge(int count)
    {
        readonly Lock _lock = new();
        readonly BestRows _best = new(count);
        readonly List<(float Upper, uint Slot)> _candidates = [];

        public int Count => count;

        public void Add(BestRows best, List<(float Upper, uint Slot)>? candidates)
        {
            lock (_lock)
            {
                _best.Offer(best);
                if (candidates is not null) _candidates.AddRange(candidates);
            }
        }

        /// <summary>Rows to score, in no order.</summary>
        public uint[] Slots(bool isInt8)
        {
            var slots = new List<uint>();
            if (!isInt8) _best.CopySlots(slots);
            else
                foreach ((float upper, uint slot) in _candidates)
                    if (upper >= _best.Least) slots.Add(slot);
            return [.. slots];
        }
    }

    readonly struct ScanRange(SlotStore store, PreparedQuery query, SearchFilter? filter, bool isInt8, ScanMerge merge) : IRangeBody
    {
        public void Run(long from, long to)
        {
            var best = new BestRows(merge.Count);
            List<(float, uint)>? candidates = isInt8 ? [] : null;
            if (isInt8) IndexScan.Int8(store, query, filter, from, to, best, candidates!);
            else IndexScan.Flat(store, query, filter, from, to, best);
            merge.Add(best, candidates);
        }
    }

    readonly struct AnswerMany(VectorIndex index, PreparedQuery[] queries, SearchResult[] results, int first, int count,
        SearchOptions options, uint[]? slots) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long i = from; i < to; i++) results[first + i] = index.Answer(queries[i], count, options, slots);
        }
    }
}
