using System.Numerics;
using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>How a number is stored; the floats come first.</summary>
enum NumberKind
{
    Float32,
    Float64,
    Float16,
    BFloat16,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt32,
    UInt16,
    UInt8,
    Bool,
}

static class NumberKinds
{
    public static bool IsFloat(this NumberKind kind) => kind <= NumberKind.BFloat16;

    public static int Bytes(this NumberKind kind) => kind switch
    {
        NumberKind.Float64 or NumberKind.Int64 => 8,
        NumberKind.Float32 or NumberKind.Int32 or NumberKind.UInt32 => 4,
        NumberKind.Float16 or NumberKind.BFloat16 or NumberKind.Int16 or NumberKind.UInt16 => 2,
        _ => 1,
    };

    /// <summary>
    /// Stored numbers, in this machine's byte order, as floats or 64-bit integers; doubles are rounded to the nearest float.
    /// </summary>
    public static void Decode<TValue>(NumberKind kind, ReadOnlySpan<byte> stored, Span<TValue> into) where TValue : unmanaged,
    INumber<TValue>
    {
        switch (kind)
        {
            case NumberKind.Float32: Convert<float, TValue>(stored, into); break;
            case NumberKind.Float64: Convert<double, TValue>(stored, into); break;
            case NumberKind.Int64: Convert<long, TValue>(stored, into); break;
            case NumberKind.Int32: Convert<int, TValue>(stored, into); break;
            case NumberKind.Int16: Convert<short, TValue>(stored, into); break;
            case NumberKind.Int8: Convert<sbyte, TValue>(stored, into); break;
            case NumberKind.UInt32: Convert<uint, TValue>(stored, into); break;
            case NumberKind.UInt16: Convert<ushort, TValue>(stored, into); break;
            case NumberKind.UInt8: Convert<byte, TValue>(stored, into); break;
            case NumberKind.BFloat16 when typeof(TValue) == typeof(float): NarrowRows.Widen<BFloat16Code>(MemoryMarshal.Cast<byte,
                ushort>(stored)[..into.Length], MemoryMarshal.Cast<TValue, float>(into)); break;
            case NumberKind.Float16 when typeof(TValue) == typeof(float): NarrowRows.Widen<Float16Code>(MemoryMarshal.Cast<byte,
                ushort>(stored)[..into.Length], MemoryMarshal.Cast<TValue, float>(into)); break;
            case NumberKind.Float16: Convert<Half, TValue>(stored, into); break;
            case NumberKind.BFloat16:
                // The upper half of a float; .NET 10 has no type for it.
                var halves = MemoryMarshal.Cast<byte, ushort>(stored);
                for (int i = 0; i < into.Length; i++) into[i] = TValue.CreateTruncating(BitConverter.Int32BitsToSingle(halves[i] << 16));
                break;
            case NumberKind.Bool:
                for (int i = 0; i < into.Length; i++) into[i] = stored[i] != 0 ? TValue.One : TValue.Zero;
                break;
        }
    }

    /// <summary>Turns the byte order of each number of <paramref name="size"/> bytes.</summary>
    public static void Swap(Span<byte> numbers, int size)
    {
        for (; size > 1 && numbers.Length >= size; numbers = numbers[size..]) numbers[..size].Reverse();
    }

    static void Convert<TStored, TValue>(ReadOnlySpan<byte> bytes, Span<TValue> into)
        where TStored : unmanaged, INumber<TStored>
        where TValue : unmanaged, INumber<TValue>
    {
        var stored = MemoryMarshal.Cast<byte, TStored>(bytes);
        // The same type is copied, so that the payload of a NaN survives.
        if (typeof(TStored) == typeof(TValue)) MemoryMarshal.Cast<TStored, TValue>(stored).CopyTo(into);
        else
            for (int i = 0; i < into.Length; i++) into[i] = TValue.CreateTruncating(stored[i]);
    }
}
