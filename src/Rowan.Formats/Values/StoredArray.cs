using System.Buffers;
using System.Numerics;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// An array inside a <see cref="ByteSource"/>: element (i₀, i₁, …) is number offset + Σ iₖ·strideₖ. Rows of any order, transposed and
/// sliced views are all this. Values are read when asked for; only an array that does not lie in order brings its bytes into memory.
/// </summary>
sealed class StoredArray
{
    const int PieceBytes = 1 << 16;

    readonly ByteSource _source;
    readonly NumberKind _kind;
    readonly bool _swapped;
    readonly long[] _sizes, _strides;
    readonly long _start, _offset;
    readonly bool _inOrder;

    /// <param name="source">Where the numbers are.</param>
    /// <param name="start">The byte at which number 0 begins.</param>
    /// <param name="kind">How a number is stored.</param>
    /// <param name="bigEndian">Whether its first byte is the highest.</param>
    /// <param name="sizes">Outermost first; their product must fit in 63 bits.</param>
    /// <param name="strides">Numbers from one element of a dimension to the next.</param>
    /// <param name="offset">The number of the first element.</param>
    /// <exception cref="InvalidDataException">An element would lie outside the source.</exception>
    /// <exception cref="NotSupportedException">There are more elements than numbers: the view repeats some.</exception>
    public StoredArray(ByteSource source, long start, NumberKind kind, bool bigEndian, long[] sizes, long[] strides, long offset)
    {
        (_source, _kind, _swapped) = (source, kind, bigEndian == BitConverter.IsLittleEndian);
        (_sizes, _strides, _start, _offset) = (sizes, strides, start, offset);
        long count = Count(sizes, source.Where);
        long stored = (source.Length - start) / kind.Bytes();
        Int128 last = offset;
        for (int d = 0; d < sizes.Length; d++)
        {
            Require.Data(strides[d] >= 0 || count == 0,
                $"{source.Where}: stride {strides[d]} of dimension {d} is negative; {ByteSource.Remedy}");
            last += (Int128)strides[d] * (sizes[d] - 1);
        }
        Require.Data(offset >= 0 && (count == 0 || last < stored),
            $"{source.Where}: an array of [{string.Join(", ", sizes)}] with strides [{string.Join(", ", strides)}] from number {offset} on "
            + $"ends at number {last}, but {stored} are there; {ByteSource.Remedy}");
        if (count > stored)
            throw new NotSupportedException(
                $"{source.Where}: a view of {count} values over {stored} numbers repeats some; save a copy in full (tensor.contiguous())");
        _inOrder = InOrder(sizes, strides);
    }

    /// <summary>The number of values of an array of these sizes.</summary>
    /// <exception cref="InvalidDataException">A size is negative or the product does not fit in 63 bits.</exception>
    public static long Count(long[] sizes, string where)
    {
        Int128 count = 1;
        foreach (long size in sizes)
        {
            Require.Data(size >= 0, $"{where}: shape [{string.Join(", ", sizes)}] has a negative size; {ByteSource.Remedy}");
            count *= size;
            Require.Data(count <= long.MaxValue,
                $"{where}: shape [{string.Join(", ", sizes)}] has more than 2⁶³ values; {ByteSource.Remedy}");
        }
        return (long)count;
    }

    /// <summary>Strides of an array whose first dimension varies fastest.</summary>
    public static long[] ColumnMajor(long[] sizes)
    {
        long[] strides = RowMajor([.. sizes.Reverse()]);
        Array.Reverse(strides);
        return strides;
    }

    /// <summary>Strides of an array whose last dimension varies fastest.</summary>
    public static long[] RowMajor(long[] sizes)
    {
        var strides = new long[sizes.Length];
        long stride = 1;
        for (int d = sizes.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            // Without a zero the product was checked; with one, no element is ever addressed.
            stride = unchecked(stride * Math.Max(1, sizes[d]));
        }
        return strides;
    }

    /// <summary>The array under a name: floats where floats are stored, bytes where bytes are, else integers.</summary>
    public StateEntry Entry(string name) => _kind.IsFloat()
        ? new(name, _sizes, (RangeReader<float>)Read)
        : _kind == NumberKind.UInt8 ? new(name, _sizes, (RangeReader<byte>)Read) : new(name, _sizes, (RangeReader<long>)Read);

    /// <summary>The rows of a table of floats in mapped memory; null if they do not lie there as this machine reads them.</summary>
    public MappedValues? Map(FileBytes file) =>
        _kind == NumberKind.Float32 && !_swapped && _inOrder && _sizes.Length == 2 && _sizes[0] > 0
            && file.OffsetOf(_start + _offset * sizeof(float)) is var offset && offset % sizeof(float) == 0
            ? new MappedValues(file.Handle, offset, _sizes[0], _sizes[1]) : null;

    void Read<TValue>(long start, Span<TValue> into) where TValue : unmanaged, INumber<TValue>
    {
        if (into.Length == 0) return;
        int size = _kind.Bytes();
        byte[] piece = ArrayPool<byte>.Shared.Rent((int)Math.Min(PieceBytes, (long)into.Length * size));
        try
        {
            for (int perPiece = piece.Length / size; into.Length > 0;)
            {
                var part = into[..Math.Min(perPiece, into.Length)];
                var bytes = piece.AsSpan(0, part.Length * size);
                if (_inOrder) _source.Read(_start + (_offset + start) * size, bytes);
                else Gather(start, bytes, size);
                if (_swapped) NumberKinds.Swap(bytes, size);
                NumberKinds.Decode(_kind, bytes, part);
                into = into[part.Length..];
                start += part.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    // Element by element: counts up as a mileage counter does, the last dimension fastest.
    void Gather(long start, Span<byte> into, int size)
    {
        ByteSource source = _source.InMemory;
        var index = new long[_sizes.Length];
        long number = _offset;
        for (int d = _sizes.Length - 1; d >= 0; d--)
        {
            (start, index[d]) = Math.DivRem(start, _sizes[d]);
            number += index[d] * _strides[d];
        }
        for (; into.Length > 0; into = into[size..])
        {
            source.Read(_start + number * size, into[..size]);
            for (int d = _sizes.Length - 1; d >= 0; d--)
            {
                number += _strides[d];
                if (++index[d] < _sizes[d]) break;
                number -= index[d] * _strides[d];
                index[d] = 0;
            }
        }
    }

    static bool InOrder(long[] sizes, long[] strides)
    {
        long[] expected = RowMajor(sizes);
        for (int d = 0; d < sizes.Length; d++)
            if (sizes[d] > 1 && strides[d] != expected[d]) return false;
        return true;
    }
}
