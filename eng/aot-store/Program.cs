using Microsoft.Extensions.VectorData;
using Rowan.Extensions.AI;

// The vector store without reflection, in memory and in a folder: a definition, a mapper, filters, hybrid search.
string folder = Path.Combine(Path.GetTempPath(), $"rowan-aot-{Environment.ProcessId}");
try
{
    await Check(new RowanVectorStore(), fill: true);
    using (var first = new RowanVectorStore(new() { Folder = folder })) await Check(first, fill: true);
    using (var again = new RowanVectorStore(new() { Folder = folder })) await Check(again, fill: false);
}
finally
{
    if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
}
Console.WriteLine("the store works ahead of time");

static async Task Check(RowanVectorStore store, bool fill)
{
    RowanCollection<int, Film> films = store.GetCollection<int, Film>("films", new()
    {
        Properties =
        [
            new VectorStoreKeyProperty("Id", typeof(int)),
            new VectorStoreDataProperty("Title", typeof(string)) { IsFullTextIndexed = true },
            new VectorStoreDataProperty("Tags", typeof(string[])), new VectorStoreDataProperty("Year", typeof(int)),
            new VectorStoreVectorProperty("Vector", typeof(float[]), dimensions: 2),
        ],
    }, new RecordMapper<Film>
    {
        ToValues = film => new()
        {
            ["Id"] = film.Id, ["Title"] = film.Title, ["Tags"] = film.Tags, ["Year"] = film.Year, ["Vector"] = film.Vector,
        },
        FromValues = values => new((int)values["Id"]!, (string)values["Title"]!, (string[])values["Tags"]!, (int)values["Year"]!, null),
    });
    await films.EnsureCollectionExistsAsync();
    if (fill)
        await films.UpsertAsync(
        [
            new(1, "Solaris", ["space", "sea"], 1972, [1, 0]), new(2, "Stalker", ["zone"], 1979, [0.9f, 0.1f]),
            new(3, "Mirror", ["home"], 1975, [0, 1]),
        ]);
    string[] wanted = ["zone", "home"];
    var near = new List<int>();
    await foreach (VectorSearchResult<Film> found in films.SearchAsync(new float[] { 1, 0 }, 3,
        new() { Filter = film => film.Year > 1974 && film.Tags.Any(tag => wanted.Contains(tag)) })) near.Add(found.Record.Id);
    if (!near.SequenceEqual([2, 3])) throw new InvalidOperationException($"found {string.Join(", ", near)} in place of 2, 3");
    var hybrid = new List<int>();
    await foreach (VectorSearchResult<Film> found in films.HybridSearchAsync(new float[] { 0, 1 }, ["mirror"], 1))
        hybrid.Add(found.Record.Id);
    if (!hybrid.SequenceEqual([3])) throw new InvalidOperationException($"hybrid search found {string.Join(", ", hybrid)} in place of 3");
    await using var all = films.GetAsync(film => true, 1, new() { OrderBy = by => by.Descending(film => film.Year) }).GetAsyncEnumerator();
    if (!await all.MoveNextAsync() || all.Current.Title != "Stalker") throw new InvalidOperationException("the order is not that of Year");
}

sealed record Film(int Id, string Title, string[] Tags, int Year, float[]? Vector);
