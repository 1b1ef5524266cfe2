using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    const long ElementGrain = 65_536;

    /// <summary>y = −x.</summary>
    public static Tensor Negate(Tensor x) => Map<Negate>(x);

    /// <summary>y = eˣ.</summary>
    public static Tensor Exp(this Tensor x) => Map<Exp>(x);

    /// <summary>y = ln x.</summary>
    public static Tensor Log(this Tensor x) => Map<Log>(x);

    /// <summary>y = √x.</summary>
    public static Tensor Sqrt(this Tensor x) => Map<Sqrt>(x);

    /// <summary>y = x².</summary>
    public static Tensor Square(this Tensor x) => Map<Square>(x);

    /// <summary>y = 1 / √x.</summary>
    public static Tensor Rsqrt(this Tensor x) => Map<Rsqrt>(x);

    /// <summary>y = 1 where x &gt; 0, −1 where x &lt; 0, 0 at 0, NaN of NaN; the derivative is 0.</summary>
    public static Tensor Sign(this Tensor x) => Map<Sign>(x);

    /// <summary>y = x where x &gt; 0, else w·x;  dx = g where x &gt; 0, else w·g, dw = Σ g·x where x ≤ 0.  (He et al. 2015.)</summary>
    /// <param name="x">[n, channels, …], or any shape with a single w.</param>
    /// <param name="weight">w [channels], or [1] for all.</param>
    /// <exception cref="ArgumentException">w is neither one value nor one for each channel.</exception>
    public static Tensor PRelu(this Tensor x, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        Require.That(weight.Count == 1 || (x.Rank >= 2 && weight.Rank == 1 && weight.Count == x.Shape[1]),
            $"PRelu: weight {weight.Shape} for x {x.Shape}; it is one value, or one for each size of dimension 1", nameof(weight));
        Tensor slope = weight.Count == 1 ? weight.Reshape() : weight.Reshape([weight.Count, .. Enumerable.Repeat(1L, x.Rank - 2)]);
        return Where(x > 0, x, slope * x);
    }

    /// <summary>y = |x|; the derivative at 0 is 0.</summary>
    public static Tensor Abs(this Tensor x) => Map<Abs>(x);

    /// <summary>y = max(x, 0); the derivative at 0 is 0.</summary>
    public static Tensor Relu(this Tensor x) => Map<Relu>(x);

    /// <summary>y = tanh x.</summary>
    public static Tensor Tanh(this Tensor x) => Map<Tanh>(x);

    /// <summary>y = 1 / (1 + e⁻ˣ).</summary>
    public static Tensor Sigmoid(this Tensor x) => Map<Sigmoid>(x);

    /// <summary>y = x where x &gt; 0, else a·x; the derivative at 0 is a.</summary>
    public static Tensor LeakyRelu(this Tensor x, float slope = 0.01f) => Map(x, new LeakyRelu(slope));

    /// <summary>y = x where x &gt; 0, else a·(eˣ − 1); the derivative at 0 is a.</summary>
    public static Tensor Elu(this Tensor x, float alpha = 1) => Map(x, new Elu(alpha));

    /// <summary>y = x where x &gt; 0, else a·(eˣᐟᵃ − 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">a is 0.</exception>
    public static Tensor Celu(this Tensor x, float alpha = 1)
    {
        Require.InRange(alpha != 0, $"Celu: alpha {alpha}; it divides, and is not 0", nameof(alpha));
        return Map(x, new Elu(alpha, 1, 1 / alpha));
    }

    /// <summary>y = 1.0507·x where x &gt; 0, else 1.0507·1.6733·(eˣ − 1): keeps mean 0 and variance 1 through deep nets.</summary>
    public static Tensor Selu(this Tensor x) => Map(x, new Elu(1.6732632423543772f, 1.0507009873554805f));

    /// <summary>y = x·Φ(x), Φ the distribution of N(0, 1); or its approximation by tanh.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="approximate">y = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) instead.</param>
    public static Tensor Gelu(this Tensor x, bool approximate = false) => approximate ? Map<GeluTanh>(x) : Map<Gelu>(x);

    /// <summary>y = x·σ(x).</summary>
    public static Tensor Silu(this Tensor x) => Map<Silu>(x);

    /// <summary>y = x·tanh(log(1 + eˣ)).</summary>
    public static Tensor Mish(this Tensor x) => Map<Mish>(x);

    /// <summary>y = log(1 + eᵇˣ) / b, and x where b·x is above a threshold.</summary>
    /// <exception cref="ArgumentOutOfRangeException">b is 0.</exception>
    public static Tensor Softplus(this Tensor x, float beta = 1, float threshold = 20)
    {
        Require.InRange(beta != 0, $"Softplus: beta {beta}; it divides, and is not 0", nameof(beta));
        return Map(x, new Softplus(beta, threshold));
    }

    /// <summary>y = log σ(x), without overflow.</summary>
    public static Tensor LogSigmoid(this Tensor x) => Map<LogSigmoid>(x);

    /// <summary>y = x / (1 + |x|).</summary>
    public static Tensor Softsign(this Tensor x) => Map<Softsign>(x);

    /// <summary>y = min(max(x, low), high); the derivative at either bound is 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">low is above high.</exception>
    public static Tensor HardTanh(this Tensor x, float low = -1, float high = 1)
    {
        Require.InRange(low <= high, $"HardTanh: from {low} to {high}; the first is the smaller", nameof(low));
        return Map(x, new HardTanh(low, high));
    }

    /// <summary>y = min(max(x, 0), 6); the derivative at either bound is 0.</summary>
    public static Tensor Relu6(this Tensor x) => HardTanh(x, 0, 6);

    /// <summary>y = min(max(x / 6 + 1/2, 0), 1).</summary>
    public static Tensor HardSigmoid(this Tensor x) => Map<HardSigmoid>(x);

    /// <summary>y = x·min(max(x + 3, 0), 6) / 6.</summary>
    public static Tensor HardSwish(this Tensor x) => Map<HardSwish>(x);

    /// <summary>
    /// y = min(max(x, low), high); the derivative at either bound is 1, which is where it differs from <see cref="HardTanh"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">low is above high.</exception>
    public static Tensor Clamp(this Tensor x, float low = float.NegativeInfinity, float high = float.PositiveInfinity)
    {
        Require.InRange(low <= high, $"Clamp: from {low} to {high}; the first is the smaller", nameof(low));
        return Map(x, new Clamp(low, high));
    }

    /// <summary>y = sin x.</summary>
    public static Tensor Sin(this Tensor x) => Map<Sin>(x);

    /// <summary>y = cos x.</summary>
    public static Tensor Cos(this Tensor x) => Map<Cos>(x);

    /// <summary>y = 2/√π·∫₀ˣ e^−t² dt.</summary>
    public static Tensor Erf(this Tensor x) => Map<Erf>(x);

    /// <summary>y = a·σ(b), a and b the halves of x along a dimension.  (Dauphin et al. 2017.)</summary>
    /// <param name="x">Any shape with an even size along the dimension.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <exception cref="ArgumentException">The size is odd.</exception>
    public static Tensor Glu(this Tensor x, int dim = -1)
    {
        ArgumentNullException.ThrowIfNull(x);
        dim = x.Shape.Dim(dim, "Glu");
        long half = x.Shape[dim] / 2;
        Require.That(half * 2 == x.Shape[dim],
            $"Glu: size {x.Shape[dim]} of dimension {dim} of shape {x.Shape} is odd; it is cut in halves", nameof(x));
        return x.Slice(dim, 0, half) * x.Slice(dim, half, half).Sigmoid();
    }

    /// <summary>y = xᵖ;  dx = g·p·xᵖ⁻¹.</summary>
    public static Tensor Power(this Tensor x, float p)
    {
        ArgumentNullException.ThrowIfNull(x);
        Tensor y = Tensor.Empty(x.Shape);
        for (int i = 0; i < y.Count; i++) y.WritableSpan[i] = MathF.Pow(x.Span[i], p);
        return Trace.Op(Tensor.Record(y, (x, p), (x, static (g, kept) => g * kept.p * Power(kept.x.Alias(), kept.p - 1))), "Power", [x],
            default, [p]);
    }

    static Tensor Map<TOp>(Tensor x) where TOp : struct, IUnary => Map(x, default(TOp));

    static Tensor Map<TOp>(Tensor x, TOp op) where TOp : struct, IUnary
    {
        ArgumentNullException.ThrowIfNull(x);
        Tensor y = Tensor.Empty(x.Shape);
        Workers.For(y.Count, ElementGrain, new Forward<TOp>(op, x, y));
        Tensor z = Tensor.Record(y, (op, x, y: y.Alias()), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Empty(kept.x.Shape);
            Workers.For(dx.Count, ElementGrain, new Backward<TOp>(kept.op, g, kept.x, kept.y, dx));
            return dx;
        }));
        return Trace.IsOn ? Trace.Op(z, typeof(TOp).Name, [x], settings: op) : z;
    }

    readonly struct Forward<TOp>(TOp op, Tensor x, Tensor y) : IRangeBody where TOp : struct, IUnary
    {
        public void Run(long from, long to)
        {
            int start = (int)from, length = (int)(to - from);
            Lanes.Map(op, x.Span.Slice(start, length), y.WritableMemory.Span.Slice(start, length));
        }
    }

    readonly struct Backward<TOp>(TOp op, Tensor g, Tensor x, Tensor y, Tensor dx) : IRangeBody where TOp : struct, IUnary
    {
        public void Run(long from, long to)
        {
            int start = (int)from, length = (int)(to - from);
            Lanes.MapBackward(op, g.Span.Slice(start, length), x.Span.Slice(start, length), y.Span.Slice(start, length),
                dx.WritableMemory.Span.Slice(start, length));
        }
    }
}
