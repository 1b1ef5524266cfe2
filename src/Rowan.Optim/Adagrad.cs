using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Adagrad: each weight's step shrinks with the squares of its past gradients. See <see cref="AdagradRule"/> for the formula.
/// </summary>
/// <remarks>Defaults are PyTorch's <c>Adagrad</c>: learning rate 10⁻², ε 10⁻¹⁰, everything else 0.</remarks>
public sealed class Adagrad : LaneOptimizer<AdagradRule>
{
    /// <inheritdoc/>
    public Adagrad(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-2f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Adagrad(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Adagrad(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>How fast the learning rate falls with the steps: η/(1 + (t − 1)·γ).</summary>
    public float LearningRateDecay { get; set => field = Checked.NotNegative(value, nameof(LearningRateDecay)); }

    /// <summary>Weight decay λ: an L2 penalty, added to the gradient.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    /// <summary>What the sum of squares starts from.</summary>
    public float InitialAccumulator { get; init => field = Checked.NotNegative(value, nameof(InitialAccumulator)); }

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-10f;

    private protected override AdagradRule Rule => new(LearningRate, LearningRateDecay, WeightDecay, InitialAccumulator, Epsilon);
}
