using System.Globalization;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Reads the SQL that <see cref="PgVectorFormat"/> writes: INSERT statements with a row per line.</summary>
sealed class PgVectorSql : VectorReader
{
    readonly ByteLines _lines;
    readonly List<string?> _cells = [];
    string _line = "";
    float[] _values = [];
    byte[] _name = [];
    int _at;
    long _first;

    public PgVectorSql(string path, VectorReadOptions options) : base(path, options)
    {
        _lines = new ByteLines(path);
        try
        {
            while (!_line.StartsWith("INSERT INTO ", StringComparison.Ordinal))
                Require.Data(NextLine(), $"{Path}: no INSERT statement; only SQL that Rowan's pgvector export wrote is read");
            int open = _line.LastIndexOf(" (id, ", StringComparison.Ordinal),
            close = _line.LastIndexOf(", embedding) VALUES", StringComparison.Ordinal);
            Require.Data(open > 0 && close > open,
                $"{Path}: line {_lines.Number}: an INSERT statement of other columns than id … embedding; "
                + $"only SQL that Rowan's pgvector export wrote is read");
            string between = close > open + 4 ? _line[(open + 6)..close] : "";
            FieldNames = between.Length == 0 ? []
                : [.. between[1..^1].Split("\", \"").Select(name => name.Replace("\"\"", "\"", StringComparison.Ordinal))];
            Require.Data(NextLine(), $"{Path}: no rows; {ByteSource.Remedy}");
            ReadRow();
            _values = new float[_cells[^1]!.AsSpan().Count(',') + 1];
        }
        catch
        {
            _lines.Dispose();
            throw;
        }
    }

    bool _waiting = true;

    public override string Format => "pgvector";

    public override string Dialect => "SQL for pgvector"
        + (FieldNames.Count > 0 ? $", further columns {string.Join(", ", FieldNames)}" : "");

    public override long? Count => null;

    public override int Dim => _values.Length;

    public override ReadOnlySpan<float> Vector => _values;

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"line {_first}");

    public override IReadOnlyList<string> FieldNames { get; } = [];

    public override string Field(int field) => _cells[1 + field] ?? "";

    private protected override ReadOnlySpan<byte> RawName => _name;

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        if (!_waiting)
        {
            do
                if (!NextLine() || _line == "COMMIT;")
                {
                    Require.Data(_line == "COMMIT;", $"{Path}: the file ends before COMMIT; {ByteSource.Remedy}");
                    return false;
                }
            while (_line.StartsWith("INSERT INTO ", StringComparison.Ordinal));
            ReadRow();
        }
        _waiting = false;
        _name = Encoding.UTF8.GetBytes(_cells[0] ?? "");
        string[] values = _cells[^1]!.Trim('[', ']').Split(',');
        if (values.Length != _values.Length) problem = $"{values.Length} values instead of {_values.Length}";
        for (int i = 0; i < _values.Length && problem is null; i++)
            if (!float.TryParse(values[i], NumberStyles.Float, CultureInfo.InvariantCulture, out _values[i]))
                problem = $"'{values[i]}' is not a number";
        return true;
    }

    private protected override void Close() => _lines.Dispose();

    bool NextLine()
    {
        if (!_lines.Next(out ReadOnlySpan<byte> line)) return false;
        _line = Encoding.UTF8.GetString(line);
        return true;
    }

    /// <summary>"('a', NULL, 5, '[1,2]')," with texts that may go on over lines.</summary>
    void ReadRow()
    {
        (_at, _first) = (0, _lines.Number);
        _cells.Clear();
        Expect('(');
        do _cells.Add(Cell());
        while (Take(", "));
        Expect(')');
        Require.Data(_cells.Count == FieldNames.Count + 2 && _cells[^1] is not null,
            $"{Path}: line {_first}: {_cells.Count} columns instead of {FieldNames.Count + 2}; {ByteSource.Remedy}");
    }

    string? Cell()
    {
        if (_at < _line.Length && _line[_at] != '\'')
        {
            int end = _line.AsSpan(_at).IndexOfAny(',', ')');
            Require.Data(end > 0, $"{Path}: line {_lines.Number}: a row is not closed; {ByteSource.Remedy}");
            string bare = _line.Substring(_at, end);
            _at += end;
            return bare == "NULL" ? null : bare;
        }
        Expect('\'');
        var text = new StringBuilder();
        while (true)
        {
            int quote = _line.IndexOf('\'', _at);
            if (quote < 0)
            {
                text.Append(_line.AsSpan(_at)).Append('\n');
                Require.Data(NextLine(), $"{Path}: line {_first}: a quote is not closed; {ByteSource.Remedy}");
                _at = 0;
                continue;
            }
            text.Append(_line.AsSpan(_at, quote - _at));
            _at = quote + 1;
            if (!Take("'")) return text.ToString();
            text.Append('\'');
        }
    }

    bool Take(string expected)
    {
        if (!_line.AsSpan(_at).StartsWith(expected)) return false;
        _at += expected.Length;
        return true;
    }

    void Expect(char one) => Require.Data(Take(one.ToString()),
        $"{Path}: line {_lines.Number}: '{one}' is missing at column {_at + 1}; {ByteSource.Remedy}");
}
