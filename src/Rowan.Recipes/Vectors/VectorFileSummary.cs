using Rowan.Formats;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>What a file of vectors holds: rows, norms, and the first rows.</summary>
public sealed record VectorFileSummary
{
    /// <summary>The format's name.</summary>
    public required string Format { get; init; }

    /// <summary>What was detected, in words.</summary>
    public required string Dialect { get; init; }

    /// <summary>Good rows.</summary>
    public required long Rows { get; init; }

    /// <summary>Values per row.</summary>
    public required int Dim { get; init; }

    /// <summary>Rows that were skipped.</summary>
    public required long Skipped { get; init; }

    /// <summary>Why the first of them were, and notes on the file.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>The smallest Euclidean norm.</summary>
    public required double SmallestNorm { get; init; }

    /// <summary>The largest.</summary>
    public required double LargestNorm { get; init; }

    /// <summary>The mean.</summary>
    public required double MeanNorm { get; init; }

    /// <summary>Rows of zeros.</summary>
    public required long ZeroRows { get; init; }

    /// <summary>The labels of a fastText classifier; none for other files.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The first rows.</summary>
    public required IReadOnlyList<(string Name, float Norm, float[] Values)> First { get; init; }

    /// <summary>Reads all rows of a reader that is at its beginning.</summary>
    /// <exception cref="InvalidDataException">A row is bad.</exception>
    public static VectorFileSummary Of(VectorReader reader, int first = 10, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        (double smallest, double largest, double sum, long zeros) = (double.PositiveInfinity, 0, 0, 0);
        var shown = new List<(string, float, float[])>();
        while (reader.Next())
        {
            if ((reader.Row & 0xFFF) == 0) stop.ThrowIfCancellationRequested();
            float norm = RowMath.Norm(reader.Vector, 2);
            (smallest, largest, sum) = (Math.Min(smallest, norm), Math.Max(largest, norm), sum + norm);
            if (norm == 0) zeros++;
            if (reader.Row < first) shown.Add((reader.Name, norm, reader.Vector.ToArray()));
        }
        long rows = reader.Row + 1;
        return new()
        {
            Format = reader.Format, Dialect = reader.Dialect, Rows = rows, Dim = reader.Dim, Skipped = reader.Skipped,
            Problems = reader.Problems, SmallestNorm = rows == 0 ? 0 : smallest, LargestNorm = largest,
            MeanNorm = rows == 0 ? 0 : sum / rows, ZeroRows = zeros, Labels = reader.Labels, First = shown,
        };
    }
}
