using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Adam: steps along the mean of the gradients, scaled by the root of the mean of their squares. See <see cref="AdamRule"/> for the
/// formula.
/// </summary>
/// <remarks>
/// Defaults are PyTorch's <c>Adam</c>. With <see cref="RowUpdates.Exact"/> rows of a table move exactly as a dense Adam moves them, rows
/// that were not looked up included; with <see cref="RowUpdates.Lazy"/> only rows that were looked up move.
/// </remarks>
public sealed class Adam : LaneOptimizer<AdamRule>
{
    /// <inheritdoc/>
    public Adam(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-3f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <param name="weightDecay">Weight decay λ.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Adam(IEnumerable<ILearnable> learnables, float learningRate, float weightDecay = 0)
        : this(learnables) => (LearningRate, WeightDecay) = (learningRate, weightDecay);

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Adam(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Decay β₁ of the mean of the gradients.</summary>
    public float Beta1 { get; set => field = Checked.BelowOne(value, nameof(Beta1)); } = 0.9f;

    /// <summary>Decay β₂ of the mean of their squares.</summary>
    public float Beta2 { get; set => field = Checked.BelowOne(value, nameof(Beta2)); } = 0.999f;

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-8f;

    /// <summary>Weight decay λ: an L2 penalty, added to the gradient.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    /// <summary>
    /// Divide by the root of the largest mean of squares so far, which never falls. (Reddi, Kale, Kumar 2018.) Fixed before the first
    /// step.
    /// </summary>
    public bool AmsGrad { get; init; }

    private protected override AdamRule Rule => new(LearningRate, Beta1, Beta2, Epsilon, WeightDecay, AmsGrad: AmsGrad);
}
