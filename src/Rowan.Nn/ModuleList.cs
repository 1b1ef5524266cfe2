using System.Collections;

namespace Rowan.Nn;

/// <summary>
/// Modules of any kind in a list, as one part, named by their number. <see cref="ModuleList{T}"/> holds modules of one kind, which need
/// no cast.
/// </summary>
public sealed class ModuleList : Module, IReadOnlyList<Module>
{
    readonly List<Module> _modules;

    /// <param name="modules">The modules to begin with.</param>
    public ModuleList(params IEnumerable<Module> modules) => _modules = [.. modules];

    /// <summary>How many modules there are.</summary>
    public int Count => _modules.Count;

    /// <summary>The module of a number.</summary>
    public Module this[int index] => _modules[index];

    /// <summary>Adds a module at the end.</summary>
    public void Add(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        _modules.Add(module);
    }

    /// <summary>The modules, first to last.</summary>
    public IEnumerator<Module> GetEnumerator() => _modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private protected override IEnumerable<(string Name, object Part)> Parts() => ModuleList<Module>.Numbered(_modules);
}
