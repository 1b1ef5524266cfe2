using System.Globalization;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Rows of an array [rows, dim] in an npy, npz or safetensors file, with names from next to it.</summary>
sealed class ArrayVectors : VectorReader
{
    const int BufferedValues = 1 << 14;

    readonly StateEntry _entry;
    readonly MappedValues? _mapped;
    readonly IDisposable? _file;
    readonly NameSource _names;
    readonly string _what;
    readonly float[] _buffer;
    readonly int _bufferedRows;
    long _row = -1, _firstBuffered = -1;

    /// <param name="path">The file.</param>
    /// <param name="format">Its format.</param>
    /// <param name="entry">The array.</param>
    /// <param name="mapped">The same values in mapped memory, where their type allows it.</param>
    /// <param name="names">The names of the rows.</param>
    /// <param name="file">What is closed with the reader.</param>
    /// <param name="options">How to read.</param>
    public ArrayVectors(string path, string format, StateEntry entry, MappedValues? mapped, NameSource names, IDisposable? file,
        VectorReadOptions options) : base(path, options)
    {
        (Format, _entry, _mapped, _names, _file) = (format, entry, mapped, names, file);
        Require.Data(IsTable(entry), $"{path}: '{entry.Name}' is of shape [{string.Join(", ", entry.Sizes)}]; vectors are an array of "
            + $"floats of two dimensions, rows and values per row");
        Count = entry.Sizes[0];
        Dim = checked((int)entry.Sizes[1]);
        Require.Data(names.Count is null || names.Count == Count,
            $"{path}: {names.Count} {names.Dialect} for {Count} rows of '{entry.Name}'; give the names of these rows with `names` FILE");
        _what = $"{format}, array '{entry.Name}' [{Count}, {Dim}]{(mapped is null ? "" : ", mapped into memory")}, {names.Dialect}";
        _bufferedRows = Math.Max(1, BufferedValues / Dim);
        _buffer = mapped is null ? new float[(long)_bufferedRows * Dim] : [];
    }

    /// <summary>Whether an array may be a table of vectors.</summary>
    public static bool IsTable(StateEntry entry) => entry is { IsInteger: false, Sizes: [_, > 0 and <= int.MaxValue] };

    public override string Format { get; }

    public override string Dialect => _what;

    public override long? Count { get; }

    public override int Dim { get; }

    public override ReadOnlySpan<float> Vector => _mapped is not null ? _mapped[_row]
        : _buffer.AsSpan((int)(_row - _firstBuffered) * Dim, Dim);

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"row {_row}");

    public override IReadOnlyList<string> FieldNames => _names.FieldNames;

    public override string Field(int field) => _names.Field(field);

    private protected override ReadOnlySpan<byte> RawName => _names.Name;

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        _row++;
        bool named = _names.Next();
        if (_row == Count)
        {
            Require.Data(!named || _names is NumberNames,
                $"{Path}: more names than the {Count} rows of '{_entry.Name}' ({_names.Dialect}); give the names of these rows with "
                    + $"`names` "
                    + $"FILE");
            return false;
        }
        Require.Data(named, $"{Path}: {_row} names for {Count} rows of '{_entry.Name}' ({_names.Dialect}); give the names of these rows "
            + $"with `names` FILE");
        if (_mapped is null && (_firstBuffered < 0 || _row >= _firstBuffered + _bufferedRows))
        {
            int rows = (int)Math.Min(_bufferedRows, Count!.Value - _row);
            _entry.Read(_row * Dim, _buffer.AsSpan(0, rows * Dim));
            _firstBuffered = _row;
        }
        return true;
    }

    private protected override void Close()
    {
        _names.Dispose();
        _mapped?.Dispose();
        _file?.Dispose();
    }
}
