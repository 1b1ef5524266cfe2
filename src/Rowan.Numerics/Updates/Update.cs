using System.Numerics;
using System.Runtime.InteropServices;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>The one loop that moves weights by a rule: whole vectors in memory, the tail on a padded copy.</summary>
public static class Update
{
    /// <summary>Applies a rule that stands at its step (<see cref="IUpdateRule{TSelf}.At"/>) to weights and their state.</summary>
    /// <param name="rule">The rule at its step.</param>
    /// <param name="g">Gradient [n].</param>
    /// <param name="w">Weights [n], moved in place.</param>
    /// <param name="s0">First state [n]; empty when the rule has none.</param>
    /// <param name="s1">Second state [n]; empty when the rule has fewer than two.</param>
    public static void Step<TRule>(TRule rule, ReadOnlySpan<float> g, Span<float> w, Span<float> s0, Span<float> s1)
        where TRule : struct, IUpdateRule<TRule>
    {
        V unused = default;
        ReadOnlySpan<V> vg = Of(g);
        Span<V> vw = Of(w)[..vg.Length], v0 = Of(s0), v1 = Of(s1);
        for (int j = 0; j < vg.Length; j++)
            rule.Step(vg[j], ref vw[j], ref (TRule.Slots > 0 ? ref v0[j] : ref unused), ref (TRule.Slots > 1 ? ref v1[j] : ref unused));
        int i = vg.Length * V.Count;
        if (i == w.Length) return;

        V wt = Tail(w[i..]), m = TRule.Slots > 0 ? Tail(s0[i..]) : default, v = TRule.Slots > 1 ? Tail(s1[i..]) : default;
        rule.Step(Tail(g[i..]), ref wt, ref m, ref v);
        Store(wt, w[i..]);
        if (TRule.Slots > 0) Store(m, s0[i..]);
        if (TRule.Slots > 1) Store(v, s1[i..]);
    }

    /// <summary>
    /// One step at rest (no gradient). True when the rule settles and no weight moved: then <see cref="Rest"/> may stand for
    /// the following ones.
    /// </summary>
    public static bool StepAtRest<TRule>(TRule rule, Span<float> w, Span<float> s0, Span<float> s1) where TRule : struct, IUpdateRule<TRule>
    {
        V unused = default;
        Span<V> vw = Of(w), v0 = Of(s0), v1 = Of(s1);
        bool still = rule.Settles;
        for (int j = 0; j < vw.Length; j++)
        {
            V before = vw[j];
            rule.Step(V.Zero, ref vw[j], ref (TRule.Slots > 0 ? ref v0[j] : ref unused), ref (TRule.Slots > 1 ? ref v1[j] : ref unused));
            still &= Vector.EqualsAll(before, vw[j]);
        }
        int i = vw.Length * V.Count;
        if (i == w.Length) return still;

        V wt = Tail(w[i..]), m = TRule.Slots > 0 ? Tail(s0[i..]) : default, v = TRule.Slots > 1 ? Tail(s1[i..]) : default, start = wt;
        rule.Step(V.Zero, ref wt, ref m, ref v);
        Store(wt, w[i..]);
        if (TRule.Slots > 0) Store(m, s0[i..]);
        if (TRule.Slots > 1) Store(v, s1[i..]);
        return still & Vector.EqualsAll(start, wt);
    }

    /// <summary>The closed form of <paramref name="steps"/> steps at rest of settled weights: only their state changes.</summary>
    public static void Rest<TRule>(TRule rule, long steps, Span<float> s0, Span<float> s1) where TRule : struct, IUpdateRule<TRule>
    {
        if (TRule.Slots == 0 || steps == 0) return;
        for (int i = 0; i < s0.Length; i += V.Count)
        {
            Span<float> part0 = s0[i..], part1 = TRule.Slots > 1 ? s1[i..] : [];
            V m = Tail(part0), v = TRule.Slots > 1 ? Tail(part1) : default;
            rule.Rest(steps, ref m, ref v);
            Store(m, part0);
            if (TRule.Slots > 1) Store(v, part1);
        }
    }

    static ReadOnlySpan<V> Of(ReadOnlySpan<float> x) => MemoryMarshal.Cast<float, V>(x);

    static Span<V> Of(Span<float> x) => MemoryMarshal.Cast<float, V>(x);

    /// <summary>The first lanes of x, zeros where x is shorter than a vector.</summary>
    static V Tail(ReadOnlySpan<float> x)
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
