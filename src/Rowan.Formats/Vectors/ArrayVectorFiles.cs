using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Opens npy, npz and safetensors files as vectors: finds the array and the names of its rows.</summary>
static class ArrayVectorFiles
{
    static readonly string[] NameArrays = ["names", "words", "vocab", "vocabulary", "ids", "labels", "tokens"];

    public static VectorReader OpenNpy(string path, VectorReadOptions options)
    {
        FileBytes file = FileBytes.Open(path);
        if (NumpyNames.IsText(file)) throw new InvalidDataException($"{path}: an array of text; name the file of the vectors, and this one "
            + "with `names`");
        StoredArray array = NpyHeader.Read(file);
        StateEntry entry = array.Entry(Path.GetFileNameWithoutExtension(path));
        return new ArrayVectors(path, "npy", entry, ArrayVectors.IsTable(entry) ? array.Map(file) : null, Names(path, null, options), null,
            options);
    }

    public static VectorReader OpenNpz(string path, VectorReadOptions options)
    {
        var zip = new ZipDirectory(FileBytes.Open(path));
        ZipEntry[] texts = [.. zip.Entries.Where(entry => entry.Name.EndsWith(".npy", StringComparison.Ordinal)
            && NumpyNames.IsText(zip.OpenHead(entry)))];
        StateDict arrays = Npz.Read(path);
        string? pickled = options.Names is null && texts.Length == 0 ? NameArrays.FirstOrDefault(arrays.LeftOut.ContainsKey) : null;
        Require.Data(pickled is null,
            $"{path}: the array '{pickled}' is no text, but perhaps Python objects, which are pickled and not read; "
            + $"save it as np.array(names, dtype=str), or give the names with `names` FILE");
        StateEntry entry = Chosen(path, [.. arrays.Where(ArrayVectors.IsTable)], options.Array);
        ZipEntry? names = texts.Length == 1 ? texts[0] : NameArrays.Select(name => zip.Find(name + ".npy")).FirstOrDefault(texts.Contains);
        return new ArrayVectors(path, "npz", entry, null, options.Names is null && names is not null
            ? NumpyNames.Open(zip.Open(names, verify: true)) : Names(path, null, options), null, options);
    }

    public static VectorReader OpenSafetensors(string path, VectorReadOptions options, string format = "safetensors")
    {
        SafetensorsFile file = Safetensors.Open(path);
        try
        {
            StateEntry entry = Chosen(path, [.. file.Tensors.Where(info => SafetensorsTypes.Number(info.Type) is { } kind && kind.IsFloat())
                .Select(info => file.Entry(info.Name)).Where(ArrayVectors.IsTable)], options.Array);
            MappedValues? mapped = file[entry.Name].Type == SafetensorsType.F32 && BitConverter.IsLittleEndian
                && file[entry.Name].Offset % sizeof(float) == 0 ? file.Map(entry.Name) : null;
            return new ArrayVectors(path, format, entry, mapped, Names(path, entry.Name, options), file, options);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The file of names that is written next to a file of vectors.</summary>
    public static string NamesFile(string path) => Path.ChangeExtension(path, ".names.txt");

    /// <summary>The names of the rows: a file that the caller names, or one next to the vectors.</summary>
    /// <param name="path">The file of the vectors.</param>
    /// <param name="array">The name of the array; null if it has none.</param>
    /// <param name="options">How to read.</param>
    public static NameSource Names(string path, string? array, VectorReadOptions options)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        // Runs keep the ids of the table NAME in NAME.ids.txt, where a backslash escapes a line break.
        string? ids = array is null ? null : Path.Combine(folder, $"{array}.ids.txt");
        if (options.Names is { } given)
            return OpenNames(given, escaped: given.EndsWith(".ids.txt", StringComparison.Ordinal));
        if (File.Exists(NamesFile(path))) return OpenNames(NamesFile(path), escaped: false);
        return ids is not null && File.Exists(ids) ? OpenNames(ids, escaped: true) : new NumberNames();
    }

    static NameSource OpenNames(string file, bool escaped)
    {
        FileBytes bytes = FileBytes.Open(file);
        return NumpyNames.IsText(bytes) ? NumpyNames.Open(bytes) : new NameLines(file, escaped);
    }

    static StateEntry Chosen(string path, StateEntry[] tables, string? asked)
    {
        string all = string.Join(", ", tables.Select(table => table.ToString()));
        if (asked is not null)
            return tables.FirstOrDefault(table => table.Name == asked)
                ?? throw new ArgumentException($"`array` {asked}: {path} has no such table of vectors; it has {all}");
        Require.Data(tables.Length > 0, $"{path}: no array of floats of two dimensions, so no vectors");
        Require.Data(tables.Length == 1, $"{path}: {tables.Length} arrays may be the vectors: {all}; choose one with `array` NAME");
        return tables[0];
    }
}
