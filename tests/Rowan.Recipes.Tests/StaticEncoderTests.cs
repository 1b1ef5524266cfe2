using System.Text.Json.Nodes;
using Rowan.Data;
using Rowan.Formats;
using Rowan.TestSupport;

namespace Rowan.Recipes.Tests;

public sealed class StaticEncoderTests
{
    static readonly string[] Tokens = ["[PAD]", "[UNK]", "red", "green", "blue", "##ish"];

    static readonly float[] Rows = [0, 0, 5, 5, 3, 0, 0, 4, -1, -1, 2, 2];

    static StaticEncoder Encoder(bool weighted = false)
    {
        var table = new Table(weighted ? 5 : 6, 2);
        table.CopyFrom(weighted ? Rows.AsSpan(0, 10) : Rows);
        // With a mapping "##ish" shares the row of "blue".
        return new(Tokenizer.Bert(Tokens), table, weighted ? [1, 1, 0.5f, 2, 1, 3] : null, weighted ? [0, 1, 2, 3, 4, 4] : null);
    }

    [Fact]
    public void AVectorIsTheMeanOfItsRowsWithoutUnknownTokens()
    {
        StaticEncoder plain = Encoder();
        Assert.Equal([0.6f, 0.8f], plain.Encode("Red xyz GREEN"), (a, b) => MathF.Abs(a - b) < 1e-6f);
        StaticEncoder raw = new(plain.Tokenizer, plain.Rows) { Normalizes = false, DropsUnknown = false };
        Assert.Equal([8f / 3, 3], raw.Encode("Red xyz GREEN"), (a, b) => MathF.Abs(a - b) < 1e-6f);
        Assert.Equal([0, 0], plain.Encode(["xyz"]));
        Assert.Equal([0, 0], plain.Encode(""));
    }

    [Fact]
    public void WeightsAndMappingCount()
    {
        StaticEncoder encoder = Encoder(weighted: true);
        StaticEncoder raw = new(encoder.Tokenizer, encoder.Rows, encoder.Weights, encoder.Mapping) { Normalizes = false };
        // reddish is unknown; red 0.5·(3, 0), greenish 2·(0, 4) and 3·(-1, -1).
        Assert.Equal([(1.5f + 0 - 3) / 3, (0 + 8f - 3) / 3], raw.Encode("red greenish"), (a, b) => MathF.Abs(a - b) < 1e-6f);
        Tensor learned = encoder.Layer.Forward(raw.Bags(["red greenish", "", "blue"]));
        Assert.Equal(raw.Encode(["red greenish", "", "blue"]), learned.ToArray(), (a, b) => MathF.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void LongTextsAreCutByTokensAndByCharacters()
    {
        StaticEncoder encoder = new(Encoder().Tokenizer, Encoder().Rows) { Normalizes = false, MaxTokens = 2 };
        Assert.Equal([3, 0], encoder.Encode("red red green green"));
        // The median token has 4.5 characters, so 8 characters count.
        Assert.Equal([3, 0], encoder.Encode("red          green"));
    }

    [Fact]
    public void ATextHasOneVectorInAnyBatchAndForAnyNumberOfThreads()
    {
        StaticEncoder encoder = Encoder();
        string[] texts = [.. Enumerable.Range(0, 1_000)
            .Select(i => string.Join(' ', Enumerable.Range(0, i % 7).Select(j => Tokens[2 + (i + j * j) % 3])))];
        float[] together = encoder.Encode(texts);
        for (int i = 0; i < texts.Length; i++) Assert.Equal(encoder.Encode(texts[i]), together[(2 * i)..(2 * i + 2)]);
        int before = ComputeThreads.Count;
        try
        {
            ComputeThreads.Count = 1;
            Assert.Equal(together, encoder.Encode(texts));
        }
        finally
        {
            ComputeThreads.Count = before;
        }
    }

    [Theory]
    [InlineData(StaticLayout.Model2Vec, FloatFormat.Float32, false)]
    [InlineData(StaticLayout.Model2Vec, FloatFormat.Float16, false)]
    [InlineData(StaticLayout.Model2Vec, FloatFormat.Int8, false)]
    [InlineData(StaticLayout.Model2Vec, FloatFormat.Float32, true)]
    [InlineData(StaticLayout.SentenceTransformers, FloatFormat.Float32, false)]
    public void AFolderIsReadAsItWasWritten(StaticLayout layout, FloatFormat numbers, bool weighted)
    {
        using var folder = new TemporaryFolder();
        StaticEncoder written = Encoder(weighted);
        written.Save(folder["model"], layout, numbers);
        Assert.True(StaticEncoder.IsFolder(folder["model"]));
        StaticEncoder read = StaticEncoder.Open(folder["model"]);
        Assert.Equal((true, layout == StaticLayout.Model2Vec), (read.Normalizes, read.DropsUnknown));
        Assert.Equal(written.Weights, read.Weights);
        Assert.Equal(written.Mapping, read.Mapping);
        float[] expected = written.Encode(["red green", "greenish blue"]);
        Assert.Equal(expected, read.Encode(["red green", "greenish blue"]), (a, b) => MathF.Abs(a - b) < 0.02f);
        using SafetensorsFile file = Safetensors.Open(Path.Combine(folder["model"], "model.safetensors"));
        SafetensorsInfo info = file[layout == StaticLayout.Model2Vec ? "embeddings" : "embedding.weight"];
        Assert.Equal(numbers switch {
            FloatFormat.Int8 => SafetensorsType.I8, FloatFormat.Float16 => SafetensorsType.F16, _ => SafetensorsType.F32 },
            info.Type);
        JsonNode modules = JsonNode.Parse(File.ReadAllText(Path.Combine(folder["model"], "modules.json")))!;
        Assert.Equal("sentence_transformers.models.StaticEmbedding", (string)modules[0]!["type"]!);
    }

    [Fact]
    public void TheOlderLayoutOfSentenceTransformersIsRead()
    {
        using var folder = new TemporaryFolder();
        string inner = Path.Combine(folder.Path, "0_StaticEmbedding");
        Encoder().Save(inner, StaticLayout.SentenceTransformers);
        File.WriteAllText(folder["modules.json"], """[{"path": "0_StaticEmbedding", "type": "sentence_transformers.models.StaticEmbedding"}]""");
        StaticEncoder read = StaticEncoder.Open(folder.Path);
        Assert.False(read.Normalizes);
        Assert.False(read.DropsUnknown);
        Assert.Equal([3, 0], read.Encode("red"));
    }

    [Fact]
    public void FilesThatDoNotFitAreNamed()
    {
        using var folder = new TemporaryFolder();
        Encoder().Save(folder.Path);
        string model = folder["model.safetensors"];
        Assert.Throws<DirectoryNotFoundException>(() => StaticEncoder.Open(folder["none"]));

        Safetensors.Write(model, [StateEntry.Over("embeddings", [5, 2], [Rows[..10]])]);
        Assert.Contains("the tokenizer has 6 ids, the table 5 rows", Message(folder), StringComparison.Ordinal);
        float[] broken = [.. Rows];
        broken[7] = float.NaN;
        Safetensors.Write(model, [StateEntry.Over("embeddings", [6, 2], [broken])]);
        Assert.Contains("row 3 of 'embeddings' has NaN", Message(folder), StringComparison.Ordinal);
        Safetensors.Write(model, [StateEntry.Over("embeddings", [12], [Rows])]);
        Assert.Contains("expected [rows, dim]", Message(folder), StringComparison.Ordinal);
        Safetensors.Write(model, [StateEntry.Over("other", [6, 2], [Rows])]);
        Assert.Contains("embedding.weight", Message(folder), StringComparison.Ordinal);
        Safetensors.Write(model,
            [StateEntry.Over("embeddings", [5, 2], [Rows[..10]]), StateEntry.Over("mapping", [6], [0L, 1, 2, 3, 4, 5])]);
        Assert.Contains("id 5 maps to row 5", Message(folder), StringComparison.Ordinal);
        File.WriteAllBytes(model, File.ReadAllBytes(model)[..^4]);
        Assert.Contains("model.safetensors", Message(folder), StringComparison.Ordinal);
        File.Delete(folder["tokenizer.json"]);
        Assert.False(StaticEncoder.IsFolder(folder.Path));
        Assert.Contains("Model2Vec", Assert.Throws<FileNotFoundException>(() => StaticEncoder.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    static string Message(TemporaryFolder folder) => Assert.Throws<InvalidDataException>(() => StaticEncoder.Open(folder.Path)).Message;

    [Fact]
    public void WhatALayoutCannotHoldIsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<ArgumentException>(() => Encoder(weighted: true).Save(folder.Path, StaticLayout.SentenceTransformers));
        Assert.Throws<ArgumentException>(() => Encoder().Save(folder.Path, numbers: FloatFormat.BFloat16));
        StaticEncoder raw = new(Encoder().Tokenizer, Encoder().Rows) { Normalizes = false };
        Assert.Throws<ArgumentException>(() => raw.Save(folder.Path, numbers: FloatFormat.Int8));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
