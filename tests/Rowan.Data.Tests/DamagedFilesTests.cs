using Parquet;
using Parquet.Schema;
using Rowan.Data;
using Rowan.Fuzz;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>Damaged files end in an error that names the file, never in a hang or an exception of the runtime. <c>eng/fuzz</c> tries
/// many more.</summary>
public sealed class DamagedFilesTests : IDisposable
{
    const int Mutations = 250;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Formats => [.. DataCases.All.Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void ASpoiledFileIsReadOrRefused(string name)
    {
        IReadOnlyList<byte[]> samples = DataCases.All.Single(format => format.Name == name).Samples;
        string path = _folder["input." + name];
        foreach (byte[] sample in samples)
        {
            File.WriteAllBytes(path, sample);
            DataCases.ReadToEnd(path);
        }
        for (int number = 0; number < Mutations; number++)
        {
            File.WriteAllBytes(path, Mutator.Mutate(samples, 11, number));
            if (Record.Exception(() => DataCases.ReadToEnd(path)) is { } thrown)
            {
                Assert.True(thrown is InvalidDataException, $"mutation {number}: {thrown}");
                Assert.Contains("input." + name, thrown.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task ListsOfParquetAreSeveralValuesAndOtherColumnsAreListed()
    {
        var name = new DataField<string>("name");
        var tags = new ListField("tags", new DataField<string>("element"));
        var sizes = new ListField("sizes", new DataField<int>("element"));
        var inner = new DataField<int>("x");
        var bytes = new DataField<byte[]>("raw");
        var id = new DataField<Guid>("uid");
        string file = _folder["lists.parquet"];
        await using (FileStream stream = File.Create(file))
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(name, tags, sizes,
            new StructField("place", inner), bytes, id), stream))
        {
            using ParquetRowGroupWriter rows = writer.CreateRowGroup();
            await rows.WriteAsync(name, (string[])["a", "b", "c"]);
            await rows.WriteAsync((DataField)tags.Item, (string[])["x", "y", "z", "w|v"], new[] { 0, 1, 0, 0 });
            // The list of the first row is empty.
            int whole = sizes.Item.MaxDefinitionLevel;
            await rows.WriteAllPartsAsync<int>((DataField)sizes.Item, new[] { 2, 3, 4 }, new[] { whole - 1, whole, whole, whole },
                new[] { 0, 0, 0, 1 }, TestContext.Current.CancellationToken);
            await rows.WriteAllPartsAsync<int>(inner, new[] { 1, 2, 3 }, Enumerable.Repeat(inner.MaxDefinitionLevel, 3).ToArray(), null,
                TestContext.Current.CancellationToken);
            await rows.WriteAsync(bytes, (byte[][])[[1], [2], [3]]);
            await rows.WriteAsync<Guid>(id, new[] { Guid.Empty, Guid.Empty, Guid.Empty });
        }
        using DataSource source = DataSource.Of(file);
        using (RecordReader reader = source.Open())
        {
            Assert.Equal(["name", "tags", "sizes"], reader.Columns);
            Assert.Equal(["tags", "sizes"], reader.Layout.ListColumns);
            Assert.Equal([("place", "it holds structs"), ("raw", "it holds bytes"), ("uid", "it holds UUIDs")],
                reader.Layout.Unusable.Select(column => (column.Name, column.Reason)));
            Assert.Contains("column 'raw' cannot be used: it holds bytes",
                Assert.Throws<ArgumentException>(() => reader.Column("RAW")).Message, StringComparison.Ordinal);
            Assert.True(reader.Read());
            Assert.Equal(("x|y", ""), (reader.Field(1).ToString(), reader.Field(2).ToString()));
            Assert.True(reader.Read());
            Assert.Equal(("z", "2"), (reader.Field(1).ToString(), reader.Field(2).ToString()));
            Assert.Contains("'w|v', holds '|'", Assert.Throws<BadRecordException>(() => reader.Read()).Message, StringComparison.Ordinal);
        }
        using DataSource other = DataSource.Of(file, new ReadOptions { ListSeparator = ';' });
        using RecordReader again = other.Open();
        Assert.True(again.Read() && again.Read() && again.Read());
        Assert.Equal(("w|v", "3;4"), (again.Field(1).ToString(), again.Field(2).ToString()));
    }

    [Fact]
    public void ListsOfJsonAreSeveralValuesAndObjectsAreListed()
    {
        File.WriteAllText(_folder["a.jsonl"],
            "{\"user\":1,\"tags\":[\"x\",null,\"y\"],\"meta\":{\"k\":1},\"deep\":[[1]]}\n"
            + "{\"user\":2,\"tags\":[],\"meta\":null,\"deep\":null}\n");
        using DataSource source = DataSource.Of(_folder["a.jsonl"]);
        using RecordReader reader = source.Open();
        Assert.Equal(["user", "tags"], reader.Columns);
        Assert.Equal(["tags"], reader.Layout.ListColumns);
        Assert.Equal(["meta", "deep"], reader.Layout.Unusable.Select(column => column.Name));
        Assert.True(reader.Read());
        Assert.Equal("x|y", reader.Field(1).ToString());
        Assert.True(reader.Read());
        Assert.True(reader.IsMissing(1));
        // A column that cannot be used may be left out by name, as any other.
        Assert.Equal(2, SchemaInference.Infer(source, new StatedRoles().With("meta", ColumnRole.None)).Columns.Count);
    }

    [Theory]
    [InlineData("a.jsonl", "{\"a\":\"x\"}\n{\"a\":\"\\ud83d\"}\n{\"a\":\"y\"}\n",
        "a.jsonl, line 2: a text holds half of a surrogate pair", 2)]
    [InlineData("a.json", "[{\"a\":\"x\"},\n{\"a\":\"\\ude00\"},{\"a\":\"y\"}]",
        "a.json, record 2: a text holds half of a surrogate pair", 2)]
    [InlineData("a.jsonl", "{\"a\":\"x\"}\n{\"a\":}\n{\"a\":\"y\"}\n", "a.jsonl, line 2: it is not JSON", 2)]
    [InlineData("a.json", "[{\"a\":\"x\"}, {\"a\":}, {\"a\":\"y\"}]", "a.json, record 2: it is not JSON", 2)]
    [InlineData("a.json", "[{\"a\":\"x\"}, [1], {\"a\":\"y\"}]", "a.json, record 2: a JSON array where an object is expected", 2)]
    [InlineData("a.csv", "a,b\nx,1\nbroken\ny,2\n", "a.csv, line 3: 1 field where 2 are expected", 2)]
    [InlineData("a.csv", "a,b\nx,1\n\"quoted\" and more,1\ny,2\n\"p, q\",3\n", "a.csv, line 3: text follows a closing quotation mark", 3)]
    [InlineData("a.train", "0 a fine film\n1 a dull film\nbroken\n1 good it is\n",
        "a.train, line 3: 'broken' is not a label, a space and a text", 3)]
    public void ABadRecordIsNamedOrPassedOver(string name, string text, string says, int good)
    {
        File.WriteAllText(_folder[name], text);
        DataFormat? format = name == "a.train" ? DataFormat.Labelled : null;
        using DataSource strict = DataSource.Of(_folder[name], new ReadOptions { Format = format });
        Assert.Contains(says, Assert.Throws<BadRecordException>(() => Count(strict, out _)).Message, StringComparison.Ordinal);
        using DataSource lenient = DataSource.Of(_folder[name], new ReadOptions { Format = format, SkipBad = 1 });
        Assert.Equal(good, Count(lenient, out long skipped));
        Assert.Equal(1, skipped);
    }

    [Theory]
    [InlineData("[{\"a\":1},{\"a\":2}", "the list is not closed")]
    [InlineData("[{\"a\":1},{\"a\":2", "an element does not end")]
    [InlineData("[{\"a\":1}] {\"a\":2}", "more text after the ]")]
    public void AListThatDoesNotEndIsNamed(string text, string says)
    {
        File.WriteAllText(_folder["a.json"], text);
        using DataSource source = DataSource.Of(_folder["a.json"], new ReadOptions { SkipBad = 9 });
        string message = Assert.Throws<InvalidDataException>(() => Count(source, out _)).Message;
        Assert.Contains("a.json, record", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
    }

    static int Count(DataSource source, out long skipped)
    {
        using RecordReader reader = source.Open();
        int records = 0;
        while (reader.Read()) records++;
        skipped = reader.Skipped;
        return records;
    }
}
