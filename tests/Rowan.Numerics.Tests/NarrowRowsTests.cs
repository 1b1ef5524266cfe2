using Rowan.Numerics;

namespace Rowan.Tests;

public class NarrowRowsTests
{
    static readonly int[] Lengths = [0, 1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 31, 32, 33, 63, 64, 65, 130];

    [Fact]
    public void EveryCodeBecomesItsFloatAndBack()
    {
        All<BFloat16Code>(code => BitConverter.UInt32BitsToSingle((uint)code << 16));
        All<Float16Code>(code => (float)BitConverter.UInt16BitsToHalf(code));

        static void All<TCode>(Func<ushort, float> oracle) where TCode : struct, INarrowFloat
        {
            ushort[] codes = [.. Enumerable.Range(0, 1 << 16).Select(code => (ushort)code)], back = new ushort[1 << 16],
            cut = new ushort[1 << 16];
            var floats = new float[1 << 16];
            NarrowRows.Widen<TCode>(codes, floats);
            NarrowRows.Nearest<TCode>(floats, back);
            NarrowRows.Rounded<TCode>(floats, Words(NarrowRows.Words<TCode>(1 << 16)), cut);
            for (int code = 0; code < 1 << 16; code++)
            {
                Assert.Equal(oracle((ushort)code), floats[code]);
                Assert.Equal(oracle((ushort)code), TCode.Widen((ushort)code));
                if (float.IsNaN(floats[code]))
                {
                    Assert.True(float.IsNaN(TCode.Widen(back[code])) && float.IsNaN(TCode.Widen(cut[code])));
                    continue;
                }
                Assert.Equal(code, back[code]);
                Assert.Equal(code, cut[code]);
            }
        }
    }

    [Fact]
    public void TheNearestCodeIsTheNearest()
    {
        var rng = new Rng(3);
        var bits = new long[200_000];
        rng.RandInt(bits, 0, 1L << 32);
        // Around powers of two and half way between codes, where rounding turns; then any float.
        float[] x = [.. Edges(), .. bits.Select(b => BitConverter.UInt32BitsToSingle((uint)b)),
            .. bits.Select(b => BitConverter.UInt32BitsToSingle((uint)b & 0x87FFFFFF | 0x30000000))];
        var halves = new ushort[x.Length];
        var uppers = new ushort[x.Length];
        NarrowRows.Nearest<Float16Code>(x, halves);
        NarrowRows.Nearest<BFloat16Code>(x, uppers);
        for (int i = 0; i < x.Length; i++)
        {
            if (float.IsNaN(x[i]))
            {
                Assert.True(float.IsNaN(Float16Code.Widen(halves[i])) && float.IsNaN(BFloat16Code.Widen(uppers[i])));
                continue;
            }
            Assert.Equal(BitConverter.HalfToUInt16Bits((Half)x[i]), halves[i]);
            Assert.Equal(NearestBFloat16(x[i]), uppers[i]);
        }

        static IEnumerable<float> Edges()
        {
            float[] turns = [0, -0f, 65504, 65519.99f, 65520, 65535, 65536, 1e30f, float.MaxValue, float.PositiveInfinity,
                float.NegativeInfinity, float.NaN, BitConverter.UInt32BitsToSingle(0x7F800001), float.Epsilon];
            var around = from e in Enumerable.Range(-149, 277)
                         from half in (uint[])[0, 0x1000, 0x2000, 0x3000, 0x8000, 0x18000]
                         from low in Enumerable.Range(-3, 7)
                         select BitConverter.UInt32BitsToSingle(
                             (uint)Math.Max(0, (int)(BitConverter.SingleToUInt32Bits(MathF.ScaleB(1, e)) + half) + low));
            turns = [.. turns, .. around];
            return turns.Concat(turns.Select(value => -value));
        }

        static ushort NearestBFloat16(float x)
        {
            uint u = BitConverter.SingleToUInt32Bits(x);
            if (float.IsInfinity(x)) return (ushort)(u >> 16);
            // The neighbours' distances, in double; 2¹²⁸ stands for infinity.
            uint below = u >> 16, above = below + 1;
            double low = Math.Abs((double)BFloat16Code.Widen((ushort)below)), high = (above & 0x7FFF) == 0x7F80
                ? Math.ScaleB(1, 128) : Math.Abs((double)BFloat16Code.Widen((ushort)above));
            double toLow = Math.Abs((double)x) is var size ? size - low : 0, toHigh = high - size;
            return (ushort)(toLow < toHigh || (toLow == toHigh && below % 2 == 0) ? below : above);
        }
    }

    /// <summary>
    /// Over all random bits the share that rounds up is the distance itself, to the last one: normals, subnormals, both signs, up to
    /// infinity.
    /// </summary>
    [Fact]
    public void OverAllRandomBitsTheMeanIsTheValue()
    {
        foreach (uint u in (uint[])[0x3F801234, 0xC0490FDB, 0x00000001, 0x0000FFFF, 0x80012345, 0x007F8001, 0x7F7F0001, 0x3F80FFFF,
            0x3F810000])
            Assert.Equal(u & 0xFFFF, (uint)Ups<BFloat16Code>(u, 16, 0));
        foreach (uint u in (uint[])[0x3F801234, 0xC0490FDB, 0x38800001, 0xB8801FFF, 0x477FE001, 0x477FFFFF, 0x3F802000])
            Assert.Equal(u & 0x1FFF, (uint)Ups<Float16Code>(u, 13, 0));
        // A subnormal's fraction of 2⁻²⁴ decides; the words step through 2¹⁶ of 2³² evenly.
        foreach (float x in (float[])[1e-6f, -3e-5f, 6.1e-5f, 5.9e-8f, -2.1e-8f, 1e-10f, MathF.ScaleB(3, -25), MathF.ScaleB(1, -24)])
            Assert.InRange(Ups<Float16Code>(BitConverter.SingleToUInt32Bits(x), 16, 16) - (Math.Abs((double)x) * (1 << 24) % 1) * 65536,
                -1, 1);

        static int Ups<TCode>(uint u, int bits, int shift) where TCode : struct, INarrowFloat
        {
            int n = 1 << bits, ups = 0;
            var x = new float[n];
            Array.Fill(x, BitConverter.UInt32BitsToSingle(u));
            var random = new uint[NarrowRows.Words<TCode>(n)];
            if (TCode.RandomBits == 16)
                for (uint i = 0; i < n; i += 2) random[i / 2] = i | ((i + 1) << 16);
            else
                for (uint i = 0; i < n; i++) random[i] = i << shift;
            ushort[] codes = new ushort[n], floor = new ushort[n];
            NarrowRows.Rounded<TCode>(x, random, codes);
            NarrowRows.TowardZero<TCode>(x, floor);
            for (int i = 0; i < n; i++)
            {
                Assert.InRange(codes[i] - floor[i], 0, 1);
                Assert.True(Math.Abs((double)TCode.Widen(floor[i])) <= Math.Abs((double)x[i]));
                ups += codes[i] - floor[i];
            }
            return ups;
        }
    }

    [Fact]
    public void TheMeanOfManyRoundingsIsTheValueWithinFourSigma()
    {
        foreach (float x in (float[])[1.00234f, -0.3333f, 3e-3f, 7e-5f, -2e-5f, 3e-7f, 4e-8f, 1e-39f, -1e-40f])
        {
            Check<BFloat16Code>(x);
            if (MathF.Abs(x) > 1e-9f) Check<Float16Code>(x);
        }

        static void Check<TCode>(float x) where TCode : struct, INarrowFloat
        {
            const int Columns = 64, Steps = 4_000;
            var values = new float[Columns];
            Array.Fill(values, x);
            ushort[] codes = new ushort[Columns], floor = new ushort[1];
            NarrowRows.TowardZero<TCode>([x], floor);
            double low = TCode.Widen(floor[0]), high = TCode.Widen((ushort)(floor[0] + 1)), p = (x - low) / (high - low), ups = 0,
            n = Columns * Steps;
            var words = new uint[NarrowRows.Words<TCode>(Columns)];
            for (int step = 1; step <= Steps; step++)
            {
                Philox.Fill(Philox.Key(7, "Table"), step, 12, words);
                NarrowRows.Rounded<TCode>(values, words, codes);
                foreach (ushort code in codes) ups += code - floor[0];
            }
            Assert.InRange((ups / n - p) / Math.Sqrt(p * (1 - p) / n), -4, 4);
        }
    }

    /// <summary>A value alone, and the same value in a row of any length with the same random bits, becomes the same code.</summary>
    [Fact]
    public void TailsAreTheVectorsCode()
    {
        Check<BFloat16Code>();
        Check<Float16Code>();

        static void Check<TCode>() where TCode : struct, INarrowFloat
        {
            float[] all = new float[130], back = new float[130];
            new Rng(2).Randn(all);
            for (int i = 0; i < all.Length; i += 3) all[i] *= 1e-6f;
            uint[] random = Words(NarrowRows.Words<TCode>(130));
            ushort[] nearest = new ushort[130], rounded = new ushort[130];
            NarrowRows.Nearest<TCode>(all, nearest);
            NarrowRows.Rounded<TCode>(all, random, rounded);
            foreach (int n in Lengths)
            {
                var codes = new ushort[n];
                NarrowRows.Nearest<TCode>(all.AsSpan(0, n), codes);
                Assert.Equal(nearest[..n], codes);
                NarrowRows.Rounded<TCode>(all.AsSpan(0, n), random.AsSpan(0, NarrowRows.Words<TCode>(n)), codes);
                Assert.Equal(rounded[..n], codes);
                NarrowRows.Widen<TCode>(codes, back.AsSpan(0, n));
                for (int i = 0; i < n; i++) Assert.Equal(TCode.Widen(codes[i]), back[i]);
            }
        }
    }

    [Fact]
    public void HalvesGiveTheFloatBack()
    {
        var rng = new Rng(4);
        foreach (int n in Lengths)
        {
            var bits = new long[n];
            rng.RandInt(bits, 0, 1L << 32);
            float[] x = [.. bits.Select(b => BitConverter.UInt32BitsToSingle((uint)b))], back = new float[n], model = new float[n];
            if (n > 4) (x[0], x[1], x[2], x[3], x[4]) =
                (float.PositiveInfinity, -0f, float.MaxValue, BitConverter.UInt32BitsToSingle(0xFFFFFFFF), 1.1e-39f);
            ushort[] high = new ushort[n], low = new ushort[n], nearest = new ushort[n];
            SplitBFloat16Rows.Split(x, high, low);
            SplitBFloat16Rows.Join(high, low, back);
            NarrowRows.Widen<BFloat16Code>(high, model);
            for (int i = 0; i < n; i++)
            {
                if (float.IsNaN(x[i])) Assert.True(float.IsNaN(back[i]) && float.IsNaN(model[i]));
                else Assert.Equal(BitConverter.SingleToUInt32Bits(x[i]), BitConverter.SingleToUInt32Bits(back[i]));
                // As near as the nearest code.
                NarrowRows.Nearest<BFloat16Code>(x, nearest);
                if (float.IsFinite(model[i]))
                    Assert.Equal(Math.Abs((double)BFloat16Code.Widen(nearest[i]) - x[i]), Math.Abs((double)model[i] - x[i]));
            }
        }
    }

    /// <summary>The known answers of the Random123 library for the plain loop, and the plain loop's for the vectors.</summary>
    [Fact]
    public void PhiloxGivesTheKnownAnswers()
    {
        Assert.Equal([0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48], Plain(0, 0, [0, 0, 0, 0]));
        Assert.Equal([0x5207ddc2, 0x45165e59, 0x4d8ee751, 0x8c52f662], Plain(~0u, ~0u, [~0u, ~0u, ~0u, ~0u]));
        Assert.Equal([0x4dfccaba, 0x190a87f0, 0xc47362ba, 0xb6b5242a],
            Plain(0xa4093822, 0x299f31d0, [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]));

        foreach ((ulong key, long step, long row) in ((ulong, long, long)[])[(0, 0, 0),
            (0x1234_5678_9ABC_DEF0, (3L << 32) + 5, (7L << 32) + 9), (ulong.MaxValue, 1, (1L << 48) - 1)])
        {
            var words = new uint[96];
            Philox.Fill(key, step, row, words);
            for (uint block = 0; block < 24; block++)
            {
                uint[] expected = Plain((uint)key, (uint)(key >> 32),
                    [block, (uint)row, (uint)(row >> 32) | ((uint)(step >> 32) << 16), (uint)step]);
                for (int k = 0; k < 4; k++) Assert.Equal(expected[k], words[block / 8 * 32 + 8 * k + block % 8]);
            }
        }
        Assert.Throws<ArgumentException>(() => Philox.Fill(0, 0, 0, new uint[8]));
        Assert.NotEqual(Philox.Key(0, "users"), Philox.Key(0, "items"));
        Assert.NotEqual(Philox.Key(0, "users"), Philox.Key(1, "users"));

        static uint[] Plain(uint k0, uint k1, uint[] c)
        {
            for (int round = 0; round < 7; round++)
            {
                ulong p0 = 0xD2511F53UL * c[0], p1 = 0xCD9E8D57UL * c[2];
                c = [(uint)(p1 >> 32) ^ c[1] ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c[3] ^ k1, (uint)p0];
                (k0, k1) = (k0 + 0x9E3779B9, k1 + 0xBB67AE85);
            }
            return c;
        }
    }

    static uint[] Words(int n)
    {
        var words = new uint[n];
        Philox.Fill(11, 1, 1, words);
        return words;
    }
}
