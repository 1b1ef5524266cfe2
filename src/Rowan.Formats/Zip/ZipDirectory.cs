using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Unicode;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>A file of an archive, as the archive's directory describes it.</summary>
sealed record ZipEntry(string Name, bool IsDeflated, uint Crc, long StoredBytes, long Bytes, long HeaderOffset);

/// <summary>
/// A zip archive open for reading, with 64-bit sizes. Unlike <see cref="ZipArchive"/> it says where a stored entry lies, so that arrays
/// are read in place, and believes no size that the file does not back. See PKWARE's APPNOTE, sections 4.3 and 4.5.3.
/// </summary>
sealed class ZipDirectory
{
    const int EndBytes = 22, End64Bytes = 56, LocatorBytes = 20, CentralBytes = 46, LocalBytes = 30, MaxComment = ushort.MaxValue;
    // No deflated byte stands for more than 1,032 (zlib's technical notes).
    const int MostExpansion = 1032;

    readonly FileBytes _file;
    readonly long _directoryOffset;
    readonly Dictionary<string, ZipEntry> _byName = new(StringComparer.Ordinal);
    readonly List<ZipEntry> _entries = [];
    readonly long _mostInflated;
    long _inflated;

    /// <param name="file">The archive.</param>
    /// <param name="mostInflated">Bytes that all deflated entries together may take; null for <see cref="DefaultMostInflated"/>.</param>
    public ZipDirectory(FileBytes file, long? mostInflated = null)
    {
        Require.InRange(mostInflated is not < 0, $"{file.Path}: at most {mostInflated} inflated bytes; the limit is not negative",
            "maxInflatedBytes");
        (_file, _mostInflated) = (file, mostInflated ?? DefaultMostInflated(file.Length));
        (_directoryOffset, long bytes, long count) = FindDirectory();
        var directory = new byte[bytes];
        _file.Read(_directoryOffset, directory);
        ReadEntries(directory, count);
        Int128 stored = 0;
        foreach (ZipEntry entry in _entries) stored += entry.StoredBytes;
        Require.Data(stored <= _file.Length,
            $"{Path}: the entries take {stored} bytes, the file has {_file.Length}: they overlap; {ByteSource.Remedy}");
    }

    /// <summary>1 GiB, or 8 times the file where that is more: weights deflate to a half, and what deflates to a thousandth was made to
    /// fill a memory.</summary>
    public static long DefaultMostInflated(long fileBytes) => Math.Max(1L << 30, 8 * fileBytes);

    public string Path => _file.Path;

    /// <summary>The entries, in the directory's order.</summary>
    public IReadOnlyList<ZipEntry> Entries => _entries;

    public ZipEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The content of an entry: in the file where it is stored, in memory where it was deflated.</summary>
    /// <param name="entry">Of <see cref="Entries"/>.</param>
    /// <param name="verify">Whether to verify the checksum; that of a stored entry is verified on the first read.</param>
    public ByteSource Open(ZipEntry entry, bool verify)
    {
        FileBytes stored = Stored(entry);
        if (!entry.IsDeflated) return verify ? new VerifiedBytes(stored, Path, entry.Name, entry.Crc) : stored;
        Require.Data(entry.Bytes <= _mostInflated - _inflated,
            $"{stored.Where}: inflates from {entry.StoredBytes} to {entry.Bytes} bytes, and {_inflated} are inflated already; the limit is "
                + $"{_mostInflated} in all, since small files can be made to "
            + $"fill the memory. If you trust the file, raise the limit (maxInflatedBytes)");
        MemoryBytes bytes = Inflate(entry, stored, verify);
        _inflated += entry.Bytes;
        return bytes;
    }

    /// <summary>The same for reading the first bytes alone: of a deflated entry no others are inflated, and there is no check
    /// sum.</summary>
    public ByteSource OpenHead(ZipEntry entry) => entry.IsDeflated ? new InflatedHead(entry, Stored(entry)) : Stored(entry);

    /// <summary>The bytes of an entry as they lie in the file.</summary>
    FileBytes Stored(ZipEntry entry)
    {
        var header = new byte[LocalBytes];
        Require.Data(entry.HeaderOffset <= _directoryOffset - LocalBytes,
            $"{Path}: offset {entry.HeaderOffset}: '{entry.Name}' begins too late, the directory is at {_directoryOffset}; "
                + $"{ByteSource.Remedy}");
        _file.Read(entry.HeaderOffset, header);
        Require.Data(U32(header, 0) == 0x04034B50,
            $"{Path}: offset {entry.HeaderOffset}: no header of '{entry.Name}'; {ByteSource.Remedy}");
        long start = entry.HeaderOffset + LocalBytes + U16(header, 26) + U16(header, 28);
        Require.Data(entry.StoredBytes <= _directoryOffset - start,
            $"{Path}: offset {start}: '{entry.Name}' takes {entry.StoredBytes} bytes, but {_directoryOffset - start} are there; "
                + $"{ByteSource.Remedy}");
        return _file.Slice(entry.Name, start, entry.StoredBytes);
    }

    static MemoryBytes Inflate(ZipEntry entry, FileBytes stored, bool verify)
    {
        Require.Data(entry.Bytes / MostExpansion <= entry.StoredBytes,
            $"{stored.Where}: {entry.StoredBytes} deflated bytes cannot become {entry.Bytes}; {ByteSource.Remedy}");
        using var inflater = new DeflateStream(new SourceStream(stored), CompressionMode.Decompress);
        var crc = new Crc32();
        var bytes = new MemoryBytes(stored.Path, entry.Name, entry.Bytes, (start, into) =>
        {
            int read = inflater.ReadAtLeast(into, into.Length, throwOnEndOfStream: false);
            Require.Data(read == into.Length,
                $"{stored.Where}: inflates to {start + read} bytes instead of {entry.Bytes}; {ByteSource.Remedy}");
            crc.Append(into);
        });
        Require.Data(inflater.ReadByte() < 0,
            $"{stored.Where}: inflates to more than the {entry.Bytes} bytes that the directory states; {ByteSource.Remedy}");
        Require.Data(!verify || crc.Value == entry.Crc, $"{stored.Where}: the check sum is wrong; {ByteSource.Remedy}");
        return bytes;
    }

    (long Offset, long Bytes, long Count) FindDirectory()
    {
        var tail = new byte[Math.Min(_file.Length, EndBytes + LocatorBytes + MaxComment)];
        long tailStart = _file.Length - tail.Length;
        _file.Read(tailStart, tail);
        int end = FindEnd(tail);
        Require.Data(end >= 0, $"{Path}: no end of a zip directory in its last {tail.Length} bytes: no zip archive, or cut; "
            + $"{ByteSource.Remedy}");
        long offset = U32(tail, end + 16), bytes = U32(tail, end + 12), count = U16(tail, end + 10), before = tailStart + end;
        if (end >= LocatorBytes && U32(tail, end - LocatorBytes) == 0x07064B50)
        {
            before = U63(tail, end - LocatorBytes + 8);
            Require.Data(before <= tailStart + end - LocatorBytes - End64Bytes,
                $"{Path}: offset {tailStart + end}: the 64-bit end of the directory lies outside; {ByteSource.Remedy}");
            var end64 = new byte[End64Bytes];
            _file.Read(before, end64);
            Require.Data(U32(end64, 0) == 0x06064B50, $"{Path}: offset {before}: no 64-bit end of the directory; {ByteSource.Remedy}");
            (count, bytes, offset) = (U63(end64, 32), U63(end64, 40), U63(end64, 48));
        }
        Require.Data(offset <= before && bytes <= before - offset,
            $"{Path}: offset {tailStart + end}: a directory of {bytes} bytes at {offset} does not end before {before}; "
                + $"{ByteSource.Remedy}");
        Require.Data(bytes <= Array.MaxLength, $"{Path}: a directory of {bytes} bytes; at most {Array.MaxLength} are read");
        return (offset, bytes, count);
    }

    // The last record whose comment ends where the file ends; a comment may contain what looks like a record.
    static int FindEnd(byte[] tail)
    {
        for (int at = tail.Length - EndBytes; at >= 0; at--)
            if (U32(tail, at) == 0x06054B50 && at + EndBytes + U16(tail, at + 20) == tail.Length) return at;
        return -1;
    }

    void ReadEntries(byte[] directory, long count)
    {
        int at = 0;
        for (; at < directory.Length;)
        {
            long place = _directoryOffset + at;
            Require.Data(directory.Length - at >= CentralBytes && U32(directory, at) == 0x02014B50,
                $"{Path}: offset {place}: no directory entry; {ByteSource.Remedy}");
            int nameBytes = U16(directory, at + 28), extraBytes = U16(directory, at + 30), commentBytes = U16(directory, at + 32);
            int end = at + CentralBytes + nameBytes + extraBytes + commentBytes;
            Require.Data(end <= directory.Length,
                $"{Path}: offset {place}: a directory entry ends beyond the directory; {ByteSource.Remedy}");
            var nameSpan = directory.AsSpan(at + CentralBytes, nameBytes);
            Require.Data(Utf8.IsValid(nameSpan), $"{Path}: offset {place}: the name of an entry is not UTF-8; {ByteSource.Remedy}");
            string name = Encoding.UTF8.GetString(nameSpan);
            ZipEntry entry = ReadEntry(name, directory.AsSpan(at, CentralBytes),
                directory.AsSpan(at + CentralBytes + nameBytes, extraBytes), place);
            Require.Data(_byName.TryAdd(name, entry), $"{Path}: offset {place}: two entries are called '{name}'; {ByteSource.Remedy}");
            _entries.Add(entry);
            at = end;
        }
        Require.Data(_entries.Count == count,
            $"{Path}: offset {_directoryOffset}: {_entries.Count} directory entries instead of {count}; {ByteSource.Remedy}");
    }

    ZipEntry ReadEntry(string name, ReadOnlySpan<byte> fields, ReadOnlySpan<byte> extra, long place)
    {
        int flags = U16(fields, 8), method = U16(fields, 10);
        if ((flags & 1) != 0) throw new NotSupportedException($"{Path}: offset {place}: '{name}' is encrypted");
        if (method is not (0 or 8))
            throw new NotSupportedException($"{Path}: offset {place}: '{name}' is packed by method {method}; 0 (stored) and 8 "
            + $"(deflated) can be read");
        long bytes = U32(fields, 24), stored = U32(fields, 20), offset = U32(fields, 42);
        var wide = Zip64Field(extra);
        // The 64-bit field holds, in this order, only what did not fit.
        bytes = Widened(bytes, ref wide, name, place);
        stored = Widened(stored, ref wide, name, place);
        offset = Widened(offset, ref wide, name, place);
        Require.Data(method != 0 || stored == bytes,
            $"{Path}: offset {place}: '{name}' is stored, but as {stored} bytes instead of {bytes}; {ByteSource.Remedy}");
        return new(name, method == 8, U32(fields, 16), stored, bytes, offset);
    }

    long Widened(long narrow, ref ReadOnlySpan<byte> wide, string name, long place)
    {
        if (narrow != uint.MaxValue) return narrow;
        Require.Data(wide.Length >= 8, $"{Path}: offset {place}: a 64-bit size of '{name}' is missing; {ByteSource.Remedy}");
        long value = U63(wide, 0);
        wide = wide[8..];
        return value;
    }

    static ReadOnlySpan<byte> Zip64Field(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int id = U16(extra, 0), length = Math.Min(U16(extra, 2), extra.Length - 4);
            if (id == 1) return extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }
        return [];
    }

    static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    // What exceeds 63 bits exceeds any file: the largest length serves the checks as well.
    static long U63(ReadOnlySpan<byte> bytes, int at) =>
        (long)Math.Min(long.MaxValue, BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]));
}
