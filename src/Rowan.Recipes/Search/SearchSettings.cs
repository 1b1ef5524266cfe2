using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Settings of the search task; the defaults were tuned on other questions than those of the reported results.</summary>
public sealed record SearchSettings
{
    /// <summary>Embedding dimension.</summary>
    public int Dim { get; init; } = 128;

    /// <summary>Initial learning rate of Adam.</summary>
    public float LearningRate { get; init; } = 0.01f;

    /// <summary>Learning rate of the documents' own rows, relative to that of the words. Lower, so that the words learn what they can
    /// explain.</summary>
    public float ItemRate { get; init; } = 0.05f;

    /// <summary>Factor on cosines before the softmax: the inverse temperature.</summary>
    public float Scale { get; init; } = 12;

    /// <summary>Documents of the same group next to each other in a batch: hard negatives.</summary>
    public int Siblings { get; init; } = 4;

    /// <summary>Minimum occurrences of a word with a row of its own.</summary>
    public int MinCount { get; init; } = 3;

    /// <summary>Rows that the n-grams of all other words share.</summary>
    public int? Buckets { get; init; }

    /// <summary>Questions held out of training and asked at the end; at most a tenth of the documents.</summary>
    public int HeldOut { get; init; } = 2_000;

    /// <summary>
    /// Questions held out of training to choose the settings of BM25 and the weight of the fusion; null for 500. At most a tenth of the
    /// documents, or a fifth of given queries. Where they are given, they are also asked at each check of training.
    /// </summary>
    public int? ValidationQuestions { get; init; }

    /// <summary>Weight of the vectors in the fusion with BM25, from 0 to 1; null to choose it on validation questions.</summary>
    public float? FusionWeight { get; init; }

    /// <summary>Documents that BM25 finds for a question and that do not answer it, per question of a batch.</summary>
    public int HardNegatives { get; init; }

    /// <summary>File of queries; empty for none.</summary>
    public string Queries { get; init; } = "";

    /// <summary>File of relevance judgments of <see cref="Queries"/> to train on; empty for none.</summary>
    public string Qrels { get; init; } = "";

    /// <summary>File of test queries; empty for <see cref="Queries"/>.</summary>
    public string TestQueries { get; init; } = "";

    /// <summary>File of relevance judgments of the test queries; empty for none.</summary>
    public string TestQrels { get; init; } = "";

    /// <summary>Folder of a static encoder whose rows the words begin with; empty for random rows.</summary>
    public string From { get; init; } = "";

    /// <summary>File of word vectors that words begin with; empty for random ones.</summary>
    public string Vectors { get; init; } = "";

    /// <summary>Whether the vectors of the file stay as they are.</summary>
    public bool FreezeVectors { get; init; }

    /// <summary>What the learning rate of the words found in <see cref="Vectors"/> is multiplied by, above 0 and at most 1.</summary>
    public float VectorsRate { get; init; } = 1;

    /// <summary>The vectors that words begin with.</summary>
    internal PretrainedStart Start => new(Vectors, FreezeVectors, VectorsRate);

    /// <summary>Cutoffs k of the metrics.</summary>
    public IReadOnlyList<int> Cutoffs { get; init; } = [1, 10];

    /// <summary>Columns that describe a document and are never asked, a,b,c.</summary>
    public string Extra { get; init; } = "";

    /// <summary>The loop. Every document of a batch is a negative for the questions of all others.</summary>
    public TrainerSettings Training { get; init; } = new() { Schedule = RateSchedule.Linear };

    /// <summary>Sizes of the loop that depend on the data.</summary>
    public LoopSizes Sizes { get; init; } = new();

    /// <summary>The settings, with those that depend on the documents filled in.</summary>
    /// <param name="documents">The documents.</param>
    /// <param name="words">Words with a row of their own; null for the tokens of a static encoder.</param>
    internal SearchSettings For(IReadOnlyList<SearchDocument> documents, Vocabulary? words)
    {
        LoopSizes sizes = Sizes.For(documents.Count, new LoopRule(Batch: 512, Epochs: 12, Steps: 300, MinSteps: 0, LeastStepsPerEpoch: 4));
        return this with
        {
            Sizes = sizes, Training = sizes.In(Training), Buckets = words is null ? null
                : Buckets ?? NgramBuckets(documents.SelectMany(SearchCorpus.Texts), words),
        };
    }

    /// <summary>The same for scored pairs.</summary>
    internal SearchSettings ForPairs(int pairs, IEnumerable<string> texts, Vocabulary words)
    {
        LoopSizes sizes = Sizes.For(pairs, new LoopRule(Batch: 128, Epochs: 12, Steps: 300, MinSteps: 0, LeastStepsPerEpoch: 4));
        return this with { Sizes = sizes, Training = sizes.In(Training), Buckets = Buckets ?? NgramBuckets(texts, words) };
    }

    static int NgramBuckets(IEnumerable<string> texts, Vocabulary words)
    {
        var (ngrams, hashes, own) = (new DistinctCounter(), new Subwords(1L << 32), new List<long>());
        foreach (string word in texts.SelectMany(text => TextTokenizer.Words(text, wholeIdentifiers: true))
            .Where(word => !words.TryGetId(word, out _)).Distinct())
        {
            own.Clear();
            hashes.AddTo(own, word, 0);
            foreach (long hash in own) ngrams.Add((ulong)hash);
        }
        return DistinctCounter.Buckets(ngrams.Count, LeastBuckets, MostBuckets);
    }

    /// <summary>Cutoffs from a text such as 5,10,20; null if it is none.</summary>
    internal static IReadOnlyList<int>? CutoffsOf(string text)
    {
        var cutoffs = new List<int>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(part, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int k)
                || k < 1) return null;
            cutoffs.Add(k);
        }
        return cutoffs;
    }

    const int LeastBuckets = 1_024, MostBuckets = 32_768;

    /// <summary>Presets of the search task.</summary>
    public static IReadOnlyList<Preset> Presets { get; } =
    [
        new(Preset.Fast, "Short vectors.", new Dictionary<string, string> { ["dim"] = "64" }),
        new(Preset.Best, "Long vectors.", new Dictionary<string, string> { ["dim"] = "256" }),
    ];

    // With 256 dimensions about 30 seconds and 750 MB on 2 cores.
    const long MostForBest = 10_000;

    /// <summary>The preset that auto stands for: best for up to 10,000 documents, else the defaults.</summary>
    internal static string PresetFor(long documents) => documents <= MostForBest ? Preset.Best : Preset.None;

    /// <summary>All settings.</summary>
    public static SettingList<SearchSettings> List { get; } = new(new SearchSettings(), Presets,
    [
        SettingOf<SearchSettings>.Integer("dim", "Embedding dimension.",
            x => x.Dim, (x, v) => x with { Dim = (int)v }, 1, 4_096, "64", "128", "256"),
        SettingOf<SearchSettings>.Number("learning-rate", "Initial learning rate. Pairs with a score: 0.002.",
            x => x.LearningRate, (x, v) => x with { LearningRate = v }, float.Epsilon, float.MaxValue, "0.003", "0.01", "0.03"),
        SettingOf<SearchSettings>.Number("item-rate", "Learning rate of document embeddings, as a multiple of `learning-rate`.",
            x => x.ItemRate, (x, v) => x with { ItemRate = v }, 0, float.MaxValue, "0.05", "0.2"),
        SettingOf<SearchSettings>.Number("scale", "Scale of the cosine before softmax: 1 / temperature. Pairs with a score: 3.",
            x => x.Scale, (x, v) => x with { Scale = v }, float.Epsilon, float.MaxValue, "8", "12", "20"),
        SettingOf<SearchSettings>.Integer("siblings", "Documents of one group placed in the same batch, as hard negatives.",
            x => x.Siblings, (x, v) => x with { Siblings = (int)v }, 1, 1 << 20),
        SettingOf<SearchSettings>.Integer("min-count", "Minimum number of occurrences for a word to get its own embedding.",
            x => x.MinCount, (x, v) => x with { MinCount = (int)v }, 1, int.MaxValue, "2", "3", "5"),
        SettingOf<SearchSettings>.AutoInteger("buckets",
            "Hash buckets for the character n-grams of all other words. auto: about the number of different n-grams.",
            x => x.Buckets, (x, v) => x with { Buckets = (int?)v }, 1, 1 << 30),
        SettingOf<SearchSettings>.Integer("held-out", "Questions held out for the test.",
            x => x.HeldOut, (x, v) => x with { HeldOut = (int)v }, 0, int.MaxValue),
        SettingOf<SearchSettings>.AutoInteger("validation-questions",
            "Questions held out to choose the settings of BM25 and `fusion-weight`. auto: 500, at most a tenth of the documents. "
            + "Pairs with a score: pairs held out.",
            x => x.ValidationQuestions, (x, v) => x with { ValidationQuestions = (int?)v }, 0, int.MaxValue),
        SettingOf<SearchSettings>.AutoNumber("fusion-weight",
            "Weight of the vectors in the fusion with BM25 (pairs with a score: with the word overlap): 0 is BM25 alone, 1 the vectors "
                + "alone. "
            + "auto: chosen on validation questions.",
            x => x.FusionWeight, (x, v) => x with { FusionWeight = v }, 0, 1),
        SettingOf<SearchSettings>.Integer("hard-negatives",
            "Negatives per question from the first documents of BM25, besides the other documents of the batch.",
            x => x.HardNegatives, (x, v) => x with { HardNegatives = (int)v }, 0, 64, "0", "1", "3"),
        SettingOf<SearchSettings>.Text("from",
            "Folder of a static encoder (from 'rowan distill', Model2Vec or sentence-transformers) to fine-tune. Its dimension is kept; "
            + "default learning rate 0.003, item rate 0.",
            "a path", x => x.From, (x, v) => x with { From = v }),
        .. PretrainedStart.Settings<SearchSettings>(", scaled by rarity. Sets `dim`.",
            x => x.Start, (x, v) => x with { Vectors = v.File, FreezeVectors = v.Freeze, VectorsRate = v.Rate }),
        SettingOf<SearchSettings>.Text("queries",
            "Queries: lines of id, tab, text, or JSON Lines with _id and text. With `qrels` they are trained on.",
            "a path", x => x.Queries, (x, v) => x with { Queries = v }),
        SettingOf<SearchSettings>.Text("qrels",
            "Relevance judgments to train on: lines of query, document, relevance (BEIR) or query, 0, document, relevance (TREC).",
            "a path", x => x.Qrels, (x, v) => x with { Qrels = v }),
        SettingOf<SearchSettings>.Text("test-queries", "Test queries, in the layouts of `queries`. Default: the file of `queries`.",
            "a path", x => x.TestQueries, (x, v) => x with { TestQueries = v }),
        SettingOf<SearchSettings>.Text("test-qrels", "Relevance judgments of the test queries, in the layouts of `qrels`.",
            "a path", x => x.TestQrels, (x, v) => x with { TestQrels = v }),
        SettingOf<SearchSettings>.Text("at", "Cutoffs k of ranking metrics such as ndcg@k, comma-separated.",
            "whole numbers from 1 on, such as 5,10,20", x => string.Join(',', x.Cutoffs), (x, v) => CutoffsOf(v) is { } at
                ? x with { Cutoffs = at } : null),
        SettingOf<SearchSettings>.Text("extra", "Columns that describe a document and never serve as questions.",
            "names of columns, a,b,c", x => x.Extra, (x, v) => x with { Extra = v }),
        .. TrainingOptions.Of<SearchSettings>(x => x.Training, (x, v) => x with { Training = v }, x => x.Sizes,
            (x, v) => x with { Sizes = v }, "auto", "128", "512"),
    ]);
}
