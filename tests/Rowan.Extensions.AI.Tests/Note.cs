using Microsoft.Extensions.VectorData;

namespace Rowan.Extensions.AI.Tests;

/// <summary>A record with a vector, texts and a few properties to filter by.</summary>
public sealed class Note
{
    [VectorStoreKey]
    public int Id { get; set; }

    [VectorStoreData(IsFullTextIndexed = true)]
    public string? Text { get; set; }

    [VectorStoreData]
    public int Stars { get; set; }

    [VectorStoreData]
    public string[]? Tags { get; set; }

    [VectorStoreVector(3)]
    public ReadOnlyMemory<float>? Vector { get; set; }

    public static Note Of(int id, params float[] vector) =>
        new() { Id = id, Text = $"note {id}", Stars = id % 5, Tags = [$"tag{id % 3}"], Vector = vector };
}

static class Collect
{
    public static async Task<List<T>> All<T>(this IAsyncEnumerable<T> values)
    {
        var list = new List<T>();
        await foreach (T value in values) list.Add(value);
        return list;
    }
}
