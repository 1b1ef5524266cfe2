using Rowan.TestSupport;
namespace Rowan.Formats.Tests;

public sealed class AtomicFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReplacesAnOldFileWhole()
    {
        File.WriteAllText(_folder["a"], "a much longer old text");
        AtomicFile.WriteText(_folder["a"], "new é");
        Assert.Equal("new é"u8.ToArray(), File.ReadAllBytes(_folder["a"]));
        Assert.Equal([_folder["a"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1_000_000)]
    public void AnExceptionLeavesTheOldFileAndNoOther(int written)
    {
        File.WriteAllText(_folder["a"], "old");
        var thrown = Assert.Throws<IOException>(() => AtomicFile.Write(_folder["a"], stream =>
        {
            stream.Write(new byte[written]);
            throw new IOException("no space left");
        }));
        Assert.Equal("no space left", thrown.Message);
        Assert.Equal("old", File.ReadAllText(_folder["a"]));
        Assert.Equal([_folder["a"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void TheOldFileIsReadableUntilTheNewOneIsWhole()
    {
        File.WriteAllText(_folder["a"], "old");
        AtomicFile.Write(_folder["a"], stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(_folder["a"]));
        });
        Assert.Equal("new", File.ReadAllText(_folder["a"]));
    }

    [Fact]
    public void AFolderInTheWayIsLeftAlone()
    {
        Directory.CreateDirectory(_folder["a"]);
        Assert.Contains("is a folder", Assert.Throws<IOException>(() => AtomicFile.WriteText(_folder["a"], "x")).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.WriteText(_folder["missing/a"], "x"));
        Assert.Equal([_folder["a"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void LinesComeBackAsTheyWere()
    {
        string[] lines = ["", "one", " two ", "drei ß"];
        AtomicFile.WriteLines(_folder["a"], lines);
        Assert.Equal(lines, File.ReadAllLines(_folder["a"]));
        Assert.Contains("line 2", Assert.Throws<ArgumentException>(() => AtomicFile.WriteLines(_folder["a"], ["x", "y\nz"])).Message, StringComparison.Ordinal);
        Assert.Equal(lines, File.ReadAllLines(_folder["a"]));
    }
}
