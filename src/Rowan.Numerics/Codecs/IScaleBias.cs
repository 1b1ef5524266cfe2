using System.Runtime.CompilerServices;

namespace Rowan.Numerics;

/// <summary>Where a row keeps its scale and bias, and in which type.</summary>
interface IScaleBias
{
    /// <summary>Bytes before the codes.</summary>
    static abstract int Before { get; }

    /// <summary>Bytes after the codes.</summary>
    static abstract int After { get; }

    /// <summary>Reads both; codes is the bytes that the codes take.</summary>
    static abstract (float Scale, float Bias) Read(ref byte row, int codes);

    /// <summary>Writes both.</summary>
    static abstract void Write(ref byte row, int codes, Affine line);

    /// <summary>The largest number that can be written.</summary>
    static abstract float Largest { get; }
}

/// <summary>Two float32 after the codes.</summary>
readonly struct SinglesAfter : IScaleBias
{
    public static int Before => 0;

    public static int After => 2 * sizeof(float);

    public static float Largest => float.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (float Scale, float Bias) Read(ref byte row, int codes) =>
        (Unsafe.ReadUnaligned<float>(ref Unsafe.Add(ref row, codes)),
            Unsafe.ReadUnaligned<float>(ref Unsafe.Add(ref row, codes + sizeof(float))));

    public static void Write(ref byte row, int codes, Affine line)
    {
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref row, codes), line.Scale);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref row, codes + sizeof(float)), line.Bias);
    }
}

/// <summary>Two float16 after the codes.</summary>
readonly struct HalvesAfter : IScaleBias
{
    public static int Before => 0;

    public static int After => Halves.Bytes;

    public static float Largest => Halves.Largest;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (float Scale, float Bias) Read(ref byte row, int codes) => Halves.Read(ref Unsafe.Add(ref row, codes));

    public static void Write(ref byte row, int codes, Affine line) => Halves.Write(ref Unsafe.Add(ref row, codes), line);
}

/// <summary>Two float16 before the codes.</summary>
readonly struct HalvesBefore : IScaleBias
{
    public static int Before => Halves.Bytes;

    public static int After => 0;

    public static float Largest => Halves.Largest;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (float Scale, float Bias) Read(ref byte row, int codes) => Halves.Read(ref row);

    public static void Write(ref byte row, int codes, Affine line) => Halves.Write(ref row, line);
}

/// <summary>Neither: codes that are the values.</summary>
readonly struct NoScale : IScaleBias
{
    public static int Before => 0;

    public static int After => 0;

    public static float Largest => float.MaxValue;

    // Whatever −0 is added to stays what it is, −0 too.
    public static (float Scale, float Bias) Read(ref byte row, int codes) => (1, -0f);

    public static void Write(ref byte row, int codes, Affine line) { }
}

/// <summary>Scale and bias as two float16.</summary>
static class Halves
{
    public const int Bytes = 4;
    public const float Largest = 65504;

    const float Up = 5.192296858534828e33f;        // 2¹¹²: exponents of float32 begin 112 lower

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (float Scale, float Bias) Read(ref byte at)
    {
        uint both = Unsafe.ReadUnaligned<uint>(ref at);
        return (Widen(both & 0xFFFF), Widen(both >> 16));
    }

    public static void Write(ref byte at, Affine line)
    {
        Unsafe.WriteUnaligned(ref at, (Half)line.Scale);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 2), (Half)line.Bias);
    }

    // Exact, subnormals included. Infinities and NaN become other numbers, and rows that hold them are refused before.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Widen(uint half) =>
        BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle((half & 0x7FFF) << 13) * Up)
        | (half & 0x8000) << 16);
}
