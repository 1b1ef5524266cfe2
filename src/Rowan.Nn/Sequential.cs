using System.Collections;

namespace Rowan.Nn;

/// <summary>Modules one after another:  y = fₙ(… f₂(f₁(x))).  Parts are named by their number: "0.weight", "2.bias".</summary>
public sealed class Sequential : Module<Tensor, Tensor>, IReadOnlyList<Module<Tensor, Tensor>>
{
    readonly Module<Tensor, Tensor>[] _modules;

    /// <param name="modules">The modules, first to last; none gives x itself.</param>
    public Sequential(params IEnumerable<Module<Tensor, Tensor>> modules) => _modules = [.. modules];

    /// <summary>How many modules there are.</summary>
    public int Count => _modules.Length;

    /// <summary>The module of a number.</summary>
    public Module<Tensor, Tensor> this[int index] => _modules[index];

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        foreach (Module<Tensor, Tensor> module in _modules) input = module.Forward(input);
        return input;
    }

    /// <summary>The modules, first to last.</summary>
    public IEnumerator<Module<Tensor, Tensor>> GetEnumerator() => ((IEnumerable<Module<Tensor, Tensor>>)_modules).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private protected override IEnumerable<(string Name, object Part)> Parts() => ModuleList<Module<Tensor, Tensor>>.Numbered(_modules);
}

/// <summary>A <see cref="Sequential"/> that begins with something else than a tensor, ids for an embedding:  y = fₙ(… f₂(f₁(ids))).</summary>
public sealed class Sequential<TInput> : Module<TInput, Tensor>
{
    readonly Module<TInput, Tensor> _first;
    readonly Module<Tensor, Tensor>[] _rest;

    /// <param name="first">What takes the input.</param>
    /// <param name="rest">What follows, first to last.</param>
    public Sequential(Module<TInput, Tensor> first, params IEnumerable<Module<Tensor, Tensor>> rest)
    {
        ArgumentNullException.ThrowIfNull(first);
        (_first, _rest) = (first, [.. rest]);
    }

    /// <inheritdoc/>
    public override Tensor Forward(TInput input)
    {
        Tensor y = _first.Forward(input);
        foreach (Module<Tensor, Tensor> module in _rest) y = module.Forward(y);
        return y;
    }

    private protected override IEnumerable<(string Name, object Part)> Parts() => ModuleList<Module>.Numbered([_first, .. _rest]);
}

/// <summary>Modules in a list, as one part. A public property of any list of modules does the same; this one can grow.</summary>
public sealed class ModuleList<T> : Module, IReadOnlyList<T> where T : Module
{
    readonly List<T> _modules;

    /// <param name="modules">The modules to begin with.</param>
    public ModuleList(params IEnumerable<T> modules) => _modules = [.. modules];

    /// <summary>How many modules there are.</summary>
    public int Count => _modules.Count;

    /// <summary>The module of a number.</summary>
    public T this[int index] => _modules[index];

    /// <summary>Adds a module at the end.</summary>
    public void Add(T module)
    {
        ArgumentNullException.ThrowIfNull(module);
        _modules.Add(module);
    }

    /// <summary>The modules, first to last.</summary>
    public IEnumerator<T> GetEnumerator() => _modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private protected override IEnumerable<(string Name, object Part)> Parts() => Numbered(_modules);

    internal static IEnumerable<(string Name, object Part)> Numbered(IEnumerable<T> modules) =>
        modules.Select((module, i) => (i.ToString(System.Globalization.CultureInfo.InvariantCulture), (object)module));
}
