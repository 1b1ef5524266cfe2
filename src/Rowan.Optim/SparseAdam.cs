using Rowan.Numerics;

namespace Rowan;

/// <summary>PyTorch's <c>SparseAdam</c>: Adam that moves the rows looked up and no other. See <see cref="SparseAdamRule"/> for the formula.</summary>
/// <remarks>
/// <see cref="Optimizer{TRule}.Rows"/> is lazy from the start. It differs from a lazy <see cref="Adam"/> in where ε stands. Dense parameters, which
/// PyTorch refuses here, move by the same rule.
/// </remarks>
public sealed class SparseAdam : LaneOptimizer<SparseAdamRule>
{
    /// <inheritdoc/>
    public SparseAdam(params IEnumerable<ILearnable> learnables) : base(learnables) => (LearningRate, Rows) = (1e-3f, RowUpdates.Lazy);

    /// <summary>Decay β₁ of the mean of the gradients.</summary>
    public float Beta1 { get; set => field = Checked.BelowOne(value, nameof(Beta1)); } = 0.9f;

    /// <summary>Decay β₂ of the mean of their squares.</summary>
    public float Beta2 { get; set => field = Checked.BelowOne(value, nameof(Beta2)); } = 0.999f;

    /// <summary>Keeps the divisor away from 0.</summary>
    public float Epsilon { get; set => field = Checked.NotNegative(value, nameof(Epsilon)); } = 1e-8f;

    private protected override SparseAdamRule Rule => new(LearningRate, Beta1, Beta2, Epsilon);
}
