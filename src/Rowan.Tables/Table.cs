using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

/// <summary>
/// Rows that learn: count × dim weights by 64-bit row, their gradient by row, and what an optimizer still owes them.
/// </summary>
/// <remarks>
/// Arithmetic is float32; <see cref="RowStorage"/> says how a row is kept.
/// A table is not a tensor: no operation over a batch costs or allocates in proportion to its rows. Reading a row first brings it up
/// to date, where an optimizer in exact mode has put off its movement (<see cref="RowUpdates.Exact"/>).
/// Reads may run on several threads at once when nothing is owed (after <see cref="Values"/>); reads beside writes may not.
/// </remarks>
public sealed class Table : ILearnable
{
    internal const long GatherGrain = 2_048;

    readonly RowStore _rows;
    IRowsOwed? _owed;

    /// <summary>A table of zeros.</summary>
    /// <param name="count">Rows, at least 1.</param>
    /// <param name="dim">Values a row, at least 1.</param>
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
        RoundingSeed = 0;
        Gradient = new RowGradient(this);
    }

    /// <summary>What errors call the table.</summary>
    public string Name { get; }

    /// <summary>Rows.</summary>
    public long Count => _rows.Rows;

    /// <summary>Values a row.</summary>
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

    /// <summary>What backward passes left since the last <see cref="ZeroGrad"/>.</summary>
    public RowGradient Gradient { get; }

    /// <summary>One row [dim], up to date, as a lookup sees it. Of float32 rows the span shows later changes of the row; of others it is a new array.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row is negative or not below <see cref="Count"/>.</exception>
    public ReadOnlySpan<float> this[long row] => ReadRow(row, _rows.Floats is null ? new float[Dim] : []);

    /// <summary>One row [dim], up to date, as a lookup sees it: float32 rows where they lie, others in the room given.</summary>
    /// <param name="row">The row.</param>
    /// <param name="room">Room for a row [dim]; not used where rows are float32.</param>
    /// <exception cref="ArgumentOutOfRangeException">The row is negative or not below <see cref="Count"/>.</exception>
    /// <exception cref="ArgumentException">The room is needed, and not dim long.</exception>
    public ReadOnlySpan<float> ReadRow(long row, Span<float> room)
    {
        CheckRow(row, "Row");
        _owed?.BringUpToDate([row]);
        if (_rows.Floats is { } floats) return floats[row];
        Require.That(room.Length == Dim, $"ReadRow: room for {room.Length} values of a row of '{Name}' with dim {Dim}", nameof(room));
        _rows.Gather([row], room);
        return room;
    }

    /// <summary>The memory of float32 rows, brought up to date, in order; large tables lie in several pieces.</summary>
    /// <exception cref="InvalidOperationException">Rows are kept otherwise.</exception>
    public IReadOnlyList<Memory<float>> Values
    {
        get
        {
            RowMemory<float> floats = Floats("Values");
            _owed?.BringAllUpToDate();
            return floats.Pieces();
        }
    }

    /// <inheritdoc/>
    /// <remarks>Of split rows it reads all bits, where lookups read the high half.</remarks>
    public void ReadValues(long start, Span<float> into)
    {
        CheckValueRange(start, into.Length, "ReadValues");
        _owed?.BringAllUpToDate();
        _rows.Read(start, into);
    }

    /// <inheritdoc/>
    public void WriteValues(long start, ReadOnlySpan<float> values)
    {
        CheckValueRange(start, values.Length, "WriteValues");
        CheckValues(values, "WriteValues", start);
        _owed?.BringAllUpToDate();
        _rows.Write(start, values);
    }

    /// <summary>The array under a table of float32 rows, where all of it lies in one, and where row 0 starts: to share memory with a tensor.</summary>
    /// <exception cref="InvalidOperationException">The table is larger than one array holds, or its rows are kept otherwise.</exception>
    public ArraySegment<float> AsArray()
    {
        RowMemory<float> floats = Floats("AsArray");
        Require.State(floats.Chunks == 1, $"{Name}: {Count} rows × {Dim} values lie in {floats.Chunks} arrays; a table this large can't be used as one dense tensor: look rows up instead");
        _owed?.BringAllUpToDate();
        (float[] array, int start) = floats.Under(0);
        return new ArraySegment<float>(array, start, checked((int)(Count * Dim)));
    }

    /// <summary>Copies row ids[i] to into[i].</summary>
    /// <param name="ids">Rows [n].</param>
    /// <param name="into">Copies [n, dim].</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    public void Gather(ReadOnlyMemory<long> ids, Memory<float> into)
    {
        Require.That(into.Length == (long)ids.Length * Dim, $"Gather: {ids.Length} ids of '{Name}' with dim {Dim} need {(long)ids.Length * Dim} values, not {into.Length}", nameof(into));
        CheckIds(ids, "Gather");
        _owed?.BringUpToDate(ids.Span);
        long start = Counters.Start();
        var range = new GatherRange(_rows, ids, into);
        if (ids.Length <= GatherGrain) range.Run(0, ids.Length);
        else Workers.For(ids.Length, GatherGrain, range);
        Counters.Phase("lookup", Name, start);
        Counters.Read(Name, ids.Length, RowBytes);
    }

    /// <summary>Bag sums:  into[b] = Σ w[ids[i]] over i in [starts[b], starts[b + 1]), divided by the entries of the bag for a mean.</summary>
    /// <param name="ids">Rows [n].</param>
    /// <param name="starts">Where each bag starts, and n at the end: [bags + 1] values that never fall.</param>
    /// <param name="scale">What each entry is multiplied by [n]; empty for 1.</param>
    /// <param name="mean">Divide each sum by the number of its entries. An empty bag is zeros either way.</param>
    /// <param name="into">Sums [bags, dim].</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    public void SumBags(ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> scale, bool mean, Memory<float> into)
    {
        int bags = starts.Length - 1;
        Require.That(into.Length == (long)bags * Dim, $"SumBags: {bags} bags of '{Name}' with dim {Dim} need {(long)bags * Dim} values, not {into.Length}", nameof(into));
        CheckIds(ids, "SumBags");
        ForBags("bag", ids, bags, new BagRange(_rows, ids, starts, scale, mean, into, Dim));
    }

    /// <summary>The largest of each value of a bag's rows:  into[b, d] = max w[ids[i], d] over i in [starts[b], starts[b + 1]), zeros of an empty bag.</summary>
    /// <remarks>As in PyTorch a NaN in the first place of a bag stays, and one in a later place is passed over.</remarks>
    /// <param name="ids">Rows [n].</param>
    /// <param name="starts">Where each bag starts, and n at the end: [bags + 1] values that never fall.</param>
    /// <param name="into">The largest values [bags, dim].</param>
    /// <param name="places">Where in its bag each of them first stands, counted from 0 [bags, dim]; those of an empty bag stay as they are. Empty where nobody asks.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    /// <exception cref="ArgumentException">There is no room for the values or the places, or a bag has more entries than a float counts.</exception>
    public void MaxBags(ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, Memory<float> into, Memory<float> places = default)
    {
        int bags = starts.Length - 1;
        Require.That(into.Length == (long)bags * Dim && (places.IsEmpty || places.Length == into.Length), $"MaxBags: {bags} bags of '{Name}' with dim {Dim} need {(long)bags * Dim} values and as many places, not {into.Length} and {places.Length}", nameof(into));
        const int Counted = 1 << 24;
        for (int bag = 0; bag < bags && !places.IsEmpty && ids.Length > Counted; bag++)
            Require.That(starts.Span[bag + 1] - starts.Span[bag] <= Counted, $"MaxBags: bag {bag} of '{Name}' has {starts.Span[bag + 1] - starts.Span[bag]} entries; places are floats, which count up to {Counted}", nameof(starts));
        CheckIds(ids, "MaxBags");
        ForBags("bag", ids, bags, new BagRows.Largest(_rows, ids, starts, into, places));
    }

    /// <summary>The product of each entry's row with its bag's vector:  into[i] = w[ids[i]] · vectors[b·stride …] for i in [starts[b], starts[b + 1]): what the weights of a weighted sum learn by.</summary>
    /// <param name="ids">Rows [n].</param>
    /// <param name="starts">Where each bag starts, and n at the end: [bags + 1] values that never fall.</param>
    /// <param name="vectors">A vector for each bag.</param>
    /// <param name="stride">Values from one vector to the next.</param>
    /// <param name="into">The products [n].</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    /// <exception cref="ArgumentException">A vector is missing, or there is no room for the products.</exception>
    public void DotBags(ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> vectors, int stride, Memory<float> into)
    {
        int bags = starts.Length - 1;
        Require.That(into.Length == ids.Length && stride >= Dim && (bags == 0 || vectors.Length >= (bags - 1L) * stride + Dim),
            $"DotBags: {bags} bags of {ids.Length} entries of '{Name}' with dim {Dim} need {ids.Length} values, not {into.Length}, and as many vectors, {stride} values apart, not {vectors.Length} values", nameof(into));
        CheckIds(ids, "DotBags");
        ForBags("weight-gradient", ids, bags, new BagRows.Products(_rows, ids, starts, vectors, stride, into));
    }

    void ForBags<TBody>(string phase, ReadOnlyMemory<long> ids, int bags, TBody body) where TBody : struct, IRangeBody
    {
        _owed?.BringUpToDate(ids.Span);
        long time = Counters.Start();
        Workers.For(bags, Math.Max(1, GatherGrain * bags / Math.Max(1, ids.Length)), body);
        Counters.Phase(phase, Name, time);
        Counters.Read(Name, ids.Length, RowBytes);
    }

    /// <summary>The same for one table among many, whose ids are checked and up to date.</summary>
    internal BagRange Bags(in BagSum sum) => new(_rows, sum.Ids, sum.Starts, sum.Scale, sum.Mean, sum.Into, sum.Stride);

    /// <summary>Bytes of a row's weights.</summary>
    internal long RowBytes => (long)Dim * RowStore.BytesPerValue(Storage);

    internal void BringUpToDate(ReadOnlySpan<long> ids) => _owed?.BringUpToDate(ids);

    /// <summary>Freezes rows from ≤ row &lt; to: they receive no gradient, and neither they nor their optimizer's state move.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the table.</exception>
    public void FreezeRows(long from, long to)
    {
        CheckRange(from, to, "FreezeRows");
        _owed?.BringAllUpToDate();
        FrozenRows.Add(from, to);
    }

    /// <summary>Freezes rows by id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is frozen.</exception>
    public void FreezeRows(params ReadOnlySpan<long> ids)
    {
        CheckIds(ids, "FreezeRows");
        _owed?.BringAllUpToDate();
        foreach (long id in ids) FrozenRows.Add(id, id + 1);
    }

    /// <summary>Lets rows from ≤ row &lt; to learn again; they miss no steps: those that passed while they were frozen never reach them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the table.</exception>
    public void ThawRows(long from, long to)
    {
        CheckRange(from, to, "ThawRows");
        _owed?.BringAllUpToDate();
        FrozenRows.Remove(from, to);
    }

    /// <summary>Makes the table longer. Rows keep their values and their optimizer's state; new ones begin with fresh state.</summary>
    /// <param name="count">Rows from now on; not fewer than there are.</param>
    /// <param name="fill">Writes the values of a new row [dim]; null for zeros.</param>
    /// <remarks>Costs the new rows, and a copy of the last piece of memory (at most 1 GiB). Spans, memory and tensors taken from the table before show the old rows only.</remarks>
    /// <exception cref="OutOfMemoryException">The rows do not fit into memory; nothing has changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number is below <see cref="Count"/>; rows are never dropped, because their ids would point elsewhere.</exception>
    public void Grow(long count, RowInitializer? fill = null)
    {
        Require.InRange(count >= Count, $"Grow: '{Name}' has {Count} rows, and cannot shrink to {count}; make a new table of the rows to keep", nameof(count));
        CheckMemory(Name, count, Dim, Storage);
        long before = Count;
        _owed?.BringAllUpToDate();
        _rows.Grow(count);
        var room = new float[_rows.Floats is null ? Dim : 0];
        for (long row = before; row < count && fill is not null; row++)
        {
            Span<float> values = _rows.Open(row, room);
            fill(row, values);
            CheckValues(values, "Grow", row * Dim);
            _rows.Close(row, values, Rounding.Nearest);
        }
    }

    /// <summary>Writes one row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row is outside the table.</exception>
    /// <exception cref="ArgumentException">The values are not dim many, or one is finite and infinite as it is kept.</exception>
    public void Write(long row, ReadOnlySpan<float> values)
    {
        CheckRow(row, "Write");
        Require.That(values.Length == Dim, $"Write: {values.Length} values for a row of '{Name}' with dim {Dim}", nameof(values));
        CheckValues(values, "Write", row * Dim);
        _owed?.BringUpToDate([row]);
        _rows.Close(row, values, Rounding.Nearest);
    }

    /// <summary>Writes all rows.</summary>
    /// <param name="values">The rows one after another [count · dim].</param>
    /// <exception cref="ArgumentException">The length is not count · dim, or a value is finite and infinite as it is kept; nothing is written.</exception>
    public void CopyFrom(ReadOnlySpan<float> values)
    {
        Require.That(values.Length == Count * Dim, $"CopyFrom: {values.Length} values for '{Name}' of {Count} rows × {Dim} = {Count * Dim}", nameof(values));
        WriteValues(0, values);
    }

    /// <summary>
    /// Shrinks each distinct row named, once, whose p-norm n exceeds a maximum:  w ← w · max / (n + 10⁻⁷).  PyTorch's rule for
    /// <c>max_norm</c>; the norm in float32, the factor in double, rounded to float32. Narrow rows are rounded toward zero, so that the bound holds.
    /// </summary>
    /// <param name="ids">Rows to look at; all are checked before one is changed.</param>
    /// <param name="maxNorm">The largest norm left alone.</param>
    /// <param name="p">Which norm; see <see cref="RowMath.Norm"/>.</param>
    public void Renormalize(ReadOnlySpan<long> ids, float maxNorm, float p)
    {
        CheckIds(ids, "Renormalize");
        _owed?.BringUpToDate(ids);
        using var sorted = new SortedRows(ids, Count);
        SortedRows.Keys keys = sorted.All;
        Span<float> room = RowRoom.Floats(Dim);
        for (int entry = 0; entry < keys.Count; entry = keys.EndOfRow(entry))
        {
            Span<float> row = _rows.Open(keys.Row(entry), room);
            float norm = RowMath.Norm(row, p);
            if (!(norm > maxNorm)) continue;
            RowMath.Scale(row, (float)(maxNorm / (norm + 1e-7)));
            _rows.Close(keys.Row(entry), row, Rounding.TowardZero);
        }
    }

    /// <summary>How often each id occurs among all of them: what <c>scale_grad_by_freq</c> divides by.</summary>
    /// <param name="ids">Ids [n], checked before.</param>
    /// <param name="into">For each position, the count of its id [n].</param>
    public void Frequencies(ReadOnlySpan<long> ids, Span<long> into)
    {
        CheckIds(ids, "Frequencies");
        using var sorted = new SortedRows(ids, Count);
        SortedRows.Keys keys = sorted.All;
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
        int outside = RowBlocks.FirstOutside(ids, Count);
        if (outside >= 0) ThrowOutside(ids[outside], outside, operation, place);
    }

    /// <inheritdoc cref="CheckIds(ReadOnlySpan{long}, string, Func{long, string}?)"/>
    /// <remarks>Many ids are checked on all threads.</remarks>
    public void CheckIds(ReadOnlyMemory<long> ids, string operation, Func<long, string>? place = null)
    {
        int outside = RowBlocks.FirstOutside(ids, Count);
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

    /// <summary>Refuses an optimizer's state that does not fit beside the rows, before any of it is asked for.</summary>
    internal void CheckStateMemory(string rule, long bytesPerRow)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        Int128 rows = (Int128)Count * Dim * RowStore.BytesPerValue(Storage), state = (Int128)Count * bytesPerRow;
        if (rows + state > available)
            throw new OutOfMemoryException($"{Name}: the state of {rule} takes {state} bytes ({bytesPerRow} a row) beside {rows} bytes of rows, and this process can have {available}. "
                + "RowWiseAdagrad and RowWiseAdam keep less a row, Sgd without momentum nothing; exact mode keeps 8 bytes a row where rules move rows at rest.");
    }

    RowMemory<float> Floats(string operation)
    {
        Require.State(_rows.Floats is not null, $"{operation}: rows of '{Name}' are kept as {Storage}, so there are no floats to share; look rows up, or copy with ReadValues");
        return _rows.Floats;
    }

    void CheckValueRange(long start, int length, string operation) => Require.InRange(start >= 0 && start <= Count * Dim - length,
        $"{operation}: values {start} to {start + length} of '{Name}' with {Count} rows × {Dim}", nameof(start));

    internal void CheckRow(long row, string operation) =>
        Require.InRange((ulong)row < (ulong)Count, $"{operation}: row {row} is outside '{Name}' with {Count} rows; rows run from 0 to {Count - 1}", nameof(row));

    void CheckRange(long from, long to, string operation) => Require.InRange(from >= 0 && from <= to && to <= Count,
        $"{operation}: rows {from} to {to} of '{Name}'; ranges lie within 0 to {Count}", nameof(from));

    /// <summary>Hands what is owed to the rows to another optimizer's state; the one before pays first.</summary>
    internal void Owe(IRowsOwed owed)
    {
        if (_owed == owed) return;
        _owed?.BringAllUpToDate();
        _owed = owed;
    }

    void ThrowOutside(long id, long position, string operation, Func<long, string>? place) =>
        throw new ArgumentOutOfRangeException("ids", id,
            $"{operation}: id {id} at {place?.Invoke(position) ?? $"[{position}]"} is outside '{Name}' with {Count} rows; ids run from 0 to {Count - 1}.");

    internal readonly struct BagRange(
        RowStore rows, ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> scale, bool mean, Memory<float> into, int stride) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int first = (int)from, bags = (int)(to - from);
            if (bags <= 0) return;
            rows.SumBags(ids.Span, starts.Span.Slice(first, bags + 1), scale.Span, mean, into.Span[(first * stride)..], stride);
        }
    }

    readonly struct GatherRange(RowStore rows, ReadOnlyMemory<long> ids, Memory<float> into) : IRangeBody
    {
        readonly bool _streams = (long)into.Length * sizeof(float) >= RowBlocks.StreamsFrom;

        public void Run(long from, long to) =>
            rows.Gather(ids.Span[(int)from..], into.Span.Slice((int)(from * rows.Dim), (int)((to - from) * rows.Dim)), _streams);
    }
}

/// <summary>Writes the values of a row.</summary>
/// <param name="row">The row.</param>
/// <param name="values">Its values [dim].</param>
public delegate void RowInitializer(long row, Span<float> values);

/// <summary>An optimizer's state that still owes movement to rows.</summary>
interface IRowsOwed
{
    void BringUpToDate(ReadOnlySpan<long> ids);

    void BringAllUpToDate();
}
