using System.IO.Compression;
using System.Text;
using Rowan.TestSupport;

namespace Rowan.Formats.Tests;

public sealed class TorchFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatWasWrittenIsReadBitForBit()
    {
        TorchFile.Write(_folder["all.pt"], Arrays.Hard);
        Arrays.AreSame(Arrays.Hard, TorchFile.Read(_folder["all.pt"]));
        byte[] first = File.ReadAllBytes(_folder["all.pt"]);
        TorchFile.Write(_folder["again.pt"], TorchFile.Read(_folder["all.pt"]));
        Assert.Equal(first, File.ReadAllBytes(_folder["again.pt"]));
    }

    /// <summary>Any zip reader opens the archive, finds PyTorch's entries stored, and their check sums right.</summary>
    [Fact]
    public void TheArchiveIsOneThatOthersRead()
    {
        TorchFile.Write(_folder["all.pt"], Arrays.Hard);
        using ZipArchive zip = ZipFile.OpenRead(_folder["all.pt"]);
        Assert.Equal(["archive/data.pkl", "archive/byteorder", .. Enumerable.Range(0, Arrays.Hard.Count).Select(i => $"archive/data/{i}"),
            "archive/version"], zip.Entries.Select(entry => entry.FullName));
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            Assert.Equal(entry.Length, entry.CompressedLength);
            using Stream content = entry.Open();
            content.CopyTo(Stream.Null);
        }
        using Stream words = zip.GetEntry("archive/data/0")!.Open();
        var bytes = new byte[24];
        words.ReadExactly(bytes);
        Assert.Equal([1, 2, 3, 4], Enumerable.Range(0, 4).Select(i => BitConverter.ToSingle(bytes, i * 4)));
    }

    /// <summary>PyTorch 1.13 wrote it, with torch.manual_seed(1): the first weights are those that a layer here draws.</summary>
    [Fact]
    public void AFileOfPyTorchIsRead()
    {
        StateDict state = TorchFile.Read(Arrays.Embedded(_folder[""], "nested.pt"));
        var layer = new Nn.Linear(3, 2, rng: new Rng(1));
        Assert.Equal(layer.Weight.Value.ToArray(), Arrays.Floats(state["model.0.weight"]));
        Assert.Equal(layer.Bias!.Value.ToArray(), Arrays.Floats(state["model.0.bias"]));
        Assert.Equal([0L], Arrays.Integers(state["model.1.num_batches_tracked"]));
        Assert.Equal([3L], Arrays.Integers(state["epoch"]));
        Assert.Equal([1L << 40], Arrays.Integers(state["big"]));
        Assert.Equal([0.5f], Arrays.Floats(state["loss"]));
        Assert.Equal([0.75f], Arrays.Floats(state["optimizer.param_groups.0.betas.1"]));
        Assert.Equal([3, 4, 5], state["optimizer.state.0.exp_avg"].Sizes);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => (float)i), Arrays.Floats(state["optimizer.state.0.exp_avg"]));
        Assert.False(state.Contains("name") || state.Contains("none"));

        var model = new Nn.Sequential(new Nn.Linear(3, 2), new Nn.Linear(1, 1));
        Nn.LoadedState passed = model.LoadStateDict(
            state.Rename(name => name.StartsWith("model.0", StringComparison.Ordinal) ? name["model.".Length..] : null), strict: false);
        Assert.Equal(["1.weight", "1.bias"], passed.Missing);
    }

    /// <summary>A view that does not lie in order, pickled by hand: element (i, j) is number 1 + i + 2·j.</summary>
    [Fact]
    public void AViewIsReadInItsOwnOrder()
    {
        byte[] numbers = [.. Enumerable.Range(0, 8).SelectMany(i => BitConverter.GetBytes((float)i))];
        string path = Archive(Tensor("torch", "FloatStorage", 8, offset: 1, [2, 3], [1, 2]), numbers);
        StateEntry x = TorchFile.Read(path)["x"];
        Assert.Equal([2, 3], x.Sizes);
        Assert.Equal([1, 3, 5, 2, 4, 6], Arrays.Floats(x));
        Assert.Contains("ends at number",
            Assert.Throws<InvalidDataException>(
            () => TorchFile.Read(Archive(Tensor("torch", "FloatStorage", 8, 3, [2, 3], [1, 2]), numbers))).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(
            () => TorchFile.Read(Archive(Tensor("torch", "FloatStorage", 1L << 40, 0, [2, 3], [3, 1]), numbers)));
    }

    [Theory]
    [InlineData("os", "system"), InlineData("builtins", "eval"), InlineData("torch", "load"),
        InlineData("torch._utils", "_rebuild_device_tensor_from_numpy"), InlineData("subprocess", "Popen")]
    public void APickleThatAsksForAFunctionIsRefusedAndNothingIsRun(string module, string name)
    {
        string witness = _folder["witness"];
        byte[] pickle = [0x80, 2, .. Encoding.UTF8.GetBytes($"c{module}\n{name}\n(X"), .. BitConverter.GetBytes(witness.Length + 6),
            .. Encoding.UTF8.GetBytes($"touch {witness}tR.")];
        string message = Assert.Throws<InvalidDataException>(() => TorchFile.Read(Archive(pickle, []))).Message;
        Assert.Contains($"{module}.{name}", message, StringComparison.Ordinal);
        Assert.Contains("nothing was run", message, StringComparison.Ordinal);
        Assert.False(File.Exists(witness));
    }

    [Fact]
    public void AnythingElseIsRefused()
    {
        File.WriteAllText(_folder["text.pt"], "weights");
        Assert.Throws<InvalidDataException>(() => TorchFile.Read(_folder["text.pt"]));
        Assert.Throws<FileNotFoundException>(() => TorchFile.Read(_folder["none.pt"]));
        // A container nested a million deep, and one that contains itself.
        Assert.Throws<InvalidDataException>(
            () => TorchFile.Read(Archive(
            [0x80, 2, .. Enumerable.Repeat((byte)']', 1_000_000), .. Enumerable.Repeat((byte)'a', 999_999), (byte)'.'], [])));
        Assert.Throws<InvalidDataException>(() => TorchFile.Read(Archive([0x80, 2, .. "]q\0h\0a."u8], [])));
    }

    [Fact]
    public void EveryCutIsRefused()
    {
        TorchFile.Write(_folder["whole.pt"], new StateDict(StateEntry.Over("x", [2], new float[] { 1, 2 })));
        byte[] whole = File.ReadAllBytes(_folder["whole.pt"]);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder["cut.pt"], whole[..length]);
            Assert.Throws<InvalidDataException>(() => TorchFile.Read(_folder["cut.pt"]));
        }
    }

    string Archive(byte[] pickle, byte[] storage)
    {
        string path = _folder[$"{Guid.NewGuid():N}.pt"];
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, byte[] content) in ((string, byte[])[])[("x/data.pkl", pickle), ("x/data/0", storage),
            ("x/version", "3\n"u8.ToArray())])
        {
            using Stream entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            entry.Write(content);
        }
        return path;
    }

    /// <summary>{"x": a tensor over storage 0}, in protocol 2.</summary>
    static byte[] Tensor(string module, string storage, long numbers, long offset, long[] sizes, long[] strides)
    {
        var pickle = new List<byte> { 0x80, 2, (byte)'}' };
        void Text(string text) => pickle.AddRange([(byte)'X', .. BitConverter.GetBytes(text.Length), .. Encoding.UTF8.GetBytes(text)]);
        void Global(string of, string name) => pickle.AddRange(Encoding.UTF8.GetBytes($"c{of}\n{name}\n"));
        void Long(long number) => pickle.AddRange([0x8a, 8, .. BitConverter.GetBytes(number)]);
        void Tuple(long[] items)
        {
            pickle.Add((byte)'(');
            foreach (long item in items) Long(item);
            pickle.Add((byte)'t');
        }
        Text("x");
        Global("torch._utils", "_rebuild_tensor_v2");
        pickle.AddRange("(("u8);
        Text("storage");
        Global(module, storage);
        Text("0");
        Text("cpu");
        Long(numbers);
        pickle.AddRange("tQ"u8);
        Long(offset);
        Tuple(sizes);
        Tuple(strides);
        pickle.Add(0x89);
        Global("collections", "OrderedDict");
        pickle.AddRange(")RtRs."u8);
        return [.. pickle];
    }
}
