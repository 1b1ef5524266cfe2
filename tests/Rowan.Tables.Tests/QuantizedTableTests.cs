using Rowan.Numerics;

namespace Rowan.Tests;

public class QuantizedTableTests
{
    public static TheoryData<RowFormat> Formats => [.. Enum.GetValues<RowFormat>()];

    static Table Drawn(long count, int dim, ulong seed = 1)
    {
        var table = new Table(count, dim, "Words");
        var rng = new Rng(seed);
        foreach (Memory<float> piece in table.Values) rng.Randn(piece.Span);
        return table;
    }

    static byte[] Bytes(QuantizedTable table)
    {
        var bytes = new byte[table.Count * table.RowBytes];
        table.CopyBytes(0, bytes);
        return bytes;
    }

    [Theory, MemberData(nameof(Formats))]
    public void RowsAreTheCodecsAndGatherAndBagsReadThem(RowFormat format)
    {
        foreach (int dim in (int[])[1, 7, 8, 9, 15, 16, 17, 33, 64, 130])
        {
            Table table = Drawn(5_000, dim);
            QuantizedTable quantized = QuantizedTable.Quantize(table, format);
            RowCodec codec = RowCodec.Of(format);
            Assert.Equal((5_000, dim, codec.Bytes(dim), format, "Words"),
                (quantized.Count, quantized.Dim, quantized.RowBytes, quantized.Format, quantized.Name));
            var expected = new byte[quantized.RowBytes];
            var row = new float[dim];
            for (int i = 0; i < 5_000; i += 7)
            {
                codec.TryEncode(table[i], expected);
                Assert.True(quantized[i].SequenceEqual(expected));
            }

            var ids = new long[9_000];
            new Rng(2).RandInt(ids, 0, 5_000);
            var rows = new float[ids.Length * dim];
            quantized.Gather(ids, rows);
            for (int i = 0; i < ids.Length; i += 11)
            {
                quantized.Read(ids[i], row);
                Assert.Equal(row, rows[(i * dim)..((i + 1) * dim)]);
            }
            CheckBags(quantized, ids, rows);
        }
    }

    /// <summary>Bags of 0 to 6 entries, against the sums of decoded rows.</summary>
    static void CheckBags(QuantizedTable quantized, long[] ids, float[] rows)
    {
        int dim = quantized.Dim;
        var starts = new List<long> { 0 };
        for (int length = 0; starts[^1] < ids.Length; length++) starts.Add(Math.Min(ids.Length, starts[^1] + length % 7));
        var weights = new float[ids.Length];
        new Rng(3).Randn(weights);
        foreach ((bool weighted, bool mean) in ((bool, bool)[])[(false, false), (false, true), (true, false)])
        {
            float[] sums = [.. Enumerable.Repeat(9f, (starts.Count - 1) * dim)];
            quantized.SumBags(ids, starts.ToArray(), weighted ? weights : default(ReadOnlyMemory<float>), mean, sums);
            for (int bag = 0; bag + 1 < starts.Count; bag += 3)
                for (int d = 0; d < dim; d++)
                {
                    double sum = 0, size = 0;
                    for (long i = starts[bag]; i < starts[bag + 1]; i++)
                    {
                        sum += (weighted ? weights[i] : 1) * (double)rows[i * dim + d];
                        size += 8 * (weighted ? Math.Abs(weights[i]) : 1);
                    }
                    Assert.Equal(mean && starts[bag + 1] > starts[bag] ? sum / (starts[bag + 1] - starts[bag]) : sum, sums[bag * dim + d],
                        1e-6 * size + 1e-30);
                }
        }
    }

    [Theory, MemberData(nameof(Formats))]
    public void TheSameBytesAndBitsForAnyNumberOfThreads(RowFormat format)
    {
        Table table = Drawn(30_000, 36);
        var ids = new long[20_000];
        new Rng(2).RandInt(ids, 0, table.Count);
        long[] starts = [.. Enumerable.Range(0, 1_001).Select(bag => (long)bag * 20)];
        (byte[], float[], float[]) With(int threads)
        {
            int before = Workers.Threads;
            try
            {
                Workers.Threads = threads;
                QuantizedTable quantized = QuantizedTable.Quantize(table, format);
                float[] rows = new float[ids.Length * 36], sums = new float[1_000 * 36];
                quantized.Gather(ids, rows);
                quantized.SumBags(ids, starts, default, mean: true, sums);
                return (Bytes(quantized), rows, sums);
            }
            finally { Workers.Threads = before; }
        }
        (byte[] bytes, float[] rows, float[] sums) = With(1);
        foreach (int threads in (int[])[2, 3, 8])
        {
            (byte[] otherBytes, float[] otherRows, float[] otherSums) = With(threads);
            Assert.True(bytes.AsSpan().SequenceEqual(otherBytes));
            Assert.Equal(rows, otherRows);
            Assert.Equal(sums, otherSums);
        }
    }

    [Theory, MemberData(nameof(Formats))]
    public void BytesMakeTheSameTable(RowFormat format)
    {
        QuantizedTable quantized = QuantizedTable.Quantize(Drawn(300, 33), format);
        byte[] bytes = Bytes(quantized);
        QuantizedTable read = QuantizedTable.FromBytes(format, 33, bytes, "Read"),
        pieced = QuantizedTable.FromBytes(format, 300, 33, (start, into) => bytes.AsSpan((int)start, into.Length).CopyTo(into));
        Assert.Equal(bytes, Bytes(read));
        Assert.Equal(bytes, Bytes(pieced));
        var part = new byte[10];
        read.CopyBytes(bytes.Length - 10, part);
        Assert.Equal(bytes[^10..], part);
        Assert.Throws<ArgumentOutOfRangeException>(() => read.CopyBytes(bytes.Length - 9, part));
        Assert.Throws<ArgumentOutOfRangeException>(() => read.CopyBytes(-1, part));
        Assert.Contains($"takes {quantized.RowBytes} bytes per row",
            Assert.Throws<ArgumentException>(() => QuantizedTable.FromBytes(format, 33, bytes.AsSpan(1))).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => QuantizedTable.FromBytes(format, 33, []));
    }

    [Fact]
    public void WhatIsNoNumberIsRefusedWithTableRowAndColumn()
    {
        Table table = Drawn(40_000, 16);
        foreach (long bad in (long[])[39_999, 31_234, 17_000])
        {
            float[] row = table[bad].ToArray();
            row[5] = float.NaN;
            table.Write(bad, row);
            // The first of the bad rows, whichever thread finds one first.
            string message = Assert.Throws<ArgumentException>(() => QuantizedTable.Quantize(table, RowFormat.Fused4Bit)).Message;
            Assert.Contains($"Quantize: 'Words' row {bad}: column 5 is NaN", message, StringComparison.Ordinal);
        }
        table = Drawn(10, 2);
        table.Write(3, [-70_000, 1]);
        Assert.Contains("'Words' row 3: values from -70000 to 1; scale and bias of TbeInt8 end at ±65504: use Fused8Bit",
            Assert.Throws<ArgumentException>(() => QuantizedTable.Quantize(table, RowFormat.TbeInt8)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantizedTable.Quantize(table, (RowFormat)7));
        byte[] bytes = Bytes(QuantizedTable.Quantize(Drawn(10, 2), RowFormat.TbeInt4));
        bytes[4 * 5 + 1] = bytes[4 * 5] = 0xFF;
        Assert.Contains("row 4", Assert.Throws<InvalidDataException>(() => QuantizedTable.FromBytes(RowFormat.TbeInt4, 2, bytes)).Message,
            StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Formats))]
    public void RowsThatAreKeptInTwoBytesAreQuantizedAsLookupsSeeThem(RowFormat format)
    {
        foreach (RowStorage storage in (RowStorage[])[RowStorage.BFloat16, RowStorage.Float16, RowStorage.SplitBFloat16])
        {
            var kept = new Table(500, 17, "Kept", storage);
            kept.WriteValues(0, Drawn(500, 17).Values[0].Span);
            var seen = new Table(500, 17);
            for (long row = 0; row < 500; row++) seen.Write(row, kept[row]);
            Assert.Equal(Bytes(QuantizedTable.Quantize(seen, format)), Bytes(QuantizedTable.Quantize(kept, format)));
        }
    }

    [Fact]
    public void AnIdOutsideLeavesEverythingAsItWas()
    {
        QuantizedTable quantized = QuantizedTable.Quantize(Drawn(10, 4), RowFormat.Fused8Bit);
        foreach (long bad in (long[])[10, -1, long.MaxValue])
        {
            float[] into = [.. Enumerable.Repeat(5f, 12)];
            Assert.Contains($"Gather: id {bad} at [1] is outside 'Words' with 10 rows; ids run from 0 to 9.",
                Assert.Throws<ArgumentOutOfRangeException>(() => quantized.Gather(new[] { 1, bad, 2 }, into)).Message,
                StringComparison.Ordinal);
            Assert.Contains($"SumBags: id {bad} at [2]",
                Assert.Throws<ArgumentOutOfRangeException>(
                () => quantized.SumBags(new[] { 1, 2, bad }, new long[] { 0, 1, 2, 3 }, default, false, into)).Message,
                StringComparison.Ordinal);
            Assert.All(into, value => Assert.Equal(5, value));
            Assert.Throws<ArgumentOutOfRangeException>(() => quantized[bad].Length);
        }
        Assert.Throws<ArgumentException>(() => quantized.Gather(new long[] { 1 }, new float[5]));
        Assert.Throws<ArgumentException>(() => quantized.Read(1, new float[3]));
    }

    [Fact]
    public void MoreBytesThanAnArrayHoldsAreReadAtTheirEnd()
    {
        // 2.2 billion bytes of zeros, of which a few pages are touched; the last row is set.
        const long Rows = 17_000_000;
        if (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < 12L << 30) Assert.Skip("less than 12 GiB of memory");
        QuantizedTable quantized = QuantizedTable.FromBytes(RowFormat.TbeFp8, Rows, 128, static (start, into) =>
        {
            if (start + into.Length == Rows * 128) Convert.FromHexString("B8C0").CopyTo(into[^128..]);
        });
        var rows = new float[256];
        quantized.Gather(new[] { Rows - 1, Rows - 2 }, rows);
        Assert.Equal((-1, -2, 0), (rows[0], rows[1], rows[128]));
        var sum = new float[128];
        quantized.SumBags(new[] { Rows - 1, 0, Rows - 1 }, new long[] { 0, 3 }, default, mean: false, sum);
        Assert.Equal((-2, -4), (sum[0], sum[1]));
    }
}
