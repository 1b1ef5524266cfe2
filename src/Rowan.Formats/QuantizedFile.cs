using System.Globalization;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// Quantized tables in a safetensors file. A table is a U8 tensor [rows, bytes per row]. The file's metadata holds <c>NAME.format</c>,
/// the row format, and <c>NAME.dim</c>, the number of values per row.
/// </summary>
public static class QuantizedFile
{
    const string FormatKey = ".format", DimKey = ".dim";

    /// <summary>Writes all tables, or nothing. An error leaves the old file as it was.</summary>
    /// <exception cref="ArgumentException">A name is empty, reserved or double.</exception>
    /// <exception cref="IOException">The disk is full or the folder is missing.</exception>
    public static void Write(string path, params IReadOnlyList<(string Name, QuantizedTable Table)> tables)
    {
        ArgumentNullException.ThrowIfNull(tables);
        var metadata = new Dictionary<string, string>();
        foreach ((string name, QuantizedTable table) in tables)
        {
            metadata[name + FormatKey] = RowCodec.Of(table.Format).Name;
            metadata[name + DimKey] = table.Dim.ToString(CultureInfo.InvariantCulture);
        }
        Safetensors.Write(path, tables.Select(
            one => new StateEntry(one.Name, [one.Table.Count, one.Table.RowBytes], (RangeReader<byte>)one.Table.CopyBytes)), metadata);
    }

    /// <summary>Reads all tables, by name. Tensors without a row format are left alone.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, holds no such table, or one whose format is unknown, whose size is not
    /// the format's, or whose scales are no numbers.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static IReadOnlyDictionary<string, QuantizedTable> Read(string path)
    {
        using SafetensorsFile file = Safetensors.Open(path);
        var tables = new Dictionary<string, QuantizedTable>();
        foreach (SafetensorsInfo info in file.Tensors)
            if (file.Metadata.TryGetValue(info.Name + FormatKey, out string? format)) tables.Add(info.Name, Read(file, info, format));
        Require.Data(tables.Count > 0,
            $"{path}: no tensor of the file has a row format in its metadata (NAME{FormatKey}); it holds no quantized table");
        return tables;
    }

    static QuantizedTable Read(SafetensorsFile file, SafetensorsInfo info, string format)
    {
        string where = $"{file.Path}: '{info.Name}'";
        RowCodec? codec = RowCodec.Named(format);
        Require.Data(codec is not null,
            $"{where} has row format '{format}'; this version knows "
            + $"{string.Join(", ", Enum.GetValues<RowFormat>().Select(known => RowCodec.Of(known).Name))}");
        Require.Data(file.Metadata.TryGetValue(info.Name + DimKey, out string? text)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            $"{where} has no whole number as {info.Name}{DimKey} in the metadata, but '{text}'");
        int dim = int.Parse(text, CultureInfo.InvariantCulture);
        Require.Data(info.Type == SafetensorsType.U8 && info.Shape.Count == 2 && info.Shape[0] > 0,
            $"{where} is {SafetensorsTypes.Spelling(info.Type)} of shape [{string.Join(", ", info.Shape)}]; quantized rows must be U8 " +
                $"[rows, bytes per row], with at least one row");
        // No code has fewer than two bits.
        Require.Data(dim > 0 && dim <= 4 * info.Shape[1] && codec.Bytes(dim) == info.Shape[1],
            $"{where} has rows of {info.Shape[1]} bytes; {dim} values in {format} take another number");
        StateEntry entry = file.Entry(info.Name);
        try { return QuantizedTable.FromBytes(codec.Format, info.Shape[0], dim, entry.Read, info.Name); }
        catch (InvalidDataException fault) { throw new InvalidDataException($"{file.Path}: {fault.Message}", fault); }
    }
}
