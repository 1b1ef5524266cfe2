using Microsoft.Extensions.VectorData;
using Rowan.TestSupport;

namespace Rowan.Extensions.AI.Tests;

public class ConcurrencyTests
{
    /// <summary>
    /// Each batch writes the same number to all records of a group, and the number is the vector too. A reader never sees half of a
    /// batch, nor a score or a vector of another version.
    /// </summary>
    [Theory]
    [InlineData(null, false)]
    [InlineData(IndexKind.Hnsw, false)]
    [InlineData(IndexKind.Flat, true)]
    public async Task ReadersSeeWholeBatches(string? kind, bool inFolder)
    {
        const int Groups = 3, PerGroup = 20, Rounds = 60;
        using var folder = new TemporaryFolder();
        using var store = new RowanVectorStore(new() { Folder = inFolder ? folder.Path : null });
        VectorStoreCollection<object, Dictionary<string, object?>> rows = store.GetDynamicCollection("rows", new()
        {
            Properties =
            [
                new VectorStoreKeyProperty("Id", typeof(int)), new VectorStoreDataProperty("Group", typeof(int)),
                new VectorStoreDataProperty("Version", typeof(int)),
                new VectorStoreDataProperty("Text", typeof(string)) { IsFullTextIndexed = true },
                new VectorStoreVectorProperty("Vector", typeof(float[]), 2) {
                    DistanceFunction = DistanceFunction.EuclideanDistance, IndexKind = kind },
            ],
        });
        await rows.EnsureCollectionExistsAsync();
        Task Write(int group, int version) => rows.UpsertAsync(Enumerable.Range(0, PerGroup).Select(i => new Dictionary<string, object?>
        {
            ["Id"] = group * PerGroup + i, ["Group"] = group, ["Version"] = version, ["Text"] = $"group{group} version{version}",
            ["Vector"] = new float[] { version, group },
        }));
        for (int group = 0; group < Groups; group++) await Write(group, 0);
        using var done = new CancellationTokenSource();
        Task[] readers = [.. Enumerable.Range(0, 4).Select(reader => Task.Run(async () =>
        {
            int seen = 0;
            while (!done.IsCancellationRequested || seen == 0)
            {
                int group = seen++ % Groups;
                var found = await rows.SearchAsync(new float[] { 0, group }, PerGroup,
                    new() { Filter = one => (int)one["Group"]! == group, IncludeVectors = true }).All();
                Assert.Equal(PerGroup, found.Count);
                int version = (int)Assert.Single(found.Select(one => one.Record["Version"]).Distinct())!;
                Assert.All(found, one => Assert.Equal(version, one.Score!.Value, 3));
                Assert.All(found, one => Assert.Equal([version, group], (float[])one.Record["Vector"]!));
                Assert.Equal(Groups * PerGroup, (await rows.SearchAsync(new float[] { 0, 0 }, 999).All()).Count);
                Assert.Equal(PerGroup, (await rows.GetAsync(one => (int)one["Group"]! == group, 999).All()).Count);
                Assert.NotEmpty(await ((IKeywordHybridSearchable<Dictionary<string, object?>>)rows)
                    .HybridSearchAsync(new float[] { 0, 0 }, [$"group{group}"], 5).All());
            }
        }))];
        await Task.WhenAll(Enumerable.Range(0, Groups).Select(group => Task.Run(async () =>
        {
            for (int version = 1; version <= Rounds; version++) await Write(group, version);
        })));
        await done.CancelAsync();
        await Task.WhenAll(readers);
        Assert.All(await rows.GetAsync(one => true, 999).All(), one => Assert.Equal(Rounds, one["Version"]));
    }
}
