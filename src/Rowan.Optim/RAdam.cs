using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// RAdam: Adam that begins without dividing, until the mean of squares is long enough to be trusted. See <see cref="RAdamRule"/> for the
/// formula.
/// </summary>
/// <remarks>Defaults are PyTorch's <c>RAdam</c>: as <see cref="Adam"/>.</remarks>
public sealed class RAdam : LaneOptimizer<RAdamRule>
{
    /// <inheritdoc/>
    public RAdam(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-3f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public RAdam(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public RAdam(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Decay β₁ of the mean of the gradients.</summary>
    public float Beta1 { get; set => field = Checked.BelowOne(value, nameof(Beta1)); } = 0.9f;

    /// <summary>Decay β₂ of the mean of their squares.</summary>
    public float Beta2 { get; set => field = Checked.BelowOne(value, nameof(Beta2)); } = 0.999f;

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-8f;

    /// <summary>Weight decay λ: an L2 penalty, added to the gradient.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    /// <summary>Shrink the weights by η·λ instead, as <see cref="AdamW"/> does.</summary>
    public bool DecoupledWeightDecay { get; init; }

    private protected override RAdamRule Rule => new(LearningRate, Beta1, Beta2, Epsilon, WeightDecay, DecoupledWeightDecay);
}
