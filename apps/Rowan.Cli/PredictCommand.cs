using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary><c>rowan predict</c>.</summary>
static class PredictCommand
{
    const string RowColumn = "row", PredictionColumn = "prediction", ProbabilityColumn = "probability", ErrorColumn = "error";

    public static Command Create(Terminal terminal)
    {
        var what = new Argument<string[]>("file-or-text") {
            Description = "Files, - for standard input, or a text.", HelpName = "FILE|TEXT", Arity = ArgumentArity.OneOrMore };
        var top = new Option<int>("--top", "-n") {
            Description = "Number of labels to show, the most probable first.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print a JSON object per record." };
        RunOptions.AtLeastOne(top);
        var command = new Command("predict", """
            Predict the label, class or number of each record.

            For files: a row per record, in their order, with its id or number, the columns named by --keep,
            and the prediction. Plain text (.txt or standard input) has a record per line and no header.
            A search run that was trained on pairs with a score (--run RUN) predicts the score of each pair.
            With --skip-bad N a bad record has an empty prediction, and the column "error" says what is wrong.

            Examples:
              rowan predict "what a wonderful film"
              rowan predict new.csv --run income --keep name,city --out predictions.csv
              zcat new.tsv.gz | rowan predict - --top 3 --out-format jsonl
            """) { what };
        var options = RunOptions.For<IPredictor>(command, counted: false, json: false);
        command.Options.Add(top);
        command.Options.Add(json);
        var output = new OutputOptions(command);
        var data = new DataOptions(command, roles: false);
        command.SetAction(parsed =>
        {
            string[] given = parsed.GetValue(what)!;
            bool isFile = given is ["-"] || File.Exists(given[0]);
            if (!isFile && given.FirstOrDefault(InputFiles.LooksLikePath) is { } path)
                throw new FileNotFoundException($"there is no file '{path}'; check the spelling and the folder", path);
            IPredictor run = options.Open(parsed, terminal).As<IPredictor>();
            int count = parsed.GetValue(top);
            if (isFile)
            {
                using InputFiles.Opened opened = InputFiles.Open(given, data.Read(parsed), run.Columns);
                PredictFiles(parsed, terminal, run, opened.Source, count, output, parsed.GetValue(json));
                return App.Ok;
            }
            if (run is not ITextClassifier texts)
                throw new FileNotFoundException($"there is no file '{given[0]}'; this run predicts records: name a file with the "
                + $"columns {string.Join(", ", run.Columns)}");
            if (output.Given(parsed) is { } option) throw new ArgumentException($"{option} is for files; '{given[0]}' is not a file, " +
                $"so it is read as a text");
            WriteText(terminal.Out, texts.Predict(string.Join(' ', given), count), parsed.GetValue(json));
            return App.Ok;
        });
        return command;
    }

    static void PredictFiles(ParseResult parsed, Terminal terminal, IPredictor run, DataSource source, int top, OutputOptions output,
        bool json)
    {
        using RecordReader reader = source.Open();
        string[] keep = output.Keep(parsed);
        if (run.IdColumn is { } id && reader.Columns.Contains(id, StringComparer.OrdinalIgnoreCase)
            && !keep.Contains(id, StringComparer.OrdinalIgnoreCase)) keep = [id, .. keep];
        bool numbered = run.IdColumn is not { } own || !keep.Contains(own, StringComparer.OrdinalIgnoreCase),
        gaps = source.Options.SkipBad > 0;
        int labels = run.Labels.Count == 0 ? 0 : Math.Min(top, run.Labels.Count);
        string[] columns =
        [
            .. numbered ? [RowColumn] : Array.Empty<string>(), .. keep, PredictionColumn, .. labels > 0 ? [ProbabilityColumn]
                : Array.Empty<string>(),
            .. Enumerable.Range(2, Math.Max(0, labels - 1))
                .SelectMany(n => (string[])[$"{PredictionColumn}_{n}", $"{ProbabilityColumn}_{n}"]), .. gaps
                ? [ErrorColumn] : Array.Empty<string>(),
        ];
        output.Write(parsed, terminal, json, columns,
            run.PredictRecords(reader, keep, top).Select(record => Row(record, numbered, labels, gaps)));
        if (reader.Skipped > 0)
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"skipped {reader.Skipped:#,0} bad records, such as "
                + $"{reader.SkippedMessages[0].WithOptions()}"));
    }

    static object?[] Row(PredictedRecord record, bool numbered, int labels, bool gaps)
    {
        IEnumerable<object?> fields = record.Kept;
        if (numbered) fields = fields.Prepend(record.Number);
        fields = record.Prediction switch
        {
            null => fields.Concat(new object?[Math.Max(1, 2 * labels)]),
            { Top.Count: 0 } number => fields.Append(float.Parse(number.Value, CultureInfo.InvariantCulture)),
            var labelled => fields.Concat(labelled.Top.SelectMany(label => (object?[])[label.Label, label.Probability])),
        };
        return gaps ? [.. fields, record.Error?.WithOptions()] : [.. fields];
    }

    static void WriteText(TextWriter output, Prediction prediction, bool asJson)
    {
        if (!asJson)
        {
            output.WriteLine(string.Join('\t',
                prediction.Top.Select(label => string.Create(CultureInfo.InvariantCulture, $"{label.Label}\t{label.Probability:0.0000}"))));
            return;
        }
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString(PredictionColumn, prediction.Value);
            // Scripts read the former name.
            json.WriteString("value", prediction.Value);
            if (prediction.Probability is { } probability) json.WriteNumber(ProbabilityColumn, Math.Round(probability, 6));
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
