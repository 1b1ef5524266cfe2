using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>What a transformer's feed-forward part applies between its layers.</summary>
public enum TransformerActivation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x·Φ(x).</summary>
    Gelu,
}

/// <summary>How a transformer layer is built, beside its sizes; defaults are PyTorch's.</summary>
public sealed record TransformerOptions
{
    /// <summary>Values between the two feed-forward layers.</summary>
    public int FeedForwardDim { get; init; } = 2048;

    /// <summary>The share dropped in training, after each part and within attention.</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>What stands between the feed-forward layers.</summary>
    public TransformerActivation Activation { get; init; }

    /// <summary>ε of the norms.</summary>
    public float LayerNormEpsilon { get; init; } = 1e-5f;

    /// <summary>Whether batches are [n, length, …] rather than [length, n, …].</summary>
    public bool BatchFirst { get; init; }

    /// <summary>x + part(norm(x)) instead of norm(x + part(x)).  (Xiong et al. 2020.)</summary>
    public bool NormFirst { get; init; }

    /// <summary>Whether the linear layers and norms have biases.</summary>
    public bool Bias { get; init; } = true;

    internal static TransformerOptions Of(int feedForwardDim, float dropout, TransformerActivation activation, float layerNormEpsilon,
        bool batchFirst, bool normFirst, bool bias) => new()
    {
        FeedForwardDim = feedForwardDim, Dropout = dropout, Activation = activation, LayerNormEpsilon = layerNormEpsilon,
            BatchFirst = batchFirst, NormFirst = normFirst, Bias = bias,
    };
}

/// <summary>
/// Self-attention, then two linear layers, each with a way around it and a norm: x ← norm(x + attention(x)), x ← norm(x + W₂·f(W₁·x)).
/// </summary>
/// <remarks>(Vaswani et al. 2017.)  Drawn in PyTorch's order: self_attn, linear1, linear2.</remarks>
public sealed class TransformerEncoderLayer : Module
{
    /// <param name="modelDim">Values of a place.</param>
    /// <param name="numHeads">Heads of the attention.</param>
    /// <param name="options">How it is built; null for PyTorch's defaults.</param>
    /// <param name="rng">Where weights, and what is dropped, are drawn from; null for a generator seeded by the system, different in
    /// every run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or modelDim no multiple of the heads.</exception>
    [OverloadResolutionPriority(1)]   // Where a call fits both, as with new(), it means options.
    public TransformerEncoderLayer(int modelDim, int numHeads, TransformerOptions? options = null, Rng? rng = null)
    {
        Options = options ?? new TransformerOptions();
        rng ??= Init.FromSystem();
        SelfAttn = new MultiheadAttention(modelDim, numHeads, Options.Dropout, Options.Bias, batchFirst: Options.BatchFirst, rng: rng);
        Linear1 = new Linear(modelDim, Options.FeedForwardDim, Options.Bias, rng);
        Dropout = new Dropout(Options.Dropout, rng);
        Linear2 = new Linear(Options.FeedForwardDim, modelDim, Options.Bias, rng);
        Norm1 = new LayerNorm(modelDim, Options.LayerNormEpsilon, bias: Options.Bias);
        Norm2 = new LayerNorm(modelDim, Options.LayerNormEpsilon, bias: Options.Bias);
        (Dropout1, Dropout2) = (new Dropout(Options.Dropout, rng), new Dropout(Options.Dropout, rng));
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
    public TransformerEncoderLayer(int modelDim, int numHeads, int feedForwardDim = 2048, float dropout = 0.1f,
        TransformerActivation activation = TransformerActivation.Relu,
        float layerNormEpsilon = 1e-5f, bool batchFirst = false, bool normFirst = false, bool bias = true, Rng? rng = null)
        : this(modelDim, numHeads,
            TransformerOptions.Of(feedForwardDim, dropout, activation, layerNormEpsilon, batchFirst, normFirst, bias), rng) { }

    /// <summary>How it is built.</summary>
    public TransformerOptions Options { get; }

    /// <summary>The attention.</summary>
    public MultiheadAttention SelfAttn { get; }

    /// <summary>The first feed-forward layer.</summary>
    public Linear Linear1 { get; }

    /// <summary>Between the feed-forward layers.</summary>
    public Dropout Dropout { get; }

    /// <summary>The second feed-forward layer.</summary>
    public Linear Linear2 { get; }

    /// <summary>The norm of the attention.</summary>
    public LayerNorm Norm1 { get; }

    /// <summary>The norm of the feed-forward part.</summary>
    public LayerNorm Norm2 { get; }

    /// <summary>After the attention.</summary>
    public Dropout Dropout1 { get; }

    /// <summary>After the feed-forward part.</summary>
    public Dropout Dropout2 { get; }

    internal Rng Source { get; }

    /// <summary>Shapes: [length, n, modelDim], or [n, length, modelDim] with BatchFirst, or [length, modelDim]; kept.</summary>
    /// <param name="input">The sequences.</param>
    /// <param name="mask">Added to the attention's scores; null for nothing.</param>
    /// <param name="keyPaddingMask">Places that nobody may attend to [n, length], true where not; null for none.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public Tensor Forward(Tensor input, AttentionMask? mask = null, Mask? keyPaddingMask = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (Options.NormFirst)
        {
            Tensor x = input + Attended(Norm1.Forward(input));
            return x + FedForward(Norm2.Forward(x));
        }
        Tensor y = Norm1.Forward(input + Attended(input));
        return Norm2.Forward(y + FedForward(y));

        Tensor Attended(Tensor x) => Dropout1.Forward(SelfAttn.Forward(x, x, x, keyPaddingMask, mask, needWeights: false).Output);
        Tensor FedForward(Tensor x) =>
            Dropout2.Forward(Linear2.Forward(Dropout.Forward(TransformerParts.Activate(Linear1.Forward(x), Options.Activation))));
    }

    /// <summary>A layer of its own with equal weights; nothing is drawn for it.</summary>
    internal TransformerEncoderLayer Copy() =>
        TransformerParts.Copied(this, Source, () => new(SelfAttn.EmbedDim, SelfAttn.NumHeads, Options, Source));
}

/// <summary>Encoder layers one after another, and a norm at the end where one is given.</summary>
public sealed class TransformerEncoder : Module
{
    /// <param name="layer">What each layer begins as: all are copies of it, with equal weights, as in PyTorch.</param>
    /// <param name="numLayers">Layers.</param>
    /// <param name="norm">The norm at the end; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of layers is not positive.</exception>
    public TransformerEncoder(TransformerEncoderLayer layer, int numLayers, LayerNorm? norm = null)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Require.InRange(numLayers > 0, $"TransformerEncoder: {numLayers} layers; there is at least one", nameof(numLayers));
        Layers = new([.. Enumerable.Range(0, numLayers).Select(_ => layer.Copy())]);
        Norm = norm;
    }

    /// <summary>The layers.</summary>
    public ModuleList<TransformerEncoderLayer> Layers { get; }

    /// <summary>The norm at the end, where there is one.</summary>
    public LayerNorm? Norm { get; }

    /// <inheritdoc cref="TransformerEncoderLayer.Forward"/>
    public Tensor Forward(Tensor input, AttentionMask? mask = null, Mask? keyPaddingMask = null)
    {
        foreach (TransformerEncoderLayer layer in Layers) input = layer.Forward(input, mask, keyPaddingMask);
        return Norm is null ? input : Norm.Forward(input);
    }
}

static class TransformerParts
{
    public static Tensor Activate(Tensor x, TransformerActivation activation) => activation == TransformerActivation.Relu
        ? x.Relu() : x.Gelu();

    /// <summary>
    /// A module of its own with equal weights. What was drawn to make it is put back: copies draw nothing, and later drop from the one
    /// generator.
    /// </summary>
    public static T Copied<T>(T from, Rng rng, Func<T> make) where T : Module
    {
        Rng before = rng.Clone();
        T copy = make();
        rng.CopyFrom(before);
        copy.LoadStateDict(from.StateDict());
        return copy;
    }
}
