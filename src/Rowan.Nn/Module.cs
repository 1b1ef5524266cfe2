using System.Diagnostics.CodeAnalysis;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// Something with parameters that computes. Declaring a public property of type <see cref="Parameter"/>, <see cref="Table"/>,
/// <see cref="Buffer"/>, <see cref="Module"/>, or of a list or dictionary of them makes it a part: there is nothing to register.
/// </summary>
/// <remarks>
/// Parts are found on request, in order of declaration, and named by their path in snake case ("layers.0.weight", PyTorch's
/// spelling). A part that no public property shows would silently not train: wherever it is kept (a field, a base class, a tuple, a
/// collection, a class of your own), it is refused with the remedy.
/// </remarks>
[DynamicallyAccessedMembers(
    DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.NonPublicFields
    | DynamicallyAccessedMemberTypes.PublicFields)]
public abstract partial class Module
{
    object[] _lastChecked = [];

    /// <summary>Whether the module is in training (dropout drops, batch statistics are taken) or in evaluation.</summary>
    public bool Training { get; private set; } = true;

    /// <summary>All parameters and tables, each once; a module's own come before those of its parts, as in PyTorch.</summary>
    /// <exception cref="InvalidOperationException">A part is kept where no public property shows it.</exception>
    public IEnumerable<ILearnable> Parameters() =>
        NamedParameters().Select(named => named.Learnable).Distinct<ILearnable>(ReferenceEqualityComparer.Instance);

    /// <summary>All parameters and tables by path; one that is tied to another part appears under each of its names.</summary>
    /// <exception cref="InvalidOperationException">A part is kept where no public property shows it.</exception>
    public IEnumerable<(string Name, ILearnable Learnable)> NamedParameters() =>
        CheckedTree().Where(named => named.Part is ILearnable).Select(named => (named.Name, (ILearnable)named.Part));

    /// <summary>All modules within this one by path, each before its parts.</summary>
    /// <exception cref="InvalidOperationException">A part is kept where no public property shows it.</exception>
    public IEnumerable<(string Name, Module Module)> NamedModules() =>
        CheckedTree().Where(named => named.Part is Module).Select(named => (named.Name, (Module)named.Part));

    /// <summary>Puts this module and its parts in training.</summary>
    /// <exception cref="InvalidOperationException">A part is kept where no public property shows it.</exception>
    public void Train() => SetTraining(true);

    /// <summary>
    /// Puts this module and its parts in evaluation, and applies the updates that an optimizer has deferred of rows
    /// (<see cref="ILearnable.ApplyDeferredUpdates"/>), so that reading computes nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">A part is kept where no public property shows it.</exception>
    public void Eval() => SetTraining(false);

    /// <summary>Forgets the gradients of all parameters.</summary>
    public void ZeroGrad()
    {
        foreach ((_, object part) in OftenReadTree())
            if (part is ILearnable learnable) learnable.ZeroGrad();
    }

    /// <summary>Freezes (or thaws) all parameters: frozen ones receive no gradient and are not moved.</summary>
    public void Freeze(bool frozen = true)
    {
        foreach (ILearnable learnable in Parameters()) learnable.Frozen = frozen;
    }

    void SetTraining(bool training)
    {
        Training = training;
        foreach ((_, object part) in OftenReadTree())
        {
            if (part is Module module) module.Training = training;
            if (part is ILearnable learnable && !training) learnable.ApplyDeferredUpdates();
        }
    }

    /// <summary>Parameters, tables and buffers by path: a module's own first, then those of its parts.</summary>
    internal IEnumerable<(string Name, object Part)> Saved() => CheckedTree().Where(named => named.Part is not Module);

    /// <summary>Everything within this module by path, after making sure that nothing is hidden.</summary>
    List<(string Name, object Part)> CheckedTree()
    {
        List<(string Name, object Part)> tree = Tree();
        Check(tree);
        return tree;
    }

    /// <summary>The same for what a loop calls at every step: nothing is checked again as long as the parts stay the same.</summary>
    List<(string Name, object Part)> OftenReadTree()
    {
        List<(string Name, object Part)> tree = Tree();
        bool same = tree.Count == _lastChecked.Length;
        for (int i = 0; same && i < tree.Count; i++) same = ReferenceEquals(tree[i].Part, _lastChecked[i]);
        if (!same || tree.Count == 0) Check(tree);
        return tree;
    }

    void Check(List<(string Name, object Part)> tree)
    {
        HiddenParts.Refuse(this, tree, Tree());
        _lastChecked = [.. tree.Select(named => named.Part)];
    }
}

/// <summary>A module that computes one thing from one thing: what <see cref="Sequential"/> strings together.</summary>
public abstract class Module<TInput, TOutput> : Module
{
    /// <summary>Computes the output.</summary>
    public abstract TOutput Forward(TInput input);
}
