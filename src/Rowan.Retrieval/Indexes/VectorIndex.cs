using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>
/// Vectors by id and the nearest of them, exactly or by a graph: <see cref="IndexKind"/> says how. Rows come and go while others search.
/// </summary>
/// <remarks>
/// <para>Reading is safe from any number of threads and never waits long: a change prepares new memory and new lists of neighbours
/// next to the old ones, and stops readers only while it copies them. Changes wait for each other. A search sees a row as it was before
/// a change or after it, never in between.</para>
/// <para>The same calls give the same bytes on any number of threads.</para>
/// <para>Rows of zeros have the cosine 0 with all. Equal rows are found as often as they were added. NaN and infinite values are
/// refused.</para>
/// <para>An index in memory need not be disposed. One of a file holds it open until then.</para>
/// </remarks>
/// <example><code>
/// var index = new VectorIndex(dim: 3);
/// index.Add([7, 8], [1, 0, 0,  0, 1, 0]);
/// SearchResult found = index.Search([0.9f, 0.1f, 0], count: 1);
/// Console.WriteLine(found.Matches[0].Id);       // 7
/// </code></example>
public sealed partial class VectorIndex : IVectorIndex, IDisposable
{
    const int LargestDim = 65_536;
    const long Int8From = 20_000, GraphFrom = 100_000;

    readonly ReaderWriterLockSlim _gate = new(LockRecursionPolicy.NoRecursion);
    readonly Lock _writer = new();
    readonly SlotMap _slots = new();
    SlotStore _store;
    EntryPoints _entries = EntryPoints.None;
    List<uint> _free = [];
    long _count, _removed, _changes;
    float _most;
    bool _hasSlots = true, _disposed;
    (RecallMeasurement Measured, long Changes)? _recall;

    /// <summary>An empty index.</summary>
    /// <param name="dim">Values per row.</param>
    /// <param name="options">Settings; null for exact search by cosine until the index is large.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its bounds.</exception>
    public VectorIndex(int dim, IndexOptions? options = null)
    {
        Options = Checked(dim, options ?? new IndexOptions());
        _store = new SlotStore(dim, Options, KindFor(0));
    }

    VectorIndex(IndexOptions options, SlotStore store) => (Options, _store) = (options, store);

    /// <summary>
    /// An index over rows that the caller keeps: nothing is copied as long as no row is added, and the values must not change. The id of a
    /// row is its number.
    /// </summary>
    /// <param name="rows">Rows [n · dim], finite.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="options">Settings; the precision must be <see cref="RowPrecision.Float32"/>.</param>
    /// <exception cref="ArgumentException">The values are not whole rows, or one is not finite.</exception>
    public static unsafe VectorIndex Over(ReadOnlyMemory<float> rows, int dim, IndexOptions? options = null)
    {
        var index = new VectorIndex(dim, options);
        Require.That(index.Options.Precision == RowPrecision.Float32,
            $"VectorIndex.Over: precision {index.Options.Precision}; rows that are kept as they are have {RowPrecision.Float32}",
            nameof(options));
        Require.That(rows.Length % dim == 0, $"VectorIndex.Over: {rows.Length} values are not whole rows of {dim}", nameof(rows));
        CheckRows("Over", rows.Span, dim, nameof(rows));
        long count = rows.Length / dim;
        if (count == 0) return index;
        var store = new SlotStore(dim, index.Options, index.KindFor(count));
        var blocks = new NativeBlock?[SlotStore.Columns];
        for (int c = 0; c < blocks.Length; c++)
            if (store.Width((Column)c) > 0)
                blocks[c] = (Column)c == Column.Rows ? new NativeBlock(rows) : new NativeBlock(count * store.Width((Column)c));
        store.Adopt(blocks, count, 0);
        for (long slot = 0; slot < count; slot++) store.Ids[slot] = slot;
        index._store = store;
        // Ids are looked up by number until they are asked for.
        index._hasSlots = false;
        Workers.For(count, 256, new DeriveRows(store));
        var slots = new uint[count];
        for (int i = 0; i < slots.Length; i++) slots[i] = (uint)i;
        index.Insert(slots, null);
        return index;
    }

    /// <inheritdoc/>
    public int Dim => _store.Dim;

    /// <inheritdoc/>
    public long Count => Volatile.Read(ref _count);

    /// <inheritdoc/>
    public IndexMetric Metric => Options.Metric;

    /// <summary>The settings that the index was made with.</summary>
    public IndexOptions Options { get; }

    /// <summary>How rows are found now: what <see cref="IndexKind.Auto"/> has chosen, or the setting.</summary>
    public IndexKind Kind => _store.Kind;

    /// <summary>What <see cref="MeasureRecall"/> last measured, without a filter; null where nothing was.</summary>
    public RecallMeasurement? MeasuredRecall => _recall?.Measured;

    /// <summary>Bytes of memory that are the index's own: without mapped files and without the rows of <see cref="Over"/>.</summary>
    public long MemoryBytes
    {
        get
        {
            _gate.EnterReadLock();
            try { return _store.ResidentBytes + _slots.Bytes + _entries.Bytes; }
            finally { _gate.ExitReadLock(); }
        }
    }

    /// <inheritdoc/>
    public bool Contains(long id)
    {
        EnsureSlots();
        _gate.EnterReadLock();
        try { return SlotOf(id) is not null; }
        finally { _gate.ExitReadLock(); }
    }

    /// <inheritdoc/>
    public bool TryGet(long id, Span<float> row)
    {
        Require.That(row.Length == Dim, $"VectorIndex.TryGet: {row.Length} values for rows of {Dim}", nameof(row));
        EnsureSlots();
        _gate.EnterReadLock();
        try
        {
            if (SlotOf(id) is not { } slot) return false;
            _store.Read(slot, row);
            return true;
        }
        finally { _gate.ExitReadLock(); }
    }

    /// <summary>The ids, in the order in which rows are stored.</summary>
    public unsafe long[] Ids()
    {
        _gate.EnterReadLock();
        try
        {
            var ids = new List<long>((int)Math.Min(_count, Array.MaxLength));
            for (long slot = 0; slot < _store.Used; slot++)
                if (_store.Live[slot] != 0) ids.Add(_store.Ids[slot]);
            return [.. ids];
        }
        finally { _gate.ExitReadLock(); }
    }

    /// <summary>Frees the memory and closes the file. No other thread may use the index any more.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        lock (_writer)
        {
            _disposed = true;
            _store.Dispose();
            _mapping?.Dispose();
            _gate.Dispose();
        }
    }

    unsafe long? SlotOf(long id) => _store.Capacity == 0 ? null : _slots.Find(_store.Ids, id);

    /// <summary>Makes the map from ids to slots, which searches do not need and an opened index does not have yet.</summary>
    unsafe void EnsureSlots()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Volatile.Read(ref _hasSlots)) return;
        lock (_writer)
        {
            if (_hasSlots) return;
            if (_count > 0) _slots.Reserve(_store.Ids, _count);
            for (long slot = 0; slot < _store.Used; slot++)
                if (_store.Live[slot] != 0) _slots.Set(_store.Ids, _store.Ids[slot], slot);
            // Rows that lists still name are freed with the others when these are repaired.
            if (_removed == 0) FindFreeSlots();
            Volatile.Write(ref _hasSlots, true);
        }
    }

    IndexKind KindFor(long count) => Options.Kind switch
    {
        IndexKind.Auto => count < Int8From ? IndexKind.Flat : count < GraphFrom ? IndexKind.Int8 : IndexKind.Graph,
        _ => Options.Kind,
    };

    static IndexOptions Checked(int dim, IndexOptions options)
    {
        Require.InRange(dim is >= 1 and <= LargestDim, $"VectorIndex: dim {dim}; it must be from 1 to {LargestDim}", nameof(dim));
        Require.InRange(Enum.IsDefined(options.Metric), $"VectorIndex: metric {(int)options.Metric} is unknown", nameof(options));
        Require.InRange(Enum.IsDefined(options.Kind), $"VectorIndex: kind {(int)options.Kind} is unknown", nameof(options));
        Require.InRange(Enum.IsDefined(options.Precision), $"VectorIndex: precision {(int)options.Precision} is unknown", nameof(options));
        Require.InRange(options.Degree is >= 4 and <= 256, $"VectorIndex: degree {options.Degree}; it must be from 4 to 256",
            nameof(options));
        Require.InRange(options.BuildCandidates is >= 4 and <= 4_096,
            $"VectorIndex: {options.BuildCandidates} build candidates; there must be 4 to 4096", nameof(options));
        Require.InRange(options.SearchCandidates is >= 1 and <= 1_000_000,
            $"VectorIndex: {options.SearchCandidates} search candidates; there must be 1 to 1000000", nameof(options));
        return options;
    }

    static void CheckRows(string operation, ReadOnlySpan<float> rows, int dim, string parameter)
    {
        for (int at = 0; at < rows.Length; at += dim)
        {
            ReadOnlySpan<float> row = rows.Slice(at, dim);
            if (float.IsFinite(RowMath.Dot(row, row))) continue;
            for (int i = 0; i < dim; i++)
                Require.That(float.IsFinite(row[i]),
                    $"VectorIndex.{operation}: value {row[i]} at [{at / dim}, {i}]; vectors have finite values, so leave the row out",
                    parameter);
            Require.That(false, $"VectorIndex.{operation}: the square of row {at / dim} is larger than {float.MaxValue}; scale the rows",
                parameter);
        }
    }

    readonly struct DeriveRows(SlotStore store) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long slot = from; slot < to; slot++) store.Derive(slot);
        }
    }
}
