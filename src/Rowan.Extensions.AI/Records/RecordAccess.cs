using Microsoft.Extensions.VectorData.ProviderServices;

namespace Rowan.Extensions.AI;

/// <summary>How the properties of a model are read from records, and records made of them.</summary>
/// <param name="Open">What the model reads of a record: itself, or the values that a mapper gives.</param>
/// <param name="New">An empty target for the model's values.</param>
/// <param name="Close">The record of a target.</param>
/// <param name="SetKey">Writes a generated key into a record.</param>
sealed record RecordAccess<TRecord>(Func<TRecord, object> Open, Func<object> New, Func<object, TRecord> Close,
    Action<TRecord, object> SetKey) where TRecord : class
{
    /// <summary>Records that the model reads itself.</summary>
    public static RecordAccess<TRecord> Of(CollectionModel model) => new(record => record, () => model.CreateRecord<TRecord>(),
        target => (TRecord)target, (record, key) => model.KeyProperty.SetValueAsObject(record, key));

    /// <summary>Records that a mapper reads.</summary>
    public static RecordAccess<TRecord> Of(CollectionModel model, RecordMapper<TRecord> mapper) => new(
        record => Known(mapper.ToValues(record), model), () => new Dictionary<string, object?>(StringComparer.Ordinal),
        target => mapper.FromValues((Dictionary<string, object?>)target), (record, key) => mapper.SetKey!(record, key));

    static Dictionary<string, object?> Known(Dictionary<string, object?> values, CollectionModel model)
    {
        foreach (string name in values.Keys)
            if (!model.PropertyMap.ContainsKey(name))
                throw new InvalidOperationException($"The mapper gives a value '{name}', which the definition does not have; it has "
                    + $"{string.Join(", ", model.PropertyMap.Keys)}.");
        return values;
    }
}
