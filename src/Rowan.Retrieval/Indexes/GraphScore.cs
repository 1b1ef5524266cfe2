using System.Runtime.CompilerServices;

namespace Rowan.Retrieval;

/// <summary>What the walk of a graph compares, from q·r of codes. Higher is nearer.</summary>
interface IGraphScore
{
    /// <summary>Whether rows' squares are read.</summary>
    static abstract bool NeedsSquares { get; }

    /// <param name="dot">q·r; for L2 twice that.</param>
    /// <param name="squares">|r|².</param>
    /// <param name="extra">For the dot product in building: √(M² − |q|²).</param>
    /// <param name="most">M², the largest |r|² of the index.</param>
    static abstract float Of(float dot, float squares, float extra, float most);
}

/// <summary>The cosine, or the dot product of a search: dot.</summary>
readonly struct DotScore : IGraphScore
{
    public static bool NeedsSquares => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float dot, float squares, float extra, float most) => dot;
}

/// <summary>L2: 2·q·r − |r|², which is |q|² − |q − r|².</summary>
readonly struct L2Score : IGraphScore
{
    public static bool NeedsSquares => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float dot, float squares, float extra, float most) => dot - squares;
}

/// <summary>
/// The graph of a dot product is built over rows of one length, (r, √(M² − |r|²)): among these the nearest are those of the largest
/// product with a query (q, 0). (Bachrach and others 2014: "Speeding up the Xbox recommender system".)
/// </summary>
readonly struct AugmentedScore : IGraphScore
{
    public static bool NeedsSquares => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float dot, float squares, float extra, float most) =>
        dot + extra * MathF.Sqrt(MathF.Max(0, most - squares));
}
