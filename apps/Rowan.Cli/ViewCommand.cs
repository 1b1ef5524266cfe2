using System.CommandLine;
using System.Globalization;
using Rowan.Formats;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary><c>rowan view</c>.</summary>
static class ViewCommand
{
    const int ShownValues = 6, ShownName = 24;

    static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "File of named vectors.", HelpName = "FILE" };
        var neighbors = new Option<string?>("--neighbors") {
            Description = "Print the nearest neighbors of this name, by cosine similarity.", HelpName = "WORD" };
        var count = new Option<int>("--count", "-n") {
            Description = "Number of first rows, or of neighbors.", HelpName = "N", DefaultValueFactory = _ => 10 };
        var json = new Option<bool>("--json") { Description = "Print as JSON." };
        var command = new Command("view", """
            Show a file of named vectors: its format, rows, dimension and norms, the first rows, and the neighbors of
            a name. Reads word2vec (text and binary), GloVe, fastText (.vec and .bin), CSV, TSV, npy, npz, Parquet
            and safetensors; the format is detected from the content.

            Examples:
              rowan view glove.6B.100d.txt
              rowan view cc.en.300.bin --neighbors embeddding -n 5
              rowan view items.npy --names items.txt --json
            """) { file, neighbors, count, json };
        RunOptions.AtLeastOne(count);
        var options = new VectorOptions(command);
        command.SetAction((parsed, stop) =>
        {
            VectorReadOptions read = options.Read(parsed);
            string path = parsed.GetValue(file)!;
            int rows = parsed.GetValue(count);
            if (parsed.GetValue(neighbors) is { } word)
            {
                NeighborsInFile found = NeighborsInFile.Of(() => VectorTables.Open(path, read), word, rows, stop);
                terminal.Error.WriteLine(found.Dialect.WithOptions());
                VectorOptions.TellSkipped(terminal, found.Skipped, found.Problems);
                if (!found.IsKnown) terminal.Error.WriteLine($"'{word}' is not in the file; its vector is the mean of its n-grams");
                if (parsed.GetValue(json)) WriteNeighbors(terminal.Out, path, found);
                else foreach ((string name, double score) in found.Matches)
                    terminal.Out.WriteLine(NeighborsCommand.Line(score, name, null));
                return Task.FromResult(App.Ok);
            }
            VectorFileSummary summary;
            using (VectorReader reader = VectorTables.Open(path, read)) summary = VectorFileSummary.Of(reader, rows, stop);
            if (parsed.GetValue(json)) WriteSummary(terminal.Out, path, summary);
            else Write(terminal.Out, summary);
            VectorOptions.TellSkipped(terminal, summary.Skipped, summary.Problems);
            return Task.FromResult(App.Ok);
        });
        return command;
    }

    static void Write(TextWriter output, VectorFileSummary summary)
    {
        output.WriteLine($"format  {summary.Dialect.WithOptions()}");
        output.WriteLine(string.Create(Culture, $"rows    {summary.Rows:#,0}"));
        output.WriteLine(string.Create(Culture, $"dim     {summary.Dim}"));
        string zeros = summary.ZeroRows == 1 ? "1 row of zeros" : string.Create(Culture, $"{summary.ZeroRows:#,0} rows of zeros");
        output.WriteLine(string.Create(Culture, $"norms   {summary.SmallestNorm:0.####} to {summary.LargestNorm:0.####}, mean "
            + $"{summary.MeanNorm:0.####}{(summary.ZeroRows > 0 ? $"; {zeros}" : "")}"));
        if (summary.Labels.Count > 0) output.WriteLine($"labels  {string.Join(", ", summary.Labels.Take(20))}"
            + (summary.Labels.Count > 20 ? $" and {summary.Labels.Count - 20} more" : ""));
        output.WriteLine();
        foreach ((string name, float norm, float[] values) in summary.First)
        {
            string shown = name.Length <= ShownName ? name : name[..(ShownName - 1)] + "…";
            string start = string.Join(' ', values.Take(ShownValues).Select(value => value.ToString("0.####", Culture)));
            output.WriteLine(string.Create(Culture, $"{shown.PadRight(ShownName)}  norm {norm:0.####}  {start}")
                + (values.Length > ShownValues ? " …" : ""));
        }
    }

    static void WriteSummary(TextWriter output, string path, VectorFileSummary summary) => JsonText.Write(output, json =>
    {
        json.WriteString("file", path);
        json.WriteString("format", summary.Format);
        json.WriteString("dialect", summary.Dialect.WithOptions());
        json.WriteNumber("rows", summary.Rows);
        json.WriteNumber("dim", summary.Dim);
        json.WriteNumber("skipped", summary.Skipped);
        json.WriteNumber("smallest_norm", summary.SmallestNorm);
        json.WriteNumber("largest_norm", summary.LargestNorm);
        json.WriteNumber("mean_norm", summary.MeanNorm);
        json.WriteNumber("zero_rows", summary.ZeroRows);
        json.WriteStartArray("labels");
        foreach (string label in summary.Labels) json.WriteStringValue(label);
        json.WriteEndArray();
        json.WriteStartArray("first");
        foreach ((string name, float norm, float[] values) in summary.First)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("norm", norm);
            json.WriteStartArray("values");
            foreach (float value in values) json.WriteNumberValue(value);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    static void WriteNeighbors(TextWriter output, string path, NeighborsInFile found) => JsonText.Write(output, json =>
    {
        json.WriteString("file", path);
        json.WriteBoolean("known", found.IsKnown);
        json.WriteStartArray("vector");
        foreach (float value in found.Vector) json.WriteNumberValue(value);
        json.WriteEndArray();
        json.WriteStartArray("hits");
        foreach ((string name, double score) in found.Matches)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("score", Math.Round(score, 6));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
