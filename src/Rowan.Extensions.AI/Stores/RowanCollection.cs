using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;
using Microsoft.Extensions.VectorData.ProviderServices;
using Rowan.Numerics;

namespace Rowan.Extensions.AI;

/// <summary>A collection of a <see cref="RowanVectorStore"/>.</summary>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="TRecord">The type of the records.</typeparam>
/// <remarks>
/// Records are copied in and out, arrays and lists included: later changes of a record do not reach the store. Any number of threads may
/// use the collection.
/// </remarks>
public sealed partial class RowanCollection<TKey, TRecord> : VectorStoreCollection<TKey, TRecord>, IKeywordHybridSearchable<TRecord>
    where TKey : notnull where TRecord : class
{
    readonly StoreData _store;
    readonly CollectionModel _model;
    readonly RowanVectorStore _owner;
    readonly RecordAccess<TRecord> _access;
    Binding? _binding;

    internal RowanCollection(string name, StoreData store, CollectionModel model, RowanVectorStore owner, RecordAccess<TRecord> access)
    {
        (Name, _store, _model, _owner, _access) = (name, store, model, owner, access);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>The store that ends with this collection; null where it has its own life.</summary>
    internal RowanVectorStore? Owned { get; init; }

    /// <inheritdoc/>
    public override Task<bool> CollectionExistsAsync(CancellationToken cancellationToken = default) =>
        Task.Run(() => _store.Find(Name) is not null, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">There is one with other properties.</exception>
    public override Task EnsureCollectionExistsAsync(CancellationToken cancellationToken = default) => Task.Run(() =>
    {
        _store.Create(Name, RecordSchema.Of(_model));
        Bind();
    }, cancellationToken);

    /// <inheritdoc/>
    public override Task EnsureCollectionDeletedAsync(CancellationToken cancellationToken = default) =>
        Task.Run(() => _store.Delete(Name), cancellationToken);

    /// <inheritdoc/>
    public override Task UpsertAsync(TRecord record, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(record);
        return UpsertAsync([record], cancellationToken);
    }

    /// <summary>Adds records, and replaces those whose key is known: all, or none where something is wrong. Of equal keys the last
    /// counts.</summary>
    /// <param name="records">The records.</param>
    /// <param name="cancellationToken">Ends the work before anything is stored.</param>
    /// <exception cref="ArgumentException">A record is null or has no key, or a vector has another length or a value that is not
    /// finite.</exception>
    /// <exception cref="VectorStoreException">The collection does not exist, or could not be written.</exception>
    public override async Task UpsertAsync(IEnumerable<TRecord> records, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(records);
        TRecord[] all = [.. records];
        if (all.Length == 0) return;
        object[] opened = [.. all.Select((record, i) => _access.Open(record ?? throw new ArgumentException(
            $"Upsert: record {i} is null", nameof(records))))];
        Binding bound = Bind();
        object?[] keys = [.. opened.Select((record, i) => KeyOf(record, i))];
        float[]?[][] vectors = [.. all.Select(_ => new float[]?[bound.Schema.Vectors.Length])];
        for (int p = 0; p < _model.VectorProperties.Count; p++)
        {
            int column = bound.VectorColumns[p];
            float[]?[] own = await VectorsOf(_model.VectorProperties[p], opened, cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < own.Length; i++)
            {
                if (own[i] is { } vector) VectorColumn.Check($"Upsert: record {i}", vector, bound.Schema.Vectors[column]);
                vectors[i][column] = own[i];
            }
        }
        NewRecord[] stored = [.. opened.Select((record, i) =>
            new NewRecord(keys[i] ?? Guid.CreateVersion7(), bound.DataOf(record, _model), vectors[i]))];
        await Change(() => bound.Data.Upsert(stored, bound.Schema), "Upsert", cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < all.Length; i++)
            if (keys[i] is null) _access.SetKey(all[i], stored[i].Key);
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(TKey key, CancellationToken cancellationToken = default)
    {
        if (key is null) throw new ArgumentNullException(nameof(key));
        return DeleteAsync([key], cancellationToken);
    }

    /// <summary>Removes the records with these keys, all at once; keys that are unknown are skipped.</summary>
    public override Task DeleteAsync(IEnumerable<TKey> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        object[] all = [.. keys.Select(Checked)];
        if (all.Length == 0) return Task.CompletedTask;
        CollectionData data = Bind().Data;
        return Change(() => data.Delete(all), "Delete", cancellationToken);
    }

    /// <inheritdoc/>
    public override object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(VectorStoreCollectionMetadata) ? new VectorStoreCollectionMetadata
            {
                VectorStoreSystemName = RowanVectorStore.SystemName, VectorStoreName = _store.Folder, CollectionName = Name,
            }
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Owned?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The stored collection with the columns of the model's properties; new properties become columns.</summary>
    Binding Bind()
    {
        CollectionData data = _store.Find(Name)
            ?? throw Failure("Collection '" + Name + "' does not exist; call EnsureCollectionExistsAsync");
        if (_binding is { } bound && bound.Data == data && ReferenceEquals(bound.Schema, data.Schema)) return bound;
        RecordSchema schema = data.Schema.Extended(_model, Name);
        if (!schema.Same(data.Schema)) data.Extend(schema);
        return _binding = new Binding(data, _model);
    }

    async Task Change(Action change, string operation, CancellationToken cancellationToken)
    {
        try
        {
            // Files and graphs take their time; the caller's thread is not kept.
            await Task.Run(change, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            throw Failure($"{operation}: {failure.Message}", operation, failure);
        }
    }

    VectorStoreException Failure(string message, string? operation = null, Exception? inner = null) => new(message, inner)
    {
        VectorStoreSystemName = RowanVectorStore.SystemName, VectorStoreName = _store.Folder, CollectionName = Name,
        OperationName = operation,
    };

    /// <summary>The key of a record; null where it is to be generated.</summary>
    object? KeyOf(object record, int i)
    {
        object? key = _model.KeyProperty.GetValueAsObject(record);
        if (_model.KeyProperty.IsAutoGenerated && (key is null || key.Equals(Guid.Empty))) return null;
        Require.That(key is not null, $"Upsert: record {i} has no key; set '{_model.KeyProperty.ModelName}'", "records");
        return key;
    }

    /// <summary>A key of the right type; keys of dynamic collections may be anything.</summary>
    object Checked(TKey key)
    {
        if (key is null) throw new ArgumentException("A key is null.", nameof(key));
        Require.That(key.GetType() == _model.KeyProperty.Type, $"key '{key}' is of type {key.GetType().Name}; the keys of collection "
            + $"'{Name}' are of type {_model.KeyProperty.Type.Name}", nameof(key));
        return key;
    }

    /// <summary>The vectors of records for a property, generated where the property holds something else.</summary>
    static async Task<float[]?[]> VectorsOf(VectorPropertyModel property, object[] records, CancellationToken cancellationToken)
    {
        object?[] values = Array.ConvertAll(records, property.GetValueAsObject);
        if (property.EmbeddingType == property.Type) return Array.ConvertAll(values, VectorOf);
        int[] with = [.. Enumerable.Range(0, values.Length).Where(i => values[i] is not null)];
        var vectors = new float[]?[values.Length];
        if (with.Length == 0) return vectors;
        IReadOnlyList<Embedding> made = await property.GenerateEmbeddingsAsync(with.Select(i => values[i]), cancellationToken)
            .ConfigureAwait(false);
        Require.State(made.Count == with.Length,
            $"Upsert: the generator of '{property.ModelName}' gave {made.Count} vectors for {with.Length} values");
        for (int i = 0; i < with.Length; i++) vectors[with[i]] = ((Embedding<float>)made[i]).Vector.ToArray();
        return vectors;
    }

    /// <summary>A copy of a vector; null for null.</summary>
    static float[]? VectorOf(object? value) => value switch
    {
        ReadOnlyMemory<float> memory => memory.ToArray(),
        float[] array => (float[])array.Clone(),
        Embedding<float> embedding => embedding.Vector.ToArray(),
        _ => null,
    };

    /// <summary>The columns of the model's properties in the stored collection.</summary>
    sealed class Binding
    {
        readonly int[] _dataColumns;

        public Binding(CollectionData data, CollectionModel model)
        {
            (Data, Schema) = (data, data.Schema);
            _dataColumns = [.. model.DataProperties.Select(one => Place(Schema.Data.Select(column => column.Name), one))];
            VectorColumns = [.. model.VectorProperties.Select(one => Place(Schema.Vectors.Select(column => column.Name), one))];
        }

        public CollectionData Data { get; }

        public RecordSchema Schema { get; }

        /// <summary>The column of each vector property of the model.</summary>
        public int[] VectorColumns { get; }

        /// <summary>The column of a data property.</summary>
        public int ColumnOf(PropertyModel property, CollectionModel model)
        {
            for (int p = 0; p < _dataColumns.Length; p++)
                if (model.DataProperties[p] == property) return _dataColumns[p];
            throw new InvalidOperationException($"Property '{property.ModelName}' is no data property.");
        }

        /// <summary>How a key or data property of stored records is read.</summary>
        public Func<StoredRecord, object?> Reader(PropertyModel property, CollectionModel model)
        {
            if (property is KeyPropertyModel) return record => record.Key;
            int column = ColumnOf(property, model);
            // A record that is older than the property has the default of its type, as it has when it is read.
            bool hasDefault = property.PropertyInfo is not null && property.Type.IsValueType
                && Nullable.GetUnderlyingType(property.Type) is null;
            object? missing = hasDefault ? Schema.Data[column].Type.Default : null;
            return record => record.Value(column) ?? missing;
        }

        /// <summary>The data of a record, copied.</summary>
        public object?[] DataOf(object record, CollectionModel model)
        {
            var data = new object?[Schema.Data.Length];
            for (int p = 0; p < _dataColumns.Length; p++)
                if (model.DataProperties[p].GetValueAsObject(record) is { } value)
                    data[_dataColumns[p]] = Schema.Data[_dataColumns[p]].Type.Copy(value);
            return data;
        }

        /// <summary>Sets the data of a record in a target, copied.</summary>
        public void SetData(StoredRecord record, object target, CollectionModel model)
        {
            for (int p = 0; p < _dataColumns.Length; p++)
            {
                int column = _dataColumns[p];
                model.DataProperties[p].SetValueAsObject(target,
                    record.Value(column) is { } value ? Schema.Data[column].Type.Copy(value) : null);
            }
        }

        static int Place(IEnumerable<string> names, PropertyModel property) => names.ToList().IndexOf(property.StorageName);
    }
}
