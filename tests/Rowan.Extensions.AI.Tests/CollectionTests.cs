using Microsoft.Extensions.VectorData;

namespace Rowan.Extensions.AI.Tests;

public class CollectionTests
{
    static async Task<VectorStoreCollection<int, Note>> Notes(RowanVectorStore? store = null, params Note[] notes)
    {
        VectorStoreCollection<int, Note> collection = (store ?? new RowanVectorStore()).GetCollection<int, Note>("notes");
        await collection.EnsureCollectionExistsAsync();
        await collection.UpsertAsync(notes);
        return collection;
    }

    [Fact]
    public async Task TheNearestComeFirst()
    {
        VectorStoreCollection<int, Note> notes = await Notes(null, Note.Of(1, 1, 0, 0), Note.Of(2, 0, 1, 0), Note.Of(3, 0.8f, 0.6f, 0));
        List<VectorSearchResult<Note>> found = await notes.SearchAsync(new float[] { 1, 0, 0 }, 2).All();
        Assert.Equal([1, 3], found.Select(one => one.Record.Id));
        Assert.Equal(1, found[0].Score!.Value, 6);
        Assert.Equal(0.8, found[1].Score!.Value, 6);
        Assert.Null(found[0].Record.Vector);
        Assert.Equal("note 1", found[0].Record.Text);
    }

    [Fact]
    public async Task MoreThanThereAreGivesAll() =>
        Assert.Equal(2, (await (await Notes(null, Note.Of(1, 1, 0, 0), Note.Of(2, 0, 1, 0))).SearchAsync(new float[] { 1, 0, 0 }, 99)
            .All()).Count);

    [Fact]
    public async Task AnEmptyCollectionGivesNothing()
    {
        VectorStoreCollection<int, Note> notes = await Notes();
        Assert.Empty(await notes.SearchAsync(new float[] { 1, 0, 0 }, 3).All());
        Assert.Empty(await notes.GetAsync(note => true, 3).All());
        Assert.Empty(await ((IKeywordHybridSearchable<Note>)notes).HybridSearchAsync(new float[] { 1, 0, 0 }, ["a"], 3).All());
    }

    [Fact]
    public async Task ARecordWithoutAVectorIsFoundByKeyAndFilterOnly()
    {
        VectorStoreCollection<int, Note> notes = await Notes(null, Note.Of(1, 1, 0, 0), new Note { Id = 2, Text = "no vector" });
        Assert.Equal(1, Assert.Single(await notes.SearchAsync(new float[] { 1, 0, 0 }, 9).All()).Record.Id);
        Assert.Equal("no vector", (await notes.GetAsync(2))!.Text);
        Assert.Null((await notes.GetAsync(2, new() { IncludeVectors = true }))!.Vector);
    }

    [Fact]
    public async Task AnUpdateReplacesDataAndVector()
    {
        VectorStoreCollection<int, Note> notes = await Notes(null, Note.Of(1, 1, 0, 0), Note.Of(2, 0, 1, 0));
        await notes.UpsertAsync(new Note { Id = 1, Text = "other", Vector = new float[] { 0, 0, 1 } });
        List<VectorSearchResult<Note>> found = await notes.SearchAsync(new float[] { 0, 0, 1 }, 9, new() { IncludeVectors = true }).All();
        Assert.Equal([1, 2], found.Select(one => one.Record.Id));
        Assert.Equal("other", found[0].Record.Text);
        Assert.Equal([0, 0, 1], found[0].Record.Vector!.Value.ToArray());
        Assert.Null(found[0].Record.Tags);
    }

    [Fact]
    public async Task OfEqualKeysInABatchTheLastCounts()
    {
        VectorStoreCollection<int, Note> notes = await Notes(null, Note.Of(1, 1, 0, 0), new Note { Id = 1, Text = "last" });
        Assert.Equal("last", Assert.Single(await notes.GetAsync(note => true, 9).All()).Text);
    }

    [Fact]
    public async Task RecordsAreCopiedInAndOut()
    {
        Note own = Note.Of(1, 1, 0, 0);
        float[] vector = [1, 0, 0];
        own.Vector = vector;
        VectorStoreCollection<int, Note> notes = await Notes(null, own);
        own.Tags![0] = "changed";
        own.Text = "changed";
        vector[0] = 9;
        Note read = (await notes.GetAsync(1, new() { IncludeVectors = true }))!;
        Assert.Equal(("note 1", "tag1", 1f), (read.Text, read.Tags![0], read.Vector!.Value.Span[0]));
        read.Tags[0] = "changed";
        Assert.Equal("tag1", (await notes.GetAsync(1))!.Tags![0]);
    }

    [Fact]
    public async Task DeletedRecordsAreGone()
    {
        VectorStoreCollection<int, Note> notes = await Notes(null, Note.Of(1, 1, 0, 0), Note.Of(2, 0, 1, 0), Note.Of(3, 0, 0, 1));
        await notes.DeleteAsync([1, 7, 3]);
        await notes.DeleteAsync(7);
        Assert.Null(await notes.GetAsync(1));
        Assert.Equal(2, Assert.Single(await notes.SearchAsync(new float[] { 1, 0, 0 }, 9).All()).Record.Id);
    }

    [Fact]
    public async Task SkipAndThresholdCutTheAnswer()
    {
        VectorStoreCollection<int, Note> notes = await Notes(null, Note.Of(1, 1, 0, 0), Note.Of(2, 0.8f, 0.6f, 0), Note.Of(3, 0, 1, 0));
        Assert.Equal([2, 3], (await notes.SearchAsync(new float[] { 1, 0, 0 }, 5, new() { Skip = 1 }).All()).Select(one => one.Record.Id));
        Assert.Equal([1, 2], (await notes.SearchAsync(new float[] { 1, 0, 0 }, 5, new() { ScoreThreshold = 0.5 }).All())
            .Select(one => one.Record.Id));
    }

    [Fact]
    public async Task SortingTakesSeveralProperties()
    {
        VectorStoreCollection<int, Note> notes = await Notes(null, [.. Enumerable.Range(1, 12).Select(id => Note.Of(id, id, 1, 0))]);
        List<Note> found = await notes.GetAsync(note => note.Id > 2, 4,
            new() { OrderBy = by => by.Descending(note => note.Stars).Ascending(note => note.Id), Skip = 1 }).All();
        Assert.Equal([9, 3, 8, 7], found.Select(note => note.Id));
    }

    [Fact]
    public async Task WhatIsWrongIsRefusedBeforeAnythingIsStored()
    {
        VectorStoreCollection<int, Note> notes = await Notes(null, Note.Of(1, 1, 0, 0));
        foreach ((float[] vector, string part) in ((float[], string)[])
            [([1, 2], "2 values"), ([1, float.NaN, 0], "NaN"), ([1e30f, 1e30f, 0], "scale"), ([], "0 values")])
        {
            ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
                () => notes.UpsertAsync([Note.Of(2, 0, 1, 0), new Note { Id = 3, Vector = vector }]));
            Assert.Contains("record 1", refused.Message, StringComparison.Ordinal);
            Assert.Contains(part, refused.Message, StringComparison.Ordinal);
        }
        await Assert.ThrowsAsync<ArgumentException>(() => notes.UpsertAsync([Note.Of(2, 0, 1, 0), null!]));
        Assert.Single(await notes.GetAsync(note => true, 9).All());
        await Assert.ThrowsAsync<ArgumentException>(() => notes.SearchAsync(new float[] { 1, 2 }, 1).All());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => notes.SearchAsync(new float[] { 1, 2, 3 }, 0).All());
    }

    [Fact]
    public async Task AMissingCollectionIsNamed()
    {
        VectorStoreCollection<int, Note> notes = new RowanVectorStore().GetCollection<int, Note>("absent");
        foreach (Func<Task> call in (Func<Task>[])[() => notes.UpsertAsync(Note.Of(1, 1, 0, 0)), () => notes.GetAsync(1),
            () => notes.DeleteAsync(1), () => notes.SearchAsync(new float[] { 1, 0, 0 }, 1).All()])
            Assert.Contains("'absent'", (await Assert.ThrowsAsync<VectorStoreException>(call)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADeletedCollectionIsEmptyWhenItComesAgain()
    {
        using var store = new RowanVectorStore();
        VectorStoreCollection<int, Note> notes = await Notes(store, Note.Of(1, 1, 0, 0));
        Assert.Equal(["notes"], await store.ListCollectionNamesAsync().All());
        await notes.EnsureCollectionDeletedAsync();
        Assert.False(await store.CollectionExistsAsync("notes"));
        await notes.EnsureCollectionExistsAsync();
        Assert.Empty(await notes.GetAsync(note => true, 9).All());
    }

    [Fact]
    public async Task GuidKeysAreGenerated()
    {
        VectorStoreCollection<Guid, Page> pages = new RowanVectorStore().GetCollection<Guid, Page>("pages");
        await pages.EnsureCollectionExistsAsync();
        Page[] own = [new() { Text = "a" }, new() { Text = "b" }, new() { Id = Guid.NewGuid(), Text = "c" }];
        Guid given = own[2].Id;
        await pages.UpsertAsync(own);
        Assert.DoesNotContain(Guid.Empty, own.Select(page => page.Id));
        Assert.Equal(3, own.Select(page => page.Id).Distinct().Count());
        Assert.Equal(given, own[2].Id);
        Assert.Equal("b", (await pages.GetAsync(own[1].Id))!.Text);
    }

    [Fact]
    public async Task TypedAndDynamicCollectionsShareRecords()
    {
        using var store = new RowanVectorStore();
        VectorStoreCollection<int, Note> notes = await Notes(store, Note.Of(1, 1, 0, 0));
        VectorStoreCollection<object, Dictionary<string, object?>> dynamic = store.GetDynamicCollection("notes", new()
        {
            Properties =
            [
                new VectorStoreKeyProperty("Id", typeof(int)), new VectorStoreDataProperty("Text", typeof(string)),
                new VectorStoreDataProperty("Stars", typeof(int)), new VectorStoreDataProperty("Tags", typeof(string[])),
                new VectorStoreVectorProperty("Vector", typeof(ReadOnlyMemory<float>?), 3),
            ],
        });
        Assert.Equal("note 1", (await dynamic.GetAsync(1))!["Text"]);
        await dynamic.UpsertAsync(new Dictionary<string, object?> { ["Id"] = 2, ["Text"] = "two", ["Stars"] = 4 });
        Assert.Equal(4, (await notes.GetAsync(2))!.Stars);
        Assert.Equal(2, Assert.Single(await dynamic.GetAsync(one => (int)one["Stars"]! > 3, 9).All())["Id"]);
        Assert.Contains("Int32", (await Assert.ThrowsAsync<ArgumentException>(() => dynamic.GetAsync("1"))).Message,
            StringComparison.Ordinal);
    }

    public sealed class Page
    {
        [VectorStoreKey]
        public Guid Id { get; set; }

        [VectorStoreData]
        public string? Text { get; set; }
    }
}
