using System.Text.Json;
using Rowan.TestSupport;

namespace Rowan.Cli.Tests;

public sealed class AppTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public AppTests() => SmallDocs.Write(_folder["docs"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TrainSearchAndNeighborsFromEndToEnd()
    {
        Result train = await Run("train", "--docs", _folder["docs"], "--runs", _folder["runs"], "--epochs", "20", "--dim", "16", "--batch-size", "50");
        Assert.Equal(0, train.Code);
        foreach (string part in new[] { "200 documents", "recall@1", "search", "BM25", "saved" }) Assert.Contains(part, train.Out, StringComparison.Ordinal);
        foreach (string phase in new[] { "reading", "training", "asking", "saving", "examples/s", "loss" }) Assert.Contains(phase, train.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', train.Error + train.Out);

        Result search = await Run("search", "the", "zubkic", "thing", "of", "a", "socket", "--runs", _folder["runs"], "--count", "3");
        Assert.Equal(0, search.Code);
        Assert.Equal(6, search.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("Small.Socket.Verbzubkic", search.Out, StringComparison.Ordinal);

        Result json = await Run("neighbors", "Small.Socket.Verbzubkic", "--runs", _folder["runs"], "--json");
        using JsonDocument document = JsonDocument.Parse(json.Out);
        Assert.Equal(10, document.RootElement.GetProperty("hits").GetArrayLength());

        Result unknown = await Run("neighbors", "Socket.Verbzubkix", "--runs", _folder["runs"]);
        Assert.Equal(1, unknown.Code);
        Assert.Contains("did you mean Small.Socket.Verbzubki", unknown.Error, StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(Directory.GetDirectories(_folder["runs"])[0], "words.ids.txt"), "cut");
        Result damaged = await Run("search", "thing", "--runs", _folder["runs"]);
        Assert.Equal(1, damaged.Code);
        Assert.Contains("truncated", damaged.Error, StringComparison.Ordinal);
        Assert.Single(damaged.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task JsonAndQuietSayNothingElse()
    {
        Result train = await Run("train", "--docs", _folder["docs"], "--runs", _folder["runs"], "--epochs", "2", "--dim", "8", "--json", "--quiet", "--name", "one");
        Assert.Equal("", train.Error);
        using JsonDocument document = JsonDocument.Parse(train.Out);
        Assert.True(document.RootElement.GetProperty("end").GetString() == "Finished");
        Assert.True(document.RootElement.GetProperty("baselines").GetProperty("BM25, same text").GetProperty("mrr").GetDouble() > 0);
        Assert.True(File.Exists(_folder["runs/one/run.json"]));
    }

    [Fact]
    public async Task ABrokenOffRunIsSavedAndExitsWith130()
    {
        using var terminal = NewTerminal(out StringWriter output, out StringWriter error);
        terminal.Interrupt();
        // Stopped before the reading was done, there is nothing to save.
        Assert.Equal(130, await App.RunAsync(["train", "--docs", _folder["docs"], "--runs", _folder["runs"]], terminal));
        Assert.Contains("press Ctrl-C again", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("nothing was saved", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", output.ToString());
        Assert.Empty(Directory.GetFileSystemEntries(_folder["runs"]));
    }

    [Theory]
    [InlineData(2, "train", "--threads", "0")]
    [InlineData(2, "train", "--epochs", "many")]
    [InlineData(2, "train", "--frobnicate")]
    [InlineData(2, "search")]
    [InlineData(2, "search", "x", "--count", "0")]
    [InlineData(2, "unknown")]
    [InlineData(1, "train", "--docs", "/no/such/folder")]
    [InlineData(1, "search", "x", "--run", "/no/such/run")]
    [InlineData(1, "search", "x", "--runs", "/no/such/runs")]
    public async Task WhatIsWrongIsOneLineAndACode(int code, params string[] args)
    {
        Result result = await Run(args);
        Assert.Equal(code, result.Code);
        Assert.Equal("", result.Out);
        Assert.Single(result.Error.Trim().Split('\n'));
        Assert.StartsWith("rowan: ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help"), InlineData("train", "--help"), InlineData("search", "--help"), InlineData("neighbors", "--help"), InlineData("--version")]
    public async Task HelpAndVersionAreThere(params string[] args)
    {
        Result result = await Run(args);
        Assert.Equal(0, result.Code);
        Assert.NotEqual("", result.Out);
    }

    sealed record Result(int Code, string Out, string Error);

    static async Task<Result> Run(params string[] args)
    {
        using var terminal = NewTerminal(out StringWriter output, out StringWriter error);
        int code = await App.RunAsync(args, terminal);
        return new(code, output.ToString(), error.ToString());
    }

    static Terminal NewTerminal(out StringWriter output, out StringWriter error) => new() { Out = output = new StringWriter(), Error = error = new StringWriter() };
}
