using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// Files of named vectors: word2vec text and binary, GloVe, fastText (.vec and .bin), CSV, TSV of the TensorBoard projector, npy, npz and
/// safetensors. The format is detected from the content. Text and word2vec's binary format are also read packed by gzip.
/// </summary>
/// <example><code>
/// using VectorReader reader = VectorFiles.Open("glove.6B.100d.txt");
/// while (reader.Next()) Use(reader.Name, reader.Vector);
/// </code></example>
public static class VectorFiles
{
    const int Looked = 1 << 16, CsvLines = 20;

    /// <summary>The formats by name, and what each is.</summary>
    public static IReadOnlyList<VectorFormat> Formats { get; } =
    [
        new WordVectorText("word2vec", "text with a header \"rows dim\", as word2vec, gensim and fastText (.vec) write it",
            [".vec", ".w2v"],
            header: true),
        new WordVectorText("glove", "the same without a header", [".txt", ".glove"], header: false),
        new WordVectorBinary(), new FastTextFormat(), new CsvFormat(), new ProjectorFormat(), new NpyFormat(), new NpzFormat(),
        new SafetensorsFormat(), new HuggingFaceFormat(), new PgVectorFormat(), new PgCopyFormat(isVector: false),
        new PgCopyFormat(isVector: true), new RedisFormat(), new VectorSetFormat(), new QdrantFormat(),
    ];

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
    /// <exception cref="InvalidDataException">The file is of none of the formats, or damaged.</exception>
    /// <exception cref="NotSupportedException">The file is of a variant that is not read, such as a quantized fastText model.</exception>
    /// <exception cref="ArgumentException">The options do not fit the file.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static VectorReader Open(string path, VectorReadOptions? options = null) => Open(path, options, Formats);

    /// <summary>The same with the formats that messages list.</summary>
    internal static VectorReader Open(string path, VectorReadOptions? options, IReadOnlyList<VectorFormat> listed)
    {
        RequireFile(path);
        options ??= new VectorReadOptions();
        string format = options.Format is { } stated ? Format(stated).Name
            : Detect(path, options, string.Join(", ", listed.Select(format => format.Name)));
        VectorReader reader = Format(format).Open(path, options);
        (string Option, bool Given, string[] Uses)[] uses =
        [
            ("`labels`", options.Labels, ["fasttext"]), ("`array`", options.Array is not null, ["npz", "safetensors", "huggingface"]),
            ("`names`", options.Names is not null, ["npy", "npz", "safetensors", "huggingface", "tsv"]),
            ("`dim`", options.Dim is not null, ["word2vec", "glove", "csv"]),
        ];
        foreach ((string option, bool given, string[] formats) in uses)
            if (given && !formats.Contains(reader.Format))
            {
                reader.Dispose();
                throw new ArgumentException($"{option}: {path} is {reader.Dialect}, which does not use it; leave it out");
            }
        return reader;
    }

    /// <summary>Throws where a path is neither a file nor a folder.</summary>
    internal static void RequireFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Path.Exists(path)) throw new FileNotFoundException($"there is no file '{path}'; check the spelling and the folder", path);
    }

    /// <summary>The name of a file's format, by its content, unpacked.</summary>
    static string Detect(string path, VectorReadOptions options, string names)
    {
        if (File.Exists(Path.Combine(path, "run.json")))
            throw new InvalidDataException($"{path}: a run, which is read as it is: 'rowan export' writes its tables, 'rowan "
                + $"neighbors' and "
                + "'rowan inspect' show them");
        if (Directory.Exists(path))
            return File.Exists(Path.Combine(path, HuggingFaceFormat.ModelFile)) ? "huggingface"
                : throw new InvalidDataException($"{path}: a folder without {HuggingFaceFormat.ModelFile}; name a file of vectors");
        (byte[] start, long length, bool packed) = Start(path);
        ReadOnlySpan<byte> first = start;
        WrongFile.Refuse(path, first);
        if (first.StartsWith("PAR1"u8)) throw new NotSupportedException(packed
            ? $"{path}: a Parquet file packed by gzip; unpack it first with 'gunzip'"
            : $"{path}: a Parquet file; open it with VectorTables.Open of Rowan.Recipes");
        if (first.StartsWith((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'])) return "npy";
        if (first.StartsWith("PK\u0003\u0004"u8)) return "npz";
        if (FastTextFile.VersionOf(first) is not null) return "fasttext";
        if (first.Length > 8 && BitConverter.ToInt64(start) is > 0 and var header && header < length && first[8] == (byte)'{')
            return "safetensors";
        if (first.StartsWith(PgCopyFormat.Signature)) return "copy";
        if (first is [(byte)'*', >= (byte)'0' and <= (byte)'9', ..] && first.IndexOf("\r\n$"u8) is > 0 and < 8) return "redis";
        if (first.StartsWith(Encoding.UTF8.GetBytes(QdrantFormat.LineStart))) return "qdrant";
        if (first.StartsWith(Encoding.UTF8.GetBytes(PgVectorFormat.FirstLine))) return "pgvector";
        int line = first.IndexOf((byte)'\n');
        bool hasHeader = line > 0 && VectorText.TryHeader(first[..line].TrimEnd((byte)'\r'), out _, out _);
        if (hasHeader && IsBinary(first[(line + 1)..])) return "word2vec-binary";
        Require.Data(!IsBinary(first),
            $"{path}: neither text nor one of the binary formats that are read ({names}); it begins with the bytes "
            + $"{Convert.ToHexStringLower(first[..Math.Min(16, first.Length)])}");
        if (IsProjector(path, first, options)) return "tsv";
        if (!hasHeader && IsCsv(first, line)) return "csv";
        if (TextVectorLayout.Detect(path, options.Dim) is { } layout)
        {
            Require.Data(layout.HasNames,
                $"{path}: line 1: rows of numbers without names; give their names, one per line, with `names` FILE, "
                + $"or use `format` glove if the first number of each row is its name");
            return layout.HasHeader ? "word2vec" : "glove";
        }
        throw new InvalidDataException($"{path}: line 1: no text of vectors: '{Shown(first, line)}' does not end in numbers; formats "
            + $"that are "
            + $"read: {names}");
    }

    /// <summary>The first bytes, unpacked, and how many there are at most.</summary>
    static (byte[] Start, long Length, bool Packed) Start(string path)
    {
        using var file = new SequentialFile(path);
        var start = new byte[(int)Math.Min(Looked, file.MostBytes)];
        int length = 0;
        for (int read; length < start.Length && (read = file.Read(start.AsSpan(length))) > 0;) length += read;
        Require.Data(length > 0, $"{path}: the file is empty");
        return (start[..length], file.MostBytes, file.IsPacked);
    }

    /// <summary>Whether bytes are no text: control characters occur.</summary>
    static bool IsBinary(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyInRange((byte)0, (byte)8) >= 0
        || bytes.IndexOfAnyInRange((byte)14, (byte)31) >= 0;

    /// <summary>Whether a line of numbers alone has its names in another file.</summary>
    static bool IsProjector(string path, ReadOnlySpan<byte> first, VectorReadOptions options)
    {
        int line = first.IndexOf((byte)'\n');
        ReadOnlySpan<byte> numbers = (line < 0 ? first : first[..line]).TrimEnd((byte)'\r');
        return VectorText.TrailingNumbers(numbers) is > 0 and var values && values == VectorText.Fields(numbers)
            && (options.Names is not null || (numbers.Contains((byte)'\t') && File.Exists(ProjectorVectors.MetadataFile(path))));
    }

    /// <summary>Whether the first line has commas, and one of the first lines ends in a number after a comma.</summary>
    static bool IsCsv(ReadOnlySpan<byte> first, int line)
    {
        if (!(line < 0 ? first : first[..line]).Contains((byte)',')) return false;
        for (int read = 0; read < CsvLines && first.Length > 0; read++)
        {
            int end = first.IndexOf((byte)'\n');
            ReadOnlySpan<byte> text = (end < 0 ? first : first[..end]).TrimEnd((byte)'\r');
            int comma = text.LastIndexOf((byte)',');
            if (comma >= 0 && VectorText.TryNumber(text[(comma + 1)..], out _)) return true;
            first = end < 0 ? default : first[(end + 1)..];
        }
        return false;
    }

    static string Shown(ReadOnlySpan<byte> first, int line) => VectorReader.Shown(line < 0 ? first : first[..line]);
}
