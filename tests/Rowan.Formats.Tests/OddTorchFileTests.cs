using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Rowan.TestSupport;

namespace Rowan.Formats.Tests;

/// <summary>Checkpoints as they are found: with more in them than tensors, from other years, tied, or not what their name says. The
/// pickles are written here by hand.</summary>
public sealed class OddTorchFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A training checkpoint: state dict, epoch, rate, a loss as a tensor, None, text and a torch.Size.</summary>
    [Fact]
    public void ACheckpointWithASizeIsRead()
    {
        StateDict state = TorchFile.Read(Arrays.Embedded(_folder[""], "ckpt_size.pt"));
        Assert.Equal(["epoch", "lr", "model_state_dict.0.weight", "model_state_dict.1.weight", "model_state_dict.1.bias", "loss"],
            state.Names);
        Assert.Equal([4, 3], state["model_state_dict.0.weight"].Sizes);
        Assert.Equal([3L], Arrays.Integers(state["epoch"]));
        Assert.Contains("torch.Size", state.LeftOut["shape"], StringComparison.Ordinal);
        Assert.Contains("torch.Size", Assert.Throws<KeyNotFoundException>(() => state["shape"]).Message, StringComparison.Ordinal);
    }

    /// <summary>The format before zip files: 4 × 3 values i / 10.</summary>
    [Fact]
    public void TheFormatBeforeZipFilesIsRead()
    {
        string path = Arrays.Embedded(_folder[""], "legacy.pt");
        StateDict state = TorchFile.Read(path);
        Assert.Equal(["emb.weight"], state.Names);
        Assert.Equal([4, 3], state["emb.weight"].Sizes);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => i / 10f), Arrays.Floats(state["emb.weight"]), (x, y) => Math.Abs(x - y) < 1e-6f);

        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder["cut.pt"], whole[..length]);
            Assert.Throws<InvalidDataException>(() => TorchFile.Read(_folder["cut.pt"]));
        }
        // Another count of numbers than where the storage is used.
        int count = whole.Length - 48 - sizeof(long);
        BinaryPrimitives.WriteInt64LittleEndian(whole.AsSpan(count), 11);
        File.WriteAllBytes(path, whole);
        Assert.Contains("11 numbers here, and 12", Assert.Throws<InvalidDataException>(() => TorchFile.Read(path)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>The same format with two storages, a view of a storage, integers, and a pickle longer than the first piece that is
    /// read.</summary>
    [Fact]
    public void LegacyFilesMayBeLongAndHoldViews()
    {
        var pickle = new Pickle().Dict().Text("filler").List();
        for (int i = 0; i < 30_000; i++) pickle.Number(i).Put("a"u8);
        pickle.Put("s"u8)
            .Text("x").Tensor("FloatStorage", "7", 6, offset: 1, [2], [2], p
                => p.Put("("u8).Text("9").Number(2).Number(4).Put("t"u8)).Put("s"u8)
            .Text("ids").Tensor("LongStorage", "8", 2, offset: 0, [2], [1], p => p.Put("N"u8)).Put("s."u8);
        var file = new MemoryStream();
        file.Write([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E, 0x80, 2, (byte)'M', 0xE9, 3,
            (byte)'.', 0x80, 2, (byte)'}', (byte)'.']);
        file.Write(pickle.Bytes);
        file.Write(new Pickle().List().Text("7").Put("a"u8).Text("8").Put("a."u8).Bytes);
        void Storage<T>(T[] numbers) where T : unmanaged
        {
            file.Write(BitConverter.GetBytes((long)numbers.Length));
            file.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<T>(numbers));
        }
        Storage([0f, 1, 2, 3, 4, 5]);
        Storage([-7L, 1L << 40]);
        File.WriteAllBytes(_folder["long.pt"], file.ToArray());
        StateDict state = TorchFile.Read(_folder["long.pt"]);
        // The view is numbers 2 to 5; the tensor its second and fourth.
        Assert.Equal([3, 5], Arrays.Floats(state["x"]));
        Assert.Equal([-7, 1L << 40], Arrays.Integers(state["ids"]));
        Assert.Equal([29_999L], Arrays.Integers(state["filler.29999"]));
    }

    public static TheoryData<string> Bits => ["neg", "conj", "something new"];

    /// <summary>A bit that changes what the numbers mean is never ignored.</summary>
    [Theory, MemberData(nameof(Bits))]
    public void ATensorWithABitThatChangesItsNumbersIsRefused(string bit)
    {
        byte[] numbers = [.. Enumerable.Range(1, 6).SelectMany(i => BitConverter.GetBytes((float)i))];
        string Of(bool set) => Archive(new Pickle().Dict().Text("w").Tensor("FloatStorage", "0", 6, 0, [2, 3], [3, 1], null, p
            => p.Dict().Text(bit).Put(set ? [0x88] : [0x89]).Put("s"u8)).Put("s."u8).Bytes, numbers);
        string message = Assert.Throws<NotSupportedException>(() => TorchFile.Read(Of(true))).Message;
        Assert.Contains(bit == "neg" ? "resolve_neg()" : bit == "conj" ? "resolve_conj()" : bit, message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3, 4, 5, 6], Arrays.Floats(TorchFile.Read(Of(false))["w"]));
    }

    /// <summary>Arguments other than PyTorch's are not skipped either.</summary>
    [Fact]
    public void ArgumentsThatAreNotKnownAreRefused()
    {
        byte[] Rebuilt(Action<Pickle> last) => new Pickle().Dict().Text("w").Tensor("FloatStorage", "0", 1, 0, [1], [1], null, p
            => last(p)).Put("s."u8).Bytes;
        Assert.Throws<InvalidDataException>(() => TorchFile.Read(Archive(Rebuilt(p => p.Number(3)), new byte[4])));
        Assert.Throws<InvalidDataException>(() => TorchFile.Read(Archive(Rebuilt(p => p.Dict().Number(1)), new byte[4])));
    }

    /// <summary>What checkpoints hold besides tensors, each as Python pickles it: skipped and named, and the tensor next to it is
    /// read.</summary>
    [Fact]
    public void WhatIsNoTensorIsPassedOver()
    {
        (string Name, Func<Pickle, Pickle> Write)[] others =
        [
            ("size", p => p.Global("torch", "Size").Put("("u8).Number(2).Number(3).Put("t"u8).Put([0x85]).Put("R"u8)),
            ("device", p => p.Global("torch", "device").Text("cuda").Number(0).Put([0x86]).Put("R"u8)),
            ("dtype", p => p.Global("torch", "bfloat16")),
            ("complex dtype", p => p.Global("torch", "complex64")),
            ("set", p => p.Global("__builtin__", "set").List().Number(1).Put("a"u8).Put([0x85]).Put("R"u8)),
            ("set of protocol 4", p => p.Put([0x8F]).Put("("u8).Number(1).Number(2).Put([0x90])),
            ("frozenset of protocol 4", p => p.Put("("u8).Number(1).Put([0x91])),
            ("numpy scalar", p => p.Global("numpy.core.multiarray", "scalar").Global("numpy", "dtype").Text("f8").Put([0x89, 0x88,
                0x87]).Put("R("u8).Number(3).Text("<").Put("NNNJ"u8).Put([255, 255, 255, 255]).Put("J"u8).Put([255, 255, 255,
                255]).Number(0).Put("tb"u8)
                .Global("_codecs", "encode").Text("12345678").Text("latin1").Put([0x86]).Put("R"u8).Put([0x86]).Put("R"u8)),
            ("numpy array", p => p.Global("numpy._core.multiarray", "_reconstruct").Global("numpy",
                "ndarray").Number(0).Put([0x85]).Put([(byte)'C', 1, (byte)'b', 0x87]).Put("R("u8).Number(1).Put([(byte)'B', 2, 0, 0, 0, 1,
                2]).Put("tb"u8)),
            ("path", p => p.Global("pathlib", "PosixPath").Text("runs").Text("a").Put([0x86]).Put("R"u8)),
            ("deque", p => p.Global("collections", "deque").Put(")R("u8).Number(1).Number(2).Put("e"u8)),
            ("seed of 128 bits", p => p.Put([0x8A, 16, .. Enumerable.Repeat((byte)7, 16)])),
            ("storage type", p => p.Global("torch", "FloatStorage")),
            ("date", p => p.Global("datetime", "datetime").Put([(byte)'C', 2, 1, 2, 0x85]).Put("R"u8)),
        ];
        var pickle = new Pickle().Dict();
        foreach ((string name, Func<Pickle, Pickle> write) in others) write(pickle.Text(name)).Put("s"u8);
        pickle.Text("w").Tensor("FloatStorage", "0", 1, 0, [1], [1]).Put("s."u8);
        StateDict state = TorchFile.Read(Archive(pickle.Bytes, BitConverter.GetBytes(2.5f)));
        Assert.Equal(["w"], state.Names);
        Assert.Equal([2.5f], Arrays.Floats(state["w"]));
        Assert.Equal(others.Select(other => other.Name).Order(), state.LeftOut.Keys.Order());
        // None of them may swallow a tensor.
        foreach (string holder in (string[])["set", "frozenset"])
            Assert.Contains(holder, Assert.Throws<NotSupportedException>(() => TorchFile.Read(Archive(
                new Pickle().Dict().Text("s").Global("builtins", holder).List().Tensor("FloatStorage", "0", 1, 0, [1],
                    [1]).Put("a"u8).Put([0x85]).Put("Rs."u8).Bytes, new byte[4]))).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => TorchFile.Read(Archive(new Pickle().Global("builtins", "dict").Put(")R."u8).Bytes, [])));
    }

    /// <summary>Containers of other names hold tensors as dicts do: defaultdict, Counter, Namespace; so do parameters with attributes and
    /// subclasses' rebuilders.</summary>
    [Fact]
    public void OtherContainersAndRebuildersAreRead()
    {
        Pickle One(Pickle p) => p.Tensor("FloatStorage", "0", 1, 0, [1], [1]);
        var pickle = new Pickle().Dict();
        One(pickle.Text("d").Global("collections", "defaultdict").Global("__builtin__",
            "list").Put([0x85]).Put("R"u8).Text("x")).Put("ss"u8);
        pickle.Text("c").Global("collections", "Counter").Dict().Text("a").Number(3).Put("s"u8).Put([0x85]).Put("Rs"u8);
        One(pickle.Text("n").Global("argparse", "Namespace").Put([(byte)')', 0x81]).Dict().Text("x")).Put("sbs"u8);
        One(pickle.Text("m").Global("types", "SimpleNamespace").Put(")R"u8).Dict().Text("x")).Put("sbs"u8);
        One(pickle.Text("old").Global("copy_reg", "_reconstructor").Global("argparse", "Namespace").Global("__builtin__",
            "object").Put("N"u8).Put([0x87]).Put("R"u8).Dict().Text("x")).Put("sbs"u8);
        One(pickle.Text("p").Global("torch._utils", "_rebuild_parameter_with_state").Put("("u8)).Put([0x88]).Global("collections",
            "OrderedDict").Put(")R"u8).Dict().Put("tRs"u8);
        pickle.Text("t").Global("torch._tensor", "_rebuild_from_type_v2").Put("("u8).Global("torch._utils",
            "_rebuild_tensor_v2").Global("torch", "Tensor").Arguments("FloatStorage", "0", 1, 0, [1], [1]).Dict().Put("tRs"u8);
        pickle.Text("v").Global("torch._utils", "_rebuild_tensor_v3").Arguments("UntypedStorage", "0", 4, 0, [2], [1], null, p
            => p.Global("torch", "uint16")).Put("Rs."u8);
        StateDict state = TorchFile.Read(Archive(pickle.Bytes, BitConverter.GetBytes(2.5f)));
        Assert.Equal(["d.x", "c.a", "n.x", "m.x", "old.x", "p", "t", "v"], state.Names);
        foreach (string name in (string[])["d.x", "n.x", "m.x", "old.x", "p", "t"]) Assert.Equal([2.5f], Arrays.Floats(state[name]));
        Assert.Equal([0L, 0x4020], Arrays.Integers(state["v"]));
    }

    /// <summary>A tied model that was saved under one name loads; two arrays for one table are refused.</summary>
    [Fact]
    public void TiedModelsLoadFromOneNameAndRefuseTwoArrays()
    {
        var model = new Tied();
        Assert.Empty(model.LoadStateDict(TorchFile.Read(Arrays.Embedded(_folder[""], "tied_one.pt"))).Missing);
        Assert.NotEqual(0, model.Emb.Weight.Values.First().Span[1]);
        string message = Assert.Throws<ArgumentException>(() => model.LoadStateDict(TorchFile.Read(Arrays.Embedded(_folder[""],
            "tied_disagree.pt")))).Message;
        Assert.Contains("'emb.weight' and 'head.weight'", message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> WrongFiles => new()
    {
        { "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 12345\n", "git lfs pull" },
        { "<!DOCTYPE html>\n<html><body>Sign in</body></html>", "a web page" },
        { "\uFEFF \n<HTML lang=en>", "a web page" },
        { "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "a web page" },
        { "\u001f\u008b\b", "gzip" },
    };

    /// <summary>In every format the file is named for what it is.</summary>
    [Theory, MemberData(nameof(WrongFiles))]
    public void APointerOrAWebPageIsNamed(string content, string said)
    {
        foreach ((string ending, Func<string, object> read) in ((string, Func<string, object>)[])[("pt", path => TorchFile.Read(path)),
            ("npz", path => Npz.Read(path)), ("npy", Npy.Read), ("safetensors", Safetensors.Read)])
        {
            string path = _folder[$"model.{ending}"];
            File.WriteAllBytes(path, content[0] == '\u001f' ? Encoding.Latin1.GetBytes(content) : Encoding.UTF8.GetBytes(content));
            string message = Assert.Throws<InvalidDataException>(() => read(path)).Message;
            Assert.StartsWith(path, message, StringComparison.Ordinal);
            Assert.Contains(said, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void OtherPicklesAreNamed()
    {
        File.WriteAllBytes(_folder["plain.pt"], [0x80, 4, .. "N."u8]);
        Assert.Contains("plain pickle", Assert.Throws<InvalidDataException>(() => TorchFile.Read(_folder["plain.pt"])).Message,
            StringComparison.Ordinal);
    }

    /// <summary>
    /// Small files that would fill the memory: refused by what they state, before anything is inflated. 64 MB of zeros stand for 3 GB
    /// here, and the caller's limit for the default one.
    /// </summary>
    [Fact]
    public void BombsAreRefusedBeforeTheyAreInflated()
    {
        const int Size = 64 << 20;
        byte[] header = Encoding.ASCII.GetBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (16777216,), }".PadRight(117) + "\n");
        byte[] npy = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. new byte[Size]];
        string honest = Deflated("honest.npz", ("x.npy", npy));
        byte[] other = [.. npy];
        "(4,),          }"u8.CopyTo(other.AsSpan(other.AsSpan().IndexOf("(16777216"u8)));
        string lying = Deflated("lying.npz", ("x.npy", other));
        byte[] tensor = new Pickle().Dict().Text("w").Tensor("FloatStorage", "0", 4, 0, [4], [1]).Put("s."u8).Bytes;
        byte[] large = new Pickle().Dict().Text("w").Tensor("FloatStorage", "0", Size / 4, 0, [Size / 4], [1]).Put("s."u8).Bytes;
        string storage = Deflated("storage.pt", ("x/data.pkl", tensor), ("x/data/0", new byte[Size])), whole = Deflated("whole.pt",
            ("x/data.pkl", large), ("x/data/0", new byte[Size]));
        string order = Deflated("order.pt", ("x/data.pkl", tensor), ("x/byteorder", new byte[Size]), ("x/data/0", new byte[16]));

        Refused("takes 16 bytes", () => Npz.Read(lying));
        Refused("maxInflatedBytes", () => Npz.Read(honest, maxInflatedBytes: 1 << 20));
        Refused("4 numbers of 4 bytes", () => TorchFile.Read(storage));
        Refused("maxInflatedBytes", () => TorchFile.Read(whole, maxInflatedBytes: 1 << 20));
        Refused("byteorder", () => TorchFile.Read(order));
        Assert.Equal(Size / 4, Npz.Read(honest)["x"].Count);
        Assert.Equal(Size / 4, TorchFile.Read(whole)["w"].Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => Npz.Read(honest, maxInflatedBytes: -1));
        Assert.Equal(1L << 30, ZipDirectory.DefaultMostInflated(3_000_000));
        Assert.Equal(8L << 30, ZipDirectory.DefaultMostInflated(1L << 30));

        void Refused(string said, Action read)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains(said, Assert.Throws<InvalidDataException>(read).Message, StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    /// <summary>Arrays of text, of objects and of records lie next to vectors in many archives.</summary>
    [Fact]
    public void AnNpzIsReadWithoutItsArraysOfText()
    {
        byte[] Npy(string type, int bytes)
        {
            byte[] header = Encoding.ASCII.GetBytes($"{{'descr': {type}, 'fortran_order': False, 'shape': (2,), }}".PadRight(117) + "\n");
            return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. new byte[2 * bytes]];
        }
        (string, byte[])[] all =
            [("words.npy", Npy("'<U5'", 20)), ("vectors.npy", Npy("'<f4'", 4)), ("bytes.npy", Npy("'|S3'", 3)), ("objects.npy",
                Npy("'|O'", 8)), ("records.npy", Npy("[('a', '<f4')]", 4)), ("dates.npy", Npy("'<M8[D]'", 8))];
        StateDict state = Npz.Read(Deflated("mixed.npz", all));
        Assert.Equal(["vectors"], state.Names);
        Assert.Equal(["bytes", "dates", "objects", "records", "words"], state.LeftOut.Keys.Order());
        Assert.Contains("<U5", Assert.Throws<KeyNotFoundException>(() => state["words"]).Message, StringComparison.Ordinal);
        Assert.Contains("<U5", Assert.Throws<NotSupportedException>(() => Npz.Read(Deflated("words.npz", all[0]))).Message,
            StringComparison.Ordinal);
        string missing = Assert.Throws<ArgumentException>(() => new Nn.Sequential().LoadStateDict(state)).Message;
        Assert.Contains("'vectors' is not a part", missing, StringComparison.Ordinal);
    }

    string Deflated(string name, params (string Name, byte[] Content)[] entries) => Zip(_folder[name], CompressionLevel.Optimal, entries);

    string Archive(byte[] pickle, byte[] storage) => Zip(_folder[$"{Guid.NewGuid():N}.pt"], CompressionLevel.NoCompression, ("x/data.pkl",
        pickle), ("x/data/0", storage), ("x/version", "3\n"u8.ToArray()));

    static string Zip(string path, CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, byte[] content) in entries)
        {
            using Stream entry = zip.CreateEntry(name, level).Open();
            entry.Write(content);
        }
        return path;
    }

    sealed class Tied : Nn.Module
    {
        public Nn.Embedding Emb { get; } = new(4, 3, rng: new Rng(1));
        public Nn.TiedLinear Head => field ??= new(Emb.Weight);
    }

    /// <summary>Writes a pickle, instruction by instruction.</summary>
    sealed class Pickle
    {
        readonly List<byte> _bytes = [0x80, 2];

        public byte[] Bytes => [.. _bytes];

        public Pickle Put(ReadOnlySpan<byte> bytes)
        {
            _bytes.AddRange(bytes);
            return this;
        }

        public Pickle Dict() => Put("}"u8);

        public Pickle List() => Put("]"u8);

        public Pickle Text(string text)
            => Put("X"u8).Put(BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text))).Put(Encoding.UTF8.GetBytes(text));

        public Pickle Number(long number) => Put([0x8A, 8]).Put(BitConverter.GetBytes(number));

        public Pickle Global(string module, string name) => Put(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

        public Pickle Tensor(string storage, string key, long count, long offset, long[] sizes, long[] strides,
            Action<Pickle>? view = null, Action<Pickle>? metadata = null) =>
            Global("torch._utils", "_rebuild_tensor_v2").Arguments(storage, key, count, offset, sizes, strides, view, metadata).Put("R"u8);

        public Pickle Arguments(string storage, string key, long count, long offset, long[] sizes, long[] strides,
            Action<Pickle>? view = null, Action<Pickle>? metadata = null)
        {
            Put("(("u8).Text("storage").Global("torch", storage).Text(key).Text("cpu").Number(count);
            view?.Invoke(this);
            Put("tQ"u8).Number(offset);
            foreach (long[] numbers in (long[][])[sizes, strides])
            {
                Put("("u8);
                foreach (long number in numbers) Number(number);
                Put("t"u8);
            }
            Put([0x89]).Global("collections", "OrderedDict").Put(")R"u8);
            metadata?.Invoke(this);
            return Put("t"u8);
        }
    }
}
