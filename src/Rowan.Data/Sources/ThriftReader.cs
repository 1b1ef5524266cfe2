using System.Text;

namespace Rowan.Data;

/// <summary>A struct of Thrift's compact protocol: its fields by number. A value is a long, a bool, a byte[], a double, a list of values
/// or a struct.</summary>
sealed class ThriftStruct(Dictionary<int, object> fields)
{
    public bool Has(int id) => fields.ContainsKey(id);

    public bool Is(int id, bool value) => fields.TryGetValue(id, out object? flag) && flag is bool known && known == value;

    /// <exception cref="InvalidDataException">The field is missing or of another type.</exception>
    public T Get<T>(int id, string name) => fields.TryGetValue(id, out object? value)
        && value is T typed ? typed : throw new InvalidDataException($"the field '{name}' is missing.");

    public long Number(int id, string name) => Get<long>(id, name);

    public long NumberOr(int id, long other) => fields.TryGetValue(id, out object? value) && value is long number ? number : other;

    public string Text(int id, string name) => Encoding.UTF8.GetString(Get<byte[]>(id, name));

    public IReadOnlyList<object> List(int id, string name) => Get<List<object>>(id, name);
}

/// <summary>
/// Reads Thrift's compact protocol strictly: every length is within the bytes, every varint ends, nesting is bounded, and a known field
/// has its known type. It exists to check metadata of Parquet files
/// before a library that trusts them reads them.
/// </summary>
ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    const int DeepestNesting = 32;

    readonly ReadOnlySpan<byte> _bytes = bytes;
    int _at;
    int _depth;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _at;

    /// <summary>Reads a struct.</summary>
    /// <param name="types">Its name among <see cref="ParquetTypes"/>; null for a struct that nothing is known of.</param>
    public ThriftStruct Struct(string? types)
    {
        if (++_depth > DeepestNesting) throw new InvalidDataException("the metadata is nested too deeply.");
        var fields = new Dictionary<int, object>();
        int id = 0;
        while (true)
        {
            byte head = Byte();
            if (head == 0) break;
            int type = head & 15;
            id = head >> 4 is > 0 and var step ? id + step : checked((int)ZigZag());
            if (id is <= 0 or > short.MaxValue) throw new InvalidDataException($"a field has the number {id}.");
            string? expected = types is null ? null : ParquetTypes.Of(types, id);
            if (expected is not null && !ParquetTypes.IsWritten(expected,
                type)) throw new InvalidDataException($"field {id} of {types} has type {type} where {expected} is expected.");
            if (!fields.TryAdd(id, Value(type, expected, inList: false))) throw new InvalidDataException($"field {id} occurs twice.");
        }
        _depth--;
        return new ThriftStruct(fields);
    }

    object Value(int type, string? expected, bool inList)
    {
        switch (type)
        {
            case 1 or 2: return inList ? Byte() == 1 : type == 1;
            case 3: return (long)(sbyte)Byte();
            case 4: return Within(short.MinValue, short.MaxValue);
            case 5: return Within(int.MinValue, int.MaxValue);
            case 6: return ZigZag();
            case 7: return BitConverter.ToDouble(Take(8));
            case 8: return Take(Length()).ToArray();
            case 9 or 10:
                byte head = Byte();
                int count = head >> 4 == 15 ? Length() : head >> 4, element = head & 15;
                // An element takes at least a byte.
                if (count > _bytes.Length - _at) throw new InvalidDataException($"a list of {count} elements is longer than the " +
                    $"metadata.");
                string? of = expected?.StartsWith("list ", StringComparison.Ordinal) == true ? expected[5..] : null;
                if (count > 0 && of is not null && !ParquetTypes.IsWritten(of,
                    element)) throw new InvalidDataException($"a list holds type {element} where {of} is expected.");
                var list = new List<object>(count);
                for (int i = 0; i < count; i++) list.Add(Value(element, of, inList: true));
                return list;
            case 11:
                int pairs = Length();
                if (pairs == 0) return new List<object>();
                int types = Byte();
                if (pairs > _bytes.Length - _at) throw new InvalidDataException($"a map of {pairs} pairs is longer than the metadata.");
                for (int i = 0; i < pairs; i++)
                {
                    Value(types >> 4, null, inList: true);
                    Value(types & 15, null, inList: true);
                }
                return new List<object>();
            case 12: return Struct(expected);
            default: throw new InvalidDataException($"there is no type {type} in Thrift.");
        }
    }

    long Within(long least, long most) => ZigZag() is var value && value >= least
        && value <= most ? value : throw new InvalidDataException($"the number {value} is out of its range.");

    int Length()
    {
        ulong length = Varint();
        return length <= (ulong)(_bytes.Length - _at) ? (int)length
            : throw new InvalidDataException($"a length of {length} bytes is longer than the metadata.");
    }

    long ZigZag()
    {
        ulong value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Byte();
            value |= (ulong)(next & 127) << shift;
            if (next < 128) return value;
        }
        throw new InvalidDataException("a number does not end.");
    }

    byte Byte() => _at < _bytes.Length ? _bytes[_at++] : throw new InvalidDataException("the metadata ends early.");

    ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at) throw new InvalidDataException("the metadata ends early.");
        ReadOnlySpan<byte> taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }
}
