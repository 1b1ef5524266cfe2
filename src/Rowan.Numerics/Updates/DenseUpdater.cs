namespace Rowan.Numerics;

/// <summary>Moves all weights of one block of memory: what a dense parameter gives an optimizer.</summary>
/// <param name="weights">The weights [n].</param>
/// <param name="gradient">The gradient [n], or null where no backward pass left one.</param>
public sealed class DenseUpdater<TRule>(Memory<float> weights, Func<ReadOnlyMemory<float>?> gradient) : IUpdater<TRule>
    where TRule : struct, IUpdateRule<TRule>
{
    const long Grain = 16_384;

    float[] _s0 = [], _s1 = [];
    long _step;

    /// <inheritdoc/>
    public void Step(TRule rule)
    {
        if (gradient() is not { } g) return;
        if (_step == 0)
        {
            if (TRule.Slots > 0) _s0 = Fresh(rule.InitialState);
            if (TRule.Slots > 1) _s1 = Fresh(rule.InitialState);
        }
        Workers.For(weights.Length, Grain, new Range(rule.At(++_step), g, weights, _s0, _s1));
    }

    float[] Fresh(float value)
    {
        var state = new float[weights.Length];
        if (value != 0) state.AsSpan().Fill(value);
        return state;
    }

    readonly struct Range(TRule rule, ReadOnlyMemory<float> g, Memory<float> w, float[] s0, float[] s1) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int start = (int)from, length = (int)(to - from);
            Update.Step(rule, g.Span.Slice(start, length), w.Span.Slice(start, length),
                TRule.Slots > 0 ? s0.AsSpan(start, length) : [], TRule.Slots > 1 ? s1.AsSpan(start, length) : []);
        }
    }
}
