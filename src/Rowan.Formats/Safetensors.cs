using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rowan.Numerics;

namespace Rowan.Formats;

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

    /// <summary>
    /// Opens a file as arrays by name: what modules are loaded from. The values stay in the file until they are asked for.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is not a complete, well-formed safetensors file.</exception>
    /// <exception cref="NotSupportedException">A tensor is of a type that fits neither floats nor 64-bit integers.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static StateDict Read(string path)
    {
        SafetensorsFile file = Open(path);
        return new StateDict(file.Tensors.Select(info => file.Entry(info.Name)));
    }

    /// <summary>
    /// Writes all arrays, or nothing: floats as F32, rows of a table kept as bfloat16 or half as BF16 or F16, whole numbers of 8 bits as
    /// I8, integers as I64, bytes as U8. An error leaves the old file as it was.
    /// </summary>
    /// <exception cref="ArgumentException">A name is empty, reserved or double.</exception>
    /// <exception cref="IOException">The disk is full or the folder is missing.</exception>
    public static void Write(string path, IEnumerable<StateEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        // As the reference does: by alignment, large first, then by the name's UTF-8 bytes.
        var sorted = entries.OrderByDescending(entry => StateValues.Size(entry, narrow: true))
            .ThenBy(e => Encoding.UTF8.GetBytes(e.Name), ByteOrder).ToArray();
        byte[] header = HeaderOf(sorted, metadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var entry in sorted) StateValues.Write(stream, entry, narrow: true);
        });
    }

    /// <summary>The length of the header and the header, which precede the values.</summary>
    internal static byte[] HeaderOf(StateEntry[] sorted, IReadOnlyDictionary<string, string>? metadata)
    {
        byte[] json = Header(sorted, metadata);
        var header = new byte[sizeof(long) + json.Length];
        BinaryPrimitives.WriteInt64LittleEndian(header, json.LongLength);
        json.CopyTo(header, sizeof(long));
        return header;
    }

    static readonly Comparer<byte[]> ByteOrder = Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b));

    static byte[] Header(StateEntry[] sorted, IReadOnlyDictionary<string, string>? metadata)
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
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (StateEntry entry in sorted)
            {
                Require.That(names.Add(entry.Name),
                    $"Safetensors.Write: two tensors are called '{entry.Name}'; give each a name of its own", "entries");
                long end = checked(begin + CheckedBytes(entry));
                WriteEntry(json, entry, begin, end);
                begin = end;
            }
            json.WriteEndObject();
        }
        while (buffer.WrittenCount % 8 != 0) buffer.Write(" "u8);
        Require.That(buffer.WrittenCount <= MaxHeaderBytes,
            $"Safetensors.Write: the header takes {buffer.WrittenCount} bytes, readers accept {MaxHeaderBytes}; shorten metadata",
            "entries");
        return buffer.WrittenSpan.ToArray();
    }

    static void WriteEntry(Utf8JsonWriter json, StateEntry entry, long begin, long end)
    {
        json.WriteStartObject(entry.Name);
        json.WriteString("dtype", SafetensorsTypes.Spelling(Type(entry)));
        json.WriteStartArray("shape");
        foreach (long length in entry.Sizes) json.WriteNumberValue(length);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static SafetensorsType Type(StateEntry entry) => entry.IsBytes ? SafetensorsType.U8 : entry.IsInteger ? SafetensorsType.I64
        : entry.Format switch
    {
        FloatFormat.BFloat16 => SafetensorsType.BF16,
        FloatFormat.Float16 => SafetensorsType.F16,
        FloatFormat.Int8 => SafetensorsType.I8,
        _ => SafetensorsType.F32,
    };

    static long CheckedBytes(StateEntry entry)
    {
        Require.That(entry.Name is { Length: > 0 } and not MetadataKey,
            $"Safetensors.Write: '{entry.Name}' cannot name a tensor; use a path such as words.weight", "entries");
        return StateValues.Bytes(entry, narrow: true);
    }
}
