using System.Runtime.InteropServices;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>A text as words of a vocabulary, line by line; rarer words are left out, as if they did not stand there.</summary>
sealed class WordsCorpus : IDisposable
{
    /// <summary>What stands between lines.</summary>
    public const int LineEnd = -1;

    WordsCorpus(Vocabulary words, long[] counts, long occurrences, ValueStore<int> tokens) => (Words, Counts, Occurrences, Tokens) = (words, counts, occurrences, tokens);

    public Vocabulary Words { get; }

    /// <summary>Occurrences of each word, those in an earlier run's text among them.</summary>
    public long[] Counts { get; }

    /// <summary>Words of this text that have a vector.</summary>
    public long Occurrences { get; }

    /// <summary>The words in order, with <see cref="LineEnd"/> between lines.</summary>
    public ValueStore<int> Tokens { get; }

    public static WordsCorpus Read(DataSource source, ColumnSchema text, WordsSettings settings, EarlierRun? earlier, CancellationToken stop)
    {
        LearnedTable? known = earlier?.Table(WordsRecipe.WordsTable);
        var joined = new Phrases(settings.PhrasePasses > 0 ? known?.Ids.Words.Where(word => word.Contains('_', StringComparison.Ordinal)) : null);
        ValueCounter counter = Count(source, text, joined, stop);
        for (int pass = 0; pass < settings.PhrasePasses; pass++)
        {
            joined.Learn(source, text, counter, settings, stop);
            counter = Count(source, text, joined, stop);
        }
        Vocabulary words = EarlierRun.Grown(known?.Ids, counter.Build(settings.MinCount, settings.MaxWords));
        Require.Data(words.Count >= 2, $"'{source.Names[0]}' has {words.Count} words that occur at least {settings.MinCount} times; two are the fewest. Give more text, or a smaller --min-count");
        var tokens = new ValueStore<int>();
        joined.Each(source, text, stop, (ReadOnlySpan<char> word) => { if (words.TryGetId(word, out long id)) tokens.Add((int)id); }, () => tokens.Add(LineEnd));
        tokens.Complete();
        long[] counts = [.. words.Words.Select(word => counter[word])];
        long occurrences = counts.Sum();
        if (known is not null) EarlierRun.AddCounts(known.Counts, known.Ids.Count, counts);
        return new WordsCorpus(words, counts, occurrences, tokens);
    }

    public void Dispose() => Tokens.Dispose();

    static ValueCounter Count(DataSource source, ColumnSchema text, Phrases joined, CancellationToken stop)
    {
        var counter = new ValueCounter();
        joined.Each(source, text, stop, word => counter.Add(word), static () => { });
        return counter;
    }

    delegate void WordAction(ReadOnlySpan<char> word);

    /// <summary>Pairs of words that are one: score(a, b) = (count(ab) − δ)·n / (count(a)·count(b)) above a threshold (Mikolov et al. 2013), joined by "_".</summary>
    sealed class Phrases(IEnumerable<string>? known)
    {
        readonly HashSet<string> _known = new(known ?? [], StringComparer.Ordinal);

        public void Learn(DataSource source, ColumnSchema text, ValueCounter words, WordsSettings settings, CancellationToken stop)
        {
            var pairs = new Dictionary<(string, string), long>();
            string? before = null;
            // A word that is too rare for a vector of its own makes no phrase: few different strings stay.
            var interned = new Dictionary<string, string>(StringComparer.Ordinal);
            var bySpan = interned.GetAlternateLookup<ReadOnlySpan<char>>();
            Each(source, text, stop, word =>
            {
                string? now = null;
                if (words[word] >= settings.MinCount && !bySpan.TryGetValue(word, out now)) interned.Add(now = word.ToString(), now);
                if (before is not null && now is not null) CollectionsMarshal.GetValueRefOrAddDefault(pairs, (before, now), out _)++;
                before = now;
            }, () => before = null);
            foreach (((string first, string second), long count) in pairs)
                if ((double)(count - settings.MinCount) * words.Total / ((double)words[first] * words[second]) > settings.PhraseThreshold) _known.Add($"{first}_{second}");
        }

        /// <summary>Goes through the words of all lines, pairs that are one joined, from the left.</summary>
        public void Each(DataSource source, ColumnSchema text, CancellationToken stop, WordAction word, Action lineEnd)
        {
            using RecordReader reader = source.Open();
            int column = reader.Column(text.Name);
            var known = _known.GetAlternateLookup<ReadOnlySpan<char>>();
            var pair = new char[256];
            long lines = 0;
            while (reader.Read())
            {
                if (lines++ % 1_024 == 0) stop.ThrowIfCancellationRequested();
                ReadOnlySpan<char> line = reader.Field(column);
                ReadOnlySpan<char> before = default;
                foreach (Range range in line.SplitAny([' ', '\t']))
                {
                    ReadOnlySpan<char> now = line[range];
                    if (now.IsEmpty) continue;
                    if (_known.Count == 0)
                    {
                        word(now);
                        continue;
                    }
                    if (!before.IsEmpty)
                    {
                        int length = before.Length + 1 + now.Length;
                        if (length > pair.Length) pair = new char[2 * length];
                        before.CopyTo(pair);
                        pair[before.Length] = '_';
                        now.CopyTo(pair.AsSpan(before.Length + 1));
                        if (known.Contains(pair.AsSpan(0, length)))
                        {
                            word(pair.AsSpan(0, length));
                            before = default;
                            continue;
                        }
                        word(before);
                    }
                    before = now;
                }
                if (!before.IsEmpty) word(before);
                lineEnd();
            }
        }
    }
}
