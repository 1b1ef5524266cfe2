using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Several optimizers as one: parameter groups, each with its own learning rate, weight decay, or even another rule — tables by row-wise
/// Adagrad, the rest by AdamW.
/// </summary>
/// <remarks>
/// Each group steps by its own settings; <see cref="Optimizer.LearningRate"/> and <see cref="Optimizer.Maximize"/> of the whole have no
/// effect.
/// </remarks>
public sealed class OptimizerGroup : Optimizer
{
    readonly Optimizer[] _groups;

    /// <param name="groups">The optimizers, in the order in which they step.</param>
    /// <exception cref="ArgumentException">There are none, or two move the same learnable.</exception>
    public OptimizerGroup(params IEnumerable<Optimizer> groups) : this((Optimizer[])[.. groups]) { }

    OptimizerGroup(Optimizer[] groups) : base(Learned(groups)) => _groups = groups;

    /// <inheritdoc/>
    public override IReadOnlyList<Optimizer> Groups => _groups;

    /// <inheritdoc/>
    public override void Step()
    {
        foreach (Optimizer group in _groups) group.Step();
    }

    internal override IEnumerable<StateEntry> State(string prefix) => _groups.SelectMany((group, i) => group.State($"{prefix}groups.{i}."));

    internal override IEnumerable<string> Faults(StateDict state, string prefix) =>
        _groups.SelectMany((group, i) => group.Faults(state, $"{prefix}groups.{i}."));

    internal override void Load(StateDict state, string prefix)
    {
        for (int i = 0; i < _groups.Length; i++) _groups[i].Load(state, $"{prefix}groups.{i}.");
    }

    static IEnumerable<ILearnable> Learned(Optimizer[] groups)
    {
        ILearnable[] all = [.. groups.SelectMany(group => group.Learnables)];
        Require.That(all.Distinct<ILearnable>(ReferenceEqualityComparer.Instance).Count() == all.Length,
            $"OptimizerGroup: a learnable is in two groups, and would be moved twice; give each to one", nameof(groups));
        return all;
    }
}
