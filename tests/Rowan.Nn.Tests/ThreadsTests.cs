using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>Changes how many threads the whole process uses, so it runs while nothing else does.</summary>
[CollectionDefinition(nameof(ThreadsTests), DisableParallelization = true)]
[Collection(nameof(ThreadsTests))]
public class ThreadsTests
{
    /// <summary>What is large enough to be split, and what of its inputs learns.</summary>
    static readonly Dictionary<string, (long[][] Inputs, Func<Tensor[], Tensor> Forward)> Cases = new()
    {
        ["cross entropy"] = ([[200, 1_003]], x => Losses.CrossEntropy(x[0], Targets(200, 1_003), ignoreIndex: 5)),
        ["cross entropy, smoothed and weighted"] =
            ([[200, 1_003]], x => Losses.CrossEntropy(x[0], Targets(200, 1_003), Reduction.None, weight: Weights(1_003),
            labelSmoothing: 0.1f)),
        ["attention"] = ([[5, 65, 72], [5, 33, 72], [5, 33, 72], [5, 1, 65, 33]],
            x => Ops.Attention(x[0], x[1], x[2], 3, x[3], 0.1f, new Rng(4), batchFirst: true)),
        ["attention of one projection"] = ([[70, 7, 3 * 48]], x => Ops.Attention(x[0], 4)),
        ["affine"] = ([[2, 99, 40], [1_003, 40], [1_003]], x => Ops.Affine(x[0], x[1], x[2])),
        ["layer norm"] = ([[301, 2, 130], [2, 130], [2, 130]], x => x[0].LayerNorm(new Shape(2, 130), x[1], x[2])),
        ["binary cross entropy of logits"] = ([[33, 1_001], [33, 1_001]], x => Losses.BinaryCrossEntropyWithLogits(x[0], x[1])),
        ["binary cross entropy"] =
            ([[33, 1_001], [33, 1_001]], x => Losses.BinaryCrossEntropy(x[0].Sigmoid(), x[1].Sigmoid(), weight: Weights(1_001))),
        ["squared error"] = ([[33, 1_001], [33, 1_001]], x => Losses.MeanSquaredError(x[0], x[1])),
        ["products summed"] = ([[3_100, 65], [3_100, 65]], x => (x[0] * x[1]).Sum(1)),
        ["sums between"] = ([[100, 33, 65]], x => x[0].Sum(1)),
        ["convolution"] = ([[50, 20, 33], [30, 20, 3], [30]], x => x[0].Conv1d(x[1], x[2])),
        ["convolution in groups"] = ([[9, 12, 14, 15], [18, 4, 3, 2], [18]], x => x[0].Conv2d(x[1], x[2], (1, 2), (2, 1), (1, 2), 3)),
        ["softmax"] = ([[200, 1_003]], x => x[0].Softmax(-1)),
        ["log softmax"] = ([[200, 1_003]], x => x[0].LogSoftmax(-1)),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void ValuesAndGradientsHaveTheSameBitsForAnyNumberOfThreads(string name)
    {
        float[][] one = Run(1);
        Assert.All(one, values => Assert.Contains(values, value => value != 0));
        foreach (int threads in (int[])[2, 3, 8])
        {
            float[][] many = Run(threads);
            for (int i = 0; i < one.Length; i++) Assert.Equal(one[i], many[i]);
        }

        float[][] Run(int threads)
        {
            int before = Workers.Threads;
            try
            {
                Workers.Threads = threads;
                var rng = new Rng(1);
                Tensor[] inputs = [.. Cases[name].Inputs.Select(shape => Tensor.Randn(rng, shape))];
                foreach (Tensor input in inputs) input.RequiresGrad = true;
                Tensor value = Cases[name].Forward(inputs);
                value.Backward(Tensor.Randn(rng, value.Shape.Sizes));
                return [value.ToArray(), .. inputs.Select(input => input.Gradient!.ToArray())];
            }
            finally { Workers.Threads = before; }
        }
    }

    static Indices Targets(int count, int classes) => Enumerable.Range(0, count).Select(i => i * 31 % classes).ToArray();

    static Tensor Weights(int classes) => Tensor.Rand(new Rng(2), classes);
}
