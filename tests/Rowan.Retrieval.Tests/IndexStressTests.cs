using Rowan.Retrieval;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class IndexStressTests
{
    [Theory]
    [InlineData(IndexKind.Flat, IndexMetric.DotProduct)]
    [InlineData(IndexKind.Int8, IndexMetric.L2)]
    [InlineData(IndexKind.Graph, IndexMetric.Cosine)]
    public void SearchesAreRightWhileRowsComeAndGo(IndexKind kind, IndexMetric metric)
    {
        using var folder = new TemporaryFolder();
        var stress = new IndexStress(kind, metric, 600, 12, folder["a"]);
        Assert.Empty(stress.Run(TimeSpan.FromSeconds(2)));
        Assert.True(stress.Changes > 0 && stress.Searches > 0 && stress.Saves > 0);
    }
}
