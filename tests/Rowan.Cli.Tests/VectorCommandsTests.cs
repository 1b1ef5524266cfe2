using System.Text.Json;

namespace Rowan.Cli.Tests;

/// <summary>rowan view and rowan convert.</summary>
public sealed class VectorCommandsTests : IDisposable
{
    readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public async Task ViewPrintsFormatRowsAndNorms()
    {
        string file = _line.Lines("x.txt", "the 3 4", "night 0 0", "day 0 1");
        Ran ran = await CommandLine.Plain("view", file, "-n", "2");
        Assert.Equal(0, ran.Code);
        Assert.Equal(
        [
            "format  GloVe text without a header, separated by spaces", "rows    3", "dim     2",
            "norms   0 to 5, mean 2; 1 row of zeros", "the                       norm 5  3 4", "night                     norm 0  0 0",
        ], ran.Rows);
        using JsonDocument json = JsonDocument.Parse((await CommandLine.Plain("view", file, "--json", "-n", "1")).Out);
        Assert.Equal(("glove", 3, 2), (json.RootElement.GetProperty("format").GetString(), json.RootElement.GetProperty("rows").GetInt32(),
            json.RootElement.GetProperty("dim").GetInt32()));
        Assert.Equal(4, json.RootElement.GetProperty("first")[0].GetProperty("values")[1].GetSingle());
    }

    [Fact]
    public async Task ViewPrintsNeighborsByCosine()
    {
        string file = _line.Lines("x.txt", "north 0 1", "east 1 0", "northeast 1 1", "south 0 -2");
        Ran ran = await CommandLine.Plain("view", file, "--neighbors", "north", "-n", "2");
        Assert.Equal(["0.707  northeast", "0.000  east"], ran.Rows);
        Ran unknown = await CommandLine.Plain("view", file, "--neighbors", "nort");
        Assert.Equal(1, unknown.Code);
        Assert.Contains($"{file}: no row is named 'nort'; did you mean north?", unknown.Error, StringComparison.Ordinal);
    }

    [Theory, InlineData("out.parquet"), InlineData("out.npz"), InlineData("out.csv"), InlineData("out.tsv"), InlineData("out.safetensors")]
    public async Task ConvertThereAndBackGivesTheSameBytes(string through)
    {
        string file = _line.Lines("x.txt", "the 0.1 1e-07", "naïve -3 0.33333334", "日本 1.5E+10 0");
        Assert.Equal(0, (await CommandLine.Plain("convert", file, _line.Folder[through])).Code);
        Ran back = await CommandLine.Plain("convert", _line.Folder[through], _line.Folder["back.txt"]);
        Assert.Equal(0, back.Code);
        Assert.Equal("the 0.1 1E-07\nnaïve -3 0.33333334\n日本 1.5E+10 0\n", File.ReadAllText(_line.Folder["back.txt"]));
        Assert.Contains("wrote 3 × 2 as glove to", back.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadRowsAreAnErrorOrSkippedAndCounted()
    {
        string file = _line.Lines("x.txt", "a 1 2", "b 3", "c 5 6"), to = _line.Folder["out.bin"];
        Ran bad = await CommandLine.Plain("convert", file, to);
        Assert.Equal(1, bad.Code);
        Assert.Contains($"rowan: {file}: line 2: 1 value instead of 2; correct it, or skip bad rows with --skip-bad", bad.Error,
            StringComparison.Ordinal);
        Assert.False(File.Exists(to));
        Ran skipped = await CommandLine.Plain("convert", file, to, "--skip-bad");
        Assert.Equal(0, skipped.Code);
        Assert.Contains("  line 2: 1 value instead of 2\nskipped 1 bad row\n", skipped.Error.ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
        Assert.Contains("wrote 2 × 2 as word2vec-binary", skipped.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x.data", "does not end in the ending of a vector format; name the format with --to NAME", 2)]
    [InlineData("x.vec --to nonsense", "there is no vector format 'nonsense'; there are word2vec, glove", 2)]
    [InlineData("x.vec --spaces-as __", "it must be one visible ASCII character, such as _", 2)]
    [InlineData("x.vec --array a", "--array: ", 2)]
    [InlineData("x.vec --dim 0", "--dim 0: it must be at least 1", 2)]
    [InlineData("x.vec", "the name 'New York' has a space", 1)]
    [InlineData("no/such/folder/x.csv", "x.csv': there is no folder '", 1)]
    [InlineData("x.vec.gz", "x.vec.gz': vectors are written unpacked; leave .gz out", 2)]
    [InlineData("x.gz --to glove", "x.gz': vectors are written unpacked; leave .gz out", 2)]
    public async Task WrongRequestsAreRefused(string rest, string message, int code)
    {
        string file = _line.Lines("in.txt", "a 1 2", "New York 3 4");
        string[] words = rest.Split(' ');
        Ran ran = await CommandLine.Plain(["convert", file, _line.Folder[words[0]], .. words[1..]]);
        Assert.Equal(code, ran.Code);
        Assert.Contains(message, ran.Error, StringComparison.Ordinal);
        Assert.Equal(["in.txt"], Directory.GetFiles(_line.Folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("view nofile"), InlineData("convert nofile x.vec"), InlineData("view nofile --neighbors a"), InlineData("import nofile")]
    public async Task AMissingFileIsNamedAsItWasGiven(string command)
    {
        Ran ran = await CommandLine.Plain(command.Split(' '));
        Assert.Equal(1, ran.Code);
        Assert.Equal("rowan: there is no file 'nofile'; check the spelling and the folder", ran.Error.Trim());
    }

    [Fact]
    public async Task WhatIsNoVectorsIsToldAllFormatsThatAreRead()
    {
        string file = _line.Lines("prose.txt", "no numbers here", "nor here");
        Ran ran = await CommandLine.Plain("view", file);
        Assert.Contains("qdrant, parquet", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PackedFilesAreViewedAndConverted()
    {
        string file = _line.Folder["glove.txt.gz"];
        using (var gzip = new System.IO.Compression.GZipStream(File.Create(file), System.IO.Compression.CompressionLevel.Optimal))
            gzip.Write("the 3 4\nnight 0 0\n"u8);
        Ran view = await CommandLine.Plain("view", file);
        Assert.Equal("format  GloVe text without a header, separated by spaces, packed by gzip", view.Rows[0]);
        Assert.Equal(0, (await CommandLine.Plain("convert", file, _line.Folder["x.parquet"])).Code);
        Assert.Equal(0, (await CommandLine.Plain("convert", _line.Folder["x.parquet"], _line.Folder["x.txt"])).Code);
        Assert.Equal("the 3 4\nnight 0 0\n", File.ReadAllText(_line.Folder["x.txt"]));
    }

    [Fact]
    public async Task SpacesInNamesAreReplaced()
    {
        string file = _line.Lines("in.txt", "a 1 2", "New York 3 4"), to = _line.Folder["out.vec"];
        Assert.Equal(0, (await CommandLine.Plain("convert", file, to, "--spaces-as", "_")).Code);
        Assert.Equal("2 2\na 1 2\nNew_York 3 4\n", File.ReadAllText(to));
    }
}
