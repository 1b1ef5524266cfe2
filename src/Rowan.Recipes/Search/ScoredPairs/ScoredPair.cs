using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>Two texts and how similar they are.</summary>
/// <param name="First">The first text.</param>
/// <param name="Second">The second text.</param>
/// <param name="Score">How similar they are, in the units of the file.</param>
sealed record ScoredPair(string First, string Second, float Score)
{
    /// <summary>The pair in either order.</summary>
    (string, string) Key => string.CompareOrdinal(First, Second) <= 0 ? (First, Second) : (Second, First);

    /// <summary>Reads the pairs of a file. A record with an empty text is left out and counted in a note.</summary>
    /// <param name="reader">The records.</param>
    /// <param name="first">The column of the first text.</param>
    /// <param name="second">The column of the second text.</param>
    /// <param name="score">The column of the score.</param>
    /// <param name="format">How scores are written; null for a decimal point.</param>
    /// <param name="notes">Receives what was left out.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <exception cref="BadRecordException">A score is missing or no finite number.</exception>
    public static List<ScoredPair> Read(RecordReader reader, string first, string second, string score, ValueFormat? format,
        ICollection<string> notes, CancellationToken stop = default)
    {
        int a = reader.Column(first), b = reader.Column(second), number = reader.Column(score);
        long empty = 0;
        var pairs = new List<ScoredPair>();
        while (reader.Read())
        {
            if (pairs.Count % 1_000 == 0) stop.ThrowIfCancellationRequested();
            try
            {
                string one = SearchDocument.OneLine(reader.Field(a)), other = SearchDocument.OneLine(reader.Field(b));
                if (reader.IsMissingNumber(number)) throw reader.Bad(number, "a score: a number");
                float value = reader.Number(number, format);
                if (one.Length == 0 || other.Length == 0) empty++;
                else pairs.Add(new ScoredPair(one, other, value));
            }
            catch (BadRecordException bad) when (reader.Skip(bad)) { }
        }
        if (empty > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{empty:#,0} records with an empty text left out"));
        return pairs;
    }

    /// <summary>Takes pairs out of a list at random, those of the same two texts together.</summary>
    /// <param name="pairs">All pairs.</param>
    /// <param name="validation">Pairs for validation, at most.</param>
    /// <param name="test">Pairs for the test, at most.</param>
    /// <param name="rng">Chooses them.</param>
    /// <returns>Index of the part of each pair: 0 training, 1 validation, 2 test.</returns>
    public static int[] Split(IReadOnlyList<ScoredPair> pairs, int validation, int test, Rng rng)
    {
        var parts = new int[pairs.Count];
        int[][] groups = [.. Enumerable.Range(0, pairs.Count).GroupBy(i => pairs[i].Key).Select(group => group.ToArray())];
        int tested = 0, validated = 0;
        foreach (long place in rng.RandPerm(groups.Length))
        {
            int size = groups[place].Length, part = tested + size <= test ? 2 : validated + size <= validation ? 1 : 0;
            foreach (int pair in groups[place]) parts[pair] = part;
            if (part == 2) tested += size;
            if (part == 1) validated += size;
        }
        return parts;
    }
}
