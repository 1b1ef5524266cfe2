using Microsoft.Extensions.VectorData;

namespace Rowan.Extensions.AI.Tests;

public class HybridSearchTests
{
    static readonly (int Id, string Title, string Text, float[] Vector)[] Documents =
    [
        (1, "fruit", "Apples are healthy and nourishing", [1, 0]), (2, "fruit", "Oranges are tangy", [0.9f, 0.1f]),
        (3, "tools", "A hammer drives nails", [0, 1]), (4, "tools", "Nails hold boards", [0.1f, 0.9f]),
    ];

    static async Task<RowanCollection<object, Dictionary<string,
    object?>>> Rows(float weight = RowanVectorStoreOptions.DefaultHybridWeight, bool titles = false)
    {
        var rows = (RowanCollection<object, Dictionary<string, object?>>)new RowanVectorStore(new() { HybridWeight = weight })
            .GetDynamicCollection("rows", new()
        {
            Properties =
            [
                new VectorStoreKeyProperty("Id", typeof(int)),
                new VectorStoreDataProperty("Title", typeof(string)) { IsFullTextIndexed = titles },
                new VectorStoreDataProperty("Text", typeof(string)) { IsFullTextIndexed = true },
                new VectorStoreVectorProperty("Vector", typeof(float[]), 2),
            ],
        });
        await rows.EnsureCollectionExistsAsync();
        await rows.UpsertAsync(Documents.Select(one => new Dictionary<string, object?>
        {
            ["Id"] = one.Id, ["Title"] = one.Title, ["Text"] = one.Text, ["Vector"] = one.Vector,
        }));
        return rows;
    }

    static async Task<List<int>> Found(RowanCollection<object, Dictionary<string, object?>> rows, float[] vector, string[] words,
        int top = 9,
        HybridSearchOptions<Dictionary<string, object?>>? options = null) =>
        [.. (await rows.HybridSearchAsync(vector, words, top, options).All()).Select(one => (int)one.Record["Id"]!)];

    [Fact]
    public async Task WordsAndVectorsBothCount()
    {
        RowanCollection<object, Dictionary<string, object?>> rows = await Rows();
        Assert.Equal([2, 1], (await Found(rows, [1, 0], ["tangy"])).Take(2));
        Assert.Equal([3, 4], (await Found(rows, [0, 1], ["hammer"])).Take(2));
        // Stems: "nail" finds "nails".
        Assert.Equal(4, (await Found(rows, [0.1f, 0.9f], ["nail"]))[0]);
        Assert.Equal([1, 2, 4, 3], await Found(rows, [1, 0], []));
    }

    [Fact]
    public async Task TheWeightDecidesBetweenThem()
    {
        Assert.Equal(3, (await Found(await Rows(0), [1, 0], ["hammer"]))[0]);
        Assert.Equal(1, (await Found(await Rows(1), [1, 0], ["hammer"]))[0]);
    }

    [Fact]
    public async Task ScoresAreFromZeroToOneAndCutByTheThreshold()
    {
        RowanCollection<object, Dictionary<string, object?>> rows = await Rows();
        List<VectorSearchResult<Dictionary<string,
        object?>>> found = await rows.HybridSearchAsync(new float[] { 0.9f, 0.1f }, ["tangy"], 9).All();
        Assert.Equal(1, found[0].Score!.Value, 5);
        Assert.All(found, one => Assert.InRange(one.Score!.Value, 0, 1));
        Assert.Equal([2], await Found(rows, [0.9f, 0.1f], ["tangy"], 9, new() { ScoreThreshold = 0.9 }));
    }

    [Fact]
    public async Task FilterSkipAndTopCutTheAnswer()
    {
        RowanCollection<object, Dictionary<string, object?>> rows = await Rows();
        Assert.Equal([4, 3], await Found(rows, [1, 0], ["boards"], 9, new() { Filter = one => (string?)one["Title"] == "tools" }));
        Assert.Equal([2], await Found(rows, [1, 0], ["apples"], 1, new() { Skip = 1 }));
    }

    [Fact]
    public async Task OfSeveralTextPropertiesOneMustBeNamed()
    {
        RowanCollection<object, Dictionary<string, object?>> rows = await Rows(titles: true);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Found(rows, [1, 0], ["tools"]));
        Assert.Equal([4, 3], (await Found(rows, [1, 0], ["tools"], 2, new() { AdditionalProperty = one => one["Title"] })));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Found(rows, [1, 0], ["1"], 2, new() { AdditionalProperty = one => one["Id"] }));
    }

    [Fact]
    public async Task ChangedAndRemovedTextsAreForgotten()
    {
        RowanCollection<object, Dictionary<string, object?>> rows = await Rows(0);
        await rows.UpsertAsync(new Dictionary<string, object?> { ["Id"] = 3, ["Text"] = "A saw", ["Vector"] = new float[] { 0, 1 } });
        await rows.DeleteAsync(4);
        foreach (VectorSearchResult<Dictionary<string,
            object?>> one in await rows.HybridSearchAsync(new float[] { 0, 1 }, ["nails", "hammer"], 9).All())
            Assert.Equal(0, one.Score);
        Assert.Equal(3, (await Found(rows, [1, 0], ["saw"]))[0]);
    }

    /// <summary>Scores do not depend on what was removed before: they are those of a collection that never had it.</summary>
    [Fact]
    public async Task ManyChangesLeaveTheScoresOfAFreshCollection()
    {
        RowanCollection<object, Dictionary<string, object?>> changed = await Rows(0), fresh = await Rows(0);
        Dictionary<string, object?> Row(int id, int version) =>
            new() { ["Id"] = id, ["Text"] = $"word{id % 7} version{version} common", ["Vector"] = new float[] { 1, 0 } };
        for (int version = 0; version < 12; version++)
            await changed.UpsertAsync(Enumerable.Range(10, 200).Select(id => Row(id, version)));
        await changed.DeleteAsync(Enumerable.Range(100, 50).Cast<object>());
        await fresh.UpsertAsync(Enumerable.Range(10, 200).Where(id => id is < 100 or >= 150).Select(id => Row(id, 11)));
        foreach (string[] words in (string[][])[["word3", "common"], ["version11"], ["version3"], ["apples", "word1"]])
        {
            var first = await changed.HybridSearchAsync(new float[] { 1, 0 }, words, 300).All();
            var second = await fresh.HybridSearchAsync(new float[] { 1, 0 }, words, 300).All();
            Assert.Equal(second.Select(one => (one.Score, (int)one.Record["Id"]!)).Order(),
                first.Select(one => (one.Score, (int)one.Record["Id"]!)).Order());
        }
    }
}
