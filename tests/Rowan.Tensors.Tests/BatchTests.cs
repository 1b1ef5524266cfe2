namespace Rowan.Tests;

public class BatchTests
{
    static readonly Dictionary<string, (long[] X, long[] W, Func<Tensor, Tensor, Tensor> Forward)> Cases = new()
    {
        ["layer norm"] = ([150, 2, 9], [2, 9], static (x, w) => x.LayerNorm(new Shape(2, 9), w, w)),
        ["convolution"] = ([50, 4, 33], [6, 4, 3], static (x, w) => x.Conv1d(w, null, padding: 1)),
        ["strided convolution in groups"] = ([40, 4, 9, 10], [6, 2, 3, 2], static (x, w) => x.Conv2d(w, null, (2, 3), (2, 1), (1, 2), 2)),
        ["convolution that sees padding alone"] = ([3, 2, 2], [2, 2, 2], static (x, w) => x.Conv1d(w, null, padding: 5, dilation: 3)),
        ["attention"] = ([20, 7, 24], [1, 2, 7, 7], static (x, w) => Ops.Attention(x, 2, w, batchFirst: true)),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    /// <summary>What is computed in blocks of examples is what each example gives alone.</summary>
    [Theory, MemberData(nameof(Names))]
    public void ABatchIsItsExamplesOneByOne(string name)
    {
        (long[] shape, long[] shapeOfW, Func<Tensor, Tensor, Tensor> forward) = Cases[name];
        var rng = new Rng(1);
        Tensor x = Learning(Tensor.Randn(rng, shape)), w = Learning(Tensor.Randn(rng, shapeOfW)), y = forward(x, w),
        g = Tensor.Randn(rng, y.Shape.Sizes);
        y.Backward(g);
        Tensor wAlone = Learning(w.Detach().Clone());
        for (int i = 0; i < shape[0]; i++)
        {
            Tensor one = Learning(x.Detach().Slice(0, i, 1)), value = forward(one, wAlone);
            value.Backward(g.Slice(0, i, 1));
            Assert.True(value.AllClose(y.Detach().Slice(0, i, 1), 1e-4f, 1e-5f), $"value of example {i}");
            Assert.True(one.Gradient!.AllClose(x.Gradient!.Slice(0, i, 1), 1e-4f, 1e-5f), $"gradient of example {i}");
        }
        Assert.True(wAlone.Gradient!.AllClose(w.Gradient!, 1e-3f, 1e-3f), "gradient of what all examples share");
    }

    static Tensor Learning(Tensor x)
    {
        x.RequiresGrad = true;
        return x;
    }
}
