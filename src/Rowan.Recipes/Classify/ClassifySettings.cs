using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>How a text is read.</summary>
public enum ClassifyModelKind
{
    /// <summary>The mean of the vectors of words and n-grams (fastText).</summary>
    Bag,

    /// <summary>Convolutions over words, the largest value of each (Kim 2014).</summary>
    Convolution,

    /// <summary>An LSTM in both directions.</summary>
    Lstm,

    /// <summary>A transformer, the mean of its states.</summary>
    Transformer,

    /// <summary>A bag and a convolution, trained side by side: the mean of their probabilities.</summary>
    Ensemble,
}

/// <summary>How a text is split into words.</summary>
public enum TextTokens
{
    /// <summary>Runs of letters and digits, in lower case; ! and ? stand for themselves.</summary>
    Words,

    /// <summary>Everything between white space, in lower case.</summary>
    Spaces,

    /// <summary>Single characters.</summary>
    Characters,
}

/// <summary>Pooling of a filter over all positions of a text.</summary>
public enum Pooling
{
    /// <summary>The largest value (Kim 2014).</summary>
    Max,

    /// <summary>The mean.</summary>
    Mean,

    /// <summary>Both, side by side.</summary>
    Both,
}

/// <summary>How the vectors of a bag are weighted.</summary>
public enum BagWeights
{
    /// <summary>The mean, with equal weights.</summary>
    Mean,

    /// <summary>The mean over distinct words and n-grams: repeats within a text count once.</summary>
    Once,

    /// <summary>(1 + log tf)·log(n / df), of length 1 over the text.</summary>
    TfIdf,

    /// <summary>Two bags, one of each of the two: the mean of their probabilities.</summary>
    Both,
}

/// <summary>Weight of each label in the loss.</summary>
public enum LabelWeights
{
    /// <summary>Equal weight per text, so a frequent label counts more.</summary>
    None,

    /// <summary>A text of a label with n of N texts has weight N / (labels·n): equal weight per label, however many texts it
    /// has.</summary>
    Balanced,
}

/// <summary>Settings of the classify task.</summary>
public sealed record ClassifySettings
{
    /// <summary>How a text is read.</summary>
    public ClassifyModelKind Model { get; init; }

    /// <summary>What the words of a text are.</summary>
    public TextTokens Tokens { get; init; }

    /// <summary>The longest word n-gram with a vector, for bags; null for 2, or more where the texts put no spaces between
    /// words.</summary>
    public int? Ngrams { get; init; }

    /// <summary>Rows that word n-grams or character n-grams share; null for about as many as there are distinct ones in the training
    /// texts.</summary>
    public int? Buckets { get; init; }

    /// <summary>Whether the mean of a word's character n-gram vectors is added to its own vector, so that unknown words have a vector
    /// too. For all models but bags. N-grams share <see cref="Buckets"/> rows.</summary>
    public bool Subwords { get; init; }

    /// <summary>Characters of the shortest n-gram, with the word between &lt; and &gt;.</summary>
    public int ShortestNgram { get; init; } = 3;

    /// <summary>Characters of the longest n-gram.</summary>
    public int LongestNgram { get; init; } = 5;

    /// <summary>How the vectors of a bag are weighted.</summary>
    public BagWeights Weights { get; init; }

    /// <summary>Fewest occurrences of a word with a vector.</summary>
    public int MinCount { get; init; } = 2;

    /// <summary>Most words with a vector.</summary>
    public int MaxWords { get; init; } = 200_000;

    /// <summary>Words of a text that are read; the rest is cut off.</summary>
    public int Length { get; init; } = 1_000;

    /// <summary>Embedding dimension.</summary>
    public int Dim { get; init; } = 32;

    /// <summary>Filters of each width, or values of an LSTM's state.</summary>
    public int Hidden { get; init; } = 100;

    /// <summary>Widths of the filters, a,b,c.</summary>
    public string Widths { get; init; } = "3,4,5";

    /// <summary>Pooling of a filter.</summary>
    public Pooling Pooling { get; init; }

    /// <summary>Layers of an LSTM or a transformer.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Attention heads of a transformer.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Dropout rate on the text's vector.</summary>
    public float Dropout { get; init; } = 0.3f;

    /// <summary>Number of models in the ensemble. They start from different initial weights; a prediction is the mean of their
    /// probabilities.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Word dropout rate in training.</summary>
    public float WordDropout { get; init; }

    /// <summary>
    /// The share of words that are read as unknown ones in training, so that unknown words get a vector that learned; for all models but
    /// bags, which leave unknown words out.
    /// </summary>
    public float UnknownShare { get; init; }

    /// <summary>What each label counts in the loss, where a text has one.</summary>
    public LabelWeights LabelWeights { get; init; }

    /// <summary>Label smoothing: the share of a label that is spread over all labels.</summary>
    public float LabelSmoothing { get; init; }

    /// <summary>Initial learning rate.</summary>
    public float LearningRate { get; init; } = 0.003f;

    /// <summary>Standard deviation of the initial embeddings.</summary>
    public float FirstDeviation { get; init; } = 0.1f;

    /// <summary>File of word vectors that words begin with; empty for random ones.</summary>
    public string Vectors { get; init; } = "";

    /// <summary>Whether the vectors of the file stay as they are.</summary>
    public bool FreezeVectors { get; init; }

    /// <summary>What the learning rate of the words found in <see cref="Vectors"/> is multiplied by, above 0 and at most 1.</summary>
    public float VectorsRate { get; init; } = 1;

    /// <summary>The vectors that words begin with.</summary>
    internal PretrainedStart Start => new(Vectors, FreezeVectors, VectorsRate);

    /// <summary>Separator between the labels of a text; empty if each text has one label.</summary>
    public string LabelSeparator { get; init; } = "";

    /// <summary>The share to validate on.</summary>
    public float ValidationShare { get; init; } = 0.1f;

    /// <summary>The share to test on.</summary>
    public float TestShare { get; init; } = 0.1f;

    /// <summary>The loop.</summary>
    public TrainerSettings Training { get; init; } = new() { Patience = 2 };

    /// <summary>Sizes of the loop that depend on the data.</summary>
    public LoopSizes Sizes { get; init; } = new();

    /// <summary>Throws if settings contradict each other.</summary>
    /// <exception cref="ArgumentException">Character n-grams for a bag, or the longest shorter than the shortest.</exception>
    public void Check()
    {
        Training.Check();
        Require.That(!Subwords || Model != ClassifyModelKind.Bag,
            $"`subwords`: a bag has word n-grams (`ngrams`); character n-grams are for the other models");
        Start.Check();
        Require.That(LongestNgram >= ShortestNgram, $"`longest-ngram` {LongestNgram}: it is shorter than `shortest-ngram` {ShortestNgram}");
    }

    /// <summary>Presets of the classify task.</summary>
    public static IReadOnlyList<Preset> Presets { get; } =
    [
        new(Preset.Fast, "A bag of n-grams with tf-idf weights.", new Dictionary<string, string>
        {
            ["model"] = "bag", ["weights"] = "tfidf", ["dim"] = "64", ["dropout"] = "0.5", ["word-dropout"] = "0.3",
            ["learning-rate"] = "0.003",
        }),
        new(Preset.Best, "Two bags of n-grams and a convolution with character n-grams.", new Dictionary<string, string>
        {
            ["model"] = "ensemble", ["weights"] = "both", ["min-count"] = "1", ["dim"] = "64", ["hidden"] = "100", ["widths"] = "1,2,3",
            ["subwords"] = "true", ["dropout"] = "0.5", ["word-dropout"] = "0.4", ["unknown-share"] = "0.1", ["learning-rate"] = "0.002",
            ["average-from"] = "2",
        }),
    ];

    const long MostCharacters = 5_000_000, ShortText = 400;

    /// <summary>
    /// The preset that auto stands for: best for short texts, up to 400 characters on average and 5 million together, which takes a minute
    /// or two on two cores. A convolution takes much longer for long texts and adds little. Those get fast, if there are more than two
    /// labels: rare words tell topics apart, so tf-idf weights help. With two labels, such as good and bad, they do not.
    /// </summary>
    internal static string PresetFor(long texts, long characters, long labels) =>
        characters <= MostCharacters && characters <= ShortText * texts ? Preset.Best : labels > 2 ? Preset.Fast : Preset.None;

    /// <summary>Whether a part of the model is a bag, which reads word n-grams.</summary>
    internal bool HasBag => Model is ClassifyModelKind.Bag or ClassifyModelKind.Ensemble;

    /// <summary>Whether a part of the model reads words in order.</summary>
    internal bool HasSequence => Model != ClassifyModelKind.Bag;

    /// <summary>Whether a bag has tf-idf weights.</summary>
    internal bool HasFrequencies => HasBag && Weights is BagWeights.TfIdf or BagWeights.Both;

    /// <summary>The settings of each model of the ensemble; these settings alone if there is one model.</summary>
    internal IReadOnlyList<ClassifySettings> Parts()
    {
        ClassifySettings one = this with { Members = 1 };
        ClassifySettings[] parts = Model == ClassifyModelKind.Ensemble
            ? [one with { Model = ClassifyModelKind.Bag }, one with { Model = ClassifyModelKind.Convolution }] : [one];
        parts = [.. parts.SelectMany(part => part is { Model: ClassifyModelKind.Bag, Weights: BagWeights.Both }
            ? [part with { Weights = BagWeights.TfIdf }, part with { Weights = BagWeights.Once }] : new[] { part })];
        return [.. Enumerable.Repeat(parts, Members).SelectMany(part => part)];
    }

    /// <summary>All settings.</summary>
    public static SettingList<ClassifySettings> List { get; } = new(new ClassifySettings(), Presets,
    [
        SettingOf<ClassifySettings>.Choice("model",
            "Bag of n-grams, convolutions, LSTM, transformer, or ensemble: a bag and a convolution, averaged.",
            x => x.Model, (x, v) => x with { Model = v },
            [("bag", ClassifyModelKind.Bag), ("convolution", ClassifyModelKind.Convolution), ("lstm", ClassifyModelKind.Lstm),
                ("transformer", ClassifyModelKind.Transformer),
                ("ensemble", ClassifyModelKind.Ensemble)], "bag", "convolution", "ensemble"),
        SettingOf<ClassifySettings>.Choice("tokens", "Tokenization: words, text between spaces, or characters.",
            x => x.Tokens, (x, v) => x with { Tokens = v },
            [("words", TextTokens.Words), ("spaces", TextTokens.Spaces), ("characters", TextTokens.Characters)]),
        SettingOf<ClassifySettings>.AutoInteger("ngrams",
            "Longest word n-gram (bag). auto: 2, or more for scripts without spaces between words.",
            x => x.Ngrams, (x, v) => x with { Ngrams = (int?)v }, 1, 8, "1", "2", "3").When("model", "bag", "ensemble"),
        SettingOf<ClassifySettings>.Flag("subwords",
            "Add character n-gram vectors to word vectors, so that unknown words get a vector too. Not for bag.",
            x => x.Subwords, (x, v) => x with { Subwords = v }, "true").When("model", "convolution", "lstm", "transformer", "ensemble"),
        SettingOf<ClassifySettings>.Integer("shortest-ngram", "Shortest character n-gram.",
            x => x.ShortestNgram, (x, v) => x with { ShortestNgram = (int)v }, 1, 32).When("subwords", "true"),
        SettingOf<ClassifySettings>.Integer("longest-ngram", "Longest character n-gram.",
            x => x.LongestNgram, (x, v) => x with { LongestNgram = (int)v }, 1, 32).When("subwords", "true"),
        SettingOf<ClassifySettings>.AutoInteger("buckets",
            "Hash buckets for n-grams. auto: about the number of different n-grams in the training texts.",
            x => x.Buckets, (x, v) => x with { Buckets = (int?)v }, 1, 1 << 30),
        SettingOf<ClassifySettings>.Choice("weights",
            "Weights of the vectors in a bag: mean of all, each word once, tf-idf, or both: two bags, once and tf-idf.",
            x => x.Weights, (x, v) => x with { Weights = v },
            [("mean", BagWeights.Mean), ("once", BagWeights.Once), ("tfidf", BagWeights.TfIdf), ("both", BagWeights.Both)],
            "mean", "once", "tfidf", "both").When("model", "bag", "ensemble"),
        SettingOf<ClassifySettings>.Integer("min-count", "Minimum number of occurrences for a word to get a vector.",
            x => x.MinCount, (x, v) => x with { MinCount = (int)v }, 1, int.MaxValue, "1", "2", "5"),
        SettingOf<ClassifySettings>.Integer("max-words", "Maximum vocabulary size.",
            x => x.MaxWords, (x, v) => x with { MaxWords = (int)v }, 1, int.MaxValue),
        SettingOf<ClassifySettings>.Integer("length", "Maximum text length, in tokens. The rest is cut off.",
            x => x.Length, (x, v) => x with { Length = (int)v }, 1, 1 << 20),
        SettingOf<ClassifySettings>.Integer("dim", "Embedding dimension.",
            x => x.Dim, (x, v) => x with { Dim = (int)v }, 1, 4_096, "16", "32", "64", "128"),
        SettingOf<ClassifySettings>.Integer("hidden", "Filters per width (convolution) or units of the state (lstm).",
            x => x.Hidden, (x, v) => x with { Hidden = (int)v }, 1, 8_192, "64", "100", "200")
                .When("model", "convolution", "lstm", "ensemble"),
        SettingOf<ClassifySettings>.Text("widths", "Filter widths (convolution).",
            "whole numbers from 1 on, a,b,c",
            x => x.Widths,
            (x, v) => v.Split(',').All(width => int.TryParse(width, out int parsed) && parsed is >= 1 and <= 64)
                ? x with { Widths = v } : null, "1,2", "1,2,3", "3,4,5").When("model", "convolution", "ensemble"),
        SettingOf<ClassifySettings>.Choice("pooling", "Pooling over the positions of a text (convolution).",
            x => x.Pooling, (x, v) => x with { Pooling = v },
            [("max", Pooling.Max), ("mean", Pooling.Mean), ("both", Pooling.Both)], "max", "mean", "both")
                .When("model", "convolution", "ensemble"),
        SettingOf<ClassifySettings>.Integer("layers", "Layers (lstm, transformer).",
            x => x.Layers, (x, v) => x with { Layers = (int)v }, 1, 48).When("model", "lstm", "transformer"),
        SettingOf<ClassifySettings>.Integer("heads", "Attention heads (transformer).",
            x => x.Heads, (x, v) => x with { Heads = (int)v }, 1, 64).When("model", "transformer"),
        SettingOf<ClassifySettings>.Integer("members",
            "Ensemble size: models with different initial weights whose probabilities are averaged.",
            x => x.Members, (x, v) => x with { Members = (int)v }, 1, 64),
        SettingOf<ClassifySettings>.Number("dropout", "Dropout on the text vector.",
            x => x.Dropout, (x, v) => x with { Dropout = v }, 0, 0.95f, "0", "0.3", "0.5"),
        SettingOf<ClassifySettings>.Number("word-dropout", "Dropout of whole words.",
            x => x.WordDropout, (x, v) => x with { WordDropout = v }, 0, 0.95f, "0", "0.2", "0.5"),
        SettingOf<ClassifySettings>.Number("unknown-share",
            "Share of words replaced by the unknown word in training, so that it gets a trained vector. Not for bag.",
            x => x.UnknownShare, (x, v) => x with { UnknownShare = v }, 0, 0.95f, "0", "0.05", "0.2")
            .When("model", "convolution", "lstm", "transformer", "ensemble"),
        SettingOf<ClassifySettings>.Choice("label-weights",
            "Class weights in the loss. balanced: inversely proportional to the number of texts.",
            x => x.LabelWeights,
            (x, v) => x with { LabelWeights = v }, [("none", LabelWeights.None), ("balanced", LabelWeights.Balanced)], "none", "balanced")
            .When("label-separator", "none"),
        SettingOf<ClassifySettings>.Number("label-smoothing", "Label smoothing.",
            x => x.LabelSmoothing, (x, v) => x with { LabelSmoothing = v }, 0, 0.9f),
        SettingOf<ClassifySettings>.Number("learning-rate", "Initial learning rate.",
            x => x.LearningRate, (x, v) => x with { LearningRate = v }, float.Epsilon, float.MaxValue, "0.001", "0.003", "0.01"),
        SettingOf<ClassifySettings>.Number("init-std", "Standard deviation of the initial embeddings.",
            x => x.FirstDeviation, (x, v) => x with { FirstDeviation = v }, 0, 10).Or("first-deviation"),
        .. PretrainedStart.Settings<ClassifySettings>(". Sets `dim`, and `init-std` of other rows.",
            x => x.Start, (x, v) => x with { Vectors = v.File, FreezeVectors = v.Freeze, VectorsRate = v.Rate }),
        SettingOf<ClassifySettings>.Text("label-separator", "Separator between several labels of a text. none: one label per text.",
            "a text, or none", x => x.LabelSeparator.Length == 0 ? "none" : x.LabelSeparator,
            (x, v) => x with { LabelSeparator = v == "none" ? "" : v }),
        SettingOf<ClassifySettings>.Number("validation-share", "Share of the records for validation, if no file is given.",
            x => x.ValidationShare, (x, v) => x with { ValidationShare = v }, 0, 0.9f),
        SettingOf<ClassifySettings>.Number("test-share", "Share of the records for the test, if no file is given.",
            x => x.TestShare, (x, v) => x with { TestShare = v }, 0, 0.9f),
        .. TrainingOptions.Of<ClassifySettings>(
            x => x.Training, (x, v) => x with { Training = v }, x => x.Sizes, (x, v) => x with { Sizes = v }, "auto", "16", "64", "256"),
    ]);
}
