using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>The bytes of a file in order; a file packed by gzip is unpacked while it is read.</summary>
sealed class SequentialFile : IDisposable
{
    // Deflate packs at most 1,032 bytes into one.
    const long MostUnpacked = 1_032;

    readonly string _path;
    readonly FileStream _file;
    readonly Stream _bytes;

    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public SequentialFile(string path)
    {
        VectorFiles.RequireFile(path);
        _path = path;
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0,
            FileOptions.SequentialScan);
        Span<byte> first = stackalloc byte[2];
        IsPacked = _file.ReadAtLeast(first, 2, throwOnEndOfStream: false) == 2 && IsGzip(first);
        _file.Position = 0;
        _bytes = IsPacked ? new WholeGzipStream(_file) : _file;
    }

    /// <summary>Whether the file is packed by gzip.</summary>
    public bool IsPacked { get; }

    /// <summary>What a dialect says of a packed file.</summary>
    public string Packing => IsPacked ? ", packed by gzip" : "";

    /// <summary>Bytes of the file; of a packed one, which does not say, the most it can hold.</summary>
    public long MostBytes => IsPacked ? _file.Length * MostUnpacked : _file.Length;

    /// <summary>The place of the next byte, unpacked.</summary>
    public long Position { get; private set; }

    /// <summary>Whether bytes begin a file packed by gzip.</summary>
    public static bool IsGzip(ReadOnlySpan<byte> first) => first is [0x1F, 0x8B, ..];

    /// <summary>Reads some of the next bytes; 0 at the end.</summary>
    /// <exception cref="InvalidDataException">The packed data is damaged.</exception>
    public int Read(Span<byte> into)
    {
        try
        {
            int read = _bytes.Read(into);
            Position += read;
            return read;
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{_path}: after {Position} unpacked bytes: {error.Message.TrimEnd('.')}; {ByteSource.Remedy}",
                error);
        }
    }

    public void Dispose() => _bytes.Dispose();
}
