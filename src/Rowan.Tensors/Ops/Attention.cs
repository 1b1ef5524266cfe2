using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>
    /// For each example and head  P = softmax(Q·Kᵀ / √d + M),  Y = (D∘P)·V, D what dropout keeps, over 1 − p;
    /// dV = (D∘P)ᵀ·G,  dS = P∘(D∘(G·Vᵀ) − Σ G∘Y),  dQ = dS·K / √d,  dK = dSᵀ·Q / √d,  dM = dS.  (Vaswani et al. 2017.)
    /// </summary>
    /// <remarks>
    /// Nothing of P's size is kept: both passes make it a block of targets at a time (Dao et al. 2022). A target that may attend to no
    /// source gives 0, in value and gradient, where PyTorch gives NaN.
    /// </remarks>
    /// <param name="q">Queries [targets, n, heads · d], or [n, targets, heads · d] with batchFirst.</param>
    /// <param name="k">Keys [sources, n, heads · d], or with n first.</param>
    /// <param name="v">Values, of the shape of the keys.</param>
    /// <param name="heads">Parts of d values, each of which attends for itself.</param>
    /// <param name="added">M: added to the scores, of a shape of rank 4 that broadcasts to [n, heads, targets, sources]; null for
    /// nothing. It may learn.</param>
    /// <param name="dropout">p: the share of P that is dropped. The draws are those of <see cref="Dropout"/> for [n, heads, targets,
    /// sources].</param>
    /// <param name="rng">Where they are drawn from; not needed for p = 0.</param>
    /// <param name="batchFirst">Whether n comes first.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">p is not a probability.</exception>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, int heads, Tensor? added = null, float dropout = 0, Rng? rng = null,
        bool batchFirst = false)
    {
        ArgumentNullException.ThrowIfNull(q);
        ArgumentNullException.ThrowIfNull(k);
        ArgumentNullException.ThrowIfNull(v);
        int batch = batchFirst ? 0 : 1;
        Require.That(q.Rank == 3 && k.Rank == 3 && k.Shape == v.Shape && q.Shape[batch] == k.Shape[batch] && q.Shape[2] == k.Shape[2],
            $"Attention: queries {q.Shape}, keys {k.Shape} and values {v.Shape}; they are [length, n, values], or [n, length, values] "
                + $"with batchFirst, keys and values alike", nameof(q));
        int width = (int)q.Shape[2];
        var plan = new AttentionPlan(new(q, 0, width, batchFirst), new(k, 0, width, batchFirst), new(v, 0, width, batchFirst), heads,
            added, dropout, rng);
        return Trace.Op(JointGradients.Record(plan.Forward(), plan, added, q, k, v), "Attention", [q, k, v, added],
            [heads, batchFirst ? 1 : 0, dropout > 0 ? 1 : 0]);
    }

    /// <summary>
    /// As <see cref="Attention(Tensor, Tensor, Tensor, int, Tensor?, float, Rng?, bool)"/>, with queries, keys and values side by side,
    /// as one projection makes them.
    /// </summary>
    /// <param name="qkv">[length, n, 3 · heads · d], or [n, length, 3 · heads · d] with batchFirst.</param>
    /// <param name="heads">Parts of d values, each of which attends for itself.</param>
    /// <param name="added">M: added to the scores, of a shape of rank 4 that broadcasts to [n, heads, length, length]; null for nothing.
    /// It may learn.</param>
    /// <param name="dropout">p: the share of P that is dropped.</param>
    /// <param name="rng">Where the choice is drawn from; not needed for p = 0.</param>
    /// <param name="batchFirst">Whether n comes first.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">p is not a probability.</exception>
    public static Tensor Attention(Tensor qkv, int heads, Tensor? added = null, float dropout = 0, Rng? rng = null, bool batchFirst = false)
    {
        ArgumentNullException.ThrowIfNull(qkv);
        Require.That(qkv.Rank == 3 && qkv.Shape[2] % 3 == 0,
            $"Attention: queries, keys and values {qkv.Shape}; they are [length, n, 3 · values], or [n, length, 3 · values] with "
            + $"batchFirst", nameof(qkv));
        int width = (int)qkv.Shape[2] / 3;
        var plan = new AttentionPlan(new(qkv, 0, width, batchFirst), new(qkv, width, width, batchFirst),
            new(qkv, 2 * width, width, batchFirst), heads, added, dropout, rng);
        return Trace.Op(JointGradients.Record(plan.Forward(), plan, added, qkv), "PackedAttention", [qkv, added],
            [heads, batchFirst ? 1 : 0, dropout > 0 ? 1 : 0, width]);
    }
}
