using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary><c>rowan predict</c>.</summary>
static class PredictCommand
{
    public static Command Create(Terminal terminal)
    {
        var what = new Argument<string[]>("file-or-text") { Description = "A file of records, - for standard input, or a text.", Arity = ArgumentArity.OneOrMore };
        var runOption = new Option<string?>("--run") { Description = "The run folder, or the name of a run; the newest that predicts where none is given.", HelpName = "DIR" };
        Option<string> runs = RunOptions.Runs();
        var top = new Option<int>("--top", "-n") { Description = "How many labels are told, the likeliest first.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print a JSON object a record." };
        top.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int given) && given < 1) result.AddError($"--top {given}: it must be at least 1.");
        });
        var command = new Command("predict", """
            Say which label, class or number each record has: a line each, in their order.

            Examples:
              rowan predict "what a wonderful film"
              rowan predict new.csv --run runs/income > answers.tsv
              zcat new.tsv.gz | rowan predict - --top 3 --json
            """) { what, runOption, runs, top, json };
        var data = new DataOptions(command, roles: false);
        command.SetAction(parsed =>
        {
            string runsFolder = parsed.GetValue(runs)!;
            string path = parsed.GetValue(runOption) is { } named ? RunFolder.Named(named, runsFolder) : Newest(runsFolder);
            PredictingRun run = PredictingRun.Open(path);
            string[] given = parsed.GetValue(what)!;
            int count = parsed.GetValue(top);
            if (given is ["-"] || File.Exists(given[0]))
            {
                using DataSource source = DataSource.Of(given, data.Read(parsed));
                using RecordReader reader = source.Open();
                foreach (Prediction prediction in run.Predict(reader, count)) Write(terminal.Out, prediction, parsed.GetValue(json));
                return App.Ok;
            }
            if (run is not ClassifyRun texts) throw new FileNotFoundException($"there is no file '{given[0]}'; this run predicts records, not texts: name a file with the columns {string.Join(", ", run.Columns)}");
            Write(terminal.Out, texts.Predict(string.Join(' ', given), count), parsed.GetValue(json));
            return App.Ok;
        });
        return command;
    }

    static string Newest(string runs)
    {
        string[] found = [.. ((string[])["classify", "tabular"]).Select(kind =>
        {
            try { return RunFolder.Newest(runs, kind); }
            catch (DirectoryNotFoundException) { return ""; }
        }).Where(run => run.Length > 0)];
        return found.MaxBy(run => File.GetLastWriteTimeUtc(Path.Combine(run, "run.json"))) ?? throw new DirectoryNotFoundException($"there is no run in '{runs}' that predicts; train one with 'rowan train FILE', or name a run folder as --run DIR");
    }

    static void Write(TextWriter output, Prediction prediction, bool asJson)
    {
        if (!asJson)
        {
            output.WriteLine(prediction.Top.Count == 0 ? prediction.Value : string.Join('\t', prediction.Top.Select(label => string.Create(CultureInfo.InvariantCulture, $"{label.Label}\t{label.Probability:0.0000}"))));
            return;
        }
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("value", prediction.Value);
            if (prediction.Probability is { } probability) json.WriteNumber("probability", Math.Round(probability, 6));
            if (prediction.Top.Count > 1)
            {
                json.WriteStartObject("top");
                foreach ((string label, double p) in prediction.Top) json.WriteNumber(label, Math.Round(p, 6));
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}
