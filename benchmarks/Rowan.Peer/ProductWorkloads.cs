using static TorchSharp.torch;
using TorchTensor = TorchSharp.torch.Tensor;

namespace Rowan.Peer;

/// <summary>Matrix products of the sizes that layers have, and in the transposed forms that backward passes need.</summary>
static class ProductWorkloads
{
    static readonly (int M, int N, int K)[] _sizes = [(1152, 1152, 1152), (2304, 1024, 1024), (576, 256, 256), (2304, 64, 512)];

    public static IEnumerable<Workload> All =>
        from size in _sizes
        from turned in ((bool, bool)[])[(false, false), (false, true), (true, false)]
        select Product(size, turned.Item1, turned.Item2);

    static Workload Product((int M, int N, int K) size, bool transposeA, bool transposeB) =>
        new($"matrix product {size.M} × {size.N} × {size.K}{(transposeA ? ", A transposed" : "")}{(transposeB ? ", B transposed" : "")}",
        0.95, () =>
    {
        (int m, int n, int k) = size;
        float[] a = new float[m * k], b = new float[k * n], c = new float[m * n];
        new Rng(0).Rand(a);
        new Rng(1).Rand(b);
        TorchTensor left = tensor(a).reshape(transposeA ? k : m, transposeA ? m : k),
        right = tensor(b).reshape(transposeB ? n : k, transposeB ? k : n);
        TorchTensor into = zeros(m, n), turnedLeft = transposeA ? left.t() : left, turnedRight = transposeB ? right.t() : right;
        return new(() =>
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            turnedLeft.mm(turnedRight);
        }, () => Numerics.MatMul.Multiply(a, transposeA, b, transposeB, c, m, n, k));
    });
}
