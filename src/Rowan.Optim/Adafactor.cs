using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Adafactor: of a matrix it keeps the mean squares of rows and columns only, and its steps are as long as the weights. See
/// <see cref="AdafactorRule"/> for the formula.
/// </summary>
/// <remarks>
/// Defaults are PyTorch's <c>Adafactor</c>. A table is one matrix: in exact mode rows that were not looked up decay as they would in a
/// dense one, in time that follows the rows touched; only the first step reads the whole table, for the size of its weights. While rows
/// of a table are frozen the size counts them as if they decayed.
/// </remarks>
public sealed class Adafactor : Optimizer<AdafactorRule>
{
    /// <inheritdoc/>
    public Adafactor(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-2f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Adafactor(IEnumerable<ILearnable> learnables, float learningRate) : this(learnables) => LearningRate = learningRate;

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Adafactor(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>How fast the means become long: β = 1 − t^d; not positive.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is positive.</exception>
    public float Beta2Decay
    {
        get;
        set
        {
            Require.InRange(value <= 0, $"Beta2Decay: {value}; it is not positive", nameof(Beta2Decay));
            field = value;
        }
    } = -0.8f;

    /// <summary>Keeps the mean squares away from 0.</summary>
    public float Epsilon1 { get; set => field = Checked.NotNegative(value, nameof(Epsilon1)); } = 1.1920929e-7f;

    /// <summary>The smallest size of weights that steps are measured by.</summary>
    public float Epsilon2 { get; set => field = Checked.NotNegative(value, nameof(Epsilon2)); } = 1e-3f;

    /// <summary>How large the root mean square of a step may be before it is scaled down.</summary>
    public float ClipThreshold { get; set => field = Checked.Positive(value, nameof(ClipThreshold)); } = 1;

    /// <summary>Weight decay λ: each step first shrinks the weights by η·λ.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    private protected override AdafactorRule Rule => new(LearningRate, Beta2Decay, Epsilon1, Epsilon2, ClipThreshold, WeightDecay);

    private protected override IUpdater<AdafactorRule> Updater(ILearnable learnable) => learnable is IFactoredLearnable factored
        ? factored.FactoredUpdater(Rows)
        : throw new NotSupportedException($"Adafactor: {learnable.GetType().Name} is neither a parameter nor a table; use another "
            + $"optimizer for it");
}
