using Microsoft.Extensions.VectorData;

namespace Rowan.Extensions.AI.Tests;

/// <summary>The path without reflection: a definition and a mapper.</summary>
public class MapperTests
{
    sealed record Item(Guid Id, string? Name, int[] Sizes)
    {
        public Guid Id { get; set; } = Id;

        public float[]? Vector { get; init; }
    }

    static readonly VectorStoreCollectionDefinition Definition = new()
    {
        Properties =
        [
            new VectorStoreKeyProperty("Id", typeof(Guid)),
            new VectorStoreDataProperty("Name", typeof(string)) { IsFullTextIndexed = true },
            new VectorStoreDataProperty("Sizes", typeof(int[])), new VectorStoreVectorProperty("Vector", typeof(float[]), 2),
        ],
    };

    static readonly RecordMapper<Item> Mapper = new()
    {
        ToValues = item => new() { ["Id"] = item.Id, ["Name"] = item.Name, ["Sizes"] = item.Sizes, ["Vector"] = item.Vector },
        FromValues = values => new Item((Guid)values["Id"]!, (string?)values["Name"], (int[])values["Sizes"]!) {
            Vector = (float[]?)values.GetValueOrDefault("Vector") },
        SetKey = (item, key) => item.Id = (Guid)key,
    };

    [Fact]
    public async Task RecordsWithoutAParameterlessConstructorAreMapped()
    {
        RowanCollection<Guid, Item> items = new RowanVectorStore().GetCollection<Guid, Item>("items", Definition, Mapper);
        await items.EnsureCollectionExistsAsync();
        Item first = new(Guid.Empty, "first apple", [1, 2]) { Vector = [1, 0] },
        second = new(Guid.Empty, "second", [3]) { Vector = [0, 1] };
        await items.UpsertAsync([first, second]);
        Assert.NotEqual(Guid.Empty, first.Id);
        Assert.Equal("second", Assert.Single(await items.GetAsync(item => item.Sizes.Contains(3), 9).All()).Name);
        Assert.Equal(first.Id, Assert.Single(
            await items.SearchAsync(new float[] { 1, 0 }, 1, new() { VectorProperty = item => item.Vector }).All()).Record.Id);
        Assert.Equal(1, (await items.GetAsync(second.Id, new() { IncludeVectors = true }))!.Vector![1]);
        Assert.Equal(first.Id, (await items.HybridSearchAsync(new float[] { 0, 1 }, ["apple"], 1).All())[0].Record.Id);
        Assert.Equal(["second", "first apple"],
            (await items.GetAsync(item => true, 9, new() { OrderBy = by => by.Descending(item => item.Name) }).All())
            .Select(item => item.Name!));
    }

    [Fact]
    public async Task AMapperThatDoesNotFitIsRefused()
    {
        var store = new RowanVectorStore();
        Assert.Contains("SetKey", Assert.Throws<ArgumentException>(() => store.GetCollection<Guid, Item>("items", Definition,
            new RecordMapper<Item> { ToValues = Mapper.ToValues, FromValues = Mapper.FromValues })).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => store.GetCollection<int, Item>("items", Definition, Mapper));
        RowanCollection<Guid, Item> items = store.GetCollection<Guid, Item>("items", Definition, new RecordMapper<Item>
        {
            ToValues = item => new() { ["Id"] = item.Id, ["Nane"] = item.Name }, FromValues = Mapper.FromValues, SetKey = Mapper.SetKey,
        });
        await items.EnsureCollectionExistsAsync();
        Assert.Contains("'Nane'",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => items.UpsertAsync(new Item(Guid.Empty, "x", [])))).Message,
            StringComparison.Ordinal);
    }
}
