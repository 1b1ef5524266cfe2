using System.Linq.Expressions;
using Microsoft.Extensions.VectorData;

namespace Rowan.Extensions.AI.Tests;

/// <summary>Every filter finds what LINQ to objects finds.</summary>
public class FilterTests
{
    static readonly int StaticNumber = 8;
    readonly Wrapper _wrapper = new();

    static readonly Thing[] Things =
    [
        new() { Id = 1, Number = 8, Small = 3, Maybe = 8, Name = "foo", Flag = true, Price = 1.5m, When = new(2020, 1, 2),
            Tags = ["x", "y"], List = ["x", "y"] },
        new() { Id = 2, Number = 9, Small = 4, Maybe = null, Name = "bar", Flag = false, Price = 2.5m, When = new(2021, 1, 2),
            Tags = ["a"], List = [] },
        new() { Id = 3, Number = 9, Small = 5, Maybe = 9, Name = null, Flag = true, Price = 0, When = null, Tags = [], List = ["z"],
            Score = double.NaN },
        new() { Id = 4, Number = 10, Small = 6, Maybe = null, Name = "it's \"q\"", Flag = false, Price = -1, When = new(2022, 5, 6),
            Tags = ["x", null], List = ["a"], Score = 2 },
        new() { Id = 5, Number = 11, Small = 255, Maybe = 0, Name = "Foobar", Flag = true, Price = 10, When = new(2019, 5, 6),
            Tags = ["y", "z"], List = ["y"], Score = -1 },
    ];

    static async Task Finds(Expression<Func<Thing, bool>> filter, int? expected = null)
    {
        VectorStoreCollection<int, Thing> things = new RowanVectorStore().GetCollection<int, Thing>("things");
        await things.EnsureCollectionExistsAsync();
        await things.UpsertAsync(Things);
        int[] wanted = [.. Things.AsQueryable().Where(filter).Select(thing => thing.Id)];
        if (expected is { } count) Assert.Equal(count, wanted.Length);
        else Assert.InRange(wanted.Length, 1, Things.Length - 1);
        Assert.Equal(wanted, (await things.GetAsync(filter, 99).All()).Select(thing => thing.Id));
        List<VectorSearchResult<Thing>> found = await things.SearchAsync(new float[] { 1, 0 }, 99, new() { Filter = filter }).All();
        Assert.Equal(wanted, found.Select(one => one.Record.Id).Order());
    }

    [Fact]
    public async Task Comparisons()
    {
        await Finds(thing => thing.Number == 9);
        await Finds(thing => 9 != thing.Number);
        await Finds(thing => thing.Number < 10);
        await Finds(thing => thing.Number <= 8);
        await Finds(thing => thing.Number > 9);
        await Finds(thing => thing.Number >= 11);
        await Finds(thing => thing.Price > 1.5m);
        await Finds(thing => thing.Price == 2.5m);
        await Finds(thing => thing.When > new DateTime(2020, 6, 1));
        await Finds(thing => thing.Id == 3);
    }

    [Fact]
    public async Task NumbersOfOtherTypes()
    {
        await Finds(thing => thing.Small == 255);
        await Finds(thing => thing.Small > 4);
        await Finds(thing => thing.Number > 8.5);
        await Finds(thing => thing.Number > 9L);
        await Finds(thing => thing.Number == 9.0m);
        await Finds(thing => thing.Price < 2);
    }

    [Fact]
    public async Task Texts()
    {
        await Finds(thing => thing.Name == "foo");
        await Finds(thing => thing.Name == "it's \"q\"");
        await Finds(thing => thing.Name != "foo");
        await Finds(thing => thing.Name == null);
        await Finds(thing => thing.Name != null);
        await Finds(thing => thing.Name != null && thing.Name.StartsWith("fo"));
        await Finds(thing => thing.Name != null && thing.Name.Contains("oba"));
        await Finds(thing => thing.Name != null && thing.Name.EndsWith("bar"));
        await Finds(thing => thing.Name == "FOO", 0);
    }

    [Fact]
    public async Task LogicalOperators()
    {
        await Finds(thing => thing.Flag);
        await Finds(thing => !thing.Flag);
        await Finds(thing => thing.Flag && thing.Number == 9);
        await Finds(thing => thing.Flag || thing.Number == 9);
        await Finds(thing => !(thing.Number == 9 && thing.Flag));
        await Finds(thing => (thing.Number == 8 || thing.Number == 9) && thing.Name == "foo");
        await Finds(thing => thing.Flag == false);
        await Finds(thing => true, 5);
        await Finds(thing => false, 0);
    }

    [Fact]
    public async Task Nullables()
    {
        int? eight = 8, none = null;
        await Finds(thing => thing.Maybe == null);
        await Finds(thing => thing.Maybe != null);
        await Finds(thing => thing.Maybe == 8);
        await Finds(thing => thing.Maybe != 8);
        await Finds(thing => thing.Maybe < 9);
        await Finds(thing => thing.Maybe.HasValue);
        await Finds(thing => !thing.Maybe.HasValue);
        await Finds(thing => thing.Maybe.HasValue && thing.Maybe.Value > 0);
        await Finds(thing => thing.Number == eight);
        await Finds(thing => thing.Number == eight.Value);
        await Finds(thing => thing.Number == none, 0);
        await Finds(thing => thing.Maybe == none);
        await Finds(thing => thing.When == null);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Finds(thing => thing.Number == none!.Value, 0));
    }

    [Fact]
    public async Task NaNEqualsNothing()
    {
        await Finds(thing => thing.Score == double.NaN, 0);
        await Finds(thing => thing.Score > -5, 4);
        await Finds(thing => thing.Score != 2);
    }

    [Fact]
    public async Task ContainsInEveryForm()
    {
        int[] numbers = [8, 11];
        List<int> list = [8, 11];
        HashSet<int> set = [8, 11];
        string?[] names = ["foo", null];
        byte[] bytes = [4, 255];
        await Finds(thing => thing.Tags.Contains("x"));
        await Finds(thing => thing.List.Contains("y"));
        await Finds(thing => Enumerable.Contains(thing.Tags, "x"));
        await Finds(thing => MemoryExtensions.Contains(thing.Tags, "x"));
        await Finds(thing => thing.Tags.Contains(null));
        await Finds(thing => numbers.Contains(thing.Number));
        await Finds(thing => list.Contains(thing.Number));
        await Finds(thing => set.Contains(thing.Number));
        await Finds(thing => new[] { 9, 10 }.Contains(thing.Number));
        await Finds(thing => names.Contains(thing.Name));
        await Finds(thing => bytes.Contains(thing.Small));
        await Finds(thing => new int[] { 4, 5 }.Contains(thing.Small));
        await Finds(thing => !numbers.Contains(thing.Number));
        await Finds(thing => Array.Empty<int>().Contains(thing.Number), 0);
    }

    [Fact]
    public async Task AnyInEveryForm()
    {
        string[] array = ["x", "z", "none"];
        List<string> list = ["x", "z", "none"];
        await Finds(thing => thing.Tags.Any(tag => array.Contains(tag)));
        await Finds(thing => thing.Tags.Any(tag => list.Contains(tag!)));
        await Finds(thing => thing.List.Any(tag => array.Contains(tag)));
        await Finds(thing => thing.List.Any(tag => new[] { "x" }.Contains(tag)));
        await Finds(thing => thing.List.Any(tag => tag == "y" || tag == "a"));
        await Finds(thing => thing.List.Any(tag => tag == thing.Name), 0);
        await Finds(thing => thing.List.Any());
    }

    [Fact]
    public async Task CapturedValues()
    {
        int local = 8;
        await Finds(thing => thing.Number == local);
        await Finds(thing => thing.Number == _wrapper.Number);
        await Finds(thing => thing.Number == _wrapper.Inner.Number);
        await Finds(thing => thing.Number == StaticNumber);
        await Finds(thing => thing.Number == int.Parse("8"));
        await Finds(thing => thing.Number == local + 1);
        await Finds(thing => thing.Number == new[] { 7, 8 }.Max(one => one));
        await Finds(thing => thing.When == new DateTime(2020, 1, 2));
    }

    [Fact]
    public async Task WhatHasNoTranslationIsNamed()
    {
        VectorStoreCollection<int, Thing> things = new RowanVectorStore().GetCollection<int, Thing>("things");
        await things.EnsureCollectionExistsAsync();
        foreach ((Expression<Func<Thing, bool>> filter, string part) in ((Expression<Func<Thing, bool>>, string)[])
            [(thing => thing.Name!.ToUpperInvariant() == "FOO", "ToUpper"), (thing => thing.Number + 1 == 9, "Number"),
                (thing => thing.Tags.Length > 1, "Tags"), (thing => thing.Vector.Length == 2, "Vector")])
            Assert.Contains(part, (await Assert.ThrowsAsync<NotSupportedException>(() => things.GetAsync(filter, 1).All())).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUnknownPropertyIsNamed()
    {
        VectorStoreCollection<object, Dictionary<string, object?>> things = new RowanVectorStore().GetDynamicCollection("things", new()
        {
            Properties = [new VectorStoreKeyProperty("Id", typeof(int)), new VectorStoreDataProperty("Name", typeof(string))],
        });
        await things.EnsureCollectionExistsAsync();
        await things.UpsertAsync(new Dictionary<string, object?> { ["Id"] = 1, ["Name"] = "foo" });
        string name = "Name";
        Assert.Single(await things.GetAsync(one => (string?)one[name] == "foo", 9).All());
        Assert.Contains("'Nane'", (await Assert.ThrowsAsync<InvalidOperationException>(
            () => things.GetAsync(one => (string?)one["Nane"] == "foo", 9).All())).Message, StringComparison.Ordinal);
    }

    sealed class Wrapper
    {
        public int Number => 8;

        public Wrapper Inner => this;
    }

    public sealed class Thing
    {
        [VectorStoreKey]
        public int Id { get; set; }

        [VectorStoreData]
        public int Number { get; set; }

        [VectorStoreData]
        public byte Small { get; set; }

        [VectorStoreData]
        public int? Maybe { get; set; }

        [VectorStoreData]
        public string? Name { get; set; }

        [VectorStoreData]
        public bool Flag { get; set; }

        [VectorStoreData]
        public decimal Price { get; set; }

        [VectorStoreData]
        public double Score { get; set; }

        [VectorStoreData]
        public DateTime? When { get; set; }

        [VectorStoreData]
        public string?[] Tags { get; set; } = [];

        [VectorStoreData]
        public List<string> List { get; set; } = [];

        [VectorStoreVector(2)]
        public ReadOnlyMemory<float> Vector { get; set; } = new float[] { 1, 1 };
    }
}
