using Microsoft.Win32.SafeHandles;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>A range of an open file. The handle closes when nothing refers to it any more.</summary>
sealed class FileBytes(SafeFileHandle file, string path, string? part, long start, long length) : ByteSource(path, part, length)
{
    /// <summary>A whole file. It may be replaced or deleted while it is read; the bytes remain those of the old one.</summary>
    /// <exception cref="InvalidDataException">The file is what is often found in the place of one: a Git LFS pointer, a web
    /// page.</exception>
    public static FileBytes Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete,
            FileOptions.RandomAccess);
        var bytes = new FileBytes(file, path, null, 0, RandomAccess.GetLength(file));
        WrongFile.Refuse(bytes);
        return bytes;
    }

    public SafeFileHandle Handle => file;

    /// <summary>Where a byte of this range is in the file.</summary>
    public long OffsetOf(long offset) => start + offset;

    /// <summary>A range of this range.</summary>
    public FileBytes Slice(string name, long from, long count) => new(file, Path, name, start + from, count);

    public override void Read(long offset, Span<byte> into)
    {
        for (long at = start + offset; into.Length > 0;)
        {
            int read = RandomAccess.Read(file, into, at);
            Require.Data(read > 0, $"{Where}: offset {at}: the file ends, {into.Length} bytes early; {Remedy}");
            into = into[read..];
            at += read;
        }
    }
}
