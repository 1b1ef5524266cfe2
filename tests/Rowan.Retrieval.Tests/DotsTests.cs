using Rowan.Numerics;

namespace Rowan.Tests;

public unsafe class DotsTests
{
    [Fact]
    public void Int8SumsAreThoseOfAPlainLoop()
    {
        var random = new Random(1);
        foreach (int length in (int[])[32, 64, 96, 128, 416])
            for (int count = 0; count < 14; count++)
            {
                var codes = new sbyte[length * 20];
                for (int i = 0; i < codes.Length; i++) codes[i] = (sbyte)random.Next(-127, 128);
                var query = new short[length];
                int most = Int8Dots.LargestQueryCode(length);
                for (int i = 0; i < length; i++) query[i] = (short)(count == 1 ? most : random.Next(-most, most + 1));
                var slots = new uint[count + 4];
                for (int i = 0; i < count; i++) slots[i] = (uint)random.Next(20);
                int[] rows = new int[count + 4], gathered = new int[count + 4];
                fixed (sbyte* c = codes)
                fixed (short* q = query)
                fixed (int* r = rows, g = gathered)
                fixed (uint* s = slots)
                {
                    Int8Dots.Rows(q, c, length, count, r);
                    if (count > 0) Int8Dots.Gather(q, c, length, s, count, g);
                }
                for (int i = 0; i < count; i++)
                {
                    Assert.Equal(Plain(query, codes.AsSpan(i * length, length)), rows[i]);
                    Assert.Equal(Plain(query, codes.AsSpan((int)slots[i] * length, length)), gathered[i]);
                }
            }
    }

    [Fact]
    public void SumsOfFloatsAreThoseOfAPlainLoop()
    {
        for (int dim = 1; dim < 71; dim++)
            foreach (int count in (int[])[1, 3, 4, 9])
            {
                float[] rows = IndexData.Normal(dim * count, dim), query = IndexData.Normal(dim, 99);
                var narrow = new ushort[rows.Length];
                for (int i = 0; i < rows.Length; i++)
                {
                    narrow[i] = (ushort)(BitConverter.SingleToUInt32Bits(rows[i]) >> 16);
                    rows[i] = BFloat16Code.Widen(narrow[i]);
                }
                float[] products = new float[count], squares = new float[count], narrowProducts = new float[count];
                fixed (float* q = query, r = rows, p = products, s = squares, n = narrowProducts)
                fixed (ushort* b = narrow)
                {
                    FloatDots.Rows<ProductSum, Float32Code>(q, (byte*)r, dim, count, p);
                    FloatDots.Rows<SquareSum, Float32Code>(q, (byte*)r, dim, count, s);
                    FloatDots.Rows<ProductSum, BFloat16Code>(q, (byte*)b, dim, count, n);
                }
                for (int i = 0; i < count; i++)
                {
                    double product = 0, square = 0;
                    for (int c = 0; c < dim; c++)
                    {
                        product += (double)query[c] * rows[i * dim + c];
                        square += Math.Pow((double)query[c] - rows[i * dim + c], 2);
                    }
                    Assert.Equal(product, products[i], 1e-4);
                    Assert.Equal(square, squares[i], 1e-3);
                    Assert.Equal(products[i], narrowProducts[i]);
                }
            }
    }

    [Fact]
    public void CodesAreNearTheirRow()
    {
        float[] row = IndexData.Normal(50, 3);
        var codes = new sbyte[64];
        float scale = Int8Dots.Encode(row, codes), largest = row.Max(MathF.Abs);
        Assert.Equal(largest / 127, scale, 1e-7);
        for (int i = 0; i < row.Length; i++) Assert.Equal(row[i], codes[i] * scale, scale * 0.501);
        Assert.All(codes[50..], code => Assert.Equal(0, code));
        Assert.Equal(0, Int8Dots.Encode(new float[50], codes));
        Assert.Equal(0, Int8Dots.Encode([float.Epsilon, 0], codes));
        Assert.All(codes, code => Assert.Equal(0, code));
    }

    static int Plain(ReadOnlySpan<short> query, ReadOnlySpan<sbyte> row)
    {
        int sum = 0;
        for (int i = 0; i < row.Length; i++) sum += query[i] * row[i];
        return sum;
    }
}
