using System.Linq.Expressions;
using Microsoft.Extensions.VectorData;
using Rowan.TestSupport;

namespace Rowan.Extensions.AI.Tests;

public class DataTypeTests
{
    static readonly object[] Values =
    [
        true, (byte)200, (short)-300, -70_000, long.MinValue, 1.5f, Math.PI, 79_228_162_514.264m, "text with 'quotes' and ünïcode",
        new Guid("603840bf-cf91-4521-8b8e-8b6a2e75910a"), new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.FromMinutes(-210)), new DateOnly(2024, 2, 29), new TimeOnly(23, 59, 58, 7),
        uint.MaxValue,
        ulong.MaxValue, new string?[] { "a", null, "" }, new List<string> { "b", "c" }, new[] { 1, 2, 3 }, new List<double> { 0.5 },
        new int?[] { 1, null }, new List<Guid> { Guid.Empty }, Array.Empty<float>(),
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Values.Length)];

    [Theory, MemberData(nameof(Cases))]
    public async Task AValueIsTheSameInMemoryAndAfterReopening(int value)
    {
        using var folder = new TemporaryFolder();
        foreach (string? path in (string?[])[null, folder.Path])
        {
            var options = new RowanVectorStoreOptions { Folder = path };
            using (var store = new RowanVectorStore(options))
            {
                await Fill(store, Values[value]);
                await Check(store, Values[value]);
            }
            if (path is null) continue;
            using var again = new RowanVectorStore(options);
            await Check(again, Values[value]);
        }
    }

    static VectorStoreCollection<object, Dictionary<string, object?>> Rows(RowanVectorStore store, Type type) =>
        store.GetDynamicCollection("rows", new()
    {
        Properties = [new VectorStoreKeyProperty("Id", typeof(string)), new VectorStoreDataProperty("Value", type)],
    });

    static async Task Fill(RowanVectorStore store, object value)
    {
        VectorStoreCollection<object, Dictionary<string, object?>> rows = Rows(store, value.GetType());
        await rows.EnsureCollectionExistsAsync();
        await rows.UpsertAsync([new() { ["Id"] = "has", ["Value"] = value }, new() { ["Id"] = "null", ["Value"] = null },
            new() { ["Id"] = "absent" }]);
    }

    static async Task Check(RowanVectorStore store, object value)
    {
        VectorStoreCollection<object, Dictionary<string, object?>> rows = Rows(store, value.GetType());
        object read = (await rows.GetAsync("has"))!["Value"]!;
        Assert.Equal(value, read);
        Assert.Equal(value.GetType(), read.GetType());
        // DateTime and DateTimeOffset are equal without their kind and offset.
        if (value is DateTime time) Assert.Equal(time.Kind, ((DateTime)read).Kind);
        if (value is DateTimeOffset offset) Assert.Equal(offset.Offset, ((DateTimeOffset)read).Offset);
        Assert.Null((await rows.GetAsync("null"))!["Value"]);
        Assert.Null((await rows.GetAsync("absent"))!["Value"]);

        ParameterExpression record = Expression.Parameter(typeof(Dictionary<string, object?>));
        Expression property = Expression.Property(record, "Item", Expression.Constant("Value"));
        foreach ((object? wanted, string[] ids) in ((object?, string[])[])[(value, ["has"]), (null, ["null", "absent"])])
        {
            Type type = wanted?.GetType() ?? typeof(object);
            var filter = Expression.Lambda<Func<Dictionary<string, object?>, bool>>(
                Expression.Equal(Expression.Convert(property, type), Expression.Constant(wanted, type)), record);
            Assert.Equal(ids, (await rows.GetAsync(filter, 9).All()).Select(one => (string)one["Id"]!));
        }
    }

    [Theory]
    [InlineData(typeof(string), "a", "b")]
    [InlineData(typeof(int), 0, -5)]
    [InlineData(typeof(long), 0L, 1L << 40)]
    [InlineData(typeof(uint), 0u, 7u)]
    [InlineData(typeof(ulong), 0UL, ulong.MaxValue)]
    public async Task KeysOfEveryType(Type type, object first, object second)
    {
        using var folder = new TemporaryFolder();
        var definition = new VectorStoreCollectionDefinition { Properties = [new VectorStoreKeyProperty("Id", type)] };
        using (var store = new RowanVectorStore(new() { Folder = folder.Path }))
        {
            VectorStoreCollection<object, Dictionary<string, object?>> rows = store.GetDynamicCollection("rows", definition);
            await rows.EnsureCollectionExistsAsync();
            await rows.UpsertAsync([new() { ["Id"] = first }, new() { ["Id"] = second }]);
        }
        using var again = new RowanVectorStore(new() { Folder = folder.Path });
        VectorStoreCollection<object, Dictionary<string, object?>> read = again.GetDynamicCollection("rows", definition);
        Assert.Equal([first, second], (await read.GetAsync([first, second]).All()).Select(one => one["Id"]!));
    }

    [Fact]
    public void TypesThatCannotBeStoredAreNamed()
    {
        var store = new RowanVectorStore();
        Assert.Contains("TimeSpan", Assert.Throws<NotSupportedException>(() => Rows(store, typeof(TimeSpan))).Message,
            StringComparison.Ordinal);
        Assert.Contains("Double", Assert.Throws<NotSupportedException>(() => store.GetDynamicCollection("rows",
            new() { Properties = [new VectorStoreKeyProperty("Id", typeof(double))] })).Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => store.GetDynamicCollection("rows",
            new() { Properties = [new VectorStoreKeyProperty("Id", typeof(int)) { IsAutoGenerated = true }] }));
    }
}
