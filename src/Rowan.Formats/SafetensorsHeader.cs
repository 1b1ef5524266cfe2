using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>A tensor as its file describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">How its values are stored.</param>
/// <param name="Shape">The lengths, outermost first; empty for a scalar.</param>
/// <param name="Offset">Position of its first byte in the file.</param>
/// <param name="Bytes">How many bytes it takes.</param>
public sealed record SafetensorsInfo(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, long Offset, long Bytes)
{
    /// <summary>The outermost length; 1 for a scalar.</summary>
    public long Rows => Shape.Count == 0 ? 1 : Shape[0];

    /// <summary>The values in one row: the product of all lengths but the outermost.</summary>
    public long RowLength
    {
        get
        {
            // Without a zero the product was checked on opening; with one, the others may be of any size.
            if (Shape.Skip(1).Contains(0)) return 0;
            long length = 1;
            for (int i = 1; i < Shape.Count; i++) length = unchecked(length * Shape[i]);
            return length;
        }
    }

    /// <summary>The number of values.</summary>
    public long Count => Shape.Contains(0) ? 0 : Rows * RowLength;
}

/// <summary>Reads and checks the header. Whatever the file says is checked before anything of that size is allocated.</summary>
static class SafetensorsHeader
{
    const int Prefix = 8;
    const string Remedy = "the file is damaged or incomplete; copy, download or train it again";

    public static (List<SafetensorsInfo> Tensors, Dictionary<string, string> Metadata) Read(SafeFileHandle file, string path)
    {
        long fileBytes = RandomAccess.GetLength(file);
        Require.Data(fileBytes >= Prefix,
            $"{path}: {fileBytes} bytes, but a safetensors file starts with 8 bytes of header length; {Remedy}");
        Span<byte> prefix = stackalloc byte[Prefix];
        ReadAll(file, prefix, 0, path);
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        Require.Data(headerBytes <= Safetensors.MaxHeaderBytes,
            $"{path}: offset 0: a header of {headerBytes} bytes; at most {Safetensors.MaxHeaderBytes} are allowed, so this is no "
                + $"safetensors file");
        Require.Data((long)headerBytes <= fileBytes - Prefix,
            $"{path}: offset 0: a header of {headerBytes} bytes, but only {fileBytes - Prefix} follow; {Remedy}");

        var header = new byte[headerBytes];
        ReadAll(file, header, Prefix, path);
        Require.Data(header is [(byte)'{', ..], $"{path}: offset {Prefix}: the header must start with '{{'; this is no safetensors file");
        Require.Data(Utf8.IsValid(header), $"{path}: offset {Prefix}: the header is not UTF-8; {Remedy}");
        long dataStart = Prefix + header.LongLength;
        try
        {
            using var json = JsonDocument.Parse(header, new() { AllowDuplicateProperties = false });
            return Tensors(json.RootElement, path, dataStart, fileBytes - dataStart);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: offset {Prefix + (e.BytePositionInLine ?? 0)}: the header is not valid JSON: "
                + $"{e.Message} {Remedy}", e);
        }
        catch (InvalidOperationException e)     // what JsonElement throws for half a surrogate pair in a string
        {
            throw new InvalidDataException($"{path}: offset {Prefix}: the header holds text that is not Unicode; {Remedy}", e);
        }
    }

    public static void ReadAll(SafeFileHandle file, Span<byte> into, long offset, string path)
    {
        while (into.Length > 0)
        {
            int read = RandomAccess.Read(file, into, offset);
            Require.Data(read > 0, $"{path}: offset {offset}: the file ends, {into.Length} bytes early; {Remedy}");
            into = into[read..];
            offset += read;
        }
    }

    static (List<SafetensorsInfo>, Dictionary<string, string>) Tensors(JsonElement root, string path, long dataStart, long dataBytes)
    {
        var tensors = new List<SafetensorsInfo>();
        var metadata = new Dictionary<string, string>();
        foreach (var property in root.EnumerateObject())
        {
            if (property.NameEquals(Safetensors.MetadataKey)) ReadMetadata(property.Value, metadata, path);
            else tensors.Add(ReadTensor(property, path, dataStart, dataBytes));
        }

        // In file order, each must begin where the one before ended: no holes, no overlap, nothing left over.
        tensors.Sort(static (a, b) => (a.Offset, a.Bytes, a.Name).CompareTo((b.Offset, b.Bytes, b.Name)));
        long expected = dataStart;
        foreach (var tensor in tensors)
        {
            Require.Data(tensor.Offset == expected,
                $"{path}: offset {tensor.Offset}: '{tensor.Name}' begins here, but the tensor before it ends at {expected}: "
                + $"{(tensor.Offset < expected ? "they overlap" : "there is a hole")}; {Remedy}");
            expected += tensor.Bytes;
        }
        Require.Data(expected == dataStart + dataBytes,
            $"{path}: offset {expected}: the last tensor ends here, but the file goes on to {dataStart + dataBytes}; {Remedy}");
        return (tensors, metadata);
    }

    static void ReadMetadata(JsonElement value, Dictionary<string, string> metadata, string path)
    {
        Require.Data(value.ValueKind == JsonValueKind.Object,
            $"{path}: __metadata__ is {value.ValueKind}, not an object of strings; {Remedy}");
        foreach (var property in value.EnumerateObject())
        {
            Require.Data(property.Value.ValueKind == JsonValueKind.String,
                $"{path}: __metadata__ '{property.Name}' is {property.Value.ValueKind}, not a string; {Remedy}");
            metadata.Add(property.Name, property.Value.GetString()!);
        }
    }

    static SafetensorsInfo ReadTensor(JsonProperty property, string path, long dataStart, long dataBytes)
    {
        string name = property.Name;
        var value = property.Value;
        Require.Data(value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() == 3,
            $"{path}: header entry '{name}' must be an object of dtype, shape and data_offsets; {Remedy}");
        Require.Data(value.TryGetProperty("dtype", out var dtype) && dtype.ValueKind == JsonValueKind.String,
            $"{path}: '{name}' has no dtype; {Remedy}");
        var type = SafetensorsTypes.Parse(dtype.GetString()!);
        Require.Data(type is not null, $"{path}: '{name}' has dtype '{dtype.GetString()}', which this version does not know");
        long[] shape = Lengths(value, "shape", name, path);
        long[] offsets = Lengths(value, "data_offsets", name, path);
        Require.Data(offsets.Length == 2, $"{path}: '{name}' has {offsets.Length} data_offsets instead of 2; {Remedy}");
        var (begin, end) = (offsets[0], offsets[1]);
        Require.Data(begin <= end && end <= dataBytes,
            $"{path}: '{name}' spans offsets {begin} to {end} of the data at {dataStart}, which is {dataBytes} bytes long; {Remedy}");
        long? bytes = SafetensorsTypes.Bytes(type.Value, shape);
        Require.Data(bytes == end - begin,
            $"{path}: offset {dataStart + begin}: '{name}' is {dtype.GetString()} of shape [{string.Join(", ", shape)}], "
            + $"{(bytes is null ? "no whole number of bytes below 2⁶³" : $"{bytes} bytes")}, but {end - begin} are there; {Remedy}");
        return new(name, type.Value, shape, dataStart + begin, end - begin);
    }

    static long[] Lengths(JsonElement tensor, string key, string name, string path)
    {
        Require.Data(tensor.TryGetProperty(key, out var array) && array.ValueKind == JsonValueKind.Array,
            $"{path}: '{name}' has no {key}; {Remedy}");
        var lengths = new long[array.GetArrayLength()];
        for (int i = 0; i < lengths.Length; i++)
            Require.Data(array[i].ValueKind == JsonValueKind.Number && array[i].TryGetInt64(out lengths[i]) && lengths[i] >= 0,
                $"{path}: '{name}': {key}[{i}] is {array[i].GetRawText()}, not a whole number from 0 to 2⁶³ − 1; {Remedy}");
        return lengths;
    }
}
