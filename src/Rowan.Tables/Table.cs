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
public sealed partial class Table : ILearnable, IFactoredLearnable
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
        : this(count, dim, name, storage, RowBackEnd.Managed) { }

    internal Table(long count, int dim, string name, RowStorage storage, RowBackEnd backEnd)
    {
        Require.InRange(count > 0, $"{name}: {count} rows; a table has at least one row", nameof(count));
        Require.InRange(dim > 0, $"{name}: rows of {dim} values; a row has at least one", nameof(dim));
        Require.InRange(Enum.IsDefined(storage), $"{name}: storage {storage}; it is Float32, BFloat16, Float16 or SplitBFloat16",
            nameof(storage));
        Name = name;
        CheckMemory(name, count, dim, storage);
        try { _rows = RowStore.Of(storage, count, dim, backEnd); }
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
    /// Seed of the random bits that round moved rows of <see cref="RowStorage.BFloat16"/> and <see cref="RowStorage.Float16"/>: a pure
    /// function of seed, name, step, row and column, so that a run that was saved, begun anew with the same seed and name and loaded,
    /// goes on to the same bits.
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

    /// <summary>
    /// Counts the changes of the rows: steps, writes, and rows that <c>MaxNorm</c> shrank. Applying deferred updates is none, because
    /// rows are read as if they were applied; a new row is
    /// none either. Writing through <see cref="Values"/> is not seen.
    /// </summary>
    internal ValueVersion Version { get; }

    /// <summary>What backward passes left since the last <see cref="ZeroGrad"/>.</summary>
    public SparseGradient Gradient { get; }

    /// <inheritdoc/>
    public void ZeroGrad() => Gradient.Clear();

    /// <inheritdoc/>
    public IUpdater<TRule> Updater<TRule>(RowUpdates rows) where TRule : struct, IUpdateRule<TRule> =>
        new RowUpdater<TRule>(this, _rows, rows);

    IUpdater<AdafactorRule> IFactoredLearnable.FactoredUpdater(RowUpdates rows) => new TableAdafactor(this, _rows, rows);

    /// <inheritdoc/>
    public Memory<float> GradientValues => Frozen ? default : Gradient.Coalesce().Rows;
}

/// <summary>Writes the values of a row.</summary>
/// <param name="row">The row.</param>
/// <param name="values">Its values [dim].</param>
public delegate void RowInitializer(long row, Span<float> values);
