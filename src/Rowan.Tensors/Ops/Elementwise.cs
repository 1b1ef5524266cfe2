using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    const long ElementGrain = 32_768;

    /// <summary>y = −x.</summary>
    public static Tensor Negate(Tensor x) => Map<Negate>(x);

    /// <summary>y = eˣ.</summary>
    public static Tensor Exp(this Tensor x) => Map<Exp>(x);

    /// <summary>y = ln x.</summary>
    public static Tensor Log(this Tensor x) => Map<Log>(x);

    /// <summary>y = √x.</summary>
    public static Tensor Sqrt(this Tensor x) => Map<Sqrt>(x);

    /// <summary>y = |x|; the derivative at 0 is 0.</summary>
    public static Tensor Abs(this Tensor x) => Map<Abs>(x);

    /// <summary>y = max(x, 0); the derivative at 0 is 0.</summary>
    public static Tensor Relu(this Tensor x) => Map<Relu>(x);

    /// <summary>y = tanh x.</summary>
    public static Tensor Tanh(this Tensor x) => Map<Tanh>(x);

    /// <summary>y = 1 / (1 + e⁻ˣ).</summary>
    public static Tensor Sigmoid(this Tensor x) => Map<Sigmoid>(x);

    /// <summary>y = xᵖ;  dx = g·p·xᵖ⁻¹.</summary>
    public static Tensor Power(this Tensor x, float p)
    {
        ArgumentNullException.ThrowIfNull(x);
        Tensor y = Tensor.Empty(x.Shape);
        for (int i = 0; i < y.Count; i++) y.WritableSpan[i] = MathF.Pow(x.Span[i], p);
        return Tensor.Record(y, (x, p), (x, static (g, kept) => g * kept.p * Power(kept.x.Detach(), kept.p - 1)));
    }

    static Tensor Map<TOp>(Tensor x) where TOp : struct, IUnary
    {
        ArgumentNullException.ThrowIfNull(x);
        Tensor y = Tensor.Empty(x.Shape);
        Workers.For(y.Count, ElementGrain, new Forward<TOp>(x, y));
        return Tensor.Record(y, (x, y: y.Detach()), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Empty(kept.x.Shape);
            Workers.For(dx.Count, ElementGrain, new Backward<TOp>(g, kept.x, kept.y, dx));
            return dx;
        }));
    }

    readonly struct Forward<TOp>(Tensor x, Tensor y) : IRangeBody where TOp : struct, IUnary
    {
        public void Run(long from, long to)
        {
            int start = (int)from, length = (int)(to - from);
            Lanes.Map<TOp>(x.Span.Slice(start, length), y.WritableMemory.Span.Slice(start, length));
        }
    }

    readonly struct Backward<TOp>(Tensor g, Tensor x, Tensor y, Tensor dx) : IRangeBody where TOp : struct, IUnary
    {
        public void Run(long from, long to)
        {
            int start = (int)from, length = (int)(to - from);
            Lanes.MapBackward<TOp>(g.Span.Slice(start, length), x.Span.Slice(start, length), y.Span.Slice(start, length), dx.WritableMemory.Span.Slice(start, length));
        }
    }
}
