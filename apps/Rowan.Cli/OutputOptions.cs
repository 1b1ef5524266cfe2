using System.CommandLine;
using System.Globalization;
using System.Text;
using Rowan.Formats;

namespace Rowan.Cli;

/// <summary>The options of commands that write a row for each record: into a file, whole or not at all, or on stdout.</summary>
sealed class OutputOptions
{
    const string Formats = "csv, tsv or jsonl";

    readonly Option<string?> _out = new("--out", "-o") {
        Description = "Write the rows to this file, completely or not at all.", HelpName = "FILE" };
    readonly Option<string?> _format = new("--out-format") {
        Description = $"Format of the rows: {Formats}. Default: by the ending of --out, else csv.", HelpName = "NAME" };
    readonly Option<string?> _keep = new("--keep") {
        Description = "Columns of the input to copy into the rows, a,b,c.", HelpName = "COLUMNS" };

    /// <param name="command">Which gets the options.</param>
    public OutputOptions(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        _format.AcceptOnlyFromAmong("csv", "tsv", "jsonl");
        foreach (Option option in (Option[])[_out, _format, _keep]) command.Options.Add(option);
    }

    /// <summary>Whether one of the options was given.</summary>
    public string? Given(ParseResult parsed) =>
        ((Option[])[_out, _format, _keep]).FirstOrDefault(option => parsed.GetResult(option) is not null)?.Name;

    /// <summary>Columns of the input that are copied.</summary>
    public string[] Keep(ParseResult parsed) =>
        parsed.GetValue(_keep)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Writes rows.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Stdout, and what hears how many rows a file got.</param>
    /// <param name="json">Whether rows are JSON Lines on stdout.</param>
    /// <param name="columns">The names of the fields.</param>
    /// <param name="rows">The rows, made while they are written.</param>
    public void Write(ParseResult parsed, Terminal terminal, bool json, IReadOnlyList<string> columns, IEnumerable<object?[]> rows)
    {
        ArgumentNullException.ThrowIfNull(terminal);
        if (parsed.GetValue(_out) is not { } file)
        {
            Write(terminal.Out, FormatOf(parsed, null, json), columns, rows);
            return;
        }
        RecordFormat format = FormatOf(parsed, file, json);
        long count = 0;
        AtomicFile.Write(file, stream =>
        {
            using var output = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
            count = Write(output, format, columns, rows);
        });
        terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"wrote {count:#,0} rows to {file}"));
    }

    static long Write(TextWriter output, RecordFormat format, IReadOnlyList<string> columns, IEnumerable<object?[]> rows)
    {
        var writer = new RecordWriter(output, format, columns);
        writer.Begin();
        long count = 0;
        foreach (object?[] row in rows)
        {
            writer.Write(row);
            count++;
        }
        return count;
    }

    RecordFormat FormatOf(ParseResult parsed, string? file, bool json) => parsed.GetValue(_format) switch
    {
        "csv" => RecordFormat.Csv,
        "tsv" => RecordFormat.Tsv,
        "jsonl" => RecordFormat.JsonLines,
        _ => json ? RecordFormat.JsonLines : Path.GetExtension(file ?? "").ToLowerInvariant() switch
        {
            ".jsonl" or ".ndjson" or ".json" => RecordFormat.JsonLines,
            ".tsv" or ".tab" => RecordFormat.Tsv,
            _ => RecordFormat.Csv,
        },
    };
}
