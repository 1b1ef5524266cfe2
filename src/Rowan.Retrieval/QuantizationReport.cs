using System.Globalization;
using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>
/// What a table lost when it was quantized: of a sample of rows, how far they moved, and how many of their ten nearest by cosine they
/// kept.
/// </summary>
/// <param name="Format">How rows are stored.</param>
/// <param name="Rows">Rows of the table.</param>
/// <param name="Dim">Values a row.</param>
/// <param name="Sampled">Rows that were compared, and among which neighbours were sought.</param>
/// <param name="Queries">Rows whose neighbours were sought.</param>
/// <param name="MeanError">The mean of |after − before| over all values of the sample.</param>
/// <param name="MaxError">The largest |after − before|.</param>
/// <param name="RelativeError">The mean over rows of |after − before|₂ / |before|₂; rows of zeros are left out.</param>
/// <param name="NormChange">The mean over rows of |after|₂ / |before|₂ − 1; rows of zeros are left out.</param>
/// <param name="RecallAt10">The share of the ten nearest rows, all compared exactly, that are still among the ten nearest.</param>
/// <param name="BytesBefore">Bytes of the table as float32.</param>
/// <param name="BytesAfter">Bytes of the quantized table.</param>
public sealed record QuantizationReport(
    RowFormat Format, long Rows, int Dim, int Sampled, int Queries, double MeanError, double MaxError, double RelativeError,
    double NormChange, double RecallAt10, long BytesBefore, long BytesAfter)
{
    const int Nearest = 10;

    /// <summary>Compares a table with what was made of it.</summary>
    /// <param name="before">The rows.</param>
    /// <param name="after">The same rows, quantized.</param>
    /// <param name="rng">Draws the sample: the same seed gives the same report, on any number of threads.</param>
    /// <param name="sample">Rows to compare, and among which neighbours are sought; all where the table has no more. Memory and time: two
    /// copies of these rows, and queries × sample comparisons each.</param>
    /// <param name="queries">Rows of the sample whose neighbours are sought.</param>
    /// <exception cref="ArgumentException">The tables have different sizes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The sample or the queries are fewer than two or one.</exception>
    public static QuantizationReport Measure(Table before, QuantizedTable after, Rng rng, int sample = 20_000, int queries = 200)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(rng);
        Require.That(before.Count == after.Count && before.Dim == after.Dim,
            $"Measure: '{before.Name}' is {before.Count} × {before.Dim} and '{after.Name}' {after.Count} × {after.Dim}; give a table "
            + $"and what was made of it", nameof(after));
        Require.InRange(sample >= 2, $"Measure: a sample of {sample}; a row has neighbours among at least two", nameof(sample));
        Require.InRange(queries >= 1, $"Measure: {queries} queries; there is at least one", nameof(queries));
        long[] ids = Sample(before.Count, sample, rng);
        queries = Math.Min(queries, ids.Length);
        float[] was = new float[checked(ids.Length * before.Dim)], now = new float[was.Length];
        before.Gather(ids, was);
        after.Gather(ids, now);
        (double mean, double max, double relative, double norm) = Errors(was, now, before.Dim);
        return new(after.Format, before.Count, before.Dim, ids.Length, queries, mean, max, relative, norm,
            Recall(was, now, before.Dim, queries), before.Count * before.Dim * sizeof(float), after.Count * after.RowBytes);
    }

    /// <summary>The report as text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        {Format}, {Rows} rows × {Dim}: {BytesBefore / 1e6:0.0} MB → {BytesAfter / 1e6:0.0} MB, {(double)BytesBefore / BytesAfter:0.00} times fewer
          error a value     mean {MeanError:0.0E+0}, largest {MaxError:0.0E+0}
          error a row       {100 * RelativeError:0.00} % of its norm, which changes by {100 * NormChange:+0.00;-0.00;0.00} %
          neighbours kept   {100 * RecallAt10:0.0} % of the {Nearest} nearest of {Queries} rows among {Sampled}
        """);

    /// <summary>Distinct rows: all, or drawn.</summary>
    static long[] Sample(long count, int sample, Rng rng)
    {
        if (count <= sample) return [.. Enumerable.Range(0, (int)count).Select(row => (long)row)];
        var drawn = new HashSet<long>(sample);
        var ids = new List<long>(sample);
        Span<long> one = stackalloc long[1];
        while (ids.Count < sample)
        {
            rng.RandInt(one, 0, count);
            if (drawn.Add(one[0])) ids.Add(one[0]);
        }
        return [.. ids];
    }

    static (double Mean, double Max, double Relative, double Norm) Errors(float[] was, float[] now, int dim)
    {
        double sum = 0, max = 0, relative = 0, norms = 0;
        int counted = 0;
        for (int row = 0; row < was.Length; row += dim)
        {
            double off = 0, before = 0, after = 0;
            for (int i = row; i < row + dim; i++)
            {
                double error = Math.Abs((double)now[i] - was[i]);
                sum += error;
                max = Math.Max(max, error);
                off += error * error;
                before += (double)was[i] * was[i];
                after += (double)now[i] * now[i];
            }
            if (before == 0) continue;
            relative += Math.Sqrt(off / before);
            norms += Math.Sqrt(after / before) - 1;
            counted++;
        }
        return (sum / was.Length, max, counted == 0 ? 0 : relative / counted, counted == 0 ? 0 : norms / counted);
    }

    static double Recall(float[] was, float[] now, int dim, int queries)
    {
        var exact = new IndexOptions { Kind = IndexKind.Flat };
        VectorIndex before = VectorIndex.Over(was, dim, exact), after = VectorIndex.Over(now, dim, exact);
        int neighbours = (int)Math.Min(Nearest, before.Count - 1);
        long kept = 0;
        for (int query = 0; query < queries; query++)
            kept += Others(before, was, query).Intersect(Others(after, now, query)).Count();
        return neighbours == 0 ? 1 : (double)kept / ((long)queries * neighbours);

        // One more, because a row is as a rule its own nearest.
        IEnumerable<long> Others(VectorIndex index, float[] rows, int query) =>
            index.Search(rows.AsSpan(query * dim, dim), neighbours + 1).Matches.Select(match => match.Id).Where(id => id != query)
                .Take(neighbours);
    }
}
