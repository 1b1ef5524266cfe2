using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;
using Microsoft.Extensions.VectorData.ProviderServices;
using Rowan.Numerics;
using Rowan.Recipes;

namespace Rowan.Extensions.AI;

public sealed partial class RowanCollection<TKey, TRecord>
{
    // Hybrid search scores that many times the records asked for, and at least so many.
    const int CandidateFactor = 4, LeastCandidates = 100;

    /// <inheritdoc/>
    public override async Task<TRecord?> GetAsync(TKey key, RecordRetrievalOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        if (key is null) throw new ArgumentNullException(nameof(key));
        await foreach (TRecord record in GetAsync([key], options, cancellationToken).ConfigureAwait(false)) return record;
        return null;
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<TRecord> GetAsync(IEnumerable<TKey> keys, RecordRetrievalOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        bool includeVectors = options?.IncludeVectors ?? false;
        CheckVectors(includeVectors);
        Binding? bound = null;
        foreach (TKey key in keys)
        {
            object asked = Checked(key);
            bound ??= await Task.Run(Bind, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (bound.Data.Find(asked, includeVectors) is { } found) yield return RecordOf(found, bound);
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<TRecord> GetAsync(Expression<Func<TRecord, bool>> filter, int top,
        FilteredRecordRetrievalOptions<TRecord>? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        options ??= new FilteredRecordRetrievalOptions<TRecord>();
        CheckTop(top);
        CheckVectors(options.IncludeVectors);
        Binding bound = await Task.Run(Bind, cancellationToken).ConfigureAwait(false);
        Func<IEnumerable<StoredRecord>, IEnumerable<StoredRecord>> sorted = Sorted(options.OrderBy, bound);
        foreach (FoundRecord found in bound.Data.Where(Translated(filter, bound)!,
            records => sorted(records).Skip(options.Skip).Take(top), options.IncludeVectors))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return RecordOf(found, bound);
        }
    }

    Func<IEnumerable<StoredRecord>, IEnumerable<StoredRecord>> Sorted(
        Func<FilteredRecordRetrievalOptions<TRecord>.OrderByDefinition, FilteredRecordRetrievalOptions<TRecord>.OrderByDefinition>? orderBy,
        Binding bound)
    {
        if (orderBy is null) return records => records;
        var order = Comparer<object?>.Create(FilterValues.Order);
        (Func<StoredRecord, object?> Value, bool Ascending)[] by =
        [
            .. orderBy(new FilteredRecordRetrievalOptions<TRecord>.OrderByDefinition()).Values.Select(one =>
                (bound.Reader(_model.GetDataOrKeyProperty(one.PropertySelector), _model), one.Ascending)),
        ];
        // From the last to the first, because sorting keeps the order of equal records.
        return records => by.Reverse().Aggregate(records, (sorted, one) =>
            one.Ascending ? sorted.OrderBy(one.Value, order) : sorted.OrderByDescending(one.Value, order));
    }

    /// <summary>The records whose vectors match a value best, the best first.</summary>
    /// <param name="searchValue">A vector (<c>ReadOnlyMemory&lt;float&gt;</c>, <c>float[]</c> or <c>Embedding&lt;float&gt;</c>), or what
    /// the generator of the property takes, such as a text.</param>
    /// <param name="top">How many.</param>
    /// <param name="options">Filter, property, skip, threshold.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="NotSupportedException">The value is no vector and there is no generator; or a part of the filter has no
    /// translation.</exception>
    public override async IAsyncEnumerable<VectorSearchResult<TRecord>> SearchAsync<TInput>(TInput searchValue, int top,
        VectorSearchOptions<TRecord>? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (searchValue is null) throw new ArgumentNullException(nameof(searchValue));
        options ??= new VectorSearchOptions<TRecord>();
        CheckTop(top);
        CheckVectors(options.IncludeVectors);
        VectorPropertyModel property = _model.GetVectorPropertyOrSingle(options);
        ReadOnlyMemory<float> query = await QueryOf(searchValue, property, cancellationToken).ConfigureAwait(false);
        Binding bound = await Task.Run(Bind, cancellationToken).ConfigureAwait(false);
        (int column, VectorColumnSchema schema) = ColumnOf(property, bound);
        VectorColumn.Check("Search", query.Span, schema);
        Func<StoredRecord, bool>? passes = Translated(options.Filter, bound);
        foreach (FoundRecord found in bound.Data.Search(column, query, Sum(top, options.Skip), passes, options.IncludeVectors)
            .Skip(options.Skip))
        {
            cancellationToken.ThrowIfCancellationRequested();
            double score = VectorSpace.Score(schema.Distance, found.Better);
            if (!VectorSpace.Passes(schema.Distance, score, options.ScoreThreshold)) yield break;
            yield return new VectorSearchResult<TRecord>(RecordOf(found, bound), score);
        }
    }

    /// <summary>
    /// The records that match a vector and words best, the best first: score = (1 − w)·bm25 / max bm25 + w·(s − min s) / (max s − min s)
    /// over the best candidates of both, where s is the similarity of the vectors and w
    /// <see cref="RowanVectorStoreOptions.HybridWeight"/>. The score is from 0 to 1, higher is better.
    /// </summary>
    /// <param name="searchValue">A vector, or what the generator of the property takes.</param>
    /// <param name="keywords">Words or phrases; English ones are compared by their stems, and stop words do not count.</param>
    /// <param name="top">How many.</param>
    /// <param name="options">Filter, properties, skip, threshold.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async IAsyncEnumerable<VectorSearchResult<TRecord>> HybridSearchAsync<TInput>(TInput searchValue, ICollection<string> keywords,
        int top, HybridSearchOptions<TRecord>? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TInput : notnull
    {
        if (searchValue is null) throw new ArgumentNullException(nameof(searchValue));
        ArgumentNullException.ThrowIfNull(keywords);
        options ??= new HybridSearchOptions<TRecord>();
        CheckTop(top);
        CheckVectors(options.IncludeVectors);
        Require.That(!keywords.Contains(null!), $"HybridSearch: a keyword is null", nameof(keywords));
        VectorPropertyModel property = _model.GetVectorPropertyOrSingle(
            new VectorSearchOptions<TRecord> { VectorProperty = options.VectorProperty });
        DataPropertyModel text = _model.GetFullTextDataPropertyOrSingle(options.AdditionalProperty);
        ReadOnlyMemory<float> query = await QueryOf(searchValue, property, cancellationToken).ConfigureAwait(false);
        Binding bound = await Task.Run(Bind, cancellationToken).ConfigureAwait(false);
        (int column, VectorColumnSchema schema) = ColumnOf(property, bound);
        VectorColumn.Check("HybridSearch", query.Span, schema);
        int count = Sum(top, options.Skip);
        int candidates = (int)Math.Min(int.MaxValue, Math.Max(LeastCandidates, (long)count * CandidateFactor));
        List<FoundRecord> found = bound.Data.SearchBoth(column, query, bound.ColumnOf(text, _model), keywords, candidates,
            Translated(options.Filter, bound), options.IncludeVectors);
        var fused = new float[found.Count];
        FusedIndex.Fuse([.. found.Select(one => one.Bm25)], [.. found.Select(one => one.Better)], _owner.Options.HybridWeight, fused);
        int[] order = [.. Enumerable.Range(0, fused.Length).OrderByDescending(i => fused[i])];
        foreach (int i in order.Take(count).Skip(options.Skip))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (fused[i] < options.ScoreThreshold) yield break;
            yield return new VectorSearchResult<TRecord>(RecordOf(found[i], bound), fused[i]);
        }
    }

    /// <summary>The vector that a search looks for.</summary>
    static async Task<ReadOnlyMemory<float>> QueryOf<TInput>(TInput value, VectorPropertyModel property,
        CancellationToken cancellationToken) where TInput : notnull
    {
        if (VectorOf(value) is { } vector) return vector;
        if (property.EmbeddingGenerationDispatcher is not null)
            return ((Embedding<float>)await property.GenerateEmbeddingAsync(value, cancellationToken).ConfigureAwait(false)).Vector;
        if (property.EmbeddingGenerator is { } generator)
            throw new InvalidOperationException(
                VectorDataStrings.IncompatibleEmbeddingGeneratorWasConfiguredForInputType(value.GetType(), generator.GetType()));
        throw new NotSupportedException(
            VectorDataStrings.InvalidSearchInputAndNoEmbeddingGeneratorWasConfigured(value.GetType(), ModelBuilder.VectorTypes));
    }

    (int Column, VectorColumnSchema Schema) ColumnOf(VectorPropertyModel property, Binding bound)
    {
        for (int p = 0; p < _model.VectorProperties.Count; p++)
            if (_model.VectorProperties[p] == property)
                return (bound.VectorColumns[p], bound.Schema.Vectors[bound.VectorColumns[p]]);
        throw new InvalidOperationException($"Property '{property.ModelName}' is no vector property.");
    }

    Func<StoredRecord, bool>? Translated(Expression<Func<TRecord, bool>>? filter, Binding bound) =>
        filter is null ? null : FilterTranslator.Translate(filter, _model, property => bound.Reader(property, _model));

    TRecord RecordOf(FoundRecord found, Binding bound)
    {
        object target = _access.New();
        _model.KeyProperty.SetValueAsObject(target, found.Record.Key);
        bound.SetData(found.Record, target, _model);
        if (found.Vectors is not null)
            for (int p = 0; p < _model.VectorProperties.Count; p++)
                if (found.Vectors[bound.VectorColumns[p]] is { } vector)
                    _model.VectorProperties[p].SetValueAsObject(target, VectorAs(_model.VectorProperties[p].Type, vector));
        return _access.Close(target);
    }

    static object VectorAs(Type type, float[] vector) => type == typeof(float[]) ? vector
        : type == typeof(Embedding<float>) ? new Embedding<float>(vector) : new ReadOnlyMemory<float>(vector);

    void CheckVectors(bool includeVectors)
    {
        if (includeVectors && _model.EmbeddingGenerationRequired)
            throw new NotSupportedException(VectorDataStrings.IncludeVectorsNotSupportedWithEmbeddingGeneration);
    }

    static void CheckTop(int top) => Require.InRange(top > 0, $"top {top}; it must be positive", nameof(top));

    static int Sum(int top, int skip) => (int)Math.Min(int.MaxValue, (long)top + skip);
}
