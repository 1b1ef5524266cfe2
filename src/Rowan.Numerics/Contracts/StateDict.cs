using System.Collections;
using Rowan.Numerics;

namespace Rowan;

/// <summary>Arrays by name, in order: the state of a module or an optimizer, or the contents of a file.</summary>
public sealed class StateDict : IReadOnlyCollection<StateEntry>
{
    readonly List<StateEntry> _entries = [];
    readonly Dictionary<string, StateEntry> _byName = new(StringComparer.Ordinal);

    /// <param name="entries">The arrays, each name once.</param>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    public StateDict(params IEnumerable<StateEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        foreach (StateEntry entry in entries)
        {
            Require.That(_byName.TryAdd(entry.Name, entry), $"StateDict: two arrays are called '{entry.Name}'", nameof(entries));
            _entries.Add(entry);
        }
    }

    /// <summary>How many arrays there are.</summary>
    public int Count => _entries.Count;

    /// <summary>The names, in order.</summary>
    public IEnumerable<string> Names => _entries.Select(entry => entry.Name);

    /// <summary>What a file has beside its arrays, or in types that are not read, by name, each with the reason.</summary>
    public IReadOnlyDictionary<string, string> LeftOut { get; init; } = new Dictionary<string, string>();

    /// <summary>The array of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those there are.</exception>
    public StateEntry this[string name] => _byName.TryGetValue(name, out StateEntry? entry) ? entry
        : LeftOut.TryGetValue(name, out string? reason) ? throw new KeyNotFoundException($"'{name}' is in the file, and was left out: "
            + $"{reason}")
        : throw new KeyNotFoundException($"no array is called '{name}'; there are "
            + $"{string.Join(", ", Names.Take(10))}{(Count > 10 ? " …" : "")}");

    /// <summary>Whether there is an array of this name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>
    /// The arrays under other names: to load what another program called otherwise. A rule that returns null leaves an array out.
    /// </summary>
    public StateDict Rename(Func<string, string?> rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return new(_entries.Select(entry => (entry, name: rule(entry.Name))).Where(pair => pair.name is not null)
            .Select(pair => pair.entry.Named(pair.name!)));
    }

    /// <summary>The arrays, in order.</summary>
    public IEnumerator<StateEntry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
