namespace Rowan.Recipes;

/// <summary>A run was asked for something that runs of its task cannot do.</summary>
public sealed class RunCapabilityException : NotSupportedException
{
    /// <param name="run">The run.</param>
    /// <param name="capability">What it was asked for: "recommendations".</param>
    public RunCapabilityException(Run run, string capability)
        : base($"the {(run ?? throw new ArgumentNullException(nameof(run))).Task} run '{run.Path}' has no {capability}; it has "
            + $"{string.Join(", ", run.Capabilities)}. Choose another run") =>
        (Task, Capability, Capabilities) = (run.Task, capability, run.Capabilities);

    /// <summary>The task of the run.</summary>
    public string Task { get; }

    /// <summary>What it was asked for.</summary>
    public string Capability { get; }

    /// <summary>What it can be asked for.</summary>
    public IReadOnlyList<string> Capabilities { get; }
}
