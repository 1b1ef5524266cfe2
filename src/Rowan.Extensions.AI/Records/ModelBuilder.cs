using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;
using Microsoft.Extensions.VectorData.ProviderServices;

namespace Rowan.Extensions.AI;

/// <summary>Properties of record types and definitions, checked for what can be stored.</summary>
sealed class ModelBuilder() : CollectionModelBuilder(new CollectionModelBuildingOptions
{
    SupportsMultipleVectors = true, RequiresAtLeastOneVector = false,
})
{
    /// <summary>The types that a vector may have, in words.</summary>
    public const string VectorTypes = "ReadOnlyMemory<float>, Embedding<float>, float[]";

    static readonly Type[] Natives = [typeof(ReadOnlyMemory<float>), typeof(Embedding<float>), typeof(float[])];

    protected override bool IsDataPropertyTypeValid(Type type, [NotNullWhen(false)] out string? supportedTypes)
    {
        supportedTypes = DataType.Find(type) is null ? DataType.Supported : null;
        return supportedTypes is null;
    }

    protected override bool IsVectorPropertyTypeValid(Type type, [NotNullWhen(false)] out string? supportedTypes)
    {
        supportedTypes = Natives.Contains(Nullable.GetUnderlyingType(type) ?? type) ? null : VectorTypes;
        return supportedTypes is null;
    }

    protected override void ValidateKeyProperty(KeyPropertyModel keyProperty)
    {
        base.ValidateKeyProperty(keyProperty);
        if (DataType.FindKey(keyProperty.Type) is null)
            throw new NotSupportedException($"Property '{keyProperty.ModelName}' has type '{keyProperty.Type.Name}'; keys may be "
                + $"{DataType.SupportedKeys}.");
    }

    protected override void ValidateProperty(PropertyModel propertyModel, VectorStoreCollectionDefinition? definition)
    {
        base.ValidateProperty(propertyModel, definition);
        switch (propertyModel)
        {
            case VectorPropertyModel vector:
                VectorSpace.Check(vector.ModelName, vector.DistanceFunction, vector.IndexKind);
                break;
            case DataPropertyModel { IsFullTextIndexed: true } text when text.Type != typeof(string):
                throw new NotSupportedException($"Property '{text.ModelName}' has type '{text.Type.Name}'; only string properties can be "
                    + $"full-text indexed.");
        }
    }
}
