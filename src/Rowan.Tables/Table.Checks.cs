using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

// Checks of arguments. Each throws before anything is changed.
public sealed partial class Table
{
    /// <summary>Throws unless every id is a row, naming the first that is not, and where it stands.</summary>
    /// <param name="ids">Ids to check.</param>
    /// <param name="operation">What the error names first.</param>
    /// <param name="place">Turns a position into words such as "[0, 2]"; null for the position alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below <see cref="Count"/>.</exception>
    public void CheckIds(ReadOnlySpan<long> ids, string operation, Func<long, string>? place = null)
    {
        int outside = RowKernels.FirstOutside(ids, Count);
        if (outside >= 0) ThrowOutside(ids[outside], outside, operation, place);
    }

    /// <inheritdoc cref="CheckIds(ReadOnlySpan{long}, string, Func{long, string}?)"/>
    /// <remarks>Many ids are checked on all threads.</remarks>
    public void CheckIds(ReadOnlyMemory<long> ids, string operation, Func<long, string>? place = null)
    {
        int outside = RowKernels.FirstOutside(ids, Count);
        if (outside >= 0) ThrowOutside(ids.Span[outside], outside, operation, place);
    }

    /// <summary>Throws where a finite value would be infinite as it is kept, naming the first.</summary>
    /// <param name="values">Values to check.</param>
    /// <param name="operation">What the error names first.</param>
    /// <param name="start">Flat position of the first value.</param>
    /// <exception cref="ArgumentException">A value is too large.</exception>
    public void CheckValues(ReadOnlySpan<float> values, string operation, long start = 0)
    {
        float largest = _rows.Largest;
        if (largest == float.MaxValue) return;
        for (int i = 0; i < values.Length; i++)
            Require.That(!(MathF.Abs(values[i]) > largest) || !float.IsFinite(values[i]),
                $"{operation}: value {values[i]} at [{(start + i) / Dim}, {(start + i) % Dim}] of '{Name}', whose rows are kept as "
                    + $"{Storage}: beyond {largest} they hold infinity. Scale the values down, or keep the rows as BFloat16 or Float32",
                    nameof(values));
    }

    /// <summary>Checks ids and returns them in the form that lookups take without a second check.</summary>
    internal CheckedIds Checked(ReadOnlyMemory<long> ids, string operation, Func<long, string>? place = null)
    {
        CheckIds(ids, operation, place);
        return new CheckedIds(ids);
    }

    void CheckValueRange(long start, int length, string operation) => Require.InRange(start >= 0 && start <= Count * Dim - length,
        $"{operation}: values {start} to {start + length} of '{Name}' with {Count} rows × {Dim}", nameof(start));

    internal void CheckRow(long row, string operation) =>
        Require.InRange((ulong)row < (ulong)Count,
            $"{operation}: row {row} is outside '{Name}' with {Count} rows; rows run from 0 to {Count - 1}", nameof(row));

    void CheckRange(long from, long to, string operation) => Require.InRange(from >= 0 && from <= to && to <= Count,
        $"{operation}: rows {from} to {to} of '{Name}'; ranges lie within 0 to {Count}", nameof(from));

    void ThrowOutside(long id, long position, string operation, Func<long, string>? place) =>
        throw new ArgumentOutOfRangeException("ids", id,
            $"{operation}: id {id} at {place?.Invoke(position) ?? $"[{position}]"} is outside '{Name}' with {Count} rows; ids run from "
                + $"0 to {Count - 1}.");
}
