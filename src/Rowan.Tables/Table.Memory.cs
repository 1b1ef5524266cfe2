using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

// Refuses a table or a state that does not fit into memory, before anything is allocated.
public sealed partial class Table
{
    /// <summary>
    /// Rows that are more than all memory are refused before any is asked for; pages that are never written cost nothing, so what is free
    /// now does not count.
    /// </summary>
    static void CheckMemory(string name, long count, int dim, RowStorage storage)
    {
        if ((Int128)count * dim * RowStore.BytesPerValue(storage) > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
            throw NoMemory(name, count, dim, storage, null);
    }

    static OutOfMemoryException NoMemory(string name, long count, int dim, RowStorage storage, Exception? fault)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        int bytes = RowStore.BytesPerValue(storage);
        return new($"{name}: {count} rows × {dim} values take {(Int128)count * dim * bytes} bytes, and this process can have "
            + $"{available}; at most {available / bytes / dim} rows of {dim} values would fit, fewer beside an optimizer's state"
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
}
