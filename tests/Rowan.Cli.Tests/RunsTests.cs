using System.Text;
using System.Text.Json;

namespace Rowan.Cli.Tests;

/// <summary>Names of runs, their list, and runs that are interrupted, resumed and replaced.</summary>
public sealed class RunsTests : IDisposable
{
    readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public async Task RunsAreNamedAfterTheirDataAndListed()
    {
        string file = _line.Choices("my choices.csv");
        string[] train = ["train", file, "--dim", "8", "--epochs", "1", "--negatives", "0", "--quiet"];
        Assert.Equal($"there is no run in '{_line.Runs}'; train one with 'rowan train FILE'", (await _line.Run("runs")).Error.TrimEnd());
        Assert.Equal(0, (await _line.Run(train)).Code);
        Assert.Equal(0, (await _line.Run(train)).Code);
        Assert.Equal(["my-choices-recommend-1", "my-choices-recommend-2"],
            Directory.GetDirectories(_line.Runs).Select(Path.GetFileName).Order());
        using JsonDocument list = JsonDocument.Parse((await _line.Run("runs", "--json")).Out);
        JsonElement newest = list.RootElement.GetProperty("runs")[0];
        Assert.Equal(("my-choices-recommend-2", "recommend", false),
            (newest.GetProperty("name").GetString(), newest.GetProperty("task").GetString(),
            newest.GetProperty("interrupted").GetBoolean()));
        Assert.Equal(file, newest.GetProperty("data")[0].GetString());
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(Path.Combine(newest.GetProperty("path").GetString()!, "run.json")));
        Assert.Equal("ndcg@10", newest.GetProperty("metric").GetString());
        Assert.Equal(run.RootElement.GetProperty("metrics").GetProperty("ndcg@10").GetDouble(), newest.GetProperty("value").GetDouble());
        Assert.InRange(newest.GetProperty("value").GetDouble(), 0.01, 1);
        string table = (await _line.Run("runs")).Out;
        foreach (string part in new[] { "my-choices-recommend-1", "recommend", "my choices.csv", "ndcg@10" })
            Assert.Contains(part, table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunIsReplacedOnlyWhenAskedAndByAWholeOne()
    {
        string[] train = ["train", _line.Choices(), "--dim", "8", "--epochs", "1", "--negatives", "0", "--batch-size", "64", "--quiet",
            "--name", "shop"];
        Assert.Equal(0, (await _line.Run(train)).Code);
        Ran refused = await _line.Run(train);
        Assert.Equal(1, refused.Code);
        Assert.Contains("--overwrite", refused.Error, StringComparison.Ordinal);
        string before = File.ReadAllText(Path.Combine(_line.Runs, "shop", "run.json"));
        // A run that fails leaves the old one.
        Assert.Equal(1, (await _line.Run([.. train, "--overwrite", "--learning-rate", "1e38"])).Code);
        Assert.Equal(before, File.ReadAllText(Path.Combine(_line.Runs, "shop", "run.json")));
        Assert.Equal(0, (await _line.Run([.. train, "--overwrite", "--seed", "7"])).Code);
        Assert.Contains("\"seed\": \"7\"", File.ReadAllText(Path.Combine(_line.Runs, "shop", "run.json")), StringComparison.Ordinal);
        Assert.Equal(["shop"], Directory.GetFileSystemEntries(_line.Runs).Select(Path.GetFileName));
        Directory.CreateDirectory(Path.Combine(_line.Runs, "mine"));
        Ran folder = await _line.Run(["train", _line.Choices(), "--name", "mine", "--overwrite", "--quiet"]);
        Assert.Contains("is not a run", folder.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunInterruptedByCtrlCIsSavedAndResumedToTheSameBytes()
    {
        string[] train = ["train", _line.Choices(), "--dim", "8", "--epochs", "6", "--negatives", "0", "--patience", "none",
            "--batch-size", "64"];
        Assert.Equal(0, (await _line.Run([.. train, "--quiet", "--name", "whole"])).Code);
        var error = new Interrupting("epoch 2/6");
        using (var terminal = new Terminal { Out = new StringWriter(), Error = error })
        {
            error.Terminal = terminal;
            Assert.Equal(130, await App.RunAsync([.. train, "--name", "cut", "--runs", _line.Runs], terminal));
            Assert.Contains("rowan train --resume cut", terminal.Out.ToString(), StringComparison.Ordinal);
        }
        // What was learned until then can be asked, and the list says that it can be resumed.
        Assert.Equal(0, (await _line.Run("recommend", "--user", "u1", "--run", "cut")).Code);
        Assert.Contains("interrupted", (await _line.Run("runs")).Out, StringComparison.Ordinal);
        Ran resumed = await _line.Run("train", "--resume");
        Assert.Equal(0, resumed.Code);
        Assert.Contains("resuming cut", resumed.Error, StringComparison.Ordinal);
        foreach (string file in new[] { "model.safetensors", "tables.safetensors" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(_line.Runs, "whole", file)),
                File.ReadAllBytes(Path.Combine(_line.Runs, "cut", file)));
        Assert.False(Directory.Exists(Path.Combine(_line.Runs, "cut", "checkpoint")));
        Assert.Equal(6, File.ReadAllLines(Path.Combine(_line.Runs, "cut", "log.jsonl"))
            .Count(line => line.Contains("\"validation\"", StringComparison.Ordinal)));
        Ran again = await _line.Run("train", "--resume", "cut");
        Assert.Equal(1, again.Code);
        Assert.Contains("complete", again.Error, StringComparison.Ordinal);
    }

    /// <summary>Presses Ctrl-C when a line says something.</summary>
    sealed class Interrupting(string trigger) : StringWriter
    {
        bool _done;

        public Terminal? Terminal { get; set; }

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (_done || value is null || !value.StartsWith(trigger, StringComparison.Ordinal)) return;
            _done = true;
            Terminal!.Interrupt();
        }
    }
}
