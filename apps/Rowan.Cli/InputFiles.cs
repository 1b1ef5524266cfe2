using Rowan.Data;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary>The records that a run is asked with: files, standard input, or plain text for a run that reads texts.</summary>
static class InputFiles
{
    static readonly string[] Endings =
        [".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".gz", ".zip", ".dat", ".tab", ".xlsx", ".zst"];

    /// <summary>Whether a word is meant as a file: it begins as a path, or has the ending of a data file.</summary>
    public static bool LooksLikePath(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (word.Any(char.IsWhiteSpace)) return false;
        return word.StartsWith('/') || word.StartsWith("./", StringComparison.Ordinal) || word.StartsWith("../", StringComparison.Ordinal)
            || word.StartsWith("~/", StringComparison.Ordinal)
            || (word.Length > 2 && word[1] == ':' && word[2] is '\\' or '/')
                || Endings.Contains(Path.GetExtension(word).ToLowerInvariant());
    }

    /// <summary>
    /// Opens files for a run. Where a run reads one text, standard input and .txt files whose first line does not name the text column
    /// are plain text: each line is a record, the first one too.
    /// </summary>
    /// <param name="paths">Paths; "-" is standard input.</param>
    /// <param name="options">What was stated of the files.</param>
    /// <param name="columns">The columns that the run needs.</param>
    public static Opened Open(string[] paths, ReadOptions options, IReadOnlyList<string> columns)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(columns);
        string? spooled = paths is ["-"] ? Spool() : null;
        try
        {
            DataSource Source(ReadOptions how) => DataSource.Of(paths, how, spooled is null ? null : File.OpenRead(spooled));
            bool stated = options.Format is not null || options.Header is not null || options.Columns is not null
                || options.Separator is not null;
            bool mayBeText = columns.Count == 1 && !stated
                && paths.All(path => path == "-" || Path.GetExtension(path).ToLowerInvariant() is ".txt" or "");
            if (mayBeText && !Names(Source, options, columns[0])) options = options with { Format = DataFormat.Text };
            return new Opened(Source(options), spooled);
        }
        catch
        {
            if (spooled is not null) File.Delete(spooled);
            throw;
        }
    }

    static bool Names(Func<ReadOptions, DataSource> source, ReadOptions options, string column)
    {
        try
        {
            using DataSource probe = source(options with { Format = null });
            using RecordReader reader = probe.Open();
            return reader.Columns.Contains(column, StringComparer.OrdinalIgnoreCase);
        }
        // Not a table at all: plain text.
        catch (InvalidDataException) { return false; }
        catch (BadRecordException) { return false; }
    }

    static string Spool()
    {
        string path = Path.Combine(Path.GetTempPath(), $"rowan-stdin-{Guid.NewGuid():N}");
        using Stream from = Console.OpenStandardInput();
        using FileStream to = File.Create(path);
        from.CopyTo(to);
        return path;
    }

    /// <summary>A source, and the copy of standard input that goes with it.</summary>
    internal sealed class Opened(DataSource source, string? spooled) : IDisposable
    {
        public DataSource Source => source;

        public void Dispose()
        {
            source.Dispose();
            if (spooled is not null) File.Delete(spooled);
        }
    }
}
