using Microsoft.Extensions.AI;
using Rowan.Numerics;

namespace Rowan.Extensions.AI;

/// <summary>Ids to the rows of a table.</summary>
/// <remarks>
/// Vectors are copies: training that goes on does not change them. Safe to call from several threads at once, also while the table
/// learns.
/// </remarks>
/// <example><code>
/// using var films = new TableEmbeddingGenerator(embedding.Weight, "films");
/// ReadOnlyMemory&lt;float&gt; vector = await films.GenerateVectorAsync(17);
/// </code></example>
/// <param name="table">The table.</param>
/// <param name="name">The name of the model, for <see cref="Embedding.ModelId"/>.</param>
public sealed class TableEmbeddingGenerator(Table table, string name = "table") : IEmbeddingGenerator<long, Embedding<float>>
{
    readonly Table _table = table ?? throw new ArgumentNullException(nameof(table));
    readonly EmbeddingGeneratorMetadata _metadata = new("rowan", null, name, table?.Dim);

    /// <summary>Values per vector.</summary>
    public int Dim => _table.Dim;

    /// <summary>The rows of ids.</summary>
    /// <param name="values">Ids of the table.</param>
    /// <param name="options">Dimensions and ModelId, if given, must be those of the table.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentException">The options ask for other dimensions or another model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the table.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<long> values, EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        Generated.CheckOptions(options, _metadata);
        cancellationToken.ThrowIfCancellationRequested();
        long[] ids = [.. values];
        for (int i = 0; i < ids.Length; i++)
            Require.InRange(ids[i] >= 0 && ids[i] < _table.Count,
                $"GenerateAsync: id {ids[i]} at {i} is outside '{_table.Name}'; valid ids are 0 to {_table.Count - 1}", nameof(values));
        var rows = new float[checked(ids.Length * Dim)];
        _table.Gather(ids, rows);
        return Task.FromResult(Generated.Of(rows, ids.Length, _metadata));
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        Generated.Service(this, _metadata, serviceType, serviceKey);

    /// <summary>Does nothing: the table stays.</summary>
    public void Dispose() { }
}
