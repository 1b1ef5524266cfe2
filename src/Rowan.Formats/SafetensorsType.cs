namespace Rowan.Formats;

/// <summary>The number types of a safetensors file, in the order of their alignment; larger ones are written first.</summary>
public enum SafetensorsType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,
    /// <summary>4-bit float; two share a byte.</summary>
    F4,
    /// <summary>6-bit float, 2 bits of exponent.</summary>
    F6E2M3,
    /// <summary>6-bit float, 3 bits of exponent.</summary>
    F6E3M2,
    /// <summary>Unsigned byte.</summary>
    U8,
    /// <summary>Signed byte.</summary>
    I8,
    /// <summary>8-bit float, 5 bits of exponent.</summary>
    F8E5M2,
    /// <summary>8-bit float, 4 bits of exponent.</summary>
    F8E4M3,
    /// <summary>8-bit power of two.</summary>
    F8E8M0,
    /// <summary>8-bit float, 4 bits of exponent, no negative zero.</summary>
    F8E4M3Fnuz,
    /// <summary>8-bit float, 5 bits of exponent, no negative zero.</summary>
    F8E5M2Fnuz,
    /// <summary>16-bit integer.</summary>
    I16,
    /// <summary>16-bit unsigned integer.</summary>
    U16,
    /// <summary>IEEE half.</summary>
    F16,
    /// <summary>The upper half of an IEEE single.</summary>
    BF16,
    /// <summary>32-bit integer.</summary>
    I32,
    /// <summary>32-bit unsigned integer.</summary>
    U32,
    /// <summary>IEEE single.</summary>
    F32,
    /// <summary>Two IEEE singles.</summary>
    C64,
    /// <summary>IEEE double.</summary>
    F64,
    /// <summary>64-bit integer.</summary>
    I64,
    /// <summary>64-bit unsigned integer.</summary>
    U64,
}

/// <summary>How the types are spelled in files, and how many bits a value takes.</summary>
static class SafetensorsTypes
{
    static readonly (SafetensorsType Type, string Spelling, int Bits)[] All =
    [
        (SafetensorsType.Bool, "BOOL", 8), (SafetensorsType.F4, "F4", 4),
        (SafetensorsType.F6E2M3, "F6_E2M3", 6), (SafetensorsType.F6E3M2, "F6_E3M2", 6),
        (SafetensorsType.U8, "U8", 8), (SafetensorsType.I8, "I8", 8),
        (SafetensorsType.F8E5M2, "F8_E5M2", 8), (SafetensorsType.F8E4M3, "F8_E4M3", 8), (SafetensorsType.F8E8M0, "F8_E8M0", 8),
        (SafetensorsType.F8E4M3Fnuz, "F8_E4M3FNUZ", 8), (SafetensorsType.F8E5M2Fnuz, "F8_E5M2FNUZ", 8),
        (SafetensorsType.I16, "I16", 16), (SafetensorsType.U16, "U16", 16),
        (SafetensorsType.F16, "F16", 16), (SafetensorsType.BF16, "BF16", 16),
        (SafetensorsType.I32, "I32", 32), (SafetensorsType.U32, "U32", 32), (SafetensorsType.F32, "F32", 32),
        (SafetensorsType.C64, "C64", 64), (SafetensorsType.F64, "F64", 64),
        (SafetensorsType.I64, "I64", 64), (SafetensorsType.U64, "U64", 64),
    ];

    public static int Bits(SafetensorsType type) => All[(int)type].Bits;

    public static string Spelling(SafetensorsType type) => All[(int)type].Spelling;

    /// <summary>How a value is read; null where it fits neither floats nor 64-bit integers.</summary>
    public static NumberKind? Number(SafetensorsType type) => type switch
    {
        SafetensorsType.F32 => NumberKind.Float32,
        SafetensorsType.F64 => NumberKind.Float64,
        SafetensorsType.F16 => NumberKind.Float16,
        SafetensorsType.BF16 => NumberKind.BFloat16,
        SafetensorsType.I64 => NumberKind.Int64,
        SafetensorsType.I32 => NumberKind.Int32,
        SafetensorsType.I16 => NumberKind.Int16,
        SafetensorsType.I8 => NumberKind.Int8,
        SafetensorsType.U32 => NumberKind.UInt32,
        SafetensorsType.U16 => NumberKind.UInt16,
        SafetensorsType.U8 => NumberKind.UInt8,
        SafetensorsType.Bool => NumberKind.Bool,
        _ => null,
    };

    public static SafetensorsType? Parse(string spelling)
    {
        foreach (var known in All)
            if (known.Spelling == spelling) return known.Type;
        return null;
    }

    /// <summary>The bytes of a tensor, or null where its size overflows 64 bits, a length is negative, or it ends inside a byte.</summary>
    public static long? Bytes(SafetensorsType type, ReadOnlySpan<long> shape)
    {
        // A zero anywhere makes the tensor empty; the other lengths must still be lengths.
        UInt128 values = 1;
        foreach (long length in shape)
        {
            if (length < 0) return null;
            values *= (ulong)length;
            if (values > long.MaxValue) return null;
        }
        UInt128 bits = values * (ulong)Bits(type);
        return bits % 8 != 0 || bits / 8 > long.MaxValue ? null : (long)(bits / 8);
    }
}
