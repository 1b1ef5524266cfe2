using System.CommandLine;
using System.Globalization;
using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;
using Spectre.Console;

namespace Rowan.Cli;

/// <summary><c>rowan evaluate</c>.</summary>
static class EvaluateCommand
{
    public static Command Create(Terminal terminal)
    {
        var run = new Argument<string>("run") { Description = "Run folder, or name of a run.", HelpName = "RUN" };
        var files = new Argument<string[]>("file") { Description = "Files with the columns of the training data; for a search run with the columns question and document.", HelpName = "FILE", Arity = ArgumentArity.OneOrMore };
        Option<string> runs = RunOptions.Runs();
        run.CompletionSources.Add(context => RunOptions.Names(context.ParseResult.GetValue(runs)!));
        var json = new Option<bool>("--json") { Description = "Print the metrics as JSON." };
        var command = new Command("evaluate", """
            Measure a run on new data: the metrics of its task.

            Examples:
              rowan evaluate income new.csv
              rowan evaluate runs/shop next-week.csv --json
              rowan evaluate pairs wordsim353.tsv
            """) { run, files, runs, json };
        var data = new DataOptions(command, roles: false);
        command.Subcommands.Add(WordsCommands.CreatePairs(terminal));
        command.Subcommands.Add(WordsCommands.CreateAnalogies(terminal));
        command.SetAction(parsed =>
        {
            string path = RunOptions.Named(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            using DataSource source = DataSource.Of(parsed.GetValue(files)!, data.Read(parsed));
            EvaluationReport report = RunEvaluation.Of(path, source);
            if (parsed.GetValue(json)) WriteJson(terminal.Out, path, report);
            else Write(terminal, report);
            return App.Ok;
        });
        return command;
    }

    static void Write(Terminal terminal, EvaluationReport report)
    {
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Records:#,0} records"));
        foreach (string note in report.Notes) terminal.Out.WriteLine(note);
        var table = new Spectre.Console.Table { Border = TableBorder.Simple };
        table.AddColumns("metric", "value");
        foreach (Metric metric in report.Metrics) table.AddRow(Markup.Escape(metric.Name), Metric.Text(metric.Value));
        terminal.Write(table);
    }

    static void WriteJson(TextWriter output, string run, EvaluationReport report) => JsonText.Write(output, json =>
    {
        json.WriteString("run", run);
        json.WriteNumber("records", report.Records);
        json.WriteStartObject("metrics");
        foreach (Metric metric in report.Metrics)
            if (double.IsFinite(metric.Value)) json.WriteNumber(metric.Name, Math.Round(metric.Value, 6));
            else json.WriteNull(metric.Name);
        json.WriteEndObject();
        json.WriteStartArray("notes");
        foreach (string note in report.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
    });
}
