using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

// What changes rows. Each holds the guard as a writer.
public sealed partial class Table
{
    /// <summary>Freezes rows from ≤ row &lt; to: they receive no gradient, and neither they nor their optimizer's state move.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the table.</exception>
    public void FreezeRows(long from, long to)
    {
        CheckRange(from, to, "FreezeRows");
        using TableGuard.Hold writer = HoldToWrite("FreezeRows");
        _deferred?.ApplyAll();
        FrozenRows.Add(from, to);
    }

    /// <summary>Freezes rows by id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is frozen.</exception>
    public void FreezeRows(params ReadOnlySpan<long> ids)
    {
        CheckIds(ids, "FreezeRows");
        using TableGuard.Hold writer = HoldToWrite("FreezeRows");
        _deferred?.ApplyAll();
        foreach (long id in ids) FrozenRows.Add(id, id + 1);
    }

    /// <summary>
    /// Lets rows from ≤ row &lt; to learn again; they miss no steps: those that passed while they were frozen never reach them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the table.</exception>
    public void ThawRows(long from, long to)
    {
        CheckRange(from, to, "ThawRows");
        using TableGuard.Hold writer = HoldToWrite("ThawRows");
        _deferred?.ApplyAll();
        FrozenRows.Remove(from, to);
    }

    /// <summary>Makes the table longer. Rows keep their values and their optimizer's state; new ones begin with fresh state.</summary>
    /// <param name="count">Rows from now on; not fewer than there are.</param>
    /// <param name="fill">Writes the values of a new row [dim]; null for zeros.</param>
    /// <remarks>
    /// Costs the new rows, and a copy of the last piece of memory (at most 1 GiB). Spans, memory and tensors taken from the table before
    /// show the old rows only.
    /// </remarks>
    /// <exception cref="OutOfMemoryException">The rows do not fit into memory; nothing has changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number is below <see cref="Count"/>; rows are never dropped, because their ids
    /// would point elsewhere.</exception>
    public void Grow(long count, RowInitializer? fill = null)
    {
        lock (_growing)
        {
            long before = Count;
            Require.InRange(count >= before,
                $"Grow: '{Name}' has {before} rows, and cannot shrink to {count}; make a new table of the rows to keep", nameof(count));
            CheckMemory(Name, count, Dim, Storage);
            using (HoldToWrite("Grow"))
            {
                _deferred?.ApplyAll();
                _rows.Grow(count);
            }
            // Nobody reaches the new rows yet, so they are filled while others read and train.
            if (fill is not null) Fill(before, count, fill);
            // As a writer, so that the number of rows is the same throughout a step.
            using (HoldToWrite("Grow")) Volatile.Write(ref _count, count);
        }
    }

    void Fill(long from, long to, RowInitializer fill)
    {
        var values = new float[Dim];
        long row = from;
        try
        {
            for (; row < to; row++)
            {
                Array.Clear(values);
                fill(row, values);
                CheckValues(values, "Grow", row * Dim);
                _rows.Close(row, values, Rounding.Nearest);
            }
        }
        catch
        {
            Array.Clear(values);
            for (long written = from; written < row; written++) _rows.Close(written, values, Rounding.Nearest);
            throw;
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
        using TableGuard.Hold writer = HoldToWrite("Write");
        _deferred?.Apply([row]);
        _rows.Close(row, values, Rounding.Nearest);
        Version.Changed("Table.Write");
    }

    /// <summary>Writes all rows.</summary>
    /// <param name="values">The rows one after another [count · dim].</param>
    /// <exception cref="ArgumentException">The length is not count · dim, or a value is finite and infinite as it is kept; nothing is
    /// written.</exception>
    public void CopyFrom(ReadOnlySpan<float> values)
    {
        Require.That(values.Length == Count * Dim,
            $"CopyFrom: {values.Length} values for '{Name}' of {Count} rows × {Dim} = {Count * Dim}", nameof(values));
        WriteValues(0, values);
    }

    /// <inheritdoc/>
    public void WriteValues(long start, ReadOnlySpan<float> values)
    {
        CheckValueRange(start, values.Length, "WriteValues");
        CheckValues(values, "WriteValues", start);
        using TableGuard.Hold writer = HoldToWrite("WriteValues");
        _deferred?.ApplyAll();
        _rows.Write(start, values);
        Version.Changed("Table.WriteValues");
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
    /// <param name="store">Whether rows that have deferred updates are also stored up to date where they are not shrunk; see <see
    /// cref="Gather"/>.</param>
    public void Renormalize(ReadOnlySpan<long> ids, float maxNorm, float p, bool store = false)
    {
        CheckIds(ids, "Renormalize");
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

    bool IsFrozen(long row) => FrozenRows.Count > 0 && FrozenRows.Contains(row);

    internal TableGuard.Hold HoldToWrite(string operation) => _guard.Write(operation, Name);

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
