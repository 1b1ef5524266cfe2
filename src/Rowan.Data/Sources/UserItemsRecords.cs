using System.Globalization;

namespace Rowan.Data;

/// <summary>
/// A user and all of the user's items a line, <c>user item item …</c>, as LightGCN's data is written: each item is a record of "user"
/// and "item". A user without items has no record.
/// </summary>
sealed class UserItemsRecords : RecordReader
{
    const int FewestLines = 2;
    static readonly string[] TwoColumns = ["user", "item"];

    readonly LineReader _lines;
    readonly string? _separator;
    string _line = "";
    (int Start, int Length) _user, _item;
    int _at;

    public UserItemsRecords(DataSource source) : base(source.Options)
    {
        SourceFile first = source.Files[0];
        _lines = new LineReader(source);
        _separator = source.Options.Separator is null or "spaces" ? null : source.Options.Separator;
        Layout = new()
        {
            Kind = "lines of a user and the user's items", Format = DataFormat.UserItems, Encoding = first.Encoding.WebName,
                Separator = _separator ?? "spaces",
            Guesses = source.Options.Format is null ? [new("each line is a user and all items of the user",
                "`format` csv `separator` S")] : [],
        };
    }

    public override IReadOnlyList<string> Columns => TwoColumns;

    public override SourceLayout Layout { get; }

    public override RecordPlace Place => _lines.Place;

    public override ReadOnlySpan<char> Field(int column) => column == 0 ? _line.AsSpan(_user.Start, _user.Length)
        : _line.AsSpan(_item.Start, _item.Length);

    public override void Dispose() => _lines.Dispose();

    /// <summary>Whether lines are of this form: whole numbers between spaces or tabs, differently many, and no two lines begin with the
    /// same.</summary>
    public static bool Fits(string[] lines)
    {
        if (lines.Length < FewestLines) return false;
        var users = new HashSet<string>(StringComparer.Ordinal);
        int fewest = int.MaxValue, most = 0;
        foreach (string line in lines)
        {
            string[] fields = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (!users.Add(fields[0]) || !fields.All(field =>
                long.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out _))) return false;
            (fewest, most) = (Math.Min(fewest, fields.Length), Math.Max(most, fields.Length));
        }
        return fewest < most && most > 2;
    }

    private protected override bool Next()
    {
        while (!Take(out _item))
        {
            if (_lines.Next() is not { } line) return false;
            (_line, _at) = (line, 0);
            if (!Take(out _user)) _at = line.Length;
        }
        return true;
    }

    /// <summary>The next field of the line.</summary>
    bool Take(out (int Start, int Length) field)
    {
        int width = _separator?.Length ?? 1;
        while (_at < _line.Length && SeparatorAt(_at)) _at += width;
        int start = _at;
        while (_at < _line.Length && !SeparatorAt(_at)) _at++;
        field = (start, _at - start);
        return _at > start;
    }

    bool SeparatorAt(int at) => _separator is null ? _line[at] is ' ' or '\t' or '\r'
        : _line.AsSpan(at).StartsWith(_separator, StringComparison.Ordinal);
}
