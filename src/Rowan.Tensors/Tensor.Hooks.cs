using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public sealed partial class Tensor
{
    List<Hook>? _hooks;

    /// <summary>
    /// Calls back in each backward pass that reaches this tensor, with its gradient, once it is complete: to look at it, or to put
    /// another in its place for all that was computed
    /// before. Hooks run in the order in which they were registered, each with what the one before returned.
    /// </summary>
    /// <param name="hook">Takes a gradient, a copy of its own, and returns it, another of the same shape, or null for the one it was
    /// given.</param>
    /// <returns>Dispose it to remove the hook.</returns>
    /// <exception cref="InvalidOperationException">No gradient reaches this tensor.</exception>
    public IDisposable RegisterHook(Func<Tensor, Tensor?> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        Require.State(RequiresGrad,
            $"RegisterHook: this tensor of shape {Shape} requires no gradient, so the hook would never be called; set RequiresGrad, "
            + $"or compute it from something that learns");
        var registered = new Hook(this, hook);
        (_hooks ??= []).Add(registered);
        return registered;
    }

    /// <summary>As the other <c>RegisterHook</c>, only to look at the gradient.</summary>
    /// <inheritdoc cref="RegisterHook(Func{Tensor, Tensor?})"/>
    public IDisposable RegisterHook(Action<Tensor> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        return RegisterHook(g =>
        {
            hook(g);
            return null;
        });
    }

    /// <summary>The gradient as the hooks leave it. They get a copy, because the pass recycles its own memory.</summary>
    Tensor Hooked(Tensor g, BackwardPass pass)
    {
        if (_hooks is not { Count: > 0 }) return g;
        Tensor result = g.Clone();
        foreach (Hook hook in _hooks.ToArray())
        {
            Tensor next = hook.Call(result) ?? result;
            Require.State(next.Shape == Shape,
                $"RegisterHook: a hook returned a gradient of shape {next.Shape} for a tensor of shape {Shape}");
            result = next;
        }
        pass.Replace(g, result);
        return result;
    }

    sealed class Hook(Tensor tensor, Func<Tensor, Tensor?> call) : IDisposable
    {
        public Func<Tensor, Tensor?> Call { get; } = call;

        public void Dispose() => tensor._hooks?.Remove(this);
    }
}
