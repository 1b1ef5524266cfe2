using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Rowan.Numerics;

namespace Rowan.Tests;

public class RowCodecTests
{
    static IEnumerable<RowFormat> All => Enum.GetValues<RowFormat>();

    public static TheoryData<RowFormat> Formats => [.. All];

    /// <summary>
    /// Rows of one width of every kind: normal, all equal, of one sign, whole numbers (ties), huge, tiny, with subnormal scales.
    /// </summary>
    static IEnumerable<float[]> Rows(int dim)
    {
        var rng = new Rng((ulong)dim);
        float[] Drawn(Func<float, float> map)
        {
            var row = new float[dim];
            rng.Randn(row);
            return [.. row.Select(map)];
        }
        yield return Drawn(x => x);
        yield return Drawn(x => 0.1f);
        yield return Drawn(x => -0.3f);
        yield return Drawn(x => 0);
        yield return Drawn(x => MathF.Max(x, 0));
        yield return Drawn(x => MathF.Min(x, -0f));
        yield return Drawn(x => MathF.Round(20 * x) / 2);
        yield return Drawn(x => 15_000 * MathF.Tanh(x));
        yield return Drawn(x => 60_000 + x);
        foreach (float scale in (float[])[1e-2f, 1e-4f, 3e-6f, 1e-7f, 1e-9f, 1e-30f, 1e-38f, 1e-44f]) yield return Drawn(x => scale * x);
    }

    static byte[] Encode(RowFormat format, float[] row)
    {
        RowCodec codec = RowCodec.Of(format);
        // Bytes beside those of the row stay what they are.
        byte[] bytes = [.. Enumerable.Repeat((byte)0xAB, codec.Bytes(row.Length) + 16)];
        Assert.True(codec.TryEncode(row, bytes.AsSpan(8, bytes.Length - 16)), codec.Fault(row));
        Assert.All([.. bytes[..8], .. bytes[^8..]], b => Assert.Equal(0xAB, b));
        return bytes[8..^8];
    }

    [Theory, MemberData(nameof(Formats))]
    public void BytesAndValuesAreThoseOfTheFormulasAtEveryWidth(RowFormat format)
    {
        RowCodec codec = RowCodec.Of(format);
        for (int dim = 1; dim <= 130; dim++)
            foreach (float[] row in Rows(dim))
            {
                byte[] bytes = Encode(format, row);
                Assert.Equal(Convert.ToHexString(SlowRowCodec.Encode(format, row)), Convert.ToHexString(bytes));
                var values = new float[dim];
                codec.Decode(bytes, values);
                Assert.Equal(SlowRowCodec.Decode(format, bytes, dim), values);
                Assert.True(codec.HasNumbers(bytes, dim));
            }
    }

    public static TheoryData<string> Goldens => [.. Golden().Select(golden => golden.GetProperty("name").GetString()!)];

    static JsonElement[] Golden()
    {
        Assembly assembly = Assembly.GetExecutingAssembly();
        using Stream stream = assembly.GetManifestResourceStream(assembly.GetManifestResourceNames()
            .Single(name => name.EndsWith("row_codecs.json", StringComparison.Ordinal)))!;
        return [.. JsonDocument.Parse(stream).RootElement.GetProperty("cases").EnumerateArray().Select(one => one.Clone())];
    }

    /// <summary>
    /// What PyTorch's embedding_bag_byte_prepack, _4bit_prepack and _2bit_prepack write, and what their unpack reads;
    /// eng/torch-row-goldens.py.
    /// </summary>
    [Theory, MemberData(nameof(Goldens))]
    public void BytesAndValuesArePyTorchs(string name)
    {
        JsonElement golden = Golden().Single(one => one.GetProperty("name").GetString() == name);
        int dim = golden.GetProperty("dim").GetInt32();
        byte[] Bytes(string key) => Convert.FromHexString(golden.GetProperty(key).GetString()!);
        float[][] rows = [.. MemoryMarshal.Cast<byte, float>(Bytes("values")).ToArray().Chunk(dim)];
        foreach ((RowFormat format, string bits) in ((RowFormat, string)[])[(RowFormat.Fused8Bit, "8"), (RowFormat.Fused4Bit, "4"),
            (RowFormat.Fused2Bit, "2")])
        {
            RowCodec codec = RowCodec.Of(format);
            byte[][] expected = [.. Bytes(bits).Chunk(codec.Bytes(dim))];
            byte[] values = Bytes("unpacked" + bits);
            var read = new float[dim];
            for (int row = 0; row < rows.Length; row++)
            {
                Assert.Equal(Convert.ToHexString(expected[row]), Convert.ToHexString(Encode(format, rows[row])));
                codec.Decode(expected[row], read);
                Assert.Equal(Convert.ToHexString(values.AsSpan(row * dim * 4, dim * 4)),
                    Convert.ToHexString(MemoryMarshal.AsBytes<float>(read)));
            }
        }
    }

    [Fact]
    public void RowsWrittenByHand()
    {
        // 0 … 255 in steps that are codes: scale 1, bias −1; in float16 1 is 3C00 and −1 is BC00.
        Assert.Equal("000180FF0000803F000080BF", Hex(RowFormat.Fused8Bit, -1, 0, 127, 254));
        Assert.Equal("003C00BC000180FF", Hex(RowFormat.TbeInt8, -1, 0, 127, 254));
        Assert.Equal("10F2003C00BC", Hex(RowFormat.Fused4Bit, -1, 0, 1, 14));
        Assert.Equal("003C00BC10F20E", Hex(RowFormat.TbeInt4, -1, 0, 1, 14, 13));
        Assert.Equal("E4003C00BC", Hex(RowFormat.Fused2Bit, -1, 0, 1, 2));
        Assert.Equal("003C00BCE402", Hex(RowFormat.TbeInt2, -1, 0, 1, 2, 1));
        // 1 is exponent 7, 240 the largest with all bits of fraction below exponent 15, 2⁻⁹ the smallest, half of which rounds to the
        // even 0.
        Assert.Equal("38B877F77701008001", Hex(RowFormat.TbeFp8, 1, -1, 240, -240, 1e9f, 1f / 512, 1f / 1024, -0f, 1.01f / 1024));
    }

    static string Hex(RowFormat format, params float[] row) => Convert.ToHexString(Encode(format, row));

    [Fact]
    public void AllCodesOfFloat8AreNumbersAndThoseUpTo240AreWrittenAsTheyAre()
    {
        byte[] codes = [.. Enumerable.Range(0, 256).Select(code => (byte)code)];
        RowCodec codec = RowCodec.Of(RowFormat.TbeFp8);
        var values = new float[256];
        codec.Decode(codes, values);
        Assert.Equal(codes.Select(SlowRowCodec.Float8), values);
        Assert.Equal((480, -480, 240), (values[127], values[255], values[119]));
        Assert.True(float.IsNegative(values[128]));
        byte[] back = Encode(RowFormat.TbeFp8, values);
        for (int code = 0; code < 256; code++) Assert.Equal((code & 127) <= 119 ? code : 119 | code & 128, back[code]);
    }

    [Theory, MemberData(nameof(Formats))]
    public unsafe void ABagIsTheSumOfItsEntriesInOrderAtEveryWidth(RowFormat format)
    {
        const int Count = 9;
        RowCodec codec = RowCodec.Of(format);
        var rng = new Rng(11);
        long[] ids = new long[80], starts = [0, 40, 40, 41, 80];
        rng.RandInt(ids, 0, Count);
        var weights = new float[80];
        rng.Randn(weights);
        for (int dim = 1; dim <= 200; dim += dim < 130 ? 1 : 7)
        {
            byte[][] rows = [.. Enumerable.Range(0, Count).Select(_ => Drawn(rng, dim)).Select(row => Encode(format, row))];
            // In two pieces of 8 rows and 1, or in one, each where any byte may be.
            byte[] first = [0, .. rows[..8].SelectMany(row => row)], second = [0, 0, 0, .. rows[8]],
            all = [0, .. rows.SelectMany(row => row)];
            var into = new float[4 * dim + 2];
            fixed (byte* a = first, b = second, c = all)
                for (int settings = 0; settings < 16; settings++)
                {
                    bool weighted = (settings & 1) != 0, mean = (settings & 2) != 0, far = (settings & 4) != 0;
                    nint[] pieces = (settings & 8) != 0 ? [(nint)(c + 1)] : [(nint)(a + 1), (nint)(b + 3)];
                    into.AsSpan().Fill(7);
                    codec.SumBags(new PackedRows(pieces, 3, rows[0].Length), ids, starts, weighted ? weights : [], mean,
                        into.AsSpan(1, 4 * dim), dim, far);
                    Assert.Equal((7, 7), (into[0], into[^1]));
                    for (int bag = 0; bag < 4; bag++) Compare(bag, weighted, mean);
                }

            void Compare(int bag, bool weighted, bool mean)
            {
                float[] exact = new float[dim];
                double[] decoded = new double[dim], sizes = new double[dim];
                float bias = 0, factor = mean && starts[bag + 1] - starts[bag] > 1 ? 1f / (starts[bag + 1] - starts[bag]) : 1;
                for (long i = starts[bag]; i < starts[bag + 1]; i++)
                {
                    byte[] row = rows[ids[i]];
                    float w = weighted ? weights[i] : 1;
                    (float s, float bi) = SlowRowCodec.ScaleAndBias(format, row);
                    bias += bi * w;
                    float[] codes = SlowRowCodec.Codes(format, row, dim), values = SlowRowCodec.Decode(format, row, dim);
                    for (int d = 0; d < dim; d++)
                    {
                        exact[d] = MathF.FusedMultiplyAdd(codes[d], s * w, exact[d]);
                        decoded[d] += (double)w * values[d];
                        sizes[d] += Math.Abs(w) * (Math.Abs(codes[d] * s) + Math.Abs(bi));
                    }
                }
                for (int d = 0; d < dim; d++)
                {
                    Assert.Equal((exact[d] + bias) * factor, into[bag * dim + d + 1]);
                    Assert.Equal(decoded[d] * factor, into[bag * dim + d + 1], 1e-6 * (sizes[d] + 1e-30));
                }
            }
        }
    }

    static float[] Drawn(Rng rng, int dim)
    {
        var row = new float[dim];
        rng.Randn(row);
        return row;
    }

    [Theory, MemberData(nameof(Formats))]
    public void WhatIsNoNumberIsRefusedAtEveryPlaceAndNothingWritten(RowFormat format)
    {
        RowCodec codec = RowCodec.Of(format);
        foreach (int dim in (int[])[1, 7, 8, 9, 15, 16, 17, 33, 64])
            for (int column = 0; column < dim; column++)
                foreach (float odd in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
                {
                    float[] row = [.. Enumerable.Range(0, dim).Select(d => (float)d)];
                    row[column] = odd;
                    byte[] into = [.. Enumerable.Repeat((byte)9, codec.Bytes(dim))];
                    Assert.False(codec.TryEncode(row, into));
                    Assert.All(into, b => Assert.Equal(9, b));
                    Assert.Contains($"column {column} is ", codec.Fault(row), StringComparison.Ordinal);
                }
    }

    [Fact]
    public void WhatAFormatHasNoNumbersForIsRefusedWithTheRemedy()
    {
        foreach (RowFormat format in All)
        {
            RowCodec codec = RowCodec.Of(format);
            bool halves = format is not (RowFormat.Fused8Bit or RowFormat.TbeFp8);
            foreach (float[] row in (float[][])[[-65536, 0], [65505, 65505], [0, 1.5e7f], [-70000, 1]])
            {
                // A range of 1.5·10⁷ in 255 steps fits float16, in 15 it doesn't.
                bool fits = !halves || (row[1] == 1.5e7f && SlowRowCodec.Bits(format) == 8);
                Assert.Equal(fits, codec.TryEncode(row, new byte[codec.Bytes(2)]));
                if (fits) Assert.Null(codec.Fault(row));
                else Assert.Contains("use Fused8Bit", codec.Fault(row), StringComparison.Ordinal);
            }
            if (format == RowFormat.TbeFp8) continue;
            Assert.False(codec.TryEncode([float.MaxValue, -float.MaxValue], new byte[codec.Bytes(2)]));
        }
        Assert.Contains("make the values smaller", RowCodec.Of(RowFormat.Fused8Bit).Fault([float.MaxValue, -float.MaxValue]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void NamesAreDistinctAndFoundAgain()
    {
        Assert.All(All, format => Assert.Equal(format, RowCodec.Named(RowCodec.Of(format).Name)!.Format));
        Assert.Null(RowCodec.Named("int8"));
        Assert.Throws<ArgumentOutOfRangeException>(() => RowCodec.Of((RowFormat)99));
        Assert.Equal([136, 68, 36, 132, 68, 36, 128], All.Select(format => RowCodec.Of(format).Bytes(128)));
        Assert.Equal([137, 69, 37, 133, 69, 37, 129], All.Select(format => RowCodec.Of(format).Bytes(129)));
    }

    [Fact]
    public void ScalesThatAreNoNumbersAreFound()
    {
        foreach (string odd in (string[])["007C", "00FC", "017E"])
        {
            Assert.False(RowCodec.Of(RowFormat.TbeInt8).HasNumbers(Convert.FromHexString(odd + "003C00"), 1));
            Assert.False(RowCodec.Of(RowFormat.Fused4Bit).HasNumbers(Convert.FromHexString("00003C" + odd), 1));
        }
        Assert.False(RowCodec.Of(RowFormat.Fused8Bit).HasNumbers(Convert.FromHexString("000000C07F00000000"), 1));
        Assert.True(RowCodec.Of(RowFormat.TbeInt8).HasNumbers(Convert.FromHexString("FF7BFFFB00"), 1));
    }
}
