using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>The titles of items, such as the names of films: a column of the item file.</summary>
static class ItemTitles
{
    static readonly string[] UsualNames =
        ["title", "name", "itemtitle", "itemname", "producttitle", "productname", "movietitle", "booktitle", "songtitle", "trackname",
        "articletitle"];

    /// <summary>
    /// The title of each item, empty for an item that the file does not name; none at all where the file has no column of titles.
    /// </summary>
    /// <param name="settings">The item file, and the column of titles if one was named.</param>
    /// <param name="key">The column of item ids in the records.</param>
    /// <param name="like">How the records are read: encoding, missing values and bad records are as there.</param>
    /// <param name="items">The items.</param>
    /// <param name="session">Hears which column was taken, and how many items have a title.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">There is no column of titles, and nothing else of the file is used; or not the one that was
    /// named.</exception>
    public static string[] Read(RecommendSettings settings, string key, ReadOptions like, Vocabulary items, RunSession session)
    {
        if (settings.ItemFile.Length == 0) return [];
        if (!File.Exists(settings.ItemFile))
            throw new FileNotFoundException($"`item-file`: there is no file '{settings.ItemFile}'", settings.ItemFile);
        DataSource source = DataSource.Of(settings.ItemFile,
            new ReadOptions { Encoding = like.Encoding, Missing = like.Missing, SkipBad = like.SkipBad });
        DataSchema schema = SchemaInference.Infer(source);
        string all = string.Join(", ", schema.Columns.Select(column => column.Name));
        ColumnSchema? title = settings.ItemTitle.Length > 0
            ? schema.Columns.FirstOrDefault(column => string.Equals(column.Name, settings.ItemTitle, StringComparison.OrdinalIgnoreCase))
            : UsualNames.Select(name => schema.Columns.FirstOrDefault(column => Plain(column.Name) == name)).OfType<ColumnSchema>()
                .FirstOrDefault();
        Require.That(title is not null || settings.ItemTitle.Length == 0,
            $"`item-title` {settings.ItemTitle}: '{settings.ItemFile}' has no such column; it has {all}");
        if (title is null)
        {
            Require.That(settings.Model == RecommendModelKind.TwoTower,
                $"`item-file` {settings.ItemFile}: no column of titles was found; name one as `item-title` COLUMN (there are {all}), "
                    + $"or use the other columns as features with `model` two-tower");
            return [];
        }
        ColumnSchema id = schema.Columns.FirstOrDefault(column => string.Equals(column.Name, key, StringComparison.OrdinalIgnoreCase))
            ?? schema.One(ColumnRole.Item) ?? schema.One(ColumnRole.Id)
            ?? throw new InvalidDataException($"'{settings.ItemFile}' has no column '{key}' of item ids; rename its column of ids "
                + $"(there are {all})");
        var titles = new string[items.Count];
        Array.Fill(titles, "");
        long found = 0;
        using RecordReader reader = source.Open();
        (int ids, int texts) = (reader.Column(id.Name), reader.Column(title.Name));
        while (reader.Read())
        {
            if (!items.TryGetId(reader.Field(ids), out long row) || titles[row].Length > 0) continue;
            // A run keeps a title per line.
            titles[row] = string.Join(' ', reader.Field(texts).ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            if (titles[row].Length > 0) found++;
        }
        Require.Data(found > 0, $"'{settings.ItemFile}' names none of the {items.Count:#,0} items: its '{id.Name}' has values such as " +
            $"'{id.Examples.FirstOrDefault()}', but the records have '{items[0]}'");
        session.Note(string.Create(CultureInfo.InvariantCulture, $"item titles: column '{title.Name}' of '{settings.ItemFile}' " +
            $"(`item-title` COLUMN chooses another); {found:#,0} of {items.Count:#,0} items have a title"));
        return titles;
    }

    /// <summary>The titles of a grown run: those of now, else those of the earlier run.</summary>
    public static string[] Grown(LearnedTable? earlier, string[] now, Vocabulary items)
    {
        if (earlier is null || earlier.Titles.Count == 0) return now;
        return [.. Enumerable.Range(0, (int)items.Count)
            .Select(i => now.Length > 0 && now[i].Length > 0 ? now[i] : earlier.TitleOf(i) ?? "")];
    }

    static string Plain(string name) => string.Concat(name.Where(char.IsLetter)).ToLowerInvariant();
}
