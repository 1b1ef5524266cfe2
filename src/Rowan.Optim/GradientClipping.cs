using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Bounds gradients before a step. Rows of tables count as they do in a dense gradient: entries of one row are summed first.
/// </summary>
public static class GradientClipping
{
    /// <summary>
    /// n = (Σ |g|ᵖ)^(1/p) over all gradients; g ← g·min(1, max / (n + 10⁻⁶)). (PyTorch's <c>clip_grad_norm_</c>; Pascanu, Mikolov, Bengio
    /// 2013.)
    /// </summary>
    /// <param name="learnables">Parameters and tables; those without a gradient do not count.</param>
    /// <param name="maxNorm">The largest norm left alone.</param>
    /// <param name="p">Which norm; ∞ for the largest magnitude.</param>
    /// <param name="errorIfNonFinite">Throw where the norm is no finite number; otherwise all gradients become NaN, or 0 for an infinite
    /// norm, as in PyTorch.</param>
    /// <returns>The norm n before clipping.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound is negative, or p not positive.</exception>
    /// <exception cref="InvalidOperationException">A gradient is NaN or infinite; nothing was changed.</exception>
    public static float ByNorm(IEnumerable<ILearnable> learnables, float maxNorm, float p = 2, bool errorIfNonFinite = true)
    {
        ArgumentNullException.ThrowIfNull(learnables);
        Require.InRange(maxNorm >= 0, $"GradientClipping.ByNorm: maximum {maxNorm}; it is not negative", nameof(maxNorm));
        Require.InRange(p > 0, $"GradientClipping.ByNorm: p {p}; it is positive, or infinite", nameof(p));
        Memory<float>[] gradients = Gradients(learnables);
        double total = 0;
        for (int i = 0; i < gradients.Length; i++)
        {
            double part = Powers(gradients[i].Span, p);
            if (errorIfNonFinite && !double.IsFinite(part)) ThrowAtFirst(gradients[i].Span, i);
            total = float.IsPositiveInfinity(p) ? Math.Max(total, part) : total + part;
        }
        float norm = (float)(float.IsPositiveInfinity(p) ? total : Math.Pow(total, 1 / (double)p));
        float scale = maxNorm / (norm + 1e-6f);
        // Not "scale < 1": NaN must reach the gradients where it is not refused.
        if (!(scale >= 1))
            foreach (Memory<float> gradient in gradients) RowMath.Scale(gradient.Span, scale);
        return norm;
    }

    /// <summary>g ← min(max(g, −limit), limit), value by value.  (PyTorch's <c>clip_grad_value_</c>.)  NaN stays NaN.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative.</exception>
    public static void ByValue(IEnumerable<ILearnable> learnables, float limit)
    {
        ArgumentNullException.ThrowIfNull(learnables);
        Require.InRange(limit >= 0, $"GradientClipping.ByValue: limit {limit}; it is not negative", nameof(limit));
        foreach (Memory<float> gradient in Gradients(learnables)) Lanes.Map(new Clamp(-limit, limit), gradient.Span, gradient.Span);
    }

    static Memory<float>[] Gradients(IEnumerable<ILearnable> learnables) =>
        [.. learnables.Distinct<ILearnable>(ReferenceEqualityComparer.Instance).Select(learnable => learnable.GradientValues)];

    /// <summary>Σ |g|ᵖ, or the largest |g|; NaN where one is.</summary>
    static double Powers(ReadOnlySpan<float> g, float p)
    {
        double sum = 0;
        foreach (float value in g)
        {
            double magnitude = Math.Abs((double)value);
            sum = float.IsPositiveInfinity(p) ? Math.Max(sum, magnitude) : sum
                + (p == 2 ? magnitude * magnitude : p == 1 ? magnitude : Math.Pow(magnitude, p));
        }
        return sum;
    }

    static void ThrowAtFirst(ReadOnlySpan<float> g, int learnable)
    {
        int at = 0;
        while (at < g.Length && float.IsFinite(g[at])) at++;
        Require.State(at == g.Length,
            $"GradientClipping.ByNorm: the gradient of learnable {learnable} is {g[Math.Min(at, g.Length - 1)]} at flat place {at}; "
            + $"nothing was clipped. Lower the learning rate, look for a division by 0 or a log of 0, or pass errorIfNonFinite: false");
        Require.State(false, $"GradientClipping.ByNorm: the norm of the gradient of learnable {learnable} is infinite; nothing was "
            + $"clipped. Scale the loss down");
    }
}
