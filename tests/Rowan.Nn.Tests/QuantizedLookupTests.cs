using Rowan.Nn;

namespace Rowan.Tests;

public class QuantizedLookupTests
{
    [Fact]
    public void RowsAndBagsAreThoseOfALayerOverTheDecodedTable()
    {
        var table = new Table(20, 9, "Words");
        new Rng(1).Randn(table.Values[0].Span);
        QuantizedTable quantized = QuantizedTable.Quantize(table, RowFormat.Fused4Bit);
        var row = new float[9];
        for (long id = 0; id < 20; id++)
        {
            quantized.Read(id, row);
            table.Write(id, row);
        }
        Indices ids = new[,] { { 1, 19, 1 }, { 0, 4, 7 } }, flat = new[] { 3, 3, 8, 0, 19 }, offsets = new[] { 0, 2, 2 };
        Tensor rows = quantized.Rows(ids);
        Assert.Equal([2L, 3, 9], rows.Shape.Sizes.ToArray());
        Assert.Equal(new Embedding(table).Forward(ids).ToArray(), rows.ToArray());
        Assert.False(rows.RequiresGrad);
        Assert.Equal([9L], quantized.Rows(5).Shape.Sizes.ToArray());
        Tensor weights = new(new float[] { 0.5f, -1, 2, 3, -0.25f }, 5);
        foreach (BagMode mode in (BagMode[])[BagMode.Sum, BagMode.Mean])
        {
            Near(new EmbeddingBag(table, mode).Forward(ids), quantized.Bags(ids, mode));
            Near(new EmbeddingBag(table, mode).Forward(flat, offsets), quantized.Bags(flat, offsets, mode));
        }
        Near(new EmbeddingBag(table, BagMode.Sum).Forward(flat, offsets, weights), quantized.Bags(flat, offsets, BagMode.Sum, weights));
    }

    static void Near(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        for (int i = 0; i < expected.Span.Length; i++) Assert.Equal(expected.Span[i], actual.Span[i], 1e-5f);
    }

    [Fact]
    public void BadInputIsRefused()
    {
        QuantizedTable quantized = QuantizedTable.Quantize(new Table(4, 2, "Words"), RowFormat.TbeInt8);
        Assert.Contains("Rows: id 4 at [1, 0] is outside 'Words'",
            Assert.Throws<ArgumentOutOfRangeException>(() => quantized.Rows(new[,] { { 1 }, { 4 } })).Message, StringComparison.Ordinal);
        Assert.Contains("Bags: id -1 at [0, 1]",
            Assert.Throws<ArgumentOutOfRangeException>(() => quantized.Bags(new[,] { { 1, -1 } })).Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => quantized.Bags(new[,] { { 1 } }, BagMode.Max));
        Assert.Throws<NotSupportedException>(() => quantized.Bags(new[,] { { 1 } }, BagMode.Mean, Tensor.Full(1, 1, 1)));
        Assert.Throws<ArgumentException>(() => quantized.Bags(new[,] { { 1 } }, BagMode.Sum, Tensor.Full(1, 2)));
        Assert.Throws<ArgumentException>(() => quantized.Bags(new[] { 1, 2 }, new[] { 1 }));
        Assert.Throws<ArgumentException>(() => quantized.Bags(new[] { 1, 2 }));
    }
}
