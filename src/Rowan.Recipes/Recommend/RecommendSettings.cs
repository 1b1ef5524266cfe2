using System.Globalization;
using Rowan.Data;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>The model that scores an item for a user.</summary>
public enum RecommendModelKind
{
    /// <summary>Chosen by the data: see <see cref="RecommendModelSearch"/>.</summary>
    Auto,

    /// <summary>Matrix factorization p·q with biases, trained by gradients.</summary>
    Factors,

    /// <summary>Matrix factorization p·q of implicit feedback, trained by alternating least squares.</summary>
    Als,

    /// <summary>
    /// Alternating least squares, or a softmax over cosines: whichever ranks the validation records better. Ratings: least squares.
    /// </summary>
    Select,

    /// <summary>Two towers: ids and features of each side, through layers.</summary>
    TwoTower,

    /// <summary>A causal transformer over the items in their order (SASRec).</summary>
    Sequence,
}

/// <summary>The loss.</summary>
public enum RecommendLoss
{
    /// <summary>Squared error for ratings, softmax for interactions.</summary>
    Auto,

    /// <summary>The squared error of ratings.</summary>
    Squared,

    /// <summary>Binary cross entropy of the chosen item against sampled negatives.</summary>
    Bce,

    /// <summary>Bayesian personalized ranking: the chosen item above sampled negatives.</summary>
    Bpr,

    /// <summary>Cross entropy over all items, or over sampled negatives if there are many items.</summary>
    Softmax,

    /// <summary>Cosine contrastive loss: the chosen item near the user, sampled negatives below a margin.</summary>
    Ccl,
}

/// <summary>The meaning of a record.</summary>
public enum Feedback
{
    /// <summary>
    /// Ratings if there is a rating column of 2 to 21 distinct values that are not just 0 and 1, or −1 and 1; otherwise interactions.
    /// </summary>
    Auto,

    /// <summary>Implicit feedback: an interaction, whatever the rating.</summary>
    Implicit,

    /// <summary>Explicit feedback: how much the user liked the item.</summary>
    Explicit,
}

/// <summary>Which records are held out if no file is given.</summary>
public enum RecommendSplit
{
    /// <summary>Leave-one-out for interactions, random for ratings.</summary>
    Auto,

    /// <summary>The last record of each user.</summary>
    LeaveOneOut,

    /// <summary>A random share.</summary>
    Random,

    /// <summary>The last share by time.</summary>
    Time,

    /// <summary>None.</summary>
    None,
}

/// <summary>Settings of the recommend task.</summary>
public sealed record RecommendSettings
{
    /// <summary>The model that scores an item for a user.</summary>
    public RecommendModelKind Model { get; init; } = RecommendModelKind.Auto;

    /// <summary>The loss.</summary>
    public RecommendLoss Loss { get; init; }

    /// <summary>The meaning of a record.</summary>
    public Feedback Feedback { get; init; }

    /// <summary>Which records are held out.</summary>
    public RecommendSplit Split { get; init; }

    /// <summary>The share of records to validate on, for random splits and those by time.</summary>
    public float ValidationShare { get; init; } = 0.1f;

    /// <summary>The share of records to test on, likewise.</summary>
    public float TestShare { get; init; } = 0.1f;

    /// <summary>How users and items are handled that are not in the training data or too rare. Default: they share a row if some are too
    /// rare, and are unknown otherwise.</summary>
    public UnknownSettings Unknown { get; init; } = new();

    /// <summary>Users or items by their ids.</summary>
    internal IdMap MapOf(string what, Vocabulary known) => Unknown.Map(what, known, MinCount > 1 ? UnknownIds.Shared : UnknownIds.Error);

    /// <summary>Embedding dimension.</summary>
    public int Dim { get; init; } = 64;

    /// <summary>Initial learning rate.</summary>
    public float LearningRate { get; init; } = 0.005f;

    /// <summary>Negative samples per chosen item; 0 for all items, which only softmax supports.</summary>
    public int Negatives { get; init; } = 4;

    /// <summary>The cosine above which a sampled negative counts, for <see cref="RecommendLoss.Ccl"/>.</summary>
    public float Margin { get; init; } = 0.8f;

    /// <summary>What the mean over the negatives counts, likewise.</summary>
    public float NegativeWeight { get; init; } = 300;

    /// <summary>τ of a softmax over cosine/τ; null for a softmax over dot products.</summary>
    public float? Temperature { get; init; }

    /// <summary>Whether a score is the cosine of user and item.</summary>
    internal bool Cosine => Loss == RecommendLoss.Ccl || Temperature is not null;

    /// <summary>Negatives are drawn in proportion to their count to this power.</summary>
    public float NegativePower { get; init; }

    /// <summary>
    /// λ of λ·(|p|² + |q|²), a term of the loss. null: 0.001, or chosen on validation data for alternating least squares.
    /// </summary>
    public float? Regularization { get; init; }

    /// <summary>
    /// Weight of all pairs in the squared error of alternating least squares, where a chosen pair has 1 more; null to choose it on
    /// validation data.
    /// </summary>
    public float? UnobservedWeight { get; init; }

    /// <summary>Dropout rate on the user's vector.</summary>
    public float Dropout { get; init; }

    /// <summary>The share of users and items whose own embeddings are dropped in training, for the two-tower model, so that their
    /// features suffice for new ids without records.</summary>
    public float IdDropout { get; init; }

    /// <summary>Standard deviation of the initial weights.</summary>
    public float FirstDeviation { get; init; } = 0.05f;

    /// <summary>Items of the user's history that are added to the user's vector; 0 for none.</summary>
    public int History { get; init; }

    /// <summary>Whether users have vectors of their own.</summary>
    public bool UserVectors { get; init; } = true;

    /// <summary>Values of the towers' hidden layer; 0 for none.</summary>
    public int Hidden { get; init; }

    /// <summary>Transformer layers of the sequence model.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Attention heads of the sequence model.</summary>
    public int Heads { get; init; } = 2;

    /// <summary>Items of a sequence.</summary>
    public int Length { get; init; } = 50;

    /// <summary>Fewest records of an item, and of a user, with a vector of its own.</summary>
    public int MinCount { get; init; } = 1;

    /// <summary>A file with features of the users, for the two-tower model; empty if the features are in the records.</summary>
    public string UserFile { get; init; } = "";

    /// <summary>Categorical features of the user, columns a,b,c, for the two-tower model.</summary>
    public string UserColumns { get; init; } = "";

    /// <summary>Numeric features of the user, likewise.</summary>
    public string UserNumbers { get; init; } = "";

    /// <summary>A file with features of the items, for the two-tower model; empty if the features are in the records.</summary>
    public string ItemFile { get; init; } = "";

    /// <summary>The column of titles in the item file; empty to look for one.</summary>
    public string ItemTitle { get; init; } = "";

    /// <summary>Categorical features of the item, columns a,b,c, for the two-tower model.</summary>
    public string ItemColumns { get; init; } = "";

    /// <summary>Numeric features of the item, likewise.</summary>
    public string ItemNumbers { get; init; } = "";

    /// <summary>A file of negative items for each test record, in the layout "(user,item)\titem…"; empty to rank all items.</summary>
    public string NegativesFile { get; init; } = "";

    /// <summary>Items drawn to rank a validation record among; 0 to rank all items.</summary>
    public int ValidationNegatives { get; init; }

    /// <summary>The k of metrics such as ndcg@k; the first is the one that early stopping watches.</summary>
    public IReadOnlyList<int> Cutoffs { get; init; } = [10];

    /// <summary>The loop.</summary>
    public TrainerSettings Training { get; init; } = new() { Epochs = 20, BatchSize = 512, Patience = 3, Schedule = RateSchedule.Constant };

    /// <summary>Presets of the recommend task.</summary>
    public static IReadOnlyList<Preset> Presets { get; } =
    [
        new(Preset.Fast, "Short vectors.", new Dictionary<string, string> { ["dim"] = "32" }),
        new(Preset.Best, "Long vectors, and the better of two models.",
            new Dictionary<string, string> { ["dim"] = "128", ["model"] = "select" }),
    ];

    /// <summary>The preset that auto stands for: the defaults suit data of all sizes.</summary>
    internal static string PresetFor(long records) => Preset.None;

    /// <summary>All settings.</summary>
    public static SettingList<RecommendSettings> List { get; } = new(new RecommendSettings(), Presets,
    [
        SettingOf<RecommendSettings>.Choice("model",
            "Matrix factorization by gradients (factors) or by alternating least squares (als), a two-tower network of ids and features, " +
            "or a transformer over each user's item sequence (SASRec). auto: als, or the model whose options are given. select: als or " +
            "factors with a softmax over cosines, whichever is better on validation data.",
            x => x.Model, (x, v) => x with { Model = v },
            [("auto", RecommendModelKind.Auto), ("factors", RecommendModelKind.Factors), ("als", RecommendModelKind.Als),
                ("select", RecommendModelKind.Select),
                ("two-tower", RecommendModelKind.TwoTower), ("sequence", RecommendModelKind.Sequence)],
            "als", "factors"),
        SettingOf<RecommendSettings>.Choice("loss",
            "Training loss. auto: squared error for ratings, softmax cross entropy for implicit feedback.",
            x => x.Loss, (x, v) => x with { Loss = v },
            [("auto", RecommendLoss.Auto), ("squared", RecommendLoss.Squared), ("bce", RecommendLoss.Bce), ("bpr", RecommendLoss.Bpr),
                ("softmax", RecommendLoss.Softmax), ("ccl", RecommendLoss.Ccl)])
                .When("model", "factors", "two-tower", "sequence"),
        SettingOf<RecommendSettings>.Choice("feedback",
            "Treat records as ratings (explicit) or as interactions (implicit). auto decides by the rating column.",
            x => x.Feedback, (x, v) => x with { Feedback = v },
            [("auto", Feedback.Auto), ("implicit", Feedback.Implicit), ("explicit", Feedback.Explicit)]),
        SettingOf<RecommendSettings>.Choice("split", "How records are split into training, validation and test, if no file is given.",
            x => x.Split, (x, v) => x with { Split = v },
            [("auto", RecommendSplit.Auto), ("leave-one-out", RecommendSplit.LeaveOneOut), ("random", RecommendSplit.Random),
                ("time", RecommendSplit.Time), ("none", RecommendSplit.None)]),
        SettingOf<RecommendSettings>.Number("validation-share", "Share of the records for validation, for random and time splits.",
            x => x.ValidationShare, (x, v) => x with { ValidationShare = v }, 0, 0.9f),
        SettingOf<RecommendSettings>.Number("test-share", "Share of the records for the test, for random and time splits.",
            x => x.TestShare, (x, v) => x with { TestShare = v }, 0, 0.9f),
        SettingOf<RecommendSettings>.Integer("dim", "Embedding dimension.",
            x => x.Dim, (x, v) => x with { Dim = (int)v }, 1, 4_096, "32", "64", "128"),
        SettingOf<RecommendSettings>.Number("learning-rate", "Initial learning rate.",
            x => x.LearningRate, (x, v) => x with { LearningRate = v }, float.Epsilon, float.MaxValue, "0.001", "0.003", "0.01")
                .When("model", "factors", "two-tower", "sequence"),
        SettingOf<RecommendSettings>.Integer("negatives", "Negative items sampled per positive one. 0: softmax over all items.",
            x => x.Negatives, (x, v) => x with { Negatives = (int)v }, 0, 1 << 20, "4", "8", "16")
                .When("model", "factors", "two-tower", "sequence"),
        SettingOf<RecommendSettings>.Number("margin", "Cosine above which a sampled negative counts.",
            x => x.Margin, (x, v) => x with { Margin = v }, -1, 1, "0.6", "0.8", "0.9")
                .When("loss", "ccl").When("model", "factors", "two-tower", "sequence"),
        SettingOf<RecommendSettings>.Number("negative-weight", "Weight of the mean over the negatives.",
            x => x.NegativeWeight, (x, v) => x with { NegativeWeight = v }, 0, float.MaxValue, "100", "300", "1000")
                .When("loss", "ccl").When("model", "factors", "two-tower", "sequence"),
        SettingOf<RecommendSettings>.OptionalNumber("temperature",
            "Score by cosine, divided by this temperature in the softmax. none: score by dot product.",
            x => x.Temperature, (x, v) => x with { Temperature = v }, float.Epsilon, "none", "0.1", "0.2")
                .When("loss", "auto", "softmax").When("model", "factors", "two-tower", "sequence"),
        SettingOf<RecommendSettings>.Number("negative-power", "Sample negatives in proportion to item count to this power. 0: uniformly.",
            x => x.NegativePower, (x, v) => x with { NegativePower = v }, 0, 1, "0", "0.5")
                .When("model", "factors", "two-tower", "sequence"),
        SettingOf<RecommendSettings>.OptionalNumber("regularization",
            "L2 regularization of the rows in a batch. auto: 0.001; chosen on validation data for `model` als.",
            x => x.Regularization, (x, v) => x with { Regularization = v }, 0, "auto", "0", "0.001", "0.01", "0.03")
                .When("temperature", "none").When("loss", "auto", "squared", "bce", "bpr", "softmax"),
        SettingOf<RecommendSettings>.OptionalNumber("unobserved-weight",
            "Weight of items that a user did not choose, for `model` als. auto: chosen on validation data.",
            x => x.UnobservedWeight, (x, v) => x with { UnobservedWeight = v }, 0, "auto").When("model", "auto", "als", "select"),
        SettingOf<RecommendSettings>.Number("dropout", "Dropout on the user vector.",
            x => x.Dropout, (x, v) => x with { Dropout = v }, 0, 0.95f, "0", "0.2", "0.5")
                .When("model", "factors", "two-tower", "sequence"),
        SettingOf<RecommendSettings>.Number("id-dropout",
            "Dropout of whole id embeddings, so that the model learns to rely on features (two-tower). Helps with new items.",
            x => x.IdDropout, (x, v) => x with { IdDropout = v }, 0, 0.95f, "0", "0.2", "0.5").When("model", "two-tower"),
        SettingOf<RecommendSettings>.Number("init-std", "Standard deviation of the initial weights.",
            x => x.FirstDeviation, (x, v) => x with { FirstDeviation = v }, 0, 10)
                .When("model", "factors", "two-tower", "sequence").Or("first-deviation"),
        SettingOf<RecommendSettings>.Integer("history", "Items of the user's history that are averaged into the user vector. 0: none.",
            x => x.History, (x, v) => x with { History = (int)v }, 0, 10_000, "0", "50").When("model", "factors"),
        SettingOf<RecommendSettings>.Flag("user-vectors", "Learn an embedding for each user.",
            x => x.UserVectors, (x, v) => x with { UserVectors = v }).When("model", "factors"),
        SettingOf<RecommendSettings>.Integer("hidden", "Units of the hidden layer of each tower. 0: no hidden layer.",
            x => x.Hidden, (x, v) => x with { Hidden = (int)v }, 0, 8_192).When("model", "two-tower"),
        SettingOf<RecommendSettings>.Integer("layers", "Transformer layers (sequence).",
            x => x.Layers, (x, v) => x with { Layers = (int)v }, 1, 48).When("model", "sequence"),
        SettingOf<RecommendSettings>.Integer("heads", "Attention heads (sequence).",
            x => x.Heads, (x, v) => x with { Heads = (int)v }, 1, 64).When("model", "sequence"),
        SettingOf<RecommendSettings>.Integer("length", "Maximum sequence length, in items (sequence).",
            x => x.Length, (x, v) => x with { Length = (int)v }, 2, 4_096).When("model", "sequence"),
        SettingOf<RecommendSettings>.Integer("min-count", "Minimum number of records for a user or an item to get its own embedding.",
            x => x.MinCount, (x, v) => x with { MinCount = (int)v }, 1, int.MaxValue),
        SettingOf<RecommendSettings>.Text("user-file",
            "File with a row of features per user (two-tower). Columns are detected unless named.",
            "a path", x => x.UserFile, (x, v) => x with { UserFile = v }).When("model", "two-tower"),
        SettingOf<RecommendSettings>.Text("user-columns", "Categorical user features (two-tower).",
            "names of columns, a,b,c", x => x.UserColumns, (x, v) => x with { UserColumns = v }).When("model", "two-tower"),
        SettingOf<RecommendSettings>.Text("user-numbers", "Numeric user features (two-tower).",
            "names of columns, a,b,c", x => x.UserNumbers, (x, v) => x with { UserNumbers = v }).When("model", "two-tower"),
        SettingOf<RecommendSettings>.Text("item-file",
            "File with a row per item: titles, and features for two-tower. Columns are detected unless named.",
            "a path", x => x.ItemFile, (x, v) => x with { ItemFile = v }),
        SettingOf<RecommendSettings>.Text("item-title", "Column of item titles in `item-file`. Default: title, name or the like.",
            "the name of a column", x => x.ItemTitle, (x, v) => x with { ItemTitle = v }),
        SettingOf<RecommendSettings>.Text("item-columns", "Categorical item features (two-tower).",
            "names of columns, a,b,c", x => x.ItemColumns, (x, v) => x with { ItemColumns = v }).When("model", "two-tower"),
        SettingOf<RecommendSettings>.Text("item-numbers", "Numeric item features (two-tower).",
            "names of columns, a,b,c", x => x.ItemNumbers, (x, v) => x with { ItemNumbers = v }).When("model", "two-tower"),
        SettingOf<RecommendSettings>.Text("negatives-file",
            "Candidate items to rank for each test record: lines of (user,item), a tab, and tab-separated items.",
            "a path", x => x.NegativesFile, (x, v) => x with { NegativesFile = v }),
        SettingOf<RecommendSettings>.Integer("validation-negatives",
            "Candidates sampled for ranking each validation record. 0: rank all items.",
            x => x.ValidationNegatives, (x, v) => x with { ValidationNegatives = (int)v }, 0, int.MaxValue),
        SettingOf<RecommendSettings>.Text("at",
            "Cutoffs k of ranking metrics such as ndcg@k, comma-separated. Early stopping watches the first.",
            "whole numbers from 1 on, such as 5,10,20", x => string.Join(',', x.Cutoffs), (x, v) => CutoffsOf(v) is { } at
                ? x with { Cutoffs = at } : null),
        .. UnknownOptions.Of<RecommendSettings>(x => x.Unknown, (x, v) => x with { Unknown = v }),
        .. TrainingOptions.Of<RecommendSettings>(x => x.Training, (x, v) => x with { Training = v }, " With als, 15 at most unless given.")
            .Select(setting => OfGradients.Contains(setting.Name) ? setting.When("model", "factors", "two-tower", "sequence") : setting),
    ]);

    // Settings of the loop that alternating least squares, which visits all records in a step, does not use.
    static string[] OfGradients => ["batch-size", "schedule", "warmup", "clip-norm", "average-from"];

    static int[]? CutoffsOf(string text)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        int[] cutoffs = [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int k) ? k : 0)];
        return cutoffs.All(k => k >= 1) && cutoffs.Distinct().Count() == cutoffs.Length ? cutoffs : null;
    }
}
