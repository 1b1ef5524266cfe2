using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

// What reads rows. Each holds the guard as a reader and stores nothing, unless a lookup that learns asks for that.
public sealed partial class Table
{
    /// <summary>One row [dim], up to date, as a lookup sees it.</summary>
    /// <remarks>
    /// Of float32 rows the span is the table's memory and shows later changes; of others, and of a row that has deferred updates, it is a
    /// new array. Next to a
    /// thread that trains use <see cref="ReadRow"/>, which copies whole rows.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The row is negative or not below <see cref="Count"/>.</exception>
    public ReadOnlySpan<float> this[long row]
    {
        get
        {
            CheckRow(row, "Row");
            if (_rows.Floats is { } floats)
            {
                using TableGuard.Hold reader = _guard.Read();
                if (_deferred is not { Any: true } || !_deferred.IsBehind(row)) return floats[row];
            }
            return ReadRow(row, new float[Dim]);
        }
    }

    /// <summary>Copies one row [dim], up to date, as a lookup sees it.</summary>
    /// <param name="row">The row.</param>
    /// <param name="into">The copy [dim].</param>
    /// <returns>The copy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The row is negative or not below <see cref="Count"/>.</exception>
    /// <exception cref="ArgumentException">The destination is not dim long.</exception>
    public ReadOnlySpan<float> ReadRow(long row, Span<float> into)
    {
        CheckRow(row, "ReadRow");
        Require.That(into.Length == Dim, 
            $"ReadRow: a destination of {into.Length} values for a row of '{Name}' with dim {Dim}", nameof(into));
        using TableGuard.Hold reader = _guard.Read();
        if (_deferred is { Any: true } deferred && deferred.IsBehind(row))
        {
            deferred.UpToDate(row, into);
            _rows.RoundAsLookedUp(row, into, deferred.Rounding);
        }
        else _rows.Gather([row], into);
        return into;
    }

    /// <summary>
    /// The memory of float32 rows, brought up to date, in order; large tables lie in several pieces. What is written through it changes
    /// no <see cref="Version"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">Rows are kept otherwise.</exception>
    public IReadOnlyList<Memory<float>> Values
    {
        get
        {
            RowMemory<float> floats = Floats("Values");
            ApplyDeferredUpdates();
            using TableGuard.Hold reader = _guard.Read();
            return floats.Pieces();
        }
    }

    /// <inheritdoc/>
    /// <remarks>Of split rows it reads all bits, where lookups read the high half.</remarks>
    public void ReadValues(long start, Span<float> into)
    {
        CheckValueRange(start, into.Length, "ReadValues");
        using TableGuard.Hold reader = _guard.Read();
        _rows.Read(start, into);
        if (_deferred is not { Any: true } deferred || into.IsEmpty) return;
        var values = new float[Dim];
        for (long row = start / Dim; row * Dim < start + into.Length; row++)
        {
            if (!deferred.IsBehind(row)) continue;
            deferred.UpToDate(row, values);
            _rows.Round(row, values, deferred.Rounding);
            long from = Math.Max(start, row * Dim), to = Math.Min(start + into.Length, (row + 1) * Dim);
            values.AsSpan((int)(from - row * Dim), (int)(to - from)).CopyTo(into[(int)(from - start)..]);
        }
    }

    /// <summary>
    /// The array under a table of float32 rows, where all of it lies in one, and where row 0 starts: to share memory with a tensor.
    /// </summary>
    /// <exception cref="InvalidOperationException">The table is larger than one array holds, or its rows are kept otherwise.</exception>
    public ArraySegment<float> AsArray()
    {
        RowMemory<float> floats = Floats("AsArray");
        Require.State(floats.Chunks == 1,
            $"{Name}: {Count} rows × {Dim} values lie in {floats.Chunks} arrays; "
            + $"a table this large can't be used as one dense tensor: look rows up instead");
        ApplyDeferredUpdates();
        using TableGuard.Hold reader = _guard.Read();
        (float[] array, int start) = floats.Under(0);
        return new ArraySegment<float>(array, start, checked((int)(Count * Dim)));
    }

    /// <summary>
    /// Keeps steps, writes and growth by other threads out until it is disposed, and brings all rows up to date first: to read shared
    /// memory (<see cref="Values"/>, <see cref="AsArray"/>) while
    /// another thread trains. Lookups by other threads go on. Writing to the table within it throws.
    /// </summary>
    public TableReadLock LockForReading()
    {
        while (true)
        {
            ApplyDeferredUpdates();
            TableGuard.Hold reader = _guard.Read();
            if (_deferred is not { Any: true }) return new TableReadLock(_guard, reader);
            // A step came between.
            reader.Dispose();
        }
    }

    /// <inheritdoc/>
    public void ApplyDeferredUpdates()
    {
        if (Volatile.Read(ref _deferred) is not { Any: true }) return;
        using TableGuard.Hold writer = HoldToWrite("ApplyDeferredUpdates");
        _deferred?.ApplyAll();
    }

    /// <summary>Copies row ids[i] to into[i].</summary>
    /// <param name="ids">Rows [n].</param>
    /// <param name="into">Copies [n, dim].</param>
    /// <param name="store">Whether rows that have deferred updates are also stored up to date, as lookups that learn do: the step that
    /// follows would otherwise compute them again.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    public void Gather(ReadOnlyMemory<long> ids, Memory<float> into, bool store = false)
    {
        Require.That(into.Length == (long)ids.Length * Dim,
            $"Gather: {ids.Length} ids of '{Name}' with dim {Dim} need {(long)ids.Length * Dim} values, not {into.Length}", nameof(into));
        CheckIds(ids, "Gather");
        GatherChecked(ids, into, store);
    }

    /// <summary>The same for ids that <see cref="CheckIds(ReadOnlyMemory{long}, string, Func{long, string}?)"/> has checked, and a
    /// destination of the right length.</summary>
    internal void GatherChecked(ReadOnlyMemory<long> ids, Memory<float> into, bool store)
    {
        long start = Counters.Start();
        if (ids.Length <= GatherGrain && _deferred is null && _guard.TryEnterAsOwner())
        {
            // A few rows, of a table that only this thread uses.
            try { _rows.Gather(ids.Span, into.Span); }
            finally { _guard.LeaveAsOwner(); }
            Counters.Phase("lookup", Name, start);
            Counters.Read(Name, ids.Length, RowBytes);
            return;
        }
        using RowLookup lookup = Look(ids, store);
        start = Counters.Start();
        var range = new GatherRange(lookup.Rows, lookup.Ids, into);
        if (ids.Length <= GatherGrain) range.Run(0, ids.Length);
        else Workers.For(ids.Length, GatherGrain, range);
        Counters.Phase("lookup", Name, start);
        Counters.Read(Name, ids.Length, RowBytes);
    }

    /// <summary>
    /// Bag sums:  into[b] = Σ w[ids[i]] over i in [starts[b], starts[b + 1]), divided by the entries of the bag for a mean.
    /// </summary>
    /// <param name="ids">Rows [n].</param>
    /// <param name="starts">Bag offsets, non-decreasing, with n at the end [bags + 1].</param>
    /// <param name="scale">What each entry is multiplied by [n]; empty for 1.</param>
    /// <param name="mean">Divide each sum by the number of its entries. An empty bag is zeros either way.</param>
    /// <param name="into">Sums [bags, dim].</param>
    /// <param name="store">Whether rows that have deferred updates are also stored up to date; see <see cref="Gather"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    public void SumBags(
        ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> scale, bool mean, Memory<float> into,
        bool store = false)
    {
        int bags = starts.Length - 1;
        Require.That(into.Length == (long)bags * Dim,
            $"SumBags: {bags} bags of '{Name}' with dim {Dim} need {(long)bags * Dim} values, not {into.Length}", nameof(into));
        CheckIds(ids, "SumBags");
        using RowLookup lookup = Look(ids, store);
        ForBags("bag", ids.Length, bags, new BagRange(lookup.Rows, lookup.Ids, starts, scale, mean, into, Dim));
    }

    /// <summary>
    /// The element-wise maximum of each bag's rows:  into[b, d] = max w[ids[i], d] over i in [starts[b], starts[b + 1]); zeros for an
    /// empty bag.
    /// </summary>
    /// <remarks>As in PyTorch, a NaN in the first entry of a bag is kept, and a NaN in a later entry is ignored.</remarks>
    /// <param name="ids">Rows [n].</param>
    /// <param name="starts">Bag offsets, non-decreasing, with n at the end [bags + 1].</param>
    /// <param name="into">The largest values [bags, dim].</param>
    /// <param name="places">Index within the bag of each maximum (argmax) [bags, dim]; not written for an empty bag.
    /// Optional.</param>
    /// <param name="store">Whether rows that have deferred updates are also stored up to date; see <see cref="Gather"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    /// <exception cref="ArgumentException">A destination has the wrong length, or a bag has more entries than a float counts.</exception>
    public void MaxBags(
        ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, Memory<float> into, Memory<float> places = default, bool store = false)
    {
        int bags = starts.Length - 1;
        Require.That(into.Length == (long)bags * Dim && (places.IsEmpty || places.Length == into.Length),
            $"MaxBags: {bags} bags of '{Name}' with dim {Dim} need {(long)bags * Dim} values and as many "
            + $"places, not {into.Length} and {places.Length}", nameof(into));
        const int Counted = 1 << 24;
        for (int bag = 0; bag < bags && !places.IsEmpty && ids.Length > Counted; bag++)
            Require.That(starts.Span[bag + 1] - starts.Span[bag] <= Counted,
                $"MaxBags: bag {bag} of '{Name}' has {starts.Span[bag + 1] - starts.Span[bag]} entries; "
                + $"places are floats, which count up to {Counted}", nameof(starts));
        CheckIds(ids, "MaxBags");
        using RowLookup lookup = Look(ids, store);
        ForBags("bag", ids.Length, bags, new BagLoops.Largest(lookup.Rows, lookup.Ids, starts, into, places));
    }

    /// <summary>
    /// The product of each entry's row with its bag's vector:  into[i] = w[ids[i]] · vectors[b·stride …] for i in [starts[b], starts[b +
    /// 1]): the gradient of
    /// the weights of a weighted sum.
    /// </summary>
    /// <param name="ids">Rows [n].</param>
    /// <param name="starts">Bag offsets, non-decreasing, with n at the end [bags + 1].</param>
    /// <param name="vectors">A vector for each bag.</param>
    /// <param name="stride">Values from one vector to the next.</param>
    /// <param name="into">The products [n].</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    /// <exception cref="ArgumentException">A vector is missing, or the destination has the wrong length.</exception>
    public void DotBags(
        ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> vectors, int stride, Memory<float> into)
    {
        int bags = starts.Length - 1;
        Require.That(into.Length == ids.Length && stride >= Dim && (bags == 0 || vectors.Length >= (bags - 1L) * stride + Dim),
            $"DotBags: {bags} bags of {ids.Length} entries of '{Name}' with dim {Dim} need {ids.Length} values, "
            + $"not {into.Length}, and as many vectors, {stride} values apart, not {vectors.Length} values", nameof(into));
        CheckIds(ids, "DotBags");
        using RowLookup lookup = Look(ids, store: false);
        ForBags("weight-gradient", ids.Length, bags, new BagLoops.Products(lookup.Rows, lookup.Ids, starts, vectors, stride, into));
    }

    void ForBags<TBody>(string phase, int ids, int bags, TBody body) where TBody : struct, IRangeBody
    {
        long time = Counters.Start();
        Workers.For(bags, Math.Max(1, GatherGrain * bags / Math.Max(1, ids)), body);
        Counters.Phase(phase, Name, time);
        Counters.Read(Name, ids, RowBytes);
    }

    /// <summary>Holds the table for a lookup: as a reader, or where rows are stored up to date first as a writer.</summary>
    RowLookup Look(ReadOnlyMemory<long> ids, bool store)
    {
        bool writes = store && Volatile.Read(ref _deferred) is { Any: true };
        TableGuard.Hold hold = writes ? HoldToWrite("Lookup") : _guard.Read();
        try
        {
            if (writes) _deferred!.Apply(ids.Span);
            return new RowLookup(hold, _rows, ids, writes ? null : _deferred);
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>The same for one table among several, whose guards are held.</summary>
    internal RowLookup Held(ReadOnlyMemory<long> ids) => new(null, _rows, ids, _deferred);

    /// <summary>Stores rows up to date.</summary>
    internal void Apply(ReadOnlySpan<long> ids)
    {
        if (Volatile.Read(ref _deferred) is not { Any: true }) return;
        using TableGuard.Hold writer = HoldToWrite("Lookup");
        _deferred!.Apply(ids);
    }

    internal TableGuard Guard => _guard;

    /// <summary>Bytes of a row's weights.</summary>
    internal long RowBytes => (long)Dim * RowStore.BytesPerValue(Storage);

    RowMemory<float> Floats(string operation)
    {
        Require.State(_rows.Floats is not null,
            $"{operation}: rows of '{Name}' are kept as {Storage}, so there are no floats to share; "
            + $"look rows up, or copy with ReadValues");
        return _rows.Floats;
    }

    internal readonly struct BagRange(
        RowReader rows, ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> scale, bool mean, Memory<float> into,
        int stride) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int first = (int)from, bags = (int)(to - from);
            if (bags <= 0) return;
            rows.SumBags(ids.Span, starts.Span.Slice(first, bags + 1), scale.Span, mean, into.Span[(first * stride)..], stride);
        }
    }

    readonly struct GatherRange(RowReader rows, ReadOnlyMemory<long> ids, Memory<float> into) : IRangeBody
    {
        readonly bool _streams = (long)into.Length * sizeof(float) >= RowKernels.StreamsFrom;

        public void Run(long from, long to) =>
            rows.Gather(ids.Span[(int)from..], into.Span.Slice((int)(from * rows.Dim), (int)((to - from) * rows.Dim)), _streams);
    }
}
