namespace Rowan.Nn;

/// <summary>Where the steps of a batch of sequences stand, and how far each sequence runs.</summary>
/// <param name="Time">Steps of the longest.</param>
/// <param name="Batch">Sequences.</param>
/// <param name="BatchFirst">Whether all steps of a sequence stand together, rather than all sequences of a step.</param>
/// <param name="Lengths">Steps of each; null for all.</param>
sealed record SequenceLayout(int Time, int Batch, bool BatchFirst, int[]? Lengths)
{
    /// <summary>The lengths as they were given; null for none.</summary>
    public Indices? Given { get; init; }

    /// <summary>Steps in all.</summary>
    public int Rows => Time * Batch;

    /// <summary>The row of step t of sequence b.</summary>
    public int Row(int t, int b) => BatchFirst ? b * Time + t : t * Batch + b;

    /// <summary>Steps of a sequence.</summary>
    public int Length(int b) => Lengths is null ? Time : Lengths[b];

    /// <summary>Sequences from ≤ b &lt; to, the longest first: those that run at a step are then the first of them.</summary>
    public int[] LongestFirst(int from, int to)
    {
        int[] sequences = [.. Enumerable.Range(from, to - from)];
        if (Lengths is not null) Array.Sort(sequences, (x, y) => Lengths[y] - Lengths[x]);
        return sequences;
    }

    /// <summary>How many of these sequences run at step t.</summary>
    public int RunningAt(int t, ReadOnlySpan<int> longestFirst)
    {
        int running = longestFirst.Length;
        while (running > 0 && Length(longestFirst[running - 1]) <= t) running--;
        return running;
    }
}
