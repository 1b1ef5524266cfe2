using System.Buffers.Binary;
using System.Text;
using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>
/// Changes of an index after its file was written whole: records of slots as they are now, appended. A record counts only when its
/// checksum is right, so a save that was killed leaves the state before it.
/// </summary>
static unsafe class IndexLog
{
    const uint Mark = 0x474F4C52;      // "RLOG"
    const int HeadBytes = 16;          // Mark, number, bytes of the body.
    const byte WholeSlot = 1;

    /// <summary>Columns that change when neighbours do.</summary>
    static readonly Column[] Lists = [Column.Live, Column.Edges];

    /// <summary>A record.</summary>
    /// <param name="number">Its number in the log, from 0.</param>
    /// <param name="file">The checksum of the file's header.</param>
    /// <param name="state">The state of the index.</param>
    /// <param name="entries">Entry points where they are others; null otherwise.</param>
    /// <param name="store">The rows.</param>
    /// <param name="changed">Slots, and whether more than their neighbours changed.</param>
    public static byte[] Record(uint number, uint file, IndexState state, EntryPoints? entries, SlotStore store,
        IEnumerable<KeyValuePair<uint, bool>> changed)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Mark);
            writer.Write(number);
            writer.Write(0L);
            writer.Write(file);
            state.Write(writer);
            writer.Write(entries?.Count ?? -1);
            if (entries is not null)
            {
                writer.Write(entries.Rows);
                foreach (uint slot in entries.Slots) writer.Write(slot);
            }
            foreach ((uint slot, bool isWhole) in changed.OrderBy(pair => pair.Key))
            {
                writer.Write(slot);
                writer.Write(isWhole ? WholeSlot : (byte)0);
                foreach (Column column in ColumnsOf(isWhole))
                    if (store.Width(column) is > 0 and int width) writer.Write(new ReadOnlySpan<byte>(store.At(column, slot), width));
            }
        }
        byte[] record = [.. stream.ToArray(), 0, 0, 0, 0];
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(8), record.Length - HeadBytes - sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(record.Length - sizeof(uint)),
            IndexFile.ChecksumOf(record.AsSpan(0, record.Length - sizeof(uint))));
        return record;
    }

    /// <summary>Reads the next record of a log; null where none is whole.</summary>
    public static byte[]? Next(Stream stream, uint number, uint file)
    {
        var head = new byte[HeadBytes];
        if (stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false) < HeadBytes) return null;
        long bytes = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(8));
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) != Mark || BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4)) != number
            || bytes < sizeof(uint) || bytes > stream.Length - stream.Position - sizeof(uint) || bytes > Array.MaxLength - HeadBytes - 4)
            return null;
        var record = new byte[HeadBytes + bytes + sizeof(uint)];
        head.CopyTo(record, 0);
        stream.ReadExactly(record.AsSpan(HeadBytes));
        Span<byte> body = record.AsSpan(0, record.Length - sizeof(uint));
        return BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(body.Length)) == IndexFile.ChecksumOf(body)
            && BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(HeadBytes)) == file ? record : null;
    }

    /// <summary>Puts what a record says into the memory of the rows.</summary>
    public static (IndexState State, uint[]? Entries, long EntryRows) Apply(string path, byte[] record, SlotStore store)
    {
        using var reader = new BinaryReader(new MemoryStream(record, HeadBytes + sizeof(uint),
            record.Length - HeadBytes - 2 * sizeof(uint)));
        IndexState state = IndexState.Read(reader);
        int count = reader.ReadInt32();
        uint[]? entries = null;
        long rows = 0;
        if (count >= 0)
        {
            rows = reader.ReadInt64();
            entries = new uint[count];
            for (int i = 0; i < count; i++) entries[i] = reader.ReadUInt32();
        }
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            uint slot = reader.ReadUInt32();
            Require.Data(slot < store.Capacity,
                $"'{path}' is damaged: its log names slot {slot} of {store.Capacity}; restore it from a copy");
            foreach (Column column in ColumnsOf(reader.ReadByte() == WholeSlot))
                if (store.Width(column) is > 0 and int width) reader.BaseStream.ReadExactly(new Span<byte>(store.At(column, slot), width));
        }
        return (state, entries, rows);
    }

    /// <summary>Bytes of a slot in a record.</summary>
    public static long BytesOf(SlotStore store, bool isWhole)
    {
        long bytes = sizeof(uint) + 1;
        foreach (Column column in ColumnsOf(isWhole)) bytes += store.Width(column);
        return bytes;
    }

    static Column[] ColumnsOf(bool isWhole) => isWhole ? Enum.GetValues<Column>() : Lists;
}
