using System.Globalization;
using Parquet;
using Parquet.Schema;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>Apache Parquet, a row group at a time. Nested columns and lists are left out.</summary>
sealed class ParquetRecords : RecordReader
{
    readonly DataSource _source;
    readonly string[] _columns;
    ParquetReader? _reader;
    FileStream? _stream;
    DataField[] _dataFields = [];
    ParquetColumn[] _values = [];
    char[] _text = new char[64];
    int _file = -1, _group;
    long _row, _rows, _record;

    public ParquetRecords(DataSource source) : base(source.Options)
    {
        _source = source;
        OpenFile(0);
        _columns = [.. _dataFields.Select(field => field.Name)];
        Require.Data(_columns.Length > 0, $"'{source.NameOf(0)}' has no plain column; nested ones and lists can't be read");
    }

    public override IReadOnlyList<string> Columns => _columns;

    public override SourceLayout Layout { get; } = new() { Kind = "Parquet", Format = DataFormat.Parquet };

    public override RecordPlace Place => new(_source.NameOf(_file), _record, "record");

    public override ReadOnlySpan<char> Field(int column) => _values[column].Text(_row, ref _text);

    public override void Dispose() => Close();

    private protected override bool Next()
    {
        while (true)
        {
            if (++_row < _rows)
            {
                _record++;
                return true;
            }
            if (_group < _reader!.RowGroupCount) ReadGroup();
            else if (_file + 1 < _source.Count) OpenFile(_file + 1);
            else return false;
        }
    }

    void OpenFile(int file)
    {
        Close();
        _file = file;
        (_group, _row, _rows, _record) = (0, -1, 0, 0);
        _stream = File.OpenRead(_source.PathOf(file));
        _reader = Checked(() => ParquetReader.CreateAsync(_stream));
        _dataFields = [.. _reader.Schema.DataFields.Where(field => field.MaxRepetitionLevel == 0 && field.Path.Length == 1 && ParquetColumn.Reads(field.ClrType))];
        if (_columns is null) return;
        string[] names = [.. _dataFields.Select(field => field.Name)];
        Require.Data(names.SequenceEqual(_columns), $"'{_source.NameOf(file)}': its columns are {string.Join(", ", names)}, those of '{_source.NameOf(0)}' {string.Join(", ", _columns)}; files that are read together have the same columns");
    }

    void ReadGroup()
    {
        using ParquetRowGroupReader group = _reader!.OpenRowGroupReader(_group++);
        (_row, _rows) = (-1, group.RowCount);
        _values = [.. _dataFields.Select(field => Checked(() => ParquetColumn.ReadAsync(group, field)))];
    }

    void Close()
    {
        _reader?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stream?.Dispose();
    }

    T Checked<T>(Func<Task<T>> read)
    {
        try { return read().GetAwaiter().GetResult(); }
        // The library tells damage by many exceptions, of reading, arithmetic and bounds.
        catch (Exception damaged) when (damaged is not OutOfMemoryException)
        {
            throw new InvalidDataException($"'{_source.NameOf(_file)}' is no Parquet file, or one that is damaged or cut short, near record {_record + 1}: {damaged.Message} Write it again", damaged);
        }
    }

    /// <summary>The values of a column in a row group.</summary>
    abstract class ParquetColumn
    {
        public abstract ReadOnlySpan<char> Text(long row, ref char[] room);

        public static bool Reads(Type type) => IsText(type) || type == typeof(bool) || type == typeof(sbyte) || type == typeof(byte) || type == typeof(short) || type == typeof(ushort) || type == typeof(int) || type == typeof(uint)
            || type == typeof(long) || type == typeof(ulong) || type == typeof(float) || type == typeof(double) || type == typeof(decimal) || type == typeof(DateTime);

        static bool IsText(Type type) => type == typeof(string) || type == typeof(ReadOnlyMemory<char>);

        public static async Task<ParquetColumn> ReadAsync(ParquetRowGroupReader group, DataField field)
        {
            Type type = field.ClrType;
            if (IsText(type))
            {
                var texts = new string?[group.RowCount];
                await group.ReadAsync(field, texts.AsMemory()!).ConfigureAwait(false);
                return new Texts(texts);
            }
            return type == typeof(bool) ? await Of<bool>(group, field).ConfigureAwait(false) : type == typeof(sbyte) ? await Of<sbyte>(group, field).ConfigureAwait(false)
                : type == typeof(byte) ? await Of<byte>(group, field).ConfigureAwait(false) : type == typeof(short) ? await Of<short>(group, field).ConfigureAwait(false)
                : type == typeof(ushort) ? await Of<ushort>(group, field).ConfigureAwait(false) : type == typeof(int) ? await Of<int>(group, field).ConfigureAwait(false)
                : type == typeof(uint) ? await Of<uint>(group, field).ConfigureAwait(false) : type == typeof(long) ? await Of<long>(group, field).ConfigureAwait(false)
                : type == typeof(ulong) ? await Of<ulong>(group, field).ConfigureAwait(false) : type == typeof(float) ? await Of<float>(group, field).ConfigureAwait(false)
                : type == typeof(double) ? await Of<double>(group, field).ConfigureAwait(false) : type == typeof(decimal) ? await Of<decimal>(group, field).ConfigureAwait(false)
                : await Of<DateTime>(group, field).ConfigureAwait(false);
        }

        static async Task<ParquetColumn> Of<T>(ParquetRowGroupReader group, DataField field) where T : struct
        {
            if (field.IsNullable)
            {
                var some = new T?[group.RowCount];
                await group.ReadAsync(field, some.AsMemory()).ConfigureAwait(false);
                return new Values<T>(some);
            }
            var all = new T[group.RowCount];
            await group.ReadAsync(field, all.AsMemory()).ConfigureAwait(false);
            return new Values<T>([.. all.Select(value => (T?)value)]);
        }
    }

    sealed class Texts(string?[] values) : ParquetColumn
    {
        public override ReadOnlySpan<char> Text(long row, ref char[] room) => values[row];
    }

    sealed class Values<T>(T?[] values) : ParquetColumn where T : struct
    {
        public override ReadOnlySpan<char> Text(long row, ref char[] room)
        {
            if (values[row] is not { } value) return default;
            if (value is bool flag) return flag ? "true" : "false";
            string? format = value is DateTime ? "O" : null;
            int length;
            while (!((ISpanFormattable)value).TryFormat(room, out length, format, CultureInfo.InvariantCulture)) room = new char[2 * room.Length];
            return room.AsSpan(0, length);
        }
    }
}
