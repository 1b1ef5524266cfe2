using Rowan.Numerics;

namespace Rowan.Tables;

enum RoundingMode
{
    Nearest,
    TowardZero,
    Stochastic,
}

/// <summary>How a row that is written becomes codes: stochastic after a step, with random bits of (key, step, row, column); nearest when given; toward zero when shrunk, so that a norm stays bounded.</summary>
readonly record struct Rounding(RoundingMode Mode, ulong Key = 0, long Step = 0)
{
    public static Rounding Nearest => default;

    public static Rounding TowardZero => new(RoundingMode.TowardZero);

    public static Rounding Stochastic(ulong key, long step) => new(RoundingMode.Stochastic, key, step);
}

/// <summary>Room of each thread for one row as floats, and for its random bits.</summary>
static class RowRoom
{
    [ThreadStatic] static float[]? _floats;
    [ThreadStatic] static uint[]? _words;

    public static Span<float> Floats(int count)
    {
        if (_floats is null || _floats.Length < count) _floats = new float[count];
        return _floats.AsSpan(0, count);
    }

    public static Span<uint> Words(int count)
    {
        if (_words is null || _words.Length < count) _words = new uint[count];
        return _words.AsSpan(0, count);
    }
}
