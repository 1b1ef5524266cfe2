using Rowan.Numerics;

namespace Rowan;

/// <summary>Adagrad with one state value a row: what large tables are trained with. See <see cref="RowWiseAdagradRule"/> for the formula.</summary>
/// <remarks>Defaults are FBGEMM's: learning rate 10⁻², ε 10⁻⁸, everything else 0. A vector, such as a bias, is one row.</remarks>
public sealed class RowWiseAdagrad : LaneOptimizer<RowWiseAdagradRule>
{
    /// <inheritdoc/>
    public RowWiseAdagrad(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-2f;

    /// <summary>Weight decay λ: an L2 penalty, added to the gradient.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    /// <summary>What the sum of squares starts from.</summary>
    public float InitialAccumulator { get; init => field = Checked.NotNegative(value, nameof(InitialAccumulator)); }

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-8f;

    private protected override RowWiseAdagradRule Rule => new(LearningRate, WeightDecay, InitialAccumulator, Epsilon);
}
