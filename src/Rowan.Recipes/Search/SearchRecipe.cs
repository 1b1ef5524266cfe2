using System.Globalization;
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
/// <remarks>Questions are held out and asked of the vectors and of BM25 over the same text.</remarks>
public sealed class SearchRecipe : Recipe
{
    internal const string JobName = "search", ItemsTable = "items", WordsTable = "words", ModelFile = "model.safetensors", SummariesFile = "summaries.txt";

    // Among the usual settings of BM25, these answered best on API documentation; the weaker defaults are not what it is compared with.
    const float Bm25K1 = 2, Bm25B = 1;
    const int LongestSummary = 400, RankedAtLeast = 10;

    /// <inheritdoc/>
    public override string Kind => JobName;

    /// <inheritdoc/>
    public override string Summary => "Semantic search: a question in plain words finds the texts that answer it.";

    /// <inheritdoc/>
    public override IReadOnlyList<Setting> Settings => SearchSettings.List.All;

    /// <inheritdoc/>
    public override IReadOnlyList<Preset> Presets => SearchSettings.Presets;

    private protected override (string Preset, string Because) AutoPreset(DataSize size) =>
        (SearchSettings.PresetFor(size.Records), size.InWords(size.Records, "documents"));

    /// <summary>No: every document is learned against all others, so new ones are learned together with the old.</summary>
    public override bool CanGrow => false;

    /// <summary>No: questions are held out of the documents themselves.</summary>
    public override bool TakesTestFiles => false;

    /// <inheritdoc/>
    public override RecipeFit Fit(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        int texts = schema.Of(ColumnRole.Text).Count;
        if (texts == 0) return new(0, "needs a text column");
        bool named = schema.One(ColumnRole.Id) is not null;
        if (texts == 1 && !named) return new(0, "needs a second text, or the texts' names");
        return new(texts >= 2 ? 0.6 : 0.5, texts == 1 ? "texts with names" : named ? "named texts of several parts" : "pairs of texts")
        {
            Schema = schema.Only(ColumnRole.Text, ColumnRole.Id, ColumnRole.Categorical), Options =
                $"--task {Kind} --text {string.Join(',', schema.Of(ColumnRole.Text).Select(text => RoleChoice.Quoted(text.Name)))}",
        };
    }

    /// <inheritdoc/>
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        request = Prepared(request);
        Require.That(request.GrownFrom is null, $"a search run cannot grow: its documents are trained against each other; train a new " +
            $"one on the old and the new texts together", nameof(request));
        SearchSettings settings = SearchSettings.List.Parse(request.Settings);
        settings.Training.Check();
        Require.InRange(settings.Sizes.BatchSize is null or >= 2, $"--batch-size {settings.Sizes.BatchSize}: it must be at least 2; " +
            $"the other documents of a batch are the negatives", "batch-size");
        using var session = new RunSession(Kind, request, json => SearchSettings.List.Write(json, settings), progress)
        {
            Remedy = "more text or more --epochs may help",
        };

        session.Begin("reading", 1);
        List<SearchDocument> documents;
        using (RecordReader reader = request.Data.Open())
        {
            documents = SearchDocument.Read(reader, request.Schema, settings.Extra.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), stop);
            if (reader.Skipped > 0) session.Note(string.Create(CultureInfo.InvariantCulture, $"{reader.Skipped:#,0} bad records skipped, such as {reader.SkippedMessages[0]}"));
        }
        Require.Data(documents.Count >= 2, $"{documents.Count} documents; at least two are needed");
        session.At(1);
        session.Begin("preparing", 1);
        int heldOut = Math.Min(settings.HeldOut, documents.Count / 10), validation = Math.Min(settings.ValidationQuestions, documents.Count / 10);
        (IReadOnlyList<SearchDocument> training, IReadOnlyList<HeldOutQuestion> questions) = HeldOutQuestions.Split(documents, heldOut + validation, new Rng(settings.Training.Seed));
        HeldOutQuestion[] asked = [.. questions.Take(heldOut)], checkedQuestions = [.. questions.Skip(heldOut)];
        var vocabulary = Vocabulary.Build(training.SelectMany(SearchCorpus.Texts).SelectMany(text => TextTokenizer.Words(text, wholeIdentifiers: true)), settings.MinCount);
        settings = settings.For(training, vocabulary);
        var job = new SearchTraining(training, new TextEncoder(vocabulary, new Subwords(settings.Buckets!.Value)), checkedQuestions, settings);
        session.Note(string.Create(CultureInfo.InvariantCulture, $"{documents.Count:#,0} documents, {vocabulary.Count:#,0} words, {asked.Length:#,0} questions held out"));
        if (documents.Count <= RankedAtLeast)
            session.Warn($"there are only {documents.Count} documents: every answer is among the first {RankedAtLeast}, so recall@10 " +
                $"means nothing; give more documents");
        if (asked.Length == 0) session.Warn("no text is long enough to be held out as a question, so nothing was measured; give longer texts, or a second text column");
        else if (ResultWarnings.FewTested(asked.Length, "questions", given: false) is { } few) session.Warn(few.Replace("--test-share", "--held-out", StringComparison.Ordinal));
        session.At(1);

        TrainingOutcome outcome = session.Train(job, settings.Training, stop);
        float[] vectors = job.Vectors();
        IReadOnlyList<Metric> metrics = [];
        IReadOnlyList<(string, IReadOnlyList<Metric>)> baselines = [];
        if (outcome.End != TrainingEnd.Stopped && asked.Length > 0)
        {
            session.Begin("asking", 2);
            metrics = SearchTraining.Figures(job.Evaluate(vectors, asked));
            session.At(1);
            baselines = [("BM25, same text", SearchTraining.Figures(AskBm25(training, asked)))];
            session.At(2);
        }
        session.Begin("saving", 1);
        Save(session.Run, job, documents, vectors);
        session.At(1);
        return session.Complete(outcome, metrics, baselines, ["rowan search \"" + (asked.Length > 0 ? Question(asked[0].Text) : "a question in plain words") + "\" --run {run}"]);
    }

    static RankingMetrics AskBm25(IReadOnlyList<SearchDocument> training, IReadOnlyList<HeldOutQuestion> questions)
    {
        // A namespace repeats in every document and only lengthens it: BM25 answers better without.
        var bm25 = new Bm25([.. training.Select(document => TextTokenizer.Words(string.Join(' ', [document.NameIsText ? document.ShortName : "", .. document.Texts, document.Extra]), wholeIdentifiers: true))], Bm25K1, Bm25B);
        var scores = new float[training.Count];
        var metrics = new RankingMetrics(1, 10);
        foreach (HeldOutQuestion question in questions)
        {
            bm25.Score(TextTokenizer.Words(question.Text, wholeIdentifiers: true), scores);
            metrics.Add([RankingMetrics.RankOf(scores, question.Document)]);
        }
        return metrics;
    }

    static void Save(RunFolder run, SearchTraining job, List<SearchDocument> documents, float[] vectors)
    {
        SearchTraining first = job.AtFirst();
        int dim = job.Towers.Items.EmbeddingDim;
        Safetensors.Write(run.File(ModelFile), job.Towers.Items.StateDict().Rename(name => $"items.{name}"), new Dictionary<string, string>
        {
            ["kind"] = JobName, ["buckets"] = job.Encoder.Subwords.Buckets.ToString(CultureInfo.InvariantCulture),
        });
        float[] words = new float[job.Encoder.Rows * dim], before = new float[words.Length];
        job.Towers.Text.Weight.ReadValues(0, words);
        first.Towers.Text.Weight.ReadValues(0, before);
        LearnedTable.Write(run,
            new LearnedTable { Name = ItemsTable, Ids = new Vocabulary(documents.Select(document => document.Name)), Dim = dim, Values = vectors, Counts = [.. documents.Select(_ => 1L)], Moved = LearnedTable.MovedFrom(first.Vectors(), vectors, dim) },
            new LearnedTable { Name = WordsTable, Ids = job.Encoder.Vocabulary, Dim = dim, Values = words, Counts = job.Occurrences, Moved = LearnedTable.MovedFrom(before, words, dim) });
        AtomicFile.WriteLines(run.File(SummariesFile), documents.Select(document => Shortened(document.Texts.First(text => text.Length > 0))));
    }

    static string Question(string text) => string.Join(' ', TextTokenizer.Words(text).Take(8));

    static string Shortened(string text) => text.Length <= LongestSummary ? text : text[..(LongestSummary - 1)] + "…";
}
