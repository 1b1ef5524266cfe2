using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>
/// The first page of an index file: settings, sizes, and where each section lies. Sections follow, a column each with memory for more
/// rows (holes take no disk), then the entry points, then the log of changes (<see cref="IndexLog"/>). All numbers are little-endian.
/// </summary>
sealed class IndexFile
{
    public const int HeaderBytes = 4_096, Alignment = 65_536;
    public const int Version = 1;
    const int Sections = SlotStore.Columns + 1;
    const int BlockBytes = 1 << 20;

    public static ReadOnlySpan<byte> Magic => "RowanVec"u8;

    public required IndexOptions Options { get; init; }

    public required int Dim { get; init; }

    /// <summary>How rows are found: never <see cref="IndexKind.Auto"/>.</summary>
    public required IndexKind Kind { get; init; }

    /// <summary>Slots that the file has memory for.</summary>
    public required long Capacity { get; init; }

    public required IndexState State { get; init; }

    /// <summary>Rows of the index when its entry points were chosen.</summary>
    public required long EntryRows { get; init; }

    /// <summary>First byte, bytes and checksum of the part that holds rows, of each section.</summary>
    public (long Offset, long Bytes, uint Checksum)[] Table { get; } = new (long, long, uint)[Sections];

    /// <summary>Where the log begins.</summary>
    public long LogStart { get; set; }

    /// <summary>The checksum of the header, which tells files apart.</summary>
    public uint Checksum { get; private set; }

    public ref (long Offset, long Bytes, uint Checksum) Entries => ref Table[SlotStore.Columns];

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream(HeaderBytes);
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(Version);
            writer.Write(Dim);
            writer.Write((int)Options.Metric);
            writer.Write((int)Options.Kind);
            writer.Write((int)Kind);
            writer.Write((int)Options.Precision);
            writer.Write(Options.Degree);
            writer.Write(Options.BuildCandidates);
            writer.Write(Options.SearchCandidates);
            writer.Write(Capacity);
            State.Write(writer);
            writer.Write(EntryRows);
            writer.Write(LogStart);
            foreach ((long offset, long bytes, uint checksum) in Table)
            {
                writer.Write(offset);
                writer.Write(bytes);
                writer.Write(checksum);
            }
        }
        var page = new byte[HeaderBytes];
        stream.ToArray().CopyTo(page, 0);
        Checksum = ChecksumOf(page.AsSpan(0, HeaderBytes - sizeof(uint)));
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(HeaderBytes - sizeof(uint)), Checksum);
        return page;
    }

    /// <summary>Reads and checks a header.</summary>
    /// <exception cref="InvalidDataException">The file is no index, damaged, or of a newer version.</exception>
    public static IndexFile Read(string path, ReadOnlySpan<byte> page, long length)
    {
        Require.Data(page.Length == HeaderBytes && page.StartsWith(Magic),
            $"'{path}' is not an index file: it does not begin with '{Encoding.ASCII.GetString(Magic)}'");
        int version = BinaryPrimitives.ReadInt32LittleEndian(page[Magic.Length..]);
        Require.Data(version == Version,
            $"'{path}' has version {version} of the index format; this library reads version {Version}, so update it or save again");
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(page[(HeaderBytes - sizeof(uint))..]);
        Require.Data(checksum == ChecksumOf(page[..(HeaderBytes - sizeof(uint))]),
            $"'{path}' is damaged: the checksum of its header is wrong; restore it from a copy or build the index again");
        using var reader = new BinaryReader(new MemoryStream(page[(Magic.Length + sizeof(int))..].ToArray()));
        int dim = reader.ReadInt32();
        var (metric, wanted, kind, precision) = ((IndexMetric)reader.ReadInt32(), (IndexKind)reader.ReadInt32(),
            (IndexKind)reader.ReadInt32(), (RowPrecision)reader.ReadInt32());
        var options = new IndexOptions
        {
            Metric = metric, Kind = wanted, Precision = precision, Degree = reader.ReadInt32(), BuildCandidates = reader.ReadInt32(),
            SearchCandidates = reader.ReadInt32(),
        };
        var file = new IndexFile
        {
            Options = options, Dim = dim, Kind = kind, Capacity = reader.ReadInt64(), State = IndexState.Read(reader),
            EntryRows = reader.ReadInt64(), LogStart = reader.ReadInt64(),
        };
        file.Checksum = checksum;
        for (int i = 0; i < Sections; i++) file.Table[i] = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt32());
        foreach ((long offset, long bytes, _) in file.Table)
            Require.Data(offset >= 0 && bytes >= 0 && offset + bytes <= length,
                $"'{path}' is cut off: a section ends at {offset + bytes} and the file at {length}; restore it from a copy");
        Require.Data(file.LogStart <= length, $"'{path}' is cut off: it has {length} bytes of at least {file.LogStart}; restore it from a "
            + $"copy");
        return file;
    }

    /// <summary>CRC-32C of blocks of a mebibyte, and of their checksums; blocks are read in parallel.</summary>
    public static unsafe uint ChecksumOf(byte* bytes, long count)
    {
        var blocks = new uint[(count + BlockBytes - 1) / BlockBytes];
        Workers.For(blocks.Length, 4, new BlockChecksums(bytes, count, blocks));
        return ChecksumOf(MemoryMarshal.AsBytes(blocks.AsSpan()));
    }

    /// <summary>CRC-32C.</summary>
    public static uint ChecksumOf(ReadOnlySpan<byte> bytes, uint from = ~0u)
    {
        uint crc = from;
        for (; bytes.Length >= 8; bytes = bytes[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte one in bytes) crc = BitOperations.Crc32C(crc, one);
        return crc;
    }

    public static long Aligned(long offset) => (offset + Alignment - 1) / Alignment * Alignment;

    readonly unsafe struct BlockChecksums(byte* bytes, long count, uint[] blocks) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long i = from; i < to; i++)
                blocks[i] = ChecksumOf(new ReadOnlySpan<byte>(bytes + i * BlockBytes, (int)Math.Min(BlockBytes, count - i * BlockBytes)));
        }
    }
}

/// <summary>What changes with the rows of an index, apart from the rows.</summary>
/// <param name="Used">Slots that were ever used.</param>
/// <param name="Count">Rows.</param>
/// <param name="Removed">Rows that were removed and are still named by lists of neighbours.</param>
/// <param name="Changes">Rows that were ever added, replaced or removed.</param>
/// <param name="Most">The largest |r|².</param>
/// <param name="Recall">What was last measured.</param>
/// <param name="RecallChanges">Changes when it was measured.</param>
readonly record struct IndexState(long Used, long Count, long Removed, long Changes, float Most, RecallMeasurement? Recall,
    long RecallChanges)
{
    public void Write(BinaryWriter writer)
    {
        writer.Write(Used);
        writer.Write(Count);
        writer.Write(Removed);
        writer.Write(Changes);
        writer.Write(Most);
        writer.Write(Recall?.Recall ?? -1);
        writer.Write(Recall?.Count ?? 0);
        writer.Write(Recall?.Queries ?? 0);
        writer.Write(Recall?.Candidates ?? 0);
        writer.Write(RecallChanges);
    }

    public static IndexState Read(BinaryReader reader)
    {
        var (used, count, removed, changes, most) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(),
            reader.ReadSingle());
        var recall = new RecallMeasurement(reader.ReadDouble(), reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt32());
        return new IndexState(used, count, removed, changes, most, recall.Recall < 0 ? null : recall, reader.ReadInt64());
    }
}
