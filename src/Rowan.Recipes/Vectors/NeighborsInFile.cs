using System.Text;
using Rowan.Formats;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>The rows of a file of vectors nearest to one of them, by cosine. The file is read twice and not kept in memory.</summary>
/// <param name="Dialect">What was detected, in words.</param>
/// <param name="IsKnown">Whether the file has the name; otherwise its vector comes from n-grams.</param>
/// <param name="Vector">The vector of the name.</param>
/// <param name="Matches">The nearest rows, the nearest first.</param>
/// <param name="Skipped">Bad rows that were skipped.</param>
/// <param name="Problems">Why the first of them were.</param>
public sealed record NeighborsInFile(string Dialect, bool IsKnown, float[] Vector, IReadOnlyList<(string Name, double Score)> Matches,
    long Skipped, IReadOnlyList<string> Problems)
{
    /// <summary>Reads the file.</summary>
    /// <param name="open">Opens it at its beginning.</param>
    /// <param name="name">The name.</param>
    /// <param name="count">How many neighbours.</param>
    /// <param name="stop">Cancels.</param>
    /// <exception cref="KeyNotFoundException">The file has no such name; the message has names that are spelled alike.</exception>
    public static NeighborsInFile Of(Func<VectorReader> open, string name, int count, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(name);
        (float[]? vector, bool known) = Find(open, name, stop);
        if (vector is null)
        {
            (string path, IReadOnlyList<string> closest) = Closest(open, name, stop);
            throw new KeyNotFoundException($"{path}: no row is named '{name}'"
                + (closest.Count > 0 ? $"; did you mean {string.Join(", ", closest)}?" : ", nor is any spelled alike"));
        }
        float length = RowMath.Norm(vector, 2);
        byte[] own = Encoding.UTF8.GetBytes(name);
        var best = new PriorityQueue<(string Name, double Score), (double, long)>();
        using VectorReader reader = open();
        while (reader.Next())
        {
            if ((reader.Row & 0xFFF) == 0) stop.ThrowIfCancellationRequested();
            if (reader.NameBytes.SequenceEqual(own)) continue;
            float norms = RowMath.Norm(reader.Vector, 2) * length;
            double score = norms > 0 ? RowMath.Dot(reader.Vector, vector) / norms : 0;
            // Among equal scores the earlier row wins.
            if (best.Count == count && best.TryPeek(out _, out (double Score, long) worst) && score <= worst.Score) continue;
            if (best.Count == count) best.Dequeue();
            best.Enqueue((reader.Name, score), (score, -reader.Row));
        }
        var matches = new List<(string, double)>();
        while (best.TryDequeue(out (string, double) match, out _)) matches.Add(match);
        matches.Reverse();
        return new(reader.Dialect, known, vector, matches, reader.Skipped, reader.Problems);
    }

    static (float[]? Vector, bool Known) Find(Func<VectorReader> open, string name, CancellationToken stop)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        using VectorReader reader = open();
        while (reader.Next())
        {
            if ((reader.Row & 0xFFF) == 0) stop.ThrowIfCancellationRequested();
            if (reader.NameBytes.SequenceEqual(wanted)) return (reader.Vector.ToArray(), true);
        }
        var vector = new float[reader.Dim];
        return reader.TryUnknown(name, vector) ? (vector, false) : (null, false);
    }

    static (string Path, IReadOnlyList<string> Names) Closest(Func<VectorReader> open, string name, CancellationToken stop)
    {
        var names = new List<string>();
        using VectorReader reader = open();
        while (reader.Next())
        {
            if ((reader.Row & 0xFFF) == 0) stop.ThrowIfCancellationRequested();
            if (Math.Abs(reader.Name.Length - name.Length) <= Math.Max(1, name.Length / 3)) names.Add(reader.Name);
        }
        return (reader.Path, new Vocabulary(names).Closest(name, 3));
    }
}
