namespace Rowan;

/// <summary>
/// The curves of learning rates between two values; the share of the way runs from 0 to 1. Schedules of optimizers and the training loop
/// (<c>RateSchedule</c>) follow them.
/// </summary>
/// <remarks>
/// The loop counts its warm-up as a share of all steps, and its first step has a rate above 0. <see cref="LinearSchedule"/> has neither:
/// like PyTorch's it counts whole steps, and multiplies before it divides, which rounds in another way. So it has a line of its own.
/// </remarks>
static class RateCurve
{
    /// <summary>η = η₀ + (η₁ − η₀)·s.</summary>
    public static double Line(double from, double to, double share) => from + (to - from) * share;

    /// <summary>η = η₁ + (η₀ − η₁)·(1 + cos(π·s)) / 2: half a wave.</summary>
    public static double HalfWave(double from, double to, double share) => to + (from - to) * (1 + Math.Cos(Math.PI * share)) / 2;
}
