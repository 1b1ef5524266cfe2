using System.Security.Cryptography;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>
/// Files with records, which can be opened again and again: several of one layout are read one after the other, gzip and zip are
/// unpacked on the way, and standard
/// input is first copied to a temporary file. What a file is, is decided by its content; its name only helps where the content fits two
/// formats.
/// </summary>
public sealed class DataSource : IDisposable
{
    readonly List<string> _temporary = [];
    readonly Dictionary<int, string> _unpacked = [];
    readonly SourceFile[] _files;

    readonly Func<DataSource, RecordReader>? _open;

    DataSource(SourceFile[] files, ReadOptions options, string? title = null, Func<DataSource, RecordReader>? open = null) =>
        (_files, Options, Title, _open) = (files, options, title, open);

    /// <summary>What the data is called, where it is not called after its first file.</summary>
    internal string? Title { get; }

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
                throw new FileNotFoundException(Directory.Exists(path) ? $"'{path}' is a folder; name the files in it"
                    : $"there is no file '{path}'; check the spelling and the folder", path);
        options ??= new ReadOptions();
        var files = new SourceFile[paths.Count];
        var source = new DataSource(files, options);
        for (int i = 0; i < files.Length; i++)
            files[i] = paths[i] == "-" ? new SourceFile("standard input", source.Spool(standardInput ?? Console.OpenStandardInput()),
                options, true) : new SourceFile(paths[i], paths[i], options, false);
        return source;
    }

    /// <summary>Files that another library reads.</summary>
    /// <param name="paths">Paths of files that are there.</param>
    /// <param name="title">What the data is called.</param>
    /// <param name="open">Begins to read at the first record.</param>
    internal static DataSource Of(IReadOnlyList<string> paths, string title, Func<DataSource, RecordReader> open)
    {
        var options = new ReadOptions { Format = DataFormat.Other };
        return new([.. paths.Select(path => new SourceFile(path, path, options, false))], options, title, open);
    }

    /// <summary>Names one file.</summary>
    /// <inheritdoc cref="Of(IReadOnlyList{string}, ReadOptions, Stream)"/>
    public static DataSource Of(string path, ReadOptions? options = null) => Of([path], options);

    /// <summary>Begins to read at the first record of the first file.</summary>
    /// <exception cref="InvalidDataException">A file is empty, damaged, of a kind that is not read, or its columns are not those of the
    /// first.</exception>
    public RecordReader Open()
    {
        if (_open is not null) return _open(this);
        DataFormat format = Options.Format ?? TextFormat.Of(_files[0], Options);
        RecordReader reader = format switch
        {
            DataFormat.Text => new TextRecords(this),
            DataFormat.JsonLines or DataFormat.JsonArray => new JsonRecords(this),
            DataFormat.Parquet => new ParquetRecords(this),
            DataFormat.Labelled => new LabelledRecords(this),
            DataFormat.UserItems => new UserItemsRecords(this),
            _ => new DelimitedRecords(this),
        };
        try { CheckOptions(format); }
        catch
        {
            reader.Dispose();
            throw;
        }
        return reader;
    }

    /// <summary>The SHA-256 of all bytes of all files, as they lie there: what a run keeps to say which data it saw.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        foreach (SourceFile file in _files)
        {
            using FileStream stream = File.OpenRead(file.Path);
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
        _unpacked.Clear();
    }

    internal IReadOnlyList<SourceFile> Files => _files;

    /// <summary>The next line of a text; null at its end.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or not of its encoding.</exception>
    internal string? LineOf(int file, StreamReader text, RecordPlace before)
    {
        try { return text.ReadLine(); }
        catch (Exception thrown) when (_files[file].Explained(thrown, before) is { } said) { throw said; }
    }

    /// <summary>A file whose bytes can be read at any place: the file itself, or an unpacked copy.</summary>
    internal FileStream Seekable(int file)
    {
        if (!_files[file].IsPacked) return File.OpenRead(_files[file].Path);
        if (_unpacked.TryGetValue(file, out string? copy)) return File.OpenRead(copy);
        using Stream bytes = _files[file].Bytes();
        try { return File.OpenRead(_unpacked[file] = Spool(bytes)); }
        catch (InvalidDataException damaged) { throw new InvalidDataException($"'{_files[file].Name}' is damaged or cut short " +
            $"({damaged.Message}); download or copy it again", damaged); }
    }

    /// <summary>An option of text files that a format cannot use is an error, not ignored.</summary>
    void CheckOptions(DataFormat format)
    {
        bool delimited = format == DataFormat.Delimited;
        foreach ((bool given, string option, bool used) in new[]
        {
            (Options.Separator is not null, "`separator`", delimited || format == DataFormat.UserItems),
            (Options.Header == true, "`header`", delimited || format == DataFormat.Text),
            (Options.Columns is not null, "`columns`", delimited),
            (Options.NoQuotes == true, "`no-quotes`", delimited),
            (Options.Escapes, "`escapes`", delimited),
        })
            Require.Data(!given || used, $"'{_files[0].Name}' is read as {format.InWords()}, where {option} means nothing; leave it " +
                $"out, or state the format as `format` csv");
    }

    string Spool(Stream from)
    {
        string path = Path.Combine(Path.GetTempPath(), $"rowan-input-{Guid.NewGuid():N}");
        _temporary.Add(path);
        using Stream source = from;
        using FileStream to = File.Create(path);
        source.CopyTo(to);
        return path;
    }
}
