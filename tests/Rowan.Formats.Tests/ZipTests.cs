using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Rowan.TestSupport;

namespace Rowan.Formats.Tests;

public sealed class ZipTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The check value of the catalogue of CRCs, and every length around eight bytes against one byte at a time.</summary>
    [Fact]
    public void TheCheckSumIsThatOfZip()
    {
        Assert.Equal(0xCBF43926, Sum("123456789"u8.ToArray()));
        for (int length = 0; length < 40; length++)
        {
            byte[] bytes = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 37))];
            var slow = new Crc32();
            foreach (byte one in bytes) slow.Append([one]);
            Assert.Equal(slow.Value, Sum(bytes));
        }
    }

    /// <summary>The records of archives beyond 4 GiB, written for small ones, read here and by .NET's reader.</summary>
    [Theory]
    [InlineData(0), InlineData(1), InlineData(100), InlineData(uint.MaxValue)]
    public void WideRecordsAreReadHereAndElsewhere(long wideFrom)
    {
        string path = _folder["wide.zip"];
        byte[][] contents = [[], [1], [.. Enumerable.Range(0, 300).Select(i => (byte)i)], "é"u8.ToArray()];
        AtomicFile.Write(path, stream =>
        {
            var zip = new ZipWriter(stream, wideFrom);
            for (int i = 0; i < contents.Length; i++) zip.Add($"é/{i}", contents[i].Length, content => content.Write(contents[i]));
            zip.Finish();
        });
        var mine = new ZipDirectory(FileBytes.Open(path));
        using ZipArchive other = ZipFile.OpenRead(path);
        for (int i = 0; i < contents.Length; i++)
        {
            Assert.Equal(contents[i], mine.Open(mine.Find($"é/{i}")!, verify: true).ToArray(1000));
            using Stream stream = other.GetEntry($"é/{i}")!.Open();
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            Assert.Equal(contents[i], copy.ToArray());
            if (contents[i].Length == 300) Assert.Equal(0, File.ReadAllBytes(path).AsSpan().IndexOf(contents[i]) % 64);
        }
    }

    [Fact]
    public void AWrongCheckSumOfAnNpzIsFoundBeforeAValueIsHandedOut()
    {
        Npz.Write(_folder["a.npz"], new StateDict(StateEntry.Over("x", [2], new float[] { 1, 2 })));
        byte[] bytes = File.ReadAllBytes(_folder["a.npz"]);
        bytes[bytes.AsSpan().IndexOf((byte[])[0, 0, 0x80, 0x3F])] ^= 1;
        File.WriteAllBytes(_folder["a.npz"], bytes);
        StateEntry x = Npz.Read(_folder["a.npz"])["x"];
        Assert.Contains("check sum", Assert.Throws<InvalidDataException>(() => Arrays.Floats(x)).Message, StringComparison.Ordinal);
    }

    /// <summary>A deflated entry whose directory states another size, either way, is refused, and costs no more than it holds.</summary>
    [Theory]
    [InlineData(100), InlineData(1_000_000), InlineData(int.MaxValue), InlineData(uint.MaxValue - 1)]
    public void ADeflatedEntryIsHeldToItsSize(uint stated)
    {
        string path = _folder["deflated.npz"];
        Npy.Write(_folder["x.npy"], StateEntry.Over("x", [1000], new float[1000]));
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
            zip.CreateEntryFromFile(_folder["x.npy"], "x.npy", CompressionLevel.Optimal);
        Assert.Equal(new float[1000], Arrays.Floats(Npz.Read(path)["x"]));

        byte[] bytes = File.ReadAllBytes(path);
        int central = bytes.AsSpan().IndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(central + 24), stated);
        File.WriteAllBytes(path, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Npz.Read(path));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void EveryCutOfAnNpyOrNpzIsRefused()
    {
        var x = StateEntry.Over("x", [2], new float[] { 1, 2 });
        Npy.Write(_folder["whole.npy"], x);
        Npz.Write(_folder["whole.npz"], new StateDict(x));
        foreach ((string name, Action<string> read) in ((string, Action<string>)[])[("whole.npy", path => Npy.Read(path)),
            ("whole.npz", path => Npz.Read(path))])
        {
            byte[] whole = File.ReadAllBytes(_folder[name]);
            for (int length = 0; length < whole.Length; length++)
            {
                File.WriteAllBytes(_folder["cut"], whole[..length]);
                string message = Assert.Throws<InvalidDataException>(() => read(_folder["cut"])).Message;
                Assert.StartsWith(_folder["cut"], message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>An entry other than an array is named.</summary>
    [Fact]
    public void OtherFilesAreNamed()
    {
        using (ZipArchive zip = ZipFile.Open(_folder["a.npz"], ZipArchiveMode.Create)) zip.CreateEntry("readme.txt");
        Assert.Contains("readme.txt", Assert.Throws<InvalidDataException>(() => Npz.Read(_folder["a.npz"])).Message,
            StringComparison.Ordinal);
    }

    static uint Sum(byte[] bytes)
    {
        var crc = new Crc32();
        crc.Append(bytes);
        return crc.Value;
    }
}
