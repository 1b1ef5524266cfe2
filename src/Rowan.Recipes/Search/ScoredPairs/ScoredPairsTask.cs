using System.Globalization;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>One training of the search task on pairs of texts with a score.</summary>
sealed class ScoredPairsTask(TrainRequest request)
    : RecipeTask<SearchSettings, ScoredPairsTask.Parts, PairTraining>(SearchRecipe.JobName, SearchSettings.List, request)
{
    /// <summary>Name of the baseline.</summary>
    public const string OverlapName = "word overlap";

    /// <summary>What is said where a correlation is not a number.</summary>
    public const string Undefined =
        "a correlation is not defined: the scores of the tested pairs, or their similarities, are all equal; give other pairs";

    const int FewestPairs = 10, DefaultValidation = 500;
    const float DefaultWeight = 0.5f, DefaultLearningRate = 0.002f, DefaultScale = 3;

    static readonly string[] Unused =
        ["item-rate", "siblings", "hard-negatives", "queries", "qrels", "test-queries", "test-qrels", "at", "extra", "from",
            .. PretrainedStart.Names];

    // Set when the model is built, and when it is measured.
    SearchSettings? _sized;
    WordOverlap? _overlap;
    PairScorer? _scorer;

    /// <summary>The settings with the defaults of scored pairs.</summary>
    static SearchSettings Defaults(SearchSettings settings, TrainRequest request) => settings with
    {
        LearningRate = request.IsGiven("learning-rate") ? settings.LearningRate : DefaultLearningRate,
        Scale = request.IsGiven("scale") ? settings.Scale : DefaultScale,
    };

    /// <summary>Whether a setting of the search task has an effect on scored pairs.</summary>
    public static bool Uses(string setting) => !Unused.Contains(setting);

    protected override TrainerSettings Loop => (_sized ?? Settings).Training;

    protected override string Remedy => "more pairs, or another `learning-rate` or `fusion-weight`, may help";

    protected override IReadOnlyList<string> PartsOfTheModel => [SearchRecipe.VectorsName];

    protected override void Check()
    {
        SearchTask.Check(Settings, Request);
        Check(Request);
        Settings = Defaults(Settings, Request);
    }

    protected override Parts Read() => Read(Request, Settings, Session, Stop);

    protected override PairTraining Build(Parts data)
    {
        Session.Begin("preparing", 1);
        string[] trainingTexts = TextsOf(data.Training);
        WordOverlap overlap = ChosenOverlap(trainingTexts, data.Validation);
        var vocabulary = Vocabulary.Build(trainingTexts.SelectMany(text => LexicalWords.Of(text, overlap.Analysis)), Settings.MinCount);
        // The run records the settings as they were given: auto stays auto.
        SearchSettings settings = Settings.ForPairs(data.Training.Count,
            trainingTexts.Select(text => PairEncoder.WordsOf(text, overlap.Analysis)), vocabulary);
        (_overlap, _sized) = (overlap, settings);
        var encoder = new PairEncoder(new SearchEncoder(vocabulary, new Subwords(settings.Buckets!.Value)), overlap.Analysis);
        var job = new PairTraining(data.Training, data.Validation, encoder, overlap, settings);
        Session.Note(string.Create(CultureInfo.InvariantCulture,
            $"{data.Training.Count:#,0} pairs trained on, {data.Validation.Count:#,0} for validation, "
            + $"{data.Test.Count:#,0} for the test; {vocabulary.Count:#,0} words; scores from {data.Low} to {data.High}"));
        if (data.Test.Count > 0) NoteSeen(Session, trainingTexts, data.Test);
        if (ResultWarnings.FewTested(data.Test.Count, "pairs", Request.Test is not null) is { } few)
            Session.Warn(few.Replace("`test-share`", "`held-out`", StringComparison.Ordinal));
        Session.At(1);
        return job;
    }

    protected override Measured Measure(Parts data, PairTraining job, TrainingOutcome outcome)
    {
        Session.Begin("choosing", 1);
        // An interrupted run is saved at once, with defaults.
        IReadOnlyList<ScoredPair> choosing = outcome.End == TrainingEnd.Stopped ? [] : data.Validation;
        PairScorer scorer = _scorer = Scorer(job, data, _overlap!, choosing, Settings);
        Session.At(1);
        Session.Note(string.Create(CultureInfo.InvariantCulture,
            $"fusion: weight {scorer.Weight} for the vectors, {1 - scorer.Weight:0.##} for the word overlap "
            + $"({Chosen(Settings, choosing.Count)}; `fusion-weight` changes it); words: "
            + $"{(scorer.Overlap.Analysis == LexicalAnalysis.English ? "English stems without stop words" : "whole words")}"));
        if (outcome.End == TrainingEnd.Stopped || data.Test.Count == 0) return Measured.Nothing;
        Session.Begin("testing", 1);
        Measured measured = Measure(scorer, data.Test);
        if (measured.Metrics.Any(metric => double.IsNaN(metric.Value))) Session.Warn(Undefined);
        Session.At(1);
        return measured;
    }

    protected override void Save(RunFolder run, Parts data, PairTraining job) => Save(run, job, _scorer!,
        TextsOf([.. data.Training, .. data.Validation, .. Request.Test is null ? data.Test : []]));

    protected override IEnumerable<string> Next(Parts data) =>
    [
        $"rowan search \"{SearchRecipe.Question(data.Training[0].First)}\" --run {{run}}",
        "rowan evaluate {run} PAIRS", "rowan predict PAIRS --run {run}",
    ];

    /// <summary>The metrics of the fused similarity, of the word overlap and of the vectors.</summary>
    public static Measured Measure(PairScorer scorer, IReadOnlyList<ScoredPair> pairs)
    {
        (float[] fused, float[] overlaps, float[] cosines) = scorer.Similarities(pairs);
        return new(PairScorer.Figures(fused, pairs),
            [(OverlapName, PairScorer.Figures(overlaps, pairs)), (SearchRecipe.VectorsName, PairScorer.Figures(cosines, pairs))]);
    }

    /// <summary>The pairs of each part.</summary>
    public sealed record Parts(IReadOnlyList<ScoredPair> Training, IReadOnlyList<ScoredPair> Validation, IReadOnlyList<ScoredPair> Test)
    {
        public float Low => Training.Min(pair => pair.Score);

        public float High => Training.Max(pair => pair.Score);
    }

    /// <summary>Refuses settings that have no effect on scored pairs.</summary>
    static void Check(TrainRequest request)
    {
        foreach (string setting in Unused)
            Require.That(!request.IsGiven(setting), $"`{setting}`: it has no effect on pairs with a score; leave it out, or leave "
                + $"the score out with `ignore` {RoleChoice.Quoted(request.Schema.Need(ColumnRole.Rating).Name)}", setting);
        foreach ((string setting, string option, DataSource? file) in new[]
            { ("validation-questions", "`validation`", request.Validation), ("held-out", "`test`", request.Test) })
            Require.That(file is null || !request.IsGiven(setting),
                $"`{setting}`: no pairs are held out, because {option} {file?.Names[0]} has them; "
                + $"leave one of them out", setting);
    }

    static Parts Read(TrainRequest request, SearchSettings settings, RunSession session, CancellationToken stop)
    {
        List<ScoredPair> all = Of(request.Data, "");
        Require.Data(all.Count >= FewestPairs, $"{all.Count} pairs with two texts and a score; at least {FewestPairs} are needed");
        List<ScoredPair>? validation = request.Validation is null ? null : Of(request.Validation, "`validation`");
        List<ScoredPair>? test = request.Test is null ? null : Of(request.Test, "`test`");
        int[] parts = ScoredPair.Split(all,
            validation is not null ? 0 : Math.Min(settings.ValidationQuestions ?? DefaultValidation, all.Count / 10),
            test is not null ? 0 : Math.Min(settings.HeldOut, all.Count / 10), new Rng(settings.Training.Seed));
        ScoredPair[] PartOf(int part) => [.. all.Where((_, i) => parts[i] == part)];
        var read = new Parts(PartOf(0), validation ?? [.. PartOf(1)], test ?? [.. PartOf(2)]);
        Require.Data(read.Low < read.High, $"the score of all {read.Training.Count} training pairs is {read.Low}; "
            + $"pairs with different scores are needed, or name another column as `rating` COLUMN");
        return read;

        List<ScoredPair> Of(DataSource source, string option)
        {
            IReadOnlyList<ColumnSchema> texts = request.Schema.Of(ColumnRole.Text);
            ColumnSchema score = request.Schema.Need(ColumnRole.Rating);
            using RecordReader reader = source.Open();
            var notes = new List<string>();
            List<ScoredPair> pairs = ScoredPair.Read(reader, texts[0].Name, texts[1].Name, score.Name, score.Format, notes, stop);
            string of = option.Length == 0 ? "" : $"{option}: ";
            foreach (string note in notes) session.Note(of + note);
            if (reader.Skipped > 0) session.Note(string.Create(CultureInfo.InvariantCulture,
                $"{of}{reader.Skipped:#,0} bad records skipped, such as {reader.SkippedMessages[0]}"));
            Require.Data(option.Length == 0 || pairs.Count > 0, $"{option} {source.Names[0]}: it has no pair with two texts and a score");
            return pairs;
        }
    }

    static string[] TextsOf(IReadOnlyList<ScoredPair> pairs) =>
        [.. pairs.SelectMany(pair => (string[])[pair.First, pair.Second]).Distinct(StringComparer.Ordinal)];

    static void NoteSeen(RunSession session, string[] trainingTexts, IReadOnlyList<ScoredPair> test)
    {
        var seen = trainingTexts.ToHashSet(StringComparer.Ordinal);
        int count = test.Count(pair => seen.Contains(pair.First) || seen.Contains(pair.Second));
        if (count > 0) session.Note(string.Create(CultureInfo.InvariantCulture,
            $"{count:#,0} of {test.Count:#,0} test pairs have a text that occurs in a training pair"));
    }

    /// <summary>The word overlap of stems or of whole words, by the Spearman correlation on the validation pairs; of stems without
    /// them.</summary>
    static WordOverlap ChosenOverlap(string[] texts, IReadOnlyList<ScoredPair> validation)
    {
        WordOverlap stems = WordOverlap.Of(texts, LexicalAnalysis.English);
        if (validation.Count == 0) return stems;
        WordOverlap words = WordOverlap.Of(texts, LexicalAnalysis.Words);
        double Correlation(WordOverlap overlap) => PairScorer.Figures(overlap.Cosines(validation), validation)[0].Value;
        return Correlation(words) > Correlation(stems) ? words : stems;
    }

    static PairScorer Scorer(PairTraining job, Parts parts, WordOverlap overlap, IReadOnlyList<ScoredPair> validation,
        SearchSettings settings)
    {
        // Without validation pairs the line is fitted on the training pairs.
        IReadOnlyList<ScoredPair> choosing = validation.Count > 0 ? validation : parts.Training;
        float[] overlaps = overlap.Cosines(choosing), cosines = job.Cosines(choosing);
        float weight = settings.FusionWeight ?? (validation.Count > 0 ? PairScorer.Choose(overlaps, cosines, validation) : DefaultWeight);
        var line = ScoreLine.Fit(PairScorer.Fuse(overlaps, cosines, weight), choosing, parts.Low, parts.High);
        return new PairScorer(job.Encoder, job.Towers.Text, overlap, weight, line);
    }

    static string Chosen(SearchSettings settings, int pairs) => settings.FusionWeight is not null ? "given"
        : pairs == 0 ? "the default, because there are no validation pairs"
        : string.Create(CultureInfo.InvariantCulture, $"chosen on {pairs:#,0} validation pairs");

    static void Save(RunFolder run, PairTraining job, PairScorer scorer, string[] texts)
    {
        SearchDocument[] documents = [.. texts.Select((text, i) =>
            new SearchDocument((i + 1).ToString(CultureInfo.InvariantCulture), false, "", [text], ""))];
        LexicalIndex lexical = LexicalIndex.Of(documents, scorer.Overlap.Analysis);
        lexical.Write(run);
        scorer.Write(run.File(SearchRecipe.ModelFile), lexical.Bm25.Terms);
        int dim = job.Towers.Text.Weight.Dim;
        VectorRows words = VectorRows.Of(job.Towers.Text.Weight), vectors = VectorRows.Over(job.Vectors(texts), dim);
        TableFiles.Write(run,
            new LearnedTable
            {
                Name = SearchRecipe.ItemsTable, Ids = new Vocabulary(documents.Select(document => document.Name)),
                Vectors = vectors, Counts = [.. texts.Select(_ => 1L)],
                Moved = VectorRows.Moved(VectorRows.Over(job.FirstVectors(texts), dim), vectors),
            },
            new LearnedTable
            {
                Name = SearchRecipe.WordsTable, Ids = job.Encoder.Rows.Vocabulary, Vectors = words, Counts = job.Occurrences,
                Moved = VectorRows.Moved(VectorRows.Over(job.First, dim), words),
            });
        AtomicFile.WriteLines(run.File(SearchRecipe.SummariesFile), texts.Select(SearchRecipe.Shortened));
    }
}
