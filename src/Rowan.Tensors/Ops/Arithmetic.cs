using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>
/// The differentiable operations: for each, formula, value and derivative in one place. A gradient that comes back in a broadcast shape is
/// summed to the input's by the backward pass.
/// </summary>
public static partial class Ops
{
    /// <summary>z = x + y, broadcast;  dx = g, dy = g.</summary>
    public static Tensor Add(Tensor x, Tensor y) => Tensor.Record(Broadcast.Zip<Add>(x, y, "Add"), 0,
        (x, static (g, _) => g),
        (y, static (g, _) => g));

    /// <summary>z = x − y, broadcast;  dx = g, dy = −g.</summary>
    public static Tensor Subtract(Tensor x, Tensor y) => Tensor.Record(Broadcast.Zip<Subtract>(x, y, "Subtract"), 0,
        (x, static (g, _) => g),
        (y, static (g, _) => Negate(g)));

    /// <summary>z = x·y, broadcast;  dx = g·y, dy = g·x.</summary>
    public static Tensor Multiply(Tensor x, Tensor y) => Tensor.RecordProduct(Broadcast.Zip<Multiply>(x, y, "Multiply"), (x, y),
        (x, static (g, kept) => g * kept.y),
        (y, static (g, kept) => g * kept.x));

    /// <summary>z = x / y, broadcast;  dx = g / y, dy = −g·x / y².</summary>
    public static Tensor Divide(Tensor x, Tensor y) => Tensor.Record(Broadcast.Zip<Divide>(x, y, "Divide"), (x, y),
        (x, static (g, kept) => g / kept.y),
        (y, static (g, kept) => -(g * kept.x) / (kept.y * kept.y)));

    /// <summary>
    /// z = the larger of x and y, broadcast; dx = g where x is the larger, half of it where they are equal; dy the rest.
    /// </summary>
    public static Tensor Maximum(Tensor x, Tensor y) => Tensor.Record(Broadcast.Zip<Maximum>(x, y, "Maximum"), (x, y),
        (x, static (g, kept) => g * Wins(kept.x, kept.y)),
        (y, static (g, kept) => g * Wins(kept.y, kept.x)));

    /// <summary>
    /// z = the smaller of x and y, broadcast; dx = g where x is the smaller, half of it where they are equal; dy the rest.
    /// </summary>
    public static Tensor Minimum(Tensor x, Tensor y) => Tensor.Record(Broadcast.Zip<Minimum>(x, y, "Minimum"), (x, y),
        (x, static (g, kept) => g * Wins(kept.y, kept.x)),
        (y, static (g, kept) => g * Wins(kept.x, kept.y)));

    /// <summary>1 where x is the larger, 1/2 where both are equal, 0 elsewhere.</summary>
    static Tensor Wins(Tensor x, Tensor y)
    {
        Tensor won = Broadcast.Zip<Subtract>(x, y, "Maximum");
        foreach (ref float value in won.WritableSpan) value = value > 0 ? 1 : value == 0 ? 0.5f : 0;
        return won;
    }
}
