using System.Globalization;
using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>What the training texts hold, as far as settings follow it: words, how many different n-grams, and which scripts.</summary>
/// <param name="settings">Settings as they were given.</param>
sealed class ClassifySizes(ClassifySettings settings)
{
    const int LeastBuckets = 64, MostBuckets = 1 << 20, LongestOfScripts = 4;

    // Characters of Chinese and Japanese are nearly words; of alphabets and syllabaries it takes more of them.
    const int SpacedRuns = 2, IdeographRuns = 3, AlphabetRuns = 4;
    const double UnspacedShare = 0.3;

    readonly DistinctCounter[] _runs = !settings.HasBag || settings.Buckets is not null || settings.Ngrams == 1
        ? [] : [.. Enumerable.Range(2, (settings.Ngrams ?? LongestOfScripts) - 1).Select(_ => new DistinctCounter())];
    readonly Dictionary<string, long> _scripts = [];

    /// <summary>Tokens, with how often each occurs.</summary>
    public ValueCounter Words { get; } = new();

    /// <summary>Takes a text in.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        var counted = new Counted(this, _runs.Length > 0 ? new WordRuns(_runs.Length + 1) : null);
        TextTokenStream.Read(text, settings.Tokens, settings.Length, ref counted);
    }

    /// <summary>The settings with what follows the data chosen.</summary>
    /// <param name="session">Hears what was chosen by the script.</param>
    public ClassifySettings Choose(RunSession session)
    {
        ClassifySettings chosen = settings;
        double share = _scripts.Values.Sum() / (double)Math.Max(1, Words.Total);
        if (chosen.Ngrams is null)
        {
            string most = share < UnspacedShare ? "" : _scripts.MaxBy(script => script.Value).Key;
            chosen = chosen with { Ngrams = most.Length == 0 ? SpacedRuns : most is "Chinese" or "Japanese" ? IdeographRuns
                : AlphabetRuns };
        }
        if (share >= UnspacedShare && settings.Tokens == TextTokens.Words)
        {
            string scripts = string.Join(" and ", _scripts.OrderByDescending(script => script.Value).Take(2).Select(script => script.Key));
            string read = settings.HasBag
                ? string.Create(CultureInfo.InvariantCulture, $"n-grams of 1 to {chosen.Ngrams} characters; `ngrams` sets the most")
                : "characters";
            session.Note($"{scripts} texts put no spaces between words, so they are read as {read}");
        }
        if (chosen.Buckets is null) chosen = chosen with { Buckets = DistinctCounter.Buckets(Ngrams(chosen), LeastBuckets, MostBuckets) };
        return chosen;
    }

    long Ngrams(ClassifySettings chosen)
    {
        long words = _runs.Take(chosen.Ngrams!.Value - 1).Sum(counter => counter.Count);
        if (!chosen.Subwords) return words;
        // Distinct n-grams by their whole hash.
        var (hashes, all) = (new Subwords(1L << 32, chosen.ShortestNgram, chosen.LongestNgram), new DistinctCounter());
        var own = new List<long>();
        foreach (string word in Words.Build().Words)
        {
            own.Clear();
            hashes.AddTo(own, word, 0);
            foreach (long hash in own) all.Add((ulong)hash);
        }
        return Math.Max(words, all.Count);
    }

    readonly struct Counted(ClassifySizes into, WordRuns? runs) : ITokenSink
    {
        public void Add(ReadOnlySpan<char> token, TokenKind kind)
        {
            into.Words.Add(token);
            if (kind == TokenKind.Character && TextTokenizer.UnspacedScript(token) is { } script)
                into._scripts[script] = into._scripts.GetValueOrDefault(script) + 1;
            if (runs is null) return;
            int longer = 0;
            foreach (ulong run in runs.EndingIn(token)) into._runs[longer++].Add(run);
        }
    }
}
