using System.Buffers.Binary;
using System.Text;
using Rowan.TestSupport;

namespace Rowan.Formats.Tests;

/// <summary>
/// fastText models that are built here byte by byte. The expected vectors were computed by fastText 0.9.2 (Debian python3-fasttext) on the
/// same bytes; eng/check-vectors.sh compares trained models.
/// </summary>
public sealed class FastTextTests : IDisposable
{
    static readonly string[] Words = ["</s>", "hello", "мир", "naïve"];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("hello", 0.35546875f, 0.37109375f)]
    [InlineData("</s>", 0.015625f, 0.03125f)]
    [InlineData("мир", 0.48125001788139343f, 0.49687501788139343f)]
    [InlineData("naïve", 0.421875f, 0.4375f)]
    [InlineData("helol", 0.36354169249534607f, 0.37916669249534607f)]
    [InlineData("мира", 0.4895833432674408f, 0.5052083730697632f)]
    [InlineData("x", 0.5677083730697632f, 0.5833333730697632f)]
    [InlineData("日本", 0.5364583730697632f, 0.5520833730697632f)]
    [InlineData("𝄞b", 0.40625f, 0.421875f)]
    public void KnownAndUnknownWordsHaveTheVectorsOfFastText(string word, float first, float second)
    {
        using FastTextModel model = FastTextModel.Open(Model("x.bin"));
        float[] vector = model[word];
        Assert.Equal(first, vector[0], 1e-6f);
        Assert.Equal(second, vector[1], 1e-6f);
        Assert.Equal(Words.Contains(word), model.Contains(word));
    }

    [Fact]
    public void AModelIsReadAsVectorsInTheOrderOfItsWords()
    {
        using VectorReader reader = VectorFiles.Open(Model("x.bin"));
        Assert.Equal(("fasttext", 4L, 2, true), (reader.Format, reader.Count!.Value, reader.Dim, reader.HasNgrams));
        using FastTextModel model = FastTextModel.Open(_folder["x.bin"]);
        var names = new List<string>();
        while (reader.Next())
        {
            names.Add(reader.Name);
            Assert.Equal(model[reader.Name], reader.Vector.ToArray());
        }
        Assert.Equal(Words, names);
        var unknown = new float[2];
        Assert.True(reader.TryUnknown("helol", unknown));
        Assert.Equal(model["helol"], unknown);
    }

    [Fact]
    public void LabelsOfAClassifierHaveTheRowsOfTheOutputMatrix()
    {
        using (FastTextModel model = FastTextModel.Open(Model("x.bin", labels: ["__label__good", "__label__bad"], kind: 3, loss: 3)))
        {
            Assert.Equal((FastTextKind.Supervised, 4L), (model.Kind, model.Words));
            Assert.Equal(["__label__good", "__label__bad"], model.Labels);
            Assert.False(model.Contains("__label__good"));
            Assert.Equal(0.36354169249534607f, model["helol"][0], 1e-6f);
        }
        using VectorReader reader = VectorFiles.Open(_folder["x.bin"], new() { Labels = true });
        Assert.True(reader.Next());
        Assert.Equal(("__label__good", -0.25f, -0.5f), (reader.Name, reader.Vector[0], reader.Vector[1]));
        Assert.True(reader.Next());
        Assert.Equal(("__label__bad", -0.75f, -1f), (reader.Name, reader.Vector[0], reader.Vector[1]));
        Assert.False(reader.Next());
    }

    /// <summary>fastText ignores the n-grams of classifiers of version 11: 'hello' is its row, 'helol' has no vector.</summary>
    [Fact]
    public void ClassifiersOfVersion11HaveNoNgrams()
    {
        using FastTextModel model = FastTextModel.Open(Model("x.bin", version: 11, labels: ["a"], kind: 3, loss: 3));
        Assert.Equal([0.046875f, 0.0625f], model["hello"]);
        Assert.Contains("no n-grams", Assert.Throws<KeyNotFoundException>(() => model["helol"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFormatBeforeVersion11IsRead()
    {
        using (FastTextModel old = FastTextModel.Open(Model("old.bin", version: 0)))
            Assert.Equal(0.36354169249534607f, old["helol"][0], 1e-6f);
        using FastTextModel now = FastTextModel.Open(Model("now.bin"));
        Assert.Equal(0.36354169249534607f, now["helol"][0], 1e-6f);
    }

    [Fact]
    public void ACopyKeepsNgramsLabelsAndCounts()
    {
        string source = Model("x.bin", labels: ["__label__good", "__label__bad"], kind: 3, loss: 3);
        VectorFiles.Format("fasttext").Write(_folder["copy.bin"], () => VectorFiles.Open(source));
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(_folder["copy.bin"]));
    }

    [Fact]
    public void AQuantizedModelIsRefusedByName()
    {
        byte[] bytes = File.ReadAllBytes(Model("x.bin"));
        bytes[FirstMatrix - 1] = 1;
        File.WriteAllBytes(_folder["x.ftz"], bytes);
        string message = Assert.Throws<NotSupportedException>(() => VectorFiles.Open(_folder["x.ftz"])).Message;
        Assert.Contains("a quantized fastText model (.ftz)", message, StringComparison.Ordinal);
        Assert.Contains("use the .bin file", message, StringComparison.Ordinal);
    }

    [Fact]
    public void HierarchicalSoftmaxHasNoVectorsOfLabels()
    {
        using FastTextModel model = FastTextModel.Open(Model("x.bin", labels: ["a", "b"], kind: 3, loss: 1));
        Assert.Contains("hierarchical softmax", Assert.Throws<NotSupportedException>(() => model.ReadLabel(0, new float[2])).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Every length of a file that was cut is refused, with the offset.</summary>
    [Fact]
    public void ACutModelIsRefused()
    {
        byte[] bytes = File.ReadAllBytes(Model("x.bin"));
        for (int length = 8; length < bytes.Length; length += length < 200 ? 1 : 13)
        {
            File.WriteAllBytes(_folder["cut.bin"], bytes[..length]);
            Exception thrown = Assert.ThrowsAny<Exception>(() => FastTextModel.Open(_folder["cut.bin"]));
            Assert.True(thrown is InvalidDataException, $"{length}: {thrown}");
            Assert.Contains("offset", thrown.Message, StringComparison.Ordinal);
        }
        File.WriteAllBytes(_folder["long.bin"], [.. bytes, 0]);
        Assert.Contains("1 bytes follow", Assert.Throws<InvalidDataException>(() => FastTextModel.Open(_folder["long.bin"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FalseSizesAreRefusedBeforeMemoryIsTaken()
    {
        byte[] bytes = File.ReadAllBytes(Model("x.bin"));
        foreach (int offset in (int[])[Dictionary, Dictionary + 4, FirstMatrix, FirstMatrix + 8])
        {
            byte[] wrong = [.. bytes];
            BinaryPrimitives.WriteInt32LittleEndian(wrong.AsSpan(offset), int.MaxValue);
            File.WriteAllBytes(_folder["wrong.bin"], wrong);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<InvalidDataException>(() => FastTextModel.Open(_folder["wrong.bin"]));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    // Magic, version and settings, then the sizes of the dictionary; entries; the flag of quantization.
    const int Dictionary = 8 + 12 * 4 + 8;

    static readonly int FirstMatrix = Dictionary + 12 + 16 + Words.Sum(word => Encoding.UTF8.GetByteCount(word) + 1 + 8 + 1) + 1;

    /// <summary>A model of four words and 20 buckets, whose input rows count up by 1/64 and whose output rows down by 1/4.</summary>
    string Model(string name, int version = 12, string[]? labels = null, int kind = 2, int loss = 2)
    {
        labels ??= [];
        using var file = new BinaryWriter(File.Create(_folder[name]));
        if (version > 0)
        {
            file.Write(793_712_314);
            file.Write(version);
        }
        foreach (int number in (int[])[2, 5, 5, 1, 5, 1, loss, kind, 20, 2, 4, 100]) file.Write(number);
        file.Write(1e-4);
        foreach (int number in (int[])[Words.Length + labels.Length, Words.Length, labels.Length]) file.Write(number);
        file.Write(100L);
        if (version > 0) file.Write(-1L);
        foreach ((string text, int count, int type) in
            Words.Select(word => (word, 10, 0)).Concat(labels.Select(label => (label, 5, 1))))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Write((byte)0);
            file.Write((long)count);
            file.Write((byte)type);
        }
        WriteMatrix(file, version, Words.Length + 20, i => (i + 1) / 64f);
        WriteMatrix(file, version, kind == 3 ? labels.Length : Words.Length, i => -(i + 1) / 4f);
        return _folder[name];
    }

    static void WriteMatrix(BinaryWriter file, int version, int rows, Func<int, float> value)
    {
        if (version > 0) file.Write((byte)0);
        file.Write((long)rows);
        file.Write(2L);
        for (int i = 0; i < 2 * rows; i++) file.Write(value(i));
    }
}
