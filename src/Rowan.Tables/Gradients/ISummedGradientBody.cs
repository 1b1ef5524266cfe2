namespace Rowan.Tables;

/// <summary>What is done with one row and its summed gradient.</summary>
interface ISummedGradientBody
{
    /// <summary>Prefetches what <see cref="Row"/> will read.</summary>
    void Prefetch(long row);

    void Row(long row, ReadOnlySpan<float> gradient);
}
