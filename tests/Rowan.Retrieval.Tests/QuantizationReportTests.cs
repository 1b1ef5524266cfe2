using Rowan.Numerics;
using Rowan.Retrieval;

namespace Rowan.Tests;

public class QuantizationReportTests
{
    static Table Drawn(long count, int dim)
    {
        var table = new Table(count, dim, "Words");
        foreach (Memory<float> piece in table.Values) new Rng(1).Randn(piece.Span);
        return table;
    }

    [Fact]
    public void WhatIsStoredExactlyLosesNothing()
    {
        var table = new Table(300, 8);
        for (long row = 0; row < 300; row++)
            table.Write(row, [0, 255, row % 256, row * 7 % 256, row * 31 % 256, row * 77 % 256, row / 2, 255 - row / 2]);
        QuantizationReport report = QuantizationReport.Measure(table, QuantizedTable.Quantize(table, RowFormat.Fused8Bit), new Rng(0));
        Assert.Equal((0, 0, 0, 0, 1), (report.MeanError, report.MaxError, report.RelativeError, report.NormChange, report.RecallAt10));
        Assert.Equal((300, 200, 300L * 32, 300L * 16), (report.Sampled, report.Queries, report.BytesBefore, report.BytesAfter));
    }

    [Fact]
    public void FewerBitsLoseMoreAndTheErrorsAreThoseOfTheSteps()
    {
        Table table = Drawn(2_000, 64);
        QuantizationReport[] reports =
            [.. ((RowFormat[])[RowFormat.Fused8Bit, RowFormat.Fused4Bit, RowFormat.Fused2Bit])
            .Select(format => QuantizationReport.Measure(table, QuantizedTable.Quantize(table, format), new Rng(0)))];
        // Of a normal row of 64 the range is about 4.8; an error is a quarter of a step in the mean, half of one at most.
        foreach ((QuantizationReport report, int levels) in reports.Zip((int[])[255, 15, 3]))
        {
            Assert.Equal(4.8 / levels / 4, report.MeanError, 0.2 * report.MeanError);
            Assert.InRange(report.MaxError, 4.8 / levels / 2, 9.0 / levels / 2);
            Assert.InRange(report.RelativeError, report.MeanError, 2 * report.MeanError);
        }
        Assert.True(reports[0].RecallAt10 > 0.97 && reports[1].RecallAt10 is > 0.6 and < 0.97 && reports[2].RecallAt10 is > 0.1 and < 0.7,
            string.Join(" ", reports.Select(report => report.RecallAt10)));
    }

    [Fact]
    public void TheSameSeedGivesTheSameReportForAnyNumberOfThreads()
    {
        Table table = Drawn(3_000, 16);
        QuantizedTable quantized = QuantizedTable.Quantize(table, RowFormat.TbeInt4);
        int before = Workers.Threads;
        try
        {
            QuantizationReport[] reports = [.. ((int[])[1, 2, 3, 8]).Select(threads =>
            {
                Workers.Threads = threads;
                return QuantizationReport.Measure(table, quantized, new Rng(7), sample: 1_000, queries: 50);
            })];
            Assert.All(reports, report => Assert.Equal(reports[0], report));
            Assert.NotEqual(reports[0], QuantizationReport.Measure(table, quantized, new Rng(8), sample: 1_000, queries: 50));
            Assert.Equal((1_000, 50), (reports[0].Sampled, reports[0].Queries));
        }
        finally { Workers.Threads = before; }
    }

    [Fact]
    public void TextSaysFormatBytesAndShares()
    {
        string text = new QuantizationReport(RowFormat.Fused8Bit, 1_000, 128, 1_000, 200, 0.0051, 0.02, 0.006, -0.0001, 0.987, 512_000,
            136_000).ToString();
        Assert.Contains("Fused8Bit, 1000 rows × 128: 0.5 MB → 0.1 MB, 3.76 times fewer", text, StringComparison.Ordinal);
        Assert.Contains("mean 5.1E-3, largest 2.0E-2", text, StringComparison.Ordinal);
        Assert.Contains("0.60 % of its norm, which changes by -0.01 %", text, StringComparison.Ordinal);
        Assert.Contains("98.7 % of the 10 nearest of 200 rows among 1000", text, StringComparison.Ordinal);
    }

    [Fact]
    public void OneRowAndZerosAndOtherTables()
    {
        var one = new Table(1, 4);
        QuantizationReport report = QuantizationReport.Measure(one, QuantizedTable.Quantize(one, RowFormat.Fused2Bit), new Rng(0));
        Assert.Equal((0, 0, 1), (report.RelativeError, report.NormChange, report.RecallAt10));
        Assert.Throws<ArgumentException>(
            () => QuantizationReport.Measure(new Table(2, 4), QuantizedTable.Quantize(one, RowFormat.Fused2Bit), new Rng(0)));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => QuantizationReport.Measure(one, QuantizedTable.Quantize(one, RowFormat.Fused2Bit), new Rng(0), sample: 1));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => QuantizationReport.Measure(one, QuantizedTable.Quantize(one, RowFormat.Fused2Bit), new Rng(0), queries: 0));
    }
}
