using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>
/// New lists of neighbours for rows of a graph that does not change meanwhile: first of new rows, then of those that they chose, in the
/// order of slots. The lists depend on the graph and the rows alone, so any number of threads gives the same bytes.
/// (Manohar and others 2024: "ParlayANN".)
/// </summary>
sealed unsafe class GraphLinks
{
    const int WalkGrain = 2, ListGrain = 16;

    readonly int _degree;

    GraphLinks(uint[] slots, int degree) => (Slots, _degree, Lists) = (slots, degree, new uint[checked(slots.Length * degree)]);

    /// <summary>The rows whose lists are new.</summary>
    public uint[] Slots { get; }

    uint[] Lists { get; }

    public ReadOnlySpan<uint> ListOf(int i) => Lists.AsSpan(i * _degree, _degree);

    /// <summary>Neighbours of new rows, found by walks.</summary>
    public static GraphLinks OfNewRows<TScore>(SlotStore store, Graph graph, uint[] slots, bool hasRemoved)
        where TScore : struct, IGraphScore
    {
        var links = new GraphLinks(slots, graph.Degree);
        Workers.For(slots.Length, WalkGrain, new FindNeighbours<TScore>(links, store, graph, hasRemoved));
        return links;
    }

    /// <summary>The lists of rows that new rows chose, with those in them.</summary>
    public static GraphLinks Back<TScore>(Graph graph, GraphLinks of) where TScore : struct, IGraphScore
    {
        var pairs = new List<ulong>(of.Slots.Length * 8);
        for (int i = 0; i < of.Slots.Length; i++)
            foreach (uint edge in of.ListOf(i))
            {
                if (edge == SlotStore.NoSlot) break;
                pairs.Add((ulong)edge << 32 | of.Slots[i]);
            }
        ulong[] sorted = [.. pairs];
        Array.Sort(sorted);
        var (slots, starts) = (new List<uint>(), new List<int>());
        for (int i = 0; i < sorted.Length; i++)
            if (i == 0 || sorted[i] >> 32 != sorted[i - 1] >> 32)
            {
                slots.Add((uint)(sorted[i] >> 32));
                starts.Add(i);
            }
        starts.Add(sorted.Length);
        var links = new GraphLinks([.. slots], graph.Degree);
        Workers.For(slots.Count, ListGrain, new AddBack<TScore>(links, graph, sorted, [.. starts]));
        return links;
    }

    /// <summary>New lists of rows that have removed ones among their neighbours.</summary>
    public static GraphLinks WithoutRemoved<TScore>(SlotStore store, Graph graph, uint[] slots) where TScore : struct, IGraphScore
    {
        var links = new GraphLinks(slots, graph.Degree);
        Workers.For(slots.Length, WalkGrain, new Repair<TScore>(links, store, graph));
        return links;
    }

    static void FindOne<TScore>(GraphLinks links, SlotStore store, in Graph graph, int i, bool hasRemoved)
        where TScore : struct, IGraphScore
    {
        uint slot = links.Slots[i];
        NeighbourChoice choice = NeighbourChoice.OfThread;
        GraphWalk walk = GraphWalk.Rent();
        GraphQuery query = choice.Begin(graph, slot, store.Options.BuildCandidates);
        if (hasRemoved) walk.Run<TScore>(store, graph, query, store.Options.BuildCandidates, null, long.MaxValue);
        else walk.Run<TScore>(graph, query, store.Options.BuildCandidates);
        for (int c = 0; c < walk.Found.Count; c++) choice.Add(walk.Found.ScoreAt(c), walk.Found.SlotAt(c));
        walk.Return();
        choice.Choose<TScore>(graph, slot, links.Lists.AsSpan(i * graph.Degree, graph.Degree));
    }

    readonly struct FindNeighbours<TScore>(GraphLinks links, SlotStore store, Graph graph, bool hasRemoved) : IRangeBody
        where TScore : struct, IGraphScore
    {
        readonly Graph _graph = graph;

        public void Run(long from, long to)
        {
            for (int i = (int)from; i < to; i++) FindOne<TScore>(links, store, _graph, i, hasRemoved);
        }
    }

    readonly struct AddBack<TScore>(GraphLinks links, Graph graph, ulong[] pairs, int[] starts) : IRangeBody
        where TScore : struct, IGraphScore
    {
        readonly Graph _graph = graph;

        public void Run(long from, long to)
        {
            NeighbourChoice choice = NeighbourChoice.OfThread;
            int degree = _graph.Degree;
            for (int i = (int)from; i < to; i++)
            {
                uint slot = links.Slots[i];
                ReadOnlySpan<uint> old = new(_graph.Edges + (nint)slot * degree, degree);
                int kept = old.IndexOf(SlotStore.NoSlot), added = starts[i + 1] - starts[i];
                if (kept < 0) kept = degree;
                Span<uint> into = links.Lists.AsSpan(i * degree, degree);
                if (kept + added <= degree)
                {
                    old[..kept].CopyTo(into);
                    for (int n = 0; n < added; n++) into[kept + n] = (uint)pairs[starts[i] + n];
                    into[(kept + added)..].Fill(SlotStore.NoSlot);
                    continue;
                }
                var all = new uint[kept + added];
                old[..kept].CopyTo(all);
                for (int n = 0; n < added; n++) all[kept + n] = (uint)pairs[starts[i] + n];
                GraphQuery query = choice.Begin(_graph, slot, all.Length);
                choice.AddAll<TScore>(_graph, query, all);
                choice.Choose<TScore>(_graph, slot, into);
            }
        }
    }

    readonly struct Repair<TScore>(GraphLinks links, SlotStore store, Graph graph) : IRangeBody where TScore : struct, IGraphScore
    {
        readonly Graph _graph = graph;

        public void Run(long from, long to)
        {
            NeighbourChoice choice = NeighbourChoice.OfThread;
            for (int i = (int)from; i < to; i++)
            {
                uint slot = links.Slots[i];
                uint[] surviving = choice.Surviving(store, slot);
                if (surviving.Length < _graph.Degree / 4)
                {
                    // Hardly a neighbour is left: it is found anew, like a new row.
                    FindOne<TScore>(links, store, _graph, i, hasRemoved: true);
                    continue;
                }
                GraphQuery query = choice.Begin(_graph, slot, surviving.Length);
                choice.AddAll<TScore>(_graph, query, surviving);
                choice.Choose<TScore>(_graph, slot, links.Lists.AsSpan(i * _graph.Degree, _graph.Degree));
            }
        }
    }
}
