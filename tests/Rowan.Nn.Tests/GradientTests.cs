using System.Reflection;
using Rowan.Nn;

namespace Rowan.Tests;

/// <summary>Losses and lookups against finite differences of their own forward pass; a loss without a case fails.</summary>
public class GradientTests
{
    const float Step = 1e-2f, Tolerance = 1e-2f;

    static readonly Dictionary<string, Func<Tensor, Reduction, Tensor>> LossCases = new()
    {
        ["CrossEntropy"] = (x, reduction) => Losses.CrossEntropy(x, new[] { 2, 0, 1 }, reduction, ignoreIndex: 0),
        ["MeanSquaredError"] = (x, reduction) => Losses.MeanSquaredError(x, Tensor.Full(0.3f, 3, 4), reduction),
        ["BinaryCrossEntropyWithLogits"] = (x, reduction) => Losses.BinaryCrossEntropyWithLogits(x, Tensor.Full(0.3f, 3, 4), reduction),
    };

    public static TheoryData<string> PublicLosses =>
        [.. typeof(Losses).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(Tensor)).Select(method => method.Name).Distinct()];

    [Theory, MemberData(nameof(PublicLosses))]
    public void ALossesGradientIsItsSlope(string loss)
    {
        Assert.True(LossCases.ContainsKey(loss), $"Losses.{loss} has no gradient case; add one");
        foreach (Reduction reduction in Enum.GetValues<Reduction>())
        {
            Tensor x = Tensor.Randn(new Rng(3), 3, 4);
            x.RequiresGrad = true;
            Tensor value = LossCases[loss](x, reduction), g = Tensor.Randn(new Rng(4), value.Shape.Sizes);
            value.Backward(g);
            for (int i = 0; i < x.Count; i++)
            {
                Tensor up = x.Clone(), down = x.Clone();
                up.WritableSpan[i] += Step;
                down.WritableSpan[i] -= Step;
                double slope = (Weighted(LossCases[loss](up, reduction), g) - Weighted(LossCases[loss](down, reduction), g)) / (2 * Step);
                Assert.Equal(slope, x.Gradient!.Span[i], Tolerance);
            }
        }
    }

    public static TheoryData<string> Lookups => ["rows", "rows padded", "sum", "mean", "mean padded", "max padded", "tied"];

    [Theory, MemberData(nameof(Lookups))]
    public void ALookupsGradientIsItsSlope(string lookup)
    {
        var table = new Table(5, 3);
        new Rng(1).Randn(table.Values);
        Tensor value = Forward(), g = Tensor.Randn(new Rng(2), value.Shape.Sizes);
        value.Backward(g);
        for (int row = 0; row < 5; row++)
            for (int d = 0; d < 3; d++)
            {
                float[] start = table[row].ToArray();
                double slope = (Moved(Step) - Moved(-Step)) / (2 * Step);
                // A padding row counts in the value of a plain lookup, and learns nothing all the same.
                if (row == 0 && lookup.Contains("padded", StringComparison.Ordinal)) slope = 0;
                Assert.Equal(slope, table.Gradient[row][d], Tolerance);

                double Moved(float by)
                {
                    float[] moved = [.. start];
                    moved[d] += by;
                    table.Write(row, moved);
                    double sum = Weighted(Forward(), g);
                    table.Write(row, start);
                    return sum;
                }
            }

        Tensor Forward()
        {
            var padding = new EmbeddingOptions { PaddingIdx = lookup.Contains("padded", StringComparison.Ordinal) ? 0 : null };
            return lookup.Split(' ')[0] switch
            {
                "rows" => new Embedding(table, padding).Forward(new[,] { { 1, 4, 1 }, { 0, 2, 4 } }),
                "sum" => new EmbeddingBag(table, BagMode.Sum, padding).Forward(new[,] { { 1, 4, 1 }, { 0, 2, 4 } }),
                "mean" => new EmbeddingBag(table, BagMode.Mean, padding).Forward(new[] { 1, 4, 1, 0, 2 }, new[] { 0, 0, 3 }),
                "max" => new EmbeddingBag(table, BagMode.Max, padding).Forward(new[,] { { 1, 4, 1 }, { 0, 2, 4 } }),
                _ => new TiedLinear(table).Forward(new Embedding(table).Forward(new[] { 3, 1 })),
            };
        }
    }

    static double Weighted(Tensor value, Tensor g)
    {
        double sum = 0;
        for (int i = 0; i < value.Count; i++) sum += (double)value.Span[i] * g.Span[i];
        return sum;
    }
}
