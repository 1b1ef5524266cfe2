using System.Numerics;
using V = System.Numerics.Vector<float>;

namespace Rowan.Numerics;

/// <summary>ℓ = f(x, y) of a prediction x and a target y, lane by lane, and how a gradient of ℓ becomes one of each.</summary>
interface ILoss : IBinary
{
    /// <summary>dx.</summary>
    V BackwardPrediction(V g, V x, V y);

    /// <summary>dy.</summary>
    V BackwardTarget(V g, V x, V y);
}

/// <summary>ℓ = (x − y)²;  dx = 2·g·(x − y),  dy = −dx.</summary>
readonly struct SquaredError : ILoss
{
    /// <inheritdoc/>
    public V Forward(V x, V y) => (x - y) * (x - y);

    /// <inheritdoc/>
    public V BackwardPrediction(V g, V x, V y) => g * new V(2) * (x - y);

    /// <inheritdoc/>
    public V BackwardTarget(V g, V x, V y) => g * new V(2) * (y - x);
}

/// <summary>ℓ = (1 − y)·x + log(1 + e⁻ˣ) = max(x, 0) − y·x + log(1 + e^−|x|);  dx = g·(σ(x) − y),  dy = −g·x.</summary>
readonly struct LogitLoss : ILoss
{
    /// <inheritdoc/>
    public V Forward(V x, V y) => Vector.Max(x, V.Zero) - y * x + LaneMath.LogOnePlus(LaneMath.Exp(-Vector.Abs(x)));

    /// <inheritdoc/>
    public V BackwardPrediction(V g, V x, V y) => g * (default(Sigmoid).Forward(x) - y);

    /// <inheritdoc/>
    public V BackwardTarget(V g, V x, V y) => -g * x;
}

/// <summary>
/// ℓ = −y·log x − (1 − y)·log(1 − x), logarithms not below −100; dx = g·(x − y) / max(x·(1 − x), 10⁻¹²), dy = g·(log(1 − x) − log x).
/// </summary>
readonly struct ProbabilityLoss : ILoss
{
    /// <inheritdoc/>
    public V Forward(V x, V y) => (y - V.One) * Floored(LaneMath.LogOnePlus(-x)) - y * Floored(Vector.Log(x));

    /// <inheritdoc/>
    public V BackwardPrediction(V g, V x, V y) => g * (x - y) / Vector.Max(x * (V.One - x), new V(1e-12f));

    /// <inheritdoc/>
    public V BackwardTarget(V g, V x, V y) => g * (Floored(LaneMath.LogOnePlus(-x)) - Floored(Vector.Log(x)));

    static V Floored(V log) => Vector.Max(log, new V(-100));
}
