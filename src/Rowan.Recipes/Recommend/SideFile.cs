using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>A file with features of the users or the items, one per line: the roles of its columns, and their values.</summary>
sealed class SideFile
{
    readonly string _path, _what;
    readonly DataSource _source;
    readonly ColumnSchema _key;
    readonly ColumnSchema[] _columns;
    readonly string[] _quantities;
    readonly ValueFormat[] _quantityFormats;

    /// <param name="path">The file.</param>
    /// <param name="role">Users or items.</param>
    /// <param name="key">What the records call the column of their ids.</param>
    /// <param name="columns">Columns of values; with <paramref name="quantities"/> empty too, those that look like it.</param>
    /// <param name="quantities">Columns of numbers.</param>
    /// <param name="like">How the records are read: encoding, missing values and bad records are as there.</param>
    /// <param name="session">Hears which columns were taken.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">A column does not exist.</exception>
    /// <exception cref="InvalidDataException">The file has no column of ids, or no other one.</exception>
    public SideFile(string path, ColumnRole role, string key, string[] columns, string[] quantities, ReadOptions like, RunSession session)
    {
        (_path, _what) = (path, role.ToString().ToLowerInvariant());
        if (!File.Exists(path)) throw new FileNotFoundException($"`{_what}-file`: there is no file '{path}'", path);
        _source = DataSource.Of(path, new ReadOptions { Encoding = like.Encoding, Missing = like.Missing,
            DecimalComma = like.DecimalComma, SkipBad = like.SkipBad });
        DataSchema schema = SchemaInference.Infer(_source);
        _key = schema.Find(key) ?? schema.One(role) ?? schema.One(ColumnRole.Id)
            ?? throw new InvalidDataException($"'{path}' has no column '{key}', which must hold the ids of the {_what}s (there are " +
                $"{string.Join(", ", schema.Columns.Select(column => column.Name))}); rename its column of ids");
        ColumnSchema Named(string name) => schema.Find(name)
            ?? throw new ArgumentException($"`{_what}-columns`, `{_what}-numbers`: '{path}' has no column '{name}'; there are "
                + $"{string.Join(", ", schema.Columns.Select(column => column.Name))}");
        if (columns.Length + quantities.Length > 0)
            (_columns, _quantities) = ([.. columns.Select(Named)], [.. quantities.Select(name => Named(name).Name)]);
        else
        {
            ColumnSchema[] others = [.. schema.Columns.Where(column => column != _key)],
            passed = [.. others.Where(column => column.Role is ColumnRole.None or ColumnRole.Text or ColumnRole.Id or ColumnRole.Time)];
            // What would be the label of a table is a column like others here.
            _quantities = [.. others.Where(column => column.Role is ColumnRole.Numeric or ColumnRole.Rating
                || (column.Role == ColumnRole.Label && column.Kind is ColumnKind.Integer or ColumnKind.Number)).Select(column =>
                column.Name)];
            _columns = [.. others.Where(column => !passed.Contains(column) && !_quantities.Contains(column.Name))];
            Require.Data(_columns.Length + _quantities.Length > 0,
                $"'{path}' has no column that describes a {_what} other than '{_key.Name}'; name some as `{_what}-columns` a,b or "
                + $"`{_what}-numbers` a,b");
            session.Note($"features of {_what}s from '{path}', matched by '{_key.Name}': " +
                $"{Listed("categorical", _columns.Select(column => column.Name))}{Listed("numeric", _quantities)}" +
                $"{Listed("ignored", passed.Select(column => column.Name))}" +
                $"`{_what}-columns` a,b and `{_what}-numbers` a,b override this");
        }
        _quantityFormats = [.. _quantities.Select(name => Named(name).Format)];
    }

    static string Listed(string what, IEnumerable<string> names) => names.Any() ? $"{what} {string.Join(", ", names)}; " : "";

    /// <summary>Adds the ids that occur only in this file, after those of the records, in the order of the file. They have features, but
    /// no training records.</summary>
    /// <param name="known">Ids with a row.</param>
    /// <param name="inRecords">All ids of the training records; those too rare for a row get none here either.</param>
    /// <param name="stop">Stops the reading.</param>
    public Vocabulary WithOwn(Vocabulary known, ValueCounter inRecords, CancellationToken stop)
    {
        var (own, added) = (new HashSet<string>(StringComparer.Ordinal), new List<string>());
        using RecordReader reader = _source.Open();
        (int key, int[] quantities) = Places(reader);
        var numbers = new float[quantities.Length];
        while (reader.Read())
        {
            if (reader.Records % 4_096 == 0) stop.ThrowIfCancellationRequested();
            if (!IsWhole(reader, key, quantities, numbers)) continue;
            ReadOnlySpan<char> id = reader.Field(key);
            if (inRecords[id] > 0 || known.TryGetId(id, out _)) continue;
            string stranger = id.ToString();
            if (own.Add(stranger)) added.Add(stranger);
        }
        return added.Count == 0 ? known : new Vocabulary([.. known.Words, .. added]);
    }

    /// <summary>The features of the ids that have a row.</summary>
    /// <param name="map">The ids.</param>
    /// <param name="counts">Training records of each row.</param>
    /// <param name="scales">Of an earlier run; null to take means and deviations of the file.</param>
    /// <param name="session">Hears how many are described.</param>
    /// <param name="stop">Stops the reading.</param>
    public EntityFeatures Read(IdMap map, long[] counts, IReadOnlyList<Quantity>? scales, RunSession session, CancellationToken stop)
    {
        var descriptions = new EntityDescriptions(map.Rows, _quantities);
        using RecordReader reader = _source.Open();
        (int key, int[] quantities) = Places(reader);
        int[] columns = [.. _columns.Select(column => reader.Column(column.Name))];
        var numbers = new float[quantities.Length];
        var described = new HashSet<long>();
        long strangers = 0;
        while (reader.Read())
        {
            if (reader.Records % 4_096 == 0) stop.ThrowIfCancellationRequested();
            if (!IsWhole(reader, key, quantities, numbers)) continue;
            if (!map.Known.TryGetId(reader.Field(key), out long row))
            {
                strangers++;
                continue;
            }
            described.Add(row);
            for (int c = 0; c < columns.Length; c++)
                if (!reader.IsMissing(columns[c]))
                    descriptions.Add(row, _columns[c].Name, reader.Field(columns[c]), _columns[c].ValueSeparator ?? '|');
            for (int q = 0; q < quantities.Length; q++) descriptions.Add(row, q, numbers[q]);
        }
        if (reader.Skipped > 0) session.Note(string.Create(CultureInfo.InvariantCulture, $"{reader.Skipped:#,0} bad records of "
            + $"'{_path}' skipped, such as {reader.SkippedMessages[0]}"));
        int alone = described.Count(row => counts[row] == 0), chosen = (int)map.Known.Count
            - Enumerable.Range(0, (int)map.Known.Count).Count(row => counts[row] == 0);
        Require.Data(described.Count > alone, $"'{_path}' describes none of the {chosen} {_what}s of the training records: its " +
            $"'{_key.Name}' is '{_key.Examples.FirstOrDefault()}', but the records have '{map.Known[0]}'");
        if (alone > 0 || strangers > 0 || described.Count - alone < chosen)
            session.Note(string.Create(CultureInfo.InvariantCulture,
                $"'{_path}' describes {described.Count - alone:#,0} of {chosen:#,0} {_what}s of the training "
                + $"data{(described.Count - alone < chosen ? "; the others have only their own embeddings" : "")}"
                + $"{(alone > 0 ? $". {alone:#,0} more occur only in it, and are known by their features" : "")}"
                + $"{(strangers > 0 ? $". {strangers:#,0} of its lines are about {_what}s with too few records" : "")}"));
        return descriptions.Features(scales);
    }

    (int Key, int[] Quantities) Places(RecordReader reader) => (reader.Column(_key.Name), [.. _quantities.Select(reader.Column)]);

    /// <summary>Reads the numbers of a record, NaN for one that is missing; false for a bad record that is skipped.</summary>
    bool IsWhole(RecordReader reader, int key, int[] quantities, float[] numbers)
    {
        try
        {
            if (reader.IsMissing(key)) throw reader.Bad(key, $"a {_what}");
            for (int q = 0; q < quantities.Length; q++)
                numbers[q] = reader.IsMissingNumber(quantities[q]) ? float.NaN : reader.Number(quantities[q], _quantityFormats[q]);
            return true;
        }
        catch (BadRecordException bad) when (reader.Skip(bad)) { return false; }
    }
}
