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
        Result train = await Run("train", "--docs", _folder["docs"], "--runs", _folder["runs"], "--epochs", "20", "--dim", "16",
            "--batch-size", "50");
        Assert.Equal(0, train.Code);
        foreach (string part in new[] { "200 documents", "recall@1", "search", "BM25", "saved" })
            Assert.Contains(part, train.Out, StringComparison.Ordinal);
        foreach (string phase in new[] { "reading", "training", "asking", "saving", "examples/s", "loss" })
            Assert.Contains(phase, train.Error, StringComparison.Ordinal);
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
        Assert.Equal(["using run ", "rowan: '"],
            damaged.Error.Trim().Split('\n').Select(line => line[..Math.Min(line.Length, line.StartsWith('u') ? 10 : 8)]));
    }

    [Fact]
    public async Task ChoicesAreLearnedRecommendedInspectedAndCompared()
    {
        string file = Lines("choices.csv",
            Enumerable.Range(0, 60).SelectMany(user => Enumerable.Range(0, 8).Select(k => $"u{user},i{user % 2 * 15 + (user + k) % 15}"))
            .Prepend("user,item"));
        string[] asked = ["train", file, "--runs", _folder["runs"], "--dim", "8", "--epochs", "5", "--negatives", "0"];
        Result train = await Run([.. asked, "--name", "a"]);
        Assert.Equal(0, train.Code);
        foreach (string part in new[] { "--user COLUMN", "task: recommend, because there is a user and an item column", "epoch 5/5",
            "touched" }) Assert.Contains(part, train.Error, StringComparison.Ordinal);
        foreach (string part in new[] { "ndcg@10", "most popular", "saved", "rowan recommend --user" })
            Assert.Contains(part, train.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await Run([.. asked, "--name", "b", "--seed", "1", "--quiet"])).Code);
        Assert.Contains("# a", File.ReadAllText(_folder["runs/a/README.md"]), StringComparison.Ordinal);

        Assert.Equal(3, (await Run("recommend", "--user", "u4", "--run", "a", "--runs", _folder["runs"], "-n", "3")).Out.Split('\n',
            StringSplitOptions.RemoveEmptyEntries).Length);
        using (JsonDocument similar =
            JsonDocument.Parse((await Run("recommend", "--item", "i3", "--runs", _folder["runs"], "--json")).Out)) Assert.Equal(10,
            similar.RootElement.GetProperty("items").GetArrayLength());
        Result unknown = await Run("recommend", "--user", "u444", "--runs", _folder["runs"]);
        Assert.Equal(1, unknown.Code);
        Assert.Contains("did you mean u4", unknown.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Run("recommend", "--runs", _folder["runs"])).Code);

        Assert.Equal(4, (await Run("neighbors", "i3", "--run", "a", "--runs", _folder["runs"], "-n", "4")).Out.Split('\n',
            StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(2, (await Run("neighbors", "i3", "--run", "a", "--runs", _folder["runs"], "--table", "words")).Code);

        Result health = await Run("inspect", _folder["runs/a"], "--fail-if", "never-touched>1", "--fail-if", "effective-rank<1000");
        Assert.Equal(1, health.Code);
        Assert.Contains("effective-rank", health.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("never-touched", health.Error, StringComparison.Ordinal);
        using (JsonDocument checks =
            JsonDocument.Parse((await Run("inspect", _folder["runs/a"], "--json", "--table", "items", "--coverage", file, "--column",
            "item")).Out))
            Assert.Equal(1, checks.RootElement.GetProperty("tables")[0].GetProperty("checks").GetProperty("coverage").GetProperty("value")
                .GetDouble());
        foreach (string rule in new[] { "never-touched=0", "beauty>1" })
            Assert.Equal(2, (await Run("inspect", _folder["runs/a"], "--fail-if", rule)).Code);
        Result diff = await Run("diff", _folder["runs/a"], _folder["runs/b"]);
        Assert.Equal(0, diff.Code);
        Assert.Contains("items: 30 ids in common", diff.Out, StringComparison.Ordinal);
        // By their names.
        Assert.Equal(diff.Out, (await Run("diff", "a", "b", "--runs", _folder["runs"])).Out);
        Assert.Equal((await Run("inspect", _folder["runs/a"])).Out, (await Run("inspect", "a", "--runs", _folder["runs"])).Out);

        string later = Lines("later.csv",
            Enumerable.Range(50, 20).SelectMany(user => Enumerable.Range(0, 6).Select(k => $"u{user},i{20 + (user + k) % 20}"))
            .Prepend("user,item"));
        Result grown = await Run("grow", "a", later, "--runs", _folder["runs"], "--name", "g", "--freeze", "--epochs", "2");
        Assert.Equal(0, grown.Code);
        Assert.Contains("10 new users, 10 new items; its rows and layers are frozen", grown.Out, StringComparison.Ordinal);
        Assert.Contains("as in '", grown.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await Run("recommend", "--user", "u69", "--run", "g", "--runs", _folder["runs"], "-n", "3")).Out.Split('\n',
            StringSplitOptions.RemoveEmptyEntries).Length);
        Result same = await Run("diff", _folder["runs/a"], _folder["runs/g"]);
        Assert.Contains("users: 60 ids in common, 10 added, 0 removed; 100.0 %", same.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("changed most", same.Out, StringComparison.Ordinal);
        Result shape = await Run("grow", "a", later, "--runs", _folder["runs"], "--dim", "12", "--quiet");
        Assert.Equal(2, shape.Code);
        Assert.Contains("a grown run keeps the settings that shape the model", shape.Error, StringComparison.Ordinal);

        Result repeated = await Run([.. asked, "--name", "r", "--repeats", "3", "--quiet"]);
        Assert.Equal(0, repeated.Code);
        foreach (string part in new[] { "r-1", "r-3", "mean ± std. dev." }) Assert.Contains(part, repeated.Out, StringComparison.Ordinal);

        Result tune = await Run("tune", file, "--trials", "3", "--set", "epochs=1", "--set", "dim=8", "--runs", _folder["runs"], "--name",
            "tuned");
        Assert.Equal(0, tune.Code);
        Assert.Contains("trial 3:", tune.Error, StringComparison.Ordinal);
        Assert.Contains("best: rowan train", tune.Out, StringComparison.Ordinal);
        Assert.Contains($"saved the best run as {_folder["runs/tuned"]}", tune.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await Run("recommend", "--user", "u3", "--run", "tuned", "--runs", _folder["runs"])).Code);
    }

    [Fact]
    public async Task WhereTwoTasksFitTheTableAndReadyCommandsAreTheAnswer()
    {
        string file = Lines("unclear.csv", Enumerable.Range(0, 200).Select(i =>
            $"k{i * 7 % 23};s{i * 11 % 31};{i % 90}").Prepend("kennung;sache;menge"));
        Result unclear = await Run("train", file, "--runs", _folder["runs"], "--quiet");
        Assert.Equal(2, unclear.Code);
        foreach (string part in new[] { "override with", "kennung", $"  rowan train {file} --label menge",
            $"  rowan train {file} --user kennung --item sache" })
            Assert.Contains(part, unclear.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["runs"]));
        Assert.Equal(2, (await Run("tune", file, "--trials", "1")).Code);
        // Each of the commands runs.
        foreach (string[] stated in new string[][] { ["--label", "menge"], ["--user", "kennung", "--item", "sache"] })
            Assert.Equal(0, (await Run(["train", file, "--runs", _folder["runs"], "--epochs", "1", "--dim", "4", "--quiet",
                .. stated])).Code);
        Result wrong = await Run("train", file, "--task", "classify", "--quiet");
        Assert.Equal(2, wrong.Code);
        Assert.Contains("the classify task needs a text column", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Run("train", file, "--decimal", "dot", "--quiet")).Code);
        Assert.Equal(2, (await Run("train", file, "--date-format", "dd/mm/yyyy", "--label", "menge", "--quiet")).Code);
    }

    [Fact]
    public async Task TextsAndTablesAreLearnedAndPredicted()
    {
        string texts = Lines("texts.tsv",
            Enumerable.Range(0, 200)
            .Select(i => i % 2 == 0 ? $"good\ta fine thing number {i} it is" : $"bad\ta dull thing number {i} it is")
            .Prepend("label\ttext"));
        Assert.Equal(0, (await Run("train", texts, "--runs", _folder["runs"], "--epochs", "30", "--learning-rate", "0.03", "--dim", "8",
            "--buckets", "100", "--quiet")).Code);
        Assert.StartsWith("good\t", (await Run("predict", "what a fine day", "--runs", _folder["runs"])).Out, StringComparison.Ordinal);
        using (JsonDocument both =
            JsonDocument.Parse((await Run("predict", "a dull one", "--runs", _folder["runs"], "--top", "2", "--json")).Out))
            Assert.Equal("bad", both.RootElement.GetProperty("value").GetString());
        string table = Lines("table.csv",
            Enumerable.Range(0, 300).Select(i => $"{(i % 3 == 0 ? "red" : "blue")},{i % 10},{(i % 3 == 0 ? "yes" : "no")}")
            .Prepend("colour,size,label"));
        Result train = await Run("train", table, "--runs", _folder["runs"], "--epochs", "5", "--network", "16", "--progress", "json");
        Assert.Equal(0, train.Code);
        Assert.All(train.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonDocument.Parse(line).Dispose());
        Assert.Contains("warning: the test data has", train.Out, StringComparison.Ordinal);
        Result warned = await Run("train", table, "--runs", _folder["runs"], "--epochs", "1", "--network", "16", "--progress", "none",
            "--json", "--name", "warned");
        Assert.Contains("warning: the test data has", warned.Error, StringComparison.Ordinal);
        using (JsonDocument json = JsonDocument.Parse(warned.Out))
            Assert.True(json.RootElement.GetProperty("warnings").GetArrayLength() > 0);
        Assert.Equal(3, (await Run("predict", Lines("new.csv", ["size,colour", "3,red", "4,blue"]), "--runs", _folder["runs"])).Out.Split(
            '\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Result lacking = await Run("predict", Lines("lacking.csv", ["size", "3", "4"]), "--runs", _folder["runs"]);
        Assert.Equal(2, lacking.Code);
        Assert.Contains("has no column 'colour'", lacking.Error, StringComparison.Ordinal);
        string words = Lines("words.txt",
            Enumerable.Range(0, 300).Select(i => string.Join(' ', Enumerable.Range(0, 8).Select(k => $"w{(i * 7 + k * k) % 20}"))));
        Assert.Equal(0, (await Run("train", words, "--runs", _folder["runs"], "--epochs", "1", "--dim", "8", "--quiet")).Code);
        Assert.Equal(3, (await Run("analogy", "w1", "-", "w2", "+", "w3", "-n", "3", "--runs", _folder["runs"])).Out.Split('\n',
            StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("2 of 2 pairs",
            (await Run("evaluate", "pairs", Lines("pairs.tsv", ["w1\tw2\t3", "w3\tw4\t1"]), "--runs", _folder["runs"])).Out,
            StringComparison.Ordinal);
        Assert.Contains("known",
            (await Run("evaluate", "analogies", Lines("analogies.txt", [": all", "w1 w2 w3 w4"]), "--runs", _folder["runs"])).Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunThatWasCutOffIsGoneOnWith()
    {
        string file = Lines("choices.csv",
            Enumerable.Range(0, 60).SelectMany(user => Enumerable.Range(0, 8).Select(k => $"u{user},i{user % 2 * 15 + (user + k) % 15}"))
            .Prepend("user,item"));
        string[] asked = ["train", file, "--runs", _folder["runs"], "--dim", "8", "--epochs", "4", "--negatives", "0", "--quiet",
            "--checkpoint-every", "0"];
        Assert.Equal(0, (await Run([.. asked, "--name", "whole"])).Code);
        // A loss that is no number ends the run after its checkpoint, as a kill would.
        Result cut = await Run([.. asked, "--name", "cut", "--learning-rate", "1e38"]);
        Assert.Equal(1, cut.Code);
        Assert.Contains("the loss of step", cut.Error, StringComparison.Ordinal);
        Result again = await Run([.. asked, "--name", "cut", "--learning-rate", "1e38"]);
        Assert.Contains("resume it with --resume cut, or replace it with --overwrite", again.Error, StringComparison.Ordinal);
        Result resumed = await Run("train", "--resume", "cut", "--runs", _folder["runs"]);
        Assert.Contains("resuming cut", resumed.Error, StringComparison.Ordinal);
        Assert.Contains("the loss of step", resumed.Error, StringComparison.Ordinal);
        Assert.Contains("its settings differ: --dim was 8",
            (await Run("train", "--resume", "cut", "--dim", "4", "--runs", _folder["runs"])).Error, StringComparison.Ordinal);
        // Where the weights are is settled; how they go on may be changed.
        Assert.Contains("the loss of step",
            (await Run("train", "--resume", "cut", "--learning-rate", "0.001", "--epochs", "5", "--runs", _folder["runs"])).Error,
            StringComparison.Ordinal);
        File.AppendAllText(file, "u1,i1\n");
        Assert.Contains("its data has changed", (await Run("train", "--resume", "--runs", _folder["runs"])).Error,
            StringComparison.Ordinal);
        Assert.Equal(1, (await Run("train", "--resume", "nobody", "--runs", _folder["runs"])).Code);
    }

    string Lines(string name, IEnumerable<string> lines)
    {
        File.WriteAllLines(_folder[name], lines);
        return _folder[name];
    }

    [Fact]
    public async Task JsonAndQuietSayNothingElse()
    {
        Result train = await Run("train", "--docs", _folder["docs"], "--runs", _folder["runs"], "--epochs", "2", "--dim", "8", "--json",
            "--quiet", "--name", "one");
        Assert.Equal("", train.Error);
        using JsonDocument document = JsonDocument.Parse(train.Out);
        Assert.True(document.RootElement.GetProperty("end").GetString() == "Finished");
        Assert.True(document.RootElement.GetProperty("baselines").GetProperty("BM25").GetProperty("mrr").GetDouble() > 0);
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
    [InlineData(2, "train", "x.csv", "--model", "nonsense")]
    [InlineData(2, "recommend")]
    [InlineData(2, "analogy", "-", "x", "--run", "/no/such/run")]
    [InlineData(1, "train", "/no/such/file.csv")]
    [InlineData(1, "grow", "/no/such/run", "x.csv")]
    [InlineData(2, "grow", "shop")]
    [InlineData(1, "predict", "x", "--run", "/no/such/run")]
    [InlineData(1, "inspect", "/no/such/run")]
    [InlineData(1, "tune", "/no/such/file.csv")]
    [InlineData(2, "completion", "tcsh")]
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
    [InlineData("serch x", "there is no command 'serch'; did you mean 'search'?"),
        InlineData("frobnicate", "there is no command 'frobnicate'. See"), InlineData("Trainn a.csv --quiet", "did you mean 'train'?")]
    public async Task AMistypedCommandIsNamed(string line, string message)
    {
        Result result = await Run(line.Split(' '));
        Assert.Equal(2, result.Code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help"), InlineData("train", "--help"), InlineData("search", "--help"), InlineData("neighbors", "--help"),
        InlineData("recommend", "--help"), InlineData("predict", "--help"), InlineData("analogy", "--help"),
        InlineData("evaluate", "pairs", "--help"), InlineData("inspect", "--help"), InlineData("diff", "--help"),
        InlineData("grow", "--help"), InlineData("tune", "--help"), InlineData("completion", "bash"), InlineData("--version")]
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

    static Terminal NewTerminal(out StringWriter output, out StringWriter error) =>
        new() { Out = output = new StringWriter(), Error = error = new StringWriter() };
}
