using System.Reflection;
using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>Every op against finite differences of its own forward pass; an op without a case fails.</summary>
public class GradientTests
{
    const float Step = 1e-2f, Tolerance = 2e-2f;

    static readonly Tensor LastRowMasked = new float[,]
    {
        { 0, 0, float.NegativeInfinity, 0, 0 }, { 0, 0, 0, 0, 0 },
        { float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity },
    };

    /// <summary>For each public op: its inputs' shapes, how it is called, and where the inputs lie.</summary>
    static readonly Dictionary<string, Case[]> Cases = new()
    {
        ["Add"] = [new(x => Ops.Add(x[0], x[1]), [2, 3], [2, 3]), new(x => Ops.Add(x[0], x[1]), [2, 3], [3]),
            new(x => Ops.Add(x[0], x[1]), [4, 1, 3], [2, 1])],
        ["Subtract"] = [new(x => Ops.Subtract(x[0], x[1]), [2, 3], [2, 3]), new(x => Ops.Subtract(x[0], x[1]), [1], [2, 2])],
        ["Multiply"] = [new(x => Ops.Multiply(x[0], x[1]), [2, 3], [2, 3]), new(x => Ops.Multiply(x[0], x[1]), [2, 3], [2, 1]),
            new(x => Ops.Multiply(x[0], x[1]), [], [5])],
        ["Divide"] = [new(x => Ops.Divide(x[0], x[1]), [2, 3], [2, 3]) { Low = 1, High = 2 },
            new(x => Ops.Divide(x[0], x[1]), [3], [2, 3]) { Low = 1, High = 2 }],
        ["Negate"] = [new(x => Ops.Negate(x[0]), [7])],
        ["Exp"] = [new(x => x[0].Exp(), [9])],
        ["Log"] = [new(x => x[0].Log(), [9]) { Low = 0.5f, High = 2 }],
        ["Sqrt"] = [new(x => x[0].Sqrt(), [9]) { Low = 0.5f, High = 2 }],
        ["Abs"] = [new(x => x[0].Abs(), [9]) { Low = 0.1f, High = 1 }, new(x => x[0].Abs(), [9]) { Low = -1, High = -0.1f }],
        ["Relu"] = [new(x => x[0].Relu(), [9]) { Low = 0.1f, High = 1 }, new(x => x[0].Relu(), [9]) { Low = -1, High = -0.1f }],
        ["Tanh"] = [new(x => x[0].Tanh(), [19])],
        ["Sigmoid"] = [new(x => x[0].Sigmoid(), [19])],
        ["Power"] = [new(x => x[0].Power(3), [5]), new(x => x[0].Power(-0.5f), [5]) { Low = 1, High = 2 }],
        ["Maximum"] = [new(x => Ops.Maximum(x[0], x[1]), [2, 5], [5])],
        ["Minimum"] = [new(x => Ops.Minimum(x[0], x[1]), [2, 5], [2, 1])],
        ["LeakyRelu"] = [new(x => x[0].LeakyRelu(0.2f), [9]) { Low = 0.1f, High = 1 },
            new(x => x[0].LeakyRelu(), [9]) { Low = -1, High = -0.1f }],
        ["Elu"] = [new(x => x[0].Elu(0.7f), [19])],
        ["Celu"] = [new(x => x[0].Celu(0.7f), [19])],
        ["Selu"] = [new(x => x[0].Selu(), [9]) { Low = 0.1f, High = 1 }, new(x => x[0].Selu(), [9]) { Low = -1, High = -0.1f }],
        ["Gelu"] = [new(x => x[0].Gelu(), [19]), new(x => x[0].Gelu(approximate: true), [19])],
        ["Silu"] = [new(x => x[0].Silu(), [19])],
        ["Mish"] = [new(x => x[0].Mish(), [19])],
        ["Softplus"] = [new(x => x[0].Softplus(2, 1), [19])],
        ["LogSigmoid"] = [new(x => x[0].LogSigmoid(), [19])],
        ["Softsign"] = [new(x => x[0].Softsign(), [19])],
        ["HardTanh"] = [new(x => x[0].HardTanh(-2, 0.5f), [9]) { Low = -1, High = 0.4f }],
        ["Relu6"] = [new(x => x[0].Relu6(), [9]) { Low = 5, High = 5.9f }],
        ["HardSigmoid"] = [new(x => x[0].HardSigmoid(), [9])],
        ["HardSwish"] = [new(x => x[0].HardSwish(), [9])],
        ["Clamp"] = [new(x => x[0].Clamp(-2, 0.5f), [9]) { Low = -1, High = 0.4f }],
        ["Erf"] = [new(x => x[0].Erf(), [19])], ["Sin"] = [new(x => x[0].Sin(), [19])], ["Cos"] = [new(x => x[0].Cos(), [19])],
        ["Glu"] = [new(x => x[0].Glu(), [2, 6]), new(x => x[0].Glu(0), [4, 3])],
        ["MaskedFill"] = [new(x => x[0].MaskedFill(new[,] { { true, false, false }, { false, true, false } }, 3), [4, 2, 3])],
        ["MaskedSoftmax"] = [new(x => (x[0] + LastRowMasked).MaskedSoftmax(), [3, 5]), new(x => x[0].MaskedSoftmax(), [9])],
        ["Dropout"] = [new(x => x[0].Dropout(0.3f, new Rng(2)), [9])],
        ["LayerNorm"] = [new(x => x[0].LayerNorm(new Shape(5), x[1], x[2]), [3, 5], [5], [5]),
            new(x => x[0].LayerNorm(new Shape(2, 3), null, null), [2, 2, 3]),
            new(x => x[0].LayerNorm(new Shape(5), null, x[1]), [3, 5], [5])],
        ["BatchNorm"] =
        [
            new(x => x[0].BatchNorm(Ops.ChannelStatistics(x[0]).Mean, Ops.ChannelStatistics(x[0]).Variance, true, x[1], x[2]), [4, 2, 3],
                [2], [2]),
            new(x => x[0].BatchNorm(new float[] { 0.1f, 0.2f }, new float[] { 1, 2 }, false, null, x[1]), [4, 2], [2]),
        ],
        ["Conv1d"] = [new(x => x[0].Conv1d(x[1], x[2], 2, 1, 2, 2), [2, 4, 9], [4, 2, 3], [4]),
            new(x => x[0].Conv1d(x[1], null), [1, 2, 5], [3, 2, 2])],
        ["Conv2d"] = [new(x => x[0].Conv2d(x[1], x[2], (1, 2), (1, 0), (1, 2)), [2, 2, 4, 5], [3, 2, 2, 2], [3])],
        ["AveragePool2d"] = [new(x => x[0].AveragePool2d(new(2), new(3, 2, 1)), [2, 4, 5])],
        ["AdaptiveAveragePool2d"] = [new(x => x[0].AdaptiveAveragePool2d(2, 3), [2, 4, 5])],
        ["Square"] = [new(x => x[0].Square(), [19])], ["Rsqrt"] = [new(x => x[0].Rsqrt(), [9]) { Low = 1, High = 2 }],
            ["Sign"] = [new(x => x[0].Sign(), [9]) { Low = 0.1f }],
        ["PRelu"] = [new(x => x[0].PRelu(x[1]), [2, 3, 4], [3]) { Low = 0.1f },
            new(x => x[0].PRelu(x[1]), [5], [1]) { Low = -1, High = -0.1f }],
        ["Pow"] = [new(x => x[0].Pow(2), [5])],
        ["Where"] =
        [
            new(x => Ops.Where(new[,] { { true, false, true }, { false, true, false } }, x[0], x[1]), [2, 3], [2, 3]),
            new(x => Ops.Where(new[] { true, false, true }, x[0], x[1]), [4, 1, 3], [2, 1]),
        ],
        ["Part"] =
        [
            new(x => x[0][1..3], [4, 3]), new(x => x[0][.., 0], [2, 3]), new(x => x[0][^1], [3, 2]), new(x => x[0][0, .., 1..], [2, 3, 4]),
                new(x => x[0][..], [5]),
            new(x => x[0][.., new[] { 2, 0, 2 }], [2, 3, 2]), new(x => x[0][new[,] { { 1, 0 }, { 1, 1 } }, 1..], [2, 3]),
        ],
        ["Flip"] = [new(x => x[0].Flip(0), [3, 2]), new(x => x[0].Flip(-1, 0), [2, 3, 4]), new(x => x[0].Flip(), [3])],
        ["Repeat"] = [new(x => x[0].Repeat(2, 3), [2, 3]), new(x => x[0].Repeat(2, 1, 2), [3, 2])],
        ["Tile"] = [new(x => x[0].Tile(2), [2, 3]), new(x => x[0].Tile(2, 1, 2), [3])],
        ["RepeatInterleave"] = [new(x => x[0].RepeatInterleave(2, 0), [3, 2]), new(x => x[0].RepeatInterleave(3, -1), [2, 3])],
        ["Pad"] = [new(x => x[0].Pad(1, 2), [2, 3]), new(x => x[0].Pad([1, 0, -1, 2], 5), [3, 2])],
        ["Expand"] = [new(x => x[0].Expand(4, 2, 3), [2, 3]), new(x => x[0].Expand(2, -1, 3), [2, 2, 1])],
            ["ExpandAs"] = [new(x => x[0].ExpandAs(Tensor.Zeros(4, 3)), [3])],
        ["Tril"] = [new(x => x[0].Tril(), [3, 4]), new(x => x[0].Tril(-1), [2, 3, 3])],
            ["Triu"] = [new(x => x[0].Triu(1), [4, 3]), new(x => Tensor.Triu(x[0]), [2, 2])],
        ["Diagonal"] = [new(x => x[0].Diagonal(), [3, 4]), new(x => x[0].Diagonal(-1), [4, 2]),
            new(x => x[0].Diagonal(1, 2, 0), [4, 2, 3])],
        ["View"] = [new(x => x[0].View(-1), [2, 3])], ["Cat"] = [new(x => Ops.Cat(x, 1), [2, 1], [2, 3])],
            ["Dot"] = [new(x => x[0].Dot(x[1]), [9], [9])],
        ["Bmm"] = [new(x => x[0].Bmm(x[1]), [2, 3, 4], [2, 4, 2])],
        ["Min"] = [new(x => x[0].Min(), [5]) { Distinct = true }, new(x => x[0].Min(0), [3, 2]) { Distinct = true },
            new(x => x[0].Min(-1, keepDim: true), [2, 4]) { Distinct = true }],
        ["Sort"] = [new(x => x[0].Sort(), [2, 5]) { Distinct = true },
            new(x => x[0].Sort(0, descending: true), [4, 2]) { Distinct = true }],
        ["Var"] = [new(x => x[0].Var(), [2, 3]), new(x => x[0].Var(1), [2, 5]),
            new(x => x[0].Var(0, keepDim: true, correction: 0), [3, 2])],
        ["Std"] = [new(x => x[0].Std(), [2, 3]), new(x => x[0].Std(-1, correction: 0), [2, 5])],
        ["LogSumExp"] = [new(x => x[0].LogSumExp(1), [2, 5]), new(x => x[0].LogSumExp(0, keepDim: true), [3, 2])],
        ["Prod"] = [new(x => x[0].Prod(), [5]), new(x => x[0].Prod(1), [2, 4, 3]), new(x => (x[0] * new[] { 1f, 0, 1 }).Prod(-1), [2, 3])],
        ["CumSum"] = [new(x => x[0].CumSum(1), [2, 5]), new(x => x[0].CumSum(0), [4, 2])],
        ["ScatterAdd"] = [new(x => x[0].ScatterAdd(1, new[,] { { 2, 0, 2 }, { 1, 1, 0 } }, x[1]), [2, 3], [2, 3]),
            new(x => x[0].ScatterAdd(0, new[,] { { 3, 0 } }, x[1]), [4, 2], [1, 2])],
        ["IndexAdd"] = [new(x => x[0].IndexAdd(0, new[] { 2, 0, 2 }, x[1]), [3, 4], [3, 4]),
            new(x => x[0].IndexAdd(-1, new[] { 1, 1 }, x[1]), [2, 3], [2, 2])],
        ["Cdist"] =
        [
            new(x => Ops.Cdist(x[0], x[1]), [3, 4], [2, 4]), new(x => Ops.Cdist(x[0], x[1], 3), [2, 2, 3], [3, 3]),
            new(x => Ops.Cdist(x[0], x[1], float.PositiveInfinity), [2, 3], [4, 3]) { Low = -50, High = 50 },
        ],
        ["DropoutChannels"] = [new(x => x[0].DropoutChannels(0.4f, new Rng(3)), [3, 4, 2])],
        ["Einsum"] =
        [
            new(x => Ops.Einsum("ij,kj->ik", x), [2, 3], [4, 3]), new(x => Ops.Einsum("bij,bjk->bki", x), [2, 3, 4], [2, 4, 2]),
                new(x => Ops.Einsum("i,j,jk->ik", x), [2], [3], [3, 2]),
            new(x => Ops.Einsum("ii->i", x), [3, 3]), new(x => Ops.Einsum("iij,j", x), [2, 2, 3], [3]),
                new(x => Ops.Einsum("ij->", x), [2, 3]), new(x => Ops.Einsum("ba", x), [2, 3]),
        ],
        ["Norm"] = [new(x => x[0].Norm(), [3, 5]), new(x => x[0].Norm(dim: -1), [3, 5]),
            new(x => x[0].Norm(1, keepDim: true), [3, 2]) { Low = 0.1f }, new(x => x[0].Norm(1, 0), [3, 2]) { Low = 0.1f },
            new(x => x[0].Norm(3, 1, true), [2, 3, 2]), new(x => x[0].Norm(float.PositiveInfinity), [2, 4]) { Distinct = true }],
        ["CosineSimilarity"] = [new(x => Ops.CosineSimilarity(x[0], x[1]), [3, 4], [3, 4]) { Low = 0.2f },
            new(x => Ops.CosineSimilarity(x[0], x[1], 0), [4, 2], [4, 1]) { Low = 0.2f }],
        ["PairwiseDistance"] = [new(x => Ops.PairwiseDistance(x[0], x[1]), [3, 4], [3, 4])],
        ["Permute"] = [new(x => x[0].Permute(2, 0, 1), [2, 3, 4]), new(x => x[0].Permute(-1, 1, 0, 2), [2, 3, 1, 2])],
        ["Unsqueeze"] = [new(x => x[0].Unsqueeze(1), [2, 3]), new(x => x[0].Unsqueeze(-1), [2])],
        ["Squeeze"] = [new(x => x[0].Squeeze(1), [2, 1, 3])],
        ["Flatten"] = [new(x => x[0].Flatten(1), [2, 3, 2]), new(x => x[0].Flatten(), (long[][])[[]])],
        ["Attention"] =
        [
            new(x => Ops.Attention(x[0], x[1], x[2], 2), [3, 2, 4], [5, 2, 4], [5, 2, 4]),
            new(x => Ops.Attention(x[0], x[1], x[1], 1, x[2], batchFirst: true), [2, 3, 4], [2, 2, 4], [2, 1, 3, 1]),
            new(x => Ops.Attention(x[0], 2, x[1], 0.3f, new Rng(2)), [3, 2, 12], [1, 2, 3, 3]),
            new(x => Ops.Attention(x[0], 1, batchFirst: true), [2, 30, 9]),
        ],
        ["MatMulTransposed"] = [new(x => x[0].MatMulTransposed(x[1]), [3, 4], [5, 4]),
            new(x => x[0].MatMulTransposed(x[1]), [2, 3, 4], [2, 2, 4])],
        ["MatMul"] =
        [
            new(x => x[0].MatMul(x[1]), [3, 4], [4, 5]), new(x => x[0].MatMul(x[1]), [2, 3, 4], [4, 2]),
            new(x => x[0].MatMul(x[1]), [2, 3, 4], [2, 4, 2]),
            new(x => x[0].MatMul(x[1]), [1, 9], [9, 1]),
            new(x => x[0].MatMul(x[1]), [4], [4]), new(x => x[0].MatMul(x[1]), [3, 4], [4]), new(x => x[0].MatMul(x[1]), [4], [4, 3]),
                new(x => x[0].MatMul(x[1]), [2, 3, 4], [4]),
            new(x => x[0].MatMul(x[1]), [3, 4], [2, 4, 2]), new(x => x[0].MatMul(x[1]), [5, 1, 3, 4], [2, 4, 2]),
                new(x => x[0].MatMul(x[1]), [4], [2, 4, 3]),
        ],
        ["Affine"] = [new(x => Ops.Affine(x[0], x[1], x[2]), [3, 4], [5, 4], [5]),
            new(x => Ops.Affine(x[0], x[1], null), [2, 3, 4], [2, 4]), new(x => Ops.Affine(x[0], x[1], x[2]), [4], [2, 4], [2])],
        ["Sum"] = [new(x => x[0].Sum(), [2, 3]), new(x => x[0].Sum(0), [2, 3]), new(x => x[0].Sum(1, keepDim: true), [2, 3, 4]),
            new(x => x[0].Sum(-1), [2, 3]), new(x => x[0].Sum([0, 2]), [2, 3, 4]), new(x => x[0].Sum([-1, 0], keepDim: true), [2, 3]),
            new(x => x[0].Sum(0, 1), [2, 3])],
        ["Mean"] = [new(x => x[0].Mean(), [2, 3]), new(x => x[0].Mean(0), [2, 3]), new(x => x[0].Mean(-1, keepDim: true), [2, 3, 4]),
            new(x => x[0].Mean(0, 1), [2, 3]), new(x => x[0].Mean([1, 2]), [2, 3, 4])],
        ["Max"] = [new(x => x[0].Max(), [5]) { Distinct = true }, new(x => x[0].Max(0), [3, 2]) { Distinct = true },
            new(x => x[0].Max(-1, keepDim: true), [2, 4]) { Distinct = true }],
        ["Reshape"] = [new(x => x[0].Reshape(3, -1), [2, 3])],
        ["Transpose"] = [new(x => x[0].Transpose(0, 1), [2, 3]), new(x => x[0].Transpose(0, 2), [2, 3, 4]),
            new(x => x[0].Transpose(1, 2), [2, 3, 4, 2])],
        ["Slice"] = [new(x => x[0].Slice(1, 1, 2), [2, 4]), new(x => x[0].Slice(0, 0, 1), [2, 4])],
        ["Concat"] = [new(x => Ops.Concat(x, 0), [1, 2], [3, 2]), new(x => Ops.Concat(x, 1), [2, 1], [2, 3], [2, 2])],
        ["Stack"] = [new(x => Ops.Stack(x, 0), [2, 3], [2, 3]), new(x => Ops.Stack(x, -1), [2], [2])],
        ["Softmax"] = [new(x => x[0].Softmax(-1), [2, 5]), new(x => x[0].Softmax(0), [3, 2])],
        ["LogSoftmax"] = [new(x => x[0].LogSoftmax(-1), [2, 5]), new(x => x[0].LogSoftmax(1), [2, 3, 2])],
        ["Normalize"] = [new(x => x[0].Normalize(), [3, 9]) { Low = 0.2f, High = 1 }, new(x => x[0].Normalize(epsilon: 10), [2, 3])],
        ["IndexSelect"] = [new(x => x[0].IndexSelect(0, new[] { 2, 0, 2 }), [3, 4]),
            new(x => x[0].IndexSelect(1, new[] { 1, 1 }), [2, 3, 2])],
        ["Gather"] = [new(x => x[0].Gather(1, new[,] { { 2, 0 }, { 1, 1 } }), [2, 3]),
            new(x => x[0].Gather(0, new[,] { { 1, 0, 1 } }), [2, 3])],
        ["Select"] = [new(x => Ops.Select(x[0], 1), [2, 3]), new(x => x[0][0, 1], [2, 4, 3])],
    };

    public static TheoryData<string> PublicOps =>
        [.. typeof(Ops).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(Tensor))
            .Select(method => method.Name).Distinct()];

    [Theory, MemberData(nameof(PublicOps))]
    public void BackwardIsTheSlopeOfForward(string op)
    {
        Assert.True(Cases.ContainsKey(op), $"Ops.{op} has no gradient case; add one");
        foreach (Case one in Cases[op]) one.Check();
    }

    [Fact]
    public void NoCaseIsLeftOver() => Assert.Empty(Cases.Keys.Except(PublicOps.Select(row => row.Data)));

    sealed record Case(Func<Tensor[], Tensor> Op, params long[][] Shapes)
    {
        public float Low { get; init; } = -1;

        public float High { get; init; } = 1;

        /// <summary>Values a whole step apart, so that a small change moves no maximum.</summary>
        public bool Distinct { get; init; }

        public void Check()
        {
            var rng = new Rng(11);
            Tensor[] inputs = [.. Shapes.Select(shape => Input(rng, shape))];
            foreach (Tensor input in inputs) input.RequiresGrad = true;
            Tensor output = Op(inputs);
            Tensor g = Tensor.Randn(rng, output.Shape.Sizes);
            output.Backward(g);
            for (int i = 0; i < inputs.Length; i++)
            {
                Assert.Equal(inputs[i].Shape, inputs[i].Gradient!.Shape);
                for (int j = 0; j < inputs[i].Count; j++)
                {
                    float slope = (float)((Weighted(inputs, i, j, Step, g) - Weighted(inputs, i, j, -Step, g)) / (2 * Step));
                    float given = inputs[i].Gradient!.Span[j];
                    Assert.True(MathF.Abs(slope - given) <= Tolerance * MathF.Max(1, MathF.Abs(slope)),
                        $"input {i}, value {j}: gradient {given}, slope {slope}");
                }
            }
        }

        Tensor Input(Rng rng, long[] shape)
        {
            if (!Distinct)
            {
                Tensor uniform = Tensor.Rand(rng, shape);
                for (int i = 0; i < uniform.Count; i++) uniform.WritableSpan[i] = Low + (High - Low) * uniform.Span[i];
                return uniform;
            }
            Tensor spread = Tensor.Zeros(shape);
            long[] order = rng.RandPerm(spread.Count);
            for (int i = 0; i < spread.Count; i++) spread.WritableSpan[i] = order[i];
            return spread;
        }

        double Weighted(Tensor[] inputs, int input, int value, float by, Tensor g)
        {
            Tensor[] moved = [.. inputs.Select(tensor => tensor.Clone())];
            moved[input].WritableSpan[value] += by;
            Tensor output = Op(moved);
            double sum = 0;
            for (int i = 0; i < output.Count; i++) sum += (double)output.Span[i] * g.Span[i];
            return sum;
        }
    }
}
