using Rowan.Numerics;

namespace Rowan;

/// <summary>Stochastic gradient descent, with momentum and weight decay where set: see <see cref="SgdRule"/> for the formula.</summary>
/// <remarks>Defaults are PyTorch's <c>SGD</c>: learning rate 10⁻³, everything else 0.</remarks>
public sealed class Sgd : LaneOptimizer<SgdRule>
{
    /// <inheritdoc/>
    public Sgd(params IEnumerable<ILearnable> learnables) : base(learnables) => LearningRate = 1e-3f;

    /// <summary>With a learning rate; other settings are properties.</summary>
    /// <param name="learnables">What to move: <c>model.Parameters()</c>.</param>
    /// <param name="learningRate">The step size η.</param>
    /// <param name="momentum">Momentum μ.</param>
    /// <param name="weightDecay">Weight decay λ.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Sgd(IEnumerable<ILearnable> learnables, float learningRate, float momentum = 0, float weightDecay = 0)
        : this(learnables) => (LearningRate, Momentum, WeightDecay) = (learningRate, momentum, weightDecay);

    /// <summary>Over the parameters of several modules, or of one that is a list.</summary>
    /// <param name="modules">Whose parameters to move.</param>
    /// <param name="learningRate">The step size η; null for the default.</param>
    /// <exception cref="ArgumentException">There is nothing to move.</exception>
    public Sgd(IEnumerable<IParameterSource> modules, float? learningRate = null)
        : this(ParametersOf(modules)) => LearningRate = learningRate ?? LearningRate;

    /// <summary>Momentum μ.</summary>
    public float Momentum { get; set => field = Checked.NotNegative(value, nameof(Momentum)); }

    /// <summary>Dampening d of the momentum; not applied in the first step.</summary>
    public float Dampening { get; set => field = Checked.NotNegative(value, nameof(Dampening)); }

    /// <summary>Weight decay λ: an L2 penalty, added to the gradient.</summary>
    public float WeightDecay { get; set => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    /// <summary>Looks ahead along the momentum; needs a momentum and no dampening.</summary>
    public bool Nesterov { get; set; }

    private protected override SgdRule Rule
    {
        get
        {
            Require.State(!Nesterov || (Momentum > 0 && Dampening == 0),
                $"Sgd: Nesterov needs a momentum and no dampening, not momentum {Momentum} and dampening {Dampening}");
            return new(LearningRate, Momentum, Dampening, WeightDecay, Nesterov);
        }
    }
}
