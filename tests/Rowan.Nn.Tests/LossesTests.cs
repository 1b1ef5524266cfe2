using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class LossesTests
{
    public static TheoryData<string> Cases => [.. Golden.Read("losses.json").Select(golden => golden.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void ValueAndGradientAreLibtorchs(string name)
    {
        Golden golden = Golden.Read("losses.json", name);
        Dictionary<string, Tensor> inputs = golden.Names("inputs").Where(input => input != "grad_out" && golden.IsFloat("inputs", input))
            .ToDictionary(input => input, input => golden.Tensor("inputs", input));
        foreach (string learning in golden.Names("grads")) inputs[learning].RequiresGrad = true;
        Tensor loss = Run(golden, inputs);
        Golden.Near(golden.Floats("outputs", "out"), loss.Span, "loss");
        Assert.Equal(golden.Shape("outputs", "out"), loss.Shape.Sizes.ToArray());
        loss.Backward(golden.Has("inputs", "grad_out") ? golden.Tensor("inputs", "grad_out") : null);
        foreach (string learning in golden.Names("grads"))
            Golden.Near(golden.Floats("grads", learning), inputs[learning].Gradient!.Span, $"gradient of {learning}");
    }

    static Tensor Run(Golden golden, Dictionary<string, Tensor> inputs)
    {
        Reduction reduction = Enum.Parse<Reduction>(golden.Text("reduction")!, ignoreCase: true);
        Tensor x = inputs.GetValueOrDefault("input")!, y = inputs.GetValueOrDefault("target")!;
        Tensor? weight = inputs.GetValueOrDefault("weight");
        float F(string setting) => (float)golden.Setting(setting)!;
        Indices Classes() => Indices.From(golden.Longs("inputs", "target"), golden.Shape("inputs", "target"));
        return golden.Text("loss") switch
        {
            "CrossEntropyLoss" when y is null =>
                Losses.CrossEntropy(x, Classes(), reduction, (long)F("ignore_index"), weight, F("label_smoothing")),
            "CrossEntropyLoss" => Losses.CrossEntropy(x, y, reduction, weight, F("label_smoothing")),
            "NLLLoss" => Losses.NegativeLogLikelihood(x, Classes(), reduction, (long)F("ignore_index"), weight),
            "MSELoss" => Losses.MeanSquaredError(x, y, reduction),
            "L1Loss" => Losses.MeanAbsoluteError(x, y, reduction),
            "SmoothL1Loss" => Losses.SmoothL1(x, y, reduction, F("beta")),
            "HuberLoss" => Losses.Huber(x, y, reduction, F("delta")),
            "BCELoss" => Losses.BinaryCrossEntropy(x, y, reduction, weight),
            "BCEWithLogitsLoss" => Losses.BinaryCrossEntropyWithLogits(x, y, reduction, weight, inputs.GetValueOrDefault("pos_weight")),
            "KLDivLoss" => Losses.KullbackLeibler(x, y, reduction, golden.Flag("log_target")),
            "HingeEmbeddingLoss" => Losses.HingeEmbedding(x, y, F("margin"), reduction),
            "SoftMarginLoss" => Losses.SoftMargin(x, y, reduction),
            "PoissonNLLLoss" => Losses.PoissonNegativeLogLikelihood(x, y, reduction, golden.Flag("log_input"), golden.Flag("full"),
                F("eps")),
            "MultiLabelSoftMarginLoss" => Losses.MultiLabelSoftMargin(x, y, reduction),
            "MultiMarginLoss" => Losses.MultiMargin(x, Classes(), (int)F("p"), F("margin"), null, reduction),
            "CosineEmbeddingLoss" => Losses.CosineEmbedding(inputs["input1"], inputs["input2"], y, F("margin"), reduction),
            "MarginRankingLoss" => Losses.MarginRanking(inputs["input1"], inputs["input2"], y, F("margin"), reduction),
            "TripletMarginLoss" => Losses.TripletMargin(inputs["anchor"], inputs["positive"], inputs["negative"], F("margin"), F("p"),
                F("eps"), golden.Flag("swap"), reduction),
            var other => throw new InvalidOperationException($"no loss {other}"),
        };
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedWithBothSides()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Losses.CrossEntropy(Tensor.Zeros(2, 3), new[] { 0, 3 }));
        Assert.Contains("target 3 at [1]", error.Message, StringComparison.Ordinal);
        var shapes = Assert.Throws<ArgumentException>(() => Losses.CrossEntropy(Tensor.Zeros(2, 3), new[] { 0 }));
        Assert.Contains("[2, 3]", shapes.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Losses.CrossEntropy(Tensor.Zeros(2, 3), new[] { 0, 1 }, weight: Tensor.Ones(2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.CrossEntropy(Tensor.Zeros(2, 3), new[] { 0, 1 }, labelSmoothing: 1.5f));
        var negative = Assert.Throws<ArgumentOutOfRangeException>(
            () => Losses.CrossEntropy(Tensor.Zeros(1, 2), new float[,] { { 1.5f, -0.5f } }));
        Assert.Contains("-0.5", negative.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Losses.MeanSquaredError(Tensor.Zeros(2), Tensor.Zeros(3)));
        Assert.Throws<ArgumentException>(() => Losses.BinaryCrossEntropyWithLogits(Tensor.Zeros(2), Tensor.Zeros(1, 2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.BinaryCrossEntropy(new[] { 1.5f }, new[] { 1f }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.KullbackLeibler(new[] { 0f }, new[] { -1f }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.HingeEmbedding(new[] { 1f }, new[] { 0f }));
        Assert.Throws<ArgumentException>(() => Losses.CosineEmbedding(Tensor.Zeros(2, 3), Tensor.Zeros(2, 3), Tensor.Ones(3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.InBatchNegatives(Tensor.Zeros(2, 3), Tensor.Zeros(2, 3), temperature: 0));
    }

    [Fact]
    public void BinaryCrossEntropyKeepsItsDigitsAtBothEnds()
    {
        float[] x = [0, 1, 1e-30f, 1e-8f, 0.3f, 1 - 1e-7f, 0, 1], y = [0, 1, 0.5f, 0, 1, 0, 1, 0];
        double Log(double p) => Math.Max(Math.Log(p), -100);
        Tensor losses = Losses.BinaryCrossEntropy(x, y, Reduction.None);
        for (int i = 0; i < x.Length; i++)
        {
            double expected = (y[i] - 1) * Log(1 - (double)x[i]) - y[i] * Log(x[i]);
            Assert.Equal(expected, losses.At(i), 1e-6 * expected);
        }
        float[] logits = [-200, -20, -1e-3f, 0, 3, 50, 200];
        Tensor ofLogits = Losses.BinaryCrossEntropyWithLogits(logits, Tensor.Full(0.25f, 7), Reduction.None);
        for (int i = 0; i < logits.Length; i++)
        {
            double expected = Math.Max(logits[i], 0) - 0.25 * logits[i] + Math.Log(1 + Math.Exp(-Math.Abs((double)logits[i])));
            Assert.Equal(expected, ofLogits.At(i), 1e-6 * expected);
        }
    }

    /// <summary>Each formula written out for one example at a time.</summary>
    [Fact]
    public void LossesOfEmbeddingModelsAreTheirFormulas()
    {
        var rng = new Rng(5);
        Tensor q = Tensor.Randn(rng, 4, 6), k = Tensor.Randn(rng, 4, 6), frequency = Tensor.Rand(rng, 4).Log();
        Indices ids = new[] { 7, 3, 7, 5 };
        double expected = 0;
        for (int i = 0; i < 4; i++)
        {
            double all = 0;
            for (int j = 0; j < 4; j++)
                if (j == i || ids.Span[i] != ids.Span[j]) all += Math.Exp(Dot(q[i], k[j]) / 0.5 - frequency.At(j));
            expected -= Math.Log(Math.Exp(Dot(q[i], k[i]) / 0.5 - frequency.At(i)) / all) / 4;
        }
        Assert.Equal(expected, Losses.InBatchNegatives(q, k, 0.5f, frequency, ids).Item(), 1e-5);

        Tensor own = Tensor.Randn(rng, 3, 5, 6);
        double withOwn = 0;
        for (int i = 0; i < 3; i++)
        {
            double all = Math.Exp(Cosine(q[i], k[i]) / 0.2), right = all;
            for (int m = 0; m < 5; m++) all += Math.Exp(Cosine(q[i], own[i, m]) / 0.2);
            withOwn -= Math.Log(right / all) / 3;
        }
        Assert.Equal(withOwn, Losses.InfoNce(q.Slice(0, 0, 3), k.Slice(0, 0, 3), own, 0.2f).Item(), 1e-5);

        Tensor positive = Tensor.Randn(rng, 3), negative = Tensor.Randn(rng, 3, 4);
        double bpr = 0, sampled = 0;
        for (int i = 0; i < 3; i++)
        {
            sampled -= Math.Log(Sigmoid(positive.At(i)));
            for (int m = 0; m < 4; m++)
            {
                bpr -= Math.Log(Sigmoid(positive.At(i) - negative.At(i, m))) / 12;
                sampled -= Math.Log(Sigmoid(-negative.At(i, m)));
            }
        }
        Assert.Equal(bpr, Losses.BayesianPersonalizedRanking(positive.Unsqueeze(1), negative).Item(), 1e-5);
        Assert.Equal(sampled, Losses.NegativeSampling(positive, negative, Reduction.Sum).Item(), 1e-4);
    }

    /// <summary>With every class drawn once, and uniformly, the sampled softmax is the softmax.</summary>
    [Fact]
    public void SampledSoftmaxOverAllClassesIsTheSoftmax()
    {
        var rng = new Rng(2);
        Tensor scores = Tensor.Randn(rng, 5, 8);
        Indices targets = new[] { 3, 0, 7, 3, 1 };
        Indices all = Enumerable.Range(0, 8).ToArray();
        Tensor own = scores.Gather(1, targets.Reshape(5, 1)).Reshape(5);
        Assert.Equal(Losses.CrossEntropy(scores, targets).Item(), Losses.SampledSoftmax(own, scores, targets, all, _ => 1.0 / 8).Item(),
            1e-5);
    }

    [Fact]
    public void AnAliasTableDrawsByWeight()
    {
        double[] weights = [3, 0, 1, 8, 0.5, 0];
        var table = new AliasTable(weights, power: 0.75);
        var rng = new Rng(1);
        var counts = new int[6];
        for (int i = 0; i < 200_000; i++) counts[table.Draw(rng)]++;
        double total = weights.Sum(weight => Math.Pow(weight, 0.75));
        for (int id = 0; id < 6; id++)
        {
            double expected = weights[id] == 0 ? 0 : Math.Pow(weights[id], 0.75) / total;
            Assert.Equal(expected, table.Probability(id), 1e-12);
            Assert.Equal(expected, counts[id] / 200_000.0, expected == 0 ? 0 : 0.005);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => new AliasTable([1, -1]));
        Assert.Throws<ArgumentException>(() => new AliasTable([0, 0]));
    }

    [Fact]
    public void AnAdaptiveSoftmaxIsADistributionAndScoresItsTargets()
    {
        var rng = new Rng(3);
        var layer = new Nn.AdaptiveLogSoftmax(16, 40, [8, 20], divisor: 2, headBias: true, rng);
        Assert.Equal(["head.weight", "head.bias", "tail.0.0.weight", "tail.0.1.weight", "tail.1.0.weight", "tail.1.1.weight"],
            layer.NamedParameters().Select(part => part.Name));
        Tensor x = Tensor.Randn(rng, 6, 16);
        Indices targets = new[] { 2, 39, 8, 19, 20, 7 };
        Tensor all = layer.LogProbabilities(x);
        foreach (float sum in all.Exp().Sum(1).Span) Assert.Equal(1, sum, 1e-5f);
        Nn.AdaptiveResult result = layer.Forward(x, targets);
        for (int i = 0; i < 6; i++) Assert.Equal(all.At(i, targets.Span[i]), result.LogProbabilities.At(i), 1e-5f);
        Assert.Equal(-all.Gather(1, targets.Reshape(6, 1)).Mean().Item(), result.Loss.Item(), 1e-5f);
        Indices best = layer.Predict(x);
        for (int i = 0; i < 6; i++) Assert.Equal(all[i].Max().Item(), all.At(i, best.Span[i]));
    }

    static double Dot(Tensor x, Tensor y) => (x * y).Sum().Item();

    static double Cosine(Tensor x, Tensor y) => Dot(x, y) / Math.Sqrt(Dot(x, x) * Dot(y, y));

    static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
