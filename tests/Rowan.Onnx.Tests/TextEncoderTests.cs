using Microsoft.Extensions.AI;
using Rowan.TestSupport;

namespace Rowan.Onnx.Tests;

public sealed class TextEncoderTests
{
    static readonly string[] Texts = ["red", "blue green red red", "", "green unknown", "RED blue"];

    /// <summary>The vector of a text by its definition.</summary>
    static float[] Expected(string text, TokenPooling pooling, bool normalize)
    {
        string[] words = ["[CLS]", .. text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries), "[SEP]"];
        float[][] rows = [.. words.Select(word => Array.IndexOf(TinyEncoder.Tokens, word))
            .Select(id => id < 0 ? 1 : id).Select(id => TinyEncoder.Rows[(2 * id)..(2 * id + 2)])];
        float[] vector = new float[2];
        for (int d = 0; d < 2; d++)
        {
            float mean = rows.Average(row => row[d]);
            float[] tokens = [.. rows.Select(row => row[d] + mean)];
            vector[d] = pooling switch { TokenPooling.Mean => tokens.Average(), TokenPooling.Cls => tokens[0], _ => tokens.Max() };
        }
        float norm = MathF.Sqrt(vector[0] * vector[0] + vector[1] * vector[1]);
        return normalize ? [vector[0] / norm, vector[1] / norm] : vector;
    }

    [Theory]
    [InlineData(TokenPooling.Mean, true, 4_096)]
    [InlineData(TokenPooling.Mean, false, 4_096)]
    [InlineData(TokenPooling.Cls, false, 5)]
    [InlineData(TokenPooling.Max, true, 8)]
    [InlineData(TokenPooling.Max, false, 1)]
    public void AVectorIsThePooledTokensWhateverTheBatch(TokenPooling pooling, bool normalize, int batchTokens)
    {
        using var folder = new TemporaryFolder();
        using var encoder = TextEncoder.Open(TinyEncoder.Write(folder),
            new TextEncoderOptions { Pooling = pooling, Normalize = normalize, BatchTokens = batchTokens, Threads = 1 });
        float[] vectors = encoder.Encode(Texts);
        for (int i = 0; i < Texts.Length; i++)
        {
            float[] expected = Expected(Texts[i], pooling, normalize);
            Assert.Equal(expected[0], vectors[2 * i], 5);
            Assert.Equal(expected[1], vectors[2 * i + 1], 5);
        }
        Assert.Equal(vectors[..2], encoder.Encode(Texts[0]), (a, b) => MathF.Abs(a - b) < 1e-5f);
    }

    [Fact]
    public void ALongTextIsCut()
    {
        using var folder = new TemporaryFolder();
        using var encoder = TextEncoder.Open(TinyEncoder.Write(folder), new TextEncoderOptions { MaxTokens = 4 });
        Assert.Equal(encoder.Encode("red blue"), encoder.Encode("red blue green green"));
        Assert.NotEqual(encoder.Encode("red blue"), encoder.Encode("red green"));
    }

    [Fact]
    public void TheFolderSaysHowTextsAreRead()
    {
        using var folder = new TemporaryFolder();
        string path = TinyEncoder.Write(folder);
        Directory.CreateDirectory(Path.Combine(path, "1_Pooling"));
        File.WriteAllText(Path.Combine(path, "1_Pooling", "config.json"), """{"pooling_mode_cls_token": true}""");
        File.WriteAllText(Path.Combine(path, "modules.json"), """[{"type": "sentence_transformers.models.Transformer"}]""");
        File.WriteAllText(Path.Combine(path, "sentence_bert_config.json"), """{"max_seq_length": 128}""");
        using (var encoder = TextEncoder.Open(path))
        {
            Assert.Equal((TokenPooling.Cls, false, 128), (encoder.Pooling, encoder.Normalizes, encoder.MaxTokens));
            Assert.Contains("at most 128 tokens (sentence_bert_config.json)", encoder.Description, StringComparison.Ordinal);
        }
        using var plain = TextEncoder.Open(TinyEncoder.Write(folder, "plain"));
        Assert.Equal((TokenPooling.Mean, true, 512), (plain.Pooling, plain.Normalizes, plain.MaxTokens));
    }

    [Fact]
    public void ProgressCountsTextsAndAStopEndsTheWork()
    {
        using var folder = new TemporaryFolder();
        using var encoder = TextEncoder.Open(TinyEncoder.Write(folder), new TextEncoderOptions { BatchTokens = 1 });
        var seen = new List<int>();
        encoder.Encode(Texts, new Listed(seen));
        Assert.Equal([1, 2, 3, 4, 5], seen);
        using var stop = new CancellationTokenSource();
        seen.Clear();
        Assert.ThrowsAny<OperationCanceledException>(() => encoder.Encode(Texts, new Listed(seen, stop), stop.Token));
        Assert.Equal([1], seen);
    }

    sealed class Listed(List<int> seen, CancellationTokenSource? stop = null) : IProgress<int>
    {
        public void Report(int value)
        {
            seen.Add(value);
            stop?.Cancel();
        }
    }

    [Fact]
    public async Task ItIsAnEmbeddingGenerator()
    {
        using var folder = new TemporaryFolder();
        using IEmbeddingGenerator<string, Embedding<float>> generator = TextEncoder.Open(TinyEncoder.Write(folder));
        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(Texts);
        var encoder = generator.GetService<TextEncoder>()!;
        Assert.Equal(encoder.Encode(Texts), embeddings.SelectMany(embedding => embedding.Vector.ToArray()));
        Assert.Equal(19, embeddings.Usage!.InputTokenCount);
        var metadata = generator.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal(("tiny", 2), (metadata.DefaultModelId, metadata.DefaultModelDimensions));
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(Texts, new() { Dimensions = 3 }));
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(Texts, new() { ModelId = "other" }));
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateAsync(Texts, null, stop.Token));
    }

    [Fact]
    public void ATokenizerThatDoesNotFitIsNamed()
    {
        using var folder = new TemporaryFolder();
        string path = TinyEncoder.Write(folder, rows: TinyEncoder.Rows[..12]);
        var error = Assert.Throws<InvalidDataException>(() => TextEncoder.Open(path));
        Assert.Contains("the tokenizer has 7 ids", error.Message, StringComparison.Ordinal);
        Assert.Contains("do not belong together", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AVectorThatIsNotFiniteIsRefused()
    {
        using var folder = new TemporaryFolder();
        float[] rows = [.. TinyEncoder.Rows];
        rows[8] = float.NaN;
        using var encoder = TextEncoder.Open(TinyEncoder.Write(folder, rows: rows));
        var error = Assert.Throws<InvalidDataException>(() => encoder.Encode(["blue", "red"]));
        Assert.Contains("NaN or an infinity for text 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderWithoutAModelIsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("has no model.onnx", Assert.Throws<FileNotFoundException>(() => TextEncoder.Open(folder.Path)).Message,
            StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => TextEncoder.Open(folder["none"]));
        string path = TinyEncoder.Write(folder);
        File.Delete(Path.Combine(path, "vocab.txt"));
        Assert.Contains("neither tokenizer.json nor vocab.txt", Assert.Throws<FileNotFoundException>(() => TextEncoder.Open(path)).Message,
            StringComparison.Ordinal);
    }
}
