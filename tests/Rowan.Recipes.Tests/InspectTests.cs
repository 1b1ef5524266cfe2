using System.Runtime.InteropServices;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Tests;

public sealed class InspectTests : RecipeTestBase
{
    const int Rows = 400, Dim = 12;

    [Fact]
    public void AHealthyTableHasNothingToTry()
    {
        foreach (HealthCheck check in TableHealth.Of(Table()))
            Assert.True(check.Try.Length == 0, $"{check.Name}: {check.Said}");
    }

    [Theory]
    [InlineData("never-touched", 3)]
    [InlineData("rarely-touched", 7)]
    [InlineData("dead", 4)]
    [InlineData("non-finite", 2)]
    [InlineData("zero", 5)]
    [InlineData("norm-outliers", 1)]
    [InlineData("collapsed-dimensions", 2)]
    [InlineData("near-duplicates", 6)]
    public void AnIllnessIsFoundWithItsNumber(string name, int count)
    {
        LearnedTable table = Table();
        Span<float> values = Values(table);
        for (int i = 0; i < count; i++)
        {
            Span<float> row = values.Slice((10 + i) * Dim, Dim);
            switch (name)
            {
                case "never-touched": table.Counts[10 + i] = 0; break;
                case "rarely-touched": table.Counts[10 + i] = 2; break;
                case "dead": table.Moved[10 + i] = 0.005f; break;
                case "non-finite": row[3] = i == 0 ? float.NaN : float.PositiveInfinity; break;
                case "zero": row.Clear(); break;
                case "norm-outliers": RowMath.Scale(row, 1_000); break;
                case "collapsed-dimensions": for (int r = 0; r < Rows; r++) values[r * Dim + i] = 0.001f; break;
                // Three pairs.
                case "near-duplicates": values.Slice((50 + i / 2) * Dim, Dim).CopyTo(row); if (i % 2 == 1) values[(10 + i) * Dim] += 1e-5f;
                break;
            }
        }
        if (name == "near-duplicates")
            for (int pair = 0; pair < 3; pair++) new Rng((ulong)pair + 50).Randn(values.Slice((50 + pair) * Dim, Dim));
        HealthCheck found = TableHealth.Of(table).Single(check => check.Name == name);
        Assert.Equal(count, found.Value);
        Assert.NotEqual("", found.Try);
        if (name != "collapsed-dimensions") Assert.Contains("id10", found.Examples[0], StringComparison.Ordinal);
    }

    [Fact]
    public void FewDirectionsACommonPartAndAHubShow()
    {
        LearnedTable flat = Table();
        for (int row = 0; row < Rows; row++)
            for (int d = 2; d < Dim; d++) Values(flat)[row * Dim + d] *= 0.05f;
        HealthCheck rank = TableHealth.Of(flat).Single(check => check.Name == "effective-rank");
        Assert.InRange(rank.Value, 1.9, 2.6);
        Assert.Contains("`dim`", rank.Try, StringComparison.Ordinal);

        LearnedTable leaning = Table();
        for (int row = 0; row < Rows; row++) Values(leaning)[row * Dim] += 5;
        HealthCheck anisotropy = TableHealth.Of(leaning).Single(check => check.Name == "anisotropy");
        Assert.InRange(anisotropy.Value, 0.6, 0.75);
        Assert.NotEqual("", anisotropy.Try);
    }

    [Fact]
    public void CoverageSaysWhatIsNotKnown()
    {
        using DataSource source = DataSource.Of(Write("new.csv", ["item,x", "id1,0", "id1,0", "id2,0", "id9999,0"]));
        using RecordReader reader = source.Open();
        HealthCheck coverage = TableHealth.Coverage(Table(), reader, "item");
        Assert.Equal(0.75, coverage.Value);
        Assert.Contains("66.7 % of the 3 different values", coverage.Said, StringComparison.Ordinal);
        Assert.StartsWith("id9999 (1", coverage.Examples[0], StringComparison.Ordinal);
    }

    [Fact]
    public void ATurnedTableIsTheSameAndAMovedRowIsNamed()
    {
        LearnedTable table = Table(), turned = Table(), moved = Table();
        for (int row = 0; row < Rows; row++)
        {
            Span<float> values = Values(turned).Slice(row * Dim, Dim);
            values.Reverse();
            RowMath.Scale(values, -2);
        }
        Assert.Equal(1, TableComparison.Of(table, turned).Overlap, 6);
        new Rng(99).Randn(Values(moved).Slice(17 * Dim, Dim));
        TableComparison comparison = TableComparison.Of(table, moved, moved: 1);
        Assert.Equal("id17", comparison.Moved[0].Id);
        Assert.InRange(comparison.Overlap, 0.9, 0.9999);
        Assert.Equal((Rows, 0, 0), (comparison.Common, comparison.Added, comparison.Removed));
    }

    [Fact]
    public void NearestRowsAndTheSpectrumAreThoseOfTheSlowWay()
    {
        float[] rows = Values(Table()).ToArray();
        NearestRows nearest = NearestRows.AmongAll(rows, Dim, 7);
        double Cosine(int i, int j)
        {
            double dot = 0, x = 0, y = 0;
            for (int d = 0; d < Dim; d++)
            {
                dot += rows[i * Dim + d] * (double)rows[j * Dim + d];
                x += rows[i * Dim + d] * (double)rows[i * Dim + d];
                y += rows[j * Dim + d] * (double)rows[j * Dim + d];
            }
            return dot / Math.Sqrt(x * y);
        }
        foreach (int row in new[] { 0, 57, 399 })
            Assert.Equal(Enumerable.Range(0, Rows).Where(other => other != row).OrderByDescending(other => Cosine(row, other)).Take(7),
                nearest.Of(row).ToArray());

        RowSpectrum spectrum = RowSpectrum.Of(rows, Dim);
        Assert.Equal(spectrum.Variances.Sum(), spectrum.Eigenvalues.Sum(), 6);
        // The squares of the eigenvalues sum to the squares of the covariance.
        double[] mean = [.. Enumerable.Range(0, Dim).Select(d => Enumerable.Range(0, Rows).Average(row => (double)rows[row * Dim + d]))];
        double squares = 0;
        for (int i = 0; i < Dim; i++)
            for (int j = 0; j < Dim; j++)
            {
                double covariance = Enumerable.Range(0, Rows)
                    .Average(row => (rows[row * Dim + i] - mean[i]) * (rows[row * Dim + j] - mean[j]));
                squares += covariance * covariance;
            }
        Assert.Equal(squares, spectrum.Eigenvalues.Sum(value => value * value), 4);
    }

    [Fact]
    public void EigenvaluesOfAKnownMatrixAreFound()
    {
        // [[2, 1], [1, 2]] ⊕ [5]: 5, 3, 1.
        double[] values = SymmetricEigen.Decompose([2, 1, 0, 1, 2, 0, 0, 0, 5], 3);
        Assert.Equal([5.0, 3, 1], values, (x, y) => Math.Abs(x - y) < 1e-12);
    }

    [Fact]
    public void SpearmanSharesRanks()
    {
        Assert.Equal(1, RankCorrelation.Spearman([1, 2, 3], [10, 20, 500]), 12);
        Assert.Equal(-1, RankCorrelation.Spearman([1, 2, 3], [3, 2, 1]), 12);
        // Ranks 1, 2.5, 2.5, 4 beside 1, 3, 2, 4: covariance 4.5, squares 4.5 and 5.
        Assert.Equal(4.5 / Math.Sqrt(4.5 * 5), RankCorrelation.Spearman([1, 2, 2, 3], [1, 3, 2, 4]), 12);
        Assert.True(double.IsNaN(RankCorrelation.Spearman([1, 1], [1, 2])));
    }

    [Fact]
    public void PearsonIsThatOfTheDefinition()
    {
        // Anscombe's first set: r = 0.816420516...
        double[] x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5], y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        Assert.Equal(0.81642051634484, RankCorrelation.Pearson(x, y), 12);
        // It does not change with a scale and an offset, also a large one; a negative scale changes its sign.
        Assert.Equal(0.81642051634484, RankCorrelation.Pearson([.. x.Select(value => 1e6 + 3 * value)], y), 9);
        Assert.Equal(-0.81642051634484, RankCorrelation.Pearson([.. x.Select(value => -value)], y), 12);
        Assert.Equal(1, RankCorrelation.Pearson([1, 2, 3], [10, 20, 30]), 12);
        Assert.True(double.IsNaN(RankCorrelation.Pearson([0.1, 0.1, 0.1], [1, 2, 3])));
        Assert.True(double.IsNaN(RankCorrelation.Pearson([], [])));
        Assert.True(double.IsNaN(RankCorrelation.Pearson([1, double.NaN, 3], [1, 2, 3])));
        Assert.Contains("2 and 1 values", Assert.Throws<ArgumentException>(() => RankCorrelation.Pearson([1, 2], [1])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void HowFarRowsWentIsAShareOfTheirFirstLength() =>
        Assert.Equal([1, 0, 0.5f, 1],
            VectorRows.Moved(VectorRows.Over(new float[] { 3, 4, 1, 1, 0, 2, 0, 0 }, 2),
            VectorRows.Over(new float[] { 0, 0, 1, 1, 0, 3, 5, 5 }, 2)));

    static Span<float> Values(LearnedTable table) => MemoryMarshal.AsMemory(table.Vectors.Pieces[0]).Span;

    static LearnedTable Table()
    {
        var rng = new Rng(3);
        float[] values = new float[Rows * Dim], moved = new float[Rows];
        rng.Randn(values);
        rng.Uniform(moved, 0.5f, 2);
        return new LearnedTable {
            Name = "items", Ids = new Vocabulary(Enumerable.Range(0, Rows).Select(i => $"id{i}")), Vectors = VectorRows.Over(values, Dim),
            Moved = moved, Counts = [.. Enumerable.Range(0, Rows).Select(i => 10L + rng.NextUInt32() % 90)] };
    }
}
