using System.Collections;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>Modules one after another:  y = fₙ(… f₂(f₁(x))).  Parts are named by their number: "0.weight", "2.bias".</summary>
/// <remarks>
/// The first may be an embedding, or another module that takes ids; then the whole takes ids. Other inputs:
/// <see cref="Sequential{TInput}"/>.
/// </remarks>
public sealed class Sequential : Module<Tensor, Tensor>, IReadOnlyList<Module<Tensor, Tensor>>
{
    readonly Module<Indices, Tensor>? _first;
    readonly Module<Tensor, Tensor>[] _modules;

    /// <param name="modules">The modules, first to last; none gives x itself.</param>
    public Sequential(params IEnumerable<Module<Tensor, Tensor>> modules) => _modules = [.. modules];

    /// <param name="first">What takes the ids.</param>
    /// <param name="rest">What follows, first to last.</param>
    public Sequential(Module<Indices, Tensor> first, params IEnumerable<Module<Tensor, Tensor>> rest)
    {
        ArgumentNullException.ThrowIfNull(first);
        (_first, _modules) = (first, [.. rest]);
    }

    /// <summary>How many modules there are.</summary>
    public int Count => _modules.Length + (_first is null ? 0 : 1);

    /// <summary>All modules, first to last, whatever the first takes.</summary>
    public IReadOnlyList<Module> Modules => _first is null ? _modules : [_first, .. _modules];

    /// <summary>The module of a number.</summary>
    /// <exception cref="InvalidOperationException">It is the first, and takes ids: <see cref="Modules"/> has it.</exception>
    public Module<Tensor, Tensor> this[int index] => TakingTensors(index);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The first module takes ids.</exception>
    public override Tensor Forward(Tensor input)
    {
        Require.State(_first is null,
            $"Sequential: a tensor was given, and {_first?.GetType().Name}, the first module, takes ids; give Indices, or an array "
            + $"of int or long");
        return Rest(input);
    }

    /// <summary>Computes the output from ids.</summary>
    /// <exception cref="InvalidOperationException">The first module takes a tensor.</exception>
    public Tensor Forward(Indices input)
    {
        Require.State(_first is not null,
            $"Sequential: ids were given, and the first module takes a tensor; begin with an Embedding, or give a tensor");
        return Rest(_first.Forward(input));
    }

    /// <summary>The modules, first to last.</summary>
    /// <exception cref="InvalidOperationException">The first takes ids: <see cref="Modules"/> has it.</exception>
    public IEnumerator<Module<Tensor, Tensor>> GetEnumerator() => Enumerable.Range(0, Count).Select(TakingTensors).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private protected override IEnumerable<(string Name, object Part)> Parts() => ModuleList<Module>.Numbered(Modules);

    Module<Tensor, Tensor> TakingTensors(int index)
    {
        Require.State(_first is null || index > 0,
            $"Sequential: the first module, {_first?.GetType().Name}, takes ids, not a tensor; read it from Modules");
        return _modules[index - (_first is null ? 0 : 1)];
    }

    Tensor Rest(Tensor x)
    {
        foreach (Module<Tensor, Tensor> module in _modules) x = module.Forward(x);
        return x;
    }
}

/// <summary>
/// A <see cref="Sequential"/> that begins with something else than a tensor, ids for an embedding: y = fₙ(… f₂(f₁(ids))).
/// </summary>
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
