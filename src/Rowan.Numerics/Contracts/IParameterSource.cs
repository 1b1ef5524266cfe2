namespace Rowan.Numerics;

/// <summary>Something whose parameters an optimizer moves: a module. So that a list of modules can be given to an optimizer.</summary>
public interface IParameterSource
{
    /// <summary>All parameters and tables, each once.</summary>
    IEnumerable<ILearnable> Parameters();
}
