namespace Rowan.Numerics;

/// <summary>
/// Where a product goes, and what its sums are added to: value [i, j] lies at C + i·Row + j·Column, its start at another address with
/// strides of its own.
/// </summary>
readonly unsafe struct Output(float* c, nint row, nint column, float* start, nint startRow, nint startColumn)
{
    public nint Row => row;

    /// <summary>Whether vectors of columns can be stored, and the starts of them read: side by side, or zeros for all rows.</summary>
    public bool Vectors => column == 1 && (startColumn == 1 || startRow == 0);

    public nint StartRow => startRow;

    /// <summary>The next panel: sums are added to what is there.</summary>
    public Output Again => new(c, row, column, c, row, column);

    /// <summary>The transpose.</summary>
    public Output Turned => new(c, column, row, start, startColumn, startRow);

    public float* At(int i, int j) => c + i * row + j * column;

    public float* Start(int i, int j) => start + i * startRow + j * startColumn;

    /// <summary>
    /// What a whole tile does for itself: C = start + sums, for a part of a tile, or columns that do not lie side by side.
    /// </summary>
    public void Store(float* sums, int width, int i, int j, int rows, int columns)
    {
        for (int r = 0; r < rows; r++, sums += width)
        {
            float* from = Start(i + r, j), into = At(i + r, j);
            for (int l = 0; l < columns; l++) into[l * column] = from[l * startColumn] + sums[l];
        }
    }

    /// <summary>C = start: the sums of nothing.</summary>
    public void Fill(int rows, int columns)
    {
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) *At(i, j) = *Start(i, j);
    }
}
