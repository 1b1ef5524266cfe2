using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.VectorData;
using Rowan.Data;
using Rowan.Recipes;
using Rowan.TestSupport;

namespace Rowan.Extensions.AI.Tests;

public class GeneratorTests
{
    static WordsRun Words => WordsRun.Of(new Vocabulary(["cat", "dog", "car"]), [1, 0, 0, 0.8f, 0.6f, 0, 0, 0, 2], 3);

    [Fact]
    public async Task WordVectorsGiveTheMeanOfKnownWords()
    {
        using TextEmbeddingGenerator generator = TextEmbeddingGenerator.Of(Words);
        GeneratedEmbeddings<Embedding<float>> made = await generator.GenerateAsync(["A CAT", "cat, car", "unknown", ""]);
        Assert.Equal(3, generator.Dim);
        Assert.Equal([1, 0, 0], made[0].Vector.ToArray());
        Assert.Equal(MathF.Sqrt(0.5f), made[1].Vector.Span[0], 5);
        Assert.Equal(MathF.Sqrt(0.5f), made[1].Vector.Span[2], 5);
        Assert.All(made.Skip(2), one => Assert.Equal([0, 0, 0], one.Vector.ToArray()));
        Assert.All(made, one => Assert.Equal("words", one.ModelId));
    }

    [Fact]
    public async Task AFileOfWordVectorsIsOpened()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["pets.txt"], "cat 1 0\ndog 3 4\n");
        using TextEmbeddingGenerator generator = TextEmbeddingGenerator.Open(folder["pets.txt"]);
        float[] vector = (await generator.GenerateVectorAsync("Dog")).ToArray();
        Assert.Equal(0.6f, vector[0], 5);
        Assert.Equal(0.8f, vector[1], 5);
        Assert.Equal("pets", generator.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelId);
        Assert.Throws<FileNotFoundException>(() => TextEmbeddingGenerator.Open(folder["none.txt"]));
    }

    [Fact]
    public async Task ASearchRunGivesTheVectorsOfItsQuestions()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["docs.tsv"], ["title\ttext", .. Enumerable.Range(0, 200).Select(i =>
            $"doc{i}\t{(i % 2 == 0 ? "cats purr softly" : "cars drive fast")} number {i} on day {i % 7}")]);
        using DataSource data = DataSource.Of(folder["docs.tsv"], null);
        string run = new SearchRecipe().Train(new TrainRequest
        {
            Data = data, Schema = SchemaInference.Infer(data, null), RunsDirectory = folder["runs"], Preset = Preset.None,
            Settings = new Dictionary<string, string> { ["epochs"] = "1", ["dim"] = "4" },
        }).Run;
        using TextEmbeddingGenerator generator = TextEmbeddingGenerator.Open(run);
        GeneratedEmbeddings<Embedding<float>> made = await generator.GenerateAsync(["cats purr", "cats purr", "cars drive"]);
        Assert.Equal(made[0].Vector.ToArray(), made[1].Vector.ToArray());
        Assert.NotEqual(made[0].Vector.ToArray(), made[2].Vector.ToArray());
        Assert.Equal(1, Math.Sqrt(made[0].Vector.ToArray().Sum(value => value * value)), 4);
    }

    [Fact]
    public async Task ATableGivesItsRowsAsCopies()
    {
        var table = new Table(4, 2, "films");
        table.CopyFrom([0, 0, 1, 2, 3, 4, 5, 6]);
        using var generator = new TableEmbeddingGenerator(table, "films");
        GeneratedEmbeddings<Embedding<float>> made = await generator.GenerateAsync([3L, 1L, 3L]);
        table.Write(3, [9, 9]);
        Assert.Equal([[5, 6], [1, 2], [5, 6]], made.Select(one => one.Vector.ToArray()));
        Assert.Contains("id 4 at 1",
            (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => generator.GenerateAsync([0L, 4L]))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongInputIsRefused()
    {
        using TextEmbeddingGenerator generator = TextEmbeddingGenerator.Of(Words);
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["a", null!]));
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["a"], new() { Dimensions = 2 }));
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["a"], new() { ModelId = "other" }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateAsync(["a"], null, new CancellationToken(true)));
        Assert.Null(generator.GetService(typeof(TextEmbeddingGenerator), "key"));
        Assert.Same(generator, generator.GetService(typeof(IEmbeddingGenerator)));
    }

    [Fact]
    public async Task AStoreMakesVectorsOfTextsAndOfIds()
    {
        var table = new Table(3, 2, "films");
        table.CopyFrom([1, 0, 0, 1, 1, 1]);
        using var store = new RowanVectorStore(new() { EmbeddingGenerator = TextEmbeddingGenerator.Of(Words) });
        VectorStoreCollection<object, Dictionary<string, object?>> rows = store.GetDynamicCollection("rows", new()
        {
            Properties =
            [
                new VectorStoreKeyProperty("Id", typeof(int)), new VectorStoreVectorProperty("Text", typeof(string), 3),
                new VectorStoreVectorProperty<long>("Film", 2) { EmbeddingGenerator = new TableEmbeddingGenerator(table) },
            ],
        });
        await rows.EnsureCollectionExistsAsync();
        await rows.UpsertAsync([new() { ["Id"] = 1, ["Text"] = "cat", ["Film"] = 0L },
            new() { ["Id"] = 2, ["Text"] = "car", ["Film"] = 1L }, new() { ["Id"] = 3, ["Film"] = 2L }]);
        Assert.Equal([1, 2], (await rows.SearchAsync("dog", 9, new() { VectorProperty = one => one["Text"] }).All())
            .Select(one => (int)one.Record["Id"]!));
        Assert.Equal(2, (await rows.SearchAsync(1L, 1, new() { VectorProperty = one => one["Film"] }).All())[0].Record["Id"]);
        await Assert.ThrowsAsync<NotSupportedException>(() => rows.GetAsync(1, new() { IncludeVectors = true }));
    }

    [Theory]
    [InlineData(ServiceLifetime.Singleton)]
    [InlineData(ServiceLifetime.Scoped)]
    [InlineData(ServiceLifetime.Transient)]
    public async Task ServicesOfAnyLifetimeShareTheRecords(ServiceLifetime lifetime)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["pets.txt"], "cat 1 0\ncar 0 1\n");
        var services = new ServiceCollection();
        services.AddRowanEmbeddingGenerator(folder["pets.txt"]).AddRowanVectorStore(lifetime: lifetime)
            .AddRowanCollection<int, Pet>("pets", lifetime: lifetime).AddKeyedRowanCollection<int,
            Pet>("other", "pets", lifetime: lifetime);
        using ServiceProvider provider = services.BuildServiceProvider();
        using (IServiceScope scope = provider.CreateScope())
        {
            var pets = scope.ServiceProvider.GetRequiredService<VectorStoreCollection<int, Pet>>();
            await pets.EnsureCollectionExistsAsync();
            await pets.UpsertAsync([new Pet { Id = 1, Text = "cat" }, new Pet { Id = 2, Text = "car" }]);
        }
        using IServiceScope later = provider.CreateScope();
        var search = later.ServiceProvider.GetRequiredService<IVectorSearchable<Pet>>();
        Assert.Equal(1, (await search.SearchAsync("a cat", 1).All())[0].Record.Id);
        Assert.True(await later.ServiceProvider.GetRequiredService<VectorStore>().CollectionExistsAsync("pets"));
        Assert.False(await later.ServiceProvider.GetRequiredKeyedService<VectorStoreCollection<int, Pet>>("other").CollectionExistsAsync());
        Assert.Equal(lifetime == ServiceLifetime.Transient,
            later.ServiceProvider.GetRequiredService<RowanVectorStore>() != later.ServiceProvider.GetRequiredService<RowanVectorStore>());
    }

    public sealed class Pet
    {
        [VectorStoreKey]
        public int Id { get; set; }

        [VectorStoreVector(2)]
        public string? Text { get; set; }
    }
}
