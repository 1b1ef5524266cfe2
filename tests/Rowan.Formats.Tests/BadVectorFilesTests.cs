using System.Text;
using Rowan.TestSupport;

namespace Rowan.Formats.Tests;

/// <summary>Files of vectors that are not what they should be: the message says where and what to do, and nothing is written.</summary>
public sealed class BadVectorFilesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("2 2\na 1 2\nb 3\n", "line 3: 1 value instead of 2", "a")]
    [InlineData("a 1 2\nb 3 4\nc 5\nd 6 7\n", "line 3: 1 value instead of 2", "a b d")]
    [InlineData("a 1 2\nb 3 4\nc 5.5 6 7.5\nd 6 7\n", "line 3: 3 values instead of 2", "a b d")]
    [InlineData("a 1 2\nb x 4\nc 5 6\n", "line 2: 'x' is not a number", "a c")]
    [InlineData("a 1 2\nb nan 4\nc 5 6\n", "line 2: value 1 of 'b' is NaN, not a finite number", "a c")]
    [InlineData("a 1 2\nb 1 -inf\nc 5 6\n", "line 2: value 2 of 'b' is -Infinity", "a c")]
    [InlineData("a 1 2\nb 1e40 2\nc 5 6\n", "line 2: value 1 of 'b' is Infinity", "a c")]
    [InlineData("a 1 2\nb 3 4\na 5 6\n", "line 3: 'a' is already the name of an earlier row", "a b")]
    [InlineData("a 1 2\n 3 4\nc 5 6\n", "line 2: the name is empty", "a c")]
    [InlineData("2 2\na 1 2\nb 3 4\nc 5 6\n", "the header states 2 rows, and the file has 3", "a b c")]
    [InlineData("3 2\na 1 2\nb 3 4\n", "the header states 3 rows, and the file has 2", "a b")]
    [InlineData("id,d0,d1\na,1,2\nb,3\nc,5,6\n", "line 3: 2 columns instead of 3", "a c")]
    [InlineData("id,d0,d1\na,1,2\nb,3,?\nc,5,6\n", "line 3: '?' is not a number", "a c")]
    public void ABadRowIsNamedOrSkipped(string text, string message, string kept)
    {
        string path = Text("x.data", text);
        string thrown = Assert.Throws<InvalidDataException>(() => Names(path, new())).Message;
        Assert.StartsWith($"{path}: {message}", thrown, StringComparison.Ordinal);
        Assert.Contains("`skip-bad`", thrown, StringComparison.Ordinal);
        Assert.Equal(kept.Split(' '), Names(path, new() { SkipBad = true }));
    }

    [Fact]
    public void SkippedRowsAreCountedAndTheFirstAreNamed()
    {
        string path = Text("x.txt", "a 1 2\nb x 2\na 3 4\nc 5 6\nd 1\nd 1\nd 1\nd 1\ne 1 2\nf 1 2\ng 1 2\n");
        using VectorReader reader = VectorFiles.Open(path, new() { SkipBad = true });
        while (reader.Next())
        {
        }
        Assert.Equal((4, 6), (reader.Row, reader.Skipped));
        Assert.Equal(["line 2: 'x' is not a number", "line 3: 'a' is already the name of an earlier row", "line 5: 1 value instead of 2"],
            reader.Problems.Take(3));
        Assert.Equal(5, reader.Problems.Count);
    }

    [Fact]
    public void ANameThatIsNotUtf8IsShownWithItsBytes()
    {
        string path = Bytes("x.txt", [.. "a 1 2\ncaf"u8, 0xE9, .. " 3 4\n"u8]);
        string message = Assert.Throws<InvalidDataException>(() => Names(path, new())).Message;
        Assert.Contains("line 2: the name 'caf\uFFFD' (bytes 636166e9) is not UTF-8; if the names are Latin-1, use `encoding` latin-1",
            message, StringComparison.Ordinal);
        Assert.Equal(["a"], Names(path, new() { SkipBad = true }));
        Assert.Equal(["a", "café"], Names(path, new() { Latin1 = true }));
    }

    [Theory]
    [InlineData("2 300\na 1 2\nb 3 4\n", "line 1: the header states 300 values per row, and most rows have 2")]
    [InlineData("9999999999 2\na 1 2\n", "line 1: a header of 9999999999 rows × 2, which do not fit the file's")]
    [InlineData("hello world\nthis is prose\n",
        "line 1: no text of vectors: 'hello world' does not end in numbers; formats that are read: ")]
    [InlineData("0.1\t0.2\n0.3\t0.4\n1\t0\n", "line 1: rows of numbers without names; give their names, one per line, with `names` FILE")]
    [InlineData("", "the file is empty")]
    [InlineData("<!DOCTYPE html><html>", "a web page, not the file itself")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer")]
    [InlineData("id,d0\n\"a,1\n", "line 2: a quote is not closed")]
    public void AFileThatIsNoneIsRefused(string text, string message)
    {
        string path = Text("x.data", text);
        Assert.StartsWith($"{path}: {message}",
            Assert.Throws<InvalidDataException>(() => Names(path, new())).Message, StringComparison.Ordinal);
    }

    /// <summary>Every length of a binary file that was cut.</summary>
    [Fact]
    public void ACutBinaryFileIsRefusedWithItsOffset()
    {
        byte[] whole = [.. "3 2\n"u8, .. "a "u8, .. new byte[8], .. "bb "u8, .. new byte[8], .. "c "u8, .. new byte[8]];
        Assert.Equal(["a", "bb", "c"], Names(Bytes("whole.bin", whole), new() { Format = "word2vec-binary" }));
        for (int length = 0; length < whole.Length; length++)
        {
            string path = Bytes("cut.bin", whole[..length]);
            string message = Assert.Throws<InvalidDataException>(() => Names(path, new() { Format = "word2vec-binary" })).Message;
            Assert.Matches("offset|the header states 3 rows|empty", message);
        }
        string longer = Bytes("longer.bin", [.. whole, .. "d "u8, .. new byte[8]]);
        Assert.Contains("the header states 3 rows, and the file has 4",
            Assert.Throws<InvalidDataException>(() => Names(longer, new() { Format = "word2vec-binary" })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AHeaderOfBinaryRowsThatDoNotFitIsRefused()
    {
        string path = Bytes("x.bin", [.. "2000000000 500\n"u8, .. "a "u8, .. new byte[2_000]]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("offset 0: 2000000000 rows of 500 values take at least 4004000000000 bytes",
            Assert.Throws<InvalidDataException>(() => Names(path, new())).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void NamesAndRowsOfTwoFilesAreAsMany()
    {
        Npy.Write(_folder["x.npy"], StateEntry.Over("x", [2, 2], new float[] { 1, 2, 3, 4 }));
        Text("x.names.txt", "a\n");
        Assert.Contains("1 names for 2 rows", Message("x.npy"), StringComparison.Ordinal);
        Text("x.names.txt", "a\nb\nc\n");
        Assert.Contains("more names than the 2 rows", Message("x.npy"), StringComparison.Ordinal);
        Text("vectors.tsv", "1\t2\n3\t4\n");
        Text("metadata.tsv", "a\n");
        Assert.Contains("line 2: no name for this row", Message("vectors.tsv"), StringComparison.Ordinal);
        Text("metadata.tsv", "a\nb\nc\n");
        Assert.Contains("and more names", Message("vectors.tsv"), StringComparison.Ordinal);
    }

    [Fact]
    public void SeveralArraysAreNamed()
    {
        Npz.Write(_folder["x.npz"], new StateDict(StateEntry.Over("a", [1, 2], new float[] { 1, 2 }),
            StateEntry.Over("b", [1, 1], new float[] { 3 }), StateEntry.Over("c", [1], new float[] { 3 })));
        Assert.Contains("2 arrays may be the vectors: a [1, 2], b [1, 1]; choose one with `array` NAME", Message("x.npz"),
            StringComparison.Ordinal);
        Assert.Equal(["0"], Names(_folder["x.npz"], new() { Array = "b" }));
        Assert.Contains("`array` c: ", Assert.Throws<ArgumentException>(() => Names(_folder["x.npz"], new() { Array = "c" })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AnOptionThatTheFormatDoesNotUseIsRefused()
    {
        string path = Text("x.txt", "a 1 2\n");
        foreach ((VectorReadOptions options, string name) in new (VectorReadOptions, string)[]
        {
            (new() { Labels = true }, "`labels`"), (new() { Array = "a" }, "`array`"), (new() { Names = path }, "`names`"),
        })
            Assert.StartsWith($"{name}: {path} is GloVe text", Assert.Throws<ArgumentException>(() => Names(path, options)).Message,
                StringComparison.Ordinal);
        Assert.Contains("there are word2vec, glove",
            Assert.Throws<ArgumentException>(() => Names(path, new() { Format = "nonsense" })).Message,
            StringComparison.Ordinal);
        Assert.Contains("no header, so this is not word2vec", Assert.Throws<InvalidDataException>(
            () => Names(path, new() { Format = "word2vec" })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("word2vec", "New York", "replace spaces with `spaces-as` _")]
    [InlineData("word2vec-binary", "New York", "replace spaces with `spaces-as` _")]
    [InlineData("glove", "New York", "replace spaces with `spaces-as` _")]
    [InlineData("fasttext", "New York", "replace spaces with `spaces-as` _")]
    [InlineData("tsv", "two\nlines", "write csv, npz or parquet")]
    [InlineData("npy", "two\nlines", "write csv, npz or parquet")]
    [InlineData("safetensors", "two\nlines", "write csv, npz or parquet")]
    [InlineData("npz", "zero\0", "write csv or parquet")]
    [InlineData("fasttext", "zero\0", "write csv or parquet")]
    [InlineData("word2vec", "", "a name is empty")]
    [InlineData("huggingface", "two\nlines", "write csv, npz or parquet")]
    [InlineData("pgvector", "zero\0", "write csv or parquet")]
    [InlineData("copy", "zero\0", "write csv or parquet")]
    [InlineData("copy-pgvector", "zero\0", "write csv or parquet")]
    public void ANameThatAFormatCannotHoldIsRefusedBeforeAnythingIsWritten(string format, string name, string remedy)
    {
        string source = Text("source.csv", $"id,d0\na,1\n\"{name}\",2\n");
        string before = Text("out.data", "as it was");
        string message = Assert.Throws<InvalidDataException>(() => VectorFiles.Format(format).Write(before,
            () => VectorFiles.Open(source, new() { Format = "csv" }))).Message;
        Assert.Contains(remedy, message, StringComparison.Ordinal);
        Assert.Equal("as it was", File.ReadAllText(before));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Theory, MemberData(nameof(VectorFilesTests.Formats), MemberType = typeof(VectorFilesTests))]
    public void NothingIsWrittenOfABadFile(string format)
    {
        string source = Text("source.txt", "a 1 2\nb 3 4\nc 5\n");
        string written = Text("out.data", "as it was");
        Assert.Contains("line 3", Assert.Throws<InvalidDataException>(() => VectorFiles.Format(format).Write(written,
            () => VectorFiles.Open(source))).Message, StringComparison.Ordinal);
        Assert.Equal("as it was", File.ReadAllText(written));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder.Path).Length);
        File.Delete(written);
        Assert.Equal(1, VectorFiles.Format(format).Write(written, () => VectorFiles.Open(source, new() { SkipBad = true })).Skipped);
    }

    string Text(string name, string text) => Bytes(name, Encoding.UTF8.GetBytes(text));

    string Bytes(string name, byte[] bytes)
    {
        File.WriteAllBytes(_folder[name], bytes);
        return _folder[name];
    }

    string Message(string name) => Assert.Throws<InvalidDataException>(() => Names(_folder[name], new())).Message;

    static List<string> Names(string path, VectorReadOptions options)
    {
        using VectorReader reader = VectorFiles.Open(path, options);
        var names = new List<string>();
        while (reader.Next()) names.Add(reader.Name);
        return names;
    }
}
