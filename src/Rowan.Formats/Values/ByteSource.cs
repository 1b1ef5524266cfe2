namespace Rowan.Formats;

/// <summary>Bytes of a known length, readable from any place and from several threads.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="part">The part of the file, for messages; null where the bytes are the file.</param>
/// <param name="length">Bytes in all.</param>
abstract class ByteSource(string path, string? part, long length)
{
    /// <summary>What to do about a file that is not what it should be.</summary>
    public const string Remedy = "the file is damaged or incomplete; copy, download or write it again";

    ByteSource? _memory;

    public string Path => path;

    /// <summary>The part of the file, for messages; null where the bytes are the file.</summary>
    public string? Part => part;

    public long Length => length;

    /// <summary>File and part, as a message begins.</summary>
    public string Where => part is null ? path : $"{path}: {part}";

    /// <summary>Copies bytes [offset, offset + into.Length), which must be within <see cref="Length"/>.</summary>
    public abstract void Read(long offset, Span<byte> into);

    /// <summary>The same bytes, handed out without finding out their check sum: for headers, which are checked for what they say.</summary>
    public virtual ByteSource Unverified => this;

    /// <summary>The same bytes in memory, loaded on first use: for reading them out of order.</summary>
    public virtual ByteSource InMemory => LazyInitializer.EnsureInitialized(ref _memory, () => new MemoryBytes(path, part, length, Read));

    /// <summary>A range of these bytes.</summary>
    public ByteSource Range(long start, long count) => new PartOfBytes(this, start, count);

    /// <summary>All bytes; their length is a true one, so that a file cannot ask for more than it holds.</summary>
    /// <exception cref="NotSupportedException">There are more than <paramref name="most"/>.</exception>
    public byte[] ToArray(int most)
    {
        if (length > most) throw new NotSupportedException($"{Where}: {length} bytes; at most {most} are read here");
        var bytes = new byte[length];
        Read(0, bytes);
        return bytes;
    }
}
