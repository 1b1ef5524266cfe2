using System.Globalization;
namespace Rowan.Peer;

/// <summary>
/// Bag sums of quantized rows against Rowan's own float32 rows: the peer of these is Rowan, and what stands under libtorch is the time of
/// float32.
/// </summary>
static class QuantizedWorkloads
{
    const long Rows = 1_000_000;
    const int Dim = 128, Bags = 8_192, BagLength = 26;

    public static Workload[] All => [Bag("8-bit", RowFormat.Fused8Bit, rowBytes: 136), Bag("4-bit", RowFormat.Fused4Bit, rowBytes: 68)];

    static Workload Bag(string bits, RowFormat format, int rowBytes) =>
        new(string.Create(CultureInfo.InvariantCulture,
            $"{bits} bag sum {Bags} × {BagLength} of {Rows:N0} × {Dim}, {4.0 * Dim / rowBytes:0.0}× fewer "
        + $"bytes (peer: Rowan float32)"), 1, () =>
    {
        var table = new Table(Rows, Dim);
        foreach (Memory<float> piece in table.Values) new Rng(0).Randn(piece.Span);
        QuantizedTable quantized = QuantizedTable.Quantize(table, format);
        if (quantized.RowBytes != rowBytes)
            throw new InvalidOperationException($"{format}: {quantized.RowBytes} bytes a row, not {rowBytes}");
        (Indices ids, _) = TableWorkloads.Ids(Rows, Bags * BagLength);
        long[] starts = [.. Enumerable.Range(0, Bags + 1).Select(bag => (long)bag * BagLength)];
        var into = new float[Bags * Dim];
        return new(
            () => table.SumBags(ids.Memory, starts, default, mean: false, into),
            () => quantized.SumBags(ids.Memory, starts, default, mean: false, into));
    });
}
