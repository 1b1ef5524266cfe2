using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

/// <summary>
/// Rows that learn: count × dim weights by 64-bit row, their gradient by row, and the updates that an optimizer has deferred.
/// </summary>
/// <remarks>
/// <para>Arithmetic is float32; <see cref="RowStorage"/> says how a row is kept.
/// A table is not a tensor: no operation over a batch costs or allocates in proportion to its rows. Where an optimizer in exact mode has
/// deferred the
/// updates of a row (<see cref="RowUpdates.Exact"/>), reading it gives the row brought up to date.</para>
/// <para>Thread safety: any number of threads may read (lookups, bags, <see cref="ReadRow"/>, <see cref="ReadValues"/>) while another
/// thread trains, writes,
/// renormalizes, saves or grows the table. A read sees each row before or after a step, never between, and changes no weight: rows that
/// are behind are computed
/// up to date and not stored, so training gives the same bits with readers and without. A step waits for the reads that run, and reads
/// wait for the step. One thread trains
/// at a time: backward passes and <see cref="ZeroGrad"/> are not guarded.
/// Memory that is shared, <see cref="Values"/>, <see cref="AsArray"/> and the indexer's span over float32 rows, is not guarded after the
/// call; read it within <see cref="LockForReading"/>.</para>
/// </remarks>
public sealed partial class Table : ILearnable
{
    internal const long GatherGrain = 2_048;

    readonly RowStore _rows;
    readonly TableGuard _guard = new();
    readonly Lock _growing = new();
    IDeferredUpdates? _deferred;
    long _count;

    /// <summary>A table of zeros.</summary>
    /// <param name="count">Rows, at least 1.</param>
    /// <param name="dim">Values per row, at least 1.</param>
    /// <param name="name">What errors call it; with <see cref="RoundingSeed"/>, what its random bits depend on.</param>
    /// <param name="storage">How values are kept.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is zero or negative.</exception>
    /// <exception cref="OutOfMemoryException">The rows do not fit into memory; the message says what would.</exception>
    public Table(long count, int dim, string name = "Table", RowStorage storage = RowStorage.Float32)
    {
        Require.InRange(count > 0, $"{name}: {count} rows; a table has at least one row", nameof(count));
        Require.InRange(dim > 0, $"{name}: rows of {dim} values; a row has at least one", nameof(dim));
        Require.InRange(Enum.IsDefined(storage), $"{name}: storage {storage}; it is Float32, BFloat16, Float16 or SplitBFloat16", nameof(storage));
        Name = name;
        CheckMemory(name, count, dim, storage);
        try { _rows = RowStore.Of(storage, count, dim); }
        catch (OutOfMemoryException fault) { throw NoMemory(name, count, dim, storage, fault); }
        _count = count;
        RoundingSeed = 0;
        Version = new ValueVersion(name);
        Gradient = new SparseGradient(this);
    }

    /// <summary>What errors call the table.</summary>
    public string Name { get; }

    /// <summary>Rows.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Values per row.</summary>
    public int Dim => _rows.Dim;

    /// <summary>How values are kept.</summary>
    public RowStorage Storage => _rows.Storage;

    /// <inheritdoc/>
    public FloatFormat Format => _rows.Format;

    /// <summary>
    /// Seed of the random bits that round moved rows of <see cref="RowStorage.BFloat16"/> and <see cref="RowStorage.Float16"/>: a pure function of seed, name, step, row and column, so that
    /// a run that was saved, begun anew with the same seed and name and loaded, goes on to the same bits.
    /// </summary>
    public ulong RoundingSeed
    {
        get;
        set => (field, RoundingKey) = (value, Philox.Key(value, Name));
    }

    internal ulong RoundingKey { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<long> Sizes => [Count, Dim];

    /// <inheritdoc/>
    public bool Frozen { get; set; }

    /// <summary>Rows that receive no gradient and are not moved, while the others learn: <see cref="FreezeRows(long, long)"/>.</summary>
    public RowSet FrozenRows { get; } = new();

    /// <summary>
    /// Counts the changes of the rows: steps, writes, and rows that <c>MaxNorm</c> shrank. Applying deferred updates is none, because
    /// rows are read as if they were applied; a new row is
    /// none either. Writing through <see cref="Values"/> is not seen.
    /// </summary>
    internal ValueVersion Version { get; }

    /// <summary>What backward passes left since the last <see cref="ZeroGrad"/>.</summary>
    public SparseGradient Gradient { get; }

    /// <summary>How often each id occurs among all of them: what <c>scale_grad_by_freq</c> divides by.</summary>
    /// <param name="ids">Ids [n], checked before.</param>
    /// <param name="into">For each position, the count of its id [n].</param>
    public void Frequencies(ReadOnlySpan<long> ids, Span<long> into)
    {
        CheckIds(ids, "Frequencies");
        using var sorted = new RadixSort(ids, Count);
        RadixSort.Keys keys = sorted.All;
        for (int start = 0, end; start < keys.Count; start = end)
        {
            end = keys.EndOfRow(start);
            for (int entry = start; entry < end; entry++) into[keys.Label(entry)] = end - start;
        }
    }

    /// <inheritdoc/>
    public void ZeroGrad() => Gradient.Clear();

    /// <inheritdoc/>
    public IUpdater<TRule> Updater<TRule>(RowUpdates rows) where TRule : struct, IUpdateRule<TRule> => new RowUpdater<TRule>(this, _rows, rows);

    /// <inheritdoc/>
    public IUpdater<AdafactorRule> FactoredUpdater(RowUpdates rows) => new TableAdafactor(this, _rows, rows);

    /// <inheritdoc/>
    public Memory<float> GradientValues => Frozen ? default : Gradient.Coalesce().Rows;

    /// <summary>Throws unless every id is a row, naming the first that is not, and where it stands.</summary>
    /// <param name="ids">Ids to check.</param>
    /// <param name="operation">What the error names first.</param>
    /// <param name="place">Turns a position into words such as "[0, 2]"; null for the position alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below <see cref="Count"/>.</exception>
    public void CheckIds(ReadOnlySpan<long> ids, string operation, Func<long, string>? place = null)
    {
        int outside = RowKernels.FirstOutside(ids, Count);
        if (outside >= 0) ThrowOutside(ids[outside], outside, operation, place);
    }

    /// <inheritdoc cref="CheckIds(ReadOnlySpan{long}, string, Func{long, string}?)"/>
    /// <remarks>Many ids are checked on all threads.</remarks>
    public void CheckIds(ReadOnlyMemory<long> ids, string operation, Func<long, string>? place = null)
    {
        int outside = RowKernels.FirstOutside(ids, Count);
        if (outside >= 0) ThrowOutside(ids.Span[outside], outside, operation, place);
    }

    /// <summary>Throws where a finite value would be infinite as it is kept, naming the first.</summary>
    /// <param name="values">Values to check.</param>
    /// <param name="operation">What the error names first.</param>
    /// <param name="start">Flat position of the first value.</param>
    /// <exception cref="ArgumentException">A value is too large.</exception>
    public void CheckValues(ReadOnlySpan<float> values, string operation, long start = 0)
    {
        float largest = _rows.Largest;
        if (largest == float.MaxValue) return;
        for (int i = 0; i < values.Length; i++)
            Require.That(!(MathF.Abs(values[i]) > largest) || !float.IsFinite(values[i]),
                $"{operation}: value {values[i]} at [{(start + i) / Dim}, {(start + i) % Dim}] of '{Name}', whose rows are kept as {Storage}: beyond {largest} they hold infinity. Scale the values down, or keep the rows as BFloat16 or Float32", nameof(values));
    }

    /// <summary>Rows that are more than all memory are refused before any is asked for; pages that are never written cost nothing, so what is free now does not count.</summary>
    static void CheckMemory(string name, long count, int dim, RowStorage storage)
    {
        if ((Int128)count * dim * RowStore.BytesPerValue(storage) > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) throw NoMemory(name, count, dim, storage, null);
    }

    static OutOfMemoryException NoMemory(string name, long count, int dim, RowStorage storage, Exception? fault)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        int bytes = RowStore.BytesPerValue(storage);
        return new($"{name}: {count} rows × {dim} values take {(Int128)count * dim * bytes} bytes, and this process can have {available}; at most {available / bytes / dim} rows of {dim} values would fit, fewer beside an optimizer's state"
            + (bytes > 2 ? "; kept as BFloat16, rows take half." : "."), fault);
    }

    /// <summary>Refuses an optimizer's state that does not fit in memory alongside the rows, before any of it is allocated.</summary>
    internal void CheckStateMemory(string rule, long bytesPerRow)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        Int128 rows = (Int128)Count * Dim * RowStore.BytesPerValue(Storage), state = (Int128)Count * bytesPerRow;
        if (rows + state > available)
            throw new OutOfMemoryException($"{Name}: the state of {rule} takes {state} bytes ({bytesPerRow} per row) in addition to "
                + $"{rows} bytes of rows, but this process can have {available}. "
                + "RowWiseAdagrad and RowWiseAdam keep less state per row, and Sgd without momentum keeps none; "
                + "exact mode adds 8 bytes per row if the rule moves rows without a gradient.");
    }

    void CheckValueRange(long start, int length, string operation) => Require.InRange(start >= 0 && start <= Count * Dim - length,
        $"{operation}: values {start} to {start + length} of '{Name}' with {Count} rows × {Dim}", nameof(start));

    internal void CheckRow(long row, string operation) =>
        Require.InRange((ulong)row < (ulong)Count, $"{operation}: row {row} is outside '{Name}' with {Count} rows; rows run from 0 to {Count - 1}", nameof(row));

    void CheckRange(long from, long to, string operation) => Require.InRange(from >= 0 && from <= to && to <= Count,
        $"{operation}: rows {from} to {to} of '{Name}'; ranges lie within 0 to {Count}", nameof(from));

    void ThrowOutside(long id, long position, string operation, Func<long, string>? place) =>
        throw new ArgumentOutOfRangeException("ids", id,
            $"{operation}: id {id} at {place?.Invoke(position) ?? $"[{position}]"} is outside '{Name}' with {Count} rows; ids run from 0 to {Count - 1}.");

}

/// <summary>Writes the values of a row.</summary>
/// <param name="row">The row.</param>
/// <param name="values">Its values [dim].</param>
public delegate void RowInitializer(long row, Span<float> values);
