namespace Rowan.Accuracy;

/// <summary>A published figure, and ours on the same data by the same protocol.</summary>
/// <param name="Data">The data set.</param>
/// <param name="Figure">The metric and, where it matters, the model: "HR@10".</param>
/// <param name="Ours">What was measured.</param>
/// <param name="Published">What was published, with whose it is.</param>
/// <param name="Goal">What ours is to reach; null where there is no bound.</param>
/// <param name="HigherIsBetter">Which way the figure improves.</param>
public sealed record AccuracyRow(string Data, string Figure, double Ours, string Published, double? Goal, bool HigherIsBetter = true)
{
    /// <summary>Whether the goal is reached.</summary>
    public bool? Reached => Goal is { } goal ? (HigherIsBetter ? Ours >= goal : Ours <= goal) : null;
}

/// <summary>One data set: trains as a user would with a recipe, by the protocol of the source.</summary>
public abstract class AccuracyTask
{
    /// <summary>A word for the command line: "lastfm".</summary>
    public abstract string Name { get; }

    /// <summary>The protocol in a sentence or two.</summary>
    public abstract string Protocol { get; }

    /// <summary>What must be there for it to run, below the data folder or as a folder of its own.</summary>
    public abstract string Needs { get; }

    /// <summary>Trains and measures.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="log">Where it says how far it is.</param>
    public abstract IReadOnlyList<AccuracyRow> Run(string data, TextWriter log);
}
