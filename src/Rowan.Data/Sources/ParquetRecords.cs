using Parquet;
using Parquet.Schema;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>
/// Apache Parquet, a row group at a time. A list is several values with <see cref="ReadOptions.ListSeparator"/> between them. Columns of
/// structs, maps, bytes and deeper lists are listed as columns that
/// cannot be used. Everything that Parquet.Net would trust is checked first (<see cref="ParquetCheck"/>).
/// </summary>
sealed class ParquetRecords : RecordReader
{
    readonly DataSource _source;
    readonly string[] _columns;
    ParquetReader? _reader;
    ParquetCheck? _check;
    FileStream? _stream;
    (DataField Field, bool IsList)[] _used = [];
    ParquetColumn[] _values = [];
    char[] _text = new char[64];
    int _file = -1, _group;
    long _row, _rows, _record;

    public ParquetRecords(DataSource source) : base(source.Options)
    {
        _source = source;
        List<UnusableColumn> unusable = OpenFile(0);
        string name = source.Files[0].Name;
        _columns = [.. _used.Select(column => column.Field.Path.FirstPart!)];
        Require.Data(_columns.Length > 0, $"'{name}' has no column that can be used: " +
            $"{string.Join("; ", unusable.Select(column => $"'{column.Name}': {column.Reason}"))}");
        if (_columns.GroupBy(column => column, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InvalidDataException($"'{name}': the columns '{string.Join("' and '", twice)}' differ in upper and lower case at " +
                "most, and names of columns are matched without it; rename one");
        Layout = new()
        {
            Kind = "Parquet", Format = DataFormat.Parquet, Unusable = unusable,
                ListColumns = [.. _used.Where(column => column.IsList).Select(column => column.Field.Path.FirstPart!)],
            ListSeparator = source.Options.ListSeparator,
        };
    }

    public override IReadOnlyList<string> Columns => _columns;

    public override SourceLayout Layout { get; }

    public override RecordPlace Place => new(_source.Files[_file].Name, _record, "record");

    public override ReadOnlySpan<char> Field(int column) => _values[column].Text(_row, ref _text);

    public override void Dispose() => Close();

    private protected override bool Next()
    {
        while (true)
        {
            if (++_row < _rows)
            {
                _record++;
                for (int column = 0; column < _values.Length; column++)
                    if (_values[column].Problem(_row) is { } problem) throw new BadRecordException(Place, _columns[column], problem,
                        "state another separator, such as `value-separator` ;, or skip such records with `skip-bad` N");
                return true;
            }
            if (_group < _reader!.RowGroupCount) ReadGroup();
            else if (_file + 1 < _source.Files.Count) OpenFile(_file + 1);
            else return false;
        }
    }

    List<UnusableColumn> OpenFile(int file)
    {
        Close();
        _file = file;
        (_group, _row, _rows, _record) = (0, -1, 0, 0);
        _stream = _source.Seekable(file);
        _check = Checked(() => new ParquetCheck(_stream));
        _reader = Checked(() => ParquetReader.CreateAsync(_stream).GetAwaiter().GetResult());
        var unusable = new List<UnusableColumn>();
        var used = new List<(DataField, bool)>();
        foreach (Field field in Checked(() => _reader.Schema.Fields))
        {
            bool isList = field is ListField or DataField { IsArray: true };
            DataField? values = field as DataField ?? (field as ListField)?.Item as DataField;
            if (values is null) unusable.Add(new(field.Name,
                field.SchemaType == SchemaType.List ? "it holds lists of lists or structs" : field.SchemaType == SchemaType.Map
                ? "it holds maps" : "it holds structs"));
            else if (!ParquetColumn.Reads(values.ClrType)) unusable.Add(new(field.Name,
                $"it holds {(isList ? "lists of " : "")}{ParquetColumn.InWords(values.ClrType)}"));
            else if (values.MaxRepetitionLevel > (isList ? 1 : 0)) unusable.Add(new(field.Name, "it holds lists of lists"));
            else used.Add((values, isList));
        }
        _used = [.. used];
        if (_columns is null) return unusable;
        string[] names = [.. _used.Select(column => column.Field.Path.FirstPart!)];
        Require.Data(names.SequenceEqual(_columns, StringComparer.OrdinalIgnoreCase),
            $"'{_source.Files[file].Name}': its columns are {string.Join(", ", names)}, those of '{_source.Files[0].Name}' " +
                $"{string.Join(", ", _columns)}; files that are read together have the same columns");
        return unusable;
    }

    void ReadGroup()
    {
        int number = _group++;
        using ParquetRowGroupReader group = _reader!.OpenRowGroupReader(number);
        (_row, _rows) = (-1, group.RowCount);
        _values = [.. _used.Select(column => Checked(() =>
        {
            string path = string.Join('/', column.Field.Path.ToList());
            long values = _check!.CheckPages(_stream!, number, path);
            if (!column.IsList && values != group.RowCount) throw new InvalidDataException($"column '{path}' has {values} values in a " +
                $"row group of {group.RowCount} rows.");
            return ParquetColumn.Read(group, column.Field, column.IsList ? (int)values : null, _source.Options.ListSeparator);
        }))];
    }

    void Close()
    {
        _reader?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stream?.Dispose();
        (_reader, _stream) = (null, null);
    }

    T Checked<T>(Func<T> read)
    {
        try { return read(); }
        // The library tells damage by many exceptions, of reading, arithmetic and bounds.
        catch (Exception damaged)
        {
            Close();
            throw new InvalidDataException($"'{_source.Files[_file].Name}' is no Parquet file, or one that is damaged or cut short, " +
                $"near record {_record + 1}: {damaged.Message} Write it again", damaged);
        }
    }
}
