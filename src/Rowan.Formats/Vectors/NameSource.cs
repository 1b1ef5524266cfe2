using System.Globalization;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>The names of rows whose values are in another file or array, one after the other.</summary>
abstract class NameSource : IDisposable
{
    /// <summary>What it reads, in words.</summary>
    public abstract string Dialect { get; }

    /// <summary>The name that was read last.</summary>
    public abstract ReadOnlySpan<byte> Name { get; }

    public virtual IReadOnlyList<string> FieldNames => [];

    public virtual string Field(int field) => throw new ArgumentOutOfRangeException(nameof(field));

    /// <summary>Names in all; null if that is known at the end only.</summary>
    public virtual long? Count => null;

    /// <summary>Moves to the next name; false at the end.</summary>
    public abstract bool Next();

    public virtual void Dispose()
    {
    }
}

/// <summary>The numbers of the rows, where there are no names.</summary>
sealed class NumberNames : NameSource
{
    readonly byte[] _text = new byte[20];
    long _row = -1;
    int _length;

    public override string Dialect => "without names: rows are named by their numbers, and `names` FILE names them";

    public override ReadOnlySpan<byte> Name => _text.AsSpan(0, _length);

    public override bool Next() => (++_row).TryFormat(_text, out _length, default, CultureInfo.InvariantCulture);
}

/// <summary>
/// A file with one name per line. With tabs it is a table whose first line names its columns (metadata of the TensorBoard projector): the
/// first column, or one called name, word, label or id, is the name.
/// </summary>
sealed class NameLines : NameSource
{
    static readonly string[] NameColumns = ["name", "word", "label", "id"];

    readonly string _path;
    readonly ByteLines _lines;
    readonly string[] _columns = [];
    readonly int _nameColumn;
    readonly bool _escaped;
    byte[] _line = [];
    int _start, _length, _lineLength;

    /// <param name="path">The file.</param>
    /// <param name="escaped">Whether backslashes escape line breaks, as in the id files of runs.</param>
    public NameLines(string path, bool escaped)
    {
        (_path, _escaped) = (path, escaped);
        using (var first = new ByteLines(path))
            if (!escaped && first.Next(out ReadOnlySpan<byte> line) && line.Contains((byte)'\t'))
            {
                _columns = Encoding.UTF8.GetString(line).Split('\t');
                _nameColumn = Math.Max(0, Array.FindIndex(_columns, column => NameColumns.Contains(column.ToLowerInvariant())));
            }
        _lines = new ByteLines(path);
        if (_columns.Length > 0) _lines.Next(out _);
        FieldNames = [.. _columns.Where((_, i) => i != _nameColumn)];
    }

    public override string Dialect => $"names from {_path}";

    public override ReadOnlySpan<byte> Name => _line.AsSpan(_start, _length);

    public override IReadOnlyList<string> FieldNames { get; }

    public override string Field(int field) =>
        Encoding.UTF8.GetString(Column(field < _nameColumn ? field : field + 1, out _, out _));

    public override bool Next()
    {
        if (!_lines.Next(out ReadOnlySpan<byte> line)) return false;
        if (_line.Length < line.Length) _line = new byte[2 * line.Length];
        line.CopyTo(_line);
        _lineLength = line.Length;
        if (_escaped) Unescape();
        (_start, _length) = (0, _lineLength);
        if (_columns.Length == 0) return true;
        int columns = line.Count((byte)'\t') + 1;
        Require.Data(columns == _columns.Length,
            $"{_path}: line {_lines.Number}: {columns} columns instead of {_columns.Length}; correct the line");
        Column(_nameColumn, out _start, out _length);
        return true;
    }

    public override void Dispose() => _lines.Dispose();

    ReadOnlySpan<byte> Column(int column, out int start, out int length)
    {
        start = 0;
        for (; column > 0; column--) start += _line.AsSpan(start, _lineLength - start).IndexOf((byte)'\t') + 1;
        length = _line.AsSpan(start, _lineLength - start).IndexOf((byte)'\t');
        if (length < 0) length = _lineLength - start;
        return _line.AsSpan(start, length);
    }

    void Unescape()
    {
        int to = 0;
        for (int from = 0; from < _lineLength; from++)
        {
            byte one = _line[from];
            if (one == (byte)'\\' && from + 1 < _lineLength)
                one = _line[++from] switch { (byte)'n' => (byte)'\n', (byte)'r' => (byte)'\r', var other => other };
            _line[to++] = one;
        }
        _lineLength = to;
    }
}
