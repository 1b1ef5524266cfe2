using Rowan.TestSupport;
using System.Buffers.Binary;
using System.Text;

namespace Rowan.Formats.Tests;

public sealed class SafetensorsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static StateEntry Entry(string name, long[] shape, params float[][] segments) =>
        StateEntry.Over(name, shape, [.. segments.Select(s => s.AsMemory())]);

    static float[] Values(StateEntry entry)
    {
        var values = new float[entry.Count];
        entry.Read(0, values.AsSpan());
        return values;
    }

    static readonly StateEntry[] Sample =
    [
        Entry("words.weight", [3, 2], [1, 2, 3], [], [4, -0f, float.NaN]),
        Entry("é", [2], [float.MaxValue, float.Epsilon]),
        Entry("empty", [0, 1L << 62], []),
        Entry("a \"quoted\"", [], [42]),
    ];

    static readonly Dictionary<string, string> Metadata = new() { ["format"] = "rowan", ["about"] = "two\nlines" };

    string Written(string name = "a.safetensors")
    {
        Safetensors.Write(_folder[name], Sample, Metadata);
        return _folder[name];
    }

    string Raw(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        File.WriteAllBytes(_folder["raw.safetensors"], [.. length, .. json, .. data]);
        return _folder["raw.safetensors"];
    }

    [Fact]
    public void WhatWasWrittenIsRead()
    {
        using var file = Safetensors.Open(Written());
        Assert.Equal(["a \"quoted\"", "empty", "words.weight", "é"], file.Names);
        Assert.Equal(Metadata, file.Metadata);
        Assert.All(file.Tensors, t => Assert.Equal(SafetensorsType.F32, t.Type));
        foreach (var entry in Sample)
        {
            float[] expected = Values(entry);
            Assert.Equal(entry.Sizes, file[entry.Name].Shape);
            Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), file.Read(entry.Name).Select(BitConverter.SingleToInt32Bits));
        }
    }

    /// <summary>The bytes as the specification prescribes them, laid out by hand.</summary>
    [Fact]
    public void TheBytesAreThoseOfTheSpecification()
    {
        Safetensors.Write(_folder["a"], [Entry("b", [1], [2f]), Entry("a", [2, 1], [1f, -1f])], new Dictionary<string,
            string> { ["k"] = "v" });
        const string header = """{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""";
        byte[] bytes = File.ReadAllBytes(_folder["a"]);
        int padded = (header.Length + 7) / 8 * 8;
        Assert.Equal(padded, BinaryPrimitives.ReadInt64LittleEndian(bytes));
        Assert.Equal(header.PadRight(padded), Encoding.UTF8.GetString(bytes, 8, padded));
        Assert.Equal([0, 0, 0x80, 0x3F, 0, 0, 0x80, 0xBF, 0, 0, 0, 0x40], bytes[(8 + padded)..]);
    }

    [Fact]
    public void OrderAndSegmentsDoNotChangeTheBytes()
    {
        byte[] first = File.ReadAllBytes(Written());
        var whole = Sample.Select(e => Entry(e.Name, [.. e.Sizes], Values(e))).Reverse();
        Safetensors.Write(_folder["b"], whole, Metadata.Reverse().ToDictionary());
        Assert.Equal(first, File.ReadAllBytes(_folder["b"]));
    }

    [Fact]
    public void RowsAreReadByRange()
    {
        const int rows = 1000, width = 701;     // 2.8 MB: several pieces, none of them whole rows
        float[] values = [.. Enumerable.Range(0, rows * width).Select(i => (float)i)];
        Safetensors.Write(_folder["a"], [Entry("first", [3], [1, 2, 3]), Entry("t", [rows, width], values)]);
        using var file = Safetensors.Open(_folder["a"]);
        foreach (var (start, count) in new[] { (0, 1), (0, rows), (17, 600), (rows - 1, 1), (rows, 0) })
        {
            var into = new float[count * width];
            file.ReadInto("t", start, into);
            Assert.Equal(values.AsSpan(start * width, count * width).ToArray(), into);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadInto("t", rows, new float[width]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadInto("t", -1, new float[width]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadInto("t", long.MaxValue, new float[width]));
        Assert.Throws<ArgumentException>(() => file.ReadInto("t", 0, new float[width + 1]));
        Assert.Contains("first, t", Assert.Throws<InvalidDataException>(() => file.Read("u")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherFloatsAreConverted()
    {
        byte[] data = new byte[8 + 2 + 2 + 1];
        BinaryPrimitives.WriteDoubleLittleEndian(data, 0.1);
        BinaryPrimitives.WriteHalfLittleEndian(data.AsSpan(8), (Half)(-1.5f));
        BinaryPrimitives.WriteInt16LittleEndian(data.AsSpan(10), unchecked((short)0xC049));      // −3.140625 as bfloat16
        using var file = Safetensors.Open(Raw("""
            {"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"h":{"dtype":"F16","shape":[1],"data_offsets":[8,10]},
             "b":{"dtype":"BF16","shape":[],"data_offsets":[10,12]},"u":{"dtype":"U8","shape":[1],"data_offsets":[12,13]}}
            """.Trim(), data));
        Assert.Equal([0.1f], file.Read("d"));
        Assert.Equal([-1.5f], file.Read("h"));
        Assert.Equal([-3.140625f], file.Read("b"));
        Assert.Contains("U8", Assert.Throws<NotSupportedException>(() => file.Read("u")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACutFileIsRefusedWhereverItIsCut()
    {
        byte[] whole = File.ReadAllBytes(Written());
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder["cut"], whole[..length]);
            string message = Assert.Throws<InvalidDataException>(() => Safetensors.Open(_folder["cut"])).Message;
            Assert.Contains(_folder["cut"], message, StringComparison.Ordinal);
        }
        File.WriteAllBytes(_folder["cut"], [.. whole, 0]);
        Assert.Throws<InvalidDataException>(() => Safetensors.Open(_folder["cut"]));
    }

    /// <summary>Whatever byte is spoiled, the file opens or is refused; nothing else is thrown.</summary>
    [Fact]
    public void ASpoiledByteIsReadOrRefused()
    {
        byte[] whole = File.ReadAllBytes(Written());
        int refused = 0;
        foreach (byte spoil in (byte[])[0x00, 0xFF, (byte)'"', (byte)'9', (byte)'{', (byte)'\\'])
            for (int at = 0; at < whole.Length; at++)
            {
                byte[] bytes = [.. whole];
                bytes[at] = spoil;
                File.WriteAllBytes(_folder["spoiled"], bytes);
                try
                {
                    using var file = Safetensors.Open(_folder["spoiled"]);
                    foreach (string name in file.Names) _ = file[name].Count;
                }
                catch (InvalidDataException) { refused++; }
            }
        Assert.True(refused > whole.Length);
    }

    [Theory]
    [InlineData("[]", 0, "start with '{'")]
    [InlineData(" {}", 0, "start with '{'")]
    [InlineData("{", 0, "not valid JSON")]
    [InlineData("{} x", 0, "not valid JSON")]
    [InlineData("""{"a":1}""", 0, "must be an object")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "not a string")]
    [InlineData("""{"__metadata__":[]}""", 0, "__metadata__")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}""", 1, "not Unicode")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"offsets":[0,4]}}""", 4, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":0}}""", 4, "must be an object")]
    [InlineData("""{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", 4, "'F31'")]
    [InlineData("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}""", 2, "no whole number of bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "shape[0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "shape[0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "shape[0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", 4, "shape[0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "no whole number of bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}""", 0, "no whole number of bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 4, "instead of 2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "spans offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "spans offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}""", 4, "spans offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", 8, "4 bytes, but 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "goes on")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "not valid JSON")]
    public void AHostileHeaderIsRefused(string header, int data, string says)
    {
        string path = Raw(header, new byte[data]);
        string message = Assert.Throws<InvalidDataException>(() => Safetensors.Open(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(100_000_001)]
    [InlineData(99_999_999)]
    public void AHeaderLengthBeyondTheFileAllocatesNothing(long length)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        File.WriteAllBytes(_folder["a"], bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Safetensors.Open(_folder["a"]));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void WhatCannotBeWrittenLeavesTheOldFile()
    {
        byte[] old = File.ReadAllBytes(Written());
        foreach (StateEntry[] bad in (StateEntry[][])
            [
                [Entry("", [1], [1])], [Entry("__metadata__", [1], [1])], [Entry("a", [1], [1]), Entry("a", [1], [1])],
            ])
            Assert.Throws<ArgumentException>(() => Safetensors.Write(_folder["a.safetensors"], bad));
        Assert.Equal(old, File.ReadAllBytes(_folder["a.safetensors"]));
        Assert.Throws<ArgumentException>(() => Entry("a", [2], [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Entry("a", [-1], [1]));
        Assert.Throws<ArgumentException>(() => Entry("a", [1L << 32, 1L << 32], []));
    }

    [Fact]
    public void IntegersComeFirstAndAreReadBack()
    {
        Safetensors.Write(_folder["a"], [Entry("a", [1], [1.5f]), StateEntry.Over("steps", [2], [1L << 40, -7])]);
        StateDict state = Safetensors.Read(_folder["a"]);
        Assert.Equal(["steps", "a"], state.Names);
        var steps = new long[2];
        state["steps"].Read(0, steps.AsSpan());
        Assert.Equal([1L << 40, -7], steps);
        Assert.True(state["steps"].IsInteger);
        var a = new float[1];
        state["a"].Read(0, a.AsSpan());
        Assert.Equal(1.5f, a[0]);
    }

    [Fact]
    public void AMappedTensorShowsItsRowsWithoutReadingThem()
    {
        using var file = Safetensors.Open(Written());
        using MappedValues words = file.Map("words.weight");
        Assert.Equal((3, 2), (words.Rows, words.RowLength));
        Assert.Equal([3, 4], words[1].ToArray());
        Assert.Equal(BitConverter.SingleToInt32Bits(-0f), BitConverter.SingleToInt32Bits(words[2][0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => words[3].Length);
        words.Dispose();
        Assert.Throws<ObjectDisposedException>(() => words[0].Length);
    }

    [Fact]
    public void AnEmptyFileOfNoTensorsIsAllowed()
    {
        Safetensors.Write(_folder["a"], []);
        using var file = Safetensors.Open(_folder["a"]);
        Assert.Empty(file.Tensors);
        Assert.Equal(16, new FileInfo(_folder["a"]).Length);
    }
}
