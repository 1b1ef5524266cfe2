using System.Globalization;

namespace Rowan.Data;

/// <summary>Finds out what columns are for, from their names and from the values of the first records.</summary>
public static class SchemaInference
{
    /// <summary>Records looked at.</summary>
    public const int RecordLimit = 10_000;

    /// <summary>Different values counted in a column.</summary>
    public const int DistinctLimit = 10_000;

    // Compared without case, and without what stands between words: "user_id", "userId" and "User ID" are one name.
    static readonly (ColumnRole Role, string[] Names)[] KnownNames =
    [
        (ColumnRole.User, ["user", "userid", "uid", "customer", "customerid", "member", "memberid", "visitor", "visitorid", "reviewerid", "account", "accountid", "session", "sessionid"]),
        (ColumnRole.Item, ["item", "itemid", "iid", "movie", "movieid", "product", "productid", "asin", "article", "articleid", "song", "songid", "track", "trackid", "book", "bookid", "isbn", "business", "businessid", "artist", "artistid"]),
        (ColumnRole.Rating, ["rating", "ratings", "stars", "score", "overall", "preference"]),
        (ColumnRole.Time, ["time", "timestamp", "date", "datetime", "createdat", "unixreviewtime", "ts"]),
        (ColumnRole.Text, ["text", "sentence", "review", "reviewtext", "comment", "body", "content", "title", "description", "message", "question", "answer", "document", "abstract", "summary"]),
        (ColumnRole.Label, ["label", "labels", "class", "target", "income", "click", "clicked", "y", "sentiment", "category", "outcome", "survived", "isfraud"]),
        (ColumnRole.Id, ["id", "name", "key", "docid", "documentid", "url"]),
    ];

    /// <summary>Whether a column of this name is known to be something.</summary>
    internal static bool IsKnownName(string name) => RoleOf(name) is not null;

    static ColumnRole? RoleOf(string name)
    {
        string plain = string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
        foreach ((ColumnRole role, string[] names) in KnownNames)
            if (names.Contains(plain)) return role;
        return null;
    }

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
        var given = new Dictionary<int, ColumnRole>();
        foreach ((string column, ColumnRole role) in stated.Columns)
            if (role == ColumnRole.None && reader.Layout.Unusable.Any(unusable => string.Equals(unusable.Name, column, StringComparison.OrdinalIgnoreCase))) continue;
            else if (!given.TryAdd(reader.Column(column), role)) throw new ArgumentException($"column '{column}' is given two uses, {given[reader.Column(column)].ToString().ToLowerInvariant()} and {role.ToString().ToLowerInvariant()}; give it one", nameof(stated));
        return Inferred(reader.Columns, seen, given, stated, Math.Min(reader.Records, RecordLimit), !more);
    }

    static DataSchema Inferred(IReadOnlyList<string> names, Seen[] seen, Dictionary<int, ColumnRole> given, StatedRoles stated, long records, bool complete)
    {
        var roles = new ColumnRole[seen.Length];
        for (int column = 0; column < roles.Length; column++) roles[column] = given.TryGetValue(column, out ColumnRole said) ? said : Guess(names[column], seen[column]);
        if (given.Count == 0 && names.All(name => RoleOf(name) is null)) Nameless(seen, roles);
        return new DataSchema([.. seen.Select((values, column) => new ColumnSchema
        {
            Name = names[column], Index = column, Kind = values.Kind, Role = roles[column], Stated = given.ContainsKey(column), Distinct = values.Distinct.Count, Missing = values.Missing,
            Examples = [.. values.Distinct.Take(3)], ValueSeparator = roles[column] == ColumnRole.MultiValued ? stated.ValueSeparator ?? values.Separator ?? '|' : null,
        })], records, complete);
    }

    static ColumnRole Guess(string name, Seen seen)
    {
        ColumnRole? known = RoleOf(name);
        // A known name that does not hold what it should is no evidence: a "time" of words, a "text" of numbers, an "id" that comes again and again.
        if (known is { } role && role switch
        {
            // Half is enough: the other half is then named as wrong, and not taken for something else in silence.
            ColumnRole.Rating => seen.NumberShare >= 0.5,
            ColumnRole.Time => seen.NumberShare >= 0.5 || seen.TimeShare >= 0.5,
            ColumnRole.Text => seen.Kind is ColumnKind.Prose or ColumnKind.Name,
            ColumnRole.Id => seen.Distinct.Count >= Math.Min(seen.Values, DistinctLimit) * 0.9,
            _ => true,
        }) return role;
        if (seen.NumberShare >= 0.9) return ColumnRole.Numeric;
        return seen.Kind switch
        {
            ColumnKind.Empty => ColumnRole.None,
            ColumnKind.Prose => ColumnRole.Text,
            ColumnKind.Integer or ColumnKind.Number => ColumnRole.Numeric,
            ColumnKind.Time => ColumnRole.Time,
            _ => seen.Separator is not null ? ColumnRole.MultiValued : ColumnRole.Categorical,
        };
    }

    /// <summary>Columns without names, by their values: ids that come again, then perhaps a few different numbers, then perhaps seconds since 1970; or one of few values beside prose.</summary>
    static void Nameless(Seen[] seen, ColumnRole[] roles)
    {
        if (seen.Length is 3 or 4 && seen[0].Repeats && seen[1].Repeats && seen[0].Kind is ColumnKind.Integer or ColumnKind.Name && seen[1].Kind is ColumnKind.Integer or ColumnKind.Name && seen[2].Kind is ColumnKind.Integer or ColumnKind.Number)
        {
            (roles[0], roles[1], roles[2]) = (ColumnRole.User, ColumnRole.Item, ColumnRole.Rating);
            if (seen.Length == 4) roles[3] = seen[3].Kind is ColumnKind.Integer or ColumnKind.Time ? ColumnRole.Time : ColumnRole.None;
            return;
        }
        int[] prose = [.. Enumerable.Range(0, seen.Length).Where(column => seen[column].Kind == ColumnKind.Prose)], few = [.. Enumerable.Range(0, seen.Length).Where(column => seen[column].Distinct.Count is >= 2 and <= 100 && seen[column].Repeats)];
        if (prose.Length == 1 && few.Length == 1) (roles[prose[0]], roles[few[0]]) = (ColumnRole.Text, ColumnRole.Label);
    }

    sealed class Seen
    {
        static readonly char[] BetweenValues = ['|', ';'];

        readonly long[] _parted = new long[BetweenValues.Length];
        long _integers, _numbers, _times, _spaces;

        public long Values { get; private set; }

        public double NumberShare => Values == 0 ? 0 : (double)_numbers / Values;

        public double TimeShare => Values == 0 ? 0 : (double)_times / Values;

        /// <summary>Whether values come again, on the average at least once.</summary>
        public bool Repeats => Values >= 2 * Distinct.Count;

        /// <summary>What parts a fifth of the fields or more into several values.</summary>
        public char? Separator => Array.FindIndex(_parted, count => Values > 0 && count * 5 >= Values) is var place and >= 0 ? BetweenValues[place] : null;

        public long Missing { get; set; }

        public HashSet<string> Distinct { get; } = new(StringComparer.Ordinal);

        public ColumnKind Kind => Values == 0 ? ColumnKind.Empty : _integers == Values ? ColumnKind.Integer : _numbers == Values ? ColumnKind.Number
            : _times == Values ? ColumnKind.Time : _spaces >= 2 * Values ? ColumnKind.Prose : ColumnKind.Name;

        public void Add(ReadOnlySpan<char> field)
        {
            Values++;
            if (long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) _integers++;
            if (double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) _numbers++;
            else if (TimeText.TryParseDate(field, out _)) _times++;
            _spaces += field.Count(' ');
            for (int i = 0; i < BetweenValues.Length; i++)
                if (field.Contains(BetweenValues[i])) _parted[i]++;
            if (Distinct.Count < DistinctLimit) Distinct.GetAlternateLookup<ReadOnlySpan<char>>().Add(field);
        }
    }
}
