using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>What is predicted.</summary>
public enum TabularTarget
{
    /// <summary>A number where the label column holds more than 20 different numbers; else a class.</summary>
    Auto,

    /// <summary>One of several labels.</summary>
    Class,

    /// <summary>A number.</summary>
    Number,
}

/// <summary>Encoding of a numeric column (Gorishniy, Rubachev, Babenko 2022).</summary>
public enum NumericEmbedding
{
    /// <summary>(x − mean) / deviation.</summary>
    Standard,

    /// <summary>Piecewise linear: how much of each bin between quantiles lies below x, from 0 to 1.</summary>
    Piecewise,

    /// <summary>sin and cos of 2π·c·x with learned c, through a layer of its own.</summary>
    Periodic,
}

/// <summary>Feature interaction before the network.</summary>
public enum Interaction
{
    /// <summary>Only in the network.</summary>
    None,

    /// <summary>½·((Σ v)² − Σ v²), as in a factorization machine (Rendle 2010).</summary>
    FactorizationMachine,

    /// <summary>x ← x₀ ⊙ (W·x + b) + x, as in DCN v2 (Wang et al. 2021).</summary>
    Cross,
}

/// <summary>Settings of the tabular task.</summary>
public sealed record TabularSettings
{
    /// <summary>What is predicted.</summary>
    public TabularTarget Target { get; init; }

    /// <summary>Embedding dimension of each column; 0 for min(50, 1.6·n^0.56) of its n values, or
    /// 16 with a factorization machine.</summary>
    public int Dim { get; init; }

    /// <summary>Encoding of numeric columns.</summary>
    public NumericEmbedding Numeric { get; init; } = NumericEmbedding.Piecewise;

    /// <summary>Bins between quantiles, or frequencies.</summary>
    public int Bins { get; init; } = 16;

    /// <summary>Feature interaction.</summary>
    public Interaction Interaction { get; init; }

    /// <summary>Cross layers.</summary>
    public int CrossLayers { get; init; } = 2;

    /// <summary>Hidden layers of the network, a,b,c.</summary>
    public string Layers { get; init; } = "256,128";

    /// <summary>Number of networks in the ensemble, over the same embeddings. A prediction is the mean of theirs.</summary>
    public int Members { get; init; } = 1;

    /// <summary>
    /// Dropout rate of the layers; null for 0.3 where classes are predicted, and 0 for numbers, whose scale dropout distorts.
    /// </summary>
    public float? Dropout { get; init; }

    /// <summary>Dropout rate of the embeddings.</summary>
    public float EmbeddingDropout { get; init; }

    /// <summary>Weight decay of the layers.</summary>
    public float WeightDecay { get; init; } = 0.01f;

    /// <summary>Initial learning rate.</summary>
    public float LearningRate { get; init; } = 0.001f;

    /// <summary>Standard deviation of the initial embeddings.</summary>
    public float FirstDeviation { get; init; } = 0.1f;

    /// <summary>Fewest occurrences of a value with a vector of its own.</summary>
    public int MinCount { get; init; } = 2;

    /// <summary>Most values of a column with a vector of their own.</summary>
    public int MaxValues { get; init; } = 1_000_000;

    /// <summary>How other values are handled. Default: they share a row.</summary>
    public UnknownSettings Unknown { get; init; } = new();

    /// <summary>Characters taken off the ends of labels.</summary>
    public string LabelTrim { get; init; } = "";

    /// <summary>Whether the last records by time are validated and tested on.</summary>
    public bool SplitByTime { get; init; }

    /// <summary>The share to validate on.</summary>
    public float ValidationShare { get; init; } = 0.1f;

    /// <summary>The share to test on.</summary>
    public float TestShare { get; init; } = 0.1f;

    /// <summary>Embedding dimension of the words of text columns; with a factorization machine it is that of all columns.</summary>
    public int TextDim { get; init; } = 32;

    /// <summary>Minimum number of occurrences of a word of a text column; rarer words share one embedding.</summary>
    public int WordMinCount { get; init; } = 2;

    /// <summary>Most words of a text column with an embedding of their own, the most frequent first.</summary>
    public int MaxWords { get; init; } = 30_000;

    /// <summary>Most words read of a text.</summary>
    public int Length { get; init; } = 256;

    /// <summary>File of word vectors that the words of text columns begin with; empty for random ones.</summary>
    public string Vectors { get; init; } = "";

    /// <summary>Whether the vectors of the file stay as they are.</summary>
    public bool FreezeVectors { get; init; }

    /// <summary>What the learning rate of the words found in <see cref="Vectors"/> is multiplied by, above 0 and at most 1.</summary>
    public float VectorsRate { get; init; } = 1;

    /// <summary>What the words of text columns begin with.</summary>
    internal PretrainedStart Start => new(Vectors, FreezeVectors, VectorsRate);

    /// <summary>Bytes of encoded columns kept in memory; more goes to a temporary file.</summary>
    public long MemoryLimit { get; init; } = 256L << 20;

    /// <summary>The loop.</summary>
    public TrainerSettings Training { get; init; } = new() { Patience = 4 };

    /// <summary>Sizes of the loop that depend on the data.</summary>
    public LoopSizes Sizes { get; init; } = new();

    /// <summary>Presets of the tabular task.</summary>
    public static IReadOnlyList<Preset> Presets { get; } =
    [
        new(Preset.Fast, "One network, averaged weights.", new Dictionary<string, string>
        {
            ["dim"] = "8", ["bins"] = "32", ["average-from"] = "2",
        }),
        new(Preset.Best, "Four networks over the same embeddings and cross layers, averaged weights.", new Dictionary<string, string>
        {
            ["interaction"] = "cross", ["members"] = "4", ["dim"] = "8", ["bins"] = "48", ["average-from"] = "2", ["patience"] = "6",
        }),
    ];

    const long LeastRecords = 2_000, MostRecords = 50_000;

    /// <summary>
    /// The preset that auto stands for: best up to 50,000 records, which takes about a minute on two cores; else fast. Below 2,000
    /// records each setting keeps its default: there are too few steps for an average of weights.
    /// </summary>
    internal static string PresetFor(long records) => records < LeastRecords ? Preset.None : records <= MostRecords ? Preset.Best
        : Preset.Fast;

    /// <summary>All settings.</summary>
    public static SettingList<TabularSettings> List { get; } = new(new TabularSettings(), Presets,
    [
        SettingOf<TabularSettings>.Choice("target", "Treat the label as a class or as a number. auto decides by its values.",
            x => x.Target, (x, v) => x with { Target = v },
            [("auto", TabularTarget.Auto), ("class", TabularTarget.Class), ("number", TabularTarget.Number)]),
        SettingOf<TabularSettings>.Integer("dim", "Embedding dimension of each column. 0: by the number of its values.",
            x => x.Dim, (x, v) => x with { Dim = (int)v }, 0, 4_096, "0", "8", "16", "32"),
        SettingOf<TabularSettings>.Choice("numeric-embedding",
            "Encoding of numeric columns: standardized, piecewise linear by quantiles, or periodic with learned frequencies.",
            x => x.Numeric, (x, v) => x with { Numeric = v },
            [("standard", NumericEmbedding.Standard), ("piecewise", NumericEmbedding.Piecewise), ("periodic", NumericEmbedding.Periodic)],
            "standard", "piecewise", "periodic"),
        SettingOf<TabularSettings>.Integer("bins", "Quantile bins (piecewise) or frequencies (periodic).",
            x => x.Bins, (x, v) => x with { Bins = (int)v }, 1, 4_096, "8", "16", "48").When("numeric-embedding", "piecewise", "periodic"),
        SettingOf<TabularSettings>.Choice("interaction",
            "Feature interaction before the network: none, factorization machine (fm), or cross layers.",
            x => x.Interaction, (x, v) => x with { Interaction = v },
            [("none", Interaction.None), ("fm", Interaction.FactorizationMachine), ("cross", Interaction.Cross)], "none", "fm", "cross"),
        SettingOf<TabularSettings>.Integer("cross-layers", "Number of cross layers.",
            x => x.CrossLayers, (x, v) => x with { CrossLayers = (int)v }, 1, 16, "2", "3").When("interaction", "cross"),
        SettingOf<TabularSettings>.Text("network", "Units of the hidden layers.",
            "whole numbers from 1 on, a,b,c",
            x => x.Layers,
            (x, v) => v.Split(',').All(size => int.TryParse(size, out int parsed) && parsed is >= 1 and <= 65_536)
                ? x with { Layers = v } : null, "128", "256,128", "512,256"),
        SettingOf<TabularSettings>.Integer("members",
            "Ensemble size: networks over the same embeddings, with different initial weights, whose predictions are averaged.",
            x => x.Members, (x, v) => x with { Members = (int)v }, 1, 64),
        SettingOf<TabularSettings>.AutoNumber("dropout", "Dropout of each hidden layer. auto: 0.3 for classes, 0 for a number.",
            x => x.Dropout, (x, v) => x with { Dropout = v }, 0, 0.95f, "0", "0.2", "0.4"),
        SettingOf<TabularSettings>.Number("embedding-dropout", "Dropout on the embeddings.",
            x => x.EmbeddingDropout, (x, v) => x with { EmbeddingDropout = v }, 0, 0.95f, "0", "0.1"),
        SettingOf<TabularSettings>.Number("weight-decay", "Weight decay of the dense layers.",
            x => x.WeightDecay, (x, v) => x with { WeightDecay = v }, 0, 10, "0", "0.01", "0.1"),
        SettingOf<TabularSettings>.Number("learning-rate", "Initial learning rate.",
            x => x.LearningRate, (x, v) => x with { LearningRate = v }, float.Epsilon, float.MaxValue, "0.0003", "0.001", "0.003"),
        SettingOf<TabularSettings>.Number("init-std", "Standard deviation of the initial embeddings.",
            x => x.FirstDeviation, (x, v) => x with { FirstDeviation = v }, 0, 10).Or("first-deviation"),
        SettingOf<TabularSettings>.Integer("min-count", "Minimum number of occurrences for a value to get its own embedding.",
            x => x.MinCount, (x, v) => x with { MinCount = (int)v }, 1, int.MaxValue, "1", "2", "10"),
        SettingOf<TabularSettings>.Integer("max-values", "Maximum vocabulary size of a column. Rarer values share one embedding.",
            x => x.MaxValues, (x, v) => x with { MaxValues = (int)v }, 1, int.MaxValue),
        SettingOf<TabularSettings>.Integer("text-dim",
            "Embedding dimension of the words of text columns. With `interaction` fm `dim` sets it.",
            x => x.TextDim, (x, v) => x with { TextDim = (int)v }, 1, 4_096, "8", "32", "64").When("interaction", "none", "cross"),
        SettingOf<TabularSettings>.Integer("word-min-count",
            "Minimum number of occurrences for a word of a text column to get its own embedding. Rarer words share one.",
            x => x.WordMinCount, (x, v) => x with { WordMinCount = (int)v }, 1, int.MaxValue, "1", "2", "5"),
        SettingOf<TabularSettings>.Integer("max-words", "Maximum vocabulary size of a text column.",
            x => x.MaxWords, (x, v) => x with { MaxWords = (int)v }, 1, int.MaxValue),
        SettingOf<TabularSettings>.Integer("length", "Maximum text length, in words. The rest is cut off.",
            x => x.Length, (x, v) => x with { Length = (int)v }, 1, 1 << 20),
        .. PretrainedStart.Settings<TabularSettings>(". For text columns; sets `text-dim`.",
            x => x.Start, (x, v) => x with { Vectors = v.File, FreezeVectors = v.Freeze, VectorsRate = v.Rate }),
        SettingOf<TabularSettings>.Text("label-trim", "Characters trimmed from the ends of labels.",
            "characters", x => x.LabelTrim, (x, v) => x with { LabelTrim = v }),
        SettingOf<TabularSettings>.Flag("split-by-time", "Use the last records by time for validation and test.",
            x => x.SplitByTime, (x, v) => x with { SplitByTime = v }),
        SettingOf<TabularSettings>.Number("validation-share", "Share of the records for validation, if no file is given.",
            x => x.ValidationShare, (x, v) => x with { ValidationShare = v }, 0, 0.9f),
        SettingOf<TabularSettings>.Number("test-share", "Share of the records for the test, if no file is given.",
            x => x.TestShare, (x, v) => x with { TestShare = v }, 0, 0.9f),
        SettingOf<TabularSettings>.Integer("memory-limit",
            "Maximum bytes of encoded columns in memory. The rest goes to a temporary file.",
            x => x.MemoryLimit, (x, v) => x with { MemoryLimit = v }, 0, long.MaxValue),
        .. UnknownOptions.Of<TabularSettings>(x => x.Unknown, (x, v) => x with { Unknown = v }),
        .. TrainingOptions.Of<TabularSettings>(
            x => x.Training, (x, v) => x with { Training = v }, x => x.Sizes, (x, v) => x with { Sizes = v }, "auto", "32", "256", "1024"),
    ]);
}
