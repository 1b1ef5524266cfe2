using System.Buffers.Binary;
using System.Text;
using Rowan.TestSupport;

namespace Rowan.Formats.Tests;

public sealed class NpyTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatWasWrittenIsReadBitForBit()
    {
        Npz.Write(_folder["all.npz"], Arrays.Hard);
        Arrays.AreSame(Arrays.Hard, Npz.Read(_folder["all.npz"]));
        foreach (StateEntry entry in Arrays.Hard)
        {
            string path = _folder[$"{entry.Name}.npy"];
            Npy.Write(path, entry);
            Arrays.AreSame(new StateDict(entry), new StateDict(Npy.Read(path)));
        }
    }

    /// <summary>The first bytes as the specification prescribes them.</summary>
    [Fact]
    public void TheHeaderIsThatOfTheSpecification()
    {
        Npy.Write(_folder["x.npy"], StateEntry.Over("x", [2, 1], new float[] { 1, -1 }));
        byte[] bytes = File.ReadAllBytes(_folder["x.npy"]);
        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0], bytes[..8]);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        Assert.Equal(0, (10 + length) % 64);
        Assert.StartsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }", Encoding.ASCII.GetString(bytes, 10, length),
            StringComparison.Ordinal);
        Assert.Equal((byte)'\n', bytes[9 + length]);
        Assert.Equal([0, 0, 0x80, 0x3f, 0, 0, 0x80, 0xbf], bytes[(10 + length)..]);
    }

    [Theory]
    [InlineData("<f4", 1), InlineData(">f4", 1), InlineData("<f8", 2), InlineData(">i4", 3), InlineData("<i2", 2), InlineData("|u1", 1)]
    public void EveryOrderOfBytesAndOfValues(string type, byte version)
    {
        // [[0, 1, 2], [3, 4, 5]] column after column.
        byte[] values = [.. ((int[])[0, 3, 1, 4, 2, 5]).SelectMany(value => Stored(value, type))];
        StateEntry entry = Npy.Read(Raw($"{{'descr': '{type}', 'fortran_order': True, 'shape': (2, 3), }}", values, version));
        Assert.Equal([2, 3], entry.Sizes);
        Assert.Equal(type[1] != 'f', entry.IsInteger);
        Assert.Equal([0, 1, 2, 3, 4, 5], Arrays.Floats(entry));
        var part = new float[3];
        entry.Read(2, part);
        Assert.Equal([2, 3, 4], part);
    }

    [Fact]
    public void FilesOfNumpyAreRead()
    {
        StateDict state = Npz.Read(Arrays.Embedded(_folder[""], "packed.npz"));
        Assert.Equal(20, state.Count);
        foreach (string name in state.Names.Where(name => name.StartsWith("a.", StringComparison.Ordinal)).Take(6))
            Assert.Equal([-3, -2, -1, 0, 1, 2, 3], Arrays.Integers(state[name]));
        StateEntry[] floats = [.. state.Where(entry => !entry.IsInteger && entry.Sizes.SequenceEqual([3L, 4]))];
        Assert.Equal(7, floats.Length);
        foreach (StateEntry entry in floats)
            for (int i = 0; i < 12; i++) Assert.Equal(-2 + i * 4.0 / 11, Arrays.Floats(entry)[i], 2e-3);
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, }")]
    [InlineData("{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,), }")]
    public void ADamagedHeaderIsRefusedWithTheFile(string header)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => Npy.Read(Raw(header, new byte[4], 1)));
        Assert.Contains("raw.npy", error.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void OtherTypesAreNamed() =>
        Assert.Contains("c8", Assert.Throws<NotSupportedException>(
        () => Npy.Read(Raw("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", new byte[8], 1))).Message,
        StringComparison.Ordinal);

    string Raw(string header, byte[] values, byte version)
    {
        byte[] text = Encoding.ASCII.GetBytes(header + "\n"), length = new byte[version == 1 ? 2 : 4];
        if (version == 1) BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        else BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        File.WriteAllBytes(_folder["raw.npy"], [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. values]);
        return _folder["raw.npy"];
    }

    static byte[] Stored(int value, string type)
    {
        byte[] bytes = type[1..] switch
        {
            "f4" => BitConverter.GetBytes((float)value),
            "f8" => BitConverter.GetBytes((double)value),
            "i4" => BitConverter.GetBytes(value),
            "i2" => BitConverter.GetBytes((short)value),
            _ => [(byte)value],
        };
        if (type[0] == '>') Array.Reverse(bytes);
        return bytes;
    }
}
