using Microsoft.Extensions.VectorData;
using Rowan.TestSupport;

namespace Rowan.Extensions.AI.Tests;

public class PersistenceTests
{
    const string File = "notes.records";

    static RowanVectorStore Open(TemporaryFolder folder, bool flush = false) => new(new() { Folder = folder.Path, FlushToDisk = flush });

    static async Task<VectorStoreCollection<int, Note>> Notes(RowanVectorStore store)
    {
        VectorStoreCollection<int, Note> notes = store.GetCollection<int, Note>("notes");
        await notes.EnsureCollectionExistsAsync();
        return notes;
    }

    static async Task<string> State(RowanVectorStore store) => string.Join(' ', (await (await Notes(store))
        .GetAsync(note => true, 9_999, new() { IncludeVectors = true, OrderBy = by => by.Ascending(note => note.Id) }).All())
        .Select(note => $"{note.Id}:{note.Text}:{note.Vector?.Span[0]}"));

    [Fact]
    public async Task WhatWasStoredIsThereAgain()
    {
        using var folder = new TemporaryFolder();
        string state;
        using (RowanVectorStore store = Open(folder, flush: true))
        {
            VectorStoreCollection<int, Note> notes = await Notes(store);
            await notes.UpsertAsync([.. Enumerable.Range(1, 20).Select(id => Note.Of(id, id, 1, 0))]);
            await notes.UpsertAsync(new Note { Id = 3, Text = "replaced" });
            await notes.DeleteAsync([4, 5]);
            state = await State(store);
        }
        using RowanVectorStore again = Open(folder);
        Assert.Equal(["notes"], await again.ListCollectionNamesAsync().All());
        Assert.Equal(state, await State(again));
        VectorStoreCollection<int, Note> read = await Notes(again);
        Assert.Equal(20, Assert.Single(await read.SearchAsync(new float[] { 1, 0, 0 }, 1).All()).Record.Id);
        Assert.Equal(7, (await ((IKeywordHybridSearchable<Note>)read).HybridSearchAsync(new float[] { 1, 0, 0 }, ["7"], 1)
            .All())[0].Record.Id);
    }

    /// <summary>
    /// A process that is killed leaves a prefix of what it wrote: every batch that was confirmed, and no part of another.
    /// </summary>
    [Fact]
    public async Task EveryPrefixOfTheFileHasTheBatchesThatFitInIt()
    {
        using var folder = new TemporaryFolder();
        var states = new List<(long Bytes, string State)>();
        using (RowanVectorStore store = Open(folder))
        {
            VectorStoreCollection<int, Note> notes = await Notes(store);
            async Task Keep() => states.Add((new FileInfo(folder[File]).Length, await State(store)));
            await Keep();
            await notes.UpsertAsync([Note.Of(1, 1, 0, 0), Note.Of(2, 2, 0, 0)]);
            await Keep();
            await notes.UpsertAsync([Note.Of(2, 7, 0, 0), Note.Of(3, 3, 0, 0)]);
            await Keep();
            await notes.DeleteAsync([1, 3]);
            await Keep();
        }
        byte[] all = System.IO.File.ReadAllBytes(folder[File]);
        Assert.Equal(all.Length, states[^1].Bytes);
        for (long cut = states[0].Bytes; cut <= all.Length; cut++)
        {
            using var other = new TemporaryFolder();
            System.IO.File.WriteAllBytes(other[File], all[..(int)cut]);
            string expected = states.Last(state => state.Bytes <= cut).State;
            using (RowanVectorStore store = Open(other))
            {
                Assert.Equal(expected, await State(store));
                await (await Notes(store)).UpsertAsync(Note.Of(9, 9, 0, 0));
            }
            using RowanVectorStore again = Open(other);
            Assert.Equal((expected + " 9:note 9:9").Trim(), await State(again));
        }
    }

    [Fact]
    public async Task ADamagedFileIsRefused()
    {
        using var folder = new TemporaryFolder();
        using (RowanVectorStore store = Open(folder))
        {
            VectorStoreCollection<int, Note> notes = await Notes(store);
            await notes.UpsertAsync(Note.Of(1, 1, 0, 0));
            await notes.UpsertAsync(Note.Of(2, 1, 0, 0));
        }
        byte[] all = System.IO.File.ReadAllBytes(folder[File]);
        foreach (int at in (int[])[0, 9, 13, 17, 30, 60, all.Length / 2])
        {
            byte[] damaged = [.. all];
            damaged[at] ^= 0x10;
            using var other = new TemporaryFolder();
            System.IO.File.WriteAllBytes(other[File], damaged);
            using RowanVectorStore store = Open(other);
            Assert.Contains(File, (await Assert.ThrowsAsync<InvalidDataException>(() => Notes(store))).Message, StringComparison.Ordinal);
            Assert.Equal(damaged, System.IO.File.ReadAllBytes(other[File]));
        }
    }

    [Fact]
    public async Task TheFileStaysShortWhenRecordsAreReplaced()
    {
        using var folder = new TemporaryFolder();
        string state;
        using (RowanVectorStore store = Open(folder))
        {
            VectorStoreCollection<int, Note> notes = await Notes(store);
            for (int round = 0; round < 40; round++)
                await notes.UpsertAsync([.. Enumerable.Range(1, 100).Select(id => Note.Of(id, id + round, 1, 0))]);
            state = await State(store);
            Assert.InRange(new FileInfo(folder[File]).Length, 1, 150_000);
        }
        using RowanVectorStore again = Open(folder);
        Assert.Equal(state, await State(again));
        Assert.Equal(100, (await (await Notes(again)).GetAsync(note => true, 9_999).All()).Count);
    }

    [Fact]
    public async Task StoresOfOneProcessShareTheFolder()
    {
        using var folder = new TemporaryFolder();
        using RowanVectorStore one = Open(folder);
        await (await Notes(one)).UpsertAsync(Note.Of(1, 1, 0, 0));
        using (RowanVectorStore other = Open(folder)) Assert.NotNull(await (await Notes(other)).GetAsync(1));
        await (await Notes(one)).UpsertAsync(Note.Of(2, 1, 0, 0));
        Assert.Contains("FlushToDisk", Assert.Throws<InvalidOperationException>(
            () => Open(folder, flush: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherProcessIsKeptOut()
    {
        using var folder = new TemporaryFolder();
        using (new FileStream(folder["rowan-store.lock"], FileMode.Create, FileAccess.ReadWrite, FileShare.None))
            Assert.Contains("another process", Assert.Throws<IOException>(() => Open(folder)).Message, StringComparison.Ordinal);
        using RowanVectorStore store = Open(folder);
        Assert.Empty(await store.ListCollectionNamesAsync().All());
    }

    [Fact]
    public async Task ADisposedStoreRefuses()
    {
        using var folder = new TemporaryFolder();
        RowanVectorStore store = Open(folder);
        VectorStoreCollection<int, Note> notes = await Notes(store);
        store.Dispose();
        store.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => notes.UpsertAsync(Note.Of(1, 1, 0, 0)));
    }

    [Theory]
    [InlineData("Notes")]
    [InlineData("../up")]
    [InlineData("a b/ü.%2E")]
    [InlineData("con")]
    public async Task AnyNameIsAFile(string name)
    {
        using var folder = new TemporaryFolder();
        using (RowanVectorStore store = Open(folder))
        {
            await store.GetCollection<int, Note>(name).EnsureCollectionExistsAsync();
            await store.GetCollection<int, Note>(name.ToUpperInvariant() + "2").EnsureCollectionExistsAsync();
        }
        using RowanVectorStore again = Open(folder);
        Assert.Equal(((string[])[name, name.ToUpperInvariant() + "2"]).Order(StringComparer.Ordinal),
            await again.ListCollectionNamesAsync().All());
        Assert.Equal(3, Directory.GetFiles(folder.Path).Length);
        await again.EnsureCollectionDeletedAsync(name);
        Assert.Single(await again.ListCollectionNamesAsync().All());
        Assert.Contains("characters", (await Assert.ThrowsAsync<VectorStoreException>(
            () => again.GetCollection<int, Note>(new string('x', 300)).EnsureCollectionExistsAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANewPropertyIsAdded()
    {
        using var folder = new TemporaryFolder();
        VectorStoreCollectionDefinition Definition(params VectorStoreProperty[] more) =>
            new() { Properties = [new VectorStoreKeyProperty("Id", typeof(int)), new VectorStoreDataProperty("Text", typeof(string)),
                .. more] };
        using (RowanVectorStore store = Open(folder))
        {
            var rows = store.GetDynamicCollection("rows", Definition());
            await rows.EnsureCollectionExistsAsync();
            await rows.UpsertAsync(new Dictionary<string, object?> { ["Id"] = 1, ["Text"] = "an old apple" });
        }
        VectorStoreCollectionDefinition wider = Definition(new VectorStoreDataProperty("Stars", typeof(int)),
            new VectorStoreVectorProperty("Vector", typeof(float[]), 2));
        ((VectorStoreDataProperty)wider.Properties[1]).IsFullTextIndexed = true;
        for (int open = 0; open < 2; open++)
        {
            using RowanVectorStore store = Open(folder);
            var rows = store.GetDynamicCollection("rows", wider);
            if (open == 0) await rows.UpsertAsync(new Dictionary<string,
                object?> { ["Id"] = 2, ["Text"] = "pear", ["Stars"] = 5, ["Vector"] = new float[] { 1, 0 } });
            Assert.Equal([1, 2], (await rows.GetAsync(one => true, 9).All()).Select(one => one["Id"]!));
            Assert.Equal(2, Assert.Single(await rows.GetAsync(one => (int)one["Stars"]! == 5, 9).All())["Id"]);
            Assert.Equal(2, Assert.Single(await rows.SearchAsync(new float[] { 1, 0 }, 9).All()).Record["Id"]);
        }
        using RowanVectorStore last = Open(folder);
        await Refused(Definition(), "'Stars'");
        await Refused(Definition(new VectorStoreDataProperty("Stars", typeof(string)), wider.Properties[3]), "stored as int");
        await Refused(Definition(wider.Properties[2], new VectorStoreVectorProperty("Vector", typeof(float[]), 3)), "2 values");
        await Refused(Definition(wider.Properties[2], new VectorStoreVectorProperty("Vector", typeof(float[]), 2)
        { DistanceFunction = DistanceFunction.EuclideanDistance }), "EuclideanDistance");

        async Task Refused(VectorStoreCollectionDefinition definition, string part) => Assert.Contains(part,
            (await Assert.ThrowsAsync<InvalidOperationException>(() => last.GetDynamicCollection("rows", definition).GetAsync(1))).Message,
            StringComparison.Ordinal);
    }

    const string IndexFile = "graph.0.index";

    static VectorStoreCollection<object, Dictionary<string, object?>> Graph(RowanVectorStore store)
    {
        VectorStoreCollection<object, Dictionary<string, object?>> rows = store.GetDynamicCollection("graph", new()
        {
            Properties =
            [
                new VectorStoreKeyProperty("Id", typeof(int)),
                new VectorStoreVectorProperty("Vector", typeof(float[]), 4)
                { IndexKind = IndexKind.Hnsw, DistanceFunction = DistanceFunction.EuclideanDistance },
            ],
        });
        rows.EnsureCollectionExistsAsync().Wait();
        return rows;
    }

    static float[] VectorOf(int id, int version)
    {
        var random = new Random(1_000 * version + id);
        return [.. Enumerable.Range(0, 4).Select(_ => random.NextSingle())];
    }

    static Task Upsert(RowanVectorStore store, IEnumerable<int> ids, int version) => Graph(store).UpsertAsync(
        ids.Select(id => new Dictionary<string, object?> { ["Id"] = id, ["Vector"] = VectorOf(id, version) }));

    /// <summary>The record next to each of its vectors is itself, and each record is there once.</summary>
    static async Task AssertAnswers(RowanVectorStore store, Dictionary<int, int> versions)
    {
        foreach ((int id, int version) in versions)
        {
            var best = Assert.Single(await Graph(store).SearchAsync(VectorOf(id, version), 1).All());
            Assert.Equal((id, 0), ((int)best.Record["Id"]!, best.Score!.Value));
        }
        Assert.Equal(versions.Keys.Order(), (await Graph(store).SearchAsync(VectorOf(0, 0), 9_999).All())
            .Select(one => (int)one.Record["Id"]!).Order());
    }

    [Fact]
    public async Task AGraphIsSavedAndUsedAgain()
    {
        using var folder = new TemporaryFolder();
        Dictionary<int, int> versions = Enumerable.Range(0, 200).ToDictionary(id => id, _ => 0);
        using (RowanVectorStore store = Open(folder)) await Upsert(store, versions.Keys, 0);
        DateTime then = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        System.IO.File.SetLastWriteTimeUtc(folder[IndexFile], then);
        // An index that was made anew would be written anew.
        using (RowanVectorStore store = Open(folder)) await AssertAnswers(store, versions);
        Assert.Equal(then, System.IO.File.GetLastWriteTimeUtc(folder[IndexFile]));
        using (RowanVectorStore store = Open(folder))
        {
            await Upsert(store, [3, 500], 1);
            (versions[3], versions[500]) = (1, 1);
        }
        Assert.NotEqual(then, System.IO.File.GetLastWriteTimeUtc(folder[IndexFile]));
        using (RowanVectorStore store = Open(folder))
        {
            await AssertAnswers(store, versions);
            await store.EnsureCollectionDeletedAsync("graph");
        }
        Assert.Equal(["rowan-store.lock"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("older")]
    [InlineData("of other vectors")]
    [InlineData("of other settings")]
    [InlineData("cut off")]
    [InlineData("damaged")]
    [InlineData("missing")]
    public async Task ASavedIndexThatDoesNotFitChangesNoAnswer(string kind)
    {
        using TemporaryFolder folder = new(), other = new();
        Dictionary<int, int> versions = Enumerable.Range(0, 200).ToDictionary(id => id, _ => 0);
        using (RowanVectorStore store = Open(folder)) await Upsert(store, versions.Keys, 0);
        byte[] older = System.IO.File.ReadAllBytes(folder[IndexFile]);
        using (RowanVectorStore store = Open(folder))
        {
            await Upsert(store, Enumerable.Range(0, 30).Append(300), 1);
            await Graph(store).DeleteAsync([100, 101]);
            for (int id = 0; id < 30; id++) versions[id] = 1;
            versions[300] = 1;
            versions.Remove(100);
            versions.Remove(101);
        }
        string file = folder[IndexFile];
        byte[] saved = System.IO.File.ReadAllBytes(file);
        switch (kind)
        {
            case "older": System.IO.File.WriteAllBytes(file, older); break;
            case "of other vectors":
                using (RowanVectorStore store = Open(other)) await Upsert(store, Enumerable.Range(0, 240), 2);
                System.IO.File.Copy(other[IndexFile], file, overwrite: true);
                break;
            case "of other settings":
                var index = new Rowan.Retrieval.VectorIndex(4, new() { Kind = Rowan.Retrieval.IndexKind.Graph });
                index.Add(1, VectorOf(1, 1));
                index.Save(file);
                break;
            case "cut off": System.IO.File.WriteAllBytes(file, saved[..(saved.Length / 2)]); break;
            case "damaged":
                // In the rows, which are the largest column.
                int at = saved.AsSpan().IndexOf(System.Runtime.InteropServices.MemoryMarshal.AsBytes(VectorOf(150, 0).AsSpan()));
                saved[at + 5] ^= 1;
                System.IO.File.WriteAllBytes(file, saved);
                break;
            default: System.IO.File.Delete(file); break;
        }
        for (int open = 0; open < 2; open++)
            using (RowanVectorStore store = Open(folder)) await AssertAnswers(store, versions);
        using Rowan.Retrieval.VectorIndex again = Rowan.Retrieval.VectorIndex.Open(file, verify: true);
        Assert.Equal(versions.Count, again.Count);
    }

    [Fact]
    public void SettingsThatDoNothingAreRefused()
    {
        Assert.Contains("FlushToDisk", Assert.Throws<ArgumentException>(() => new RowanVectorStore(new() { FlushToDisk = false })).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RowanVectorStore(new() { HybridWeight = 1.5f }));
    }
}
