using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>Changes how many threads the whole process uses, so it runs while nothing else does.</summary>
[CollectionDefinition(nameof(RecurrentThreadsTests), DisableParallelization = true)]
[Collection(nameof(RecurrentThreadsTests))]
public class RecurrentThreadsTests
{
    [Theory]
    [InlineData("lstm", false), InlineData("lstm", true), InlineData("gru", false), InlineData("gru", true), InlineData("tanh", false),
        InlineData("relu", true)]
    public void ValuesAndGradientsHaveTheSameBitsForAnyNumberOfThreads(string kind, bool ragged)
    {
        const int Time = 21, Batch = 35, Hidden = 33;
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
                Recurrent layer = RecurrentTests.Make(kind, Hidden, ragged, true, rng, batchFirst: !ragged, layers: 2, inputs: 20);
                Tensor x = ragged ? Tensor.Randn(rng, Time, Batch, 20) : Tensor.Randn(rng, Batch, Time, 20);
                x.RequiresGrad = true;
                (Tensor output, Tensor[] last) =
                    RecurrentTests.Forward(layer, x, null, ragged ? [.. Enumerable.Range(0, Batch).Select(b => 1 + b * 8 % Time)] : null);
                ((output * Tensor.Randn(rng, output.Shape.Sizes)).Sum() + (last[^1] * last[^1]).Sum()).Backward();
                return [output.ToArray(), .. last.Select(state => state.ToArray()), x.Gradient!.ToArray(),
                    .. layer.Parameters().Cast<Parameter>().Select(parameter => parameter.Gradient!.ToArray())];
            }
            finally { Workers.Threads = before; }
        }
    }
}
