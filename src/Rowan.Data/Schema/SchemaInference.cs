using System.Globalization;

namespace Rowan.Data;

/// <summary>Finds out what columns are for, from their names and from the values of the first records.</summary>
public static class SchemaInference
{
    /// <summary>Records looked at.</summary>
    public const int RecordLimit = 10_000;

    /// <summary>Different values counted in a column.</summary>
    public const int DistinctLimit = 10_000;

    static readonly (ColumnRole Role, string[] Names)[] KnownNames =
    [
        (ColumnRole.User, ["user", "user_id", "userid", "customer", "customer_id", "member"]),
        (ColumnRole.Item, ["item", "item_id", "itemid", "movie", "movie_id", "movieid", "product", "product_id", "productid", "article", "song", "book"]),
        (ColumnRole.Rating, ["rating", "stars", "score"]),
        (ColumnRole.Time, ["time", "timestamp", "date", "datetime"]),
        (ColumnRole.Text, ["text", "sentence", "review", "comment", "body", "content", "title", "description"]),
        (ColumnRole.Label, ["label", "class", "target", "income", "click", "clicked", "y", "sentiment", "category"]),
        (ColumnRole.Id, ["id"]),
    ];

    /// <summary>Reads the first records and says what each column is.</summary>
    /// <param name="source">The files.</param>
    /// <param name="stated">What the user said; it is taken, not doubted.</param>
    /// <exception cref="ArgumentException">A stated column does not exist, or was stated twice.</exception>
    public static DataSchema Infer(DataSource source, StatedRoles? stated = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        stated ??= new StatedRoles();
        using RecordReader reader = source.Open();
        var seen = reader.Columns.Select(_ => new Seen()).ToArray();
        bool more = false;
        while (reader.Read())
        {
            if (reader.Records > RecordLimit)
            {
                more = true;
                break;
            }
            for (int column = 0; column < seen.Length; column++)
                if (reader.IsMissing(column)) seen[column].Missing++;
                else seen[column].Add(reader.Field(column));
        }
        var given = stated.Columns.ToDictionary(pair => reader.Column(pair.Column), pair => pair.Role);
        return new DataSchema([.. seen.Select((values, column) => Column(reader.Columns[column], column, values, given, stated))], Math.Min(reader.Records, RecordLimit), !more);
    }

    static ColumnSchema Column(string name, int index, Seen seen, Dictionary<int, ColumnRole> given, StatedRoles stated)
    {
        bool isStated = given.TryGetValue(index, out ColumnRole role);
        if (!isStated) role = Guess(name, seen);
        return new ColumnSchema
        {
            Name = name, Index = index, Kind = seen.Kind, Role = role, Stated = isStated, Distinct = seen.Distinct.Count, Missing = seen.Missing,
            Examples = [.. seen.Distinct.Take(3)], ValueSeparator = role == ColumnRole.MultiValued ? stated.ValueSeparator ?? '|' : null,
        };
    }

    static ColumnRole Guess(string name, Seen seen)
    {
        foreach ((ColumnRole role, string[] names) in KnownNames)
            if (names.Contains(name.ToLowerInvariant())) return role;
        return seen.Kind switch
        {
            ColumnKind.Empty => ColumnRole.None,
            ColumnKind.Prose => ColumnRole.Text,
            ColumnKind.Integer or ColumnKind.Number => ColumnRole.Numeric,
            ColumnKind.Time => ColumnRole.Time,
            _ => ColumnRole.Categorical,
        };
    }

    sealed class Seen
    {
        long _values, _integers, _numbers, _times, _spaces;

        public long Missing { get; set; }

        public HashSet<string> Distinct { get; } = new(StringComparer.Ordinal);

        public ColumnKind Kind => _values == 0 ? ColumnKind.Empty : _integers == _values ? ColumnKind.Integer : _numbers == _values ? ColumnKind.Number
            : _times == _values ? ColumnKind.Time : _spaces >= 2 * _values ? ColumnKind.Prose : ColumnKind.Name;

        public void Add(ReadOnlySpan<char> field)
        {
            _values++;
            if (long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) _integers++;
            if (double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) _numbers++;
            else if (TimeText.TryParseDate(field, out _)) _times++;
            _spaces += field.Count(' ');
            if (Distinct.Count < DistinctLimit) Distinct.GetAlternateLookup<ReadOnlySpan<char>>().Add(field);
        }
    }
}
