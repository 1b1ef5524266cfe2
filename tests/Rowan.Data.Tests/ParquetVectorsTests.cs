using Parquet;
using Parquet.Schema;
using Rowan.Formats;
using Rowan.Fuzz;
using Rowan.TestSupport;

namespace Rowan.Data.Tests;

/// <summary>Named vectors in Parquet: as lists of floats, as a column per value, and damaged.</summary>
public sealed class ParquetVectorsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatWasWrittenIsReadBitForBitInSeveralGroups()
    {
        // 2²² values per row group: 5,000 rows of 1,000 take two.
        File.WriteAllLines(_folder["in.csv"], Enumerable.Range(0, 5_000).Select(row => $"n{row},t{row},"
            + string.Join(',', Enumerable.Range(0, 1_000).Select(i => (row * 31 + i) % 97 / 7f))));
        var format = new ParquetVectorFormat();
        VectorSurvey written = format.Write(_folder["out.parquet"], () => VectorFiles.Open(_folder["in.csv"]));
        Assert.Equal((5_000, 1_000), (written.Count, written.Dim));
        using VectorReader from = VectorFiles.Open(_folder["in.csv"]), to = format.Open(_folder["out.parquet"], new());
        Assert.Equal((5_000, 1_000), (to.Count, to.Dim));
        while (from.Next())
        {
            Assert.True(to.Next());
            Assert.Equal((from.Name, from.Field(0)), (to.Name, to.Field(0)));
            Assert.True(from.Vector.SequenceEqual(to.Vector));
        }
        Assert.False(to.Next());
    }

    [Fact]
    public async Task ColumnsOfFloatsAndDoublesAreValues()
    {
        var word = new DataField<string>("word");
        DataField x = new DataField<double>("x"), y = new DataField("y", typeof(float), isNullable: true);
        await Write("x.parquet", new ParquetSchema(word, x, y), async rows =>
        {
            await rows.WriteAsync(word, (string[])["a", "b"]);
            await rows.WriteAsync<double>(x, new double[] { 0.1, 2 });
            await rows.WriteAsync<float>(y, new float?[] { 3, null });
        });
        using VectorReader reader = Open("x.parquet");
        Assert.True(reader.Next());
        Assert.Equal([0.1f, 3], reader.Vector.ToArray());
        Assert.Contains("row 1: value 2 of 'b' is NaN", Assert.Throws<InvalidDataException>(() => reader.Next()).Message,
            StringComparison.Ordinal);
        using VectorReader skipping = Open("x.parquet", skipBad: true);
        Assert.True(skipping.Next());
        Assert.False(skipping.Next());
        Assert.Equal(1, skipping.Skipped);
    }

    [Fact]
    public async Task ListsOfOtherLengthsAreNamedOrSkipped()
    {
        var id = new DataField<string>("id");
        var vector = new ListField("vector", new DataField<double>("element"));
        await Write("x.parquet", new ParquetSchema(id, vector), async rows =>
        {
            await rows.WriteAsync(id, (string[])["a", "b", "c", "d"]);
            int whole = ((DataField)vector.Item).MaxDefinitionLevel;
            // The list of "c" is empty.
            await rows.WriteAllPartsAsync<double>((DataField)vector.Item, new double[] { 1, 2, 3, 4, 5 },
                new[] { whole, whole, whole, whole - 1, whole, whole }, new[] { 0, 1, 0, 0, 0, 1 }, default);
        });
        using VectorReader reader = Open("x.parquet", skipBad: true);
        Assert.Contains("lists of column 'vector'", reader.Dialect, StringComparison.Ordinal);
        Assert.True(reader.Next());
        Assert.Equal([1, 2], reader.Vector.ToArray());
        Assert.True(reader.Next());
        Assert.Equal("d", reader.Name);
        Assert.Equal([4, 5], reader.Vector.ToArray());
        Assert.False(reader.Next());
        Assert.Equal(["row 1: 'b' has 1 values instead of 2", "row 2: 'c' has 0 values instead of 2"], reader.Problems);
    }

    [Fact]
    public async Task AFileWithoutNamesOrVectorsIsRefused()
    {
        var id = new DataField<string>("id");
        var number = new DataField<float>("x");
        await Write("no-vectors.parquet", new ParquetSchema(id), rows => rows.WriteAsync(id, (string[])["a"]));
        await Write("no-names.parquet", new ParquetSchema(number), async rows => await rows.WriteAsync<float>(number, new float[] { 1 }));
        Assert.Contains("no column of lists of floats, and no columns of floats; its columns are id",
            Assert.Throws<InvalidDataException>(() => Open("no-vectors.parquet")).Message, StringComparison.Ordinal);
        Assert.Contains("no column of text with the names", Assert.Throws<InvalidDataException>(() => Open("no-names.parquet")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ASpoiledFileIsReadOrRefused()
    {
        File.WriteAllText(_folder["in.csv"], "id,title,d0,d1\na,x,1,2\nb,y,3,4\nc,z,5,6\n");
        var format = new ParquetVectorFormat();
        format.Write(_folder["whole.parquet"], () => VectorFiles.Open(_folder["in.csv"]));
        byte[][] samples = [File.ReadAllBytes(_folder["whole.parquet"])];
        for (int number = 0; number < 2_000; number++)
        {
            File.WriteAllBytes(_folder["x.parquet"], Mutator.Mutate(samples, seed: 3, number));
            try
            {
                using VectorReader reader = Open("x.parquet", skipBad: number % 2 == 0);
                while (reader.Next()) reader.Field(0);
            }
            catch (InvalidDataException) { }
        }
    }

    VectorReader Open(string name, bool skipBad = false) => new ParquetVectorFormat().Open(_folder[name], new() { SkipBad = skipBad });

    async Task Write(string name, ParquetSchema schema, Func<ParquetRowGroupWriter, Task> rows)
    {
        await using FileStream file = File.Create(_folder[name]);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file);
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await rows(group);
    }
}
