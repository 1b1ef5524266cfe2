using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>
/// A file of items that records are ranked among, as the NCF data sets have it: lines <c>(user,item)</c>, then items, between tabs.
/// </summary>
sealed class CandidateFile
{
    readonly string _path;
    readonly Dictionary<(long User, long Item), long[]> _byPair = [];

    CandidateFile(string path) => _path = path;

    /// <summary>The most items of a line.</summary>
    public int MostItems { get; private set; }

    /// <summary>Reads a file. Lines of unknown users and items are skipped: no record looks them up.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="BadRecordException">A line has another layout.</exception>
    public static CandidateFile Read(string path, IdMap users, IdMap items)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"`negatives-file`: there is no file '{path}'", path);
        var file = new CandidateFile(path);
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            string[] fields = line.Split('\t');
            string[] pair = fields[0].Trim().Trim('(', ')').Split(',');
            if (pair.Length != 2 || fields.Length < 2)
                throw new BadRecordException(new RecordPlace(path, number), null,
                    $"'{(line.Length <= 40 ? line : line[..39] + "…")}' is not \"(user,item)\" and items between tabs", "correct it");
            long user = Row(users, pair[0].Trim()), item = Row(items, pair[1].Trim());
            // An item without a training record has no row and ranks last. The relevant item is in the ranking once.
            string[] others = [.. fields.Skip(1).Select(field => field.Trim()).Where(field => field.Length > 0)];
            file.MostItems = Math.Max(file.MostItems, others.Length);
            if (user >= 0 && item >= 0)
                file._byPair[(user, item)] = [.. others.Select(other => Row(items, other)).Where(other => other != item).Distinct()];
        }
        return file;
    }

    /// <summary>Whether any record has a line.</summary>
    public bool Has(Interactions records) =>
        Enumerable.Range(0, records.Count).Any(i => _byPair.ContainsKey((records.Users[i], records.Items[i])));

    /// <summary>The items of each record; none for a record of an unknown user or item.</summary>
    /// <exception cref="InvalidDataException">A record of a known user and item has no line.</exception>
    public long[][] Of(Interactions records, IdMap users, string part) => [.. Enumerable.Range(0, records.Count).Select(i =>
    {
        long user = records.Users[i], item = records.Items[i];
        if (user < 0 || item < 0) return [];
        return _byPair.TryGetValue((user, item), out long[]? drawn) ? drawn
            : throw new InvalidDataException($"'{_path}' has no line for record {i + 1:#,0} of the {part} data, of user " +
                $"'{(user < users.Known.Count ? users.Known[user] : "(shared row)")}'; every {part} record needs a line with its items");
    })];

    static long Row(IdMap map, string id) => map.Known.TryGetId(id, out long row) ? row : -1;
}
