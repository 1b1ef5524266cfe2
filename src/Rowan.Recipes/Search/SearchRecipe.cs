using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// Learns texts with names, or pairs of texts, so that a question in plain words finds the document that answers it. With
/// <see cref="ApiDocs.Source"/> and <see cref="ApiDocs.Schema"/> it learns the .NET API.
/// </summary>
/// <remarks>
/// The answer is a fusion of BM25 and the trained vectors. Its weight, and the settings of BM25, are chosen on validation questions.
/// Questions are given as queries with relevance judgments, or held out of the documents. The test reports the fusion, BM25 and the
/// vectors. Of pairs of texts with a score it learns a similarity of texts that follows the score; the test reports correlations.
/// </remarks>
public sealed class SearchRecipe : Recipe
{
    internal const string JobName = "search", ItemsTable = "items", WordsTable = "words", Bm25Name = "BM25", VectorsName = "vectors",
    ModelFile = "model.safetensors", SummariesFile = "summaries.txt";

    const int LongestSummary = 400, RankedAtLeast = 10;
    const double DetectedPairs = 0.95, StatedPairs = 0.55;

    /// <inheritdoc/>
    public override string Kind => JobName;

    /// <inheritdoc/>
    public override string Summary => "Semantic search: a question in plain words finds the texts that answer it.";

    /// <inheritdoc/>
    public override IReadOnlyList<Setting> Settings => SearchSettings.List.All;

    /// <inheritdoc/>
    public override IReadOnlyList<Preset> Presets => SearchSettings.Presets;

    private protected override (string Preset, string Because) AutoPreset(DataSize size) =>
        (SearchSettings.PresetFor(size.Records), size.InWords(size.Records, "records"));

    /// <summary>No: every document is learned against all others, so new ones are learned together with the old.</summary>
    public override bool CanGrow => false;

    /// <summary>No: questions are held out of the documents themselves. Pairs with a score take them.</summary>
    public override bool TakesTestFiles => false;

    private protected override bool TakesTestFilesOf(DataSchema schema) => ScoredPairColumns.Of(schema) is not null;

    /// <inheritdoc/>
    public override bool MayTry(Setting setting, DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return ScoredPairColumns.Of(schema) is null || ScoredPairsTask.Uses(setting.Name);
    }

    /// <inheritdoc/>
    public override RecipeFit Fit(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (ScoredPairColumns.Of(schema) is { } pairs)
            return new(pairs.Detected ? DetectedPairs : StatedPairs, "pairs of texts with a score") { Schema = pairs.In(schema), Options =
                $"`task` {Kind} `text` {RoleChoice.Quoted(pairs.First.Name)},{RoleChoice.Quoted(pairs.Second.Name)} "
                + $"`rating` {RoleChoice.Quoted(pairs.Score.Name)}" };
        int texts = schema.Of(ColumnRole.Text).Count;
        if (texts == 0) return new(0, "needs a text column");
        bool named = schema.One(ColumnRole.Id) is not null;
        if (texts == 1 && !named) return new(0, "needs a second text, or the texts' names");
        return new(texts >= 2 ? 0.6 : 0.5, texts == 1 ? "texts with names" : named ? "named texts of several parts" : "pairs of texts")
        {
            Schema = schema.Only(ColumnRole.Text, ColumnRole.Id, ColumnRole.Categorical), Options =
                $"`task` {Kind} `text` {string.Join(',', schema.Of(ColumnRole.Text).Select(text => RoleChoice.Quoted(text.Name)))}",
        };
    }

    internal override Type RunType(JsonElement info) => ScoredPairsRun.Is(info) ? typeof(ScoredPairsRun) : typeof(SearchRun);

    internal override Run Open(string path, JsonElement info) =>
        ScoredPairsRun.Is(info) ? ScoredPairsRun.Load(path, info) : SearchRun.Load(path);

    /// <inheritdoc/>
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        request = Prepared(request);
        Require.That(request.GrownFrom is null, $"a search run cannot grow: its documents are trained against each other; train a new " +
            $"one on the old and the new texts together", nameof(request));
        SearchSettings settings = SearchSettings.List.Parse(request.Settings);
        settings.Training.Check();
        Require.InRange(settings.Sizes.BatchSize is null or >= 2, $"`batch-size` {settings.Sizes.BatchSize}: it must be at least 2; " +
            $"the other documents of a batch are the negatives", "batch-size");
        SearchQuestions.Check(settings);
        settings.Start.Check();
        settings.Start.RequireFile(request);
        bool scored = ScoredPairColumns.Of(request.Schema) is not null;
        if (scored)
        {
            ScoredPairsTask.Check(request);
            settings = ScoredPairsTask.Defaults(settings, request);
        }
        using var session = new RunSession(Kind, request, json => SearchSettings.List.Write(json, settings), progress)
        {
            Remedy = scored ? "more pairs, or another `learning-rate` or `fusion-weight`, may help"
                : "more text, more `epochs`, or queries with judgments (`queries`, `qrels`) may help",
            PartsOfTheModel = [VectorsName],
        };

        if (scored) return ScoredPairsTask.Train(request, settings, session, stop);
        StaticEncoder? start = settings.From.Length == 0 ? null : StaticEncoder.Open(settings.From);
        if (start is not null) settings = StaticStart.Defaults(settings, request, start);
        session.Begin("reading", 1);
        List<SearchDocument> documents;
        string? emptyNote = null;
        using (RecordReader reader = request.Data.Open())
        {
            documents = SearchDocument.Read(reader, request.Schema,
                settings.Extra.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), out int empty, stop);
            if (empty > 0) emptyNote = string.Create(CultureInfo.InvariantCulture, $"{empty:#,0} records without any text left out");
            if (reader.Skipped > 0) session.Note(string.Create(CultureInfo.InvariantCulture, $"{reader.Skipped:#,0} bad records "
                + $"skipped, such as {reader.SkippedMessages[0]}"));
        }
        Require.Data(documents.Count >= 2, $"{documents.Count} documents; at least two are needed");
        session.At(1);
        session.Begin("preparing", 1);
        SearchQuestions questions = SearchQuestions.Of(documents, settings);
        IReadOnlyList<SearchDocument> training = questions.Documents;
        IReadOnlyList<SearchQuestion> asked = questions.Test;
        (SearchEncoder encoder, settings) = EncoderOf(training, questions, settings, start, request, session, stop);
        var job = new SearchTraining(training, encoder, questions.Training,
            settings.ValidationQuestions > 0 ? questions.Validation : [], settings);
        session.Note(string.Create(CultureInfo.InvariantCulture,
            $"{documents.Count:#,0} documents, {encoder.Vocabulary.Count:#,0} {(start is null ? "words" : "tokens")}, "
                + $"{asked.Count:#,0} questions "
            + $"{(settings.TestQrels.Length > 0 ? "given" : "held out")}"));
        if (questions.Training.Count > 0)
            session.Note(string.Create(CultureInfo.InvariantCulture,
            $"{questions.Training.Count:#,0} queries trained on, {questions.Validation.Count:#,0} for validation"));
        if (emptyNote is not null) session.Note(emptyNote);
        foreach (string note in questions.Notes) session.Note(note);
        if (documents.Count <= RankedAtLeast)
            session.Warn($"there are only {documents.Count} documents: every answer is among the first {RankedAtLeast}, so recall@10 " +
                $"means nothing; give more documents");
        if (asked.Count == 0) session.Warn("no text is long enough to be held out as a question, so nothing was measured; give longer "
            + "texts, or a second text column");
        else if (ResultWarnings.FewTested(asked.Count, "questions", given: false) is { } few)
            session.Warn(few.Replace("`test-share`", "`held-out`", StringComparison.Ordinal));
        session.At(1);

        TrainingOutcome outcome = session.Train(job, settings.Training, stop);
        session.Begin("choosing", 2);
        // An interrupted run is saved at once, with defaults.
        IReadOnlyList<SearchQuestion> choosing = outcome.End == TrainingEnd.Stopped ? [] : questions.Validation;
        LexicalIndex lexical = LexicalIndex.Choose(training, choosing);
        session.At(1);
        var index = new FusedIndex(lexical, PiecewiseIndex.Over(job.Vectors(), settings.Dim));
        float weight = settings.FusionWeight ?? index.Choose(choosing, job.QuestionVector);
        session.At(2);
        session.Note(string.Create(CultureInfo.InvariantCulture,
            $"fusion: weight {weight} for the vectors, {1 - weight:0.##} for BM25 ({Chosen(settings, choosing.Count)}; `fusion-weight` "
            + $"changes it); BM25: {lexical.Described}"));
        IReadOnlyList<Metric> metrics = [];
        IReadOnlyList<(string, IReadOnlyList<Metric>)> baselines = [];
        if (outcome.End != TrainingEnd.Stopped && asked.Count > 0)
        {
            session.Begin("asking", 2);
            (RankingMetrics fused, RankingMetrics bm25, RankingMetrics cosines) =
                index.Measure(asked, job.QuestionVector, weight, settings.Cutoffs);
            metrics = SearchQuestion.Figures(fused);
            baselines = [(Bm25Name, SearchQuestion.Figures(bm25)), (VectorsName, SearchQuestion.Figures(cosines))];
            session.At(2);
        }
        session.Begin("saving", 1);
        Save(session.Run, job, documents, lexical.Over(documents), weight);
        session.At(1);
        return session.Complete(outcome, metrics, baselines,
            ["rowan search \"" + (asked.Count > 0 ? Question(asked[0].Text) : "a question in plain words") + "\" --run {run}"]);
    }

    static string Chosen(SearchSettings settings, int questions) => settings.FusionWeight is not null ? "given"
        : questions == 0 ? "the default, because there are no validation questions"
            : string.Create(CultureInfo.InvariantCulture, $"chosen on {questions:#,0} validation questions");

    static (SearchEncoder, SearchSettings) EncoderOf(IReadOnlyList<SearchDocument> training, SearchQuestions questions,
        SearchSettings settings, StaticEncoder? start, TrainRequest request, RunSession session, CancellationToken stop)
    {
        if (start is not null) return (new SearchEncoder(start), settings.For(training, null));
        var vocabulary = Vocabulary.Build(training.SelectMany(SearchCorpus.Texts)
            .Concat(questions.Training.Select(question => question.Text))
            .SelectMany(text => TextTokenizer.Words(text, wholeIdentifiers: true)), settings.MinCount);
        settings = settings.For(training, vocabulary);
        PretrainedRows? rows = settings.Start.Read(vocabulary, settings.Dim, request, session, stop);
        if (rows is not null) settings = settings with { Dim = rows.Dim };
        return (new SearchEncoder(vocabulary, new Subwords(settings.Buckets!.Value)) { Pretrained = rows }, settings);
    }

    // What questions were taken out of is part of the run's documents again.
    static void Save(RunFolder run, SearchTraining job, List<SearchDocument> documents, LexicalIndex lexical, float weight)
    {
        VectorRows vectors = VectorRows.Over(job.Vectors(documents), job.Towers.Items.EmbeddingDim);
        lexical.Write(run);
        SearchTraining first = job.AtFirst();
        Safetensors.Write(run.File(ModelFile), job.Towers.Items.StateDict().Rename(name => $"items.{name}"), new Dictionary<string, string>
        {
            ["kind"] = JobName, ["fusion_weight"] = weight.ToString("R", CultureInfo.InvariantCulture),
            ["buckets"] = job.Encoder.Buckets.ToString(CultureInfo.InvariantCulture),
        });
        VectorRows words = VectorRows.Of(job.Towers.Text.Weight);
        if (job.Encoder.Static is { } start) StaticStart.Write(run, start.Over(job.Towers.Text.Weight));
        TableFiles.Write(run,
            new LearnedTable { Name = ItemsTable, Ids = new Vocabulary(documents.Select(document => document.Name)),
                Vectors = vectors, Counts = [.. documents.Select(_ => 1L)],
                Moved = VectorRows.Moved(VectorRows.Over(first.Vectors(documents), vectors.Dim), vectors) },
            new LearnedTable { Name = WordsTable, Ids = job.Encoder.Vocabulary, Vectors = words, Counts = job.Occurrences,
                Moved = VectorRows.Moved(VectorRows.Of(first.Towers.Text.Weight), words) });
        AtomicFile.WriteLines(run.File(SummariesFile),
            documents.Select(document => Shortened(document.Texts.First(text => text.Length > 0))));
    }

    internal static string Question(string text) => string.Join(' ', TextTokenizer.Words(text).Take(8));

    internal static string Shortened(string text) => text.Length <= LongestSummary ? text : text[..(LongestSummary - 1)] + "…";
}
