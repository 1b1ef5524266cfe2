using Rowan.Tables;
using Rowan.Tensors;

namespace Rowan;

/// <summary>Tables seen as tensors: for tied output layers, and for reading.</summary>
public static class TableTensors
{
    /// <summary>
    /// The whole table as a tensor [count, dim] that shares its memory: dW += G. For an output layer tied to the table.
    /// </summary>
    /// <remarks>
    /// While another thread trains, read it within <see cref="Table.LockForReading"/>. A backward pass throws if the table has changed
    /// since an operation that needs its values.
    /// Its gradient has an entry for every row: a tied output layer scores every row, so every row learns.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The table is larger than one array holds.</exception>
    public static Tensor AsTensor(this Table table)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArraySegment<float> memory = table.AsArray();
        Tensor rows = Tensor.Over(memory.Array!, memory.Offset, [memory.Count / table.Dim, table.Dim], table.Version);
        rows = Tensor.Record(rows, table, table.Frozen ? null : static (g, kept) =>
        {
            var all = new long[g.Shape[0]];
            for (int i = 0; i < all.Length; i++) all[i] = i;
            kept.Gradient.Add(all, g.Memory);
        });
        return Trace.Op(rows, "Identity", [table]);
    }

    /// <summary>The gradient of a table as a dense tensor [count, dim]; null where no backward pass left one. For reading.</summary>
    public static Tensor? ToTensor(this SparseGradient gradient)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        if (!gradient.Exists) return null;
        Table table = gradient.Table;
        var dense = new float[checked(table.Count * table.Dim)];
        gradient.AddTo(dense);
        return Tensor.Over(dense, [table.Count, table.Dim]);
    }

    /// <summary>As <see cref="ToTensor"/>, and zeros where no backward pass left a gradient.</summary>
    public static Tensor ToDense(this SparseGradient gradient)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        return gradient.ToTensor() ?? Tensor.Zeros(gradient.Table.Count, gradient.Table.Dim);
    }

    extension(Table table)
    {
        /// <summary>The opposite of <see cref="Table.Frozen"/>: whether rows receive gradients and are moved.</summary>
        public bool RequiresGrad
        {
            get => !table.Frozen;
            set => table.Frozen = !value;
        }
    }
}
