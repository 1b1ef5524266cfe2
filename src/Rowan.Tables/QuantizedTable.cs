using System.Buffers;
using System.Runtime.CompilerServices;
using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

/// <summary>
/// Quantized rows by 64-bit id, for inference: looked up and summed without decoding the whole table to floats.
/// </summary>
/// <remarks>
/// Immutable, so any number of threads may read it at once. <see cref="Quantize"/> converts a table;
/// <see cref="FromBytes(RowFormat, int, ReadOnlySpan{byte}, string)"/> takes rows that are already quantized.
/// </remarks>
public sealed class QuantizedTable
{
    const long GatherGrain = 2_048;
    const long FarBytes = 1 << 21;                  // beyond it, most rows are not in the nearer caches

    readonly RowMemory<byte> _bytes;
    readonly RowCodec _codec;
    readonly PackedRows _rows;

    QuantizedTable(RowCodec codec, long count, int dim, string name)
    {
        (_codec, Dim, Name) = (codec, dim, name);
        Require.InRange(count > 0, $"{name}: {count} rows; a table has at least one row", nameof(count));
        Require.InRange(dim > 0 && dim <= int.MaxValue - 8, $"{name}: rows of {dim} values; a row has at least one", nameof(dim));
        int rowBytes = codec.Bytes(dim);
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if ((Int128)count * rowBytes > available)
            throw new OutOfMemoryException($"{name}: {count} rows of {rowBytes} bytes take {(Int128)count * rowBytes} bytes, and this "
                + $"process can have {available}; at most {available / rowBytes} such rows would fit.");
        _bytes = new RowMemory<byte>(count, rowBytes);
        _rows = Pieces();
    }

    /// <summary>How rows are stored.</summary>
    public RowFormat Format => _codec.Format;

    /// <summary>What errors call the table.</summary>
    public string Name { get; }

    /// <summary>Rows.</summary>
    public long Count => _bytes.Rows;

    /// <summary>Values per row.</summary>
    public int Dim { get; }

    /// <summary>Bytes per row, including its scale and bias.</summary>
    public int RowBytes => _bytes.Dim;

    /// <summary>One row as it is stored [<see cref="RowBytes"/>].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row is negative or not below <see cref="Count"/>.</exception>
    public ReadOnlySpan<byte> this[long row]
    {
        get
        {
            Require.InRange((ulong)row < (ulong)Count,
                $"Row: row {row} is outside '{Name}' with {Count} rows; rows run from 0 to {Count - 1}", nameof(row));
            return _bytes[row];
        }
    }

    /// <summary>Quantizes the rows of a table. They are read in place, on all threads; only the result takes memory.</summary>
    /// <param name="table">The rows, in any storage; brought up to date first.</param>
    /// <param name="format">How rows are stored.</param>
    /// <exception cref="ArgumentException">A row has NaN, an infinity, or values outside the format's range; the message names the first
    /// such row and the remedy.</exception>
    /// <exception cref="OutOfMemoryException">The quantized rows do not fit in memory alongside the table.</exception>
    public static QuantizedTable Quantize(Table table, RowFormat format)
    {
        ArgumentNullException.ThrowIfNull(table);
        var made = new QuantizedTable(RowCodec.Of(format), table.Count, table.Dim, table.Name);
        table.ApplyDeferredUpdates();       // once, rather than for each row below
        var bad = new FirstPlace();
        Workers.For(table.Count, GatherGrain, new EncodeRange(table, made, bad));
        if (bad.Place is { } row)
            throw new ArgumentException($"Quantize: '{table.Name}' row {row}: {made._codec.Fault(table[row])}.", nameof(table));
        return made;
    }

    /// <summary>A table of rows that are already quantized, from contiguous bytes.</summary>
    /// <param name="format">How they are stored.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="bytes">The rows; copied.</param>
    /// <param name="name">What errors call the table.</param>
    /// <exception cref="ArgumentException">The bytes are not a whole number of rows.</exception>
    /// <exception cref="InvalidDataException">A row's scale or bias is not finite.</exception>
    public static QuantizedTable FromBytes(RowFormat format, int dim, ReadOnlySpan<byte> bytes, string name = "QuantizedTable")
    {
        Require.InRange(dim > 0, $"{name}: rows of {dim} values; a row has at least one", nameof(dim));
        int rowBytes = RowCodec.Of(format).Bytes(dim);
        Require.That(bytes.Length > 0 && bytes.Length % rowBytes == 0,
            $"FromBytes: {bytes.Length} bytes; {format} with dim {dim} takes {rowBytes} bytes per row, and at least one row",
            nameof(bytes));
        var made = new QuantizedTable(RowCodec.Of(format), bytes.Length / rowBytes, dim, name);
        for (int c = 0; c < made._bytes.Chunks; c++)
        {
            Span<byte> piece = made._bytes.Chunk(c).Span;
            bytes[..piece.Length].CopyTo(piece);
            bytes = bytes[piece.Length..];
        }
        made.CheckNumbers();
        return made;
    }

    /// <summary>A table of rows that are already quantized, read in pieces from any source, of any size.</summary>
    /// <param name="format">How they are stored.</param>
    /// <param name="count">Rows.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="read">Copies bytes from a position on; called in order for all bytes, at most 1 GiB at a time.</param>
    /// <param name="name">What errors call the table.</param>
    /// <exception cref="InvalidDataException">A row's scale or bias is not finite.</exception>
    public static QuantizedTable FromBytes(RowFormat format, long count, int dim, RangeReader<byte> read, string name = "QuantizedTable")
    {
        ArgumentNullException.ThrowIfNull(read);
        var made = new QuantizedTable(RowCodec.Of(format), count, dim, name);
        long start = 0;
        for (int c = 0; c < made._bytes.Chunks; c++)
        {
            Span<byte> piece = made._bytes.Chunk(c).Span;
            read(start, piece);
            start += piece.Length;
        }
        made.CheckNumbers();
        return made;
    }

    /// <summary>Copies stored bytes from a position on, for example to write a file.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the table.</exception>
    public void CopyBytes(long start, Span<byte> into)
    {
        Require.InRange(start >= 0 && start <= Count * RowBytes - into.Length,
            $"CopyBytes: bytes {start} to {start + into.Length} of '{Name}', which has {Count * RowBytes}", nameof(start));
        for (int c = 0; into.Length > 0; c++)
        {
            ReadOnlySpan<byte> piece = _bytes.Chunk(c).Span;
            if (start < piece.Length)
            {
                ReadOnlySpan<byte> part = piece.Slice((int)start, (int)Math.Min(piece.Length - start, into.Length));
                part.CopyTo(into);
                into = into[part.Length..];
            }
            start = Math.Max(0, start - piece.Length);
        }
    }

    /// <summary>One row as values.</summary>
    /// <param name="row">The row.</param>
    /// <param name="into">Its values [dim].</param>
    /// <exception cref="ArgumentOutOfRangeException">The row is outside the table.</exception>
    public void Read(long row, Span<float> into)
    {
        Require.That(into.Length == Dim, $"Read: {into.Length} values for a row of '{Name}' with dim {Dim}", nameof(into));
        _codec.Decode(this[row], into);
    }

    /// <summary>Row ids[i] as values to into[i].</summary>
    /// <param name="ids">Rows [n].</param>
    /// <param name="into">Values [n, dim].</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    public void Gather(ReadOnlyMemory<long> ids, Memory<float> into)
    {
        Require.That(into.Length == (long)ids.Length * Dim,
            $"Gather: {ids.Length} ids of '{Name}' with dim {Dim} need {(long)ids.Length * Dim} values, not {into.Length}", nameof(into));
        CheckIds(ids, "Gather");
        Workers.For(ids.Length, GatherGrain, new GatherRange(this, ids, into));
    }

    /// <summary>
    /// Bag sums: into[b] = Σ w[ids[i]] over i in [starts[b], starts[b + 1]), divided by the entries of the bag for a mean; as
    /// <see cref="Table.SumBags(ReadOnlyMemory{long}, ReadOnlyMemory{long}, ReadOnlyMemory{float}, bool, Memory{float}, bool)"/> has it.
    /// </summary>
    /// <remarks>
    /// The scaled codes are summed and the biases beside them, so a sum may differ from that of decoded rows in its last bits.
    /// </remarks>
    /// <param name="ids">Rows [n].</param>
    /// <param name="starts">Where each bag starts, and n at the end: [bags + 1] non-decreasing values.</param>
    /// <param name="scale">What each entry is multiplied by [n]; empty for 1.</param>
    /// <param name="mean">Divide each sum by the number of its entries. An empty bag is zeros either way.</param>
    /// <param name="into">Sums [bags, dim].</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    public void SumBags(ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> scale, bool mean, Memory<float> into)
    {
        int bags = starts.Length - 1;
        Require.That(into.Length == (long)bags * Dim,
            $"SumBags: {bags} bags of '{Name}' with dim {Dim} need {(long)bags * Dim} values, not {into.Length}", nameof(into));
        CheckIds(ids, "SumBags");
        long grain = Math.Max(1, GatherGrain * bags / Math.Max(1, ids.Length));
        Workers.For(bags, grain, new BagRange(this, ids, starts, scale, mean, into));
    }

    /// <summary>Throws unless every id is a row, naming the first that is not, and where it stands.</summary>
    /// <param name="ids">Ids to check.</param>
    /// <param name="operation">What the error names first.</param>
    /// <param name="place">Turns a position into words such as "[0, 2]"; null for the position alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below <see cref="Count"/>.</exception>
    public void CheckIds(ReadOnlyMemory<long> ids, string operation, Func<long, string>? place = null)
    {
        int at = RowKernels.FirstOutside(ids, Count);
        if (at >= 0)
            throw new ArgumentOutOfRangeException(nameof(ids), ids.Span[at],
                $"{operation}: id {ids.Span[at]} at {place?.Invoke(at) ?? $"[{at}]"} is outside '{Name}' with {Count} rows; ids run "
                + $"from 0 to {Count - 1}.");
    }

    void CheckNumbers()
    {
        var bad = new FirstPlace();
        Workers.For(Count, GatherGrain, new CheckRange(this, bad));
        Require.Data(bad.Place is null,
            $"FromBytes: '{Name}' row {bad.Place}: its scale or bias is no finite number; the bytes are damaged, or of another format "
            + $"than {Format} with dim {Dim}");
    }

    bool ExceedsCache => Count * RowBytes > FarBytes;

    // The chunks are pinned and never replaced.
    unsafe PackedRows Pieces()
    {
        var pieces = new nint[_bytes.Chunks];
        for (int c = 0; c < pieces.Length; c++) pieces[c] = (nint)Unsafe.AsPointer(ref _bytes.At((long)c << _bytes.ChunkShift));
        return new PackedRows(pieces, _bytes.ChunkShift, RowBytes);
    }

    readonly struct EncodeRange(Table table, QuantizedTable made, FirstPlace bad) : IRangeBody
    {
        public void Run(long from, long to)
        {
            float[] room = ArrayPool<float>.Shared.Rent(made.Dim);
            try
            {
                for (long row = from; row < to; row++)
                {
                    if (made._codec.TryEncode(table.ReadRow(row, room.AsSpan(0, made.Dim)), made._bytes[row])) continue;
                    bad.Offer(row);
                    return;
                }
            }
            finally
            {
                ArrayPool<float>.Shared.Return(room);
            }
        }
    }

    readonly struct CheckRange(QuantizedTable table, FirstPlace bad) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long row = from; row < to; row++)
            {
                if (table._codec.HasNumbers(table._bytes[row], table.Dim)) continue;
                bad.Offer(row);
                return;
            }
        }
    }

    readonly struct GatherRange(QuantizedTable table, ReadOnlyMemory<long> ids, Memory<float> into) : IRangeBody
    {
        public void Run(long from, long to)
        {
            ReadOnlySpan<long> id = ids.Span;
            Span<float> target = into.Span.Slice((int)(from * table.Dim), (int)((to - from) * table.Dim));
            bool far = table.ExceedsCache;
            for (int i = (int)from; i < to; i++, target = target[table.Dim..])
            {
                if (far && i + RowKernels.Ahead < to) table._rows.Prefetch(id[i + RowKernels.Ahead]);
                table._codec.Decode(table._bytes[id[i]], target[..table.Dim]);
            }
        }
    }

    readonly struct BagRange(QuantizedTable table, ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> scale,
        bool mean, Memory<float> into) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int first = (int)from, bags = (int)(to - from);
            table._codec.SumBags(table._rows, ids.Span, starts.Span.Slice(first, bags + 1), scale.Span, mean,
                into.Span.Slice(first * table.Dim, bags * table.Dim), table.Dim, table.ExceedsCache);
            GC.KeepAlive(table);
        }
    }
}
