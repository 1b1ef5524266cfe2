using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public sealed partial class Tensor
{
    Node? _node;
    bool _leafLearns, _owns;
    LeafGradient? _leaf;

    /// <summary>Whether gradients pass to this tensor: it is a leaf that learns, or was computed from one.</summary>
    /// <exception cref="InvalidOperationException">Set on a tensor that was computed from others; detach it first.</exception>
    public bool RequiresGrad
    {
        get => _leafLearns || _node is not null;
        set
        {
            Require.State(_node is null,
                $"RequiresGrad: this tensor of shape {Shape} was computed from others; Detach() makes a leaf of it");
            _leafLearns = value;
        }
    }

    /// <summary>Whether the tensor was not computed from others that learn: an input, a parameter's values, or a result that passes no
    /// gradient.</summary>
    public bool IsLeaf => _node is null;

    /// <summary>What backward passes left on this leaf, summed since it was last cleared; null where none came.</summary>
    /// <remarks>Its memory is recycled when it is cleared; <see cref="Detach"/> makes the values your own.</remarks>
    public Tensor? Gradient => _leaf?.Sum;

    /// <summary>Forgets the gradient, and recycles what the last passes that left it walked through.</summary>
    public void ZeroGrad()
    {
        if (_leaf is not { } leaf) return;
        leaf.Sum?.PooledBuffer?.Drop();
        leaf.Last?.Release();
        leaf.LastButOne?.Release();
        (leaf.Sum, leaf.Last, leaf.LastButOne) = (null, null, null);
    }

    /// <summary>
    /// Remembers, for each input that learns, how the value's gradient is pulled back to it. Nothing is recorded when no input learns.
    /// </summary>
    /// <param name="value">What the op computed.</param>
    /// <param name="kept">All that the rules need; static lambdas can reach nothing else.</param>
    /// <param name="edges">The inputs, each with its rule. A rule returns a gradient of the value's broadcast shape or of the
    /// input's.</param>
    public static Tensor Record<TKept>(Tensor value, TKept kept, params ReadOnlySpan<(Tensor Input, Pull<TKept> Pull)> edges) =>
        Record(value, kept, null, edges);

    /// <summary>
    /// As <see cref="Record{TKept}(Tensor, TKept, ReadOnlySpan{ValueTuple{Tensor, Pull{TKept}}})"/>, with a sink that takes the value's
    /// gradient where it ends: how a lookup hands rows to its table.
    /// </summary>
    /// <param name="value">What the op computed.</param>
    /// <param name="kept">All that sink and rules need.</param>
    /// <param name="sink">Receives the gradient of the value, once in a backward pass; null where it would learn nothing.</param>
    /// <param name="edges">The inputs, each with its rule.</param>
    public static Tensor Record<TKept>(
        Tensor value, TKept kept, Action<Tensor, TKept>? sink, params ReadOnlySpan<(Tensor Input, Pull<TKept> Pull)> edges) =>
        Record(value, kept, sink, Reads.Any, edges);

    /// <summary>
    /// As <see cref="Record{TKept}(Tensor, TKept, ReadOnlySpan{ValueTuple{Tensor, Pull{TKept}}})"/>, for a product: of the first two
    /// inputs each is read for the gradient of the other alone, and
    /// those after them, such as a bias, are not read. So a factor whose partner does not learn may change before the backward pass.
    /// </summary>
    internal static Tensor RecordProduct<TKept>(Tensor value, TKept kept, params ReadOnlySpan<(Tensor Input, Pull<TKept> Pull)> edges) =>
        Record(value, kept, null, Reads.OtherFactor, edges);

    static Tensor Record<TKept>(
        Tensor value, TKept kept, Action<Tensor, TKept>? sink, Reads reads, ReadOnlySpan<(Tensor Input, Pull<TKept> Pull)> edges)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (Trace.IsOn) Trace.Recorded(value, InputsOf(edges));
        if (Gradients.AreOff) return value;
        int learning = 0;
        foreach ((Tensor input, _) in edges)
            if (input.RequiresGrad) learning++;
        if (learning == 0 && sink is null) return value;

        var inputs = new (Tensor, Pull<TKept>)[learning];
        foreach ((Tensor, Pull<TKept>) edge in edges)
            if (edge.Item1.RequiresGrad) inputs[^learning--] = edge;
        value._node = new Node<TKept>(kept, sink, inputs);
        if (WatchedOf(edges, reads) is { } watched) value._node.Watched = watched;
        return value;
    }

    static Tensor[] InputsOf<TKept>(ReadOnlySpan<(Tensor Input, Pull<TKept> Pull)> edges)
    {
        var inputs = new Tensor[edges.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = edges[i].Input;
        return inputs;
    }

    /// <summary>
    /// Carries the gradient of this tensor back to all leaves and tables it was computed from, and adds it to theirs.
    /// </summary>
    /// <param name="gradient">Gradient of this tensor, of its shape; 1 for a tensor of one value.</param>
    /// <param name="retainGraph">Keep what was recorded, for another backward pass.</param>
    /// <exception cref="InvalidOperationException">
    /// Nothing was recorded, the graph was used up, a gradient is needed and was not given, or a table or a leaf has changed since an
    /// operation that needs its values. No gradient was added then.
    /// </exception>
    /// <exception cref="ArgumentException">The gradient has another shape.</exception>
    public void Backward(Tensor? gradient = null, bool retainGraph = false)
    {
        Require.State(RequiresGrad,
            $"Backward: this tensor of shape {Shape} was not recorded: none of its inputs requires a gradient, or it was computed "
                + $"under Gradients.Off()");
        Require.State(gradient is not null || _count == 1,
            $"Backward: a gradient of shape {Shape} is needed, because this is not a single value; reduce it with Sum() or Mean(), or "
                + $"pass Backward(gradient)");
        Require.That(gradient is null || gradient.Shape == Shape,
            $"Backward: gradient of shape {gradient?.Shape} for a tensor of shape {Shape}", nameof(gradient));
        gradient ??= Full(1, Shape.Sizes);

        List<Tensor> order = Topological();
        foreach (Tensor tensor in order)
        {
            if (tensor._node is not { } node) continue;
            if (node.Watched is { } read)
                foreach (Watched watched in read) watched.RequireUnchanged(tensor);
            Require.State(!node.Spent,
                $"Backward: what was recorded for this tensor was used up by an earlier backward pass; call Forward again, or pass "
                    + $"Backward(retainGraph: true) the first time");
        }

        using var pass = new BackwardPass();
        using Gradients.Scope off = Gradients.Off();
        pass.Add(this, gradient);
        for (int i = order.Count - 1; i >= 0; i--)
        {
            Tensor tensor = order[i];
            bool reached = pass.Take(tensor, out Tensor g);
            if (reached) g = tensor.Hooked(g, pass);
            if (tensor._node is null)
            {
                if (reached) tensor.Accumulate(g, pass);
            }
            else
            {
                if (reached) tensor._node.Pull(g, pass);
                if (!retainGraph && reached) tensor.UseUp(pass);
            }
            if (reached) pass.Done(g);
        }
    }

    /// <summary>Lets scratch that the rules of this tensor need go back together with it. Called by the op that recorded it.</summary>
    public Tensor Keeping(Tensor scratch)
    {
        ArgumentNullException.ThrowIfNull(scratch);
        _node?.Keep(scratch);
        return this;
    }

    /// <summary>
    /// What a sink calls that keeps the memory of a gradient after the backward pass: dispose what is returned when it is no longer read.
    /// Disposing it also recycles what the pass walked through. Null where the gradient's memory is not recycled.
    /// </summary>
    public static IDisposable? KeepGradient(ref Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        if (gradient.PooledBuffer is { Transient: false }) gradient = gradient.Clone();
        return BackwardPass.Current is { } pass ? new Lease(gradient.PooledBuffer, pass) : null;
    }

    /// <summary>Inputs before what was computed from them; a stack of its own, so that depth is no limit.</summary>
    List<Tensor> Topological()
    {
        var order = new List<Tensor>();
        var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance) { this };
        var path = new Stack<(Tensor Tensor, int Next)>([(this, 0)]);
        while (path.TryPop(out var at))
        {
            Tensor? input = at.Tensor._node?.Input(at.Next);
            if (input is null)
            {
                order.Add(at.Tensor);
                continue;
            }
            path.Push((at.Tensor, at.Next + 1));
            if (seen.Add(input)) path.Push((input, 0));
        }
        return order;
    }

    void Accumulate(Tensor g, BackwardPass pass)
    {
        LeafGradient leaf = _leaf ??= new LeafGradient();
        if (leaf.Sum is not null) RowMath.Add(g.Span, leaf.Sum.Values);
        else
        {
            // Taken over where nobody else sees it. Otherwise a copy, because a leaf's gradient is its own to change (clipping does).
            if (g.PooledBuffer is not { Transient: true, Users: 1 })
            {
                Tensor own = Empty(g.Shape);
                g.Span.CopyTo(own.Values);
                g = own;
            }
            g.PooledBuffer?.Hold();
            leaf.Sum = g;
        }
        if (leaf.Last != pass) (leaf.Last, leaf.LastButOne) = (pass, leaf.Last);
    }

    void UseUp(BackwardPass pass)
    {
        if (_owns) pass.UsedUp(PooledBuffer);
        pass.UsedUp(_node!.UseUp());
    }

    /// <summary>
    /// What backward passes left on a leaf, and the last two of them. Apart from the tensor, since most tensors are no leaves.
    /// </summary>
    sealed class LeafGradient
    {
        public Tensor? Sum { get; set; }

        public BackwardPass? Last { get; set; }

        public BackwardPass? LastButOne { get; set; }
    }

    sealed class Lease(PooledBuffer? block, BackwardPass pass) : IDisposable
    {
        PooledBuffer? _block = Held(block);

        public void Dispose()
        {
            Interlocked.Exchange(ref _block, null)?.Drop();
            pass.Release();
        }

        static PooledBuffer? Held(PooledBuffer? block)
        {
            block?.Hold();
            return block;
        }
    }

    abstract class Node
    {
        PooledBuffer? _scratch;

        public bool Spent { get; protected set; }

        /// <summary>Values that the rules read, which must not change before they run.</summary>
        public Watched[]? Watched { get; set; }

        public abstract Tensor? Input(int i);

        public abstract void Pull(Tensor g, BackwardPass pass);

        public void Keep(Tensor scratch)
        {
            if (!scratch._owns || scratch.PooledBuffer is not { } block) return;
            (block.Next, _scratch, scratch._owns) = (_scratch, block, false);
        }

        /// <summary>Forgets what was kept. The scratch, which can go back.</summary>
        public virtual PooledBuffer? UseUp()
        {
            (PooledBuffer? scratch, _scratch, Spent, Watched) = (_scratch, null, true, null);
            return scratch;
        }
    }

    sealed class Node<TKept>(TKept kept, Action<Tensor, TKept>? sink, (Tensor Input, Pull<TKept> Pull)[] inputs) : Node
    {
        TKept? _kept = kept;
        (Tensor Input, Pull<TKept> Pull)[] _inputs = inputs;

        public override Tensor? Input(int i) => i < _inputs.Length ? _inputs[i].Input : null;

        public override void Pull(Tensor g, BackwardPass pass)
        {
            sink?.Invoke(g, _kept!);
            foreach ((Tensor input, Pull<TKept> pull) in _inputs) pass.Add(input, Broadcast.SumTo(pull(g, _kept!), input.Shape));
        }

        public override PooledBuffer? UseUp()
        {
            (_kept, _inputs) = (default, []);
            return base.UseUp();
        }
    }
}
