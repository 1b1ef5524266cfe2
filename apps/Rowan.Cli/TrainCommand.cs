using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Retrieval;
using Rowan.Training;
using Spectre.Console;

namespace Rowan.Cli;

/// <summary><c>rowan train</c>.</summary>
static class TrainCommand
{
    static readonly string[] DocsSettings = ["epochs", "dim", "batch-size", "learning-rate", "seed"];

    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("file") { Description = "Files of records: CSV, TSV, JSON Lines, Parquet or plain text, also as .gz; - for standard input.", Arity = ArgumentArity.ZeroOrMore };
        files.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (token.Value is ['-', _, ..]) result.AddError($"'{token.Value}' is no option of this command.");
        });
        var job = new Option<string?>("--job") { Description = $"What to train; inferred from the columns where it is not said. {string.Join(", ", RecipeCatalog.All.Select(recipe => recipe.Kind))}.", HelpName = "NAME" };
        var validation = new Option<string[]>("--validation") { Description = "Files to validate on.", HelpName = "FILE" };
        var test = new Option<string[]>("--test") { Description = "Files to measure the result on.", HelpName = "FILE" };
        var docs = new Option<string?>("--docs") { Description = "Without a file: a folder with XML documentation, in place of the SDK's own.", HelpName = "DIR" };
        var runs = new Option<string>("--runs") { Description = "Where runs are kept.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };
        var name = new Option<string?>("--name") { Description = "The run's name; the time where none is given.", HelpName = "NAME" };
        var threads = Count("--threads", "Threads to use; the model does not depend on it.", Environment.ProcessorCount);
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Show no progress." };
        var command = new Command("train", """
            Learn vectors from a file of records, or from the API documentation that every .NET SDK carries.

            Looks at the columns, says what it takes them for and which job that is, trains, measures, and saves a run.
            Without a file it learns the .NET API, for 'search' and 'neighbors'.
            Ctrl-C finishes the batch and saves what was learned.

            Examples:
              rowan train
              rowan train ratings.csv
              rowan train reviews.tsv --text review --label stars --job classify
              zcat clicks.csv.gz | rowan train - --label click
            """) { files, job, validation, test };
        var data = new DataOptions(command);
        foreach (Option option in (Option[])[docs, runs, name, threads, json, quiet]) command.Options.Add(option);
        Dictionary<string, Option<string?>> settings = SettingOptions(command);

        command.SetAction((parsed, stop) =>
        {
            Workers.Threads = parsed.GetValue(threads);
            var screen = new ProgressScreen(terminal.Error, terminal.Interactive, TimeProvider.System);
            ProgressScreen? shown = parsed.GetValue(quiet) ? null : screen;
            Dictionary<string, string> given = settings.Where(setting => parsed.GetResult(setting.Value) is not null).ToDictionary(setting => setting.Key, setting => parsed.GetValue(setting.Value) ?? "true");
            try
            {
                if (parsed.GetValue(files) is not { Length: > 0 } named)
                {
                    SearchReport learned = SearchRecipe.Train(new SearchJob
                    {
                        DocsDirectory = parsed.GetValue(docs), RunsDirectory = parsed.GetValue(runs)!, Name = parsed.GetValue(name), Settings = DocsSettingsOf(given),
                    }, shown, stop);
                    screen.EndLine();
                    if (parsed.GetValue(json)) WriteJson(terminal.Out, learned);
                    else WriteText(terminal, learned);
                    return Task.FromResult(learned.Finished ? App.Ok : App.Cancelled);
                }
                ReadOptions options = data.Read(parsed);
                using DataSource source = DataSource.Of(named, options);
                using DataSource? validationSource = parsed.GetValue(validation) is { Length: > 0 } validationFiles ? DataSource.Of(validationFiles, options) : null;
                using DataSource? testSource = parsed.GetValue(test) is { Length: > 0 } testFiles ? DataSource.Of(testFiles, options) : null;
                DataSchema schema = SchemaInference.Infer(source, data.Stated(parsed));
                (Recipe recipe, string reason) = parsed.GetValue(job) is { } kind ? (RecipeCatalog.Named(kind), "as stated") : RecipeCatalog.Infer(schema) is var (found, fit) ? (found, $"since there is {fit.Reason}") : default;
                if (shown is not null)
                {
                    TrainReportText.Write(terminal, terminal.Error, schema);
                    terminal.Error.WriteLine($"job: {recipe.Kind}, {reason}");
                }
                TrainReport report = recipe.Train(new TrainRequest
                {
                    Data = source, Validation = validationSource, Test = testSource, Schema = schema, Settings = given, RunsDirectory = parsed.GetValue(runs)!, Name = parsed.GetValue(name),
                    CommandLine = "rowan " + string.Join(' ', parsed.Tokens.Select(token => token.Value.Contains(' ', StringComparison.Ordinal) ? $"'{token.Value}'" : token.Value)),
                }, shown, stop);
                screen.EndLine();
                if (parsed.GetValue(json)) TrainReportText.WriteJson(terminal.Out, report);
                else TrainReportText.Write(terminal, report);
                return Task.FromResult(report.End == TrainingEnd.Stopped ? App.Cancelled : App.Ok);
            }
            finally
            {
                screen.EndLine();
            }
        });
        return command;
    }

    /// <summary>An option for each setting of any job, which the job itself reads.</summary>
    static Dictionary<string, Option<string?>> SettingOptions(Command command)
    {
        var options = new Dictionary<string, Option<string?>>();
        IEnumerable<(string Kind, Setting Setting)> all = [.. RecipeCatalog.All.SelectMany(recipe => recipe.Settings.Select(setting => (recipe.Kind, setting))), .. DocsSettings.Select(name => ("docs", new Setting(name, "", "", "", [])))];
        foreach (IGrouping<string, (string Kind, Setting Setting)> same in all.GroupBy(setting => setting.Setting.Name))
        {
            Setting setting = same.First().Setting;
            var option = new Option<string?>($"--{same.Key}")
            {
                Description = $"{string.Join(", ", same.Select(pair => pair.Kind).Distinct())}: {setting.Description} [{string.Join("; ", same.Select(pair => pair.Setting.Default).Where(value => value.Length > 0).Distinct())}]",
                HelpName = "X", Arity = setting.IsFlag ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            };
            options[same.Key] = option;
            command.Options.Add(option);
        }
        return options;
    }

    static SearchSettings DocsSettingsOf(IReadOnlyDictionary<string, string> given)
    {
        var settings = new SearchSettings();
        foreach ((string name, string text) in given)
            settings = name switch
            {
                "epochs" => settings with { Epochs = (int)Whole(name, text) },
                "dim" => settings with { Dim = (int)Whole(name, text) },
                "batch-size" => settings with { BatchSize = (int)Whole(name, text) },
                "seed" => settings with { Seed = ulong.TryParse(text, CultureInfo.InvariantCulture, out ulong seed) ? seed : throw new ArgumentException($"--seed {text}: it must be a whole number from 0 on") },
                "learning-rate" => settings with { LearningRate = float.TryParse(text, CultureInfo.InvariantCulture, out float rate) ? rate : throw new ArgumentException($"--learning-rate {text}: it must be a number") },
                _ => throw new ArgumentException($"--{name}: learning the .NET API has no such setting; it has {string.Join(", ", DocsSettings)}. Name a file to train another job"),
            };
        return settings;
    }

    static int Whole(string name, string text) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out int value) && value >= 1 ? value : throw new ArgumentException($"--{name} {text}: it must be at least 1.");

    static Option<int> Count(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int given) && given < 1)
                result.AddError($"{name} {given}: it must be at least 1.");
        });
        return option;
    }

    static void WriteText(Terminal terminal, SearchReport report)
    {
        var culture = CultureInfo.InvariantCulture;
        TextWriter output = terminal.Out;
        output.WriteLine(string.Create(culture, $"{report.Members:#,0} members, {report.Words:#,0} words, {report.Examples:#,0} examples in {report.Elapsed.TotalSeconds:0.0} s, at most {report.PeakMemory / 1e6:#,0} MB"));
        if (report is { Learned: { } learned, Bm25: { } bm25 })
        {
            var table = new Spectre.Console.Table { Border = TableBorder.Simple };
            table.AddColumns(string.Create(culture, $"{report.Questions:#,0} held-out questions"), "recall@1", "recall@10", "MRR");
            foreach ((string name, RankingMetrics metrics) in (ReadOnlySpan<(string, RankingMetrics)>)[("Rowan", learned), ("BM25, same text", bm25)])
                table.AddRow(name, metrics.RecallAt1.ToString("0.000", culture), metrics.RecallAt10.ToString("0.000", culture), metrics.MeanReciprocalRank.ToString("0.000", culture));
            terminal.Write(table);
            if (learned.MeanReciprocalRank <= bm25.MeanReciprocalRank)
                output.WriteLine("The trained vectors do not answer better than BM25 here; more text or more epochs may help.");
        }
        else
            output.WriteLine("Stopped early: what was learned until then is saved; the held-out questions were not asked.");
        output.WriteLine($"saved {report.Run}");
        if (report.Finished) output.WriteLine("ask it: rowan search \"read all lines of a file\"");
    }

    static void WriteJson(TextWriter output, SearchReport report)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("run", report.Run);
            json.WriteBoolean("finished", report.Finished);
            json.WriteNumber("members", report.Members);
            json.WriteNumber("words", report.Words);
            json.WriteNumber("examples", report.Examples);
            json.WriteNumber("seconds", Math.Round(report.Elapsed.TotalSeconds, 3));
            json.WriteNumber("peak_memory_bytes", report.PeakMemory);
            SearchRecipe.WriteMetrics(json, report);
            json.WriteEndObject();
        }
        output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}
