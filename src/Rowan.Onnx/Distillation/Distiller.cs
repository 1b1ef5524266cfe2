using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;

namespace Rowan.Onnx;

/// <summary>
/// Makes a table of a text encoder (Model2Vec): each token, and each word of the user, goes through the encoder alone; the vectors are
/// reduced to their principal components and weighted by rarity. The result encodes hundreds of times as fast and can be fine-tuned.
/// </summary>
public static class Distiller
{
    /// <summary>Distils an encoder.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="settings">Size, weights and words; null for the defaults.</param>
    /// <param name="progress">Receives the number of tokens that are done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or words are given and the tokenizer cannot take any.</exception>
    /// <exception cref="OperationCanceledException">The work was ended.</exception>
    public static Distilled Distill(TextEncoder encoder, DistillSettings? settings = null, IProgress<int>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        settings ??= new();
        Require.InRange(settings.Dim > 0 && settings.Dim <= encoder.Dim, $"Distill: dim {settings.Dim}; it must be from 1 to the "
            + $"{encoder.Dim} values of the encoder", nameof(settings));
        Require.InRange(settings.Sif >= 0 && float.IsFinite(settings.Sif), $"Distill: SIF {settings.Sif}; it must be 0 or positive",
            nameof(settings));
        Require.That(settings.Texts is null or { Count: > 0 }, $"Distill: no texts; give some, or null", nameof(settings));
        var vocabulary = DistilledVocabulary.Of(encoder.Tokenizer, settings.Vocabulary);
        float[] vectors = encoder.EncodeTokens(vocabulary.Ids, progress, stop, normalize: false);
        stop.ThrowIfCancellationRequested();
        (float[] rows, double kept) = PrincipalComponents.Of(vectors, encoder.Dim, settings.Dim, settings.Whiten);
        double[] weights = settings.Texts is { } texts ? Rarity(vocabulary, texts) : Zipf(vocabulary.Ids.Length, settings.Sif);
        for (int i = 0; i < weights.Length; i++) RowMath.Scale(rows.AsSpan(i * settings.Dim, settings.Dim), (float)weights[i]);
        var table = new Table(vocabulary.Ids.Length, settings.Dim, "embeddings");
        table.CopyFrom(rows);
        return new Distilled(new StaticEncoder(vocabulary.Tokenizer, table), vocabulary.Added, vocabulary.LeftOut, kept);
    }

    /// <summary>
    /// a / (a + p) for each token. Vocabularies are sorted by frequency, so p follows Zipf's law: the token at rank r has p ∝ 1 / r. Ranks
    /// begin at 2.
    /// </summary>
    static double[] Zipf(int count, float a)
    {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += 1.0 / (i + 2);
        return [.. Enumerable.Range(0, count).Select(i => a == 0 ? 1 : a / (a + 1 / ((i + 2) * sum)))];
    }

    /// <summary>ln(1 + N / (1 + n)) for a token in n of N texts.</summary>
    static double[] Rarity(DistilledVocabulary vocabulary, IReadOnlyList<string> texts)
    {
        var found = new int[vocabulary.Ids.Length];
        foreach (string text in texts)
            foreach (int id in vocabulary.Tokenizer.Encode(text, specialTokens: false).Distinct()) found[id]++;
        return [.. found.Select(count => Math.Log(1 + (double)texts.Count / (1 + count)))];
    }
}

/// <summary>A distilled encoder.</summary>
/// <param name="Encoder">The table and its tokenizer.</param>
/// <param name="Added">Words of the user that got a row of their own.</param>
/// <param name="LeftOut">Words of the user that the tokenizer cannot keep whole, such as those with spaces.</param>
/// <param name="Kept">Share of the variance that the principal components keep.</param>
public sealed record Distilled(StaticEncoder Encoder, int Added, IReadOnlyList<string> LeftOut, double Kept);
