namespace Rowan.Data;

/// <summary>Decides the format of a file by its content.</summary>
static class TextFormat
{
    const int SampleLines = 1_000, FewestLabelledLines = 10, FewestOfOneLabel = 100, MostLabels = 100, LongestLabel = 40;

    static readonly string[] TableSeparators = ["\t", ",", ";", "|", "::"];

    /// <summary>The format of a file: what its first bytes say, else what its first lines look like.</summary>
    /// <exception cref="InvalidDataException">The file is of a kind that is not read, damaged, or no text.</exception>
    public static DataFormat Of(SourceFile file, ReadOptions options)
    {
        if (FileKind.IsParquet(file.Head)) return DataFormat.Parquet;
        // An ending that promises Parquet and a content that is none is damage, which the reader of Parquet names.
        if (file.Ending == ".parquet") return DataFormat.Parquet;
        string[] lines = [.. file.Lines.Where(line => !string.IsNullOrWhiteSpace(line)).Take(SampleLines)];
        if (lines.Length == 0) return file.Ending is ".txt" ? DataFormat.Text : file.Ending is ".jsonl" or ".ndjson"
            ? DataFormat.JsonLines : DataFormat.Delimited;
        if (Json(lines, file.Ending) is { } json) return json;
        if (options.Separator is not null || options.Columns is not null || options.Header is not null || options.NoQuotes is true
            || options.Escapes) return DataFormat.Delimited;
        RefuseNegatives(file, lines);
        if (lines.Count(line => line.StartsWith(LabelledRecords.FastTextPrefix,
            StringComparison.Ordinal)) * 2 > lines.Length) return DataFormat.Labelled;
        bool isText = file.Ending is ".txt" or ".text" or ".md" || file.IsStandardInput;
        var best = DelimitedLayout.Best(lines, TableSeparators, null, false);
        if (best is { Share: >= 0.95 } && (!isText || IsTable(lines, best.Value.Dialect))) return DataFormat.Delimited;
        if (UserItemsRecords.Fits(lines)) return DataFormat.UserItems;
        if (AreLabelled(lines)) return DataFormat.Labelled;
        if (best is not null && !isText && !lines.All(line => line.Contains(' ', StringComparison.Ordinal))) return DataFormat.Delimited;
        if (DelimitedLayout.Best(lines, ["spaces"], null, false) is { Share: >= 0.95 } && lines.Length > 1
            && HasNumbers(lines)) return DataFormat.Delimited;
        return isText ? DataFormat.Text : DataFormat.Delimited;
    }

    /// <summary>JSON Lines or an array, if the text begins like one.</summary>
    static DataFormat? Json(string[] lines, string ending)
    {
        string start = lines[0].TrimStart('\ufeff', ' ', '\t');
        if (ending is ".jsonl" or ".ndjson") return start.StartsWith('[') && lines.Length > 0
            && start.TrimStart('[', ' ').StartsWith('{') ? DataFormat.JsonArray : DataFormat.JsonLines;
        if (start.StartsWith('{') && (start.Length == 1 ? lines.Length > 1
            && lines[1].TrimStart().StartsWith('"') : start[1..].TrimStart() is ['"' or '}', ..])) return DataFormat.JsonLines;
        if (start.StartsWith('['))
        {
            string next = start.Length > 1 ? start[1..].TrimStart() : lines.Length > 1 ? lines[1].TrimStart() : "";
            if (next.StartsWith('{') || (ending == ".json")) return DataFormat.JsonArray;
        }
        return ending == ".json" ? DataFormat.JsonLines : null;
    }

    /// <summary>The lists of given negatives that come with NCF's data are no records of their own.</summary>
    static void RefuseNegatives(SourceFile file, string[] lines)
    {
        if (lines.All(line => line.StartsWith('(') && line.IndexOf(")\t", StringComparison.Ordinal) is > 0 and var end
            && line.AsSpan(1, end - 1).Contains(',')))
            throw new InvalidDataException($"'{file.Name}' holds lines \"(user,item)\" and items: items that test records are ranked " +
                $"among, no records; name it as `negatives-file` '{file.Name}', beside `test` with the records");
    }

    /// <summary>Whether separators in a text file are those of a table, not of prose: commas of prose are followed by a space and a
    /// word.</summary>
    static bool IsTable(string[] lines, DelimitedDialect dialect)
    {
        if (dialect.Separator == "\t" || dialect.Separator == "::") return true;
        if (lines.Length < 2) return false;
        int separators = 0, prose = 0;
        foreach (string line in lines)
            for (int at = 0; (at = line.IndexOf(dialect.Separator, at, StringComparison.Ordinal)) >= 0; at++)
            {
                separators++;
                if (at + 2 < line.Length && line[at + 1] == ' ' && char.IsLetter(line[at + 2])) prose++;
            }
        return prose * 2 < separators;
    }

    /// <summary>
    /// Whether each line is a label, a space and a text: the first words are few, each begins several lines, and they are whole numbers
    /// or words that no text holds. Prose begins with words that it also uses elsewhere.
    /// </summary>
    static bool AreLabelled(string[] lines)
    {
        if (lines.Length < FewestLabelledLines) return false;
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        long words = 0;
        foreach (string line in lines)
        {
            int end = line.IndexOf(' ', StringComparison.Ordinal);
            if (end is < 1 or > LongestLabel || end + 1 == line.Length) return false;
            labels[line[..end]] = labels.GetValueOrDefault(line[..end]) + 1;
            words += line.AsSpan(end).Count(' ');
            if (labels.Count > MostLabels) return false;
        }
        // Published data is often sorted by label: then the first lines show one alone.
        if (labels.Count < 2 && lines.Length < FewestOfOneLabel) return false;
        if (words < 2 * lines.Length || labels.Count * 4 > lines.Length) return false;
        if (labels.Keys.All(label => int.TryParse(label, System.Globalization.CultureInfo.InvariantCulture,
            out _))) return labels.Count <= 20 && !AllNumbers(lines);
        if (labels.Values.Any(count => count < 2) || lines.Distinct(StringComparer.Ordinal).Count() < 4 * labels.Count) return false;
        return !lines.Any(line => line.Split(' ').Skip(1).Any(labels.ContainsKey));
    }

    static bool AllNumbers(string[] lines) => lines.All(line =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(HeaderGuess.IsNumber));

    /// <summary>Whether some field between spaces is a number in all lines below the first.</summary>
    static bool HasNumbers(string[] lines)
    {
        List<string[]> records = DelimitedLayout.Records(lines, DelimitedDialect.Spaces);
        return Enumerable.Range(0, records.Min(record => record.Length)).Any(field =>
            records.Skip(1).All(record => HeaderGuess.IsNumber(record[field])));
    }
}
