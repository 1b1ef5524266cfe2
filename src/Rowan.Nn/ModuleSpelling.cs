using Rowan.Numerics;

namespace Rowan.Nn;

public abstract partial class Module : IParameterSource
{
    /// <summary>Puts this module and its parts in training or evaluation mode.</summary>
    public void Train(bool training) => SetTraining(training);

    /// <summary>
    /// The opposite of <see cref="Freeze"/>, PyTorch's <c>requires_grad_</c>: sets whether parameters receive gradients and are updated.
    /// </summary>
    public void RequiresGrad(bool learns = true) => Freeze(!learns);

    /// <summary>
    /// Calls an action for each submodule, innermost first, and then for this module: for example, to set the initial weights of each
    /// kind of layer.
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
