using Rowan.Numerics;

namespace Rowan.Tables;

enum RoundingMode
{
    Nearest,
    TowardZero,
    Stochastic,
}

/// <summary>
/// How a row that is written becomes codes: stochastic after a step, with random bits of (key, step, row, column); nearest when given;
/// toward zero when shrunk, so that a norm stays bounded.
/// </summary>
readonly record struct Rounding(RoundingMode Mode, ulong Key = 0, long Step = 0)
{
    public static Rounding Nearest => default;

    public static Rounding TowardZero => new(RoundingMode.TowardZero);

    public static Rounding Stochastic(ulong key, long step) => new(RoundingMode.Stochastic, key, step);
}

/// <summary>Scratch of each thread for one row: as floats, with its state, its random bits and its codes.</summary>
static class RowScratch
{
    [ThreadStatic] static float[]? _floats, _state;
    [ThreadStatic] static uint[]? _words;
    [ThreadStatic] static ushort[]? _codes;

    public static Span<float> Floats(int count) => Of(ref _floats, count);

    public static Span<float> State(int count) => Of(ref _state, count);

    public static Span<uint> Words(int count) => Of(ref _words, count);

    public static Span<ushort> Codes(int count) => Of(ref _codes, count);

    static Span<T> Of<T>(ref T[]? scratch, int count)
    {
        if (scratch is null || scratch.Length < count) scratch = new T[count];
        return scratch.AsSpan(0, count);
    }
}
