using Rowan.Numerics;

namespace Rowan.Nn;

public abstract partial class Module : IParameterSource
{
    /// <summary>Puts this module and its parts in training, or in evaluation.</summary>
    public void Train(bool training) => SetTraining(training);

    /// <summary>
    /// The opposite of <see cref="Freeze"/>, PyTorch's <c>requires_grad_</c>: whether all parameters receive gradients and are moved.
    /// </summary>
    public void RequiresGrad(bool learns = true) => Freeze(!learns);

    /// <summary>
    /// Calls an action with each part, innermost first, and then with this module: to set first weights by kind, for one.
    /// </summary>
    /// <exception cref="InvalidOperationException">A part is hidden in a private field.</exception>
    public void Apply(Action<Module> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        foreach ((_, object part) in Parts())
            if (part is Module module) module.Apply(action);
        action(this);
    }
}
