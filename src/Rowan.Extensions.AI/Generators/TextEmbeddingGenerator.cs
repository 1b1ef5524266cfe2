using Microsoft.Extensions.AI;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Recipes;

namespace Rowan.Extensions.AI;

/// <summary>
/// Texts to vectors, by what was trained here: the text tower of a search run, a static encoder, or word vectors.
/// </summary>
/// <remarks>
/// Word vectors give the mean of the words' vectors, of length 1; words that are unknown do not count. A text without a known word has
/// the vector zero. Safe to call from several threads at once.
/// </remarks>
/// <example><code>
/// using var generator = TextEmbeddingGenerator.Open("runs/search");
/// ReadOnlyMemory&lt;float&gt; vector = await generator.GenerateVectorAsync("read all lines of a file");
/// </code></example>
public sealed class TextEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    const int TextsAtOnce = 256;

    readonly Action<string, Span<float>> _encode;
    readonly EmbeddingGeneratorMetadata _metadata;

    TextEmbeddingGenerator(string name, int dim, Action<string, Span<float>> encode) =>
        (Dim, _encode, _metadata) = (dim, encode, new EmbeddingGeneratorMetadata("rowan", null, name, dim));

    /// <summary>Values per vector.</summary>
    public int Dim { get; }

    /// <summary>Opens a run of search or words, the folder of a static encoder (Model2Vec, StaticEmbedding), or a file of word
    /// vectors.</summary>
    /// <param name="path">The folder or file.</param>
    /// <exception cref="InvalidDataException">It is damaged, or nothing of these.</exception>
    /// <exception cref="RunCapabilityException">The run has no vectors of texts.</exception>
    /// <exception cref="IOException">There is no such folder or file.</exception>
    public static TextEmbeddingGenerator Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path)) return OfFile(path);
        if (StaticEncoder.IsFolder(path)) return Of(StaticEncoder.Open(path), NameOf(path));
        return Run.Open(path) switch
        {
            SearchRun search => Of(search),
            WordsRun words => Of(words),
            Run other => throw new RunCapabilityException(other, "vectors of texts"),
        };
    }

    /// <summary>The text tower of a search run: the vectors of questions.</summary>
    public static TextEmbeddingGenerator Of(SearchRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new TextEmbeddingGenerator(NameOf(run.Path), run.Dim, (text, vector) => run.VectorOf(text).Span.CopyTo(vector));
    }

    /// <summary>The vectors of a static encoder.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="name">The name of the model, for <see cref="Embedding.ModelId"/>.</param>
    public static TextEmbeddingGenerator Of(StaticEncoder encoder, string name = "static")
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new TextEmbeddingGenerator(name, encoder.Dim, (text, vector) => encoder.Encode(text).CopyTo(vector));
    }

    /// <summary>Means of trained word vectors; rare and new words count by their n-grams where the run has them.</summary>
    public static TextEmbeddingGenerator Of(WordsRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return OfWords(run.Path.Length > 0 ? NameOf(run.Path) : "words", run.Tables[0].Dim,
            (word, vector) =>
            {
                if (run.TryVector(word) is not { } own) return false;
                own.CopyTo(vector);
                return true;
            });
    }

    /// <summary>Means of words' vectors that lie one after the other.</summary>
    static TextEmbeddingGenerator OfFile(string path)
    {
        using VectorReader reader = VectorFiles.Open(path);
        var (words, values, dim) = (new Dictionary<string, int>(StringComparer.Ordinal), new List<float>(), reader.Dim);
        while (reader.Next())
            if (words.TryAdd(reader.Name, words.Count)) values.AddRange(reader.Vector);
        float[] rows = [.. values];
        for (int row = 0; row < words.Count; row++)
        {
            Span<float> vector = rows.AsSpan(row * dim, dim);
            if (RowMath.Norm(vector, 2) is > 0 and float norm) RowMath.Scale(vector, 1 / norm);
        }
        return OfWords(Path.GetFileNameWithoutExtension(path), dim, (word, vector) =>
        {
            if (!words.TryGetValue(word, out int row)) return false;
            rows.AsSpan(row * dim, dim).CopyTo(vector);
            return true;
        });
    }

    delegate bool WordVector(string word, Span<float> vector);

    static TextEmbeddingGenerator OfWords(string name, int dim, WordVector find) => new(name, dim, (text, mean) =>
    {
        var vector = new float[dim];
        foreach (string word in TextTokenizer.Words(text))
            if (find(word, vector)) RowMath.Add(vector, mean);
        if (RowMath.Norm(mean, 2) is > 0 and float norm) RowMath.Scale(mean, 1 / norm);
    });

    /// <summary>The vectors of texts, computed on threads of the pool.</summary>
    /// <param name="values">The texts.</param>
    /// <param name="options">Dimensions and ModelId, if given, must be those of the generator.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentException">A text is null, or the options ask for other dimensions or another model.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        Generated.CheckOptions(options, _metadata);
        string[] texts = [.. values];
        for (int i = 0; i < texts.Length; i++) Require.That(texts[i] is not null, $"GenerateAsync: text {i} is null", nameof(values));
        return Task.Run(() =>
        {
            var vectors = new float[checked(texts.Length * Dim)];
            for (int from = 0; from < texts.Length; from += TextsAtOnce)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int to = Math.Min(texts.Length, from + TextsAtOnce);
                Parallel.For(from, to, i => _encode(texts[i], vectors.AsSpan(i * Dim, Dim)));
            }
            return Generated.Of(vectors, texts.Length, _metadata);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        Generated.Service(this, _metadata, serviceType, serviceKey);

    /// <summary>Does nothing: there is only managed memory.</summary>
    public void Dispose() { }

    static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
}
