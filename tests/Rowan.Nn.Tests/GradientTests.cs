using System.Reflection;
using Rowan.Nn;

namespace Rowan.Tests;

/// <summary>Losses and lookups against finite differences of their own forward pass; a loss without a case fails.</summary>
public class GradientTests
{
    const float Step = 1e-2f, Tolerance = 1e-2f;

    /// <summary>For each loss: what of x [3, n] it takes. Constants are drawn anew from a seed of their own in every call.</summary>
    static readonly Dictionary<string, Func<Tensor, Reduction, int, Tensor>[]> LossCases = new()
    {
        ["CrossEntropy"] =
        [
            (x, r, n) => Losses.CrossEntropy(x, Classes(3, n), r, ignoreIndex: n == 1 ? -1 : 0),
            (x, r, n) => Losses.CrossEntropy(x, Classes(3, n), r, weight: Draw(n).Abs(), labelSmoothing: 0.2f),
            (x, r, n) => Losses.CrossEntropy(x.Reshape(1, 3, n), Classes(n, 3).Reshape(1, n), r),
            (x, r, n) => Losses.CrossEntropy(x, Draw(3, n).Softmax(1), r, Draw(n).Abs(), 0.1f),
            (x, r, n) => Losses.CrossEntropy(Draw(3, n), x.Softmax(1), r),
        ],
        ["NegativeLogLikelihood"] =
            [(x, r, n) => Losses.NegativeLogLikelihood(x, Classes(3, n), r, ignoreIndex: n == 1 ? -1 : 0, weight: Draw(n).Abs())],
        ["Ctc"] = [(x, r, n) => Losses.Ctc(Ops.Concat([x, Draw(3, 2)], 1).Reshape(3, 1, n + 2), new[,] { { 2, 1 } }, reduction: r)],
        ["MeanSquaredError"] = [(x, r, n) => Losses.MeanSquaredError(x, Draw(3, n), r),
            (x, r, n) => Losses.MeanSquaredError(Draw(3, n), x, r)],
        ["MeanAbsoluteError"] = [(x, r, n) => Losses.MeanAbsoluteError(x, Draw(3, n), r)],
        ["Huber"] = [(x, r, n) => Losses.Huber(x, Draw(3, n), r, 0.6f), (x, r, n) => Losses.Huber(Draw(3, n), x, r)],
        ["SmoothL1"] = [(x, r, n) => Losses.SmoothL1(x, Draw(3, n), r, 0.6f), (x, r, n) => Losses.SmoothL1(x, Draw(3, n), r, 0)],
        ["PoissonNegativeLogLikelihood"] =
        [
            (x, r, n) => Losses.PoissonNegativeLogLikelihood(x, Draw(3, n).Abs() * 3, r, full: true),
            (x, r, n) => Losses.PoissonNegativeLogLikelihood(x.Abs() + 1, Draw(3, n).Abs(), r, logInput: false),
        ],
        ["BinaryCrossEntropyWithLogits"] =
        [
            (x, r, n) => Losses.BinaryCrossEntropyWithLogits(x, Draw(3, n).Sigmoid(), r),
            (x, r, n) => Losses.BinaryCrossEntropyWithLogits(x, Draw(3, n).Sigmoid(), r, Draw(3, n).Abs(), Draw(n).Abs()),
            (x, r, n) => Losses.BinaryCrossEntropyWithLogits(Draw(3, n), x.Sigmoid(), r),
        ],
        ["BinaryCrossEntropy"] = [(x, r, n) => Losses.BinaryCrossEntropy(x.Sigmoid(), Draw(3, n).Sigmoid(), r, Draw(n).Abs())],
        ["MultiLabelSoftMargin"] = [(x, r, n) => Losses.MultiLabelSoftMargin(x, Draw(3, n).Sigmoid(), r, Draw(n).Abs())],
        ["SoftMargin"] = [(x, r, n) => Losses.SoftMargin(x, Ones(3, n), r)],
        ["KullbackLeibler"] =
        [
            (x, r, n) => Losses.KullbackLeibler(x, Draw(3, n).Softmax(1), r), (x, r, n) =>
                Losses.KullbackLeibler(x, Draw(3, n), r, logTarget: true),
            (x, r, n) => Losses.KullbackLeibler(Draw(3, n), x.Softmax(1), r), (x, r, n) =>
                Losses.KullbackLeibler(Draw(3, n), x, r, logTarget: true),
        ],
        ["CosineEmbedding"] = [(x, r, n) => Losses.CosineEmbedding(x, Draw(3, n), Ones(3), -0.9f, r),
            (x, r, n) => Losses.CosineEmbedding(Draw(3, n), x, Ones(3), -0.9f, r)],
        ["TripletMargin"] =
        [
            (x, r, n) => Losses.TripletMargin(x, Draw(3, n), Draw(3, n) * 0.5f, 3, reduction: r), (x, r, n) =>
                Losses.TripletMargin(Draw(3, n), x, Draw(3, n) * 0.5f, 3, p: 3, swap: true, reduction: r),
            (x, r, n) => Losses.TripletMargin(Draw(3, n), Draw(3, n) * 0.5f, x, 3, swap: true, reduction: r),
        ],
        ["MarginRanking"] = [(x, r, n) => Losses.MarginRanking(x, Draw(3, n), Ones(3, n), 0.3f, r),
            (x, r, n) => Losses.MarginRanking(Draw(3, n), x, Ones(3, n), 0.3f, r)],
        ["HingeEmbedding"] = [(x, r, n) => Losses.HingeEmbedding(x, Ones(3, n), 0.7f, r)],
        ["MultiMargin"] = [(x, r, n) => Losses.MultiMargin(x, Classes(3, n), 2, 0.7f, Draw(n).Abs(), r)],
        ["InBatchNegatives"] =
        [
            (x, r, n) => Losses.InBatchNegatives(x, Draw(3, n), 0.7f, Draw(3), new[] { 4, 5, 4 }, r), (x, r, n) =>
                Losses.InBatchNegatives(Draw(3, n), x, 0.7f, reduction: r),
        ],
        ["InfoNce"] =
        [
            (x, r, n) => Losses.InfoNce(x, Draw(3, n), null, 0.5f, r), (x, r, n) => Losses.InfoNce(Draw(3, n), Draw(3, n) * 2, x, 0.5f, r),
            (x, r, n) => Losses.InfoNce(Draw(3, n), x, Draw(3, 2, n), 0.5f, r),
        ],
        ["BayesianPersonalizedRanking"] =
            [(x, r, n) => Losses.BayesianPersonalizedRanking(x, Draw(3, n), r),
            (x, r, n) => Losses.BayesianPersonalizedRanking(Draw(3, 1), x, r)],
        ["NegativeSampling"] = [(x, r, n) => Losses.NegativeSampling(Draw(3), x, r),
            (x, r, n) => Losses.NegativeSampling(x.Sum(1), Draw(3, 2), r)],
        ["CosineContrastive"] =
        [
            (x, r, n) => Losses.CosineContrastive(Draw(3), x, 0.1f, 5, reduction: r),
            (x, r, n) => Losses.CosineContrastive(x.Sum(1), Draw(3, 2), 0.3f, 2, new[] { 1, 4 }, r),
            (x, r, n) => Losses.CosineContrastive(Draw(3), x, -0.2f, 3, new[] { 0, n }, r),
        ],
        ["SampledSoftmax"] =
        [
            (x, r, n) => Losses.SampledSoftmax(Draw(3), x, Classes(3, 5), Classes(n, 5), id => (id + 1.0) / 15, r),
            (x, r, n) => Losses.SampledSoftmax(x.Sum(1), x, Classes(3, n), Classes(n, n + 2), id => (id + 1.0) / 1000, r),
        ],
    };

    public static TheoryData<string> PublicLosses =>
        [.. typeof(Losses).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(Tensor))
            .Select(method => method.Name).Distinct()];

    [Theory, MemberData(nameof(PublicLosses))]
    public void ALossesGradientIsItsSlope(string loss)
    {
        Assert.True(LossCases.ContainsKey(loss), $"Losses.{loss} has no gradient case; add one");
        foreach (int n in (int[])[1, 7, 8, 9, 15, 16, 17, 33])
            foreach ((Func<Tensor, Reduction, int, Tensor> one, Reduction reduction) in LossCases[loss]
                .SelectMany(one => Enum.GetValues<Reduction>().Select(reduction => (one, reduction))))
            {
                Tensor x = Tensor.Randn(new Rng(3), 3, n);
                x.RequiresGrad = true;
                Tensor value = one(x, reduction, n), g = Tensor.Randn(new Rng(4), value.Shape.Sizes);
                value.Backward(g);
                for (int i = 0; i < x.Count; i++)
                {
                    Tensor up = x.Clone(), down = x.Clone();
                    up.WritableSpan[i] += Step;
                    down.WritableSpan[i] -= Step;
                    double here = Weighted(value, g), after = (Weighted(one(up, reduction, n), g) - here) / Step,
                    before = (here - Weighted(one(down, reduction, n), g)) / Step;
                    // Where the loss has a corner between the two, the gradient is one of the slopes there.
                    double given = x.Gradient!.Span[i], slope = Math.Clamp(given, Math.Min(before, after), Math.Max(before, after));
                    Assert.True(Math.Abs(slope - given) <= Tolerance * Math.Max(1, Math.Abs(slope)),
                        $"{reduction} at {i} of [3, {n}]: gradient {given}, slopes {before} and {after}");
                }
            }
    }

    /// <summary>Classes below a bound, in turn.</summary>
    static Indices Classes(int count, int classes) => Enumerable.Range(0, count).Select(i => (2 * i + 2) % classes).ToArray();

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
