using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>Masks of a <see cref="Transformer"/>; each may be left out.</summary>
public sealed record TransformerMasks
{
    /// <summary>Added to the scores of sources by sources.</summary>
    public AttentionMask? Source { get; init; }

    /// <summary>Added to the scores of targets by targets, mostly <see cref="AttentionMask.Causal"/>.</summary>
    public AttentionMask? Target { get; init; }

    /// <summary>Added to the scores of targets by the encoder's output.</summary>
    public AttentionMask? Memory { get; init; }

    /// <summary>Sources that nobody may attend to [n, sources].</summary>
    public Mask? SourceKeyPadding { get; init; }

    /// <summary>Targets that nobody may attend to [n, targets].</summary>
    public Mask? TargetKeyPadding { get; init; }

    /// <summary>Positions of the encoder's output that no target may attend to [n, sources].</summary>
    public Mask? MemoryKeyPadding { get; init; }
}

/// <summary>
/// An encoder and a decoder that attends to its output:  y = decoder(target, encoder(source)), each ending in a norm.  (Vaswani et al.
/// 2017.)
/// </summary>
/// <remarks>
/// All matrices are drawn by Xavier's uniform rule after everything else has been drawn, as PyTorch does. Embeddings and positions are
/// yours to add.
/// </remarks>
public sealed class Transformer : Module
{
    /// <param name="modelDim">Values of a position.</param>
    /// <param name="numHeads">Heads of the attention.</param>
    /// <param name="numEncoderLayers">Layers of the encoder.</param>
    /// <param name="numDecoderLayers">Layers of the decoder.</param>
    /// <param name="options">How layers are built; null for PyTorch's defaults.</param>
    /// <param name="rng">Where weights, and what is dropped, are drawn from; null for a generator seeded by the system, different in
    /// every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or modelDim no multiple of the heads.</exception>
    [OverloadResolutionPriority(1)]   // Where a call fits both, as with new(), it means options.
    public Transformer(int modelDim = 512, int numHeads = 8, int numEncoderLayers = 6, int numDecoderLayers = 6,
        TransformerOptions? options = null, Rng? rng = null)
    {
        options ??= new TransformerOptions();
        rng ??= new Rng();
        LayerNorm Norm() => new(modelDim, options.LayerNormEpsilon, bias: options.Bias);
        Encoder = new TransformerEncoder(new TransformerEncoderLayer(modelDim, numHeads, options, rng), numEncoderLayers, Norm());
        Decoder = new TransformerDecoder(new TransformerDecoderLayer(modelDim, numHeads, options, rng), numDecoderLayers, Norm());
        foreach (Parameter parameter in Parameters().OfType<Parameter>())
            if (parameter.Shape.Rank > 1) Init.XavierUniform(parameter, rng: rng);
    }

    /// <param name="modelDim">Values of a position.</param>
    /// <param name="numHeads">Heads of the attention.</param>
    /// <param name="numEncoderLayers">Layers of the encoder.</param>
    /// <param name="numDecoderLayers">Layers of the decoder.</param>
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
    public Transformer(int modelDim = 512, int numHeads = 8, int numEncoderLayers = 6, int numDecoderLayers = 6, int feedForwardDim = 2048,
        float dropout = 0.1f,
        TransformerActivation activation = TransformerActivation.Relu, float layerNormEpsilon = 1e-5f, bool batchFirst = false,
            bool normFirst = false, bool bias = true, Rng? rng = null)
        : this(modelDim, numHeads, numEncoderLayers, numDecoderLayers,
            TransformerOptions.Of(feedForwardDim, dropout, activation, layerNormEpsilon, batchFirst, normFirst, bias), rng) { }

    /// <summary>The encoder.</summary>
    public TransformerEncoder Encoder { get; }

    /// <summary>The decoder.</summary>
    public TransformerDecoder Decoder { get; }

    /// <summary>Shapes: source [sources, n, modelDim], target [targets, n, modelDim], n first with BatchFirst → as the target.</summary>
    /// <param name="source">The sequences read.</param>
    /// <param name="target">The sequences decoded.</param>
    /// <param name="masks">Masks; null for none.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public Tensor Forward(Tensor source, Tensor target, TransformerMasks? masks = null)
    {
        Tensor memory = Encoder.Forward(source, masks?.Source, masks?.SourceKeyPadding);
        return Decoder.Forward(target, memory,
            new() { Target = masks?.Target, Memory = masks?.Memory, TargetKeyPadding = masks?.TargetKeyPadding,
                MemoryKeyPadding = masks?.MemoryKeyPadding });
    }
}
