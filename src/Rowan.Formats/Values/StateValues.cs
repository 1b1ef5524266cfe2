using System.Buffers;
using System.Runtime.InteropServices;

namespace Rowan.Formats;

/// <summary>Writes the values of an entry: floats as 4 bytes, integers as 8, little-endian, by pieces.</summary>
static class StateValues
{
    const int PieceValues = 1 << 14;

    public static int Size(StateEntry entry) => entry.IsInteger ? sizeof(long) : sizeof(float);

    public static long Bytes(StateEntry entry) => checked(entry.Count * Size(entry));

    public static void Write(Stream stream, StateEntry entry)
    {
        if (entry.IsInteger) Write<long>(stream, entry.Count, entry.Read);
        else Write<float>(stream, entry.Count, entry.Read);
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
