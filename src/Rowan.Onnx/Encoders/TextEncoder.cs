using Microsoft.Extensions.AI;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Onnx;

/// <summary>
/// A pretrained text encoder: texts in, vectors out. ONNX Runtime runs the model; the tokenizer is Rowan's.
/// </summary>
/// <remarks>
/// Texts of similar length run together, the longest first. The other texts of a batch change a vector only by rounding.
/// Safe to call from several threads at once.
/// </remarks>
/// <example><code>
/// using var encoder = TextEncoder.Open("all-MiniLM-L6-v2");
/// float[] vector = encoder.Encode("a short text");
/// </code></example>
public sealed class TextEncoder : IEmbeddingGenerator<string, Embedding<float>>
{
    readonly OnnxModel _model;
    readonly EmbeddingGeneratorMetadata _metadata;
    readonly int _batchTokens;

    TextEncoder(OnnxModel model, Tokenizer tokenizer, string name, TextEncoderOptions options, EncoderFolder folder)
    {
        (_model, Tokenizer, _batchTokens) = (model, tokenizer, options.BatchTokens);
        _metadata = new EmbeddingGeneratorMetadata("rowan", null, name, model.Dim);
        (TokenPooling pooling, string pooledBy) = options.Pooling is { } given ? (given, "given") : folder.Pooling();
        (Normalizes, string normalizedBy) = options.Normalize is { } normalize ? (normalize, "given") : folder.Normalize();
        (MaxTokens, string limitedBy) = options.MaxTokens is { } most ? (most, "given") : folder.MaxTokens();
        if (model.Length > 0 && model.Length < MaxTokens) (MaxTokens, limitedBy) = (model.Length, "fixed by the model");
        Pooling = model.IsPooled ? null : pooling;
        Description = $"{model.Dim} values; pooling {(model.IsPooled ? "by the model" : $"{pooling} ({pooledBy})")}; "
            + $"{(Normalizes ? "length 1" : "lengths as they are")} ({normalizedBy}); at most {MaxTokens} tokens ({limitedBy})";
    }

    /// <summary>Opens an encoder.</summary>
    /// <param name="folder">A folder with model.onnx (or onnx/model.onnx) and tokenizer.json or vocab.txt.</param>
    /// <param name="options">Pooling, normalization and truncation; null for what the folder says.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">The model or the tokenizer is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, the model is no text encoder, or the tokenizer does not fit
    /// it.</exception>
    public static TextEncoder Open(string folder, TextEncoderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        options ??= new();
        Require.InRange(options.MaxTokens is null or > 2, $"TextEncoder.Open: MaxTokens {options.MaxTokens}; at least 3, because special "
            + $"tokens count", nameof(options));
        Require.InRange(options.BatchTokens > 0, $"TextEncoder.Open: BatchTokens {options.BatchTokens}; it must be positive",
            nameof(options));
        var files = new EncoderFolder(folder);
        Tokenizer tokenizer = Tokenizer.Open(folder);
        var model = new OnnxModel(files.Model, options.Threads);
        try
        {
            Require.That(!model.IsPooled || options.Pooling is null, $"TextEncoder.Open: '{files.Model}' pools its tokens itself, so "
                + $"Pooling {options.Pooling} has no effect; leave it out", nameof(options));
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            var encoder = new TextEncoder(model, tokenizer, name, options, files);
            encoder.CheckTokenizer(files.Model);
            return encoder;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Values per vector.</summary>
    public int Dim => _model.Dim;

    /// <summary>The pooling; null if the model pools its tokens itself.</summary>
    public TokenPooling? Pooling { get; }

    /// <summary>Whether vectors get length 1.</summary>
    public bool Normalizes { get; }

    /// <summary>Tokens of a text that count, special tokens included; the end of a longer text is cut off.</summary>
    public int MaxTokens { get; }

    /// <summary>What was read from the folder, in words.</summary>
    public string Description { get; }

    /// <summary>The vector of a text.</summary>
    public float[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode([text]);
    }

    /// <summary>The vectors of texts, one after the other.  Shapes: → [texts · dim].</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="progress">Receives the number of texts that are done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InvalidDataException">The model gives a value that is not finite.</exception>
    /// <exception cref="OperationCanceledException">The work was ended.</exception>
    public float[] Encode(IReadOnlyList<string> texts, IProgress<int>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return EncodeTokens(Tokenize(texts), progress, stop);
    }

    int[][] Tokenize(IReadOnlyList<string> texts)
    {
        var tokens = new int[texts.Count][];
        for (int i = 0; i < tokens.Length; i++)
        {
            Require.That(texts[i] is not null, $"Encode: text {i} is null", nameof(texts));
            tokens[i] = Tokenizer.Encode(texts[i], maxTokens: MaxTokens);
        }
        return tokens;
    }

    /// <summary>The vectors of texts whose token ids are known, special tokens included.  Shapes: → [texts · dim].</summary>
    /// <param name="tokens">The ids of each text.</param>
    /// <param name="progress">Receives the number of texts that are done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <param name="normalize">False for vectors as they are pooled.</param>
    internal float[] EncodeTokens(int[][] tokens, IProgress<int>? progress = null, CancellationToken stop = default,
        bool normalize = true)
    {
        var vectors = new float[checked(tokens.Length * Dim)];
        int[] order = [.. Enumerable.Range(0, tokens.Length).OrderByDescending(i => tokens[i].Length)];
        for (int from = 0, to; from < order.Length; from = to)
        {
            stop.ThrowIfCancellationRequested();
            int length = Math.Max(1, _model.Length > 0 ? _model.Length : tokens[order[from]].Length);
            int most = _model.Batch > 0 ? _model.Batch : Math.Max(1, _batchTokens / length);
            to = Math.Min(order.Length, from + most);
            Run(tokens, order.AsSpan(from, to - from), length, vectors, normalize, stop);
            progress?.Report(to);
        }
        return vectors;
    }

    void Run(int[][] tokens, ReadOnlySpan<int> texts, int length, float[] vectors, bool normalize, CancellationToken stop)
    {
        int batch = _model.Batch > 0 ? _model.Batch : texts.Length;
        long[] ids = new long[batch * length], mask = new long[ids.Length];
        Array.Fill(ids, Tokenizer.Padding ?? 0);
        for (int row = 0; row < texts.Length; row++)
        {
            int[] own = tokens[texts[row]];
            for (int i = 0; i < own.Length; i++) (ids[row * length + i], mask[row * length + i]) = (own[i], 1);
        }
        float[] output = _model.Run(ids, mask, batch, length, stop);
        for (int row = 0; row < texts.Length; row++)
        {
            int count = tokens[texts[row]].Length;
            Span<float> vector = vectors.AsSpan(texts[row] * Dim, Dim);
            ReadOnlySpan<float> values = _model.IsPooled ? output.AsSpan(row * Dim, Dim) : output.AsSpan(row * length * Dim, count * Dim);
            Pool(values, vector);
            float norm = RowMath.Norm(vector, 2);
            Require.Data(float.IsFinite(norm), $"the model gives a vector with NaN or an infinity for text {texts[row]}");
            if (normalize && Normalizes && norm > 0) RowMath.Scale(vector, 1 / norm);
        }
    }

    /// <summary>The vector of a text from those of its tokens [tokens · dim].</summary>
    void Pool(ReadOnlySpan<float> values, Span<float> vector)
    {
        vector.Clear();
        if (values.IsEmpty) return;
        values[..Dim].CopyTo(vector);
        if (Pooling is null or TokenPooling.Cls) return;
        for (int at = Dim; at < values.Length; at += Dim)
        {
            if (Pooling == TokenPooling.Mean) RowMath.Add(values.Slice(at, Dim), vector);
            else for (int d = 0; d < Dim; d++) vector[d] = Math.Max(vector[d], values[at + d]);
        }
        if (Pooling == TokenPooling.Mean) RowMath.Scale(vector, 1f / (values.Length / Dim));
    }

    /// <summary>Runs the highest id: a model with fewer rows refuses it.</summary>
    void CheckTokenizer(string model)
    {
        int last = Tokenizer.Count - 1;
        try
        {
            EncodeTokens([[last]]);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"the tokenizer has {Tokenizer.Count} ids, but '{model}' refuses id {last}: the tokenizer "
                + $"and the "
                + $"model do not belong together ({error.Message})", error);
        }
    }

    /// <summary>The vectors of texts, computed on a thread of the pool.</summary>
    /// <param name="values">The texts.</param>
    /// <param name="options">Dimensions and ModelId, if given, must be those of the encoder.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentException">The options ask for other dimensions or another model.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values,
        EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        Require.That(options?.Dimensions is null || options.Dimensions == Dim,
            $"GenerateAsync: {options?.Dimensions} dimensions; the encoder has {Dim}", nameof(options));
        Require.That(options?.ModelId is null || options.ModelId == _metadata.DefaultModelId,
            $"GenerateAsync: model '{options?.ModelId}'; the encoder is '{_metadata.DefaultModelId}'", nameof(options));
        string[] texts = [.. values];
        return Task.Run(() =>
        {
            int[][] tokens = Tokenize(texts);
            float[] vectors = EncodeTokens(tokens, null, cancellationToken);
            DateTimeOffset now = DateTimeOffset.UtcNow;
            long count = tokens.Sum(one => (long)one.Length);
            return new GeneratedEmbeddings<Embedding<float>>(Enumerable.Range(0, texts.Length).Select(i =>
                new Embedding<float>(vectors.AsMemory(i * Dim, Dim)) { CreatedAt = now, ModelId = _metadata.DefaultModelId }))
            {
                Usage = new UsageDetails { InputTokenCount = count, TotalTokenCount = count },
            };
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Closes the model.</summary>
    public void Dispose() => _model.Dispose();
}
