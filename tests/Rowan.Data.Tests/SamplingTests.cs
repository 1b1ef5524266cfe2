using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Tests;

public sealed class SamplingTests
{
    [Fact]
    public void ARandomSplitHasItsSharesAndNeedsNoMemory()
    {
        var split = new RandomSplit(0.1, 0.2, 3);
        DataPart[] parts = [.. Enumerable.Range(0, 20_000).Select(i => split.PartOf(i))];
        Assert.InRange(parts.Count(part => part == DataPart.Validation), 1_850, 2_150);
        Assert.InRange(parts.Count(part => part == DataPart.Test), 3_800, 4_200);
        Assert.Equal(parts[17], new RandomSplit(0.1, 0.2, 3).PartOf(17));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomSplit(0.5, 0.5, 0));
    }

    [Fact]
    public void ATimeSplitKeepsEqualTimesTogether()
    {
        decimal[] times = [5, 1, 1, 2, 3, 3, 3, 4, 9, 8];
        var split = new TimeSplit(times, 0.2, 0.2);
        foreach (decimal x in times)
            foreach (decimal y in times)
                if (x <= y) Assert.True(split.PartOf(x) <= split.PartOf(y));
        Assert.Equal(DataPart.Test, split.PartOf(9));
        Assert.Equal(DataPart.Test, split.PartOf(8));
        Assert.Equal(DataPart.Validation, split.PartOf(5));
        Assert.Equal(DataPart.Train, split.PartOf(3));
    }

    [Fact]
    public void LeaveOneOutTakesTheLastOfEachGroup()
    {
        var rng = new Rng(2);
        long[] groups = [.. Enumerable.Range(0, 300).Select(_ => (long)(rng.NextUInt32() % 40))];
        decimal[] times = [.. groups.Select(_ => (decimal)(rng.NextUInt32() % 20))];
        DataPart[] parts = LeaveOneOut.Parts(groups, times, validation: true, test: true);
        foreach (long group in groups.Distinct())
        {
            int[] own = [.. Enumerable.Range(0, 300).Where(i => groups[i] == group).OrderBy(i => times[i]).ThenBy(i => i)];
            DataPart[] expected = own.Length switch
            {
                1 => [DataPart.Train],
                2 => [DataPart.Train, DataPart.Test],
                _ => [.. Enumerable.Repeat(DataPart.Train, own.Length - 2), DataPart.Validation, DataPart.Test],
            };
            Assert.Equal(expected, own.Select(i => parts[i]));
        }
    }

    [Fact]
    public void WhichOfTheLastOfEqualTimeIsHeldOutIsDrawn()
    {
        long[] groups = [.. Enumerable.Range(0, 400).Select(i => (long)(i / 10))];
        decimal[] times = [.. Enumerable.Range(0, 400).Select(i => i % 10 < 5 ? 1m : 2m)];
        DataPart[] parts = LeaveOneOut.Parts(groups, times, validation: false, test: true, tieSeed: 3);
        int[] places = [.. Enumerable.Range(0, 400).Where(i => parts[i] == DataPart.Test).Select(i => i % 10)];
        Assert.Equal(40, places.Length);
        // Always one of the latest, and each of them now and then.
        Assert.Equal([5, 6, 7, 8, 9], places.Distinct().Order());
        Assert.Equal(parts, LeaveOneOut.Parts(groups, times, validation: false, test: true, tieSeed: 3));
        Assert.NotEqual(parts, LeaveOneOut.Parts(groups, times, validation: false, test: true, tieSeed: 4));
    }
}
