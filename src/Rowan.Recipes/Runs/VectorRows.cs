using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan.Recipes;

/// <summary>
/// The vectors of a table, row by row, by 64-bit number. They lie in pieces of whole rows, because no array holds more than 2³¹ values;
/// most tables have one piece.
/// </summary>
/// <remarks>Any number of threads may read. A view of a <see cref="Rowan.Table"/> shows what the table holds, without a copy.</remarks>
public sealed class VectorRows
{
    readonly Memory<float>[] _pieces;
    readonly long _rowsPerPiece;

    VectorRows(Memory<float>[] pieces, int dim)
    {
        (_pieces, Dim) = (pieces, dim);
        _rowsPerPiece = pieces.Length > 1 ? pieces[0].Length / dim : long.MaxValue;
        Rows = pieces.Sum(piece => (long)piece.Length / dim);
    }

    /// <summary>Rows.</summary>
    public long Rows { get; }

    /// <summary>Values per row.</summary>
    public int Dim { get; }

    /// <summary>All rows in order, in pieces of whole rows. All pieces but the last have the same number of rows.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>> Pieces => [.. _pieces];

    /// <summary>A row [dim].</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlyMemory<float> this[long row] => Of(row);

    /// <summary>The pieces, each with its first row.</summary>
    internal IEnumerable<(long First, ReadOnlyMemory<float> Piece)> PiecesFrom()
    {
        long first = 0;
        foreach (Memory<float> piece in _pieces)
        {
            yield return (first, piece);
            first += piece.Length / Dim;
        }
    }

    /// <summary>Rows in memory, kept and not copied.</summary>
    /// <param name="values">Rows [n · dim].</param>
    /// <param name="dim">Values per row.</param>
    /// <exception cref="ArgumentException">The values are not whole rows.</exception>
    public static VectorRows Over(Memory<float> values, int dim)
    {
        Require.That(dim > 0 && values.Length % dim == 0, $"VectorRows: {values.Length} values are not whole rows of {dim}",
            nameof(values));
        return new([values], dim);
    }

    /// <summary>The rows of a table: a view where it keeps floats, a copy of other storage.</summary>
    public static VectorRows Of(Table table)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (table.Storage == RowStorage.Float32) return new([.. table.Values], table.Dim);
        VectorRows copy = Zeros(table.Count, table.Dim);
        copy.Fill((from, into) => table.ReadValues(from * table.Dim, into.Span));
        return copy;
    }

    /// <summary>Copies rows from one on, as many as the destination holds.</summary>
    /// <param name="from">The first row.</param>
    /// <param name="into">Rows [n · dim].</param>
    /// <exception cref="ArgumentOutOfRangeException">The rows are not all there.</exception>
    public void CopyTo(long from, Span<float> into)
    {
        Require.InRange(into.Length % Dim == 0 && from >= 0 && from <= Rows - into.Length / Dim,
            $"VectorRows: {into.Length} values from row {from} on; there are {Rows} rows of {Dim}", nameof(from));
        for (; into.Length > 0; into = into[Dim..], from++) Of(from).Span.CopyTo(into);
    }

    /// <summary>Rows of zeros, in pieces of at most so many rows.</summary>
    internal static VectorRows Zeros(long rows, int dim, long? rowsPerPiece = null)
    {
        if (rowsPerPiece is not { } most) return new(new RowMemory<float>(rows, dim).Pieces(), dim);
        return new([.. Enumerable.Range(0, (int)((rows + most - 1) / most))
            .Select(piece => new float[Math.Min(most, rows - piece * most) * dim].AsMemory())], dim);
    }

    /// <summary>The rows of a tensor in a file.</summary>
    internal static VectorRows Read(string file, string tensor)
    {
        using SafetensorsFile stored = Safetensors.Open(file);
        StateEntry entry = stored.Entry(tensor);
        Require.Data(entry.Sizes is [_, > 0 and <= int.MaxValue],
            $"'{file}': '{tensor}' of shape [{string.Join(", ", entry.Sizes)}] is not rows of vectors; train again with 'rowan train'");
        VectorRows rows = Zeros(entry.Sizes[0], (int)entry.Sizes[1]);
        rows.Fill((row, into) => entry.Read(row * rows.Dim, into.Span));
        return rows;
    }

    /// <summary>A row that may be written.</summary>
    internal Memory<float> Of(long row)
    {
        Require.InRange(row >= 0 && row < Rows, $"VectorRows: row {row}; there are {Rows} rows", nameof(row));
        long piece = row / _rowsPerPiece;
        return _pieces[piece].Slice((int)(row - piece * _rowsPerPiece) * Dim, Dim);
    }

    /// <summary>Writes rows from one on.</summary>
    internal void Write(long first, ReadOnlySpan<float> values)
    {
        for (; values.Length > 0; values = values[Dim..], first++) values[..Dim].CopyTo(Of(first).Span);
    }

    /// <summary>Fills the pieces, each from its first row on.</summary>
    internal void Fill(Action<long, Memory<float>> read)
    {
        for (int piece = 0; piece < _pieces.Length; piece++) read(piece == 0 ? 0 : piece * _rowsPerPiece, _pieces[piece]);
    }

    /// <summary>‖now − first‖ / ‖first‖ of each row; 1 where the first is zero.</summary>
    internal static float[] Moved(VectorRows first, VectorRows now)
    {
        var moved = new float[now.Rows];
        var step = new float[now.Dim];
        for (long row = 0; row < moved.Length; row++)
        {
            ReadOnlySpan<float> before = first[row].Span;
            now[row].Span.CopyTo(step);
            RowMath.AddScaled(before, -1, step);
            float length = RowMath.Norm(before, 2);
            moved[row] = length > 0 ? RowMath.Norm(step, 2) / length : 1;
        }
        return moved;
    }
}
