namespace Rowan.Nn;

/// <summary>What a recurrent layer has learned for one direction.</summary>
/// <param name="WeightIh">W [gates · hidden, inputs].</param>
/// <param name="WeightHh">U [gates · hidden, hidden].</param>
/// <param name="BiasIh">b [gates · hidden], where there is one.</param>
/// <param name="BiasHh">c [gates · hidden], where there is one.</param>
sealed record RecurrentWeights(Parameter WeightIh, Parameter WeightHh, Parameter? BiasIh, Parameter? BiasHh)
{
    /// <summary>Those that are there, in the order above.</summary>
    public IEnumerable<Tensor> Tensors => BiasIh is null || BiasHh is null
        ? [WeightIh.Value, WeightHh.Value] : [WeightIh.Value, WeightHh.Value, BiasIh.Value, BiasHh.Value];
}
