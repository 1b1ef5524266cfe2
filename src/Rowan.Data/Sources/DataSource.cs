using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>
/// Files with records, which can be opened again and again: several of one layout are read one after the other, gzip is seen through, and standard
/// input is first copied to a temporary file.
/// </summary>
public sealed class DataSource : IDisposable
{
    readonly List<string> _temporary = [];
    readonly (string Name, string Path)[] _files;

    // Without it a gzip that is cut short ends as if it were whole.
    static DataSource() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    DataSource((string Name, string Path)[] files, ReadOptions options) => (_files, Options) = (files, options);

    /// <summary>The files as they were named.</summary>
    public IReadOnlyList<string> Names => [.. _files.Select(file => file.Name)];

    /// <summary>What is known about them.</summary>
    public ReadOptions Options { get; }

    /// <summary>Names files; none is opened yet, but each must be there.</summary>
    /// <param name="paths">Paths; "-" is standard input.</param>
    /// <param name="options">What the files do not say themselves.</param>
    /// <param name="standardInput">What "-" reads; null for the process's own.</param>
    /// <exception cref="ArgumentException">There is no path, or standard input is named twice.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static DataSource Of(IReadOnlyList<string> paths, ReadOptions? options = null, Stream? standardInput = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        Require.That(paths.Count > 0, $"no file was named; name one, or - for standard input", nameof(paths));
        Require.That(paths.Count(path => path == "-") <= 1, $"standard input (-) was named twice; it can be read once", nameof(paths));
        foreach (string path in paths)
            if (path != "-" && !File.Exists(path))
                throw new FileNotFoundException(Directory.Exists(path) ? $"'{path}' is a folder; name the files in it" : $"there is no file '{path}'; check the spelling and the folder", path);
        var files = new (string, string)[paths.Count];
        var source = new DataSource(files, options ?? new ReadOptions());
        for (int i = 0; i < files.Length; i++) files[i] = paths[i] == "-" ? ("standard input", source.Spool(standardInput)) : (paths[i], paths[i]);
        return source;
    }

    /// <summary>Names one file.</summary>
    /// <inheritdoc cref="Of(IReadOnlyList{string}, ReadOptions, Stream)"/>
    public static DataSource Of(string path, ReadOptions? options = null) => Of([path], options);

    /// <summary>Begins to read at the first record of the first file.</summary>
    /// <exception cref="InvalidDataException">A file is empty, damaged, or its columns are not those of the first.</exception>
    public RecordReader Open()
    {
        DataFormat format = Options.Format ?? FormatOf(_files[0].Name);
        return format switch
        {
            DataFormat.Text => new TextRecords(this),
            DataFormat.XmlDocs => new ApiDocsRecords(this),
            DataFormat.JsonLines => new JsonLinesRecords(this),
            DataFormat.Parquet => new ParquetRecords(this),
            _ => new DelimitedRecords(this),
        };
    }

    /// <summary>The SHA-256 of all bytes of all files, as they lie there: what a run keeps to say which data it saw.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        foreach ((_, string path) in _files)
        {
            using FileStream stream = File.OpenRead(path);
            for (int read; (read = stream.Read(buffer)) > 0;) hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Bytes of all files, as they lie there.</summary>
    public long Bytes => _files.Sum(file => new FileInfo(file.Path).Length);

    /// <summary>Removes the copy of standard input.</summary>
    public void Dispose()
    {
        foreach (string file in _temporary) File.Delete(file);
        _temporary.Clear();
    }

    internal int Count => _files.Length;

    internal string NameOf(int file) => _files[file].Name;

    /// <summary>The bytes of a file, unpacked.</summary>
    internal Stream BytesOf(int file)
    {
        var stream = new FileStream(_files[file].Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        bool packed = stream.ReadByte() == 0x1f && stream.ReadByte() == 0x8b;
        stream.Position = 0;
        return packed ? new ReadAheadStream(new GZipStream(stream, CompressionMode.Decompress)) : new ReadAheadStream(stream);
    }

    /// <summary>The text of a file, unpacked; bytes that are not of its encoding throw <see cref="DecoderFallbackException"/>.</summary>
    internal StreamReader TextOf(int file) => new(BytesOf(file), Options.Encoding ?? new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true, bufferSize: 1 << 16);

    /// <summary>The next line of a text; null at its end.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or not of its encoding.</exception>
    internal string? LineOf(StreamReader text, RecordPlace before)
    {
        try { return text.ReadLine(); }
        catch (DecoderFallbackException bytes)
        {
            throw new InvalidDataException($"{before}, or soon after: the bytes {string.Join(' ', (bytes.BytesUnknown ?? []).Select(b => $"0x{b:x2}"))} are not UTF-8; say which encoding it is, such as --encoding latin1", bytes);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException)
        {
            throw new InvalidDataException($"{before}, or soon after: the file is damaged or cut short ({damaged.Message}); get it again", damaged);
        }
    }

    internal string PathOf(int file) => _files[file].Path;

    static DataFormat FormatOf(string name)
    {
        string plain = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
        return Path.GetExtension(plain).ToLowerInvariant() switch
        {
            ".jsonl" or ".ndjson" => DataFormat.JsonLines,
            ".parquet" => DataFormat.Parquet,
            ".txt" => DataFormat.Text,
            _ => DataFormat.Delimited,
        };
    }

    string Spool(Stream? input)
    {
        string path = Path.Combine(Path.GetTempPath(), $"rowan-input-{Guid.NewGuid():N}");
        _temporary.Add(path);
        using Stream from = input ?? Console.OpenStandardInput();
        using FileStream to = File.Create(path);
        from.CopyTo(to);
        return path;
    }
}
