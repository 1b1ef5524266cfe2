namespace Rowan.Tests;

/// <summary>The formats once more, a number at a time and from their formulas alone.</summary>
static class SlowRowCodec
{
    public static int Bits(RowFormat format) =>
        format switch { RowFormat.Fused4Bit or RowFormat.TbeInt4 => 4, RowFormat.Fused2Bit or RowFormat.TbeInt2 => 2, _ => 8 };

    static bool Integers(RowFormat format) => format != RowFormat.TbeFp8;

    static bool First(RowFormat format) => format is RowFormat.TbeInt8 or RowFormat.TbeInt4 or RowFormat.TbeInt2;

    public static byte[] Encode(RowFormat format, float[] row)
    {
        var codes = new byte[(row.Length * Bits(format) + 7) / 8];
        if (!Integers(format)) return [.. row.Select(Float8)];
        float min = row.Min(), max = row.Max(), scale, inverse;
        // The first of zeros of either sign, as std::min_element gives it.
        if (min == 0) min = row.First(x => x == 0);
        if (Bits(format) == 8)
        {
            float range = max - min;
            (scale, inverse) = (range / 255, 255 / (range + 1e-8f));
        }
        else
        {
            int top = (1 << Bits(format)) - 1;
            min = (float)(Half)min;
            float range = max - min;
            scale = (float)(Half)(range == 0 ? 1 : range / top);
            if (scale == 0 || float.IsInfinity(1 / scale)) scale = 1;
            inverse = 1 / scale;
        }
        for (int c = 0; c < row.Length; c++)
        {
            double q = Math.Round((row[c] - min) * inverse, MidpointRounding.ToEven);
            int code = (int)Math.Clamp(q, 0, (1 << Bits(format)) - 1), perByte = 8 / Bits(format);
            codes[c / perByte] |= (byte)(code << c % perByte * Bits(format));
        }
        byte[] halves = [.. BitConverter.GetBytes((Half)scale), .. BitConverter.GetBytes((Half)min)];
        return First(format) ? [.. halves, .. codes]
            : format == RowFormat.Fused8Bit
            ? [.. codes, .. BitConverter.GetBytes(scale), .. BitConverter.GetBytes(min)] : [.. codes, .. halves];
    }

    public static float[] Decode(RowFormat format, byte[] row, int dim)
    {
        (float scale, float bias) = ScaleAndBias(format, row);
        return [.. Codes(format, row, dim).Select(q => q * scale + bias)];
    }

    public static (float Scale, float Bias) ScaleAndBias(RowFormat format, byte[] row)
    {
        if (!Integers(format)) return (1, 0);
        if (format == RowFormat.Fused8Bit) return (BitConverter.ToSingle(row, row.Length - 8), BitConverter.ToSingle(row, row.Length - 4));
        int at = First(format) ? 0 : row.Length - 4;
        return ((float)BitConverter.ToHalf(row, at), (float)BitConverter.ToHalf(row, at + 2));
    }

    public static float[] Codes(RowFormat format, byte[] row, int dim)
    {
        int bits = Bits(format), perByte = 8 / bits;
        byte[] codes = First(format) ? row[4..] : row;
        return [.. Enumerable.Range(0, dim)
            .Select(c => Integers(format) ? codes[c / perByte] >> c % perByte * bits & (1 << bits) - 1 : Float8(codes[c]))];
    }

    /// <summary>Sign, four bits of exponent with bias 7, three of fraction; no code is reserved.</summary>
    public static float Float8(byte code)
    {
        int e = code >> 3 & 15, f = code & 7;
        double size = e == 0 ? Math.Pow(2, -6) * f / 8 : Math.Pow(2, e - 7) * (1 + f / 8.0);
        return (float)(code < 128 ? size : -size);
    }

    /// <summary>The nearest of all codes up to 240; of two as near, the even one.</summary>
    static byte Float8(float x)
    {
        byte best = 0;
        for (byte code = 0; Float8(code) <= 240; code++)
        {
            double far = Math.Abs(Math.Abs((double)x) - Float8(code)), least = Math.Abs(Math.Abs((double)x) - Float8(best));
            if (far < least || (far == least && code % 2 == 0)) best = code;
        }
        return (byte)(best | (float.IsNegative(x) ? 128 : 0));
    }
}
