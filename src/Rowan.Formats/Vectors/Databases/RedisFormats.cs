using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rowan.Formats;

/// <summary>
/// Commands in the Redis protocol, a hash per row: HSET NAME:ID id … vector BYTES, with the values as little-endian floats.
/// </summary>
sealed class RedisFormat() : VectorFormat("redis", "commands of the Redis protocol: a hash per row, for redis-cli --pipe", ".resp")
{
    public override bool KeepsFields => true;

    internal override VectorReader Open(string path, VectorReadOptions options) => new RedisVectors(path, options);

    public override IReadOnlyList<string> Loading(string path, VectorSurvey survey, IReadOnlyList<string> fields, string name) =>
        [$"redis-cli --pipe < {path}", $"a row: HGETALL {name}:ID; its field 'vector' holds {survey.Dim} little-endian floats"];

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        AtomicFile.Write(path, stream =>
        {
            var output = new RespWriter(stream);
            while (rows.Next())
            {
                output.Begin(6 + (2 * rows.FieldNames.Count));
                output.Text("HSET");
                output.Text($"{options.Name}:{rows.Name}");
                output.Text("id");
                output.Bytes(rows.NameBytes);
                for (int field = 0; field < rows.FieldNames.Count; field++)
                {
                    output.Text(rows.FieldNames[field]);
                    output.Text(rows.Field(field));
                }
                output.Text("vector");
                output.Floats(rows.Vector);
            }
            output.Flush();
        });
}

/// <summary>Commands for Garnet, one vector set of all rows: VADD NAME FP32 BYTES ID SETATTR JSON XDISTANCE_METRIC COSINE. Garnet would
/// compare by Euclidean distance without the last option, which is its own.</summary>
sealed class VectorSetFormat() : VectorFormat("garnet", "commands of the Redis protocol: a vector set (VADD) of Garnet, compared by cosine",
    ".vadd")
{
    public override bool KeepsFields => true;

    internal override VectorReader Open(string path, VectorReadOptions options) => new RedisVectors(path, options);

    public override IReadOnlyList<string> Loading(string path, VectorSurvey survey, IReadOnlyList<string> fields, string name) =>
        [$"redis-cli --pipe < {path}", $"neighbors: VSIM {name} ELE ID COUNT 10 WITHSCORES"];

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options) =>
        AtomicFile.Write(path, stream =>
        {
            var output = new RespWriter(stream);
            while (rows.Next())
            {
                output.Begin(rows.FieldNames.Count > 0 ? 9 : 7);
                output.Text("VADD");
                output.Text(options.Name!);
                output.Text("FP32");
                output.Floats(rows.Vector);
                output.Bytes(rows.NameBytes);
                if (rows.FieldNames.Count > 0)
                {
                    output.Text("SETATTR");
                    output.Text(Attributes(rows, survey));
                }
                output.Text("XDISTANCE_METRIC");
                output.Text("COSINE");
            }
            output.Flush();
        });

    static string Attributes(VectorReader rows, VectorSurvey survey)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            QdrantFormat.WriteFields(json, rows, survey);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}

/// <summary>Commands of the Redis protocol: an array of bulk strings each.</summary>
sealed class RespWriter(Stream stream)
{
    readonly VectorTextWriter _output = new(stream);

    /// <summary>Begins a command of so many parts.</summary>
    public void Begin(int parts) => Head('*', parts);

    public void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Head('$', bytes.Length);
        _output.Bytes(bytes);
        _output.Bytes("\r\n"u8);
    }

    public void Floats(ReadOnlySpan<float> values)
    {
        Head('$', checked(sizeof(float) * values.Length));
        _output.Floats(values);
        _output.Bytes("\r\n"u8);
    }

    public void Flush() => _output.Flush();

    void Head(char kind, int number)
    {
        _output.Byte(kind);
        _output.Number((long)number);
        _output.Bytes("\r\n"u8);
    }
}

/// <summary>Reads commands of the Redis protocol that set vectors: HSET with a field "vector", or VADD.</summary>
sealed class RedisVectors : VectorReader
{
    const int MostParts = 1 << 12;

    readonly SequentialBytes _reader;
    readonly bool _isSet;
    readonly List<byte[]> _parts = [];
    readonly float[] _values;
    Dictionary<string, string> _fields = [];
    byte[] _name = [], _vector = [];
    long _offset;
    bool _waiting = true;

    public RedisVectors(string path, VectorReadOptions options) : base(path, options)
    {
        _reader = new SequentialBytes(FileBytes.Open(path), 0);
        if (!ReadCommand() || Take() is { } problem && problem.Length > 0)
            throw new InvalidDataException($"{path}: offset 0: no commands HSET or VADD with vectors in the Redis protocol");
        _isSet = Encoding.ASCII.GetString(_parts[0]) == "VADD";
        FieldNames = [.. _fields.Keys];
        _values = new float[_vector.Length / sizeof(float)];
    }

    public override string Format => _isSet ? "garnet" : "redis";

    public override string Dialect => $"Redis protocol, {(_isSet ? "a vector set (VADD)" : "a hash per row (HSET)")}"
        + (FieldNames.Count > 0 ? $", further fields {string.Join(", ", FieldNames)}" : "");

    public override long? Count => null;

    public override int Dim => _values.Length;

    public override ReadOnlySpan<float> Vector => _values;

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"offset {_offset}");

    public override IReadOnlyList<string> FieldNames { get; } = [];

    public override string Field(int field) => _fields.GetValueOrDefault(FieldNames[field], "");

    private protected override ReadOnlySpan<byte> RawName => _name;

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        if (!_waiting)
        {
            if (!ReadCommand()) return false;
            problem = Take();
        }
        _waiting = false;
        if (problem is null && _vector.Length != sizeof(float) * _values.Length)
            problem = $"a vector of {_vector.Length} bytes instead of {sizeof(float) * _values.Length}";
        for (int i = 0; i < _values.Length && problem is null; i++)
            _values[i] = System.Buffers.Binary.BinaryPrimitives.ReadSingleLittleEndian(_vector.AsSpan(sizeof(float) * i));
        return true;
    }

    private protected override void Close()
    {
    }

    /// <summary>Takes the name, the vector and further fields from a command; says what is wrong with it.</summary>
    string? Take()
    {
        _fields = [];
        string verb = Encoding.ASCII.GetString(_parts[0]);
        if (verb == "VADD" && _parts.Count >= 5 && _parts[2].AsSpan().SequenceEqual("FP32"u8))
        {
            (_vector, _name) = (_parts[3], _parts[4]);
            if (_parts.Count >= 7 && _parts[5].AsSpan().SequenceEqual("SETATTR"u8)) _fields = QdrantVectors.Fields(_parts[6]);
            return Whole();
        }
        if (verb != "HSET" || _parts.Count % 2 != 0) return $"a command '{verb}', not HSET or VADD with FP32";
        (_name, _vector) = ([], []);
        for (int i = 2; i < _parts.Count; i += 2)
            switch (Encoding.UTF8.GetString(_parts[i]))
            {
                case "id": _name = _parts[i + 1]; break;
                case "vector": _vector = _parts[i + 1]; break;
                case var field: _fields[field] = Encoding.UTF8.GetString(_parts[i + 1]); break;
            }
        return Whole();
    }

    string? Whole() => _vector.Length == 0 || _vector.Length % sizeof(float) != 0 ? $"a vector of {_vector.Length} bytes" : null;

    bool ReadCommand()
    {
        _offset = _reader.Offset;
        _parts.Clear();
        if (_offset == _reader.Length) return false;
        int parts = Head('*', MostParts);
        for (int part = 0; part < parts; part++)
        {
            int length = Head('$', int.MaxValue);
            if (length > _reader.Length - _reader.Offset) throw Wrong($"a part of {length} bytes");
            _parts.Add(_reader.Bytes(length));
            if (_reader.Byte() != '\r' || _reader.Byte() != '\n') throw Wrong("a part that does not end after its length");
        }
        return _parts.Count > 0 ? true : throw Wrong("a command without parts");
    }

    int Head(char kind, int most)
    {
        if (_reader.Byte() != kind) throw Wrong($"no '{kind}'");
        long number = 0;
        byte one;
        while ((one = _reader.Byte()) is >= (byte)'0' and <= (byte)'9')
            if ((number = (10 * number) + one - '0') > most) throw Wrong($"a number above {most}");
        return one == '\r' && _reader.Byte() == '\n' ? (int)number : throw Wrong("a number that does not end its line");
    }

    InvalidDataException Wrong(string what) => new($"{Path}: offset {_reader.Offset}: {what}; {ByteSource.Remedy}");
}
