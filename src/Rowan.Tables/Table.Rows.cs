using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

// Reading and writing rows and values.
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
        Require.State(floats.TryArray(0, out ArraySegment<float> array),
            $"{Name}: the rows are not in a managed array, so they can't be used as one dense tensor: look rows up instead");
        ApplyDeferredUpdates();
        using TableGuard.Hold reader = _guard.Read();
        return array;
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

    internal TableGuard.Hold HoldToWrite(string operation) => _guard.Write(operation, Name);
}
