using System.CommandLine;
using System.Globalization;
using Rowan.Training;
using Spectre.Console;

namespace Rowan.Cli;

/// <summary><c>rowan runs</c>.</summary>
static class RunsCommand
{
    public static Command Create(Terminal terminal)
    {
        Option<string> runs = RunOptions.Runs();
        var json = new Option<bool>("--json") { Description = "Print the list as JSON." };
        var command = new Command("runs", """
            List the runs, the newest first: name, task, data, date and main metric.

            Examples:
              rowan runs
              rowan runs --runs experiments --json
            """) { runs, json };
        command.SetAction(parsed =>
        {
            string folder = parsed.GetValue(runs)!;
            IReadOnlyList<RunSummary> found = RunSummary.All(folder);
            if (parsed.GetValue(json)) WriteJson(terminal.Out, found);
            else if (found.Count == 0) terminal.Error.WriteLine($"there is no run in '{folder}'; train one with 'rowan train FILE'");
            else Write(terminal, found);
            return App.Ok;
        });
        return command;
    }

    static void Write(Terminal terminal, IReadOnlyList<RunSummary> runs)
    {
        var table = new Spectre.Console.Table { Border = TableBorder.Simple };
        table.AddColumns("name", "task", "data", "date", "metric", "");
        foreach (RunSummary run in runs)
            table.AddRow(Markup.Escape(run.Name), Markup.Escape(run.Task), Markup.Escape(Data(run)),
                run.Written.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                run.Metric is { } metric ? Markup.Escape($"{metric.Name} {Metric.Text(metric.Value)}") : "", run.Resumable
                    ? "interrupted: train --resume" : "");
        terminal.Write(table);
    }

    static string Data(RunSummary run) => run.Data.Count == 0
        ? "" : $"{Path.GetFileName(run.Data[0])}{(run.Data.Count > 1 ? $" and {run.Data.Count - 1} more" : "")}";

    static void WriteJson(TextWriter output, IReadOnlyList<RunSummary> runs) => JsonText.Write(output, json =>
    {
        json.WriteStartArray("runs");
        foreach (RunSummary run in runs)
        {
            json.WriteStartObject();
            json.WriteString("name", run.Name);
            json.WriteString("path", run.Path);
            json.WriteString("task", run.Task);
            json.WriteStartArray("data");
            foreach (string file in run.Data) json.WriteStringValue(file);
            json.WriteEndArray();
            json.WriteString("date", run.Written);
            if (run.Metric is { } metric)
            {
                json.WriteString("metric", metric.Name);
                json.WriteNumber("value", metric.Value);
            }
            json.WriteBoolean("interrupted", run.Resumable);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
