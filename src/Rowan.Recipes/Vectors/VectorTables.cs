using Rowan.Data;
using Rowan.Formats;

namespace Rowan.Recipes;

/// <summary>
/// Files of named vectors in every format that is read, those of <see cref="VectorFiles"/> and Apache Parquet. The format is detected from
/// the content.
/// </summary>
/// <example><code>
/// using VectorReader reader = VectorTables.Open("vectors.parquet");
/// while (reader.Next()) Use(reader.Name, reader.Vector);
/// </code></example>
public static class VectorTables
{
    /// <summary>The formats by name, and what each is.</summary>
    public static IReadOnlyList<VectorFormat> Formats { get; } = [.. VectorFiles.Formats, new ParquetVectorFormat()];

    /// <summary>The format of a name, or of a file's ending: "word2vec" or "vec".</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public static VectorFormat Format(string name) => Formats.FirstOrDefault(format => format.Name == name)
        ?? ByExtension($"x.{name}") ?? throw new ArgumentException(
        $"there is no vector format '{name}'; there are {string.Join(", ", Formats.Select(format => format.Name))}", nameof(name));

    /// <summary>The format whose files end as a path does; null for none.</summary>
    public static VectorFormat? ByExtension(string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        return Formats.FirstOrDefault(format => format.Extensions.Contains(extension));
    }

    /// <summary>Opens a file of vectors; header and sizes are checked, rows are read one by one.</summary>
    /// <inheritdoc cref="VectorFiles.Open(string, VectorReadOptions?)" path="/exception"/>
    public static VectorReader Open(string path, VectorReadOptions? options = null)
    {
        VectorFiles.RequireFile(path);
        options ??= new VectorReadOptions();
        if ((options.Format ?? (IsParquet(path) ? "parquet" : "")) != "parquet") return VectorFiles.Open(path, options, Formats);
        foreach ((string option, bool given) in new[] { ("`labels`", options.Labels), ("`names`", options.Names is not null),
            ("`dim`", options.Dim is not null) })
            if (given) throw new ArgumentException($"{option}: {path} is a Parquet file, which does not use it; leave it out");
        return Format("parquet").Open(path, options);
    }

    static bool IsParquet(string path)
    {
        if (Directory.Exists(path)) return false;
        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PAR1"u8);
    }
}
