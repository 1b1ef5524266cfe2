using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Tests;

public class RowKernelsTests
{
    readonly struct Rows(byte[] bytes, int rowBytes, bool straight = false) : IRowSource
    {
        public ref byte At(long row) => ref bytes[row * rowBytes];

        public nint Pitch => straight ? rowBytes : 0;
    }

    /// <summary>
    /// Every width of a row, so that every block and tail occurs; every code, scaled or not, sums and means, rows that may be reached by
    /// address or not, asked for ahead or not, bags of no, one and many entries; bit for bit.
    /// </summary>
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
            long[] ids = new long[Count], starts = [0, 40, 40, 41, 88, Count];
            rng.RandInt(ids, 0, 40);
            float[] scale = new float[Count], into = new float[5 * (dim + Gap) - Gap], copies = new float[Count * dim + 8];
            rng.Rand(scale);
            for (int settings = 0; settings < 16; settings++)
            {
                bool scaled = (settings & 1) != 0, mean = (settings & 2) != 0, far = (settings & 4) != 0;
                var rows = new Rows(bytes, dim * TCode.Bytes, straight: (settings & 8) != 0);
                Array.Fill(into, -7);
                RowKernels.SumBags<TCode, Rows>(rows, ids, starts, scaled ? scale : [], mean, into, dim, dim + Gap, far);
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
            foreach ((bool straight, bool far, int count) in ((bool, bool, int)[])[(false, false, Count), (false, true, Count),
                (true, false, Count), (true, true, Count), (true, true, 50), (false, true, 50), (true, true, 70)])
                for (int place = 0; place <= (dim % 8 == 0 ? 8 : 0); place++)
                    foreach (bool streams in (bool[])[false, true])
                    {
                        Array.Fill(copies, -7);
                        RowKernels.Gather<TCode,
                        Rows>(new Rows(bytes, dim * TCode.Bytes, straight), ids, copies.AsSpan(place, count * dim), dim, far, streams);
                        for (int i = 0; i < copies.Length; i++)
                        {
                            int at = i - place;
                            float wanted = at >= 0 && at < count * dim
                                ? TCode.One(ref bytes[(ids[at / dim] * dim + at % dim) * TCode.Bytes]) : -7;
                            if (wanted != copies[i])
                                Assert.Fail($"{typeof(TCode).Name}, dim {dim}, straight {straight}, far {far}, streams {streams}, "
                                + $"{count} rows from {place} on: {copies[i]} at {i}, not {wanted}");
                        }
                    }
        }

        static byte[] Encoded<TCode>(Rng rng, int count) where TCode : struct, IRowCode
        {
            var values = new float[count];
            rng.Randn(values);
            byte[] bytes = GC.AllocateUninitializedArray<byte>(count * TCode.Bytes, pinned: true);
            ushort[] codes = [.. values.Select(value => typeof(TCode) == typeof(Float16Code)
                ? BitConverter.HalfToUInt16Bits((Half)value) : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))];
            (TCode.Bytes == sizeof(float) ? MemoryMarshal.AsBytes(values.AsSpan()) : MemoryMarshal.AsBytes(codes.AsSpan())).CopyTo(bytes);
            return bytes;
        }
    }

    [Fact]
    public void SumsWithoutRoomAreRefused()
    {
        var rows = new Rows(new byte[64], 16);
        Assert.Contains("3 bags of 2 entries × 4",
            Assert.Throws<ArgumentException>(() => RowKernels.SumBags<Float32Code,
            Rows>(rows, [0, 1], [0, 1, 1, 2], [], false, new float[11], 4, 4, far: false)).Message, StringComparison.Ordinal);
        RowKernels.SumBags<Float32Code, Rows>(new Rows(new byte[64], 16, straight: true), [], [], [], false, [], 16, 16, far: true);
        Assert.Throws<ArgumentException>(() => RowKernels.SumBags<Float32Code,
            Rows>(rows, [0, 1], [0, 2], [1], false, new float[4], 4, 4, far: false));
        Assert.Throws<ArgumentException>(() => RowKernels.Gather<Float32Code, Rows>(rows, [0, 1], new float[7], 4, far: false));
    }

    [Fact]
    public void TheFirstIdOutsideIsFoundAtEveryPlace()
    {
        for (int n = 0; n <= 20; n++)
        {
            var ids = new long[n];
            for (int i = 0; i < n; i++) ids[i] = i % 10;
            Assert.Equal(-1, RowKernels.FirstOutside(ids, 10));
            for (int bad = 0; bad < n; bad++)
                foreach (long id in (long[])[10, -1, long.MaxValue, long.MinValue])
                {
                    long[] spoiled = [.. ids];
                    spoiled[bad] = id;
                    Assert.Equal(bad, RowKernels.FirstOutside(spoiled, 10));
                }
        }
        Assert.Equal(0, RowKernels.FirstOutside([1L << 40], 1L << 40));
        Assert.Equal(-1, RowKernels.FirstOutside([(1L << 40) - 1], 1L << 40));
    }
}
