namespace Rowan.Cli.Tests;

/// <summary>rowan index.</summary>
public sealed class IndexCommandTests : IDisposable
{
    readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public async Task AFileOfVectorsBecomesAnIndexThatAnswers()
    {
        string file = _line.Lines("x.txt", "north 0 1", "east 1 0", "northeast 1 1", "south 0 -2");
        Ran built = await CommandLine.Plain("index", file);
        Assert.Equal(0, built.Code);
        Assert.Equal(["rows       4", "dim        2", "metric     cosine", "kind       flat (auto)", "precision  float32",
            "recall     1 (exact)"], built.Rows);
        Ran shown = await CommandLine.Plain("index", file + ".index");
        Assert.Equal(built.Rows, shown.Rows);
        Ran near = await CommandLine.Plain("index", file + ".index", "--neighbors", "north", "-n", "2");
        Assert.Equal(["0.707  northeast", "0.000  east"], near.Rows);
        Assert.Contains("exact", near.Error, StringComparison.Ordinal);
        Ran unknown = await CommandLine.Plain("index", file + ".index", "--neighbors", "nort");
        Assert.Equal(1, unknown.Code);
        Assert.Contains("did you mean north", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AGraphSaysItsRecall()
    {
        var random = new Random(1);
        string file = _line.Lines("x.txt", [.. Enumerable.Range(0, 500).Select(i => $"w{i} " + string.Join(' ',
            Enumerable.Range(0, 8).Select(_ => random.Next(-9, 10))))]), to = _line.Folder["a.idx"];
        Ran built = await CommandLine.Plain("index", file, "--kind", "graph", "--metric", "l2", "--precision", "bfloat16", "--degree", "12",
            "--out", to);
        Assert.Equal(0, built.Code);
        Assert.Contains(built.Rows, row => row.StartsWith("recall     0.9", StringComparison.Ordinal)
            || row.StartsWith("recall     1.0", StringComparison.Ordinal));
        Assert.Contains("graph      12 neighbors per row", built.Out, StringComparison.Ordinal);
        Ran near = await CommandLine.Plain("index", to, "--neighbors", "w7", "-n", "3");
        Assert.Equal(3, near.Rows.Length);
        Assert.Contains("as measured", near.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatHasNoEffectIsRefused()
    {
        string file = _line.Lines("x.txt", "north 0 1", "east 1 0");
        Assert.Equal(2, (await CommandLine.Plain("index", file, "--neighbors", "north")).Code);
        Assert.Equal(2, (await CommandLine.Plain("index", file, "--table", "items")).Code);
        Assert.Equal(2, (await CommandLine.Plain("index", file, "--metric", "manhattan")).Code);
        Assert.Equal(2, (await CommandLine.Plain("index", file, "--degree", "2")).Code);
        Assert.Equal(0, (await CommandLine.Plain("index", file)).Code);
        Assert.Equal(2, (await CommandLine.Plain("index", file + ".index", "--kind", "graph")).Code);
        byte[] bytes = File.ReadAllBytes(file + ".index");
        bytes[100] ^= 1;
        File.WriteAllBytes(file + ".index", bytes);
        Ran damaged = await CommandLine.Plain("index", file + ".index");
        Assert.Equal(1, damaged.Code);
        Assert.Contains("is damaged", damaged.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await CommandLine.Plain("index", "no-such-run")).Code);
    }
}
