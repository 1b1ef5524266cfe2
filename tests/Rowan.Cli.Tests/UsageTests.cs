using System.Diagnostics;
using System.Text.Json;
using Rowan.Recipes;

namespace Rowan.Cli.Tests;

/// <summary>Help, mistyped words, config files and completion.</summary>
public sealed class UsageTests : IDisposable
{
    // Phrases that once stood in the help, and the like of them.
    static readonly string[] Riddles =
        ["is not said", "stands between", "given anew", "go on with", "gone on with", "What becomes of", "Values a ", "Settles every",
        "first weights", "likewise", "found out", "the health of", "figure"];

    readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public async Task RowanAlonePrintsTheShortHelp()
    {
        Ran alone = await CommandLine.Plain();
        Assert.Equal(0, alone.Code);
        Assert.Equal((await CommandLine.Plain("--help")).Out, alone.Out);
        foreach (string command in new[] { "train", "recommend", "evaluate", "runs", "completion" })
            Assert.Contains($"\n  {command} ", alone.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("`dim` 0: it must be at least 1; leave `user-columns` out", "--dim 0: it must be at least 1; leave --user-columns out")]
    [InlineData("name a run as `run` DIR", "name a run as --run DIR")]
    // What is no option stays as it is: names and values of the user's own.
    [InlineData("column `none-of-these`, List`1 and `Upper`", "column `none-of-these`, List`1 and `Upper`")]
    public void SettingsInMessagesOfTheLibrariesBecomeOptions(string message, string printed) =>
        Assert.Equal(printed, message.WithOptions());

    [Fact]
    public async Task OnlyModelsWithALearningRateShowOne()
    {
        string[] train = ["train", _line.Choices(), "--epochs", "3", "--patience", "none", "--model"];
        Assert.Contains("  lr 0.005", (await _line.Run([.. train, "factors"])).Error, StringComparison.Ordinal);
        Ran als = await _line.Run([.. train, "als"]);
        Assert.Contains("training ", als.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("  lr ", als.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NotesAndGuessesNameOptionsInTextAndInJson()
    {
        string[] train = ["train", _line.Choices(), "--epochs", "1", "--loss", "bpr"];
        Ran text = await _line.Run(train), json = await _line.Run([.. train, "--json"]);
        Assert.Contains("(--no-header overrides this)", text.Error, StringComparison.Ordinal);
        Assert.All([text.Out, json.Out],
            output => Assert.Contains("model: factors, because of --loss (--model chooses another)", output, StringComparison.Ordinal));
        Assert.DoesNotContain('`', text.Out + text.Error + json.Out);
    }

    [Theory]
    [InlineData("train"), InlineData("grow"), InlineData("tune"), InlineData("recommend"), InlineData("predict"), InlineData("neighbors"),
        InlineData("search"), InlineData("analogy"), InlineData("evaluate"), InlineData("runs"), InlineData("inspect"), InlineData("diff"),
        InlineData("view"), InlineData("convert"), InlineData("export"),
        InlineData("import"), InlineData("completion")]
    public async Task EveryHelpPageHasExamplesFitsAndIsPlain(string command)
    {
        Ran help = await CommandLine.Plain(command, "--help");
        Assert.Equal(0, help.Code);
        Assert.Contains($"Usage: rowan {command}", help.Out, StringComparison.Ordinal);
        Assert.Contains($"  rowan {command} ", help.Out, StringComparison.Ordinal);
        Assert.All(help.Out.Split('\n'), line => Assert.True(line.Length <= 110, line));
        Assert.DoesNotContain('`', help.Out);
        // Branches of the file options write those.
        string own = string.Join('\n',
            help.Out.Split('\n').Where(line => !FileOptions.Any(option => line.StartsWith($"  {option}", StringComparison.Ordinal))));
        Assert.All(Riddles, riddle => Assert.DoesNotContain(riddle, own, StringComparison.Ordinal));
    }

    static readonly string[] FileOptions =
        ["--format", "--separator", "--no-header", "--header", "--columns", "--no-quotes", "--escapes", "--encoding", "--skip-bad"];

    /// <summary>A number option says what it takes, whatever type holds it.</summary>
    [Theory]
    [InlineData("--folds x: it must be a whole number", "train", "x.csv", "--folds", "x")]
    [InlineData("--repeats 1.5: it must be a whole number", "train", "x.csv", "--repeats", "1.5")]
    [InlineData("--threads 99999999999: it must be a whole number", "train", "x.csv", "--threads", "99999999999")]
    [InlineData("--temperature -1: it must be a number above 0, or none", "train", "x.csv", "--temperature", "-1")]
    public async Task ANumberThatIsNoneIsExplained(string message, params string[] command)
    {
        Ran ran = await CommandLine.Plain(command);
        Assert.Equal(2, ran.Code);
        Assert.Contains(message, ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheHelpOfTrainGroupsOptionsByTask()
    {
        string help = (await CommandLine.Plain("train", "--help")).Out;
        int common = help.IndexOf("Common options:", StringComparison.Ordinal),
        recommend = help.IndexOf("Task recommend", StringComparison.Ordinal), words = help.IndexOf("Task words", StringComparison.Ordinal);
        Assert.True(common > 0 && recommend > common && words > recommend);
        Assert.InRange(help.IndexOf("--epochs", StringComparison.Ordinal), common, recommend);
        Assert.InRange(help.IndexOf("--phrase-passes", StringComparison.Ordinal), words, help.Length);
        foreach (Setting setting in RecipeCatalog.All.SelectMany(recipe => recipe.Settings))
            Assert.Contains($"  --{setting.Name} ", help, StringComparison.Ordinal);
        string one = (await CommandLine.Plain("train", "--task", "classify", "--help")).Out;
        Assert.DoesNotContain("--phrase-passes", one, StringComparison.Ordinal);
        Assert.Contains("--label-smoothing", one, StringComparison.Ordinal);
        Assert.Contains("Presets of the classify task:", one, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("predict good --tpo 3", "'predict' has no option '--tpo'; did you mean '--top'? See 'rowan predict --help'.")]
    [InlineData("train x.csv --lerning-rate 3", "did you mean '--learning-rate'? See 'rowan train --help'.")]
    [InlineData("neighbors x --tabel items", "did you mean '--table'?")]
    [InlineData("search some words --cuont 3", "did you mean '--count'?")]
    [InlineData("evaluate pairs x --jsno", "did you mean '--json'? See 'rowan evaluate pairs --help'.")]
    [InlineData("evaluate", "'evaluate' needs RUN. See 'rowan evaluate --help'.")]
    [InlineData("neighbors a b", "'neighbors' does not take 'b'")]
    [InlineData("train x.csv --preset fst", "did you mean fast?")]
    [InlineData("train x.csv --fold 3", "did you mean '--folds'?")]
    [InlineData("train x.csv --task recomend", "did you mean recommend? See 'rowan train --help'.")]
    [InlineData("tune x.csv --task words --trails 3", "did you mean '--trials'?")]
    public async Task AMistypedWordIsNamedWithTheNearest(string line, string message)
    {
        if (line.Contains("x.csv", StringComparison.Ordinal)) line = line.Replace("x.csv", _line.Choices(), StringComparison.Ordinal);
        Ran ran = await CommandLine.Plain(line.Split(' '));
        Assert.Equal(2, ran.Code);
        Assert.Contains(message, ran.Error, StringComparison.Ordinal);
        Assert.Single(ran.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task WordsAfterTwoDashesAreArguments()
    {
        Ran ran = await _line.Run("predict", "--run", "/no/such/run", "--", "--tpo");
        Assert.NotEqual(0, ran.Code);
        Assert.DoesNotContain("has no option", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AConfigFileHoldsOptionsAndTheCommandLineWins()
    {
        string config = _line.Lines("settings.json",
            "{ \"epochs\": 1, \"dim\": 4, \"negatives\": 0, \"quiet\": true, \"preset\": \"fast\", \"name\": \"from-file\", "
            + "\"ignore\": [\"a\", \"b\"], // a comment", "}");
        string file = _line.Lines("c.csv", File.ReadAllLines(_line.Choices()).Select((row, i) => i == 0 ? $"{row},a,b" : $"{row},1,2"));
        Ran ran = await _line.Run("train", file, "--config", config, "--name", "own");
        Assert.Equal(0, ran.Code);
        Assert.Equal("", ran.Error);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(Path.Combine(_line.Runs, "own", "run.json")));
        Assert.Equal(("1", "4"),
            (run.RootElement.GetProperty("settings").GetProperty("epochs").GetString(),
            run.RootElement.GetProperty("settings").GetProperty("dim").GetString()));
        Assert.Equal("fast", run.RootElement.GetProperty("preset").GetString());
        Assert.Equal(2, run.RootElement.GetProperty("data").GetProperty("columns").EnumerateArray()
            .Count(column => column.GetProperty("role").GetString() == "none"));
        foreach ((string text, string message) in new[] {
            ("{ \"epoch\": 1 }", "did you mean 'epochs'?"), ("[1]", "must hold a JSON object"), ("{ \"dim\": { } }", "\"dim\" is"),
            ("{", "not valid JSON at line"), ("{ \"dim\": \"wide\" }", "--dim wide") })
        {
            Ran wrong = await _line.Run("train", file, "--config", _line.Lines("wrong.json", text));
            Assert.Equal(2, wrong.Code);
            Assert.Contains(message, wrong.Error, StringComparison.Ordinal);
        }
        Assert.Equal(1, (await _line.Run("train", file, "--config", "/no/such.json")).Code);
    }

    [Theory]
    [InlineData("rowan tra", "train"), InlineData("rowan ", "recommend"), InlineData("rowan predict --to", "--top"),
        InlineData("rowan train --task ", "classify"), InlineData("rowan train --schedule ", "cosine"),
        InlineData("rowan train --preset ", "best"), InlineData("rowan evaluate ", "pairs")]
    public async Task SuggestionsAnswerWhatMayStandAtTheCursor(string typed, string word)
    {
        Ran ran = await CommandLine.Plain($"[suggest:{typed.Length}]", typed);
        Assert.Equal(0, ran.Code);
        Assert.Contains(word, ran.Rows.Select(row => row.Trim()));
        Assert.Equal("", ran.Error);
    }

    [Fact]
    public async Task NamesOfRunsAreSuggested()
    {
        Assert.Equal(0, (await _line.Run("train", _line.Choices(), "--dim", "4", "--epochs", "1", "--quiet", "--name", "shop")).Code);
        string typed = $"rowan recommend --runs {_line.Runs} --run ";
        Assert.Contains("shop", (await CommandLine.Plain($"[suggest:{typed.Length}]", typed)).Rows.Select(row => row.Trim()));
    }

    [Fact]
    public async Task TheScriptOfBashCompletes()
    {
        string? bash = new[] { "/bin/bash", "/usr/bin/bash" }.FirstOrDefault(File.Exists);
        string script = _line.Lines("rowan.bash", (await CommandLine.Plain("completion", "bash")).Out);
        foreach (string shell in new[] { "zsh", "fish", "pwsh" })
            Assert.Contains("[suggest", (await CommandLine.Plain("completion", shell)).Out, StringComparison.Ordinal);
        if (bash is null) return;
        // The command under test, as a shell would find it.
        string command = _line.Lines("rowan", "#!/bin/sh",
            $"exec '{Environment.ProcessPath}' exec '{typeof(App).Assembly.Location}' \"$@\"");
        if (!Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal))
            command = _line.Lines("rowan", "#!/bin/sh", $"exec dotnet '{typeof(App).Assembly.Location}' \"$@\"");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string ask = $"PATH='{_line.Folder.Path}':$PATH; . '{script}'; COMP_LINE='rowan tra'; COMP_POINT=9; COMP_WORDS=(rowan tra); "
            + $"COMP_CWORD=1; _rowan; echo \"${{COMPREPLY[*]}}\"";
        using Process process = Process.Start(
            new ProcessStartInfo(bash) { ArgumentList = { "-c", ask }, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Assert.Equal("train", (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }
}
