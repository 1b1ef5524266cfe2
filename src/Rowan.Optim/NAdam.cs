using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// NAdam: Adam that looks ahead along its momentum, as Nesterov's method does. See <see cref="NAdamRule"/> for the formula.
/// </summary>
/// <remarks>Defaults are PyTorch's <c>NAdam</c>: learning rate 2·10⁻³, momentum decay 4·10⁻³, the rest as <see cref="Adam"/>.</remarks>
public sealed class NAdam : LaneOptimizer<NAdamRule>
{
    /// <inheritdoc/>
    public NAdam(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 2e-3f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public NAdam(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public NAdam(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Decay β₁ of the mean of the gradients.</summary>
    public float Beta1 { get; set => field = Checked.BelowOne(value, nameof(Beta1)); } = 0.9f;

    /// <summary>Decay β₂ of the mean of their squares.</summary>
    public float Beta2 { get; set => field = Checked.BelowOne(value, nameof(Beta2)); } = 0.999f;

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-8f;

    /// <summary>Weight decay λ: an L2 penalty, added to the gradient.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    /// <summary>ψ: how fast the momentum rises from half of β₁ to β₁.</summary>
    public float MomentumDecay { get; set => field = Checked.NotNegative(value, nameof(MomentumDecay)); } = 4e-3f;

    /// <summary>Shrink the weights by η·λ instead, as <see cref="AdamW"/> does.</summary>
    public bool DecoupledWeightDecay { get; init; }

    private protected override NAdamRule Rule =>
        new(LearningRate, Beta1, Beta2, Epsilon, WeightDecay, MomentumDecay, DecoupledWeightDecay);
}
