using Rowan.Data;
using Rowan.Recipes;
using Rowan.TestSupport;

namespace Rowan.Onnx.Tests;

public sealed class DistillerTests
{
    static TextEncoder Open(TemporaryFolder folder) => TextEncoder.Open(TinyEncoder.Write(folder));

    [Fact]
    public void WithoutChangesTheRowsAreTheVectorsOfTheTokens()
    {
        using var folder = new TemporaryFolder();
        using TextEncoder encoder = Open(folder);
        Distilled distilled = Distiller.Distill(encoder, new DistillSettings { Dim = 2, Sif = 0, Whiten = false });
        Assert.Equal(7, distilled.Encoder.Rows.Count);
        Assert.Equal(1, distilled.Kept, 6);
        // A rotation about the mean keeps the distances between tokens, each framed by [CLS] and [SEP].
        float[] vectors = encoder.EncodeTokens([.. Enumerable.Range(0, 7).Select(id => (int[])[2, id, 3])], normalize: false);
        float[] rows = new float[14];
        distilled.Encoder.Rows.ReadValues(0, rows);
        for (int i = 0; i < 7; i++)
            for (int j = 0; j < 7; j++) Assert.Equal(Distance(vectors, i, j), Distance(rows, i, j), 4);
    }

    static double Distance(float[] rows, int i, int j) =>
        Math.Sqrt(Math.Pow(rows[2 * i] - rows[2 * j], 2) + Math.Pow(rows[2 * i + 1] - rows[2 * j + 1], 2));

    [Fact]
    public void WhitenedColumnsAreUncorrelatedWithVarianceOne()
    {
        using var folder = new TemporaryFolder();
        using TextEncoder encoder = Open(folder);
        float[] rows = new float[14];
        Distiller.Distill(encoder, new DistillSettings { Dim = 2, Sif = 0 }).Encoder.Rows.ReadValues(0, rows);
        double xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < 14; i += 2)
            (xx, yy, xy) = (xx + rows[i] * rows[i] / 7, yy + rows[i + 1] * rows[i + 1] / 7, xy + rows[i] * rows[i + 1] / 7);
        Assert.Equal((1, 1, 0), (Math.Round(xx, 4), Math.Round(yy, 4), Math.Round(Math.Abs(xy), 4)));
    }

    [Fact]
    public void RowsAreWeightedByRarity()
    {
        using var folder = new TemporaryFolder();
        using TextEncoder encoder = Open(folder);
        float[] plain = RowsOf(encoder, new() { Dim = 2, Sif = 0 }), sif = RowsOf(encoder, new() { Dim = 2, Sif = 0.5f }),
            texts = RowsOf(encoder, new() { Dim = 2, Texts = ["red red blue", "red", "green"] });
        double sum = Enumerable.Range(2, 7).Sum(rank => 1.0 / rank);
        int[] found = [0, 0, 0, 0, 2, 1, 1];
        for (int id = 0; id < 7; id++)
        {
            Assert.Equal(plain[2 * id] * 0.5 / (0.5 + 1 / ((id + 2) * sum)), sif[2 * id], 4);
            Assert.Equal(plain[2 * id] * Math.Log(1 + 3.0 / (1 + found[id])), texts[2 * id], 4);
        }
    }

    static float[] RowsOf(TextEncoder encoder, DistillSettings settings)
    {
        Distilled distilled = Distiller.Distill(encoder, settings);
        float[] rows = new float[distilled.Encoder.Rows.Count * distilled.Encoder.Dim];
        distilled.Encoder.Rows.ReadValues(0, rows);
        return rows;
    }

    [Fact]
    public void WordsOfTheUserGetRowsOfTheirOwn()
    {
        using var folder = new TemporaryFolder();
        using TextEncoder encoder = Open(folder);
        Distilled distilled = Distiller.Distill(encoder,
            new DistillSettings { Dim = 2, Vocabulary = ["Redgreen", "red", "two words", "redgreen", "a-b", ""] });
        Assert.Equal((1, 8), (distilled.Added, (int)distilled.Encoder.Rows.Count));
        Assert.Equal(["two words", "a-b"], distilled.LeftOut);
        Assert.Equal([7, 4], distilled.Encoder.Tokenizer.Encode("redgreen red", specialTokens: false));
        // Saved and opened again it encodes the same.
        distilled.Encoder.Save(folder["out"]);
        Assert.Equal(distilled.Encoder.Encode("redgreen blue"), StaticEncoder.Open(folder["out"]).Encode("redgreen blue"));
    }

    [Fact]
    public void TokensThatAreNotInUseAreLeftOut()
    {
        string[] tokens = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused1]", "red"];
        var vocabulary = DistilledVocabulary.Of(Tokenizer.Bert(tokens), null);
        Assert.Equal(6, vocabulary.Tokenizer.Count);
        Assert.Equal([[3, 0, 4], [3, 2, 4], [3, 3, 4], [3, 4, 4], [3, 5, 4], [3, 7, 4]], vocabulary.Ids);
        Assert.Equal([2, 5, 3], vocabulary.Tokenizer.Encode("red"));
    }

    [Fact]
    public void SettingsOutOfRangeAreRefused()
    {
        using var folder = new TemporaryFolder();
        using TextEncoder encoder = Open(folder);
        Assert.Contains("from 1 to the 2 values", Assert.Throws<ArgumentOutOfRangeException>(() => Distiller.Distill(encoder)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Distiller.Distill(encoder, new() { Dim = 2, Sif = -1 }));
        Assert.Throws<ArgumentException>(() => Distiller.Distill(encoder, new() { Dim = 2, Texts = [] }));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Distiller.Distill(encoder, new() { Dim = 2 }, null, stop.Token));
    }
}
