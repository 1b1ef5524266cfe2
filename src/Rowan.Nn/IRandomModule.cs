namespace Rowan.Nn;

/// <summary>A module that draws random numbers when it computes: dropout, and layers that drop within.</summary>
/// <remarks>
/// A training loop that resumes sets the generator of every such module for each step, so that a step draws the same whether or not the
/// run was interrupted. A module of your own that draws in its forward pass implements this, too.
/// </remarks>
public interface IRandomModule
{
    /// <summary>Where the numbers are drawn from.</summary>
    Rng Rng { get; set; }
}
