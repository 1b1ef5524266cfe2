using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>Modules by name, as one part, in the order in which they were added. A public property of any dictionary of modules does the
/// same.</summary>
/// <example><code>public ModuleDict&lt;Embedding&gt; Columns { get; } = new() { ["user"] = new(1_000, 16), ["item"] = new(5_000, 16)
/// };</code></example>
public sealed class ModuleDict<T> : NamedModules<T> where T : Module
{
    /// <summary>None yet.</summary>
    public ModuleDict() { }

    /// <param name="modules">The modules to begin with.</param>
    /// <exception cref="ArgumentException">A name occurs twice, is empty or contains a dot.</exception>
    public ModuleDict(IEnumerable<KeyValuePair<string, T>> modules) : base(modules) { }
}

/// <summary>Modules of any kind by name, as one part. <see cref="ModuleDict{T}"/> holds modules of one kind, which need no cast.</summary>
public sealed class ModuleDict : NamedModules<Module>
{
    /// <summary>None yet.</summary>
    public ModuleDict() { }

    /// <param name="modules">The modules to begin with.</param>
    /// <exception cref="ArgumentException">A name occurs twice, is empty or contains a dot.</exception>
    public ModuleDict(IEnumerable<KeyValuePair<string, Module>> modules) : base(modules) { }
}

/// <summary>What both kinds of dictionaries of modules share.</summary>
public abstract class NamedModules<T> : Module, IReadOnlyDictionary<string, T> where T : Module
{
    readonly OrderedDictionary<string, T> _modules = new(StringComparer.Ordinal);

    private protected NamedModules() { }

    private protected NamedModules(IEnumerable<KeyValuePair<string, T>> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        foreach ((string name, T module) in modules) Add(name, module);
    }

    /// <summary>How many modules there are.</summary>
    public int Count => _modules.Count;

    /// <summary>The names, in order.</summary>
    public IEnumerable<string> Keys => _modules.Keys;

    /// <summary>The modules, in order.</summary>
    public IEnumerable<T> Values => _modules.Values;

    /// <summary>The module of a name. Setting one that is there replaces it.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those there are.</exception>
    /// <exception cref="ArgumentException">The name is empty or contains a dot.</exception>
    public T this[string key]
    {
        get => _modules.TryGetValue(key, out T? module) ? module
            : throw new KeyNotFoundException($"ModuleDict: there is no module '{key}'; there are {string.Join(", ", _modules.Keys)}");
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _modules[ModuleNames.Key(key, nameof(ModuleDict))] = value;
        }
    }

    /// <summary>Adds a module at the end.</summary>
    /// <exception cref="ArgumentException">There is one of this name, or the name is empty or contains a dot.</exception>
    public void Add(string key, T module)
    {
        ArgumentNullException.ThrowIfNull(module);
        Require.That(_modules.TryAdd(ModuleNames.Key(key, nameof(ModuleDict)), module),
            $"ModuleDict: there is a module '{key}' already; set it by its name to replace it", nameof(key));
    }

    /// <summary>Removes the module of a name; false where there is none.</summary>
    public bool Remove(string key) => _modules.Remove(key);

    /// <summary>Whether there is a module of this name.</summary>
    public bool ContainsKey(string key) => _modules.ContainsKey(key);

    /// <summary>The module of a name, if there is one.</summary>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => _modules.TryGetValue(key, out value);

    /// <summary>The modules by name, in order.</summary>
    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => _modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private protected override IEnumerable<(string Name, object Part)> Parts() => _modules.Select(pair => (pair.Key, (object)pair.Value));
}

static class ModuleNames
{
    /// <summary>A key that can be part of a path.</summary>
    /// <exception cref="ArgumentException">The key is empty or contains a dot.</exception>
    public static string Key(string? key, string holder)
    {
        Require.That(key is { Length: > 0 } && !key.Contains('.', StringComparison.Ordinal),
            $"{holder}: '{key}' can't name a part; names are not empty and have no dots, which separate the names of a path", nameof(key));
        return key;
    }
}
