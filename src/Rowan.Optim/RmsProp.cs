using Rowan.Numerics;

namespace Rowan;

/// <summary>RMSprop: gradients over the root of a running mean of their squares. See <see cref="RmsPropRule"/> for the formula.</summary>
/// <remarks>Defaults are PyTorch's <c>RMSprop</c>: learning rate 10⁻², α 0.99, ε 10⁻⁸, everything else 0.</remarks>
public sealed class RmsProp : LaneOptimizer<RmsPropRule>
{
    /// <inheritdoc/>
    public RmsProp(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-2f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public RmsProp(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public RmsProp(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Decay α of the mean of squares.</summary>
    public float Alpha { get; set => field = Checked.BelowOne(value, nameof(Alpha)); } = 0.99f;

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-8f;

    /// <summary>Weight decay λ: an L2 penalty, added to the gradient.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    /// <summary>Momentum μ; fixed before the first step.</summary>
    public float Momentum { get; init => field = Checked.NotNegative(value, nameof(Momentum)); }

    /// <summary>Take the mean gradient off: divide by the standard deviation. Fixed before the first step.</summary>
    public bool Centered { get; init; }

    private protected override RmsPropRule Rule => new(LearningRate, Alpha, Epsilon, WeightDecay, Momentum, Centered);
}
