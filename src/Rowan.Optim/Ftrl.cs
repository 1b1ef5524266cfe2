using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// FTRL-Proximal: a learning rate each weight, and weights of exactly 0 by an L1 penalty; for sparse linear models. See
/// <see cref="FtrlRule"/> for the formula.
/// </summary>
/// <remarks>
/// Defaults: learning rate 10⁻², β 1, everything else 0. It needs a learning rate above 0. A weight whose gradient is 0 is not moved, in
/// dense parameters too.
/// </remarks>
public sealed class Ftrl : LaneOptimizer<FtrlRule>
{
    /// <inheritdoc/>
    public Ftrl(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-2f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Ftrl(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Ftrl(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Keeps the first steps short.</summary>
    public float Beta { get; set => field = Checked.NotNegative(value, nameof(Beta)); } = 1;

    /// <summary>Penalty λ₁: weights whose sum of gradients stays below it are 0.</summary>
    public float L1 { get; set => field = Checked.NotNegative(value, nameof(L1)); }

    /// <summary>Penalty λ₂.</summary>
    public float L2 { get; set => field = Checked.NotNegative(value, nameof(L2)); }

    /// <summary>What the sum of squares starts from; fixed before the first step.</summary>
    public float InitialAccumulator { get; init => field = Checked.NotNegative(value, nameof(InitialAccumulator)); }

    private protected override FtrlRule Rule => new(Checked.Positive(LearningRate, nameof(LearningRate)), Beta, L1, L2, InitialAccumulator);
}
