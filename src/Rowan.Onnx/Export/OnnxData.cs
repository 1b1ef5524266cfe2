using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Onnx;

/// <summary>Element types, by their numbers in ONNX.</summary>
enum OnnxType
{
    Float = 1,
    Int32 = 6,
    Int64 = 7,
    Bool = 9,
}

/// <summary>A constant of the graph: its sizes, and how its bytes are written, a piece at a time.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Sizes">Its sizes.</param>
/// <param name="Write">Writes all bytes, little-endian, <see cref="Bytes"/> of them.</param>
sealed record OnnxData(string Name, OnnxType Type, long[] Sizes, Action<Stream> Write)
{
    const int Piece = 1 << 16;

    /// <summary>Bytes in all.</summary>
    public long Bytes => checked(Sizes.Aggregate(1L, (count, size) => count * size) * (Type switch
    {
        OnnxType.Int64 => sizeof(long),
        OnnxType.Bool => 1,
        _ => sizeof(float),
    }));

    /// <summary>Floats that are read in ranges, as those of a table larger than memory.</summary>
    public static OnnxData Floats(string name, long[] sizes, RangeReader<float> read)
    {
        long count = sizes.Aggregate(1L, (product, size) => checked(product * size));
        return new OnnxData(name, OnnxType.Float, sizes, stream =>
        {
            var piece = new float[(int)Math.Min(Piece, count)];
            for (long start = 0; start < count; start += piece.Length)
            {
                Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, count - start));
                read(start, values);
                Span<int> bits = MemoryMarshal.Cast<float, int>(values);
                if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(bits, bits);
                stream.Write(MemoryMarshal.AsBytes(bits));
            }
        });
    }

    /// <summary>Floats in memory.</summary>
    public static OnnxData Floats(string name, long[] sizes, ReadOnlyMemory<float> values) =>
        Floats(name, sizes, (start, into) => values.Span.Slice((int)start, into.Length).CopyTo(into));

    /// <summary>Integers of 64 bits.</summary>
    public static OnnxData Ints(string name, long[] sizes, ReadOnlyMemory<long> values) =>
        new(name, OnnxType.Int64, sizes, stream =>
        {
            var bytes = new byte[sizeof(long)];
            foreach (long value in values.Span)
            {
                BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
                stream.Write(bytes);
            }
        });

    /// <summary>Flags.</summary>
    public static OnnxData Flags(string name, long[] sizes, ReadOnlyMemory<bool> values) =>
        new(name, OnnxType.Bool, sizes, stream => stream.Write(MemoryMarshal.AsBytes(values.Span)));
}
