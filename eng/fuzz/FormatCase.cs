using System.Buffers.Binary;
using System.IO.Compression;
using System.Reflection;
using System.Text;
using Rowan.Formats;

namespace Rowan.Fuzz;

/// <summary>What reading a file came to.</summary>
/// <param name="Thrown">The exception, or null where it was read to its end.</param>
/// <param name="Allocated">Bytes that were allocated on the way.</param>
sealed record ReadResult(Exception? Thrown, long Allocated)
{
    /// <summary>Whether it was read, or refused with an exception that a reader may throw for what a file says.</summary>
    public bool IsAllowed => Thrown is null or InvalidDataException or NotSupportedException or IOException;

    /// <summary>What a file of this length may make a reader allocate.</summary>
    public static long Bound(long fileLength) => (64 * fileLength) + (1 << 20);
}

/// <summary>A format: how its files are made, and how they are read to the last value.</summary>
sealed record FormatCase(string Name, IReadOnlyList<byte[]> Samples, Action<string> ReadToEnd)
{
    /// <summary>Bytes that a reader allocates for its buffers, whatever the length of the file.</summary>
    public long Buffers { get; init; }

    /// <summary>Every format of weights that is read.</summary>
    public static IReadOnlyList<FormatCase> All { get; } =
    [
        new("safetensors", [Written(WriteSafetensors)], ReadSafetensors),
        new("quantized", [Written(path => QuantizedFile.Write(path, ("words.weight", Quantized)))],
            path => { foreach (QuantizedTable table in QuantizedFile.Read(path).Values) table.Gather(new long[table.Count],
            new float[table.Count * table.Dim]); }),
        new("npy", [Written(path => Npy.Write(path, Floats)), Written(path => Npy.Write(path, Integers)), BigEndianColumns()],
            path => ReadAll([Npy.Read(path)])),
        new("npz", [Written(path => Npz.Write(path, State)), Deflated(), .. Files(".npz")], path => ReadAll(Npz.Read(path))),
        new("pt", [Written(path => TorchFile.Write(path, State)), .. Files(".pt")], path => ReadAll(TorchFile.Read(path))),
        .. VectorCases.All,
    ];

    static StateEntry Floats => StateEntry.Over("words.weight", [3, 2], new float[] { 1, 2, 3, 4, -0f, float.NaN });

    static StateEntry Integers => StateEntry.Over("ids", [4], [1, -1, long.MaxValue, long.MinValue]);

    static QuantizedTable Quantized => QuantizedTable.FromBytes(RowFormat.TbeInt4, 5, [0, 60, 0, 188, 1, 2, 3, 1, 60, 1, 188, 4, 5, 6]);

    static StateDict State =>
        new(Floats, Integers, StateEntry.Over("empty", [0, 3], Array.Empty<float>()), StateEntry.Over("scalar", [], new float[] { 42 }));

    /// <summary>Reads a file whole and says what came of it.</summary>
    public ReadResult Try(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception? thrown = null;
        try { ReadToEnd(path); }
        catch (Exception e) { thrown = e; }
        return new(thrown, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    static void ReadAll(IEnumerable<StateEntry> entries)
    {
        Span<float> floats = stackalloc float[256];
        Span<long> integers = stackalloc long[256];
        foreach (StateEntry entry in entries)
            for (long at = 0; at < entry.Count; at += floats.Length)
            {
                int length = (int)Math.Min(floats.Length, entry.Count - at);
                entry.Read(at, floats[..length]);
                if (entry.IsInteger) entry.Read(at, integers[..length]);
            }
    }

    static void ReadSafetensors(string path)
    {
        using SafetensorsFile file = Safetensors.Open(path);
        foreach (string name in file.Names) file.Read(name);
    }

    static void WriteSafetensors(string path) => Safetensors.Write(path,
    [
        StateEntry.Over("words.weight", [3, 2], new float[] { 1, 2, 3, 4, -0f, float.NaN }),
        StateEntry.Over("empty", [0, 3], Memory<float>.Empty),
        StateEntry.Over("scalar", [], new float[] { 42 }),
    ], new Dictionary<string, string> { ["format"] = "rowan" });

    static byte[] BigEndianColumns()
    {
        byte[] text = Encoding.ASCII.GetBytes("{'descr': '>i4', 'fortran_order': True, 'shape': (2, 3), }\n");
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        return [0x93, .. "NUMPY"u8, 2, 0, .. length, .. text, .. new byte[24]];
    }

    static byte[] Deflated() => Written(path =>
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (int rank in (int[])[0, 1, 2])
        {
            string npy = path + ".npy";
            Npy.Write(npy, StateEntry.Over("x", [.. Enumerable.Repeat(8L, rank)],
                Enumerable.Range(0, (int)Math.Pow(8, rank)).Select(i => (float)i).ToArray()));
            zip.CreateEntryFromFile(npy, $"rank{rank}.npy", CompressionLevel.Optimal);
            File.Delete(npy);
        }
    });

    static IEnumerable<byte[]> Files(string extension)
    {
        Assembly assembly = typeof(FormatCase).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(extension, StringComparison.Ordinal))
            .Order())
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            yield return bytes;
        }
    }

    static byte[] Written(Action<string> write)
    {
        string folder = Directory.CreateTempSubdirectory("rowan-sample-").FullName;
        try
        {
            string path = Path.Combine(folder, "sample");
            write(path);
            return File.ReadAllBytes(path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
