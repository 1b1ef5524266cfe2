using System.Globalization;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>What a file of vectors will hold, known before it is written: a format refuses what it cannot hold.</summary>
/// <param name="Count">Rows.</param>
/// <param name="Dim">Values per row.</param>
/// <param name="LongestName">Characters of the longest name.</param>
/// <param name="NameWithSpace">The first name that has a space; null for none.</param>
/// <param name="NameWithBreak">The first name that has a tab or a line break; null for none.</param>
/// <param name="NameWithZero">The first name that has a NUL character; null for none.</param>
/// <param name="HasEmptyName">Whether a name is empty.</param>
/// <param name="IntegerFields">Which further text values are whole numbers in every row.</param>
/// <param name="Skipped">Rows that were skipped.</param>
/// <param name="Problems">Why the first of them were, and notes on the file.</param>
public sealed record VectorSurvey(long Count, int Dim, int LongestName, string? NameWithSpace, string? NameWithBreak, string? NameWithZero,
    bool HasEmptyName, IReadOnlyList<bool> IntegerFields, long Skipped, IReadOnlyList<string> Problems)
{
    /// <summary>Reads all rows of a reader that is at its beginning.</summary>
    /// <exception cref="InvalidDataException">A row is bad.</exception>
    public static VectorSurvey Of(VectorReader reader, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        (string? space, string? lineBreak, string? zero, int longest) = (null, null, null, 0);
        bool empty = false;
        bool[] integers = [.. reader.FieldNames.Select(_ => true)];
        while (reader.Next())
        {
            if ((reader.Row & 0xFFF) == 0) stop.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> name = reader.NameBytes;
            empty |= name.Length == 0;
            int continued = 0;
            foreach (byte one in name)
                if ((one & 0xC0) == 0x80) continued++;
            longest = Math.Max(longest, name.Length - continued);
            if (space is null && name.Contains((byte)' ')) space = reader.Name;
            if (lineBreak is null && name.IndexOfAny((byte)'\t', (byte)'\n', (byte)'\r') >= 0) lineBreak = reader.Name;
            if (zero is null && name.Contains((byte)0)) zero = reader.Name;
            for (int field = 0; field < integers.Length; field++)
                integers[field] &= long.TryParse(reader.Field(field), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
        }
        return new(reader.Row + 1, reader.Dim, longest, space, lineBreak, zero, empty, integers, reader.Skipped, reader.Problems);
    }
}

/// <summary>What vectors are called where they are written, and what is known of them.</summary>
public sealed record VectorWriteOptions
{
    /// <summary>The name of the SQL table, the prefix of keys, the collection, the title of a model card; null for the name of the file
    /// without its ending.</summary>
    public string? Name { get; init; }

    /// <summary>Facts for a model card, such as the task and its metrics.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];
}

/// <summary>A format of files of named vectors.</summary>
public abstract class VectorFormat
{
    private protected VectorFormat(string name, string summary, params IReadOnlyList<string> extensions) =>
        (Name, Summary, Extensions) = (name, summary, extensions);

    /// <summary>Its name: "word2vec".</summary>
    public string Name { get; }

    /// <summary>What it is, in a few words.</summary>
    public string Summary { get; }

    /// <summary>The endings of file names that choose it for writing, such as ".vec".</summary>
    public IReadOnlyList<string> Extensions { get; }

    /// <summary>Whether it keeps further values of rows, such as titles, next to the names.</summary>
    public virtual bool KeepsFields => false;

    /// <summary>How to load what was written into the program that reads it, for a table of a name; empty for none.</summary>
    public virtual IReadOnlyList<string> Loading(string path, VectorSurvey survey, IReadOnlyList<string> fields, string name) => [];

    /// <summary>Opens a file of this format.</summary>
    internal abstract VectorReader Open(string path, VectorReadOptions options);

    /// <summary>Whether the format can hold such vectors; why not, and what to do, otherwise.</summary>
    private protected virtual string? Refusal(VectorSurvey survey) => null;

    /// <summary>Writes all rows of a reader that is at its beginning.</summary>
    private protected abstract void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options);

    /// <summary>
    /// Writes vectors completely or not at all. They are read twice: the first time to find bad rows, and names that the format cannot
    /// hold, before anything is written.
    /// </summary>
    /// <param name="path">The file; formats with two files derive the name of the other from it.</param>
    /// <param name="open">Opens the vectors at their beginning.</param>
    /// <param name="options">What the vectors are called, and facts about them; null for the name of the file.</param>
    /// <param name="stop">Cancels; then nothing is written.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="InvalidDataException">A row is bad, or the format cannot hold a name; nothing was written.</exception>
    /// <exception cref="ArgumentException">The path ends in .gz.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder is missing.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public VectorSurvey Write(string path, Func<VectorReader> open, VectorWriteOptions? options = null, CancellationToken stop = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(open);
        // Before the rows are read, which may take minutes.
        AtomicFile.RequireFolder(path.TrimEnd(Path.DirectorySeparatorChar));
        Require.That(!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase), $"'{path}': vectors are written unpacked; leave .gz out, "
            + $"and pack the file with 'gzip' afterwards", nameof(path));
        VectorSurvey survey;
        using (VectorReader first = open()) survey = VectorSurvey.Of(first, stop);
        Require.Data(survey.Count > 0, $"there are no rows to write");
        if (Refusal(survey) is { } refusal) throw new InvalidDataException($"{Name}: {refusal}");
        stop.ThrowIfCancellationRequested();
        using VectorReader rows = open();
        options ??= new VectorWriteOptions();
        Write(path, rows, survey, options.Name is null ? options with { Name = Path.GetFileName(path).Split('.')[0] } : options);
        return survey;
    }

    /// <summary>Writes vectors that were surveyed, as a part of another format.</summary>
    internal void WriteRows(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        Write(path, rows, survey, options);

    private protected static string? NoSpaces(VectorSurvey survey) => survey.HasEmptyName
        ? "a name is empty, and a space ends a name in this format; write csv, npy, npz, safetensors or parquet"
            : (survey.NameWithSpace ?? survey.NameWithBreak) is { } name
        ? $"the name '{name}' has a space, tab or line break, and a space ends a name in this format; replace spaces with `spaces-as` "
            + $"_, or "
            + "write csv, npy, npz, safetensors or parquet" : null;

    private protected static string? NoZeros(VectorSurvey survey) => survey.NameWithZero is { } zero
        ? $"the name '{zero.Replace('\0', ' ')}' holds a NUL character, which this format cannot hold; write csv or parquet" : null;

    private protected static string? NoBreaks(VectorSurvey survey) => survey.NameWithBreak is { } name
        ? $"the name '{name.ReplaceLineEndings(" ").Replace('\t', ' ')}' has a tab or line break, and this format keeps a name per "
            + $"line; write csv, npz or parquet" : null;
}
