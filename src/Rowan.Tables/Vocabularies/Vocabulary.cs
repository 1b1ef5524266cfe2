using System.Diagnostics.CodeAnalysis;
using Rowan.Numerics;

namespace Rowan;

/// <summary>The names of rows: words ↔ ids 0, 1, 2 … in order.</summary>
public sealed class Vocabulary
{
    readonly string[] _words;
    readonly Dictionary<string, long> _ids;
    readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    /// <param name="words">The word of id 0, of id 1, and so on.</param>
    /// <exception cref="ArgumentException">A word occurs twice.</exception>
    public Vocabulary(IEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        _words = [.. words];
        _ids = new Dictionary<string, long>(_words.Length, StringComparer.Ordinal);
        for (int id = 0; id < _words.Length; id++)
            Require.That(_ids.TryAdd(_words[id], id),
                $"Vocabulary: '{_words[id]}' is both id {_ids[_words[id]]} and id {id}; words are different", nameof(words));
        _bySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Words in all.</summary>
    public long Count => _words.Length;

    /// <summary>The words in order of their ids.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>The word of an id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    public string this[long id]
    {
        get
        {
            Require.InRange((ulong)id < (ulong)Count, $"Vocabulary: id {id} of {Count} words; ids run from 0 to {Count - 1}", nameof(id));
            return _words[id];
        }
    }

    /// <summary>The id of a word.</summary>
    /// <exception cref="KeyNotFoundException">The word has none; the message names those spelled most like it.</exception>
    public long this[string word]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(word);
            if (_ids.TryGetValue(word, out long id)) return id;
            IReadOnlyList<string> closest = Closest(word, 3);
            string meant = closest.Count > 0 ? $"; did you mean '{string.Join("', '", closest)}'?" : ".";
            throw new KeyNotFoundException($"Vocabulary: '{word}' is not one of {Count} words{meant} TryGetId asks without an error.");
        }
    }

    /// <summary>Whether a word has an id.</summary>
    public bool Contains(string word) => _ids.ContainsKey(word);

    /// <summary>The id of a word, where it has one.</summary>
    public bool TryGetId(ReadOnlySpan<char> word, out long id) => _bySpan.TryGetValue(word, out id);

    /// <summary>The words that occur often enough, the most frequent first, ties in ordinal order.</summary>
    /// <param name="occurrences">Words as they occur.</param>
    /// <param name="minCount">Fewest occurrences of a word that is kept.</param>
    /// <param name="maxSize">Most words kept.</param>
    public static Vocabulary Build(IEnumerable<string> occurrences, int minCount = 1, int maxSize = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(occurrences);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string word in occurrences) counts[word] = counts.GetValueOrDefault(word) + 1;
        return new Vocabulary(counts.Where(entry => entry.Value >= minCount)
            .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Take(maxSize)
                .Select(entry => entry.Key));
    }

    /// <summary>One word per line, in order of ids; backslash and line ends are written \\, \n and \r.</summary>
    public void Write(TextWriter into)
    {
        ArgumentNullException.ThrowIfNull(into);
        foreach (string word in _words)
        {
            into.Write(Escaped(word));
            into.Write('\n');
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="from">One word per line.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="InvalidDataException">A word occurs twice, or an escape sequence is invalid.</exception>
    public static Vocabulary Read(TextReader from, string source)
    {
        ArgumentNullException.ThrowIfNull(from);
        var words = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (from.ReadLine() is { } line)
        {
            Require.Data(TryUnescape(line, out string? word),
                $"'{source}' line {words.Count + 1}: only \\, n or r may follow a backslash; the file was changed or is not a vocabulary");
            Require.Data(seen.Add(word),
                $"'{source}' line {words.Count + 1}: '{word}' is already on an earlier line; the file was changed or is not a vocabulary");
            words.Add(word);
        }
        return new Vocabulary(words);
    }

    /// <summary>The words spelled most like an unknown one: for "did you mean".</summary>
    /// <remarks>
    /// Case is ignored. A word also counts by its last part or parts after dots: "File.ReadAllLine" finds System.IO.File.ReadAllLines.
    /// Distance is Levenshtein's, at most a third of the length.
    /// </remarks>
    public IReadOnlyList<string> Closest(string word, int count)
    {
        ArgumentNullException.ThrowIfNull(word);
        string wanted = word.ToLowerInvariant();
        int dots = wanted.AsSpan().Count('.');
        int limit = Math.Max(1, wanted.Length / 3);
        var found = new List<(int Distance, int Length, string Word)>();
        foreach (string known in _words)
        {
            ReadOnlySpan<char> tail = Tail(known, dots);
            if (Math.Abs(tail.Length - wanted.Length) > limit) continue;
            int distance = Distance(wanted, tail, limit);
            if (distance <= limit) found.Add((distance, known.Length, known));
        }
        return [.. found.OrderBy(f => f.Distance).ThenBy(f => f.Length).ThenBy(f => f.Word, StringComparer.Ordinal).Take(count)
            .Select(f => f.Word)];
    }

    /// <summary>The end of a name with as many dots as asked.</summary>
    static ReadOnlySpan<char> Tail(string name, int dots)
    {
        int start = name.Length;
        for (; dots >= 0 && start > 0; dots--) start = name.LastIndexOf('.', start - 1) is var dot and >= 0 ? dot : 0;
        return start > 0 ? name.AsSpan(start + 1) : name.AsSpan();
    }

    /// <summary>Levenshtein's distance, case ignored, or limit + 1 where it is larger.</summary>
    static int Distance(ReadOnlySpan<char> x, ReadOnlySpan<char> y, int limit)
    {
        Span<int> row = y.Length < 256 ? stackalloc int[y.Length + 1] : new int[y.Length + 1];
        for (int j = 0; j <= y.Length; j++) row[j] = j;
        for (int i = 1; i <= x.Length; i++)
        {
            int diagonal = row[0], best = row[0] = i;
            for (int j = 1; j <= y.Length; j++)
            {
                int substituted = diagonal + (x[i - 1] == char.ToLowerInvariant(y[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
                best = Math.Min(best, row[j]);
            }
            if (best > limit) return limit + 1;
        }
        return row[y.Length];
    }

    static string Escaped(string word) =>
        word.AsSpan().IndexOfAny('\\', '\n', '\r') < 0
            ? word : word.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)
            .Replace("\r", @"\r", StringComparison.Ordinal);

    static bool TryUnescape(string line, [NotNullWhen(true)] out string? word)
    {
        word = line;
        if (!line.Contains('\\', StringComparison.Ordinal)) return true;
        var text = new System.Text.StringBuilder(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] != '\\')
            {
                text.Append(line[i]);
                continue;
            }
            if (++i == line.Length || line[i] is not ('\\' or 'n' or 'r'))
            {
                word = null;
                return false;
            }
            text.Append(line[i] switch { 'n' => '\n', 'r' => '\r', var c => c });
        }
        word = text.ToString();
        return true;
    }
}
