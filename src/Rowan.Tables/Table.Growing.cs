using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

// More rows.
public sealed partial class Table
{
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
}
