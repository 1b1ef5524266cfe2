using System.Globalization;
using System.Text;
using Parquet;
using Parquet.Schema;
using Rowan.Formats;

namespace Rowan.Data;

/// <summary>
/// Vectors in Apache Parquet, a row group at a time: a column of text with the names, and either a column of lists of floats or a column of
/// floats for each value.
/// </summary>
sealed class ParquetVectors : VectorReader
{
    static readonly string[] NameColumns = ["id", "name", "word", "label", "token", "title", "key"];

    readonly FileStream _stream;
    readonly ParquetCheck _check;
    readonly ParquetReader _reader;
    readonly DataField _nameField;
    readonly DataField[] _valueFields, _textFields;
    readonly bool _isList;
    float[] _values = [];
    string?[] _names = [];
    string?[][] _texts = [];
    long[] _starts = [];
    byte[] _name = [];
    int _group, _inGroup = -1, _rows;
    long _row = -1;

    public ParquetVectors(string path, VectorReadOptions options) : base(path, options)
    {
        _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            _check = Checked(() => new ParquetCheck(_stream));
            _reader = Checked(() => ParquetReader.CreateAsync(_stream).GetAwaiter().GetResult());
            IReadOnlyList<Field> fields = Checked(() => _reader.Schema.Fields);
            DataField[] plain = [.. fields.OfType<DataField>().Where(field => !field.IsArray)];
            DataField[] texts = [.. plain.Where(field => IsText(field.ClrType))];
            DataField[] lists = [.. fields.Select(field => field is ListField list ? list.Item as DataField
                : field is DataField { IsArray: true } array ? array : null).OfType<DataField>().Where(IsFloat)];
            DataField[] floats = [.. plain.Where(IsFloat)];
            _isList = lists.Length > 0;
            if (lists.Length > 1 && options.Array is null) throw new InvalidDataException(
                $"{path}: {lists.Length} columns of lists of floats: {string.Join(", ", lists.Select(Column))}; choose one with "
                    + $"`array` NAME");
            _valueFields = _isList ? [.. lists.Where(list => options.Array is null || Column(list) == options.Array)] : floats;
            if (_valueFields.Length == 0) throw new InvalidDataException(options.Array is { } asked
                ? $"{path}: `array` {asked}: no such column of lists of floats; there are {string.Join(", ", lists.Select(Column))}"
                : $"{path}: no column of lists of floats, and no columns of floats; its columns are "
                    + string.Join(", ", fields.Select(field => field.Name)));
            _nameField = texts.FirstOrDefault(field => NameColumns.Contains(field.Name.ToLowerInvariant())) ?? texts.FirstOrDefault()
                ?? throw new InvalidDataException($"{path}: no column of text with the names of the rows; write the ids as text");
            _textFields = [.. texts.Where(field => field != _nameField)];
            FieldNames = [.. _textFields.Select(field => field.Name)];
            Count = Checked(() => Enumerable.Range(0, _reader.RowGroupCount).Sum(group =>
            {
                using ParquetRowGroupReader rows = _reader.OpenRowGroupReader(group);
                return rows.RowCount;
            }));
            ReadGroup();
            Dim = _isList ? _starts.Length > 1 ? (int)(_starts[1] - _starts[0]) : 0 : _valueFields.Length;
            if (Dim == 0) throw new InvalidDataException($"{path}: the first row has no values");
        }
        catch
        {
            Close();
            throw;
        }
    }

    public override string Format => "parquet";

    public override string Dialect => $"Parquet, names in column '{_nameField.Name}', values in "
        + (_isList ? $"lists of column '{Column(_valueFields[0])}'" : string.Create(CultureInfo.InvariantCulture, $"{Dim} columns"))
        + (FieldNames.Count > 0 ? $", further columns {string.Join(", ", FieldNames)}" : "");

    public override long? Count { get; }

    public override int Dim { get; }

    public override ReadOnlySpan<float> Vector => _isList ? _values.AsSpan((int)_starts[_inGroup], Dim)
        : _values.AsSpan(_inGroup * Dim, Dim);

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"row {_row}");

    public override IReadOnlyList<string> FieldNames { get; } = [];

    public override string Field(int field) => _texts[field][_inGroup] ?? "";

    private protected override ReadOnlySpan<byte> RawName => _name;

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        _row++;
        while (++_inGroup >= _rows)
        {
            if (_group == _reader.RowGroupCount) return false;
            ReadGroup();
        }
        _name = Encoding.UTF8.GetBytes(_names[_inGroup] ?? "");
        long length = _isList ? _starts[_inGroup + 1] - _starts[_inGroup] : Dim;
        if (length != Dim) problem = $"'{Shown(_name)}' has {length} values instead of {Dim}";
        return true;
    }

    private protected override void Close()
    {
        _reader?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stream.Dispose();
    }

    void ReadGroup()
    {
        (_inGroup, _rows) = (-1, 0);
        if (_group == _reader.RowGroupCount) return;
        int number = _group++;
        using ParquetRowGroupReader group = Checked(() => _reader.OpenRowGroupReader(number));
        _rows = checked((int)group.RowCount);
        _names = Texts(group, number, _nameField);
        _texts = [.. _textFields.Select(field => Texts(group, number, field))];
        if (_isList) ReadLists(group, number, _valueFields[0]);
        else ReadColumns(group, number);
    }

    void ReadLists(ParquetRowGroupReader group, int number, DataField field)
    {
        int count = checked((int)Pages(number, field));
        var (definitions, repetitions) = (new int[count], new int[count]);
        _values = field.ClrType == typeof(float) ? Raw<float>() : [.. Raw<double>().Select(value => (float)value)];
        _starts = new long[_rows + 1];
        (int row, long value) = (-1, 0);
        for (int i = 0; i < count; i++)
        {
            if (repetitions[i] == 0)
            {
                if (++row >= _rows) throw Damaged($"column '{Column(field)}' has more than {_rows} lists");
                _starts[row] = value;
            }
            if (definitions[i] == field.MaxDefinitionLevel) value++;
        }
        if (row + 1 != _rows) throw Damaged($"column '{Column(field)}' has {row + 1} lists for {_rows} rows");
        _starts[_rows] = value;

        T[] Raw<T>() where T : struct => Checked(() =>
        {
            var all = new T[count];
            group.ReadRawAsync(field, all.AsMemory(), definitions.AsMemory(), repetitions.AsMemory()).AsTask().GetAwaiter().GetResult();
            return all;
        });
    }

    void ReadColumns(ParquetRowGroupReader group, int number)
    {
        _values = new float[checked(_rows * _valueFields.Length)];
        for (int column = 0; column < _valueFields.Length; column++)
        {
            DataField field = _valueFields[column];
            if (Pages(number, field) != _rows) throw Damaged($"column '{Column(field)}' has not {_rows} values");
            if (field.ClrType == typeof(float)) Spread(Read<float>(), static value => value);
            else Spread(Read<double>(), static value => (float)value);

            void Spread<T>(T?[] values, Func<T, float> convert) where T : struct
            {
                for (int row = 0; row < _rows; row++)
                    _values[(row * _valueFields.Length) + column] = values[row] is { } value ? convert(value) : float.NaN;
            }

            T?[] Read<T>() where T : struct => Checked(() =>
            {
                var some = new T?[_rows];
                if (field.IsNullable)
                {
                    group.ReadAsync(field, some.AsMemory()).AsTask().GetAwaiter().GetResult();
                    return some;
                }
                var all = new T[_rows];
                group.ReadAsync(field, all.AsMemory()).AsTask().GetAwaiter().GetResult();
                return Array.ConvertAll(all, static value => (T?)value);
            });
        }
    }

    string?[] Texts(ParquetRowGroupReader group, int number, DataField field) => Checked(() =>
    {
        if (Pages(number, field) != _rows) throw Damaged($"column '{Column(field)}' has not {_rows} values");
        var texts = new string?[_rows];
        group.ReadAsync(field, texts.AsMemory()!).AsTask().GetAwaiter().GetResult();
        return texts;
    });

    long Pages(int group, DataField field) => Checked(() => _check.CheckPages(_stream, group, string.Join('/', field.Path.ToList())));

    static string Column(DataField field) => field.Path.FirstPart!;

    static bool IsText(Type type) => type == typeof(string) || type == typeof(ReadOnlyMemory<char>);

    static bool IsFloat(DataField field) => field.ClrType == typeof(float) || field.ClrType == typeof(double);

    InvalidDataException Damaged(string what) => new($"{Path}: {what}; the file is damaged, write it again");

    T Checked<T>(Func<T> read)
    {
        try { return read(); }
        catch (InvalidDataException) { throw; }
        // The library tells damage by many exceptions, of reading, arithmetic and bounds.
        catch (Exception damaged)
        {
            throw new InvalidDataException($"{Path}: no Parquet file, or one that is damaged or cut short: {damaged.Message} Write it "
                + $"again",
                damaged);
        }
    }
}
