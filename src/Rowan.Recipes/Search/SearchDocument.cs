using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>Something to be found.</summary>
/// <param name="Name">What it is called: its id, or its number in the data.</param>
/// <param name="NameIsText">Whether the name says something: words, not a number.</param>
/// <param name="Group">Documents of one group are the hard ones to tell apart; empty for none.</param>
/// <param name="Texts">What may be asked, the main text first; some may be empty.</param>
/// <param name="Extra">What describes it further, and is never asked.</param>
sealed record SearchDocument(string Name, bool NameIsText, string Group, IReadOnlyList<string> Texts, string Extra)
{
    /// <summary>The last two parts of a name with dots: "File.ReadAllLines".</summary>
    public string ShortName
    {
        get
        {
            int last = Name.LastIndexOf('.');
            int before = last > 0 ? Name.LastIndexOf('.', last - 1) : -1;
            return Name[(before + 1)..];
        }
    }

    /// <summary>Reads the documents of a source: id, texts, and a category as their group.</summary>
    /// <param name="reader">The records.</param>
    /// <param name="schema">Their columns.</param>
    /// <param name="extra">Columns that only describe.</param>
    /// <param name="empty">How many records were left out because all their texts are empty.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <exception cref="BadRecordException">A name occurs twice.</exception>
    public static List<SearchDocument> Read(RecordReader reader, DataSchema schema, IReadOnlyList<string> extra, out int empty,
        CancellationToken stop)
    {
        ColumnSchema? id = schema.One(ColumnRole.Id), group = schema.One(ColumnRole.Categorical);
        int[] extras = [.. extra.Select(reader.Column)];
        int[] texts = [.. schema.Of(ColumnRole.Text).Select(column => column.Index).Except(extras)];
        Require.That(texts.Length > 0, $"no text column was detected; name it as `text` COLUMN (there are " +
            $"{string.Join(", ", reader.Columns)})", nameof(schema));
        bool nameIsText = id is { Kind: ColumnKind.Name or ColumnKind.Prose };
        var documents = new List<SearchDocument>();
        empty = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            if (documents.Count % 1_000 == 0) stop.ThrowIfCancellationRequested();
            try
            {
                string name = id is null
                    ? reader.Records.ToString(System.Globalization.CultureInfo.InvariantCulture) : OneLine(reader.Field(id.Index));
                string[] said = [.. texts.Select(column => OneLine(reader.Field(column)))];
                if (said.All(text => text.Length == 0))
                {
                    empty++;
                    continue;
                }
                if (!names.Add(name)) throw new BadRecordException(reader.Place, id?.Name,
                    $"'{name}' occurs in an earlier record too; names must be unique");
                documents.Add(new SearchDocument(name, nameIsText, group is null ? "" : reader.Field(group.Index).ToString(), said,
                    string.Join(' ', extras.Select(column => OneLine(reader.Field(column))))));
            }
            catch (BadRecordException bad) when (reader.Skip(bad)) { }
        }
        // Names such as "MED-10" are codes: nobody asks for them in words.
        if (nameIsText && documents.Count(document => document.Name.Any(char.IsAsciiDigit)) * 2 > documents.Count)
            documents = [.. documents.Select(document => document with { NameIsText = false })];
        return MainFirst(documents);
    }

    /// <summary>Of two texts the longer is the main one: a title asks for its article, a question for its answer.</summary>
    static List<SearchDocument> MainFirst(List<SearchDocument> documents)
    {
        if (documents is not [{ Texts.Count: 2 }, ..]
            || documents.Sum(document => (long)document.Texts[0].Length) >= documents.Sum(
            document => (long)document.Texts[1].Length)) return documents;
        return [.. documents.Select(document => document with { Texts = [document.Texts[1], document.Texts[0]] })];
    }

    /// <summary>A text without line ends and tabs.</summary>
    public static string OneLine(ReadOnlySpan<char> text) => text.IndexOfAny("\t\r\n") < 0 ? text.Trim().ToString()
        : string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
