using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Tensors and ids that stand side by side: slice i of the first dimension of each belongs to example i. A batch of it is one, too.
/// </summary>
public sealed class TensorDataset
{
    readonly TensorColumn[] _columns;

    /// <param name="columns">The columns; tensors, ids and arrays convert to them.</param>
    /// <exception cref="ArgumentException">There are none, or they have different numbers of examples.</exception>
    public TensorDataset(params ReadOnlySpan<TensorColumn> columns)
    {
        Require.That(columns.Length > 0, $"TensorDataset: no columns were given", nameof(columns));
        _columns = columns.ToArray();
        for (int c = 0; c < _columns.Length; c++)
        {
            Require.That(_columns[c].Shape.Rank >= 1,
                $"TensorDataset: column {c} has shape {_columns[c].Shape}; its first dimension is that of examples", nameof(columns));
            Require.That(_columns[c].Shape[0] == _columns[0].Shape[0],
                $"TensorDataset: column {c} of shape {_columns[c].Shape} has {_columns[c].Shape[0]} examples, and column 0 "
                + $"{_columns[0].Shape[0]}", nameof(columns));
        }
    }

    /// <summary>Examples.</summary>
    public long Count => _columns[0].Shape[0];

    /// <summary>Columns.</summary>
    public int Columns => _columns.Length;

    /// <summary>
    /// A column, which converts to the <see cref="Tensor"/> or the <see cref="Indices"/> that it is: <c>Indices words = batch[0];</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column.</exception>
    public TensorColumn this[int column]
    {
        get
        {
            Require.InRange((uint)column < (uint)Columns, $"TensorDataset: column {column} of {Columns}; they run from 0 to {Columns - 1}",
                nameof(column));
            return _columns[column];
        }
    }

    /// <summary>Some examples, in the order given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such example.</exception>
    public TensorDataset Take(Indices examples) => new(Array.ConvertAll(_columns, column => column.Take(examples)));
}

/// <summary>One column of a <see cref="TensorDataset"/>: a <see cref="Tensor"/> or <see cref="Indices"/>, to which it converts.</summary>
public readonly struct TensorColumn
{
    readonly Tensor? _values;
    readonly Indices? _ids;

    TensorColumn(Tensor values) => _values = values;

    TensorColumn(Indices ids) => _ids = ids;

    /// <summary>The sizes.</summary>
    public Shape Shape => _values?.Shape ?? _ids?.Shape ?? default;

    internal TensorColumn Take(Indices examples) => _values is null ? new(_ids![examples]) : new(_values.IndexSelect(0, examples));

    /// <summary>A column of numbers.</summary>
    public static implicit operator TensorColumn(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(values);
    }

    /// <summary>A column of ids.</summary>
    public static implicit operator TensorColumn(Indices ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return new(ids);
    }

    /// <summary>A column of numbers.</summary>
    public static implicit operator TensorColumn(float[] values) => new((Tensor)values);

    /// <summary>A column of rows of numbers.</summary>
    public static implicit operator TensorColumn(float[,] values) => new((Tensor)values);

    /// <summary>A column of ids.</summary>
    public static implicit operator TensorColumn(int[] ids) => new((Indices)ids);

    /// <summary>A column of ids.</summary>
    public static implicit operator TensorColumn(long[] ids) => new((Indices)ids);

    /// <summary>A column of rows of ids.</summary>
    public static implicit operator TensorColumn(int[,] ids) => new((Indices)ids);

    /// <summary>The numbers.</summary>
    /// <exception cref="InvalidOperationException">The column holds ids.</exception>
    public static implicit operator Tensor(TensorColumn column)
    {
        Require.State(column._values is not null,
            $"TensorColumn: the column of shape {column.Shape} holds ids; take it as Indices, or make numbers of it with ToTensor()");
        return column._values;
    }

    /// <summary>The ids.</summary>
    /// <exception cref="InvalidOperationException">The column holds numbers.</exception>
    public static implicit operator Indices(TensorColumn column)
    {
        Require.State(column._ids is not null, $"TensorColumn: the column of shape {column.Shape} holds numbers; take it as a Tensor");
        return column._ids;
    }
}
