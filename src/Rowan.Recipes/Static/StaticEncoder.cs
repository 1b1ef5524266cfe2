using System.Runtime.InteropServices;
using Rowan.Data;
using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>
/// A text encoder that is a table: the vector of a text is the mean of the rows of its tokens,
/// v = Σ w[t]·E[m[t]] / n,  normalized. It reads and writes the folders of Model2Vec and of sentence-transformers' StaticEmbedding.
/// </summary>
/// <remarks>
/// The rows are a <see cref="Table"/>, so they learn: <see cref="Layer"/> over <see cref="Bags"/> is the same mean, recorded.
/// Encoding is safe from any thread. The same text has the same vector in any batch and for any number of threads.
/// </remarks>
/// <example><code>
/// StaticEncoder encoder = StaticEncoder.Open("potion-base-8M");
/// float[] vector = encoder.Encode("a short text");
/// </code></example>
public sealed class StaticEncoder
{
    const int TextsAtOnce = 256, Grain = 16;

    readonly float[]? _weights;
    readonly int[]? _mapping;
    readonly int _medianToken;

    /// <summary>An encoder over rows that exist.</summary>
    /// <param name="tokenizer">Texts to token ids.</param>
    /// <param name="rows">The rows, one for each id unless there is a mapping.</param>
    /// <param name="weights">What the row of each id is multiplied by; null for 1.</param>
    /// <param name="mapping">The row of each id, if several share one; null if each has its own.</param>
    /// <exception cref="ArgumentException">Tokenizer, rows, weights and mapping do not fit together.</exception>
    public StaticEncoder(Tokenizer tokenizer, Table rows, IReadOnlyList<float>? weights = null, IReadOnlyList<int>? mapping = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(rows);
        Require.That(mapping is not null || tokenizer.Count <= rows.Count, $"StaticEncoder: the tokenizer has {tokenizer.Count} ids, the "
            + $"table {rows.Count} rows; the tokenizer and the rows do not belong together", nameof(rows));
        Require.That(weights is null || weights.Count >= tokenizer.Count,
            $"StaticEncoder: {weights?.Count} weights for {tokenizer.Count} ids of the tokenizer", nameof(weights));
        Require.That(mapping is null || mapping.Count >= tokenizer.Count,
            $"StaticEncoder: a mapping of {mapping?.Count} ids for {tokenizer.Count} ids of the tokenizer", nameof(mapping));
        for (int id = 0; id < mapping?.Count; id++)
        {
            Require.That(mapping[id] >= 0 && mapping[id] < rows.Count,
                $"StaticEncoder: id {id} maps to row {mapping[id]}; the table has {rows.Count} rows", nameof(mapping));
        }
        for (int id = 0; id < weights?.Count; id++)
            Require.That(float.IsFinite(weights[id]), $"StaticEncoder: the weight of id {id} is {weights[id]}", nameof(weights));
        (Tokenizer, Rows) = (tokenizer, rows);
        (_weights, _mapping) = (weights?.ToArray(), mapping?.ToArray());
        Layer = new EmbeddingBag(rows, IsWeighted ? BagMode.Sum : BagMode.Mean);
        _medianToken = MedianToken(tokenizer);
    }

    /// <summary>Opens a folder of Model2Vec or of sentence-transformers' StaticEmbedding.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">model.safetensors or tokenizer.json is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the files do not fit together.</exception>
    public static StaticEncoder Open(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return StaticFolder.Read(folder);
    }

    /// <summary>Whether a folder looks like one that <see cref="Open"/> reads.</summary>
    public static bool IsFolder(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return StaticFolder.Find(path) is not null;
    }

    /// <summary>Texts to token ids.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The rows.</summary>
    public Table Rows { get; }

    /// <summary>The mean over <see cref="Rows"/> as a layer. It takes <see cref="Bags"/>.</summary>
    public EmbeddingBag Layer { get; }

    /// <summary>Values per vector.</summary>
    public int Dim => Rows.Dim;

    /// <summary>What the row of each token id is multiplied by; null for 1.</summary>
    public IReadOnlyList<float>? Weights => _weights;

    /// <summary>The row of each token id; null if each has its own.</summary>
    public IReadOnlyList<int>? Mapping => _mapping;

    /// <summary>Whether vectors get length 1.</summary>
    public bool Normalizes { get; init; } = true;

    /// <summary>Whether the unknown token is left out, as Model2Vec does.</summary>
    public bool DropsUnknown { get; init; } = true;

    /// <summary>Tokens of a text that count; the end of a longer text is cut off.</summary>
    public int MaxTokens { get; init; } = 512;

    bool IsWeighted => _weights is not null;

    /// <summary>The vector of a text; zeros if none of its tokens has a row.</summary>
    public float[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode([text]);
    }

    /// <summary>The vectors of texts, one after the other.  Shapes: → [texts · dim].</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="stop">Ends the work.</param>
    public float[] Encode(IReadOnlyList<string> texts, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        for (int i = 0; i < texts.Count; i++) Require.That(texts[i] is not null, $"Encode: text {i} is null", nameof(texts));
        var vectors = new float[checked(texts.Count * Dim)];
        Workers.For(texts.Count, Grain, new EncodeRange(this, texts, vectors, stop));
        stop.ThrowIfCancellationRequested();
        return vectors;
    }

    /// <summary>The tokens of texts as bags of <see cref="Layer"/>.</summary>
    public JaggedIndices Bags(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var bags = new TokenBags(IsWeighted);
        foreach (string text in texts) bags.Add(this, text);
        return JaggedIndices.FromOffsets(CollectionsMarshal.AsSpan(bags.Rows), CollectionsMarshal.AsSpan(bags.Starts),
            IsWeighted ? Tensor.FromArray(bags.Scales.ToArray()) : null, includeLastOffset: true);
    }

    /// <summary>The rows of a text, in order.</summary>
    internal long[] RowsOf(string text)
    {
        var bags = new TokenBags(weighted: false);
        bags.Add(this, text);
        return [.. bags.Rows];
    }

    /// <summary>The same tokens over other rows.</summary>
    internal StaticEncoder Over(Table rows) => new(Tokenizer, rows, Weights, Mapping)
    {
        Normalizes = Normalizes, DropsUnknown = DropsUnknown, MaxTokens = MaxTokens,
    };

    /// <summary>The same vectors without weights and without a mapping: the row of each token is w[t]·E[m[t]].</summary>
    internal StaticEncoder RowPerToken()
    {
        var table = new Table(Tokenizer.Count, Dim, Rows.Name);
        var row = new float[Dim];
        for (int id = 0; id < Tokenizer.Count; id++)
        {
            Rows.ReadRow(_mapping is { } mapping ? mapping[id] : id, row).CopyTo(row);
            if (_weights is { } weights) RowMath.Scale(row, weights[id]);
            table.Write(id, row);
        }
        return new StaticEncoder(Tokenizer, table) { Normalizes = Normalizes, DropsUnknown = DropsUnknown, MaxTokens = MaxTokens };
    }

    /// <summary>Writes a folder that Model2Vec or sentence-transformers reads; files are replaced when they are complete.</summary>
    /// <param name="folder">The folder; it is created.</param>
    /// <param name="layout">Whose folder.</param>
    /// <param name="numbers">How rows are stored. Whole numbers of 8 bits keep directions only, as in Model2Vec.</param>
    public void Save(string folder, StaticLayout layout = StaticLayout.Model2Vec, FloatFormat numbers = FloatFormat.Float32)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        StaticFolder.Write(this, folder, layout, numbers);
    }

    /// <summary>Median length of a token in code points: Model2Vec cuts a text at so many times the tokens that count.</summary>
    static int MedianToken(Tokenizer tokenizer)
    {
        int[] lengths = [.. Enumerable.Range(0, tokenizer.Count).Select(id => tokenizer[id]).OfType<string>()
            .Select(token => token.Length - token.Count(char.IsLowSurrogate)).Order()];
        return Math.Max(1, (lengths[(lengths.Length - 1) / 2] + lengths[lengths.Length / 2]) / 2);
    }

    ReadOnlySpan<char> Cut(ReadOnlySpan<char> text)
    {
        long most = (long)MaxTokens * _medianToken;
        if (text.Length <= most) return text;
        int end = 0;
        for (long points = 0; points < most && end < text.Length; points++)
            end += end + 1 < text.Length && char.IsSurrogatePair(text[end], text[end + 1]) ? 2 : 1;
        return text[..end];
    }

    /// <summary>Bags of rows, one after the other.</summary>
    sealed class TokenBags(bool weighted)
    {
        readonly List<int> _ids = [];

        public List<long> Rows { get; } = [];

        public List<long> Starts { get; } = [0];

        public List<float> Scales { get; } = [];

        public void Clear()
        {
            Rows.Clear();
            Scales.Clear();
            Starts.RemoveRange(1, Starts.Count - 1);
        }

        public void Add(StaticEncoder encoder, string text)
        {
            _ids.Clear();
            encoder.Tokenizer.AddTo(_ids, encoder.Cut(text));
            if (encoder.DropsUnknown && encoder.Tokenizer.Unknown is { } unknown) _ids.RemoveAll(id => id == unknown);
            int count = Math.Min(_ids.Count, encoder.MaxTokens);
            foreach (int id in CollectionsMarshal.AsSpan(_ids)[..count])
            {
                Rows.Add(encoder._mapping is { } mapping ? mapping[id] : id);
                if (weighted) Scales.Add(encoder._weights![id] / count);
            }
            Starts.Add(Rows.Count);
        }
    }

    readonly struct EncodeRange(StaticEncoder encoder, IReadOnlyList<string> texts, float[] vectors, CancellationToken stop) : IRangeBody
    {
        public void Run(long from, long to)
        {
            var bags = new TokenBags(encoder.IsWeighted);
            for (int at = (int)from, end; at < to && !stop.IsCancellationRequested; at = end)
            {
                end = (int)Math.Min(to, at + TextsAtOnce);
                bags.Clear();
                for (int i = at; i < end; i++) bags.Add(encoder, texts[i]);
                Memory<float> into = vectors.AsMemory(at * encoder.Dim, (end - at) * encoder.Dim);
                encoder.Rows.SumBags(bags.Rows.ToArray(), bags.Starts.ToArray(), bags.Scales.ToArray(), !encoder.IsWeighted, into);
                if (!encoder.Normalizes) continue;
                for (int i = 0; i < end - at; i++)
                {
                    Span<float> vector = into.Span.Slice(i * encoder.Dim, encoder.Dim);
                    float norm = RowMath.Norm(vector, 2);
                    if (norm > 0) RowMath.Scale(vector, 1 / norm);
                }
            }
        }
    }
}

/// <summary>Whose folder a static encoder is written as.</summary>
public enum StaticLayout
{
    /// <summary>Model2Vec: a tensor 'embeddings'.</summary>
    Model2Vec,

    /// <summary>StaticEmbedding of sentence-transformers: a tensor 'embedding.weight'.</summary>
    SentenceTransformers,
}
