using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>
/// Which candidates become neighbours of a row: in order of distance, each that is nearer to the row than to any neighbour chosen before
/// (Malkov and Yashunin 2018, algorithm 4), so that lists point in all directions. One object per thread.
/// </summary>
/// <remarks>
/// A candidate as near to a chosen one as to the row is left out: of many equal rows one is enough. Lists shorter than a quarter are
/// filled with the nearest of those left out, so that equal rows stay linked to each other.
/// </remarks>
sealed unsafe class NeighbourChoice
{
    const int Chunk = 8, LeastShare = 4;

    [ThreadStatic] static NeighbourChoice? _ofThread;

    short[] _query = [], _candidate = [];
    uint[] _slots = [];
    int[] _sums = [];
    (float Score, uint Slot)[] _candidates = [];
    readonly List<uint> _left = [];
    readonly HashSet<uint> _seen = [];

    public static NeighbourChoice OfThread => _ofThread ??= new NeighbourChoice();

    /// <summary>Candidates so far.</summary>
    public int Count { get; private set; }

    /// <summary>Begins with the row of a slot.</summary>
    public GraphQuery Begin(in Graph graph, uint slot, int most)
    {
        if (_query.Length != graph.CodeLength)
        {
            _query = GC.AllocateUninitializedArray<short>((int)graph.CodeLength, pinned: true);
            _candidate = GC.AllocateUninitializedArray<short>((int)graph.CodeLength, pinned: true);
        }
        most = Math.Max(most, graph.Degree) + 4;
        if (_slots.Length < most)
        {
            _slots = GC.AllocateUninitializedArray<uint>(most, pinned: true);
            _sums = GC.AllocateUninitializedArray<int>(most, pinned: true);
            _candidates = new (float, uint)[most];
        }
        Count = 0;
        return QueryOf(graph, slot, _query);
    }

    /// <summary>Adds a candidate whose score is known. Candidates are added in the order of their scores, or sorted later.</summary>
    public void Add(float score, uint slot) => _candidates[Count++] = (score, slot);

    /// <summary>Adds candidates, computes their scores and sorts all by them.</summary>
    public void AddAll<TScore>(in Graph graph, in GraphQuery query, ReadOnlySpan<uint> slots) where TScore : struct, IGraphScore
    {
        slots.CopyTo(_slots);
        Int8Dots.Gather(query.Codes, graph.Codes, graph.CodeLength, Pointer(_slots), slots.Length, (int*)Pointer(_sums));
        for (int i = 0; i < slots.Length; i++)
            Add(TScore.Of(_sums[i] * query.Scale * graph.Scales[slots[i]], TScore.NeedsSquares ? graph.Squares[slots[i]] : 0, query.Extra,
                graph.Most), slots[i]);
        _candidates.AsSpan(0, Count).Sort(static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Slot.CompareTo(b.Slot));
    }

    /// <summary>Chooses neighbours of a row among the candidates.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="slot">The row.</param>
    /// <param name="into">Receives the neighbours and the end of the list [degree].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Choose<TScore>(in Graph graph, uint slot, Span<uint> into) where TScore : struct, IGraphScore
    {
        _left.Clear();
        int chosen = 0;
        uint* slots = Pointer(_slots);
        int* sums = (int*)Pointer(_sums);
        float own = Base(graph, slot);
        for (int c = 0; c < Count && chosen < graph.Degree; c++)
        {
            (float score, uint candidate) = _candidates[c];
            if (candidate == slot) continue;
            float distance = own - score, scaleBase = Base(graph, candidate);
            GraphQuery query = chosen == 0 ? default : QueryOf(graph, candidate, _candidate);
            bool isFar = true;
            for (int first = 0; first < chosen && isFar; first += Chunk)
            {
                int count = Math.Min(Chunk, chosen - first);
                // Gather may repeat its last slot behind the end, where nothing is chosen yet.
                Int8Dots.Gather(query.Codes, graph.Codes, graph.CodeLength, slots + first, count, sums);
                for (int i = 0; i < count; i++)
                {
                    uint other = slots[first + i];
                    float near = TScore.Of(sums[i] * query.Scale * graph.Scales[other], TScore.NeedsSquares ? graph.Squares[other] : 0,
                        query.Extra, graph.Most);
                    isFar &= scaleBase - near > distance;
                }
            }
            if (isFar) slots[chosen++] = candidate;
            else _left.Add(candidate);
        }
        for (int i = 0; i < _left.Count && chosen < graph.Degree / LeastShare; i++) slots[chosen++] = _left[i];
        new ReadOnlySpan<uint>(slots, chosen).CopyTo(into);
        if (chosen < graph.Degree) into[chosen..].Fill(SlotStore.NoSlot);
    }

    /// <summary>The neighbours of a row that stay, and those of neighbours that were removed, each once.</summary>
    public uint[] Surviving(SlotStore store, uint slot)
    {
        _seen.Clear();
        _left.Clear();
        _seen.Add(slot);
        foreach (uint edge in new ReadOnlySpan<uint>(store.EdgesOf(slot), store.Options.Degree))
        {
            if (edge == SlotStore.NoSlot) break;
            if (store.Live[edge] != 0)
            {
                if (_seen.Add(edge)) _left.Add(edge);
                continue;
            }
            foreach (uint next in new ReadOnlySpan<uint>(store.EdgesOf(edge), store.Options.Degree))
            {
                if (next == SlotStore.NoSlot) break;
                if (store.Live[next] != 0 && _seen.Add(next)) _left.Add(next);
            }
        }
        return [.. _left];
    }

    /// <summary>What a score is taken from to give a distance: 1 for the cosine, |r|² for L2, M² for the dot product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Base(in Graph graph, uint slot) => graph.Metric switch
    {
        IndexMetric.Cosine => 1,
        IndexMetric.L2 => graph.Squares[slot],
        _ => graph.Most,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static GraphQuery QueryOf(in Graph graph, uint slot, short[] codes)
    {
        short* into = (short*)Pointer(codes);
        Int8Dots.Widen(graph.Codes + (nint)slot * graph.CodeLength, into, (int)graph.CodeLength);
        float scale = graph.Scales[slot];
        return graph.Metric switch
        {
            IndexMetric.Cosine => new GraphQuery(into, scale, 0),
            // The scale of rows holds the 2 of 2·q·r.
            IndexMetric.L2 => new GraphQuery(into, scale / 2, 0),
            _ => new GraphQuery(into, scale, MathF.Sqrt(MathF.Max(0, graph.Most - graph.Squares[slot]))),
        };
    }

    static uint* Pointer(Array array) => (uint*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
}
