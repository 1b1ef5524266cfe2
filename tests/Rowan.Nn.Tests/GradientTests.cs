using System.Reflection;
using Rowan.Nn;

namespace Rowan.Tests;

/// <summary>Losses and lookups against finite differences of their own forward pass; a loss without a case fails.</summary>
public class GradientTests
{
    const float Step = 1e-2f, Tolerance = 1e-2f;

    /// <summary>For each loss: what of x [3, 4] it takes. Constants are drawn anew from a seed of their own in every call.</summary>
    static readonly Dictionary<string, Func<Tensor, Reduction, Tensor>[]> LossCases = new()
    {
        ["CrossEntropy"] =
        [
            (x, r) => Losses.CrossEntropy(x, new[] { 2, 0, 1 }, r, ignoreIndex: 0),
            (x, r) => Losses.CrossEntropy(x, new[] { 2, 0, 1 }, r, weight: new[] { 0.5f, 2, 1, 3 }, labelSmoothing: 0.2f),
            (x, r) => Losses.CrossEntropy(x.Reshape(1, 3, 4), new[,] { { 2, 0, 1, 2 } }, r),
            (x, r) => Losses.CrossEntropy(x, Draw(3, 4).Softmax(1), r, new[] { 0.5f, 2, 1, 3 }, 0.1f),
            (x, r) => Losses.CrossEntropy(Draw(3, 4), x.Softmax(1), r),
        ],
        ["NegativeLogLikelihood"] = [(x, r) => Losses.NegativeLogLikelihood(x, new[] { 2, 0, 1 }, r, ignoreIndex: 0, weight: new[] { 0.5f, 2, 1, 3 })],
        ["MeanSquaredError"] = [(x, r) => Losses.MeanSquaredError(x, Draw(3, 4), r), (x, r) => Losses.MeanSquaredError(Draw(3, 4), x, r)],
        ["MeanAbsoluteError"] = [(x, r) => Losses.MeanAbsoluteError(x, Draw(3, 4), r)],
        ["Huber"] = [(x, r) => Losses.Huber(x, Draw(3, 4), r, 0.6f), (x, r) => Losses.Huber(Draw(3, 4), x, r)],
        ["SmoothL1"] = [(x, r) => Losses.SmoothL1(x, Draw(3, 4), r, 0.6f), (x, r) => Losses.SmoothL1(x, Draw(3, 4), r, 0)],
        ["PoissonNegativeLogLikelihood"] =
        [
            (x, r) => Losses.PoissonNegativeLogLikelihood(x, Draw(3, 4).Abs() * 3, r, full: true),
            (x, r) => Losses.PoissonNegativeLogLikelihood(x.Abs() + 1, Draw(3, 4).Abs(), r, logInput: false),
        ],
        ["BinaryCrossEntropyWithLogits"] =
        [
            (x, r) => Losses.BinaryCrossEntropyWithLogits(x, Draw(3, 4).Sigmoid(), r),
            (x, r) => Losses.BinaryCrossEntropyWithLogits(x, Draw(3, 4).Sigmoid(), r, Draw(3, 4).Abs(), new[] { 0.5f, 2, 1, 3 }),
            (x, r) => Losses.BinaryCrossEntropyWithLogits(Draw(3, 4), x.Sigmoid(), r),
        ],
        ["BinaryCrossEntropy"] = [(x, r) => Losses.BinaryCrossEntropy(x.Sigmoid(), Draw(3, 4).Sigmoid(), r, Draw(4).Abs())],
        ["MultiLabelSoftMargin"] = [(x, r) => Losses.MultiLabelSoftMargin(x, Draw(3, 4).Sigmoid(), r, new[] { 0.5f, 2, 1, 3 })],
        ["SoftMargin"] = [(x, r) => Losses.SoftMargin(x, Ones(3, 4), r)],
        ["KullbackLeibler"] =
        [
            (x, r) => Losses.KullbackLeibler(x, Draw(3, 4).Softmax(1), r), (x, r) => Losses.KullbackLeibler(x, Draw(3, 4), r, logTarget: true),
            (x, r) => Losses.KullbackLeibler(Draw(3, 4), x.Softmax(1), r), (x, r) => Losses.KullbackLeibler(Draw(3, 4), x, r, logTarget: true),
        ],
        ["CosineEmbedding"] = [(x, r) => Losses.CosineEmbedding(x, Draw(3, 4), Ones(3), -0.9f, r), (x, r) => Losses.CosineEmbedding(Draw(3, 4), x, Ones(3), -0.9f, r)],
        ["TripletMargin"] =
        [
            (x, r) => Losses.TripletMargin(x, Draw(3, 4), Draw(3, 4) * 0.5f, 3, reduction: r), (x, r) => Losses.TripletMargin(Draw(3, 4), x, Draw(3, 4) * 0.5f, 3, p: 3, swap: true, reduction: r),
            (x, r) => Losses.TripletMargin(Draw(3, 4), Draw(3, 4) * 0.5f, x, 3, swap: true, reduction: r),
        ],
        ["MarginRanking"] = [(x, r) => Losses.MarginRanking(x, Draw(3, 4), Ones(3, 4), 0.3f, r), (x, r) => Losses.MarginRanking(Draw(3, 4), x, Ones(3, 4), 0.3f, r)],
        ["HingeEmbedding"] = [(x, r) => Losses.HingeEmbedding(x, Ones(3, 4), 0.7f, r)],
        ["MultiMargin"] = [(x, r) => Losses.MultiMargin(x, new[] { 2, 0, 1 }, 2, 0.7f, new[] { 0.5f, 2, 1, 3 }, r)],
        ["InBatchNegatives"] =
        [
            (x, r) => Losses.InBatchNegatives(x, Draw(3, 4), 0.7f, Draw(3), new[] { 4, 5, 4 }, r), (x, r) => Losses.InBatchNegatives(Draw(3, 4), x, 0.7f, reduction: r),
        ],
        ["InfoNce"] =
        [
            (x, r) => Losses.InfoNce(x, Draw(3, 4), null, 0.5f, r), (x, r) => Losses.InfoNce(Draw(3, 4), Draw(3, 4) * 2, x, 0.5f, r),
            (x, r) => Losses.InfoNce(Draw(3, 4), x, Draw(3, 2, 4), 0.5f, r),
        ],
        ["BayesianPersonalizedRanking"] = [(x, r) => Losses.BayesianPersonalizedRanking(x, Draw(3, 4), r), (x, r) => Losses.BayesianPersonalizedRanking(Draw(3, 1), x, r)],
        ["NegativeSampling"] = [(x, r) => Losses.NegativeSampling(Draw(3), x, r), (x, r) => Losses.NegativeSampling(x.Sum(1), Draw(3, 2), r)],
        ["SampledSoftmax"] = [(x, r) => Losses.SampledSoftmax(x.Sum(1), x, new[] { 2, 0, 1 }, new[] { 1, 5, 0, 1 }, id => (id + 1) / 21.0, r)],
    };

    public static TheoryData<string> PublicLosses =>
        [.. typeof(Losses).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(Tensor)).Select(method => method.Name).Distinct()];

    [Theory, MemberData(nameof(PublicLosses))]
    public void ALossesGradientIsItsSlope(string loss)
    {
        Assert.True(LossCases.ContainsKey(loss), $"Losses.{loss} has no gradient case; add one");
        foreach (Func<Tensor, Reduction, Tensor> one in LossCases[loss])
            foreach (Reduction reduction in Enum.GetValues<Reduction>())
            {
                Tensor x = Tensor.Randn(new Rng(3), 3, 4);
                x.RequiresGrad = true;
                Tensor value = one(x, reduction), g = Tensor.Randn(new Rng(4), value.Shape.Sizes);
                value.Backward(g);
                for (int i = 0; i < x.Count; i++)
                {
                    Tensor up = x.Clone(), down = x.Clone();
                    up.WritableSpan[i] += Step;
                    down.WritableSpan[i] -= Step;
                    double slope = (Weighted(one(up, reduction), g) - Weighted(one(down, reduction), g)) / (2 * Step);
                    Assert.Equal(slope, x.Gradient!.Span[i], Tolerance * Math.Max(1, Math.Abs(slope)));
                }
            }
    }

    static Tensor Draw(params long[] shape) => Tensor.Randn(new Rng(17), shape);

    /// <summary>1 and −1 in turn.</summary>
    static Tensor Ones(params long[] shape)
    {
        Tensor signs = Tensor.Ones(shape);
        for (int i = 1; i < signs.Count; i += 2) signs.WritableSpan[i] = -1;
        return signs;
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
