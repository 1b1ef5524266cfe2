namespace Rowan.Cli;

/// <summary>The known name that a mistyped one most likely means.</summary>
static class Nearest
{
    /// <summary>The known name with the fewest edits, or the one that begins with what was typed; null where none is near.</summary>
    public static string? To(string typed, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(typed);
        ArgumentNullException.ThrowIfNull(known);
        string wanted = typed.ToLowerInvariant();
        int limit = Math.Max(1, wanted.Length / 3);
        (string Name, int Edits)[] near =
            [.. known.Select(name => (name, Distance(wanted, name.ToLowerInvariant()))).Where(pair => pair.Item2 <= limit)
            .OrderBy(pair => pair.Item2)];
        return near.Length > 0 ? near[0].Name
            : wanted.Length >= 3 ? known.Where(name => name.StartsWith(wanted, StringComparison.OrdinalIgnoreCase))
            .MinBy(name => name.Length) : null;
    }

    /// <summary>"; did you mean 'x'?", or nothing.</summary>
    public static string Question(string typed, IEnumerable<string> known) => To(typed, known) is { } name
        ? $"; did you mean '{name}'?" : ".";

    /// <summary>Insertions, deletions, substitutions and swaps of neighbours that lead from one text to the other (Damerau 1964).</summary>
    static int Distance(string x, string y)
    {
        var edits = new int[x.Length + 1, y.Length + 1];
        for (int i = 0; i <= x.Length; i++) edits[i, 0] = i;
        for (int j = 0; j <= y.Length; j++) edits[0, j] = j;
        for (int i = 1; i <= x.Length; i++)
            for (int j = 1; j <= y.Length; j++)
            {
                int least = Math.Min(edits[i - 1, j - 1] + (x[i - 1] == y[j - 1] ? 0 : 1), Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
                bool swapped = i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1];
                edits[i, j] = swapped ? Math.Min(least, edits[i - 2, j - 2] + 1) : least;
            }
        return edits[x.Length, y.Length];
    }
}
