using System.CommandLine;
using System.Globalization;
using Rowan.Formats;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary><c>rowan export</c> and <c>rowan import</c>.</summary>
static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        var source = new Argument<string>("run") {
            Description = "Run folder, name of a run, or file of named vectors.", HelpName = "RUN|FILE" };
        var to = new Option<string?>("--to") {
            Description = $"Format: {string.Join(", ", VectorTables.Formats.Select(format => format.Name))}; onnx for the whole "
                + "model. Default: by the ending of --out.", HelpName = "NAME" };
        var output = new Option<string>("--out", "-o") {
            Description = "File to write, completely or not at all; for huggingface a new folder.", HelpName = "PATH", Required = true };
        var table = new Option<string?>("--table") {
            Description = "Table of the run, such as users or items. Default: its only one.", HelpName = "NAME" };
        var named = new Option<string?>("--as") {
            Description = "Name of the SQL table, key prefix or collection. Default: the table's name, or the file's.", HelpName = "NAME" };
        Option<string?> spaces = ConvertCommand.SpacesAs();
        Option<bool> noVerify = OnnxModels.NoVerify();
        Option<string> runs = RunOptions.Runs();
        var command = new Command("export", """
            Write a table of a run, with your own ids, for another program: a file of vectors, a folder for the
            Hugging Face hub, SQL for pgvector, a stream for PostgreSQL's COPY, commands for Redis and Garnet, JSON for
            Qdrant. The command that loads it is printed. With --to onnx: the whole model of a classify, tabular or
            recommend run for ONNX Runtime, with labels and ids as metadata.

            Examples:
              rowan export runs/shop --table items --to parquet --out items.parquet
              rowan export runs/shop --table items --out items.sql --as shop_items
              rowan export runs/shop --table users --to copy --out users.pgcopy
              rowan export glove.6B.100d.txt --to huggingface --out glove-hub
              rowan export runs/income --to onnx --out income.onnx
            """) { source, to, output, table, named, spaces, noVerify, runs };
        var options = new VectorOptions(command);
        to.CompletionSources.Add([.. VectorTables.Formats.Select(format => format.Name), OnnxModels.Format]);
        command.SetAction((parsed, stop) =>
        {
            string path = parsed.GetValue(output)!, asked = parsed.GetValue(source)!;
            if (OnnxModels.IsAsked(parsed.GetValue(to), path))
            {
                OnnxModels.RefuseOthers(parsed, to, output, noVerify, runs);
                return Task.FromResult(OnnxModels.Export(terminal, RunOptions.Named(asked, parsed.GetValue(runs)!), path,
                    !parsed.GetValue(noVerify)));
            }
            if (parsed.GetValue(noVerify)) throw new ArgumentException("--no-verify: it is for --to onnx; leave it out");
            VectorFormat format = ConvertCommand.FormatOf(parsed.GetValue(to), path);
            VectorReadOptions read = options.Read(parsed) with { SpacesAs = ConvertCommand.Space(parsed, spaces) };
            string run = RunFolder.Named(asked, parsed.GetValue(runs)!);
            VectorWriteOptions write = new() { Name = parsed.GetValue(named) };
            if (!File.Exists(Path.Combine(run, "run.json")))
            {
                if (!Path.Exists(asked)) RunOptions.Named(asked, parsed.GetValue(runs)!);
                if (parsed.GetValue(table) is { } given)
                    throw new ArgumentException($"--table {given}: '{asked}' is a file of vectors, not a run; leave it out");
                ConvertCommand.Write(terminal, format, path, asked, read, write, stop);
                return Task.FromResult(App.Ok);
            }
            if (options.Given(parsed) is { } option)
                throw new ArgumentException($"{option}: '{run}' is a run, and its tables do not need it; leave it out");
            LearnedTable chosen = VectorExport.Table(run, parsed.GetValue(table));
            write = write with { Name = write.Name ?? chosen.Name, Facts = VectorExport.Facts(run, chosen) };
            VectorSurvey written = format.Write(path, () => VectorExport.Read(chosen, run, read), write, stop);
            using VectorReader reader = VectorExport.Read(chosen, run, read);
            Tell(terminal, format, path, written, reader.FieldNames, write);
            if (VectorExport.HasNgrams(run))
                terminal.Error.WriteLine("left out the n-grams of the run: unknown words have no vectors in the file");
            if (chosen.Rows > chosen.Ids.Count)
                terminal.Error.WriteLine($"left out {chosen.Rows - chosen.Ids.Count} rows without an id, which unknown ids share");
            return Task.FromResult(App.Ok);
        });
        return command;
    }

    public static Command CreateImport(Terminal terminal)
    {
        var file = new Argument<string>("file") {
            Description = "File of named vectors, or folder of the Hugging Face hub.", HelpName = "FILE" };
        var table = new Option<string>("--table") {
            Description = "Name of the table in the run.", HelpName = "NAME", DefaultValueFactory = _ => "vectors" };
        var name = new Option<string?>("--name") {
            Description = "Name of the run. Default: the file's name, 'vectors' and a number.", HelpName = "NAME" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a run of that name." };
        Option<string> runs = RunOptions.Runs();
        var command = new Command("import", """
            Make a run of a file of named vectors, so that 'rowan neighbors', 'rowan inspect', 'rowan diff' and
            'rowan export' read it. Reads everything that 'rowan export' writes.

            Examples:
              rowan import glove.6B.100d.txt --name glove
              rowan import items.sql --table items --name shop-items
            """) { file, table, name, overwrite, runs };
        var options = new VectorOptions(command);
        command.SetAction((parsed, stop) =>
        {
            VectorImportReport report = VectorImport.Run(new VectorImportRequest
            {
                Path = parsed.GetValue(file)!, Options = options.Read(parsed), Table = parsed.GetValue(table)!,
                RunsDirectory = parsed.GetValue(runs)!, Name = parsed.GetValue(name), Overwrite = parsed.GetValue(overwrite),
            }, stop);
            terminal.Error.WriteLine($"read {report.Dialect.WithOptions()} (another with --format)");
            VectorOptions.TellSkipped(terminal, report.Skipped, report.Problems);
            if (report.LeftOut.Count > 0)
                terminal.Error.WriteLine($"left out the columns {string.Join(", ", report.LeftOut)}: a run keeps a title and a count "
                    + $"per id");
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"imported {report.Rows:#,0} × {report.Dim} as {report.Run}"));
            return Task.FromResult(App.Ok);
        });
        return command;
    }

    /// <summary>Says what was written, and how it is loaded.</summary>
    public static void Tell(Terminal terminal, VectorFormat format, string path, VectorSurvey written, IReadOnlyList<string> fields,
        VectorWriteOptions write)
    {
        ArgumentNullException.ThrowIfNull(terminal);
        ArgumentNullException.ThrowIfNull(format);
        ArgumentNullException.ThrowIfNull(written);
        ArgumentNullException.ThrowIfNull(write);
        VectorOptions.TellSkipped(terminal, written.Skipped, written.Problems);
        terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"wrote {written.Count:#,0} × {written.Dim} as {format.Name} to {path}"));
        if (fields.Count > 0 && !format.KeepsFields)
            terminal.Error.WriteLine($"left out {string.Join(" and ", fields)}: {format.Name} has no place for them; csv, tsv, parquet "
                + $"and the "
                + "formats of databases have");
        string name = write.Name ?? Path.GetFileName(path).Split('.')[0];
        foreach (string line in format.Loading(path, written, fields, name)) terminal.Error.WriteLine($"  {line}");
    }
}
