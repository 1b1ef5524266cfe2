using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Retrieval;
using Spectre.Console;

namespace Rowan.Cli;

/// <summary><c>rowan train</c>.</summary>
static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        var defaults = new SearchSettings();
        var docs = new Option<string?>("--docs") { Description = "A folder with XML documentation files, in place of the SDK's own.", HelpName = "DIR" };
        var runs = new Option<string>("--runs") { Description = "Where runs are kept.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };
        var name = new Option<string?>("--name") { Description = "The run's name; the time where none is given.", HelpName = "NAME" };
        var seed = new Option<ulong>("--seed") { Description = "Settles every random choice: the same seed gives the same model, byte for byte.", HelpName = "N", DefaultValueFactory = _ => defaults.Seed };
        var epochs = Count("--epochs", "How often each member is trained on.", defaults.Epochs);
        var dim = Count("--dim", "Values a vector.", defaults.Dim);
        var batch = Count("--batch-size", "Members in a batch.", defaults.BatchSize);
        var rate = new Option<float>("--learning-rate") { Description = "Adam's step size at the start.", HelpName = "X", DefaultValueFactory = _ => defaults.LearningRate };
        var threads = Count("--threads", "Threads to use; the model does not depend on it.", Environment.ProcessorCount);
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Show no progress." };
        var command = new Command("train", """
            Learn from the API documentation that every .NET SDK carries.

            Reads the documented members, holds 2,000 questions out, trains a vector for every member and every
            word, asks the questions, and compares with BM25. The run is saved for 'search' and 'neighbors'.
            Ctrl-C finishes the batch and saves what was learned.
            """) { docs, runs, name, seed, epochs, dim, batch, rate, threads, json, quiet };

        command.SetAction((parsed, stop) =>
        {
            Workers.Threads = parsed.GetValue(threads);
            var screen = new ProgressScreen(terminal.Error, terminal.Interactive, TimeProvider.System);
            var job = new SearchJob
            {
                DocsDirectory = parsed.GetValue(docs), RunsDirectory = parsed.GetValue(runs)!, Name = parsed.GetValue(name),
                Settings = defaults with
                {
                    Seed = parsed.GetValue(seed), Epochs = parsed.GetValue(epochs), Dim = parsed.GetValue(dim),
                    BatchSize = parsed.GetValue(batch), LearningRate = parsed.GetValue(rate),
                },
            };
            try
            {
                SearchReport report = SearchRecipe.Train(job, parsed.GetValue(quiet) ? null : screen, stop);
                screen.EndLine();
                if (parsed.GetValue(json)) WriteJson(terminal.Out, report);
                else WriteText(terminal, report);
                return Task.FromResult(report.Finished ? App.Ok : App.Cancelled);
            }
            finally
            {
                screen.EndLine();
            }
        });
        return command;
    }

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
