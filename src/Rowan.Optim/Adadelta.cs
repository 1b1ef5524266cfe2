using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Adadelta: steps as large as the last ones were, over gradients as large as the last ones were; no rate has to be found. See
/// <see cref="AdadeltaRule"/> for the formula.
/// </summary>
/// <remarks>
/// Defaults are PyTorch's <c>Adadelta</c>: learning rate 1, ρ 0.9, ε 10⁻⁶, no weight decay. Zeiler (2012) and Kim (2014) take ρ = 0.95.
/// </remarks>
public sealed class Adadelta : LaneOptimizer<AdadeltaRule>
{
    /// <inheritdoc/>
    public Adadelta(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Adadelta(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Adadelta(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Decay ρ of both running means.</summary>
    public float Rho { get; set => field = Checked.BelowOne(value, nameof(Rho)); } = 0.9f;

    /// <summary>Keeps the divisor away from 0, and the first steps too: they are about √ε.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-6f;

    /// <summary>Weight decay λ: an L2 penalty, added to the gradient.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    private protected override AdadeltaRule Rule => new(LearningRate, Rho, Epsilon, WeightDecay);
}
