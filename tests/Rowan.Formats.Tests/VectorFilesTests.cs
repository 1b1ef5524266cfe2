using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Rowan.TestSupport;

namespace Rowan.Formats.Tests;

/// <summary>Named vectors in every format: what is written is read, and what others write is read as they mean it.</summary>
public sealed class VectorFilesTests : IDisposable
{
    static readonly (string Name, float[] Vector)[] Rows =
        [("the", [0.418f, -1e-7f, 3]), ("naïve", [-0.25f, float.MaxValue, 1f / 3]), ("日本", [0, -0f, 16_777_217]), ("0.5", [1, 2, 3])];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Formats => [.. VectorFiles.Formats.Select(format => format.Name)];

    [Theory, MemberData(nameof(Formats))]
    public void WhatWasWrittenIsReadBitForBit(string name)
    {
        string source = Text("source.txt", "the 0.418 -1e-7 3\nnaïve -0.25 3.4028235e38 0.33333334\n日本 0 -0 16777217\n0.5 1 2 3\n");
        VectorFormat format = VectorFiles.Format(name);
        string path = _folder["written" + format.Extensions[0]];
        VectorSurvey written = format.Write(path, () => VectorFiles.Open(source));
        Assert.Equal((4, 3, 0), (written.Count, written.Dim, written.Skipped));
        using VectorReader reader = VectorFiles.Open(path);
        Assert.Equal(name, reader.Format);
        Assert.Same(format, VectorFiles.ByExtension(path));
        Same(Rows, Read(reader));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path, "*.tmp").Concat(
            Directory.GetFileSystemEntries(_folder.Path, "*.partial")));
    }

    [Theory]
    [InlineData("2 2\na 1 2\nb 3 4\n", "word2vec")]
    [InlineData("2 2\r\na 1 2\r\nb 3 4\r\n", "word2vec")]
    [InlineData("\uFEFF2 2\na 1 2\nb 3 4", "word2vec")]
    [InlineData("2\t2 \na\t1\t2\t\nb\t3 4 \n", "word2vec")]
    [InlineData("a 1 2\nb 3 4\n", "glove")]
    [InlineData("a\t1\t2\nb\t3\t4\n", "glove")]
    [InlineData("a\t1 2\n\nb\t3  4\n\n", "glove")]
    [InlineData("a,1,2\nb,3,4\n", "csv")]
    [InlineData("word,d0,d1\na,1,2\nb,3,4\n", "csv")]
    [InlineData("word,x,y\r\n\"a\",1,2\r\nb,3,4", "csv")]
    public void DialectsOfTextAreDetected(string text, string format)
    {
        using VectorReader reader = VectorFiles.Open(Text("x.data", text));
        Assert.Equal(format, reader.Format);
        Same([("a", [1, 2]), ("b", [3, 4])], Read(reader));
    }

    [Theory]
    [InlineData("vec", "word2vec")]
    [InlineData("bin", "word2vec-binary")]
    [InlineData("sql", "pgvector")]
    [InlineData("glove", "glove")]
    public void AnEndingNamesItsFormat(string name, string format) => Assert.Equal(format, VectorFiles.Format(name).Name);

    [Fact]
    public void NamesMayContainSpacesWhereTheDimensionTellsThemApart()
    {
        string lines = "the 1 2\nNew York 3 4\n. . . 5 6\na b 7 8\n";
        (string, float[])[] rows = [("the", [1, 2]), ("New York", [3, 4]), (". . .", [5, 6]), ("a b", [7, 8])];
        foreach (string header in (string[])["", "4 2\n"])
        {
            using VectorReader reader = VectorFiles.Open(Text("spaces.txt", header + lines));
            Same(rows, Read(reader));
        }
        using VectorReader stated = VectorFiles.Open(Text("numbers.txt", "item 1 0.5\nitem 2 0.25\n"), new() { Dim = 1 });
        Same([("item 1", [0.5f]), ("item 2", [0.25f])], Read(stated));
        using VectorReader replaced = VectorFiles.Open(Text("replaced.txt", lines), new() { SpacesAs = '_' });
        Assert.Equal(["the", "New_York", "._._.", "a_b"], Read(replaced).Select(row => row.Name));
    }

    /// <summary>Formats that are read in order are read packed by gzip too, of one member or two; the others say what to do.</summary>
    [Theory, MemberData(nameof(Formats))]
    public void PackedFilesAreUnpackedWhileTheyAreRead(string name)
    {
        string source = Text("source.txt", "the 0.418 -1e-7 3\nnaïve -0.25 3.4028235e38 0.33333334\n日本 0 -0 16777217\n0.5 1 2 3\n");
        VectorFormat format = VectorFiles.Format(name);
        string plain = _folder["plain" + format.Extensions[0]], packed = plain + ".gz";
        format.Write(plain, () => VectorFiles.Open(source));
        if (Directory.Exists(plain)) return;
        byte[] bytes = File.ReadAllBytes(plain);
        File.WriteAllBytes(packed, [.. Packed(bytes[..(bytes.Length / 2)]), .. Packed(bytes[(bytes.Length / 2)..])]);
        // The projector has the names in another file, which may be packed too.
        if (name == "tsv") File.WriteAllBytes(_folder["names.gz"], Packed(Encoding.UTF8.GetBytes("the\nnaïve\n日本\n0.5\n")));
        VectorReadOptions options = name == "tsv" ? new() { Names = _folder["names.gz"] } : new();
        if (name is "word2vec" or "word2vec-binary" or "glove" or "csv" or "tsv" or "pgvector" or "qdrant")
        {
            using VectorReader reader = VectorFiles.Open(packed, options);
            Assert.Equal(name, reader.Format);
            Same(Rows, Read(reader));
            Assert.Throws<ArgumentException>(() => format.Write(packed, () => VectorFiles.Open(source)));
        }
        else
            Assert.Contains("packed by gzip, which this format does not read; unpack it first with 'gunzip'",
                Assert.Throws<InvalidDataException>(() => VectorFiles.Open(packed).Dispose()).Message, StringComparison.Ordinal);
    }

    /// <summary>A download that was cut, at every length, is an error that names the file, never fewer rows.</summary>
    [Fact]
    public void APackedFileThatIsCutIsRefused()
    {
        byte[] whole = Packed(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(i => $"w{i} {i * 0.37f} {i}\n"))));
        for (int length = 2; length < whole.Length; length += 7)
        {
            string path = Bytes("cut.txt.gz", whole[..length]);
            Assert.Contains(path, Assert.Throws<InvalidDataException>(() =>
            {
                using VectorReader reader = VectorFiles.Open(path);
                Read(reader);
            }).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A header of more rows than the packed bytes can hold allocates nothing.</summary>
    [Theory]
    [InlineData("1000000000000 3\na 1 2 3\n")]
    [InlineData("1 2000000000\n")]
    [InlineData("3 2000000000\na\u0000\u0001")]
    public void HeadersOfPackedFilesAreChecked(string text)
    {
        string path = Bytes("x.vec.gz", Packed(Encoding.UTF8.GetBytes(text)));
        Assert.Throws<InvalidDataException>(() => VectorFiles.Open(path).Dispose());
    }

    [Fact]
    public void AMissingFileIsNamedAsItWasGiven() =>
        Assert.Equal("there is no file 'no/such.vec'; check the spelling and the folder",
            Assert.Throws<FileNotFoundException>(() => VectorFiles.Open("no/such.vec")).Message);

    static byte[] Packed(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write(bytes);
        return packed.ToArray();
    }

    [Fact]
    public void ARowOfOneValueIsNoHeader()
    {
        using VectorReader reader = VectorFiles.Open(Text("ids.txt", "17 5\n18 6\n19 7\n"));
        Assert.Equal("glove", reader.Format);
        Same([("17", [5]), ("18", [6]), ("19", [7])], Read(reader));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void BinaryRowsMayEndWithALineFeed(bool lineFeeds)
    {
        byte[] end = lineFeeds ? "\n"u8.ToArray() : [];
        using VectorReader reader = VectorFiles.Open(Bytes("x.bin",
            [.. "2 2\n"u8, .. "the "u8, .. Floats(1, 2), .. end, .. "日 "u8, .. Floats(0.1f, -4), .. end]));
        Assert.Equal(("word2vec-binary", 2L, 2), (reader.Format, reader.Count!.Value, reader.Dim));
        Same([("the", [1, 2]), ("日", [0.1f, -4])], Read(reader));
        Assert.Equal(lineFeeds, reader.Dialect.Contains("line feed", StringComparison.Ordinal));
    }

    [Fact]
    public void NamesOfTheProjectorAreNextToItsVectors()
    {
        Text("vectors.tsv", "1\t2\n3\t4\n");
        Text("metadata.tsv", "a b\nc\n");
        using (VectorReader reader = VectorFiles.Open(_folder["vectors.tsv"])) Same([("a b", [1, 2]), ("c", [3, 4])], Read(reader));
        Text("metadata.tsv", "title\tid\tcount\nFirst\tx\t7\n\ty\t8\n");
        using VectorReader more = VectorFiles.Open(_folder["vectors.tsv"]);
        Assert.Equal("tsv", more.Format);
        Assert.Equal(["title", "count"], more.FieldNames);
        Assert.True(more.Next());
        Assert.Equal(("x", "First", "7"), (more.Name, more.Field(0), more.Field(1)));
        Assert.True(more.Next());
        Assert.Equal(("y", "", "8"), (more.Name, more.Field(0), more.Field(1)));
        Assert.False(more.Next());
    }

    [Fact]
    public void NamesOfArraysComeFromAFileOrAnArray()
    {
        StateEntry vectors = StateEntry.Over("vectors", [2, 2], new float[] { 1, 2, 3, 4 });
        Npy.Write(_folder["x.npy"], vectors);
        Same([("0", [1, 2]), ("1", [3, 4])], Read("x.npy"));
        Text("x.names.txt", "a\nb\n");
        Same([("a", [1, 2]), ("b", [3, 4])], Read("x.npy"));
        string other = Text("other.txt", "c\nd\n");
        Same([("c", [1, 2]), ("d", [3, 4])], Read("x.npy", new() { Names = other }));

        Safetensors.Write(_folder["tables.safetensors"], [StateEntry.Over("words", [2, 2], new float[] { 1, 2, 3, 4 }),
            StateEntry.Over("words.counts", [2], [5, 6])]);
        Text("words.ids.txt", "a\\\\\nb\\n\n");
        Same([("a\\", [1, 2]), ("b\n", [3, 4])], Read("tables.safetensors"));
    }

    /// <summary>Text arrays of numpy: little-endian and big-endian code points, and bytes, stored and deflated.</summary>
    [Theory, InlineData("<U2", false), InlineData(">U2", true), InlineData("|S6", false)]
    public void TextArraysOfNumpyAreNames(string type, bool deflated)
    {
        string[] names = ["ab", "日"];
        byte[] values = [.. names.SelectMany(name => type[1] == 'S' ? Encoding.UTF8.GetBytes(name.PadRight(name == "日" ? 4 : 6, '\0'))
            : (type[0] == '<' ? new UTF32Encoding(false, false) : new UTF32Encoding(true, false)).GetBytes(name.PadRight(2, '\0')))];
        using (ZipArchive zip = ZipFile.Open(_folder["x.npz"], ZipArchiveMode.Create))
        {
            Npy.Write(_folder["v.npy"], StateEntry.Over("v", [2, 1], new float[] { 5, 6 }));
            zip.CreateEntryFromFile(_folder["v.npy"], "v.npy");
            using Stream entry = zip.CreateEntry("words.npy", deflated ? CompressionLevel.Optimal : CompressionLevel.NoCompression).Open();
            entry.Write(NumpyFile($"{{'descr': '{type}', 'fortran_order': False, 'shape': (2,), }}", values));
        }
        Same([("ab", [5]), ("日", [6])], Read("x.npz"));
    }

    [Fact]
    public void PickledNamesAreRefusedUnlessOthersAreGiven()
    {
        using (ZipArchive zip = ZipFile.Open(_folder["x.npz"], ZipArchiveMode.Create))
        {
            Npy.Write(_folder["v.npy"], StateEntry.Over("v", [2, 1], new float[] { 5, 6 }));
            zip.CreateEntryFromFile(_folder["v.npy"], "v.npy");
            using Stream entry = zip.CreateEntry("words.npy").Open();
            entry.Write(NumpyFile("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "pickle"u8.ToArray()));
        }
        Assert.Contains("the array 'words' is no text", Assert.Throws<InvalidDataException>(() => Read("x.npz")).Message,
            StringComparison.Ordinal);
        Same([("a", [5]), ("b", [6])], Read("x.npz", new() { Names = Text("names.txt", "a\nb\n") }));
    }

    [Fact]
    public void FieldsGoIntoCsvAndComeBack()
    {
        Text("vectors.tsv", "1\t2\n3\t4\n");
        Text("metadata.tsv", "id\ttitle\nx\tToy, \"Story\"\ny\t1984\n");
        VectorFiles.Format("csv").Write(_folder["x.csv"], () => VectorFiles.Open(_folder["vectors.tsv"]));
        Assert.Equal("id,title,d0,d1\nx,\"Toy, \"\"Story\"\"\",1,2\ny,1984,3,4\n", File.ReadAllText(_folder["x.csv"]));
        using VectorReader reader = VectorFiles.Open(_folder["x.csv"]);
        Assert.Equal(["title"], reader.FieldNames);
        Assert.True(reader.Next() && reader.Next());
        Assert.Equal(("y", "1984"), (reader.Name, reader.Field(0)));
        Assert.Equal([3, 4], reader.Vector.ToArray());
    }

    [Fact]
    public void CsvNamesMayHoldLineBreaks()
    {
        string path = Text("x.csv", "id,d0\n\"a\nb\",1\n\"c\"\"d\",2\n");
        Same([("a\nb", [1]), ("c\"d", [2])], Read("x.csv"));
        VectorFiles.Format("npz").Write(_folder["x.npz"], () => VectorFiles.Open(path));
        Same([("a\nb", [1]), ("c\"d", [2])], Read("x.npz"));
    }

    [Fact]
    public void LatinNamesAreReadAsStated()
    {
        string path = Bytes("x.txt", [.. "caf"u8, 0xE9, .. " 1 2\n"u8]);
        Same([("café", [1, 2])], Read("x.txt", new() { Latin1 = true }));
        VectorFiles.Format("word2vec-binary").Write(_folder["x.bin"], () => VectorFiles.Open(path, new() { Latin1 = true }));
        Same([("café", [1, 2])], Read("x.bin"));
    }

    /// <summary>A name set of many names: all are found, and none twice.</summary>
    [Fact]
    public void ManyNamesAreKeptApart()
    {
        var names = new NameSet();
        for (int i = 0; i < 20_000; i++) Assert.True(names.Add(Encoding.UTF8.GetBytes($"name {i * 7919 % 20_011}")));
        for (int i = 0; i < 20_000; i++)
        {
            byte[] name = Encoding.UTF8.GetBytes($"name {i * 7919 % 20_011}");
            Assert.False(names.Add(name));
            Assert.Equal(i, names.Find(name));
            Assert.True(names[i].SequenceEqual(name));
        }
        Assert.Equal((20_000, -1), (names.Count, names.Find("name"u8)));
        byte[] large = new byte[100_000];
        Assert.True(names.Add(large));
        Assert.Equal(20_000, names.Find(large));
    }

    /// <summary>Lines across the borders of the buffer.</summary>
    [Theory, InlineData(65_535), InlineData(65_536), InlineData(65_537), InlineData(200_000)]
    public void LongLinesAreReadWhole(int length)
    {
        string name = new('x', length);
        Same([("a", [1]), (name, [2]), ("b", [3])], Read(Text("long.txt", $"3 1\na 1\n{name} 2\nb 3\n")));
    }

    string Text(string name, string text) => Bytes(name, Encoding.UTF8.GetBytes(text));

    string Bytes(string name, byte[] bytes)
    {
        File.WriteAllBytes(_folder[name], bytes);
        return _folder[name];
    }

    List<(string Name, float[] Vector)> Read(string name, VectorReadOptions? options = null)
    {
        using VectorReader reader = VectorFiles.Open(_folder[name], options);
        return Read(reader);
    }

    static List<(string Name, float[] Vector)> Read(VectorReader reader)
    {
        var rows = new List<(string, float[])>();
        while (reader.Next()) rows.Add((reader.Name, reader.Vector.ToArray()));
        Assert.Equal(rows.Count - 1, reader.Row);
        return rows;
    }

    static void Same(IReadOnlyList<(string Name, float[] Vector)> expected, IReadOnlyList<(string Name, float[] Vector)> found)
    {
        Assert.Equal(expected.Select(row => row.Name), found.Select(row => row.Name));
        Assert.Equal(expected.SelectMany(row => row.Vector).Select(BitConverter.SingleToInt32Bits),
            found.SelectMany(row => row.Vector).Select(BitConverter.SingleToInt32Bits));
    }

    static byte[] Floats(params float[] values)
    {
        var bytes = new byte[sizeof(float) * values.Length];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(sizeof(float) * i), values[i]);
        return bytes;
    }

    static byte[] NumpyFile(string header, byte[] values)
    {
        byte[] text = Encoding.ASCII.GetBytes(header.PadRight(117) + "\n");
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. text, .. values];
    }
}
