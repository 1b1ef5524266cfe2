namespace Rowan.Onnx;

/// <summary>How an encoder becomes a table.</summary>
public sealed record DistillSettings
{
    /// <summary>Values per row; the first principal components of the vectors. At most those of the encoder.</summary>
    public int Dim { get; init; } = 256;

    /// <summary>
    /// Whether each component is divided by its standard deviation. The first components say how frequent a token is rather than what it
    /// means; without whitening they decide most cosines.
    /// </summary>
    public bool Whiten { get; init; } = true;

    /// <summary>
    /// The a of the SIF weight a / (a + p) of a token with probability p; 0 for rows as they are. Not used with <see cref="Texts"/>.
    /// </summary>
    public float Sif { get; init; } = 1e-4f;

    /// <summary>
    /// Texts of the user, whose document frequencies weigh the rows instead of Zipf's law: ln(1 + N / (1 + n)) for a token in n of N
    /// texts. Null for none; then the rank in the vocabulary decides.
    /// </summary>
    public IReadOnlyList<string>? Texts { get; init; }

    /// <summary>Words that get a row of their own besides the encoder's tokens; null for none.</summary>
    public IReadOnlyList<string>? Vocabulary { get; init; }
}
