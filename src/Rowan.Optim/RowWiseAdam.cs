using Rowan.Numerics;

namespace Rowan;

/// <summary>Adam with one mean of squares per row. See <see cref="RowWiseAdamRule"/> for the formula.</summary>
/// <remarks>
/// Defaults are those of <see cref="Adam"/>; the weight decay is decoupled, as in FBGEMM. A vector, such as a bias, is one row. In exact
/// mode a row replays every step in which it had no gradient.
/// </remarks>
public sealed class RowWiseAdam : LaneOptimizer<RowWiseAdamRule>
{
    /// <inheritdoc/>
    public RowWiseAdam(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-3f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public RowWiseAdam(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public RowWiseAdam(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Decay β₁ of the mean of the gradients.</summary>
    public float Beta1 { get; set => field = Checked.BelowOne(value, nameof(Beta1)); } = 0.9f;

    /// <summary>Decay β₂ of the mean of their squares.</summary>
    public float Beta2 { get; set => field = Checked.BelowOne(value, nameof(Beta2)); } = 0.999f;

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-8f;

    /// <summary>Weight decay λ: each step first shrinks the weights by η·λ.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    private protected override RowWiseAdamRule Rule => new(LearningRate, Beta1, Beta2, Epsilon, WeightDecay);
}
