using Rowan.Formats;
using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class QuantizedFileTests
{
    public static TheoryData<RowFormat> Formats => [.. Enum.GetValues<RowFormat>()];

    static QuantizedTable Drawn(RowFormat format, long count = 200, int dim = 33)
    {
        var table = new Table(count, dim, "Words");
        new Rng(1).Randn(table.Values[0].Span);
        return QuantizedTable.Quantize(table, format);
    }

    static byte[] Bytes(QuantizedTable table)
    {
        var bytes = new byte[table.Count * table.RowBytes];
        table.CopyBytes(0, bytes);
        return bytes;
    }

    [Theory, MemberData(nameof(Formats))]
    public void WhatIsWrittenIsReadAndTheFileSaysWhatItIs(RowFormat format)
    {
        using var folder = new TemporaryFolder();
        QuantizedTable words = Drawn(format), others = Drawn(RowFormat.Fused8Bit, 7, 4);
        QuantizedFile.Write(folder["q.safetensors"], ("words.weight", words), ("others.weight", others));
        IReadOnlyDictionary<string, QuantizedTable> read = QuantizedFile.Read(folder["q.safetensors"]);
        Assert.Equal(["others.weight", "words.weight"], read.Keys.Order());
        Assert.Equal(Bytes(words), Bytes(read["words.weight"]));
        Assert.Equal((format, 33, 200, "words.weight"),
            (read["words.weight"].Format, read["words.weight"].Dim, read["words.weight"].Count, read["words.weight"].Name));
        Assert.Equal(Bytes(others), Bytes(read["others.weight"]));
        using SafetensorsFile file = Safetensors.Open(folder["q.safetensors"]);
        Assert.Equal((SafetensorsType.U8, RowCodec.Of(format).Name, "33"),
            (file["words.weight"].Type, file.Metadata["words.weight.format"], file.Metadata["words.weight.dim"]));
        Assert.Equal([200L, words.RowBytes], file["words.weight"].Shape);
    }

    [Fact]
    public void BytesStayBytesThroughAStateDictAndItsNames()
    {
        using var folder = new TemporaryFolder();
        byte[] values = [.. Enumerable.Range(0, 700).Select(i => (byte)i)];
        var state = new StateDict(
            new StateEntry("a", [7, 100], (RangeReader<byte>)((start, into) => values.AsSpan((int)start, into.Length).CopyTo(into))))
            .Rename(name => name + ".b");
        Safetensors.Write(folder["b.safetensors"], state);
        StateEntry read = Safetensors.Read(folder["b.safetensors"])["a.b"];
        var bytes = new byte[700];
        var wide = new long[690];
        var floats = new float[10];
        read.Read(0, bytes);
        read.Read(10, wide);
        read.Read(250, floats);
        Assert.True(read.IsBytes && read.IsInteger);
        Assert.Equal(values, bytes);
        Assert.Equal(values[10..].Select(value => (long)value), wide);
        Assert.Equal([250, 251, 252, 253, 254, 255, 0, 1, 2, 3], floats);
        Assert.Throws<ArgumentOutOfRangeException>(() => read.Read(1, bytes));
        Assert.Throws<InvalidOperationException>(() => StateEntry.Over("x", [1], new float[1]).Read(0, new byte[1]));
    }

    [Fact]
    public void AFileThatSaysSomethingElseIsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder["q.safetensors"];
        string Refused(string? format, string? dim, long[] sizes)
        {
            Dictionary<string, string> metadata = [];
            if (format is not null) metadata["w.format"] = format;
            if (dim is not null) metadata["w.dim"] = dim;
            Safetensors.Write(path, [new StateEntry("w", sizes, (RangeReader<byte>)((_, into) => into.Fill(0xFF)))], metadata);
            return Assert.Throws<InvalidDataException>(() => QuantizedFile.Read(path)).Message;
        }
        Assert.Contains("holds no quantized table", Refused(null, "4", [2, 8]), StringComparison.Ordinal);
        Assert.Contains("row format 'int8'; this version knows pytorch-fused-8bit-rowwise, ", Refused("int8", "4", [2, 8]),
            StringComparison.Ordinal);
        foreach (string? dim in (string?[])[null, "four", "-4", "4.0"])
            Assert.Contains("no whole number as w.dim", Refused("fbgemm-tbe-int8", dim, [2, 8]), StringComparison.Ordinal);
        foreach (string dim in (string[])["5", "3", "0", "2147483647"])
            Assert.Contains("rows of 8 bytes", Refused("fbgemm-tbe-int8", dim, [2, 8]), StringComparison.Ordinal);
        foreach (long[] sizes in (long[][])[[16], [0, 8], [1, 2, 8]])
            Assert.Contains("quantized rows must be U8 [rows, bytes per row]", Refused("fbgemm-tbe-int8", "4", sizes),
                StringComparison.Ordinal);
        Assert.Contains("row 0: its scale or bias is no finite number", Refused("fbgemm-tbe-int8", "4", [2, 8]), StringComparison.Ordinal);
        Safetensors.Write(path, [StateEntry.Over("w", [2, 2], new float[4])], new Dictionary<string,
            string> { ["w.format"] = "fbgemm-tbe-int8", ["w.dim"] = "4" });
        Assert.Contains("is F32 of shape [2, 2]", Assert.Throws<InvalidDataException>(() => QuantizedFile.Read(path)).Message,
            StringComparison.Ordinal);
    }
}
