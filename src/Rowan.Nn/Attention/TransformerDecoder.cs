using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>Masks of a decoder; each may be left out.</summary>
public sealed record DecoderMasks
{
    /// <summary>Added to the scores of targets by targets, mostly <see cref="AttentionMask.Causal"/>.</summary>
    public AttentionMask? Target { get; init; }

    /// <summary>Added to the scores of targets by memory.</summary>
    public AttentionMask? Memory { get; init; }

    /// <summary>Targets that nobody may attend to [n, targets].</summary>
    public Mask? TargetKeyPadding { get; init; }

    /// <summary>Places of the memory that nobody may attend to [n, sources].</summary>
    public Mask? MemoryKeyPadding { get; init; }
}

/// <summary>
/// Self-attention, attention to an encoder's output, then two linear layers, each with a way around it and a norm.
/// (Vaswani et al. 2017.)
/// </summary>
/// <remarks>Drawn in PyTorch's order: self_attn, multihead_attn, linear1, linear2.</remarks>
public sealed class TransformerDecoderLayer : Module
{
    /// <inheritdoc cref="TransformerEncoderLayer(int, int, TransformerOptions?, Rng?)"/>
    [OverloadResolutionPriority(1)]   // Where a call fits both, as with new(), it means options.
    public TransformerDecoderLayer(int modelDim, int numHeads, TransformerOptions? options = null, Rng? rng = null)
    {
        Options = options ?? new TransformerOptions();
        rng ??= Init.FromSystem();
        SelfAttn = new MultiheadAttention(modelDim, numHeads, Options.Dropout, Options.Bias, batchFirst: Options.BatchFirst, rng: rng);
        MultiheadAttn = new MultiheadAttention(modelDim, numHeads, Options.Dropout, Options.Bias, batchFirst: Options.BatchFirst, rng: rng);
        Linear1 = new Linear(modelDim, Options.FeedForwardDim, Options.Bias, rng);
        Dropout = new Dropout(Options.Dropout, rng);
        Linear2 = new Linear(Options.FeedForwardDim, modelDim, Options.Bias, rng);
        LayerNorm Norm() => new(modelDim, Options.LayerNormEpsilon, bias: Options.Bias);
        (Norm1, Norm2, Norm3) = (Norm(), Norm(), Norm());
        (Dropout1, Dropout2, Dropout3) =
            (new Dropout(Options.Dropout, rng), new Dropout(Options.Dropout, rng), new Dropout(Options.Dropout, rng));
        Source = rng;
    }

    /// <param name="modelDim">Values of a position.</param>
    /// <param name="numHeads">Heads of the attention.</param>
    /// <param name="feedForwardDim">Values between the two feed-forward layers.</param>
    /// <param name="dropout">The share dropped in training, after each part and within attention.</param>
    /// <param name="activation">What is applied between the feed-forward layers.</param>
    /// <param name="layerNormEpsilon">ε of the norms.</param>
    /// <param name="batchFirst">Whether batches are [n, length, …] rather than [length, n, …].</param>
    /// <param name="normFirst">x + part(norm(x)) instead of norm(x + part(x)).</param>
    /// <param name="bias">Whether the linear layers and norms have biases.</param>
    /// <param name="rng">Where weights, and what is dropped, are drawn from; null for a generator seeded by the system, different in
    /// every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or modelDim no multiple of the heads.</exception>
    public TransformerDecoderLayer(int modelDim, int numHeads, int feedForwardDim = 2048, float dropout = 0.1f,
        TransformerActivation activation = TransformerActivation.Relu,
        float layerNormEpsilon = 1e-5f, bool batchFirst = false, bool normFirst = false, bool bias = true, Rng? rng = null)
        : this(modelDim, numHeads,
            TransformerOptions.Of(feedForwardDim, dropout, activation, layerNormEpsilon, batchFirst, normFirst, bias), rng) { }

    /// <summary>How it is built.</summary>
    public TransformerOptions Options { get; }

    /// <summary>The attention of targets to targets.</summary>
    public MultiheadAttention SelfAttn { get; }

    /// <summary>The attention of targets to the memory.</summary>
    public MultiheadAttention MultiheadAttn { get; }

    /// <summary>The first feed-forward layer.</summary>
    public Linear Linear1 { get; }

    /// <summary>Between the feed-forward layers.</summary>
    public Dropout Dropout { get; }

    /// <summary>The second feed-forward layer.</summary>
    public Linear Linear2 { get; }

    /// <summary>The norm of the self-attention.</summary>
    public LayerNorm Norm1 { get; }

    /// <summary>The norm of the attention to the memory.</summary>
    public LayerNorm Norm2 { get; }

    /// <summary>The norm of the feed-forward part.</summary>
    public LayerNorm Norm3 { get; }

    /// <summary>After the self-attention.</summary>
    public Dropout Dropout1 { get; }

    /// <summary>After the attention to the memory.</summary>
    public Dropout Dropout2 { get; }

    /// <summary>After the feed-forward part.</summary>
    public Dropout Dropout3 { get; }

    internal Rng Source { get; }

    /// <summary>Shapes: targets [length, n, modelDim], memory [sources, n, modelDim], n first with BatchFirst → as the targets.</summary>
    /// <param name="target">The sequences decoded.</param>
    /// <param name="memory">What the encoder said.</param>
    /// <param name="masks">Masks; null for none.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public Tensor Forward(Tensor target, Tensor memory, DecoderMasks? masks = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(memory);
        if (Options.NormFirst)
        {
            Tensor x = target + Attended(Norm1.Forward(target));
            x += Asked(Norm2.Forward(x));
            return x + FedForward(Norm3.Forward(x));
        }
        Tensor y = Norm1.Forward(target + Attended(target));
        y = Norm2.Forward(y + Asked(y));
        return Norm3.Forward(y + FedForward(y));

        Tensor Attended(Tensor x) =>
            Dropout1.Forward(SelfAttn.Forward(x, x, x, masks?.TargetKeyPadding, masks?.Target, needWeights: false).Output);
        Tensor Asked(Tensor x) =>
            Dropout2.Forward(MultiheadAttn.Forward(x, memory, memory, masks?.MemoryKeyPadding, masks?.Memory, needWeights: false).Output);
        Tensor FedForward(Tensor x) =>
            Dropout3.Forward(Linear2.Forward(Dropout.Forward(TransformerParts.Activate(Linear1.Forward(x), Options.Activation))));
    }

    /// <summary>A layer of its own with equal weights; nothing is drawn for it.</summary>
    internal TransformerDecoderLayer Copy() =>
        TransformerParts.Copied(this, Source, () => new(SelfAttn.EmbedDim, SelfAttn.NumHeads, Options, Source));
}

/// <summary>Decoder layers one after another, and a norm at the end where one is given.</summary>
public sealed class TransformerDecoder : Module
{
    /// <param name="layer">What each layer begins as: all are copies of it, with equal weights, as in PyTorch.</param>
    /// <param name="numLayers">Layers.</param>
    /// <param name="norm">The norm at the end; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of layers is not positive.</exception>
    public TransformerDecoder(TransformerDecoderLayer layer, int numLayers, LayerNorm? norm = null)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Require.InRange(numLayers > 0, $"TransformerDecoder: {numLayers} layers; there is at least one", nameof(numLayers));
        Layers = new([.. Enumerable.Range(0, numLayers).Select(_ => layer.Copy())]);
        Norm = norm;
    }

    /// <summary>The layers.</summary>
    public ModuleList<TransformerDecoderLayer> Layers { get; }

    /// <summary>The norm at the end, where there is one.</summary>
    public LayerNorm? Norm { get; }

    /// <inheritdoc cref="TransformerDecoderLayer.Forward"/>
    public Tensor Forward(Tensor target, Tensor memory, DecoderMasks? masks = null)
    {
        foreach (TransformerDecoderLayer layer in Layers) target = layer.Forward(target, memory, masks);
        return Norm is null ? target : Norm.Forward(target);
    }
}
