using System.Reflection;
using Rowan.Nn;
using Rowan.Tensors;
using Rowan.TestSupport;

namespace Rowan.Onnx.Tests;

/// <summary>
/// Every operation on tensors, indices and masks, found by reflection, exported and run in ONNX Runtime with sizes that the exporter has
/// not seen. An operation without a case or a reason fails.
/// </summary>
public class OperationExportTests
{
    /// <summary>What is computed from an input, the sizes of an example and of another input, and what the graph must declare.</summary>
    sealed record Case(Func<Tensor, object?> Compute, long[] Example, long[] Other, string Declared);

    static readonly Indices Picks = new[] { 2, 0, 2 };

    static readonly Dictionary<string, Case[]> Cases = new()
    {
        ["Add"] = [Of(x => Ops.Add(x, x[0]), [2, 3], [4, 5], "[batch, length]")],
        ["Subtract"] = [Of(x => 1 - x, [2, 3], [4, 5], "[batch, length]")],
        ["Multiply"] = [Of(x => x * x.Size(0), [2, 3], [4, 5], "[batch, length]")],
        ["Divide"] = [Of(x => x / x.Size(1), [2, 3], [4, 6], "[batch, length]"),
            Of(x => 1 / (x * x + 1f / x.Size(0)), [2], [5], "[batch]")],
        ["Maximum"] = [Of(x => Ops.Maximum(x, 0.5f), [2, 3], [4, 5], "[batch, length]")],
        ["Minimum"] = [Of(x => Ops.Minimum(x, x.Flip(1)), [2, 3], [4, 5], "[batch, length]")],
        ["Negate"] = [Of(x => -x, [2], [5], "[batch]")],
        ["Exp"] = [Of(x => x.Exp(), [2], [5], "[batch]")],
        ["Log"] = [Of(x => x.Abs().Log(), [2], [5], "[batch]")],
        ["Sqrt"] = [Of(x => x.Abs().Sqrt(), [2], [5], "[batch]")],
        ["Square"] = [Of(x => x.Square(), [2], [5], "[batch]")],
        ["Rsqrt"] = [Of(x => (x.Abs() + 1).Rsqrt(), [2], [5], "[batch]")],
        ["Sign"] = [Of(x => x.Sign(), [2], [5], "[batch]")],
        ["Abs"] = [Of(x => x.Abs(), [2], [5], "[batch]")],
        ["Power"] = [Of(x => x.Power(3), [2], [5], "[batch]"), Of(x => x.Abs().Power(-0.5f), [2], [5], "[batch]")],
        ["Pow"] = [Of(x => x.Pow(2), [2], [5], "[batch]")],
        ["Sin"] = [Of(x => x.Sin(), [2], [5], "[batch]")],
        ["Cos"] = [Of(x => x.Cos(), [2], [5], "[batch]")],
        ["Erf"] = [Of(x => x.Erf(), [2], [5], "[batch]")],
        ["Relu"] = [Of(x => x.Relu(), [2], [5], "[batch]")],
        ["Relu6"] = [Of(x => (x * 5).Relu6(), [2], [5], "[batch]")],
        ["LeakyRelu"] = [Of(x => x.LeakyRelu(0.3f), [2], [5], "[batch]")],
        ["PRelu"] = [Of(x => x.PRelu(new[] { 0.1f, 0.4f }), [3, 2], [5, 2], "[batch, 2]")],
        ["Elu"] = [Of(x => x.Elu(0.7f), [2], [5], "[batch]")],
        ["Celu"] = [Of(x => x.Celu(0.7f), [2], [5], "[batch]")],
        ["Selu"] = [Of(x => x.Selu(), [2], [5], "[batch]")],
        ["Gelu"] = [Of(x => x.Gelu(), [2], [5], "[batch]"), Of(x => x.Gelu(approximate: true), [2], [5], "[batch]")],
        ["Silu"] = [Of(x => x.Silu(), [2], [5], "[batch]")],
        ["Mish"] = [Of(x => x.Mish(), [2], [5], "[batch]")],
        ["Softplus"] = [Of(x => x.Softplus(2, 1), [2], [5], "[batch]")],
        ["LogSigmoid"] = [Of(x => x.LogSigmoid(), [2], [5], "[batch]")],
        ["Softsign"] = [Of(x => x.Softsign(), [2], [5], "[batch]")],
        ["Tanh"] = [Of(x => x.Tanh(), [2], [5], "[batch]")],
        ["Sigmoid"] = [Of(x => x.Sigmoid(), [2], [5], "[batch]")],
        ["HardTanh"] = [Of(x => x.HardTanh(-0.5f, 0.2f), [2], [5], "[batch]")],
        ["HardSigmoid"] = [Of(x => (x * 4).HardSigmoid(), [2], [5], "[batch]")],
        ["HardSwish"] = [Of(x => (x * 4).HardSwish(), [2], [5], "[batch]")],
        ["Clamp"] = [Of(x => x.Clamp(low: 0.1f), [2], [5], "[batch]"), Of(x => x.Clamp(-0.3f, 0.1f), [2], [5], "[batch]")],
        ["Glu"] = [Of(x => x.Glu(1), [2, 4, 3], [5, 6, 2], "[batch, length, input_dim2]")],
        ["MaskedFill"] = [Of(x => x.MaskedFill((x > 0).Mask, 7), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.MaskedFill(Mask.Causal(x.Size(1)), float.NegativeInfinity), [2, 3, 3], [1, 5, 5], "[batch, length, length]")],
        ["Dropout"] = [Of(x => x.Dropout(0), [2], [5], "[batch]")],
        ["DropoutChannels"] = [Of(x => x.DropoutChannels(0), [2, 3], [5, 2], "[batch, length]")],
        ["Softmax"] = [Of(x => x.Softmax(0), [2, 3], [4, 5], "[batch, length]")],
        ["MaskedSoftmax"] = [Of(x => (x + Mask.Causal(x.Size(0)).Reshape(x.Size(0), x.Size(0)).ToAdditive()).MaskedSoftmax(), [3, 3],
            [5, 5], "[batch, batch]"),
            Of(x => (x + (!Mask.Causal(3)).ToAdditive()).MaskedSoftmax(), [2, 3, 3], [5, 3, 3], "[batch, 3, 3]")],
        ["LogSoftmax"] = [Of(x => x.LogSoftmax(1), [2, 3], [4, 5], "[batch, length]")],
        ["LogSumExp"] = [Of(x => x.LogSumExp(1), [2, 3], [4, 5], "[batch, length]"),
            Of(x => (x * 100).LogSumExp(0, keepDim: true), [2, 3], [4, 5], "[batch, length]")],
        ["Normalize"] = [Of(x => x.Normalize(), [2, 3], [4, 5], "[batch, length]")],
        ["LayerNorm"] = [Of(x => x.LayerNorm(new Shape(3), null, new[] { 1f, 2, 3 }), [2, 3], [4, 3], "[batch, 3]"),
            Of(x => x.LayerNorm(new Shape(x.Shape[1]), null, null), [2, 3], [4, 6], "[batch, length]")],
        ["BatchNorm"] = [Of(x => x.BatchNorm(new float[] { 0.1f, 0.2f }, new float[] { 1, 2 }, false, null, new[] { 1f, 2 }), [3, 2],
            [5, 2], "[batch, 2]")],
        ["ChannelStatistics"] = [],
        ["Conv1d"] = [Of(x => x.Conv1d(Weight(3, 2, 2), null, stride: 2, padding: 1), [2, 2, 7], [1, 2, 10], "[batch, 2, input_dim2]")],
        ["Conv2d"] = [Of(x => x.Conv2d(Weight(3, 2, 2, 2), Weight(3), (1, 2), (1, 0), (1, 2)), [2, 2, 4, 5], [1, 2, 6, 9],
            "[batch, 2, input_dim2, input_dim3]")],
        ["MaxPool2d"] = [Of(x => x.MaxPool2d(new(2), new(3, 2, 1)), [2, 4, 5], [1, 7, 8], "[batch, length, input_dim2]")],
        ["AveragePool2d"] = [Of(x => x.AveragePool2d(new(2), new(3, 2, 1)), [4, 5], [7, 8], "[batch, length]")],
        ["AdaptiveMaxPool2d"] = [Of(x => x.AdaptiveMaxPool2d(2, 3).Values, [2, 4, 5], [1, 7, 8], "[batch, length, input_dim2]")],
        ["AdaptiveAveragePool2d"] = [Of(x => x.AdaptiveAveragePool2d(2, 3), [2, 4, 5], [1, 7, 8], "[batch, length, input_dim2]")],
        ["Attention"] = [Of(x => Ops.Attention(x, x, x, 2), [4, 2, 6], [7, 3, 6], "[batch, length, 6]"),
            Of(x => Ops.Attention(x, 2, Mask.Causal(x.Size(1)).ToAdditive().Reshape(1, 1, x.Size(1), x.Size(1)), batchFirst: true),
                [2, 4, 6], [3, 7, 6],
                "[batch, length, 6]")],
        ["MatMul"] = [Of(x => x.MatMul(x.MT), [2, 3, 4], [1, 5, 2], "[batch, length, input_dim2]"),
            Of(x => x.MatMul(x[0]), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x[0].MatMul(x.T), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.MatMul(x.Unsqueeze(0).Transpose(-1, -2)), [2, 3], [4, 5], "[batch, length]")],
        ["MatMulTransposed"] = [Of(x => x.MatMulTransposed(x), [2, 3, 4], [1, 5, 2], "[batch, length, input_dim2]")],
        ["Affine"] = [Of(x => Ops.Affine(x, Weight(4, 3), null), [2, 3], [5, 3], "[batch, 3]")],
        ["Bmm"] = [Of(x => x.Bmm(x.MT), [2, 3, 4], [1, 5, 2], "[batch, length, input_dim2]")],
        ["Dot"] = [Of(x => x.Dot(x), [4], [7], "[batch]")],
        ["Einsum"] = [Of(x => Ops.Einsum("bij,bkj->bik", x, x), [2, 3, 4], [1, 5, 2], "[batch, length, input_dim2]"),
            Of(x => Ops.Einsum("ij,j->i", x, Weight(3)), [2, 3], [6, 3], "[batch, 3]"),
            Of(x => Ops.Einsum("bij->bj", x), [2, 3, 4], [1, 5, 2], "[batch, length, input_dim2]")],
        ["Sum"] = [Of(x => x.Sum(), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Sum(1, keepDim: true), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Sum(0, 2), [2, 3, 4], [4, 5, 3], "[batch, length, input_dim2]")],
        ["Mean"] = [Of(x => x.Mean(), [2, 3], [4, 5], "[batch, length]"), Of(x => x.Mean(1), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Mean([0, 1], keepDim: true), [2, 3], [4, 5], "[batch, length]")],
        ["Var"] = [Of(x => x.Var(1), [2, 3], [4, 6], "[batch, length]"),
            Of(x => x.Var(1, correction: 0), [2, 4], [4, 5], "[batch, length]")],
        ["Std"] = [Of(x => x.Std(1, keepDim: true, correction: 0), [2, 4], [4, 5], "[batch, length]")],
        ["Prod"] = [Of(x => x.Prod(), [2, 3], [2, 4], "[batch, length]"), Of(x => x.Prod(1), [2, 3], [4, 5], "[batch, length]")],
        ["CumSum"] = [Of(x => x.CumSum(1), [2, 3], [4, 5], "[batch, length]")],
        ["Norm"] = [Of(x => x.Norm(), [2, 3], [4, 5], "[batch, length]"), Of(x => x.Norm(1, 1), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Norm(3, 0, keepDim: true), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Norm(float.PositiveInfinity, 1), [2, 3], [4, 5], "[batch, length]")],
        ["CosineSimilarity"] = [Of(x => Ops.CosineSimilarity(x, x[0], 1), [2, 3], [4, 5], "[batch, length]")],
        ["PairwiseDistance"] = [Of(x => Ops.PairwiseDistance(x, x[0]), [2, 3], [4, 5], "[batch, length]")],
        ["Cdist"] = [Of(x => Ops.Cdist(x, x + 1), [2, 3], [4, 5], "[batch, length]"),
            Of(x => Ops.Cdist(x, Weight(2, 3), 3), [2, 4, 3], [1, 6, 3], "[batch, length, 3]")],
        ["Max"] = [Of(x => x.Max(), [2, 3], [4, 5], "[batch, length]"), Of(x => x.Max(1), [2, 3], [4, 5], "[batch, length]")],
        ["Min"] = [Of(x => x.Min(), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Min(0, keepDim: true), [2, 3], [4, 5], "[batch, length]")],
        ["MaxWithIndices"] = [Of(x => x.MaxWithIndices(1), [2, 3], [4, 5], "[batch, length]")],
        ["MinWithIndices"] = [Of(x => x.MinWithIndices(0), [2, 3], [4, 5], "[batch, length]")],
        ["ArgMax"] = [Of(x => x.ArgMax(), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.ArgMax(1, keepDim: true), [2, 3], [4, 5], "[batch, length]")],
        ["ArgMin"] = [Of(x => x.ArgMin(), [2, 3], [4, 5], "[batch, length]"), Of(x => x.ArgMin(0), [2, 3], [4, 5], "[batch, length]")],
        ["Sort"] = [Of(x => x.Sort(), [2, 3], [4, 5], "[batch, length]")],
        ["SortWithIndices"] = [Of(x => x.SortWithIndices(0, descending: true), [2, 3], [4, 5], "[batch, length]")],
        ["ArgSort"] = [Of(x => x.ArgSort(), [2, 3], [4, 5], "[batch, length]")],
        ["TopK"] = [Of(x => x.TopK(2), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.TopK(2, 0, largest: false).Values, [3, 3], [4, 5], "[batch, length]")],
        ["IndexSelect"] = [Of(x => x.IndexSelect(1, Picks), [2, 3], [4, 5], "[batch, length]")],
        ["Gather"] = [Of(x => x.Gather(1, x.ArgSort(1)), [2, 3], [4, 5], "[batch, length]")],
        ["ScatterAdd"] = [Of(x => Tensor.ZerosLike(x).ScatterAdd(1, x.ArgMax(1, keepDim: true), x.Slice(1, 0, 1)), [2, 3], [4, 5],
            "[batch, length]")],
        ["IndexAdd"] = [Of(x => Tensor.Zeros(4, x.Shape[1]).IndexAdd(0, Picks, x), [3, 2], [3, 5], "[3, length]"),
            Of(x => x.IndexAdd(1, new[] { 0, 0 }, Tensor.Ones(x.Shape[0], 2)), [2, 3], [4, 5], "[batch, length]")],
        ["Select"] = [Of(x => Ops.Select(x, 1, 0), [2, 3, 4], [5, 2, 3], "[batch, length, input_dim2]"),
            Of(x => Ops.Select(x, x.Shape[0] - 1), [2, 3], [5, 2], "[batch, length]")],
        ["Part"] = [Of(x => x[1..3], [4, 3], [5, 2], "[batch, length]"), Of(x => x[.., 0], [2, 3], [4, 5], "[batch, length]"),
            Of(x => x[^1], [3, 2], [4, 5], "[batch, length]"),
            Of(x => x[0, .., 1..], [2, 3, 4], [3, 2, 5], "[batch, length, input_dim2]"),
            Of(x => x[.., new[] { 2, 0, 2 }], [2, 3, 2], [1, 4, 3], "[batch, length, input_dim2]"),
            Of(x => x[new[,] { { 1, 0 }, { 1, 1 } }, 1..], [2, 3], [4, 5], "[batch, length]"), Of(x => x[..^1], [3], [6], "[batch]")],
        ["Flip"] = [Of(x => x.Flip(-1, 0), [2, 3, 4], [3, 2, 5], "[batch, length, input_dim2]"), Of(x => x.Flip(), [3], [5], "[batch]")],
        ["Repeat"] = [Of(x => x.Repeat(2, 3), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Repeat(x.Size(1), 1, 2), [2, 3], [4, 5], "[batch, length]")],
        ["Tile"] = [Of(x => x.Tile(2), [2, 3], [4, 5], "[batch, length]")],
        ["RepeatInterleave"] = [Of(x => x.RepeatInterleave(3, 0), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.RepeatInterleave(2, -1), [2, 3], [4, 5], "[batch, length]")],
        ["Pad"] = [Of(x => x.Pad(1, 2), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Pad([1, 0, -1, 2], 5), [3, 2], [4, 5], "[batch, length]"),
            Of(x => x.Pad(0, 12 - x.Size(1)), [2, 5], [2, 9], "[batch, length]")],
        ["Expand"] = [Of(x => x.Expand(4, -1, -1), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Unsqueeze(1).Expand(-1, x.Shape[0], -1), [2, 3], [4, 5], "[batch, length]")],
        ["ExpandAs"] = [Of(x => x[0].ExpandAs(x), [2, 3], [4, 5], "[batch, length]")],
        ["Reshape"] = [Of(x => x.Reshape(-1), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Reshape(x.Shape[1], x.Shape[0]), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Reshape(x.Shape[0] * x.Shape[1], x.Shape[2] / 2, 2), [2, 3, 4], [1, 5, 6], "[batch, length, input_dim2]")],
        ["View"] = [Of(x => x.View(-1, 1), [2, 3], [4, 5], "[batch, length]")],
        ["Transpose"] = [Of(x => x.Transpose(0, 2), [2, 3, 4], [1, 5, 6], "[batch, length, input_dim2]")],
        ["Permute"] = [Of(x => x.Permute(2, 0, 1), [2, 3, 4], [1, 5, 6], "[batch, length, input_dim2]")],
        ["Unsqueeze"] = [Of(x => x.Unsqueeze(-1), [2, 3], [4, 5], "[batch, length]")],
        ["Squeeze"] = [Of(x => x.Squeeze(1), [2, 1, 3], [4, 1, 5], "[batch, 1, input_dim2]"),
            Of(x => x.Sum(0, keepDim: true).Squeeze(), [2, 3], [4, 5], "[batch, length]")],
        ["Flatten"] = [Of(x => x.Flatten(), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Flatten(1, 2), [2, 3, 4, 2], [1, 5, 2, 3], "[batch, length, input_dim2, input_dim3]")],
        ["Slice"] = [Of(x => x.Slice(1, 1, x.Shape[1] - 2), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Slice(0, 1, 1), [2, 3], [4, 5], "[batch, length]")],
        ["Concat"] = [Of(x => Ops.Concat([x, x[..1], Tensor.Zeros(2, x.Shape[1])]), [2, 3], [4, 5], "[batch, length]")],
        ["Cat"] = [Of(x => Ops.Cat([x, x], 1), [2, 3], [4, 5], "[batch, length]")],
        ["Stack"] = [Of(x => Ops.Stack([x, -x], 1), [2, 3], [4, 5], "[batch, length]")],
        ["Split"] = [Of(x => x.Split([1, x.Shape[1] - 1], 1), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.Split(2, 1), [3, 4], [5, 4], "[batch, 4]")],
        ["Chunk"] = [Of(x => x.Chunk(2, 1), [3, 4], [5, 4], "[batch, 4]")],
        ["Unbind"] = [Of(x => x.Unbind(1), [3, 2], [5, 2], "[batch, 2]")],
        ["Tril"] = [Of(x => x.Tril(-1), [2, 3, 3], [1, 5, 4], "[batch, length, input_dim2]")],
        ["Triu"] = [Of(x => x.Triu(1), [2, 3], [5, 4], "[batch, length]")],
        ["Diagonal"] = [Of(x => x.Diagonal(-1), [4, 2], [6, 2], "[batch, 2]"),
            Of(x => x.Diagonal(1, 2, 0), [4, 3, 2], [6, 5, 2], "[batch, length, 2]")],
        ["Where"] = [Of(x => Ops.Where(x > 0, x, -2 * x), [2, 3], [4, 5], "[batch, length]")],
        ["Equal"] = [Of(x => x.Equal(x[0]), [2, 3], [4, 5], "[batch, length]")],
        ["NotEqual"] = [Of(x => x.NotEqual(x[0]).ToTensor(), [2, 3], [4, 5], "[batch, length]")],
        ["Greater"] = [Of(x => x * (x > 0.1f), [2, 3], [4, 5], "[batch, length]")],
        ["GreaterOrEqual"] = [Of(x => x.GreaterOrEqual(x[0]), [2, 3], [4, 5], "[batch, length]")],
        ["Less"] = [Of(x => x < 0, [2, 3], [4, 5], "[batch, length]")],
        ["LessOrEqual"] = [Of(x => x <= x[0], [2, 3], [4, 5], "[batch, length]")],
        ["IsNaN"] = [Of(x => (x / 0 * 0).IsNaN(), [2, 3], [4, 5], "[batch, length]")],
        // What is not on Ops: creation, indices and masks.
        ["Full"] = [Of(x => Tensor.Full(2, x.Shape[1], x.Shape[0]), [2, 3], [4, 5], "[batch, length]"),
            Of(x => Tensor.OnesLike(x) + Tensor.Arange(x.Shape[1]), [2, 3], [4, 5], "[batch, length]")],
        ["Detach"] = [Of(x => x.Detach() + x.Clone() * 2, [2, 3], [4, 5], "[batch, length]")],
        ["Indices"] = [Of(x => Indices.Arange(x.Shape[0]) * 2 + 1, [2, 3], [4, 5], "[batch, length]"),
            Of(x => (x.ArgMax(1) % 2, x.ArgSort(1) / 2, x.ArgSort(1) - 1), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.ArgMax(1).OneHot(4), [2, 3], [4, 3], "[batch, 3]"),
            Of(x => x.ArgSort(1)[.., ^1].ToTensor(), [2, 3], [4, 5], "[batch, length]"),
            Of(x => Indices.Concat([x.ArgSort(1), x.ArgMax(1).Reshape(-1, 1)], 1), [2, 3], [4, 5], "[batch, length]"),
            Of(x => x.ArgSort(1).Slice(1, 0, 2), [2, 3], [4, 5], "[batch, length]"),
            Of(x => (x.ArgSort(1) > 1, x.ArgSort(1) < 1, x.ArgSort(1) >= 1, x.ArgSort(1) <= 1, x.ArgSort(1).Equal(0),
                x.ArgSort(1).NotEqual(0)), [2, 3], [4, 5], "[batch, length]")],
        ["Array"] = [Of(x => x[.., Enumerable.Range(0, x.Size(1)).Reverse().ToArray()].Flip(1)
            + (Indices)Enumerable.Range(0, x.Size(1)).ToArray() switch { var ids => ids.ToTensor() },
            [2, 3], [4, 3], "[batch, 3]")],
        ["Mask"] = [Of(x => ((x > 0) & (x < 1), (x > 0) | x.Equal(0), !(x > 0), (x > 0) ^ (x < 1)), [2, 3], [4, 5], "[batch, length]"),
            Of(x => ((x > 0).Mask[0], Mask.Equal(x.ArgSort(1), 1), (x > 0).Mask.Reshape(-1), (x[0] > 0).Mask.Expand(2, x.Shape[1])),
                [2, 3], [4, 5], "[batch, length]"),
            Of(x => Mask.Causal(x.Size(0)).ToTensor(), [2, 3], [4, 5], "[batch, length]")],
    };

    /// <summary>Operations that ONNX cannot express, with the reason.</summary>
    static readonly Dictionary<string, string> Reasons = new()
    {
        ["ChannelStatistics"] = "gives arrays, not tensors: BatchNorm with the batch's own statistics is exported",
        ["Any"] = "gives a bool of C#, on which a program branches",
        ["All"] = "gives a bool of C#, on which a program branches",
    };

    public static TheoryData<string> Operations =>
        [.. typeof(Ops).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(method => method.Name)
            .Concat(["Full", "Detach", "Indices", "Mask", "Array"]).Distinct().Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Operations))]
    public void AnOperationIsExportedAsItIs(string name)
    {
        if (Reasons.ContainsKey(name)) return;
        Assert.True(Cases.TryGetValue(name, out Case[]? cases), $"{name} has no export case and no reason; add one");
        using var folder = new TemporaryFolder();
        var rng = new Rng(5);
        foreach ((Func<Tensor, object?> compute, long[] example, long[] other, string declared) in cases)
        {
            string path = folder["operation.onnx"];
            var model = new Identity();
            OnnxExportReport report =
                model.ExportOnnx(path, (Tensor input) => compute(input), Tensor.Randn(rng, example), new() { Tolerance = 1e-5f });
            Assert.Equal(declared, report.Inputs[0][report.Inputs[0].IndexOf('[', StringComparison.Ordinal)..]);
            Tensor given = Tensor.Randn(rng, other);
            OnnxRun.Same([.. OnnxRun.Flat(compute(given))], OnnxRun.Of(path, given));
        }
    }

    [Fact]
    public void NoCaseIsLeftOver() => Assert.Empty(Cases.Keys.Concat(Reasons.Keys).Except(Operations.Select(row => row.Data)));

    /// <summary>Each name that an operation gives itself has a translation.</summary>
    [Theory, MemberData(nameof(Operations))]
    public void WhatAnOperationCallsItselfIsTranslated(string name)
    {
        using Gradients.Scope off = Gradients.Off();
        foreach (Case one in Cases.GetValueOrDefault(name) ?? [])
        {
            using Trace trace = Trace.Begin();
            Tensor input = Tensor.Randn(new Rng(1), one.Example);
            trace.AddInput(input);
            object[] outputs = [.. OnnxRun.Flat(one.Compute(input))];
            Assert.All(outputs, output =>
                Assert.True(trace.Find(output) is not TracedValue { Op: { } op } || Translations.All.ContainsKey(op.Name)));
        }
    }

    static Tensor Weight(params long[] shape) => Tensor.Randn(new Rng(2), shape);

    static Case Of(Func<Tensor, object?> compute, long[] example, long[] other, string declared) => new(compute, example, other, declared);
}
