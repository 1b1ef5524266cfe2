using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// PyTorch's <c>SparseAdam</c>: Adam that moves the rows looked up and no other. See <see cref="SparseAdamRule"/> for the formula.
/// </summary>
/// <remarks>
/// <see cref="Optimizer{TRule}.Rows"/> is lazy from the start. It differs from a lazy <see cref="Adam"/> in where ε stands. Dense
/// parameters, which PyTorch refuses here, move by the same rule.
/// </remarks>
public sealed class SparseAdam : LaneOptimizer<SparseAdamRule>
{
    /// <inheritdoc/>
    public SparseAdam(params IEnumerable<ILearnable> learnables) : base(learnables) => (LearningRate, Rows) = (1e-3f, RowUpdates.Lazy);

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public SparseAdam(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public SparseAdam(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Decay β₁ of the mean of the gradients.</summary>
    public float Beta1 { get; set => field = Checked.BelowOne(value, nameof(Beta1)); } = 0.9f;

    /// <summary>Decay β₂ of the mean of their squares.</summary>
    public float Beta2 { get; set => field = Checked.BelowOne(value, nameof(Beta2)); } = 0.999f;

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-8f;

    private protected override SparseAdamRule Rule => new(LearningRate, Beta1, Beta2, Epsilon);
}
