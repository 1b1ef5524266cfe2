using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.VectorData;

namespace Rowan.Extensions.AI;

/// <summary>Registers Rowan's vector store and generators.</summary>
/// <remarks>
/// The records of a store in memory belong to the service provider and the key of the service: stores and collections of any lifetime
/// share them. A generator that is registered as <see cref="IEmbeddingGenerator"/>, or for texts, is used where the options give none.
/// </remarks>
public static class RowanServiceCollectionExtensions
{
    const string Reflection = "Records are read by reflection; under Native AOT or with trimming register the store and call GetCollection "
        + "with a RecordMapper.";

    /// <summary>Registers a store as <see cref="RowanVectorStore"/> and <see cref="VectorStore"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">Settings; null for a store in memory.</param>
    /// <param name="lifetime">How long an instance is used.</param>
    public static IServiceCollection AddRowanVectorStore(this IServiceCollection services, RowanVectorStoreOptions? options = null,
        ServiceLifetime lifetime = ServiceLifetime.Singleton) => services.AddKeyedRowanVectorStore(null, options, lifetime);

    /// <summary>The same as <see cref="AddRowanVectorStore"/>, under a key.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key; null for none.</param>
    /// <param name="options">Settings; null for a store in memory.</param>
    /// <param name="lifetime">How long an instance is used.</param>
    public static IServiceCollection AddKeyedRowanVectorStore(this IServiceCollection services, object? serviceKey,
        RowanVectorStoreOptions? options = null, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddMemory(services, serviceKey);
        services.Add(new ServiceDescriptor(typeof(RowanVectorStore), serviceKey,
            (provider, _) => StoreOf(provider, serviceKey, options), lifetime));
        services.Add(new ServiceDescriptor(typeof(VectorStore), serviceKey,
            (provider, _) => provider.GetRequiredKeyedService<RowanVectorStore>(serviceKey), lifetime));
        return services;
    }

    /// <summary>
    /// Registers a collection as <see cref="RowanCollection{TKey, TRecord}"/>, <see cref="VectorStoreCollection{TKey, TRecord}"/>,
    /// <see cref="IVectorSearchable{TRecord}"/> and <see cref="IKeywordHybridSearchable{TRecord}"/>.
    /// </summary>
    /// <typeparam name="TKey">The type of the key.</typeparam>
    /// <typeparam name="TRecord">The type of the records.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the collection.</param>
    /// <param name="definition">Its properties; null for those that the attributes of the records say.</param>
    /// <param name="options">Settings of its store; null for one in memory.</param>
    /// <param name="lifetime">How long an instance is used.</param>
    [RequiresDynamicCode(Reflection)]
    [RequiresUnreferencedCode(Reflection)]
    public static IServiceCollection AddRowanCollection<TKey, TRecord>(this IServiceCollection services, string name,
        VectorStoreCollectionDefinition? definition = null, RowanVectorStoreOptions? options = null,
        ServiceLifetime lifetime = ServiceLifetime.Singleton) where TKey : notnull where TRecord : class =>
        services.AddKeyedRowanCollection<TKey, TRecord>(null, name, definition, options, lifetime);

    /// <summary>The same as <see cref="AddRowanCollection{TKey, TRecord}"/>, under a key.</summary>
    /// <typeparam name="TKey">The type of the key.</typeparam>
    /// <typeparam name="TRecord">The type of the records.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key; null for none.</param>
    /// <param name="name">The name of the collection.</param>
    /// <param name="definition">Its properties; null for those that the attributes of the records say.</param>
    /// <param name="options">Settings; null for a store in memory.</param>
    /// <param name="lifetime">How long an instance is used.</param>
    [RequiresDynamicCode(Reflection)]
    [RequiresUnreferencedCode(Reflection)]
    public static IServiceCollection AddKeyedRowanCollection<TKey,
    TRecord>(this IServiceCollection services, object? serviceKey, string name,
        VectorStoreCollectionDefinition? definition = null, RowanVectorStoreOptions? options = null,
        ServiceLifetime lifetime = ServiceLifetime.Singleton) where TKey : notnull where TRecord : class
    {
        ArgumentNullException.ThrowIfNull(services);
        RowanVectorStore.CheckName(name);
        AddMemory(services, serviceKey);
        services.Add(new ServiceDescriptor(typeof(RowanCollection<TKey, TRecord>), serviceKey, (provider, _) =>
        {
            RowanVectorStore store = StoreOf(provider, serviceKey, options);
            return store.Collection<TKey, TRecord>(name, definition, owned: store);
        }, lifetime));
        foreach (Type type in (Type[])[typeof(VectorStoreCollection<TKey, TRecord>), typeof(IVectorSearchable<TRecord>),
            typeof(IKeywordHybridSearchable<TRecord>)])
            services.Add(new ServiceDescriptor(type, serviceKey,
                (provider, _) => provider.GetRequiredKeyedService<RowanCollection<TKey, TRecord>>(serviceKey), lifetime));
        return services;
    }

    /// <summary>Registers a generator of texts that is opened when it is first asked for.</summary>
    /// <param name="services">The services.</param>
    /// <param name="path">What <see cref="TextEmbeddingGenerator.Open"/> opens: a run, a static encoder, or a file of word vectors.</param>
    /// <param name="lifetime">How long an instance is used.</param>
    public static IServiceCollection AddRowanEmbeddingGenerator(this IServiceCollection services, string path,
        ServiceLifetime lifetime = ServiceLifetime.Singleton) => services.AddKeyedRowanEmbeddingGenerator(null, path, lifetime);

    /// <summary>The same as <see cref="AddRowanEmbeddingGenerator"/>, under a key.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key; null for none.</param>
    /// <param name="path">What <see cref="TextEmbeddingGenerator.Open"/> opens.</param>
    /// <param name="lifetime">How long an instance is used.</param>
    public static IServiceCollection AddKeyedRowanEmbeddingGenerator(this IServiceCollection services, object? serviceKey, string path,
        ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(path);
        services.Add(new ServiceDescriptor(typeof(IEmbeddingGenerator<string, Embedding<float>>), serviceKey,
            (_, _) => TextEmbeddingGenerator.Open(path), lifetime));
        services.Add(new ServiceDescriptor(typeof(IEmbeddingGenerator), serviceKey,
            (provider, _) => provider.GetRequiredKeyedService<IEmbeddingGenerator<string, Embedding<float>>>(serviceKey), lifetime));
        return services;
    }

    static void AddMemory(IServiceCollection services, object? serviceKey) =>
        services.TryAdd(new ServiceDescriptor(typeof(MemoryOf), serviceKey, (_, _) => new MemoryOf(StoreData.InMemory()),
            ServiceLifetime.Singleton));

    static RowanVectorStore StoreOf(IServiceProvider provider, object? serviceKey, RowanVectorStoreOptions? options)
    {
        options ??= new RowanVectorStoreOptions();
        if (options.EmbeddingGenerator is null)
        {
            // One under the same key first, then one for all.
            IEmbeddingGenerator? generator = (serviceKey is null ? null : provider.GetKeyedService<IEmbeddingGenerator>(serviceKey)
                ?? provider.GetKeyedService<IEmbeddingGenerator<string, Embedding<float>>>(serviceKey))
                ?? provider.GetService<IEmbeddingGenerator>() ?? provider.GetService<IEmbeddingGenerator<string, Embedding<float>>>();
            options = options with { EmbeddingGenerator = generator };
        }
        return options.Folder is null
            ? new RowanVectorStore(options, provider.GetRequiredKeyedService<MemoryOf>(serviceKey).Data, owns: false)
            : new RowanVectorStore(options);
    }

    sealed record MemoryOf(StoreData Data);
}
