using System.Buffers;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// Writes the values of an entry: floats as 4 bytes, or as the 2 of their own format where the file has it; integers as 8, or bytes as 1;
/// little-endian, by pieces.
/// </summary>
static class StateValues
{
    const int PieceValues = 1 << 14;

    public static int Size(StateEntry entry, bool narrow = false) => narrow && entry.IsBytes ? sizeof(byte) : entry.IsInteger
        ? sizeof(long) : !narrow ? sizeof(float) : entry.Format switch
        {
            FloatFormat.Float32 => sizeof(float),
            FloatFormat.Int8 => sizeof(sbyte),
            _ => sizeof(ushort),
        };

    public static long Bytes(StateEntry entry, bool narrow = false) => checked(entry.Count * Size(entry, narrow));

    public static void Write(Stream stream, StateEntry entry, bool narrow = false)
    {
        if (narrow && entry.IsBytes) Write<byte>(stream, entry.Count, entry.Read);
        else if (entry.IsInteger) Write<long>(stream, entry.Count, entry.Read);
        else if (narrow && entry.Format == FloatFormat.BFloat16) Write<ushort>(stream, entry.Count, Codes<BFloat16Code>(entry));
        else if (narrow && entry.Format == FloatFormat.Float16) Write<ushort>(stream, entry.Count, Codes<Float16Code>(entry));
        else if (narrow && entry.Format == FloatFormat.Int8) Write<sbyte>(stream, entry.Count, Integers(entry));
        else Write<float>(stream, entry.Count, entry.Read);
    }

    /// <summary>Whole numbers as bytes.</summary>
    static RangeReader<sbyte> Integers(StateEntry entry)
    {
        var values = new float[PieceValues];
        return (start, into) =>
        {
            for (int done = 0, length; done < into.Length; done += length)
            {
                length = Math.Min(PieceValues, into.Length - done);
                entry.Read(start + done, values.AsSpan(0, length));
                for (int i = 0; i < length; i++) into[done + i] = (sbyte)values[i];
            }
        };
    }

    /// <summary>The codes of values that all have one.</summary>
    static RangeReader<ushort> Codes<TCode>(StateEntry entry) where TCode : struct, INarrowFloat
    {
        var values = new float[PieceValues];
        return (start, into) =>
        {
            for (int done = 0, length; done < into.Length; done += length)
            {
                length = Math.Min(PieceValues, into.Length - done);
                entry.Read(start + done, values.AsSpan(0, length));
                NarrowRows.Nearest<TCode>(values.AsSpan(0, length), into.Slice(done, length));
            }
        };
    }

    static void Write<T>(Stream stream, long count, RangeReader<T> read) where T : unmanaged
    {
        T[] piece = ArrayPool<T>.Shared.Rent((int)Math.Min(PieceValues, count));
        try
        {
            for (long done = 0; done < count;)
            {
                var part = piece.AsSpan(0, (int)Math.Min(piece.Length, count - done));
                read(done, part);
                var bytes = MemoryMarshal.AsBytes(part);
                if (!BitConverter.IsLittleEndian) NumberKinds.Swap(bytes, Marshal.SizeOf<T>());
                stream.Write(bytes);
                done += part.Length;
            }
        }
        finally
        {
            ArrayPool<T>.Shared.Return(piece);
        }
    }
}
