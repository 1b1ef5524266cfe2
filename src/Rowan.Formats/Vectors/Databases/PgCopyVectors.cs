using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Reads a binary COPY stream whose first column is the name and whose last the values, real[] or vector.</summary>
sealed class PgCopyVectors : VectorReader
{
    const int LongestExtension = 1 << 20;

    readonly SequentialBytes _reader;
    readonly List<byte[]> _cells = [];
    float[] _values;
    long _offset;
    bool _waiting = true;

    public PgCopyVectors(string path, VectorReadOptions options) : base(path, options)
    {
        _reader = new SequentialBytes(FileBytes.Open(path), 0);
        Require.Data(_reader.Length > 19 && _reader.Bytes(PgCopyFormat.Signature.Length).AsSpan().SequenceEqual(PgCopyFormat.Signature),
            $"{path}: offset 0: no binary COPY stream of PostgreSQL");
        int flags = _reader.Int32BigEndian(), extension = _reader.Int32BigEndian();
        Require.Data(flags == 0 && extension is >= 0 and <= LongestExtension,
            $"{path}: offset 11: flags {flags} and a header extension of {extension} bytes; a stream without object ids is read");
        string[] names = Encoding.UTF8.GetString(_reader.Bytes(extension)).Split('\0');
        Require.Data(ReadRow() && _cells.Count >= 2, $"{path}: offset {_reader.Offset}: no rows of a name and values");
        FieldNames = names is ["rowan", ..] && names.Length == _cells.Count ? names[1..^1]
            : [.. Enumerable.Range(2, _cells.Count - 2).Select(column => string.Create(CultureInfo.InvariantCulture, $"column{column}"))];
        Format = _cells[^1].Length == 20 + (8 * DimOf(_cells[^1])) ? "copy" : "copy-pgvector";
        _values = new float[DimOf(_cells[^1]) ?? throw new InvalidDataException(
            $"{path}: offset {_offset}: the last column is neither real[] nor vector")];
    }

    public override string Format { get; }

    public override string Dialect => "binary COPY stream of PostgreSQL"
        + (FieldNames.Count > 0 ? $", further columns {string.Join(", ", FieldNames)}" : "");

    public override long? Count => null;

    public override int Dim => _values.Length;

    public override ReadOnlySpan<float> Vector => _values;

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"offset {_offset}");

    public override IReadOnlyList<string> FieldNames { get; } = [];

    public override string Field(int field) => Encoding.UTF8.GetString(_cells[1 + field]);

    private protected override ReadOnlySpan<byte> RawName => _cells[0];

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        if (!_waiting && !ReadRow()) return false;
        _waiting = false;
        if (_cells.Count != FieldNames.Count + 2)
            throw new InvalidDataException($"{Path}: offset {_offset}: {_cells.Count} columns instead of {FieldNames.Count + 2}; "
                + ByteSource.Remedy);
        byte[] last = _cells[^1];
        if (DimOf(last) is not { } dim) problem = "the last column is neither real[] nor vector";
        else if (dim != _values.Length) problem = $"{dim} values instead of {_values.Length}";
        else
            for (int i = 0; i < dim; i++)
                _values[i] = BinaryPrimitives.ReadSingleBigEndian(last.AsSpan(last.Length == 4 + 4 * dim ? 4 + 4 * i : 24 + 8 * i));
        return true;
    }

    private protected override void Close()
    {
    }

    bool ReadRow()
    {
        _offset = _reader.Offset;
        _cells.Clear();
        int count = _reader.Int16BigEndian();
        if (count == -1) return false;
        for (int cell = 0; cell < count; cell++)
        {
            int length = _reader.Int32BigEndian();
            Require.Data(length >= -1 && length <= _reader.Length - _reader.Offset,
                $"{Path}: offset {_reader.Offset}: a field of {length} bytes; {ByteSource.Remedy}");
            _cells.Add(length <= 0 ? [] : _reader.Bytes(length));
        }
        return true;
    }

    /// <summary>Values of a field: of a vector by its length and its first two bytes, of a real[] by its header. Null for another
    /// type.</summary>
    static int? DimOf(byte[] field)
    {
        if (field.Length >= 4 && BinaryPrimitives.ReadInt16BigEndian(field) is var dim and > 0 && field.Length == 4 + 4 * dim) return dim;
        if (field.Length < 20 || (field.Length - 20) % 8 != 0) return null;
        int count = (field.Length - 20) / 8;
        return BinaryPrimitives.ReadInt32BigEndian(field) == 1
            && BinaryPrimitives.ReadInt32BigEndian(field.AsSpan(8)) == PgCopyFormat.RealType
            && BinaryPrimitives.ReadInt32BigEndian(field.AsSpan(12)) == count && count > 0 ? count : null;
    }
}
