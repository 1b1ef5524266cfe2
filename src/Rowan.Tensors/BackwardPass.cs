using Rowan.Numerics;

namespace Rowan.Tensors;

/// <summary>
/// One walk back: the gradients that wait, and the memory. A gradient's memory goes back as soon as nobody waits for it; what was
/// recorded goes back when a gradient that this pass left is cleared.
/// </summary>
sealed class BackwardPass : IDisposable
{
    [ThreadStatic] static BackwardPass? _current;

    readonly BackwardPass? _outer = _current;
    readonly Dictionary<Tensor, Tensor> _waiting = new(ReferenceEqualityComparer.Instance);
    readonly List<PooledBuffer> _fresh = [];
    PooledBuffer? _recorded;

    public BackwardPass() => _current = this;

    /// <summary>The pass that runs on this thread.</summary>
    public static BackwardPass? Current => _current;

    /// <summary>Memory that goes back with its last user, or after the rule that asked for it.</summary>
    public PooledBuffer Rent(int count)
    {
        var block = new PooledBuffer(BufferPool.Rent(count)) { Transient = true };
        _fresh.Add(block);
        return block;
    }

    /// <summary>Adds to the gradient that waits for a tensor.</summary>
    public void Add(Tensor input, Tensor part)
    {
        if (_waiting.TryGetValue(input, out Tensor? sum))
        {
            // In place where nobody else sees it.
            if (sum.PooledBuffer is { Transient: true, Users: 1 })
            {
                RowMath.Add(part.Span, sum.Values);
                return;
            }
            part = sum + part;
            sum.PooledBuffer?.Drop();
        }
        part.PooledBuffer?.Hold();
        _waiting[input] = part;
    }

    /// <summary>The gradient that waits for a tensor; it stays held until <see cref="Done"/>.</summary>
    public bool Take(Tensor tensor, out Tensor gradient) => _waiting.Remove(tensor, out gradient!);

    /// <summary>Holds another gradient in the place of one that was taken.</summary>
    public void Replace(Tensor taken, Tensor by)
    {
        by.PooledBuffer?.Hold();
        taken.PooledBuffer?.Drop();
    }

    /// <summary>A tensor's rules have run: what they asked for and nobody holds goes back.</summary>
    public void Done(Tensor gradient)
    {
        gradient.PooledBuffer?.Drop();
        foreach (PooledBuffer block in _fresh)
            if (block.Users == 0) block.Release();
        _fresh.Clear();
    }

    /// <summary>What was recorded was used up: its memory goes back when gradients are cleared.</summary>
    public void UsedUp(PooledBuffer? block)
    {
        while (block is not null)
        {
            (PooledBuffer? next, block.Next) = (block.Next, _recorded);
            (_recorded, block) = (block, next);
        }
    }

    /// <summary>Gives back what was recorded.</summary>
    public void Release()
    {
        PooledBuffer? block = Interlocked.Exchange(ref _recorded, null);
        if (block is not null) BufferPool.Tick();
        for (; block is not null; block = block.Next) block.Release();
    }

    /// <summary>Ends the walk. What it recorded stays.</summary>
    public void Dispose() => _current = _outer;
}
