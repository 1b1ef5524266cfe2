using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>
/// Best-first search of a graph: the best candidate whose neighbours were not seen gives them, until the beam holds none. One object per
/// thread; its memory is reused.
/// </summary>
sealed unsafe class GraphWalk
{
    const int EntryBlock = 512, Starts = 4;

    [ThreadStatic] static GraphWalk? _ofThread;

    readonly uint[] _pending = GC.AllocateUninitializedArray<uint>(512, pinned: true);
    readonly int[] _sums = GC.AllocateUninitializedArray<int>(512, pinned: true);
    readonly VisitedSet _visited = new();
    readonly PriorityQueue<uint, float> _frontier = new();
    readonly Beam _starts = new();

    /// <summary>Takes the walk of the calling thread. A search within a walk, by a filter, gets its own.</summary>
    public static GraphWalk Rent()
    {
        GraphWalk walk = _ofThread ?? new GraphWalk();
        _ofThread = null;
        return walk;
    }

    public void Return() => _ofThread = this;

    /// <summary>Candidates found, the best first.</summary>
    public Beam Found { get; } = new();

    /// <summary>Rows compared.</summary>
    public long Compared { get; private set; }

    /// <summary>Finds candidates among all rows of the graph.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TScore>(in Graph graph, in GraphQuery query, int candidates) where TScore : struct, IGraphScore
    {
        Beam found = Found;
        found.Reset(candidates);
        Start<TScore>(graph, query, Math.Min(Starts, candidates));
        for (int i = 0; i < _starts.Count; i++) found.Offer(_starts.ScoreAt(i), _starts.SlotAt(i));
        uint* pending = Pointer(_pending);
        int* sums = (int*)Pointer(_sums);
        while (found.TryTake(out uint slot))
        {
            int count = Neighbours(graph, slot, pending);
            if (count == 0) continue;
            Int8Dots.Gather(query.Codes, graph.Codes, graph.CodeLength, pending, count, sums);
            for (int i = 0; i < count; i++) found.Offer(Score<TScore>(graph, query, pending[i], sums[i]), pending[i]);
            Compared += count;
        }
    }

    /// <summary>
    /// Finds candidates among rows that are live and pass a filter. Rows that do not are walked through and not kept.
    /// </summary>
    /// <returns>False where the walk gave up, because it compared more rows than the budget.</returns>
    public bool Run<TScore>(SlotStore store, in Graph graph, in GraphQuery query, int candidates, SearchFilter? filter, long budget)
        where TScore : struct, IGraphScore
    {
        Beam found = Found;
        found.Reset(candidates);
        _frontier.Clear();
        Start<TScore>(graph, query, Math.Min(Starts, candidates));
        for (int i = 0; i < _starts.Count; i++) Meet(store, filter, _starts.ScoreAt(i), _starts.SlotAt(i));
        uint* pending = Pointer(_pending);
        int* sums = (int*)Pointer(_sums);
        while (_frontier.TryDequeue(out uint slot, out float minus))
        {
            if (found.IsFull && -minus < found.Least) break;
            int count = Neighbours(graph, slot, pending);
            if (count == 0) continue;
            Int8Dots.Gather(query.Codes, graph.Codes, graph.CodeLength, pending, count, sums);
            for (int i = 0; i < count; i++)
            {
                float score = Score<TScore>(graph, query, pending[i], sums[i]);
                if (score > found.Least) Meet(store, filter, score, pending[i]);
            }
            Compared += count;
            if (Compared > budget) return false;
        }
        return true;
    }

    void Meet(SlotStore store, SearchFilter? filter, float score, uint slot)
    {
        _frontier.Enqueue(slot, -score);
        if (store.Live[slot] != 0 && (filter is null || filter.Passes(store.Ids[slot]))) Found.Offer(score, slot);
    }

    /// <summary>Compares all entry points and keeps the best as starts.</summary>
    void Start<TScore>(in Graph graph, in GraphQuery query, int starts) where TScore : struct, IGraphScore
    {
        _visited.Clear();
        _starts.Reset(starts);
        EntryPoints entries = graph.Entries;
        int* sums = stackalloc int[EntryBlock];
        for (int first = 0; first < entries.Count; first += EntryBlock)
        {
            int count = Math.Min(EntryBlock, entries.Count - first);
            Int8Dots.Rows(query.Codes, entries.Codes + first * graph.CodeLength, graph.CodeLength, count, sums);
            for (int i = 0; i < count; i++)
                _starts.Offer(TScore.Of(sums[i] * query.Scale * entries.Scales[first + i], entries.Squares[first + i], query.Extra,
                    graph.Most), entries.Slots[first + i]);
        }
        Compared = entries.Count;
        for (int i = 0; i < _starts.Count; i++) _visited.Add(_starts.SlotAt(i));
    }

    /// <summary>The neighbours of a slot that were not seen before, whose codes are on their way to the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int Neighbours(in Graph graph, uint slot, uint* pending)
    {
        uint* edges = graph.Edges + (nint)slot * graph.Degree;
        int count = 0;
        for (int i = 0; i < graph.Degree; i++)
        {
            uint edge = edges[i];
            // Also the end of a list. A file that was damaged after it was verified must not lead outside the memory.
            if (edge >= graph.Used) break;
            if (!_visited.Add(edge)) continue;
            pending[count++] = edge;
            if (!Sse.IsSupported) continue;
            sbyte* codes = graph.Codes + edge * graph.CodeLength;
            for (nint at = 0; at < graph.CodeLength; at += 64) Sse.Prefetch0(codes + at);
            Sse.Prefetch0(graph.Scales + edge);
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Score<TScore>(in Graph graph, in GraphQuery query, uint slot, int sum) where TScore : struct, IGraphScore =>
        TScore.Of(sum * query.Scale * graph.Scales[slot], TScore.NeedsSquares ? graph.Squares[slot] : 0, query.Extra, graph.Most);

    static uint* Pointer(Array array) => (uint*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
}
