using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>A text as words of a vocabulary, line by line. Rarer words are left out.</summary>
sealed class WordsCorpus : IDisposable
{
    /// <summary>The separator of lines.</summary>
    public const int LineEnd = -1;

    const double UnspacedShare = 0.3;

    WordsCorpus(Vocabulary words, long[] counts, long occurrences, ValueStore<int> tokens) =>
        (Words, Counts, Occurrences, Tokens) = (words, counts, occurrences, tokens);

    public Vocabulary Words { get; }

    /// <summary>Occurrences of each word, those in an earlier run's text among them.</summary>
    public long[] Counts { get; }

    /// <summary>Words of this text that have a vector.</summary>
    public long Occurrences { get; }

    /// <summary>Words of this text, with a vector or without.</summary>
    public required long AllOccurrences { get; init; }

    /// <summary>The words in order, with <see cref="LineEnd"/> between lines.</summary>
    public ValueStore<int> Tokens { get; }

    /// <summary>The settings, with those that depend on the text filled in.</summary>
    public required WordsSettings Settings { get; init; }

    public static WordsCorpus Read(DataSource source, ColumnSchema text, WordsSettings settings, EarlierRun? earlier, RunSession session,
        CancellationToken stop)
    {
        LearnedTable? known = earlier?.Table(WordsRecipe.WordsTable);
        var joined = new WordPhrases(settings.Tokens, settings.PhrasePasses > 0
            ? known?.Ids.Words.Where(word => word.Contains('_', StringComparison.Ordinal)) : null);
        ValueCounter counter = Count(source, text, joined, stop);
        settings = settings.ForText(counter.Total);
        for (int pass = 0; pass < settings.PhrasePasses; pass++)
        {
            joined.Learn(source, text, counter, settings, stop);
            counter = Count(source, text, joined, stop);
        }
        Vocabulary words = EarlierRun.Grown(known?.Ids, counter.Build(settings.MinCount!.Value, settings.MaxWords));
        Require.Data(words.Count >= 2, $"'{source.Names[0]}' has {words.Count} words that occur at least {settings.MinCount} times; at " +
            $"least two are needed. Give more text, or a smaller `min-count`");
        var tokens = new ValueStore<int>();
        joined.Each(source, text, stop, (ReadOnlySpan<char> word) => { if (words.TryGetId(word, out long id)) tokens.Add((int)id); },
            () => tokens.Add(LineEnd));
        tokens.Complete();
        long[] counts = [.. words.Words.Select(word => counter[word])];
        long occurrences = counts.Sum();
        if (known is not null) EarlierRun.AddCounts(known.Counts, known.Ids.Count, counts);
        if (joined.Characters > UnspacedShare * counter.Total)
            session.Note($"{joined.Script} puts no spaces between words, so each character is a word; put spaces between words, and "
            + $"set `tokens` spaces, for vectors of words");
        return new WordsCorpus(words, counts, occurrences, tokens)
        {
            AllOccurrences = counter.Total,
            Settings = settings.ForWords(words.Count, (tokens.Count + WordsTraining.PieceWords - 1) / WordsTraining.PieceWords),
        };
    }

    public void Dispose() => Tokens.Dispose();

    static ValueCounter Count(DataSource source, ColumnSchema text, WordPhrases joined, CancellationToken stop)
    {
        var counter = new ValueCounter();
        joined.Each(source, text, stop, word => counter.Add(word), static () => { });
        return counter;
    }
}
