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
    public static Tensor Multiply(Tensor x, Tensor y) => Tensor.Record(Broadcast.Zip<Multiply>(x, y, "Multiply"), (x, y),
        (x, static (g, kept) => g * kept.y),
        (y, static (g, kept) => g * kept.x));

    /// <summary>z = x / y, broadcast;  dx = g / y, dy = −g·x / y².</summary>
    public static Tensor Divide(Tensor x, Tensor y) => Tensor.Record(Broadcast.Zip<Divide>(x, y, "Divide"), (x, y),
        (x, static (g, kept) => g / kept.y),
        (y, static (g, kept) => -(g * kept.x) / (kept.y * kept.y)));
}
