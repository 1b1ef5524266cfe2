using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Records of comma-separated text; quoted fields may hold commas, doubled quotes and line breaks (RFC 4180).</summary>
sealed class CsvRecords(string path) : IDisposable
{
    readonly ByteLines _lines = new(path);
    readonly List<(int Start, int Length)> _fields = [];
    byte[] _bytes = new byte[1 << 12];
    int _used;

    /// <summary>The file.</summary>
    public SequentialFile File => _lines.File;

    /// <summary>The line at which the current record begins.</summary>
    public long Line { get; private set; }

    public int Count => _fields.Count;

    public ReadOnlySpan<byte> this[int field] => _bytes.AsSpan(_fields[field].Start, _fields[field].Length);

    public string Text(int field) => Encoding.UTF8.GetString(this[field]);

    /// <summary>Reads a record; empty lines are none.</summary>
    public bool Next()
    {
        ReadOnlySpan<byte> line;
        do
        {
            if (!_lines.Next(out line)) return false;
        }
        while (line.Length == 0);
        Line = _lines.Number;
        _fields.Clear();
        _used = 0;
        while (true)
        {
            int start = _used;
            if (line is [(byte)'"', ..]) line = Quoted(line[1..]);
            else
            {
                int end = line.IndexOf((byte)',');
                if (end < 0) end = line.Length;
                Append(line[..end]);
                line = line[end..];
            }
            _fields.Add((start, _used - start));
            if (line.Length == 0) return true;
            Require.Data(line[0] == (byte)',',
                $"{path}: line {_lines.Number}: text follows a closing quote; double a quote inside of quotes");
            line = line[1..];
        }
    }

    public void Dispose() => _lines.Dispose();

    /// <summary>Takes a quoted field, over several lines where it has line breaks, and returns what follows it.</summary>
    ReadOnlySpan<byte> Quoted(ReadOnlySpan<byte> line)
    {
        while (true)
        {
            int quote = line.IndexOf((byte)'"');
            if (quote >= 0)
            {
                Append(line[..quote]);
                line = line[(quote + 1)..];
                if (line is not [(byte)'"', ..]) return line;
                Append("\""u8);
                line = line[1..];
                continue;
            }
            Append(line);
            Append("\n"u8);
            Require.Data(_lines.Next(out line), $"{path}: line {Line}: a quote is not closed; {ByteSource.Remedy}");
        }
    }

    void Append(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - _used < bytes.Length) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _used + bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(_used));
        _used += bytes.Length;
    }
}
