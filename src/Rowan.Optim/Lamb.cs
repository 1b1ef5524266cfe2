using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// LAMB: a step in Adam's direction, scaled to the norm of the weights; for very large batches. See <see cref="LambRule"/> for the
/// formula.
/// </summary>
/// <remarks>
/// Defaults are the paper's: learning rate 10⁻³, β 0.9 and 0.999, ε 10⁻⁶, no weight decay. In exact mode a row replays every step in which
/// it had no gradient.
/// </remarks>
public sealed class Lamb : LaneOptimizer<LambRule>
{
    /// <inheritdoc/>
    public Lamb(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-3f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Lamb(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Lamb(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Decay β₁ of the mean of the gradients.</summary>
    public float Beta1 { get; set => field = Checked.BelowOne(value, nameof(Beta1)); } = 0.9f;

    /// <summary>Decay β₂ of the mean of their squares.</summary>
    public float Beta2 { get; set => field = Checked.BelowOne(value, nameof(Beta2)); } = 0.999f;

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-6f;

    /// <summary>Weight decay λ, part of the step that is scaled.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    /// <summary>Take the norms row by row in dense matrices too, as in tables. Fixed before the first step.</summary>
    public bool ByRow { get; init; }

    private protected override LambRule Rule => new(LearningRate, Beta1, Beta2, Epsilon, WeightDecay);

    private protected override LambRule RuleFor(LambRule rule, ILearnable learnable) =>
        rule with { WholeParameter = !ByRow && learnable is not Table };
}
