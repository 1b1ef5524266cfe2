using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rowan.Numerics;

/// <summary>The smallest and the largest value of a row.</summary>
static class RowExtent
{
    /// <summary>
    /// False where a value is NaN or infinite. Of zeros of either sign that are the smallest, the first is it, so that the bits depend on
    /// the data alone.
    /// </summary>
    /// <param name="row">At least one value.</param>
    /// <param name="min">The smallest.</param>
    /// <param name="max">The largest; equal to the smallest, it has its sign.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryOf(ReadOnlySpan<float> row, out float min, out float max)
    {
        int i = 0;
        (min, max) = (row[0], row[0]);
        float odd = 0;
        if (row.Length >= 16)
        {
            ref float first = ref MemoryMarshal.GetReference(row);
            Vector256<float> low = Vector256.LoadUnsafe(ref first), high = low, low2 = Vector256.LoadUnsafe(ref first, 8), high2 = low2;
            // 0·x is NaN for whatever is not finite, and stays in a sum.
            Vector256<float> zero = low * 0f, zero2 = low2 * 0f;
            for (i = 16; i + 16 <= row.Length; i += 16)
            {
                Vector256<float> x = Vector256.LoadUnsafe(ref first, (nuint)i), y = Vector256.LoadUnsafe(ref first, (nuint)i + 8);
                (low, low2) = (Vector256.MinNative(low, x), Vector256.MinNative(low2, y));
                (high, high2) = (Vector256.MaxNative(high, x), Vector256.MaxNative(high2, y));
                (zero, zero2) = (zero + x * 0f, zero2 + y * 0f);
            }
            (low, high) = (Vector256.MinNative(low, low2), Vector256.MaxNative(high, high2));
            odd = Vector256.Sum(zero + zero2);
            Vector128<float> least = Vector128.MinNative(low.GetLower(), low.GetUpper()),
            most = Vector128.MaxNative(high.GetLower(), high.GetUpper());
            least = Vector128.MinNative(least, Vector128.Shuffle(least, Vector128.Create(2, 3, 0, 1)));
            most = Vector128.MaxNative(most, Vector128.Shuffle(most, Vector128.Create(2, 3, 0, 1)));
            (min, max) = (least[0] < least[1] ? least[0] : least[1], most[0] > most[1] ? most[0] : most[1]);
        }
        for (; i < row.Length; i++)
        {
            float x = row[i];
            odd += x * 0;
            (min, max) = (x < min ? x : min, x > max ? x : max);
        }
        if (min == 0) min = row[row.IndexOf(0f)];
        if (max == min) max = min;
        return odd == 0;
    }
}
