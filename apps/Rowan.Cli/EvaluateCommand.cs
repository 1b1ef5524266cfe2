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
        var files = new Argument<string[]>("file")
        {
            Description = "Files with the columns of the training data; for a search run without scored pairs the columns question and "
                + "document, or none with --queries.",
            HelpName = "FILE", Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> runs = RunOptions.Runs();
        run.CompletionSources.Add(context => RunOptions.Names(context.ParseResult.GetValue(runs)!));
        var json = new Option<bool>("--json") { Description = "Print the metrics as JSON." };
        var command = new Command("evaluate", """
            Measure a run on new data: the metrics of its task.

            Examples:
              rowan evaluate income new.csv
              rowan evaluate runs/shop next-week.csv --json
              rowan evaluate papers --queries queries.jsonl --qrels qrels/test.tsv --at 10,100
              rowan evaluate pairs wordsim353.tsv
            """) { run, files, runs, json };
        var queries = new Option<string?>("--queries") {
            Description = "Search: queries, as lines of id, tab and text, or JSON Lines with _id and text.", HelpName = "FILE" };
        var qrels = new Option<string?>("--qrels") {
            Description = "Search: relevance judgments of the queries, in the layout of BEIR or TREC.", HelpName = "FILE" };
        var at = new Option<string?>("--at") {
            Description = "With --queries: cutoffs k of the metrics, such as 10,100. Default: 1,10.", HelpName = "K,K" };
        foreach (Option option in (Option[])[queries, qrels, at]) command.Options.Add(option);
        var data = new DataOptions(command, roles: false);
        command.Subcommands.Add(WordsCommands.CreatePairs(terminal));
        command.Subcommands.Add(WordsCommands.CreateAnalogies(terminal));
        command.SetAction(parsed =>
        {
            string path = RunOptions.Named(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            string[] named = parsed.GetValue(files) ?? [];
            EvaluationReport report;
            if (parsed.GetValue(queries) is { } asked) report = OfQueries(path, asked, parsed.GetValue(qrels), parsed.GetValue(at), named);
            else
            {
                if (parsed.GetValue(qrels) is { } judged)
                    throw new ArgumentException($"--qrels {judged}: name the queries that it judges as --queries FILE");
                if (parsed.GetValue(at) is { } cutoffs)
                    throw new ArgumentException($"--at {cutoffs}: it is used with --queries only; leave it out");
                if (named.Length == 0) throw new ArgumentException(
                    "evaluate: no file was named; name one, or, for a search run, --queries FILE and --qrels FILE");
                Run opened = Run.Open(path);
                if (opened is IAnalogies and not IEvaluator) throw new ArgumentException($"a {opened.Task} run is measured with "
                    + "'rowan evaluate pairs FILE' or 'rowan evaluate analogies FILE'");
                IEvaluator evaluator = opened.As<IEvaluator>();
                using DataSource source = DataSource.Of(named, data.Read(parsed));
                report = evaluator.Evaluate(source);
            }
            if (parsed.GetValue(json)) WriteJson(terminal.Out, path, report);
            else Write(terminal, report);
            return App.Ok;
        });
        return command;
    }

    static EvaluationReport OfQueries(string run, string queries, string? qrels, string? at, string[] files)
    {
        if (qrels is null) throw new ArgumentException($"--queries {queries}: name their relevance judgments as --qrels FILE");
        if (files.Length > 0) throw new ArgumentException($"evaluate: give {files[0]} or --queries, not both");
        var cutoffs = new List<int>();
        foreach (string part in (at ?? "1,10").Split(',', StringSplitOptions.TrimEntries))
            cutoffs.Add(int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int k) && k >= 1 ? k
                : throw new ArgumentException($"--at {at}: it must be whole numbers from 1 on, such as 5,10,20"));
        return Run.Open(run).As<ITextSearch>().Evaluate(queries, qrels, cutoffs);
    }

    static void Write(Terminal terminal, EvaluationReport report)
    {
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Records:#,0} records"));
        foreach (string note in report.Notes) terminal.Out.WriteLine(note.WithOptions());
        var table = new Spectre.Console.Table { Border = TableBorder.Simple };
        table.AddColumns("metric", "value");
        foreach ((string name, _) in report.Baselines) table.AddColumn(Markup.Escape(name));
        foreach (Metric metric in report.Metrics)
            table.AddRow([Markup.Escape(metric.Name), Metric.Text(metric.Value),
                .. report.Baselines.Select(other => Metric.Text(other.Metrics.First(same => same.Name == metric.Name).Value))]);
        terminal.Write(table);
    }

    static void WriteJson(TextWriter output, string run, EvaluationReport report) => JsonText.Write(output, json =>
    {
        json.WriteString("run", run);
        json.WriteNumber("records", report.Records);
        Write(json, "metrics", report.Metrics);
        if (report.Baselines.Count > 0)
        {
            json.WriteStartObject("baselines");
            foreach ((string name, IReadOnlyList<Metric> metrics) in report.Baselines) Write(json, name, metrics);
            json.WriteEndObject();
        }
        json.WriteStartArray("notes");
        foreach (string note in report.Notes) json.WriteStringValue(note.WithOptions());
        json.WriteEndArray();
    });

    static void Write(System.Text.Json.Utf8JsonWriter json, string name, IReadOnlyList<Metric> metrics)
    {
        json.WriteStartObject(name);
        foreach (Metric metric in metrics)
            if (double.IsFinite(metric.Value)) json.WriteNumber(metric.Name, Math.Round(metric.Value, 6));
            else json.WriteNull(metric.Name);
        json.WriteEndObject();
    }
}
