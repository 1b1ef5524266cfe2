using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>What attention computed.</summary>
/// <param name="Output">[targets, n, embedDim], or [n, targets, embedDim] with batchFirst.</param>
/// <param name="Weights">How much each target attended to each source: [n, targets, sources], or [n, heads, targets, sources]; null where
/// not asked for.</param>
public sealed record AttentionResult(Tensor Output, Tensor? Weights);

/// <summary>
/// For each head: weights = softmax(q·kᵀ / √d + mask), output = weights·v, with q, k, v projections of query, key and value; the heads
/// side by side are projected once more. (Vaswani et al. 2017.)
/// </summary>
/// <remarks>
/// Drawn in PyTorch's order: out_proj.weight and bias (the bias then set to 0), in_proj_weight by Xavier's uniform rule (or q, k, v
/// each), bias_k and bias_v by his normal rule. A target that may attend to no source (left padding under a causal mask) attends to
/// nothing: its weights, its part of the heads' output and its gradient are 0, where PyTorch gives NaN.
/// </remarks>
public sealed class MultiheadAttention : Module, IRandomModule
{
    Rng _rng;
    readonly float _dropout;
    readonly bool _addZeroAttention, _batchFirst;

    /// <param name="embedDim">Values of query and output.</param>
    /// <param name="numHeads">Heads; the values are cut among them.</param>
    /// <param name="dropout">The share of weights dropped in training.</param>
    /// <param name="bias">Whether the projections have biases.</param>
    /// <param name="addBiasKv">Whether one learned source is added.</param>
    /// <param name="addZeroAttention">Whether one source of zeros is added.</param>
    /// <param name="kdim">Values of a key; null for embedDim.</param>
    /// <param name="vdim">Values of a value; null for embedDim.</param>
    /// <param name="batchFirst">Whether batches are [n, length, …] rather than [length, n, …].</param>
    /// <param name="rng">Where weights, and what is dropped, are drawn from; null for a generator seeded by the system, different in
    /// every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or embedDim no multiple of the heads.</exception>
    public MultiheadAttention(int embedDim, int numHeads, float dropout = 0, bool bias = true, bool addBiasKv = false,
        bool addZeroAttention = false,
        int? kdim = null, int? vdim = null, bool batchFirst = false, Rng? rng = null)
    {
        Require.InRange(embedDim > 0 && numHeads > 0 && embedDim % numHeads == 0,
            $"MultiheadAttention: {embedDim} values for {numHeads} heads; they are a positive multiple", nameof(numHeads));
        Require.InRange(dropout is >= 0 and <= 1, $"MultiheadAttention: dropout {dropout}; it runs from 0 to 1", nameof(dropout));
        Require.InRange(kdim is not <= 0 && vdim is not <= 0,
            $"MultiheadAttention: keys of {kdim} and values of {vdim}; sizes are positive", nameof(kdim));
        (EmbedDim, NumHeads, _dropout, _addZeroAttention, _batchFirst) = (embedDim, numHeads, dropout, addZeroAttention, batchFirst);
        (KeyDim, ValueDim) = (kdim ?? embedDim, vdim ?? embedDim);
        _rng = rng ?? Init.FromSystem();
        OutProj = new Linear(embedDim, embedDim, bias, _rng);
        OutProj.Bias?.Value.WritableSpan.Clear();
        if (KeyDim == embedDim && ValueDim == embedDim) InProjWeight = Init.XavierUniform(_rng, [3 * embedDim, embedDim]);
        else
        {
            QProjWeight = Init.XavierUniform(_rng, [embedDim, embedDim]);
            KProjWeight = Init.XavierUniform(_rng, [embedDim, KeyDim]);
            VProjWeight = Init.XavierUniform(_rng, [embedDim, ValueDim]);
        }
        InProjBias = bias ? new Parameter(Tensor.Zeros(3 * embedDim)) : null;
        BiasK = addBiasKv ? Init.XavierNormal(_rng, [1, 1, embedDim]) : null;
        BiasV = addBiasKv ? Init.XavierNormal(_rng, [1, 1, embedDim]) : null;
    }

    /// <summary>Where what is dropped is drawn from.</summary>
    public Rng Rng
    {
        get => _rng;
        set => _rng = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Values of query and output.</summary>
    public int EmbedDim { get; }

    /// <summary>Heads.</summary>
    public int NumHeads { get; }

    /// <summary>Values of a key.</summary>
    public int KeyDim { get; }

    /// <summary>Values of a value.</summary>
    public int ValueDim { get; }

    /// <summary>Projections of query, key and value [3·embedDim, embedDim], where all have embedDim values.</summary>
    public Parameter? InProjWeight { get; }

    /// <summary>Projection of queries [embedDim, embedDim], where sizes differ.</summary>
    public Parameter? QProjWeight { get; }

    /// <summary>Projection of keys [embedDim, kdim], where sizes differ.</summary>
    public Parameter? KProjWeight { get; }

    /// <summary>Projection of values [embedDim, vdim], where sizes differ.</summary>
    public Parameter? VProjWeight { get; }

    /// <summary>Biases of the three projections [3·embedDim], where there are any.</summary>
    public Parameter? InProjBias { get; }

    /// <summary>The key of the learned source [1, 1, embedDim], where there is one.</summary>
    public Parameter? BiasK { get; }

    /// <summary>The value of the learned source [1, 1, embedDim], where there is one.</summary>
    public Parameter? BiasV { get; }

    /// <summary>The last projection.</summary>
    public Linear OutProj { get; }

    /// <summary>
    /// Attends. Shapes: query [targets, n, embedDim], key [sources, n, kdim], value [sources, n, vdim]; with batchFirst n comes first;
    /// without n alike.
    /// </summary>
    /// <param name="query">What asks.</param>
    /// <param name="key">What is asked.</param>
    /// <param name="value">What answers.</param>
    /// <param name="keyPaddingMask">Sources that nobody may attend to [n, sources], true where not; null for none.</param>
    /// <param name="attentionMask">Added to the scores: [targets, sources], or [n · heads, targets, sources]; null for nothing.</param>
    /// <param name="needWeights">Whether the weights are returned.</param>
    /// <param name="averageWeights">Whether they are averaged over the heads.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public AttentionResult Forward(Tensor query, Tensor key, Tensor value, Mask? keyPaddingMask = null,
        AttentionMask? attentionMask = null, bool needWeights = true, bool averageWeights = true)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        if (query.Rank == 2 && key.Rank == 2 && value.Rank == 2)
            return Single(query, key, value, keyPaddingMask, attentionMask, needWeights, averageWeights);
        Check(query, key, value);
        (int length, int batch) = _batchFirst ? (1, 0) : (0, 1);
        (long n, long targets, long sources) = (query.Shape[batch], query.Shape[length], key.Shape[length]);
        CheckMasks(keyPaddingMask, attentionMask, n, targets, sources);
        sources += (BiasK is null ? 0 : 1) + (_addZeroAttention ? 1 : 0);
        Tensor? added = Added(keyPaddingMask, attentionMask, n, sources);
        float dropout = Training ? _dropout : 0;

        if (!needWeights && sources == key.Shape[length] && InProjWeight is not null && ReferenceEquals(query, key)
            && ReferenceEquals(key, value))
            return new AttentionResult(OutProj.Forward(Ops.Attention(Ops.Affine(query, InProjWeight, InProjBias?.Value), NumHeads, added,
                dropout, Rng, _batchFirst)), null);
        (Tensor q, Tensor k, Tensor v) = Project(query, key, value);
        Tensor One() => _batchFirst ? Tensor.Zeros(n, 1, EmbedDim) : Tensor.Zeros(1, n, EmbedDim);
        if (BiasK is not null && BiasV is not null)
        {
            Tensor each = One();
            (k, v) = (Ops.Concat([k, BiasK.Value + each], length), Ops.Concat([v, BiasV.Value + each], length));
        }
        if (_addZeroAttention)
        {
            (k, v) = (Ops.Concat([k, One()], length), Ops.Concat([v, One()], length));
        }
        if (!needWeights) return new AttentionResult(OutProj.Forward(Ops.Attention(q, k, v, NumHeads, added, dropout, Rng, _batchFirst)),
            null);

        // Weights that are returned are a tensor of their own, through which gradients pass.
        int head = EmbedDim / NumHeads;
        Tensor Heads(Tensor x) => _batchFirst
            ? x.Reshape(n, -1, NumHeads, head).Transpose(1, 2)
            : x.Reshape(-1, n * NumHeads, head).Transpose(0, 1).Reshape(n, NumHeads, -1, head);
        Tensor scores = (Heads(q) * (1 / MathF.Sqrt(head))).MatMulTransposed(Heads(k));
        if (added is not null) scores += added;
        Tensor weights = scores.MaskedSoftmax().Dropout(dropout, Rng);
        Tensor attended = weights.MatMul(Heads(v));
        attended = (_batchFirst ? attended.Transpose(1, 2) : attended.Reshape(n * NumHeads, targets, head).Transpose(0, 1))
            .Reshape(query.Shape.Sizes);
        return new AttentionResult(OutProj.Forward(attended), averageWeights ? weights.Mean(1) : weights);
    }

    AttentionResult Single(Tensor query, Tensor key, Tensor value, Mask? keyPaddingMask, AttentionMask? attentionMask, bool needWeights,
        bool averageWeights)
    {
        int at = _batchFirst ? 0 : 1;
        Tensor q = query.Unsqueeze(at);
        AttentionResult result =
            Forward(q, ReferenceEquals(key, query) ? q : key.Unsqueeze(at), ReferenceEquals(value, query) ? q : value.Unsqueeze(at),
            keyPaddingMask is { Shape.Rank: 1 } mask ? mask.Reshape(1, mask.Count) : keyPaddingMask, attentionMask, needWeights,
            averageWeights);
        return new AttentionResult(result.Output.Squeeze(at), result.Weights?.Squeeze(0));
    }

    (Tensor Q, Tensor K, Tensor V) Project(Tensor q, Tensor k, Tensor v)
    {
        int e = EmbedDim;
        Tensor Weight(Parameter? own, int part) => own?.Value ?? InProjWeight!.Value.Slice(0, part * e, e);
        Tensor? Bias(int part) => InProjBias?.Value.Slice(0, part * e, e);
        return (Ops.Affine(q, Weight(QProjWeight, 0), Bias(0)), Ops.Affine(k, Weight(KProjWeight, 1), Bias(1)),
            Ops.Affine(v, Weight(VProjWeight, 2), Bias(2)));
    }

    void Check(Tensor q, Tensor k, Tensor v)
    {
        int batch = _batchFirst ? 0 : 1;
        Require.That(q.Rank == 3 && k.Rank == 3 && v.Rank == 3 && q.Shape[2] == EmbedDim && k.Shape[2] == KeyDim && v.Shape[2] == ValueDim
            && k.Shape[1 - batch] == v.Shape[1 - batch] && q.Shape[batch] == k.Shape[batch] && k.Shape[batch] == v.Shape[batch],
            $"MultiheadAttention: query {q.Shape}, key {k.Shape} and value {v.Shape} as "
                + $"{(_batchFirst ? "[n, length, …]" : "[length, n, …]")}; they end in {EmbedDim}, {KeyDim} and {ValueDim}, with equal "
                + $"n, and equal lengths of key and value", nameof(q));
    }

    void CheckMasks(Mask? keyPaddingMask, AttentionMask? attentionMask, long n, long targets, long sources)
    {
        Require.That(keyPaddingMask is null || keyPaddingMask.Shape == new Shape(n, sources),
            $"MultiheadAttention: key padding mask {keyPaddingMask?.Shape}; it is [{n}, {sources}]: batch, sources",
            nameof(keyPaddingMask));
        Require.That(attentionMask is null || attentionMask.Scores.Shape == new Shape(targets, sources)
            || attentionMask.Scores.Shape == new Shape(n * NumHeads, targets, sources),
            $"MultiheadAttention: attention mask {attentionMask?.Scores.Shape}; it is [{targets}, {sources}] or [{n * NumHeads}, "
                + $"{targets}, {sources}]: batch · heads, targets, sources", nameof(attentionMask));
    }

    /// <summary>
    /// Both masks as one to add, sources that were put in left free; of shape [n or 1, heads or 1, targets or 1, sources].
    /// </summary>
    Tensor? Added(Mask? keyPaddingMask, AttentionMask? attentionMask, long n, long sources)
    {
        Tensor Free(Tensor mask) => mask.Shape[^1] == sources
            ? mask : Ops.Concat([mask, Tensor.Zeros([.. mask.Shape.Sizes[..^1], sources - mask.Shape[^1]])], -1);
        Tensor? padding = keyPaddingMask is null ? null : Free(keyPaddingMask.ToAdditive()).Reshape(n, 1, 1, sources);
        if (attentionMask is null) return padding;
        Tensor scores = Free(attentionMask.Scores);
        scores = scores.Rank == 2 ? scores.Reshape(1, 1, scores.Shape[0], sources) : scores.Reshape(n, NumHeads, scores.Shape[1], sources);
        return padding is null ? scores : padding + scores;
    }
}
