namespace Rowan.Tests;

public class TensorTests
{
    [Fact]
    public void BroadcastingIsTheSlowObviousWay()
    {
        var rng = new Rng(0);
        long[][] shapes = [[], [1], [5], [3, 1], [1, 5], [3, 5], [2, 1, 5], [2, 3, 1], [2, 3, 5], [1, 1, 1]];
        foreach (long[] a in shapes)
            foreach (long[] b in shapes)
            {
                Tensor x = Tensor.Randn(rng, a), y = Tensor.Randn(rng, b), z = x - y;
                int rank = Math.Max(a.Length, b.Length);
                Assert.Equal(rank, z.Rank);
                for (int i = 0; i < z.Count; i++)
                {
                    long rest = i;
                    var at = new long[rank];
                    for (int d = rank - 1; d >= 0; d--) (rest, at[d]) = Math.DivRem(rest, z.Shape[d]);
                    Assert.Equal(Value(x, at) - Value(y, at), z.Span[i]);
                }
            }

        static float Value(Tensor x, long[] at) => x.At([.. at[^x.Rank..].Select((place, d) => x.Shape[d] == 1 ? 0 : place)]);
    }

    [Fact]
    public void ShapesThatDoNotFitAreNamedOnBothSides()
    {
        (Action Act, string Left, string Right)[] cases =
        [
            (() => _ = Tensor.Zeros(2, 3) + Tensor.Zeros(2, 4), "[2, 3]", "[2, 4]"),
            (() => Tensor.Zeros(2, 3).MatMul(Tensor.Zeros(4, 5)), "[2, 3]", "[4, 5]"),
            (() => Ops.Affine(Tensor.Zeros(2, 3), Tensor.Zeros(5, 4), null), "[2, 3]", "[5, 4]"),
            (() => Ops.Concat([Tensor.Zeros(2, 3), Tensor.Zeros(2, 4)], 0), "[2, 3]", "[2, 4]"),
            (() => Tensor.Zeros(2, 3).Reshape(4), "[2, 3]", "[4]"),
            (() => Tensor.Zeros(2).AllClose(Tensor.Zeros(3)), "[2]", "[3]"),
        ];
        foreach ((Action act, string left, string right) in cases)
        {
            var error = Assert.ThrowsAny<ArgumentException>(act);
            Assert.Contains(left, error.Message, StringComparison.Ordinal);
            Assert.Contains(right, error.Message, StringComparison.Ordinal);
        }
        Assert.Throws<ArgumentException>(() => new Tensor([1, 2, 3], 2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.Zeros(2, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.Zeros(1L << 40));
        foreach (Func<Tensor> make in (Func<Tensor>[])[() => Tensor.Zeros(long.MaxValue, 4), () => Tensor.Empty(4, long.MaxValue), ()
            => Tensor.Randn(new Rng(1), long.MaxValue, long.MaxValue, 2)])
        {
            string message = Assert.Throws<ArgumentOutOfRangeException>(make).Message;
            Assert.Contains("9223372036854775807", message, StringComparison.Ordinal);
            Assert.Contains("a tensor holds at most 2147483591", message, StringComparison.Ordinal);
        }
        Assert.Contains("[9223372036854775807, 4]", Assert.Throws<OverflowException>(() => new Tensor([1], long.MaxValue, 4)).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, Tensor.Zeros(long.MaxValue, 0).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.Zeros(2, 3)[2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.Zeros(2, 3).Sum(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.Zeros(2, 3).IndexSelect(0, new[] { 0, 2 }));
    }

    [Fact]
    public void PyTorchsRulesAtTheEdges()
    {
        Assert.Equal(0, Tensor.Zeros(0).Sum().Item());
        Assert.True(float.IsNaN(Tensor.Zeros(0).Mean().Item()));
        Tensor infinite = Tensor.Full(float.NegativeInfinity, 1, 3);
        Assert.All(infinite.Softmax(-1).ToArray(), value => Assert.True(float.IsNaN(value)));
        Assert.Equal([0.26894143f, 0.7310586f], new Tensor([1000, 1001], 2).Softmax(0).ToArray(), (a, b) => MathF.Abs(a - b) < 1e-6f);
        var ties = new Tensor([1, 3, 3], 3) { RequiresGrad = true };
        ties.Max().Backward();
        Assert.Equal([0, 1, 0], ties.Gradient!.ToArray());
        Assert.Equal([0, 0, 0], Tensor.Zeros(1, 3).Normalize().ToArray());
    }

    [Fact]
    public void IndicesTakeEveryShape()
    {
        Assert.Equal(0, ((Indices)5).Shape.Rank);
        Assert.Equal([3], ((Indices)new[] { 1, 2, 3 }).Shape.Sizes.ToArray());
        Assert.Equal([2, 2], ((Indices)new long[,] { { 1, 2 }, { 3, 4 } }).Shape.Sizes.ToArray());
        Assert.Equal([1, 2, 1], ((Indices)new[,,] { { { 1 }, { 2 } } }).Shape.Sizes.ToArray());
        Assert.Equal([1, 1, 1, 2], Indices.From(new int[1, 1, 1, 2]).Shape.Sizes.ToArray());
        Assert.Equal([2, 0], Indices.From(new long[2, 0]).Shape.Sizes.ToArray());
        Indices written = [4, 5];
        Assert.Equal([4, 5], written);
        Assert.Equal("[1, 0]", ((Indices)new[,] { { 1, 2 }, { 3, 4 } }).Describe(2));
        Assert.Throws<ArgumentException>(() => Indices.From(new double[2]));
        Assert.Throws<ArgumentException>(() => Indices.From(new long[] { 1, 2, 3 }, 2, 2));
    }

    [Fact]
    public void TextShowsValuesAndShape()
    {
        Assert.Equal("[[1.0000, 2.5000],\n [3.0000, 4.0000]]  [2, 2]", new Tensor([1, 2.5f, 3, 4], 2, 2).ToString());
        Assert.Contains("…", Tensor.Zeros(100).ToString(), StringComparison.Ordinal);
        Assert.Equal("[]  [0]", Tensor.Zeros(0).ToString());
    }
}
