using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// Checkpoints of PyTorch (.pt, .pth): the zip format of <c>torch.save</c> since 1.6, a pickle that describes the tensors and a stored
/// entry for each storage, and the one before. Reading runs nothing: a pickle that asks for what is not known to be harmless is refused.
/// </summary>
public static class TorchFile
{
    internal const int MaxPickleBytes = 1 << 28;
    const string Root = "archive";

    /// <summary>
    /// Opens a file; tensors in dicts, lists and tuples come under names joined by dots, numbers as scalars. Text and None are left out,
    /// and so are sets, sizes, devices, data types, paths and numpy's values, which <see cref="StateDict.LeftOut"/> names. Values stay
    /// in the file, as it was, until asked for; only a view that does not lie in order brings its storage into memory. Doubles are
    /// rounded to the nearest float, halves widen exactly, whole numbers and booleans become integers.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is damaged, or asks for what a state dict may not contain; the message names
    /// it.</exception>
    /// <param name="path">The file.</param>
    /// <param name="maxInflatedBytes">The most that deflated entries may take together; null for 1 GiB, or 8 times the file where that is
    /// more. PyTorch deflates none.</param>
    /// <exception cref="NotSupportedException">A view repeats values (<c>expand</c>), a tensor has the negative or conjugate bit, or the
    /// archive is encrypted.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static StateDict Read(string path, long? maxInflatedBytes = null)
    {
        FileBytes file = FileBytes.Open(path);
        Span<byte> start = stackalloc byte[(int)Math.Min(16, file.Length)];
        file.Read(0, start);
        if (LegacyTorchFile.Is(start)) return LegacyTorchFile.Read(file);
        Require.Data(start is not [0x80, >= 2 and <= 5, ..], $"{path}: a plain pickle, not a file of torch.save; load it in Python and "
            + $"save it by torch.save(…)");
        var zip = new ZipDirectory(file, maxInflatedBytes);
        ZipEntry[] pickles = [.. zip.Entries.Where(entry => entry.Name.EndsWith("/data.pkl", StringComparison.Ordinal))];
        Require.Data(pickles.Length == 1, $"{path}: {pickles.Length} entries are called …/data.pkl; a file of torch.save has one");
        string root = pickles[0].Name[..^"data.pkl".Length];
        bool bigEndian = IsBigEndian(zip, root);
        var opened = new Dictionary<string, ByteSource>(StringComparer.Ordinal);

        // PyTorch may be told to leave out check sums (set_crc32_options) and does not look at them; so nor does this.
        if (pickles[0].Bytes > MaxPickleBytes) throw new NotSupportedException($"{path}: {pickles[0].Name}: a pickle of {pickles[0].Bytes} "
            + $"bytes; at most {MaxPickleBytes} are read");
        ByteSource pickle = zip.Open(pickles[0], verify: false);
        object? tree = new PickleReader(pickle.ToArray(MaxPickleBytes), pickle.Where, Storage).Read();
        return TorchTree.Flatten(tree, Path.GetFileNameWithoutExtension(path), pickle.Where, pickle.Length);

        TorchStorage Storage(string key, NumberKind kind, long count)
        {
            ZipEntry? entry = zip.Find($"{root}data/{key}");
            Require.Data(entry is not null, $"{pickle.Where}: refers to a storage 'data/{key}', which the archive lacks; "
                + $"{ByteSource.Remedy}");
            // Compared before anything is inflated: what is said to be here is what the directory says, or less where it is stored and
            // costs nothing.
            Require.Data(count >= 0 && count <= entry.Bytes / kind.Bytes() && (!entry.IsDeflated || entry.Bytes == count * kind.Bytes()),
                $"{path}: {entry.Name}: {count} numbers of {kind.Bytes()} bytes are said to be here, but it has {entry.Bytes} bytes; "
                    + $"{ByteSource.Remedy}");
            if (!opened.TryGetValue(key, out ByteSource? bytes)) opened[key] = bytes = zip.Open(entry, verify: false);
            return new(bytes, kind, bigEndian);
        }
    }

    /// <summary>
    /// Writes all arrays or nothing, as an OrderedDict of contiguous tensors that <c>torch.load</c> reads, with <c>weights_only</c> too:
    /// floats as float32, integers as int64. Values are streamed; an array may be larger than memory. The same arrays give the same
    /// bytes.
    /// </summary>
    /// <exception cref="ArgumentException">A name is no Unicode.</exception>
    /// <exception cref="IOException">The disk is full or the folder is missing.</exception>
    public static void Write(string path, StateDict state)
    {
        ArgumentNullException.ThrowIfNull(state);
        byte[] pickle = PickleWriter.Write(state);
        AtomicFile.Write(path, stream =>
        {
            var zip = new ZipWriter(stream);
            Add(zip, "data.pkl", pickle);
            Add(zip, "byteorder", "little"u8.ToArray());
            long key = 0;
            foreach (StateEntry entry in state)
                zip.Add($"{Root}/data/{key++}", StateValues.Bytes(entry), content => StateValues.Write(content, entry));
            Add(zip, "version", "3\n"u8.ToArray());
            zip.Finish();
        });
    }

    static void Add(ZipWriter zip, string name, byte[] content) =>
        zip.Add($"{Root}/{name}", content.Length, stream => stream.Write(content));

    // Files before 2.1 have no such entry: they are little-endian but for those of few machines.
    static bool IsBigEndian(ZipDirectory zip, string root)
    {
        if (zip.Find(root + "byteorder") is not { } entry) return false;
        Require.Data(entry.Bytes <= 16, $"{zip.Path}: {entry.Name} has {entry.Bytes} bytes, and says 'little' or 'big'; "
            + $"{ByteSource.Remedy}");
        string order = Encoding.ASCII.GetString(zip.Open(entry, verify: false).ToArray(16));
        Require.Data(order is "little" or "big", $"{zip.Path}: {entry.Name} says '{order}', neither little nor big; {ByteSource.Remedy}");
        return order == "big";
    }
}
