using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>The one loop that moves weights by a rule: whole vectors in memory, the tail on a padded copy.</summary>
static class Update
{
    /// <summary>
    /// Applies a rule that stands at its step (<see cref="IUpdateRule{TSelf}.At"/>) to the weights of a row, or of any run where it sees
    /// none.
    /// </summary>
    /// <param name="rule">The rule at its step.</param>
    /// <param name="g">Gradient [n].</param>
    /// <param name="sign">What the gradient is multiplied by: 1, or −1 to maximize.</param>
    /// <param name="w">Weights [n], moved in place.</param>
    /// <param name="state">Their state, moved in place.</param>
    /// <param name="value">The row's own value, where the rule keeps one; moved in place.</param>
    /// <exception cref="ArgumentException">The gradient, or state that is there, is not as long as the weights.</exception>
    public static unsafe void Step<TRule>(TRule rule, ReadOnlySpan<float> g, float sign, Span<float> w, StateSpans state, ref float value)
        where TRule : struct, IUpdateRule<TRule>
    {
        int n = w.Length;
        Require.That(g.Length == n && IsOf(state.S0, n) && IsOf(state.S1, n) && IsOf(state.S2, n),
            $"Step: {n} weights with {g.Length} gradients and state of {state.S0.Length}, {state.S1.Length} and {state.S2.Length} values",
            nameof(g));
        if (TRule.ByRow) rule = TRule.ForRow(rule, g, sign, w, state, ref value);
        fixed (float* gradient = g, weights = w, s0 = state.S0, s1 = state.S1, s2 = state.S2) Step(in rule, gradient, sign, weights, s0,
            s1, s2, n);

        static bool IsOf(Span<float> slot, int n) => slot.IsEmpty || slot.Length == n;
    }

    /// <summary>
    /// The same by addresses, unchecked, of a rule that sees no rows, or stands for its row: rows are so short that what a call makes of
    /// spans takes as long as their step.
    /// </summary>
    /// <param name="rule">The rule at its step.</param>
    /// <param name="g">Gradient [n].</param>
    /// <param name="sign">What the gradient is multiplied by: 1, or −1 to maximize.</param>
    /// <param name="w">Weights [n], moved in place.</param>
    /// <param name="s0">State in the first slot [n], moved in place; null for none.</param>
    /// <param name="s1">In the second.</param>
    /// <param name="s2">In the third.</param>
    /// <param name="n">Weights.</param>
    // Profiling decides against inlining the rule, and the loop takes twice the time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Step<TStep>(in TStep rule, float* g, float sign, float* w, float* s0, float* s1, float* s2, nint n)
        where TStep : struct, IStep
    {
        bool first = TStep.Slots > 0 && s0 != null, second = TStep.Slots > 1 && s1 != null, third = TStep.Slots > 2 && s2 != null;
        ref TStep step = ref Unsafe.AsRef(in rule);   // Through a readonly reference each call would copy the rule.
        V signs = new(sign);
        nint i = 0;
        for (; i + V.Count <= n; i += V.Count)
        {
            V x = Vector.Load(w + i), m = first ? Vector.Load(s0 + i) : default, v = second ? Vector.Load(s1 + i) : default, u = third
                ? Vector.Load(s2 + i) : default;
            step.Step(Vector.Load(g + i) * signs, ref x, ref m, ref v, ref u);
            x.Store(w + i);
            if (first) m.Store(s0 + i);
            if (second) v.Store(s1 + i);
            if (third) u.Store(s2 + i);
        }
        if (i < n) Tail(rule, g + i, sign, w + i, first ? s0 + i : null, second ? s1 + i : null, third ? s2 + i : null, (int)(n - i));
    }

    /// <summary>
    /// Applies steps without a gradient, one for each of <paramref name="steps"/>. Each vector of weights stays in registers through all
    /// of them, and takes the closed form once a step no longer moves it. Returns true if all weights have settled: then
    /// <see cref="Rest"/> may replace the steps that follow.
    /// </summary>
    /// <param name="steps">The rule at each step.</param>
    /// <param name="rule">The rule from which they were prepared.</param>
    /// <param name="w">Weights [n], moved in place.</param>
    /// <param name="state">Their state, moved in place.</param>
    /// <param name="value">The row's own value, where the rule keeps one; moved in place.</param>
    public static bool StepsWithoutGradient<TRule>(ReadOnlySpan<TRule> steps, TRule rule, Span<float> w, StateSpans state, ref float value)
        where TRule : struct, IUpdateRule<TRule>
    {
        bool still = true;
        if (!TRule.ByRow) return RunAtRest(steps, rule, w, state);
        // A rule that needs the whole row takes one step at a time.
        for (int i = 0; i < steps.Length; i++)
        {
            TRule forRow = TRule.ForRow(steps[i], [], 1, w, state, ref value);
            still = RunAtRest([forRow], forRow, w, state);
        }
        return still;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static bool RunAtRest<TRule>(ReadOnlySpan<TRule> steps, TRule rule, Span<float> w, StateSpans state) where TRule : struct,
    IUpdateRule<TRule>
    {
        Span<V> vw = Of(w), v0 = Of(state.S0), v1 = Of(state.S1), v2 = Of(state.S2);
        bool still = true, first = TRule.Slots > 0 && !state.S0.IsEmpty, second = TRule.Slots > 1 && !state.S1.IsEmpty,
        third = TRule.Slots > 2 && !state.S2.IsEmpty;
        for (int j = 0; j < vw.Length; j++)
        {
            V x = vw[j], m = first ? v0[j] : default, v = second ? v1[j] : default, u = third ? v2[j] : default;
            still &= LanesAtRest(steps, rule, ref x, ref m, ref v, ref u);
            vw[j] = x;
            if (first) v0[j] = m;
            if (second) v1[j] = v;
            if (third) v2[j] = u;
        }
        int i = vw.Length * V.Count;
        if (i == w.Length) return still;
        V wt = Padded(w[i..]), mt = first ? Padded(state.S0[i..]) : default, vt = second ? Padded(state.S1[i..]) : default, ut = third
            ? Padded(state.S2[i..]) : default;
        still &= LanesAtRest(steps, rule, ref wt, ref mt, ref vt, ref ut);
        Store(wt, w[i..]);
        if (first) Store(mt, state.S0[i..]);
        if (second) Store(vt, state.S1[i..]);
        if (third) Store(ut, state.S2[i..]);
        return still;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool LanesAtRest<TRule>(ReadOnlySpan<TRule> steps, TRule rule, ref V w, ref V s0, ref V s1, ref V s2) where TRule : struct,
    IUpdateRule<TRule>
    {
        V x = w, m = s0, v = s1, u = s2;
        int i = 0;
        bool still = false;
        while (i < steps.Length && !still)
        {
            ref TRule step = ref Unsafe.AsRef(in steps[i++]);   // Through a readonly reference each call would copy the rule.
            V before = x;
            step.Step(V.Zero, ref x, ref m, ref v, ref u);
            still = Vector.EqualsAll(before, x) && step.Settles;
        }
        if (i < steps.Length) rule.Rest(steps.Length - i, ref m, ref v, ref u);
        (w, s0, s1, s2) = (x, m, v, u);
        return still;
    }

    /// <summary>
    /// The closed form of <paramref name="steps"/> steps without a gradient, for settled weights: only their state changes.
    /// </summary>
    public static void Rest<TRule>(TRule rule, long steps, StateSpans state) where TRule : struct, IUpdateRule<TRule>
    {
        if (TRule.Slots == 0 || steps == 0 || state.S0.IsEmpty) return;
        for (int i = 0; i < state.S0.Length; i += V.Count)
        {
            V m = Padded(state.S0[i..]), v = TRule.Slots > 1 && !state.S1.IsEmpty ? Padded(state.S1[i..]) : default, u = TRule.Slots > 2
                && !state.S2.IsEmpty ? Padded(state.S2[i..]) : default;
            rule.Rest(steps, ref m, ref v, ref u);
            Store(m, state.S0[i..]);
            if (TRule.Slots > 1 && !state.S1.IsEmpty) Store(v, state.S1[i..]);
            if (TRule.Slots > 2 && !state.S2.IsEmpty) Store(u, state.S2[i..]);
        }
    }

    /// <summary>The values after the last whole vector.</summary>
    static unsafe void Tail<TStep>(TStep rule, float* g, float sign, float* w, float* s0, float* s1, float* s2, int n) where TStep
        : struct, IStep
    {
        V x = Padded(new(w, n)), m = Padded(new(s0, s0 == null ? 0 : n)), v = Padded(new(s1, s1 == null ? 0 : n)),
        u = Padded(new(s2, s2 == null ? 0 : n));
        rule.Step(Padded(new(g, n)) * sign, ref x, ref m, ref v, ref u);
        Store(x, new(w, n));
        if (s0 != null) Store(m, new(s0, n));
        if (s1 != null) Store(v, new(s1, n));
        if (s2 != null) Store(u, new(s2, n));
    }

    static Span<V> Of(Span<float> x) => MemoryMarshal.Cast<float, V>(x);

    /// <summary>The first lanes of x, zeros where x is shorter than a vector.</summary>
    static V Padded(ReadOnlySpan<float> x)
    {
        if (x.Length >= V.Count) return new V(x);
        Span<float> lanes = stackalloc float[V.Count];
        lanes.Clear();
        x.CopyTo(lanes);
        return new V(lanes);
    }

    static void Store(V lanes, Span<float> into)
    {
        if (into.Length >= V.Count) { lanes.CopyTo(into); return; }
        for (int i = 0; i < into.Length; i++) into[i] = lanes[i];
    }
}
