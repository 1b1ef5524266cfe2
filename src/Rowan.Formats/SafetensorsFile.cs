using Microsoft.Win32.SafeHandles;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>A safetensors file, open for reading whole tensors or ranges of their rows. May be read from several threads.</summary>
public sealed class SafetensorsFile : IDisposable
{
    readonly SafeFileHandle _file;
    readonly Dictionary<string, SafetensorsInfo> _byName;
    readonly FileBytes _bytes;

    internal SafetensorsFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
        _file = File.OpenHandle(path, options: FileOptions.RandomAccess);
        try
        {
            _bytes = new FileBytes(_file, path, null, 0, RandomAccess.GetLength(_file));
            WrongFile.Refuse(_bytes);
            var (tensors, metadata) = SafetensorsHeader.Read(_file, path);
            Tensors = tensors;
            Metadata = metadata;
            _byName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The path it was opened by.</summary>
    public string Path { get; }

    /// <summary>The tensors, in the order of their values in the file.</summary>
    public IReadOnlyList<SafetensorsInfo> Tensors { get; }

    /// <summary>The file's own text entries.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The names, in the order of <see cref="Tensors"/>.</summary>
    public IEnumerable<string> Names => Tensors.Select(t => t.Name);

    /// <summary>Whether the file has a tensor of this name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>What the file says of a tensor.</summary>
    /// <exception cref="InvalidDataException">The file has no tensor of this name; the message lists those it has.</exception>
    public SafetensorsInfo this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            bool found = _byName.TryGetValue(name, out var info);
            Require.Data(found,
                $"{Path}: no tensor is called '{name}'; it has {string.Join(", ", Names.Take(10))}{(Tensors.Count > 10 ? " …" : "")}");
            return info!;
        }
    }

    /// <summary>All values in row-major order. F32 is exact; F16 and BF16 widen exactly; F64 is rounded to the nearest float.</summary>
    /// <exception cref="NotSupportedException">The tensor is of another type, or larger than an array can be.</exception>
    /// <exception cref="InvalidDataException">No such tensor, or the file was cut after it was opened.</exception>
    public float[] Read(string name)
    {
        var info = this[name];
        CheckReadable(info);
        if (info.Count > Array.MaxLength)
            throw new NotSupportedException($"Read: '{name}' has {info.Count} values, an array holds {Array.MaxLength}; read it in "
                + $"rows with ReadInto");
        var values = new float[info.Count];
        Entry(name).Read(0, values.AsSpan());
        return values;
    }

    /// <summary>
    /// Fills <paramref name="into"/> with whole rows, beginning at row <paramref name="rowStart"/>; converts as <see cref="Read"/> does.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="into"/> is no whole number of rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rows are not all in the tensor.</exception>
    /// <exception cref="NotSupportedException">The tensor is not of floats.</exception>
    /// <exception cref="InvalidDataException">No such tensor, or the file was cut after it was opened.</exception>
    public void ReadInto(string name, long rowStart, Span<float> into)
    {
        var info = this[name];
        CheckReadable(info);
        long width = info.RowLength;
        if (into.Length == 0 && rowStart >= 0 && rowStart <= info.Rows) return;
        Require.That(width > 0 && into.Length % width == 0,
            $"ReadInto: '{name}' has rows of {width} values; a span of {into.Length} is no whole number of rows", nameof(into));
        long rows = into.Length / width;
        Require.InRange(rowStart >= 0 && rowStart <= info.Rows - rows,
            $"ReadInto: rows {rowStart} to {(Int128)rowStart + rows - 1} are outside '{name}' with {info.Rows} rows", nameof(rowStart));
        Entry(name).Read(rowStart * width, into);
    }

    /// <summary>
    /// A tensor as an array whose values are read when asked for: floats of any width as floats, integers and booleans as 64-bit
    /// integers.
    /// </summary>
    /// <exception cref="NotSupportedException">The tensor is of another type.</exception>
    /// <exception cref="InvalidDataException">No such tensor.</exception>
    public StateEntry Entry(string name)
    {
        var info = this[name];
        long[] shape = [.. info.Shape];
        NumberKind kind = SafetensorsTypes.Number(info.Type) ?? throw new NotSupportedException(
            $"Entry: '{name}' is stored as {SafetensorsTypes.Spelling(info.Type)}; F64, F32, F16, BF16, integers up to I64 and BOOL "
                + $"can be read");
        return new StoredArray(_bytes, info.Offset, kind, bigEndian: false, shape, StoredArray.RowMajor(shape), 0).Entry(name);
    }

    /// <summary>
    /// The values of an F32 tensor where they lie, mapped into memory and not read: pages come from the disk when they are touched, and a
    /// table larger than memory can be searched.
    /// </summary>
    /// <exception cref="NotSupportedException">The tensor is not F32, or this machine's byte order is not the file's.</exception>
    /// <exception cref="InvalidDataException">No such tensor.</exception>
    public MappedValues Map(string name)
    {
        var info = this[name];
        if (info.Type != SafetensorsType.F32 || !BitConverter.IsLittleEndian)
            throw new NotSupportedException($"Map: '{name}' is stored as {SafetensorsTypes.Spelling(info.Type)}; F32 can be mapped, "
                + $"others can be read");
        return new MappedValues(_file, info.Offset, info.Rows, info.RowLength);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    static void CheckReadable(SafetensorsInfo info)
    {
        if (info.Type is not (SafetensorsType.F32 or SafetensorsType.F16 or SafetensorsType.BF16 or SafetensorsType.F64))
            throw new NotSupportedException(
                $"Read: '{info.Name}' is stored as {SafetensorsTypes.Spelling(info.Type)}; F32, F16, BF16 and F64 can be read as floats");
    }
}
