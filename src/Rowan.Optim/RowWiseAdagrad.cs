using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Adagrad with one state value a row: what large tables are trained with. See <see cref="RowWiseAdagradRule"/> for the formula.
/// </summary>
/// <remarks>Defaults are FBGEMM's: learning rate 10⁻², ε 10⁻⁸, everything else 0. A vector, such as a bias, is one row.</remarks>
public sealed class RowWiseAdagrad : LaneOptimizer<RowWiseAdagradRule>
{
    /// <inheritdoc/>
    public RowWiseAdagrad(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-2f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public RowWiseAdagrad(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public RowWiseAdagrad(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Weight decay λ: an L2 penalty, added to the gradient.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    /// <summary>What the sum of squares starts from.</summary>
    public float InitialAccumulator { get; init => field = Checked.NotNegative(value, nameof(InitialAccumulator)); }

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-8f;

    private protected override RowWiseAdagradRule Rule => new(LearningRate, WeightDecay, InitialAccumulator, Epsilon);
}
