using System.Globalization;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>What to import, and as which run.</summary>
public sealed record VectorImportRequest
{
    /// <summary>The file, or the folder of the Hugging Face hub.</summary>
    public required string Path { get; init; }

    /// <summary>How it is read.</summary>
    public VectorReadOptions Options { get; init; } = new();

    /// <summary>The name of the table in the run.</summary>
    public string Table { get; init; } = "vectors";

    /// <summary>The folder of all runs.</summary>
    public string RunsDirectory { get; init; } = "runs";

    /// <summary>The run's name; null for the name of the file, "vectors" and the next free number.</summary>
    public string? Name { get; init; }

    /// <summary>Whether a run of that name is replaced, once the new one is complete.</summary>
    public bool Overwrite { get; init; }
}

/// <summary>What was imported.</summary>
/// <param name="Run">The run folder.</param>
/// <param name="Dialect">What was detected, in words.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Dim">Values per row.</param>
/// <param name="Skipped">Bad rows that were skipped.</param>
/// <param name="Problems">Why the first of them were.</param>
/// <param name="LeftOut">Further columns that a table has no place for.</param>
public sealed record VectorImportReport(string Run, string Dialect, long Rows, int Dim, long Skipped, IReadOnlyList<string> Problems,
    IReadOnlyList<string> LeftOut);

/// <summary>Makes a run of a file of named vectors, so that neighbours, diagnostics and exports read it.</summary>
public static class VectorImport
{
    /// <summary>Reads the file and writes the run, completely or not at all.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or a row is bad.</exception>
    /// <exception cref="ArgumentException">The name of the table is no plain name.</exception>
    /// <exception cref="IOException">The run exists, or can't be written.</exception>
    public static VectorImportReport Run(VectorImportRequest request, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Require.That(request.Table.Length > 0 && request.Table.All(c => char.IsLetterOrDigit(c) || c is '_' or '-'),
            $"`table` {request.Table}: it must be letters, digits, _ and -", nameof(request));
        VectorSurvey survey;
        using (VectorReader first = VectorTables.Open(request.Path, request.Options)) survey = VectorSurvey.Of(first, stop);
        Require.Data(survey.Count > 0, $"{request.Path}: no rows to import");
        using VectorReader reader = VectorTables.Open(request.Path, request.Options);
        int title = IndexOf(reader, LearnedTableVectors.TitleField), count = IndexOf(reader, LearnedTableVectors.CountField);
        bool hasCounts = count >= 0 && survey.IntegerFields[count];
        var (names, titles) = (new string[survey.Count], new string[title >= 0 ? survey.Count : 0]);
        var counts = new long[hasCounts ? survey.Count : 0];
        VectorRows rows = VectorRows.Zeros(survey.Count, survey.Dim);
        while (reader.Next())
        {
            if ((reader.Row & 0xFFF) == 0) stop.ThrowIfCancellationRequested();
            names[reader.Row] = reader.Name;
            rows.Write(reader.Row, reader.Vector);
            if (title >= 0) titles[reader.Row] = reader.Field(title).ReplaceLineEndings(" ");
            if (hasCounts) counts[reader.Row] =
                long.Parse(reader.Field(count), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }
        var table = new LearnedTable
        {
            Name = request.Table, Ids = new Vocabulary(names), Vectors = rows, Titles = titles.Any(text => text.Length > 0) ? titles : [],
            Counts = counts,
        };
        using RunFolder run = RunFolder.Create(request.RunsDirectory, request.Name, VectorsRun.TaskName, overwrite: request.Overwrite,
            data: request.Path.TrimEnd('/', '\\'));
        TableFiles.Write(run, table);
        AtomicFile.WriteText(run.File("README.md"), $"# {Path.GetFileName(run.Path)}\n\n"
            + string.Create(CultureInfo.InvariantCulture, $"Imported vectors: {survey.Count:#,0} rows of {reader.Dim} values, from ")
            + $"`{Path.GetFileName(request.Path)}` ({reader.Dialect}).\n");
        run.Complete(VectorsRun.TaskName, json =>
        {
            json.WriteString("imported_from", request.Path);
            json.WriteString("format", reader.Format);
            json.WriteString("dialect", reader.Dialect);
            json.WriteNumber("rows", survey.Count);
            json.WriteNumber("dim", reader.Dim);
            json.WriteNumber("skipped", reader.Skipped);
        });
        return new(run.Path, reader.Dialect, survey.Count, reader.Dim, reader.Skipped, reader.Problems,
            [.. reader.FieldNames.Where((_, i) => i != title && (i != count || !hasCounts))]);
    }

    static int IndexOf(VectorReader reader, string field)
    {
        for (int i = 0; i < reader.FieldNames.Count; i++)
            if (reader.FieldNames[i].Equals(field, StringComparison.OrdinalIgnoreCase)) return i;
        return -1;
    }
}
