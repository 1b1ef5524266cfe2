using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>A tensor to be written as F32.</summary>
/// <param name="Name">Unique in its file; by convention the path of the parameter, <c>words.weight</c>.</param>
/// <param name="Shape">The lengths, outermost first; empty for a scalar.</param>
/// <param name="Segments">The values in row-major order, in as many pieces as the table lies in.</param>
public sealed record SafetensorsEntry(string Name, IReadOnlyList<long> Shape, IReadOnlyList<ReadOnlyMemory<float>> Segments);

/// <summary>
/// The safetensors format: 8 bytes of header length, a JSON header, then the values, little-endian and without gaps.
/// Identical tensors and metadata give identical bytes, in whatever order they come.
/// See <see href="https://github.com/huggingface/safetensors">the specification</see>.
/// </summary>
public static class Safetensors
{
    /// <summary>The largest header that a reader accepts, as in the reference implementation.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    internal const string MetadataKey = "__metadata__";

    /// <summary>Opens a file for reading; the header is checked in full, the values are read when asked for.</summary>
    /// <exception cref="InvalidDataException">The file is not a complete, well-formed safetensors file.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static SafetensorsFile Open(string path) => new(path);

    /// <summary>Writes all tensors, or nothing: an error leaves the old file as it was.</summary>
    /// <exception cref="ArgumentException">A name is empty, reserved or double; a shape is negative or does not fit its values.</exception>
    /// <exception cref="IOException">The disk is full or the folder is missing.</exception>
    public static void Write(string path, IEnumerable<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        // The reference sorts by alignment, then name; all is F32 here, so the name decides, by its UTF-8 bytes as in Rust.
        var sorted = entries.OrderBy(e => Encoding.UTF8.GetBytes(e.Name), ByteOrder).ToArray();
        byte[] header = Header(sorted, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.LongLength);
            stream.Write(length);
            stream.Write(header);
            foreach (var entry in sorted)
                foreach (var segment in entry.Segments) WriteValues(stream, segment.Span);
        });
    }

    static readonly Comparer<byte[]> ByteOrder = Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b));

    static byte[] Header(SafetensorsEntry[] sorted, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long begin = 0;
            for (int i = 0; i < sorted.Length; i++)
            {
                var entry = sorted[i];
                Require.That(i == 0 || sorted[i - 1].Name != entry.Name,
                    $"Safetensors.Write: two tensors are called '{entry.Name}'; give each a name of its own", "entries");
                long end = checked(begin + CheckedBytes(entry));
                WriteEntry(json, entry, begin, end);
                begin = end;
            }
            json.WriteEndObject();
        }
        while (buffer.WrittenCount % 8 != 0) buffer.Write(" "u8);
        Require.That(buffer.WrittenCount <= MaxHeaderBytes,
            $"Safetensors.Write: the header takes {buffer.WrittenCount} bytes, readers accept {MaxHeaderBytes}; shorten metadata", "entries");
        return buffer.WrittenSpan.ToArray();
    }

    static void WriteEntry(Utf8JsonWriter json, SafetensorsEntry entry, long begin, long end)
    {
        json.WriteStartObject(entry.Name);
        json.WriteString("dtype", "F32");
        json.WriteStartArray("shape");
        foreach (long length in entry.Shape) json.WriteNumberValue(length);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static long CheckedBytes(SafetensorsEntry entry)
    {
        Require.That(entry.Name is { Length: > 0 } and not MetadataKey,
            $"Safetensors.Write: '{entry.Name}' cannot name a tensor; use a path such as words.weight", "entries");
        long[] shape = [.. entry.Shape];
        long? bytes = SafetensorsTypes.Bytes(SafetensorsType.F32, shape);
        Require.That(bytes is not null,
            $"Safetensors.Write: '{entry.Name}' has shape [{string.Join(", ", shape)}], negative or beyond 2⁶³ bytes", "entries");
        long given = entry.Segments.Sum(s => (long)s.Length);
        Require.That(given == bytes / sizeof(float),
            $"Safetensors.Write: '{entry.Name}' has shape [{string.Join(", ", shape)}], {bytes / sizeof(float)} values, but {given} were given",
            "entries");
        return bytes.Value;
    }

    static void WriteValues(Stream stream, ReadOnlySpan<float> values)
    {
        // A span of bytes is addressed by int: pieces of 2²⁸ floats stay below 2³¹ bytes.
        const int piece = 1 << 28;
        for (; values.Length > 0; values = values[Math.Min(piece, values.Length)..])
        {
            var bytes = MemoryMarshal.AsBytes(values[..Math.Min(piece, values.Length)]);
            if (BitConverter.IsLittleEndian) stream.Write(bytes);
            else WriteLittleEndian(stream, MemoryMarshal.Cast<byte, uint>(bytes));
        }
    }

    static void WriteLittleEndian(Stream stream, ReadOnlySpan<uint> values)
    {
        Span<byte> four = stackalloc byte[sizeof(uint)];
        foreach (uint value in values)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(four, value);
            stream.Write(four);
        }
    }
}
