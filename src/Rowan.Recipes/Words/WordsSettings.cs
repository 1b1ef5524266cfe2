using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>The training objective (Mikolov et al. 2013).</summary>
public enum WordsModelKind
{
    /// <summary>Skip-gram: each context word predicts the center word.</summary>
    SkipGram,

    /// <summary>CBOW: the mean of the context words predicts the center word.</summary>
    Cbow,
}

/// <summary>Settings of the words task.</summary>
public sealed record WordsSettings
{
    /// <summary>The training objective.</summary>
    public WordsModelKind Model { get; init; }

    /// <summary>Embedding dimension.</summary>
    public int Dim { get; init; } = 100;

    /// <summary>Largest context window on either side; the window of each word is drawn up to it.</summary>
    public int Window { get; init; } = 5;

    /// <summary>Negative samples per predicted word.</summary>
    public int Negatives { get; init; } = 5;

    /// <summary>Minimum occurrences of a word with a vector.</summary>
    public int? MinCount { get; init; }

    /// <summary>What a word is: a run of letters, marks and digits, in lower case; or everything between white space, unchanged.</summary>
    public TextTokens Tokens { get; init; }

    /// <summary>Most words with a vector.</summary>
    public int MaxWords { get; init; } = 1_000_000;

    /// <summary>t: a word of frequency f stays with probability √(t/f) + t/f; 0 keeps all.</summary>
    public float? Sample { get; init; }

    /// <summary>Rows that character n-grams share; 0 for none.</summary>
    public int Buckets { get; init; }

    /// <summary>Characters of the shortest n-gram.</summary>
    public int ShortestNgram { get; init; } = 3;

    /// <summary>Characters of the longest n-gram.</summary>
    public int LongestNgram { get; init; } = 6;

    /// <summary>Negative samples are drawn in proportion to their count to this power.</summary>
    public float NegativePower { get; init; } = 0.5f;

    /// <summary>Passes that join pairs of words which co-occur far more often than by chance; 0 for none.</summary>
    public int PhrasePasses { get; init; }

    /// <summary>The score from which a pair is a phrase.</summary>
    public float PhraseThreshold { get; init; } = 100;

    /// <summary>Initial learning rate; it decays linearly to 0.</summary>
    public float LearningRate { get; init; } = 0.05f;

    /// <summary>File of word vectors that words begin with; empty for random ones.</summary>
    public string Vectors { get; init; } = "";

    /// <summary>Whether the vectors of the file stay as they are.</summary>
    public bool FreezeVectors { get; init; }

    /// <summary>What the learning rate of the words found in <see cref="Vectors"/> is multiplied by, above 0 and at most 1.</summary>
    public float VectorsRate { get; init; } = 1;

    /// <summary>The vectors that words begin with.</summary>
    internal PretrainedStart Start => new(Vectors, FreezeVectors, VectorsRate);

    /// <summary>The loop; a batch is pieces of the text, see <see cref="WordsTraining.PieceWords"/>.</summary>
    public TrainerSettings Training { get; init; } = new() { BatchSize = 1, Schedule = RateSchedule.Linear };

    /// <summary>Sizes of the loop that depend on the data.</summary>
    public LoopSizes Sizes { get; init; } = new() { BatchSize = 1, MinSteps = 0 };

    /// <summary>Throws if settings contradict each other.</summary>
    /// <exception cref="ArgumentException">Vectors of a file with n-grams, or settings of the loop that do not go together.</exception>
    public void Check()
    {
        Training.Check();
        Start.Check();
        // The vector of a word would be the mean of its row and of n-grams that other words move, and no n-gram has a vector in the file.
        Require.That(Vectors.Length == 0 || Buckets == 0, $"`vectors`: a file has no vectors of n-grams (`buckets` {Buckets}) that fit its "
            + $"words; set `buckets` 0, or leave `vectors` out", "vectors");
    }

    /// <summary>The settings, with those that depend on the text filled in.</summary>
    /// <param name="words">Words of the text.</param>
    internal WordsSettings ForText(long words) =>
        this with { MinCount = MinCount ?? words switch { >= 1_000_000 => 5, >= 100_000 => 3, >= 10_000 => 2, _ => 1 } };

    /// <summary>The settings, with those that depend on the vocabulary and the examples filled in.</summary>
    internal WordsSettings ForWords(long vocabulary, long examples)
    {
        LoopSizes sizes = Sizes.For(examples, new LoopRule(Batch: 1, Epochs: 5, Steps: FewestSteps, MinSteps: 0));
        // Of few words each is frequent, and enough of them have to stay.
        return this with { Sample = Sample ?? Math.Max(1e-4f, 0.1f / vocabulary), Sizes = sizes, Training = sizes.In(Training) };
    }

    // Five million words.
    const long FewestSteps = 5_000_000 / WordsTraining.PieceWords;

    /// <summary>Presets of the words task.</summary>
    public static IReadOnlyList<Preset> Presets { get; } =
    [
        new(Preset.Fast, "Short vectors, few negative samples.", new Dictionary<string, string>
        {
            ["model"] = "skip-gram", ["dim"] = "50", ["negatives"] = "3",
        }),
        new(Preset.Best, "Longer vectors, a wider window, more negative samples.", new Dictionary<string, string>
        {
            ["model"] = "skip-gram", ["dim"] = "200", ["window"] = "8", ["negatives"] = "8",
        }),
    ];

    // The best preset needs 42 s of processor time for 9 million characters (1.5 million words): a minute of two cores.
    const long MostForBest = 20_000_000;

    /// <summary>The preset that auto stands for: best where it takes less than about a minute.</summary>
    internal static string PresetFor(long characters) => characters <= MostForBest ? Preset.Best : Preset.None;

    /// <summary>All settings.</summary>
    public static SettingList<WordsSettings> List { get; } = new(new WordsSettings(), Presets,
    [
        SettingOf<WordsSettings>.Choice("model", "skip-gram, or CBOW (continuous bag of words).",
            x => x.Model, (x, v) => x with { Model = v }, [("skip-gram", WordsModelKind.SkipGram), ("cbow", WordsModelKind.Cbow)]),
        SettingOf<WordsSettings>.Integer("dim", "Embedding dimension.",
            x => x.Dim, (x, v) => x with { Dim = (int)v }, 1, 4_096, "100", "200", "300"),
        SettingOf<WordsSettings>.Integer("window", "Maximum context window: words on each side.",
            x => x.Window, (x, v) => x with { Window = (int)v }, 1, 256, "5", "10"),
        SettingOf<WordsSettings>.Integer("negatives", "Negative samples per positive pair.",
            x => x.Negatives, (x, v) => x with { Negatives = (int)v }, 1, 256, "5", "10"),
        SettingOf<WordsSettings>.Number("negative-power",
            "Sample negatives in proportion to word count to this power. word2vec: 0.75; fastText: 0.5.",
            x => x.NegativePower, (x, v) => x with { NegativePower = v }, 0, 1, "0.5", "0.75"),
        SettingOf<WordsSettings>.AutoInteger("min-count",
            "Minimum number of occurrences for a word to get a vector. auto: 5 from a million words on, less for smaller texts.",
            x => x.MinCount, (x, v) => x with { MinCount = (int?)v }, 1, int.MaxValue),
        SettingOf<WordsSettings>.Integer("max-words", "Maximum vocabulary size.",
            x => x.MaxWords, (x, v) => x with { MaxWords = (int)v }, 2, int.MaxValue),
        SettingOf<WordsSettings>.AutoNumber("sample",
            "Subsampling of frequent words: a word of frequency f is kept with probability √(t/f) + t/f. 0: keep all. auto: 1e-4, or "
                + "more for a vocabulary below 1,000 words.",
            x => x.Sample, (x, v) => x with { Sample = v }, 0, 1, "1e-4", "1e-5"),
        SettingOf<WordsSettings>.Choice("tokens", "Tokenization: words in lower case, or the text between spaces as it is.",
            x => x.Tokens, (x, v) => x with { Tokens = v }, [("words", TextTokens.Words), ("spaces", TextTokens.Spaces)]),
        SettingOf<WordsSettings>.Integer("buckets", "Hash buckets for character n-grams. 0: no n-grams.",
            x => x.Buckets, (x, v) => x with { Buckets = (int)v }, 0, 1 << 28),
        SettingOf<WordsSettings>.Integer("shortest-ngram", "Shortest character n-gram.",
            x => x.ShortestNgram, (x, v) => x with { ShortestNgram = (int)v }, 1, 32),
        SettingOf<WordsSettings>.Integer("longest-ngram", "Longest character n-gram.",
            x => x.LongestNgram, (x, v) => x with { LongestNgram = (int)v }, 1, 32),
        SettingOf<WordsSettings>.Integer("phrase-passes", "Passes that join frequent word pairs into phrases. 0: none.",
            x => x.PhrasePasses, (x, v) => x with { PhrasePasses = (int)v }, 0, 5),
        SettingOf<WordsSettings>.Number("phrase-threshold", "Score above which a word pair becomes a phrase.",
            x => x.PhraseThreshold, (x, v) => x with { PhraseThreshold = v }, 0, float.MaxValue),
        SettingOf<WordsSettings>.Number("learning-rate", "Initial learning rate.",
            x => x.LearningRate, (x, v) => x with { LearningRate = v }, float.Epsilon, float.MaxValue, "0.025", "0.05"),
        .. PretrainedStart.Settings<WordsSettings>(". Sets `dim`. Not with n-grams (`buckets`).",
            x => x.Start, (x, v) => x with { Vectors = v.File, FreezeVectors = v.Freeze, VectorsRate = v.Rate }),
        .. TrainingOptions.Of<WordsSettings>(x => x.Training, (x, v) => x with { Training = v }, x => x.Sizes,
            (x, v) => x with { Sizes = v }),
    ]);
}
