using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

// Lookups: rows by id, with deferred updates applied.
public sealed partial class Table
{
    /// <summary>How often each id occurs among all of them: what <c>scale_grad_by_freq</c> divides by.</summary>
    /// <param name="ids">Ids [n].</param>
    /// <param name="into">For each position, the count of its id [n].</param>
    public void Frequencies(ReadOnlySpan<long> ids, Span<long> into)
    {
        CheckIds(ids, "Frequencies");
        CheckedFrequencies(ids, into);
    }

    /// <summary>The same for ids that were checked.</summary>
    internal void CheckedFrequencies(ReadOnlySpan<long> ids, Span<long> into)
    {
        using var sorted = new RadixSort(ids, Count);
        RadixSort.Keys keys = sorted.All;
        for (int start = 0, end; start < keys.Count; start = end)
        {
            end = keys.EndOfRow(start);
            for (int entry = start; entry < end; entry++) into[keys.Label(entry)] = end - start;
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
        Gather(Checked(ids, "Gather"), into, store);
    }

    /// <summary>The same for ids that were checked, and a destination of the right length.</summary>
    internal void Gather(CheckedIds ids, Memory<float> into, bool store)
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

    /// <summary>Holds the table for a lookup: as a reader, or where rows are stored up to date first as a writer.</summary>
    RowLookup Look(CheckedIds ids, bool store)
    {
        bool writes = store && Volatile.Read(ref _deferred) is { Any: true };
        TableGuard.Hold hold = writes ? HoldToWrite("Lookup") : _guard.Read();
        try
        {
            if (writes) _deferred!.Apply(ids.Span);
            return new RowLookup(hold, _rows, ids.Memory, writes ? null : _deferred);
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

    readonly struct GatherRange(RowReader rows, ReadOnlyMemory<long> ids, Memory<float> into) : IRangeBody
    {
        readonly bool _streams = (long)into.Length * sizeof(float) >= RowKernels.StreamsFrom;

        public void Run(long from, long to) =>
            rows.Gather(ids.Span[(int)from..], into.Span.Slice((int)(from * rows.Dim), (int)((to - from) * rows.Dim)), _streams);
    }

    /// <summary>
    /// Shrinks each distinct row named, once, whose p-norm n exceeds a maximum:  w ← w · max / (n + 10⁻⁷).  PyTorch's rule for
    /// <c>max_norm</c>; the norm in float32, the factor in double, rounded to float32. Narrow rows are rounded toward zero, so that the
    /// bound holds. Frozen rows
    /// (<see cref="FreezeRows(long, long)"/>) stay as they are.
    /// </summary>
    /// <param name="ids">Rows to look at; all are checked before one is changed.</param>
    /// <param name="maxNorm">The largest norm left alone.</param>
    /// <param name="p">Which norm; see <see cref="RowMath.Norm"/>.</param>
    /// <param name="store">Whether rows that have deferred updates are also stored up to date where they are not shrunk; see
    /// <see cref="Gather(ReadOnlyMemory{long}, Memory{float}, bool)"/>.</param>
    public void Renormalize(ReadOnlySpan<long> ids, float maxNorm, float p, bool store = false)
    {
        CheckIds(ids, "Renormalize");
        CheckedRenormalize(ids, maxNorm, p, store);
    }

    /// <summary>The same for ids that were checked.</summary>
    internal void CheckedRenormalize(ReadOnlySpan<long> ids, float maxNorm, float p, bool store)
    {
        if (!store && !AnyLonger(ids, maxNorm, p)) return;
        using var sorted = new RadixSort(ids, Count);
        using TableGuard.Hold writer = HoldToWrite("Renormalize");
        if (store) _deferred?.Apply(ids);
        RadixSort.Keys keys = sorted.All;
        Span<float> scratch = RowScratch.Floats(Dim);
        bool changed = false;
        for (int entry = 0; entry < keys.Count; entry = keys.EndOfRow(entry))
        {
            long id = keys.Row(entry);
            if (IsFrozen(id)) continue;
            if (!store) _deferred?.Apply([id]);
            Span<float> row = _rows.Open(id, scratch);
            float norm = RowMath.Norm(row, p);
            if (!(norm > maxNorm)) continue;
            RowMath.Scale(row, (float)(maxNorm / (norm + 1e-7)));
            _rows.Close(id, row, Rounding.TowardZero);
            changed = true;
        }
        if (changed) Version.Changed("a lookup with MaxNorm, which shrank rows");
    }

    /// <summary>Whether a row is to be shrunk: a reader finds out without keeping others out.</summary>
    bool AnyLonger(ReadOnlySpan<long> ids, float maxNorm, float p)
    {
        using TableGuard.Hold reader = _guard.Read();
        var copy = new float[Dim];
        foreach (long id in ids)
        {
            if (IsFrozen(id)) continue;
            Span<float> row = copy;
            if (_deferred is { Any: true } deferred && deferred.IsBehind(id))
            {
                deferred.UpToDate(id, copy);
                _rows.Round(id, copy, deferred.Rounding);
            }
            else row = _rows.Open(id, copy);
            if (RowMath.Norm(row, p) > maxNorm) return true;
        }
        return false;
    }

    /// <summary>
    /// Hands deferred updates to another optimizer's state; those of the one before are applied first. The table is held as a writer.
    /// </summary>
    internal void Defer(IDeferredUpdates? deferred)
    {
        if (_deferred == deferred) return;
        _deferred?.ApplyAll();
        Volatile.Write(ref _deferred, deferred);
    }
}
