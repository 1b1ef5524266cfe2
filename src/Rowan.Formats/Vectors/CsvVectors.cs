using System.Globalization;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Comma-separated vectors: the name, further columns, then the values, with or without a line of column names.</summary>
sealed class CsvVectors : VectorReader
{
    readonly CsvRecords _records;
    readonly float[] _values;
    readonly bool _hasHeader;
    readonly int _columns;

    public CsvVectors(string path, VectorReadOptions options) : base(path, options)
    {
        int headerValues;
        using (var first = new CsvRecords(path))
        {
            Require.Data(first.Next() && first.Count > 1, $"{path}: line 1: CSV has a name and values with commas between them");
            _columns = first.Count;
            int trailing = TrailingNumbers(first);
            _hasHeader = trailing == 0;
            headerValues = _hasHeader ? NumberedColumns(first) : 0;
            if (_hasHeader) FieldNames = [.. Enumerable.Range(1, _columns - 1).Select(first.Text)];
            if (_hasHeader && first.Next()) trailing = TrailingNumbers(first);
            int dim = options.Dim ?? (headerValues > 0 ? headerValues : Math.Min(trailing, _columns - 1));
            Require.Data(dim > 0 && dim < _columns,
                $"{path}: line {first.Line}: no numbers at the end of the record; CSV has a name, further "
                + $"columns if there are any, then the values");
            _values = new float[dim];
        }
        FieldNames = _hasHeader ? [.. FieldNames.Take(_columns - 1 - _values.Length)]
            : [.. Enumerable.Range(2, _columns - 1 - _values.Length)
            .Select(column => string.Create(CultureInfo.InvariantCulture, $"column{column}"))];
        _records = new CsvRecords(path);
        if (_hasHeader) _records.Next();
    }

    public override string Format => "csv";

    public override string Dialect => $"CSV {(_hasHeader ? "with" : "without")} a line of column names"
        + (FieldNames.Count > 0 ? $", further columns {string.Join(", ", FieldNames)}" : "") + _records.File.Packing;

    public override long? Count => null;

    public override int Dim => _values.Length;

    public override ReadOnlySpan<float> Vector => _values;

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"line {_records.Line}");

    public override IReadOnlyList<string> FieldNames { get; } = [];

    public override string Field(int field) => _records.Text(1 + field);

    private protected override ReadOnlySpan<byte> RawName => _records[0];

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        if (!_records.Next()) return false;
        if (_records.Count != _columns) problem = $"{_records.Count} columns instead of {_columns}";
        for (int i = 0; i < _values.Length && problem is null; i++)
            if (!VectorText.TryNumber(_records[_columns - _values.Length + i], out _values[i]))
                problem = $"'{Shown(_records[_columns - _values.Length + i])}' is not a number";
        return true;
    }

    private protected override void Close() => _records.Dispose();

    static int TrailingNumbers(CsvRecords record)
    {
        int count = 0;
        while (count < record.Count && VectorText.TryNumber(record[record.Count - 1 - count], out _)) count++;
        return count;
    }

    /// <summary>Columns at the end of a header that are numbered from 0 on, such as d0, d1, d2.</summary>
    static int NumberedColumns(CsvRecords header)
    {
        for (int count = header.Count - 1; count > 0; count--)
        {
            string first = header.Text(header.Count - count);
            if (!first.EndsWith('0')) continue;
            bool all = true;
            for (int i = 0; i < count && all; i++)
                all = header.Text(header.Count - count + i) == string.Create(CultureInfo.InvariantCulture, $"{first[..^1]}{i}");
            if (all) return count;
        }
        return 0;
    }
}
