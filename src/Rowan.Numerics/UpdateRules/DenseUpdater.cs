namespace Rowan.Numerics;

/// <summary>Moves all weights of one block of memory: what a dense parameter gives an optimizer.</summary>
/// <param name="weights">The weights [n].</param>
/// <param name="rowLength">Values of a row: of the last sizes of a matrix, or n.</param>
/// <param name="gradient">The gradient [n], or null where no backward pass left one.</param>
/// <param name="stepped">Called when a step changes the weights.</param>
sealed class DenseUpdater<TRule>(
    Memory<float> weights, int rowLength, Func<ReadOnlyMemory<float>?> gradient, Action? stepped = null)
    : IUpdater<TRule>
    where TRule : struct, IUpdateRule<TRule>
{
    const long Grain = 32_768;

    readonly float[][] _slots = [.. Enumerable.Repeat<float[]>([], TRule.Slots)];
    float[] _rows = [];
    long _step;

    /// <inheritdoc/>
    public void Step(TRule rule, bool maximize)
    {
        if (gradient() is not { } g) return;
        Allocate(rule);
        stepped?.Invoke();
        _step++;
        float sign = maximize ? -1 : 1;
        if (TRule.ByRow) Workers.For(_rows.Length, Math.Max(1, Grain / Width(rule)),
            new Rows(rule.At(_step), g, sign, weights, _slots, _rows, Width(rule)));
        else TRule.Specialize(rule.At(_step), new Ranges(g, sign, weights, _slots));
    }

    /// <inheritdoc/>
    public IEnumerable<StateEntry> State(TRule rule, string name)
    {
        if (_step == 0) yield break;
        yield return StateEntry.Over($"{name}.step", [], [_step]);
        for (int s = 0; s < _slots.Length; s++)
            if (rule.StateNames[s] is { } slot) yield return StateEntry.Over($"{name}.{slot}", [weights.Length], _slots[s]);
        if (TRule.ByRow && rule.StateNames[^1] is { } row) yield return StateEntry.Over($"{name}.{row}", [_rows.Length], _rows);
    }

    /// <inheritdoc/>
    public IEnumerable<string> Faults(TRule rule, StateDict state, string name)
    {
        if (!state.Contains($"{name}.step")) return [];
        return UpdaterState.Faults(rule.StateNames, state, name, s => TRule.ByRow && s == TRule.Slots
            ? [weights.Length / Width(rule)] : [weights.Length]);
    }

    /// <inheritdoc/>
    public void Load(TRule rule, StateDict state, string name)
    {
        _step = UpdaterState.Step(state, name);
        if (_step == 0) return;
        Allocate(rule);
        for (int s = 0; s < _slots.Length; s++)
            if (rule.StateNames[s] is { } slot) state[$"{name}.{slot}"].Read(0, _slots[s].AsSpan());
        if (TRule.ByRow && rule.StateNames[^1] is { } row) state[$"{name}.{row}"].Read(0, _rows.AsSpan());
    }

    int Width(TRule rule) => Math.Max(1, rule.WholeParameter ? weights.Length : rowLength);

    /// <summary>State for all that the settings use; what they leave unused has none.</summary>
    void Allocate(TRule rule)
    {
        IReadOnlyList<string?> names = rule.StateNames;
        for (int s = 0; s < _slots.Length; s++)
            if (names[s] is not null && _slots[s].Length != weights.Length) _slots[s] = Fresh(weights.Length, rule);
        if (TRule.ByRow && _rows.Length == 0) _rows = Fresh(weights.Length / Width(rule), rule);
    }

    static float[] Fresh(int length, TRule rule)
    {
        var state = new float[length];
        if (rule.InitialState != 0) state.AsSpan().Fill(rule.InitialState);
        return state;
    }

    static StateSpans Part(float[][] slots, int start, int length) => new(
        Slot(slots, 0, start, length), Slot(slots, 1, start, length), Slot(slots, 2, start, length));

    static Span<float> Slot(float[][] slots, int s, int start, int length) => s < TRule.Slots && slots[s].Length > 0
        ? slots[s].AsSpan(start, length) : [];

    readonly struct Ranges(ReadOnlyMemory<float> g, float sign, Memory<float> w, float[][] slots) : IStepUse
    {
        public void With<TStep>(TStep step) where TStep : struct, IStep =>
            Workers.For(w.Length, Grain, new Range<TStep>(step, g, sign, w, slots));
    }

    readonly struct Range<TStep>(TStep step, ReadOnlyMemory<float> g, float sign, Memory<float> w, float[][] slots) : IRangeBody
        where TStep : struct, IStep
    {
        readonly TStep _step = step;

        public unsafe void Run(long from, long to)
        {
            (int start, int length) = ((int)from, (int)(to - from));
            StateSpans state = Part(slots, start, length);
            fixed (float* gradient = g.Span.Slice(start, length), weights = w.Span.Slice(start, length), s0 = state.S0, s1 = state.S1,
                s2 = state.S2)
                Update.Step(in _step, gradient, sign, weights, s0, s1, s2, length);
        }
    }

    readonly struct Rows(TRule rule, ReadOnlyMemory<float> g, float sign, Memory<float> w, float[][] slots, float[] rows, int width)
        : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (int row = (int)from; row < to; row++)
                Update.Step(rule, g.Span.Slice(row * width, width), sign, w.Span.Slice(row * width, width),
                    Part(slots, row * width, width), ref rows[row]);
        }
    }
}
