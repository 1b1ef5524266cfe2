using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Adamax: Adam with the largest gradient so far, decayed, in place of the root of the mean square. See <see cref="AdamaxRule"/> for the
/// formula.
/// </summary>
/// <remarks>Defaults are PyTorch's <c>Adamax</c>: learning rate 2·10⁻³, the rest as <see cref="Adam"/>.</remarks>
public sealed class Adamax : LaneOptimizer<AdamaxRule>
{
    /// <inheritdoc/>
    public Adamax(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 2e-3f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Adamax(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Adamax(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Decay β₁ of the mean of the gradients.</summary>
    public float Beta1 { get; set => field = Checked.BelowOne(value, nameof(Beta1)); } = 0.9f;

    /// <summary>Decay β₂ of the largest gradient.</summary>
    public float Beta2 { get; set => field = Checked.BelowOne(value, nameof(Beta2)); } = 0.999f;

    /// <summary>Added to each gradient's magnitude; positive, because it alone divides where there was no gradient.</summary>
    public float Epsilon { get; set => field = Checked.Positive(value, nameof(Epsilon)); } = 1e-8f;

    /// <summary>Weight decay λ: an L2 penalty, added to the gradient.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    private protected override AdamaxRule Rule => new(LearningRate, Beta1, Beta2, Epsilon, WeightDecay);
}
