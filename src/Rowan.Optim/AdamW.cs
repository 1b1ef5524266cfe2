using Rowan.Numerics;

namespace Rowan;

/// <summary>Adam with weight decay that stands apart from the gradient. See <see cref="AdamRule"/> for the formula.</summary>
/// <remarks>
/// Defaults are PyTorch's <c>AdamW</c>: weight decay 10⁻², the rest as <see cref="Adam"/>. With <see cref="RowUpdates.Exact"/> the decay
/// reaches rows of a table that were not looked up, as it does in a dense matrix.
/// </remarks>
public sealed class AdamW : LaneOptimizer<AdamRule>
{
    /// <inheritdoc/>
    public AdamW(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-3f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <param name="weightDecay">Weight decay λ.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public AdamW(IEnumerable<ILearnable> learnables, float learningRate, float weightDecay = 1e-2f)
        : this(learnables) => (LearningRate, WeightDecay) = (learningRate, weightDecay);

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public AdamW(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Decay β₁ of the mean of the gradients.</summary>
    public float Beta1 { get; set => field = Checked.BelowOne(value, nameof(Beta1)); } = 0.9f;

    /// <summary>Decay β₂ of the mean of their squares.</summary>
    public float Beta2 { get; set => field = Checked.BelowOne(value, nameof(Beta2)); } = 0.999f;

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-8f;

    /// <summary>Weight decay λ: each step first shrinks the weights by η·λ.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); } = 1e-2f;

    /// <summary>
    /// Divide by the root of the largest mean of squares so far, which never falls. (Reddi, Kale, Kumar 2018.) Fixed before the first
    /// step.
    /// </summary>
    public bool AmsGrad { get; init; }

    private protected override AdamRule Rule => new(LearningRate, Beta1, Beta2, Epsilon, WeightDecay, Decoupled: true, AmsGrad);
}
