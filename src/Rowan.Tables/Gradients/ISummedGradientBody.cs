namespace Rowan.Tables;

/// <summary>What happens to one row and its summed gradient.</summary>
interface ISummedGradientBody
{
    /// <summary>Asks for what <see cref="Row"/> will need.</summary>
    void Prefetch(long row);

    void Row(long row, ReadOnlySpan<float> gradient);
}
