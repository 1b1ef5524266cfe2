using Rowan.Retrieval;
using Rowan.TestSupport;

namespace Rowan.Tests;

public class IndexFileTests
{
    const int Dim = 12;

    static long[] Ids(int from, int count) => [.. Enumerable.Range(from, count).Select(i => (long)i)];

    static VectorIndex Built(IndexMetric metric, IndexKind kind, RowPrecision precision, int rows = 400)
    {
        var index = new VectorIndex(Dim,
            new IndexOptions
            {
                Metric = metric, Kind = kind, Precision = precision, Degree = 8, BuildCandidates = 24, SearchCandidates = 33,
            });
        index.Add(Ids(0, rows), IndexData.Clustered(rows, Dim, 6, 1));
        return index;
    }

    /// <summary>Two indexes answer alike, by their own path and exactly, and hold the same rows.</summary>
    static void AssertSame(VectorIndex a, VectorIndex b)
    {
        Assert.Equal((a.Count, a.Dim, a.Kind, a.Options), (b.Count, b.Dim, b.Kind, b.Options));
        Assert.Equal(a.Ids(), b.Ids());
        float[] x = new float[Dim], y = new float[Dim], queries = IndexData.Clustered(10, Dim, 6, 2);
        foreach (long id in a.Ids())
        {
            Assert.True(a.TryGet(id, x) && b.TryGet(id, y));
            Assert.Equal(x, y);
        }
        foreach (var options in (SearchOptions?[])[null, new SearchOptions { Exact = true }])
            Assert.Equal(a.SearchMany(queries, 5, options).SelectMany(r => r.Matches),
                b.SearchMany(queries, 5, options).SelectMany(r => r.Matches));
    }

    [Theory, MemberData(nameof(VectorIndexTests.All), MemberType = typeof(VectorIndexTests))]
    public void AFileIsTheIndex(IndexMetric metric, IndexKind kind, RowPrecision precision)
    {
        using var folder = new TemporaryFolder();
        string path = folder["a.index"];
        using VectorIndex index = Built(metric, kind, precision);
        RecallMeasurement measured = index.MeasureRecall(IndexData.Clustered(30, Dim, 6, 5));
        index.Save(path);
        using (VectorIndex opened = VectorIndex.Open(path))
        {
            Assert.True(opened.MemoryBytes < index.MemoryBytes / 2);
            AssertSame(index, opened);
            if (kind == IndexKind.Graph) Assert.Equal(measured.Recall, opened.Search(new float[Dim], 10).Recall);
        }
        // Changes, saved three times, once in an index that was opened.
        index.Remove(Ids(10, 30));
        index.Upsert(Ids(30, 20), IndexData.Clustered(20, Dim, 6, 3));
        index.Save();
        using (VectorIndex opened = VectorIndex.Open(path))
        {
            AssertSame(index, opened);
            opened.Add(Ids(900, 40), IndexData.Clustered(40, Dim, 6, 4));
            index.Add(Ids(900, 40), IndexData.Clustered(40, Dim, 6, 4));
            opened.Save();
            using VectorIndex again = VectorIndex.Open(path);
            AssertSame(opened, again);
            AssertSame(index, again);
            // The first has not seen what the second saved.
            IOException fault = Assert.Throws<IOException>(index.Save);
            Assert.Contains("changed by another process", fault.Message, StringComparison.Ordinal);
            again.Remove(900);
            again.Save();
            using VectorIndex last = VectorIndex.Open(path, verify: true);
            AssertSame(again, last);
            last.Verify();
        }
        Assert.Equal(["a.index"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(IndexKind.Int8)]
    [InlineData(IndexKind.Graph)]
    public void ManyChangesAreSavedWhole(IndexKind kind)
    {
        using var folder = new TemporaryFolder();
        using VectorIndex index = Built(IndexMetric.Cosine, kind, RowPrecision.Float32, 50);
        index.Save(folder["a"]);
        for (int step = 0; step < 12; step++)
        {
            index.Upsert(Ids(step * 150, 200), IndexData.Clustered(200, Dim, 6, step));
            index.Remove(Ids(step * 100, 90));
            index.Save();
            using VectorIndex opened = VectorIndex.Open(folder["a"]);
            AssertSame(index, opened);
        }
        index.Remove(index.Ids());
        index.Save();
        using VectorIndex none = VectorIndex.Open(folder["a"]);
        Assert.Equal(0, none.Count);
        none.Add(5, new float[Dim]);
        Assert.Equal([5], none.Ids());
    }

    [Theory]
    [InlineData(IndexKind.Flat)]
    [InlineData(IndexKind.Graph)]
    public void ASaveThatIsCutOffAnywhereLeavesTheStateBefore(IndexKind kind)
    {
        using var folder = new TemporaryFolder();
        string path = folder["a"], cut = folder["cut"];
        using VectorIndex index = Built(IndexMetric.L2, kind, RowPrecision.Float32, 60);
        index.Save(path);
        long first = new FileInfo(path).Length;
        long[] before = index.Ids();
        index.Remove(Ids(0, 2));
        index.Add(100, IndexData.Clustered(1, Dim, 6, 9));
        index.Save();
        long second = new FileInfo(path).Length;
        long[] between = index.Ids();
        index.Remove(50);
        index.Save();
        byte[] bytes = File.ReadAllBytes(path);
        Assert.True(first < second && second < bytes.Length);
        for (long length = first; length <= bytes.Length; length += length < bytes.Length - 7 ? 7 : 1)
        {
            File.WriteAllBytes(cut, bytes[..(int)length]);
            using VectorIndex opened = VectorIndex.Open(cut);
            Assert.Equal(length == bytes.Length ? index.Ids() : length >= second ? between : before, opened.Ids());
            // The next save takes the place of what was cut off.
            if (length % 5 != 0) continue;
            opened.Add(777, new float[Dim]);
            opened.Save();
            using VectorIndex again = VectorIndex.Open(cut);
            Assert.Contains(777, again.Ids());
        }
    }

    [Fact]
    public void DamageIsFound()
    {
        using var folder = new TemporaryFolder();
        string path = folder["a"];
        using (VectorIndex index = Built(IndexMetric.Cosine, IndexKind.Graph, RowPrecision.Float32, 60)) index.Save(path);
        byte[] bytes = File.ReadAllBytes(path);
        var random = new Random(1);
        int found = 0;
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = [.. bytes];
            int at = i < 100 ? random.Next(IndexFile.HeaderBytes) : random.Next(bytes.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, damaged);
            try
            {
                using VectorIndex opened = VectorIndex.Open(path);
                // Bytes between the sections are of no use, and may change.
                Assert.Equal(Ids(0, 60), opened.Ids());
            }
            catch (InvalidDataException)
            {
                found++;
            }
        }
        Assert.True(found >= 100);
        File.WriteAllBytes(path, bytes[..(bytes.Length - 1)]);
        Assert.Throws<InvalidDataException>(() => VectorIndex.Open(path));
        File.WriteAllText(path, "id,vector\n");
        Assert.Contains("is not an index file", Assert.Throws<InvalidDataException>(() => VectorIndex.Open(path)).Message,
            StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => VectorIndex.Open(folder["none"]));
        Assert.Throws<InvalidOperationException>(() => new VectorIndex(2).Save());
    }

    [Fact]
    public void AnyNumberOfThreadsGivesTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        int threads = ComputeThreads.Count;
        var files = new List<byte[]>();
        try
        {
            foreach (int count in (int[])[1, 2, 7, 64])
            {
                ComputeThreads.Count = count;
                using VectorIndex index = Built(IndexMetric.Cosine, IndexKind.Graph, RowPrecision.Float32, 1_500);
                index.Remove([.. Ids(0, 1_500).Where(id => id % 9 == 0)]);
                index.Add(Ids(2_000, 300), IndexData.Clustered(300, Dim, 6, 8));
                index.Save(folder[$"{count}"]);
                files.Add(File.ReadAllBytes(folder[$"{count}"]));
            }
        }
        finally { ComputeThreads.Count = threads; }
        Assert.All(files, file => Assert.Equal(files[0], file));
    }
}
