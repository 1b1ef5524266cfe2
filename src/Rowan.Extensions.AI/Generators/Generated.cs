using Microsoft.Extensions.AI;
using Rowan.Numerics;

namespace Rowan.Extensions.AI;

/// <summary>What all generators have in common.</summary>
static class Generated
{
    /// <summary>Rows as embeddings.</summary>
    public static GeneratedEmbeddings<Embedding<float>> Of(float[] rows, int count, EmbeddingGeneratorMetadata metadata)
    {
        int dim = metadata.DefaultModelDimensions!.Value;
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return new GeneratedEmbeddings<Embedding<float>>(Enumerable.Range(0, count).Select(i =>
            new Embedding<float>(rows.AsMemory(i * dim, dim)) { CreatedAt = now, ModelId = metadata.DefaultModelId }));
    }

    /// <summary>Refuses options that ask for something else.</summary>
    public static void CheckOptions(EmbeddingGenerationOptions? options, EmbeddingGeneratorMetadata metadata)
    {
        Require.That(options?.Dimensions is null || options.Dimensions == metadata.DefaultModelDimensions,
            $"GenerateAsync: {options?.Dimensions} dimensions; the vectors have {metadata.DefaultModelDimensions}", nameof(options));
        Require.That(options?.ModelId is null || options.ModelId == metadata.DefaultModelId,
            $"GenerateAsync: model '{options?.ModelId}'; the generator is '{metadata.DefaultModelId}'", nameof(options));
    }

    /// <summary>The generator or its metadata, as <see cref="IEmbeddingGenerator.GetService"/> asks for them.</summary>
    public static object? Service(IEmbeddingGenerator generator, EmbeddingGeneratorMetadata metadata, Type serviceType, object? serviceKey)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null : serviceType == typeof(EmbeddingGeneratorMetadata) ? metadata
            : serviceType.IsInstanceOfType(generator) ? generator : null;
    }
}
