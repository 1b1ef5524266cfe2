using System.Globalization;
using System.Text;

namespace Rowan.Data;

/// <summary>Decides whether the first record of a file names the columns.</summary>
static class HeaderGuess
{
    const int LongestName = 64;

    /// <summary>
    /// Whether a first record is a header. It is none if it holds a number, or a value that occurs again in its column, or if all its
    /// fields are written like those below. It is one if it holds a
    /// name that is known, or a word above a column of numbers, or a word above a column of a few values that repeat; else if all fields
    /// are single words that never occur again.
    /// </summary>
    public static bool IsHeader(string[] first, IReadOnlyList<string[]> others)
    {
        if (first.All(name => name.Length == 0) || first.Any(name => name.Length > LongestName || IsNumber(name))) return false;
        string[][] same = [.. others.Where(record => record.Length == first.Length)];
        int[] named = [.. Enumerable.Range(0, first.Length).Where(column => first[column].Length > 0)];
        if (named.Any(column => same.Any(record => record[column] == first[column]))) return false;
        if (named.Any(column => SchemaInference.IsKnownName(first[column]))) return true;
        if (first.Length == 1) return same.Length > 1 && same.All(record => IsNumber(record[0]));
        if (same.Length == 0) return others.Count > 0 || named.All(column => !first[column].Contains(' ', StringComparison.Ordinal));
        if (named.Any(column => same.All(record => record[column].Length == 0 || IsNumber(record[column]))
            && same.Any(record => record[column].Length > 0))) return true;
        if (named.All(column => first[column].Any(char.IsAsciiDigit)
            && same.Count(record => Shape(record[column]) == Shape(first[column])) * 2 > same.Length)) return false;
        if (named.Any(column => IsFew(same, column))) return true;
        return named.All(column => !first[column].Contains(' ', StringComparison.Ordinal));
    }

    public static bool IsNumber(string field) => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>Whether each value of a column occurs four times or more on average, and none only once.</summary>
    static bool IsFew(string[][] records, int column)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string[] record in records) counts[record[column]] = counts.GetValueOrDefault(record[column]) + 1;
        return counts.Count > 1 && records.Length >= 4 * counts.Count && counts.Values.All(count => count > 1);
    }

    /// <summary>How a value is written: runs of letters become "a", runs of digits "9".</summary>
    static string Shape(string value)
    {
        var shape = new StringBuilder();
        foreach (char c in value)
        {
            char kind = char.IsLetter(c) ? 'a' : char.IsDigit(c) ? '9' : c;
            if (shape.Length == 0 || shape[^1] != kind) shape.Append(kind);
        }
        return shape.ToString();
    }
}
