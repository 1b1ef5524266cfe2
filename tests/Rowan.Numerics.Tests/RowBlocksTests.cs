using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Tests;

public class RowBlocksTests
{
    readonly struct Rows(byte[] bytes, int rowBytes) : IRowSource
    {
        public ref byte At(long row) => ref bytes[row * rowBytes];
    }

    /// <summary>Every width of a row, so that every block and tail occurs; every code, scaled or not, sums and means, bags of no, one and many entries; bit for bit.</summary>
    [Fact]
    public void SumsAndCopiesAreThoseOfThePlainLoopAtEveryWidth()
    {
        for (int dim = 1; dim <= 270; dim++)
        {
            Check<Float32Code>(dim);
            Check<BFloat16Code>(dim);
            Check<Float16Code>(dim);
        }

        static void Check<TCode>(int dim) where TCode : struct, IRowCode
        {
            const int Count = 90, Gap = 3;
            var rng = new Rng(5);
            byte[] bytes = Encoded<TCode>(rng, 40 * dim);
            var rows = new Rows(bytes, dim * TCode.Bytes);
            long[] ids = new long[Count], starts = [0, 40, 40, 41, 88, Count];
            rng.RandInt(ids, 0, 40);
            float[] scale = new float[Count], into = new float[5 * (dim + Gap) - Gap], copies = new float[Count * dim];
            rng.Rand(scale);
            foreach ((bool scaled, bool mean, bool far) in ((bool, bool, bool)[])[(false, false, true), (true, false, true), (false, true, false), (true, true, true)])
            {
                Array.Fill(into, -7);
                RowBlocks.SumBags<TCode, Rows>(rows, ids, starts, scaled ? scale : [], mean, into, dim, dim + Gap, far);
                for (int bag = 0; bag < 5; bag++)
                    for (int d = 0; d < dim + Gap && bag * (dim + Gap) + d < into.Length; d++)
                    {
                        float sum = 0;
                        for (long i = starts[bag]; i < starts[bag + 1] && d < dim; i++)
                        {
                            float x = TCode.One(ref bytes[(ids[i] * dim + d) * TCode.Bytes]);
                            sum += scaled ? x * scale[i] : x;
                        }
                        long entries = starts[bag + 1] - starts[bag];
                        Assert.Equal(d >= dim ? -7 : mean && entries > 1 ? sum * (1f / entries) : sum, into[bag * (dim + Gap) + d]);
                    }
            }
            RowBlocks.Gather<TCode, Rows>(rows, ids, copies, dim, far: dim % 2 == 0);
            for (int i = 0; i < Count * dim; i++) Assert.Equal(TCode.One(ref bytes[(ids[i / dim] * dim + i % dim) * TCode.Bytes]), copies[i]);
        }

        static byte[] Encoded<TCode>(Rng rng, int count) where TCode : struct, IRowCode
        {
            var values = new float[count];
            rng.Randn(values);
            if (TCode.Bytes == sizeof(float)) return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
            ushort[] codes = [.. values.Select(value => typeof(TCode) == typeof(Float16Code) ? BitConverter.HalfToUInt16Bits((Half)value) : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))];
            return MemoryMarshal.AsBytes(codes.AsSpan()).ToArray();
        }
    }

    [Fact]
    public void SumsWithoutRoomAreRefused()
    {
        var rows = new Rows(new byte[64], 16);
        Assert.Contains("3 bags of 2 entries × 4", Assert.Throws<ArgumentException>(() => RowBlocks.SumBags<Float32Code, Rows>(rows, [0, 1], [0, 1, 1, 2], [], false, new float[11], 4, 4, far: false)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => RowBlocks.SumBags<Float32Code, Rows>(rows, [0, 1], [0, 2], [1], false, new float[4], 4, 4, far: false));
        Assert.Throws<ArgumentException>(() => RowBlocks.Gather<Float32Code, Rows>(rows, [0, 1], new float[7], 4, far: false));
    }

    [Fact]
    public void TheFirstIdOutsideIsFoundAtEveryPlace()
    {
        for (int n = 0; n <= 20; n++)
        {
            var ids = new long[n];
            for (int i = 0; i < n; i++) ids[i] = i % 10;
            Assert.Equal(-1, RowBlocks.FirstOutside(ids, 10));
            for (int bad = 0; bad < n; bad++)
                foreach (long id in (long[])[10, -1, long.MaxValue, long.MinValue])
                {
                    long[] spoiled = [.. ids];
                    spoiled[bad] = id;
                    Assert.Equal(bad, RowBlocks.FirstOutside(spoiled, 10));
                }
        }
        Assert.Equal(0, RowBlocks.FirstOutside([1L << 40], 1L << 40));
        Assert.Equal(-1, RowBlocks.FirstOutside([(1L << 40) - 1], 1L << 40));
    }
}
