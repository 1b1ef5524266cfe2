using System.Numerics;
using Rowan.Nn;

namespace Rowan.Training;

/// <summary>A training job made of a module, an optimizer and a loss.</summary>
public abstract class ModuleJob : ITrainingJob
{
    readonly float[] _rates;
    readonly bool _ownLayers;
    readonly (Table Table, ulong[] Touched)[] _tables;

    /// <param name="model">The model.</param>
    /// <param name="optimizer">The optimizer; its learning rates are those at factor 1 of the schedule.</param>
    /// <param name="layers">A generator to set for each step, for what the model draws beside its layers; null for one of the job's
    /// own.</param>
    /// <remarks>
    /// Every part of the model that draws (<see cref="IRandomModule"/>) is given the generator, whichever it was made with: it is reset
    /// for each step, so that a run that resumes drops what the uninterrupted one drops.
    /// </remarks>
    protected ModuleJob(Module model, Optimizer optimizer, Rng? layers = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        (Model, Optimizer, Layers, _ownLayers) = (model, optimizer, layers ?? new Rng(0), layers is null);
        if (model is IRandomModule whole) whole.Rng = Layers;
        foreach ((_, Module part) in model.NamedModules())
            if (part is IRandomModule drawing) drawing.Rng = Layers;
        _tables = [.. model.Parameters().OfType<Table>().Select(table => (table, new ulong[(table.Count + 63) / 64]))];
        _rates = [.. optimizer.Groups.Select(group => group.LearningRate)];
    }

    /// <summary>The model.</summary>
    public Module Model { get; }

    /// <summary>The optimizer.</summary>
    public Optimizer Optimizer { get; }

    /// <inheritdoc/>
    public abstract long Examples { get; }

    /// <inheritdoc/>
    public virtual double? RowsTouched => _tables.Length == 0
        ? null : _tables.Sum(table => table.Touched.Sum(word => (double)BitOperations.PopCount(word))) / _tables.Sum(
        table => (double)table.Table.Count);

    /// <inheritdoc/>
    public virtual double? LearningRate => _rates[0];

    Rng Layers { get; }

    /// <inheritdoc/>
    public virtual double Step(TrainingBatch batch)
    {
        // A job that gave no generator finds the step's own numbers as if there were none.
        Layers.CopyFrom((_ownLayers ? batch.Rng.Clone() : batch.Rng).Split());
        for (int group = 0; group < _rates.Length; group++) Optimizer.Groups[group].LearningRate = _rates[group] * batch.Rate;
        Model.Train();
        Optimizer.ZeroGrad();
        Tensor loss = Loss(batch);
        double value = loss.Item();
        if (!double.IsFinite(value)) return value;
        loss.Backward();
        foreach ((Table table, ulong[] touched) in _tables) table.Gradient.Mark(touched);
        if (batch.ClipNorm is { } limit) GradientClipping.ByNorm(Optimizer.Learnables, limit);
        Optimizer.Step();
        return value;
    }

    /// <summary>The mean loss of a batch, as a tensor without dimensions.</summary>
    protected abstract Tensor Loss(TrainingBatch batch);

    /// <inheritdoc/>
    public abstract IReadOnlyList<Metric> Validate(CancellationToken stop);

    /// <inheritdoc/>
    public abstract string Describe(ReadOnlySpan<long> examples);

    /// <inheritdoc/>
    public StateDict StateDict() => new([.. Prefixed("model.", Model.StateDict()), .. Prefixed("optimizer.", Optimizer.StateDict())]);

    /// <inheritdoc/>
    public void LoadStateDict(StateDict state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Optimizer.LoadStateDict(Without("optimizer.", state));
        Model.LoadStateDict(Without("model.", state));
    }

    /// <inheritdoc/>
    public StateDict Weights() => Model.StateDict();

    /// <inheritdoc/>
    public void LoadWeights(StateDict weights) => Model.LoadStateDict(weights);

    static IEnumerable<StateEntry> Prefixed(string prefix, StateDict state) => state.Rename(name => prefix + name);

    static StateDict Without(string prefix, StateDict state) =>
        state.Rename(name => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null);
}
