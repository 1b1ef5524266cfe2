using System.Globalization;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>One training of the search task on documents.</summary>
sealed class SearchTask(TrainRequest request)
    : RecipeTask<SearchSettings, List<SearchDocument>, SearchTraining>(SearchRecipe.JobName, SearchSettings.List, request)
{
    const int RankedAtLeast = 10;

    StaticEncoder? _start;
    // Set when the model is built, and when it is measured.
    SearchQuestions? _questions;
    LexicalIndex? _lexical;
    float _weight;
    int _empty;

    protected override TrainerSettings Loop => Settings.Training;

    protected override string Remedy => "more text, more `epochs`, or queries with judgments (`queries`, `qrels`) may help";

    protected override IReadOnlyList<string> PartsOfTheModel => [SearchRecipe.VectorsName];

    protected override void Check() => Check(Settings, Request);

    /// <summary>Refuses settings that do not fit each other.</summary>
    public static void Check(SearchSettings settings, TrainRequest request)
    {
        settings.Training.Check();
        Require.InRange(settings.Sizes.BatchSize is null or >= 2, $"`batch-size` {settings.Sizes.BatchSize}: it must be at least 2; " +
            $"the other documents of a batch are the negatives", "batch-size");
        SearchQuestions.Check(settings);
        settings.Start.Check();
        settings.Start.RequireFile(request);
    }

    protected override List<SearchDocument> Read()
    {
        _start = Settings.From.Length == 0 ? null : StaticEncoder.Open(Settings.From);
        if (_start is not null) Settings = StaticStart.Defaults(Settings, Request, _start);
        using RecordReader reader = Request.Data.Open();
        List<SearchDocument> documents = SearchDocument.Read(reader, Request.Schema,
            Settings.Extra.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), out _empty, Stop);
        if (reader.Skipped > 0) Session.Note(string.Create(CultureInfo.InvariantCulture, $"{reader.Skipped:#,0} bad records "
            + $"skipped, such as {reader.SkippedMessages[0]}"));
        Require.Data(documents.Count >= 2, $"{documents.Count} documents; at least two are needed");
        return documents;
    }

    protected override SearchTraining Build(List<SearchDocument> data)
    {
        Session.Begin("preparing", 1);
        SearchQuestions questions = _questions = SearchQuestions.Of(data, Settings);
        SearchEncoder encoder = EncoderOf(questions);
        var job = new SearchTraining(questions.Documents, encoder, questions.Training,
            Settings.ValidationQuestions > 0 ? questions.Validation : [], Settings);
        Session.Note(string.Create(CultureInfo.InvariantCulture,
            $"{data.Count:#,0} documents, {encoder.Vocabulary.Count:#,0} {(_start is null ? "words" : "tokens")}, "
            + $"{questions.Test.Count:#,0} questions {(Settings.TestQrels.Length > 0 ? "given" : "held out")}"));
        if (questions.Training.Count > 0)
            Session.Note(string.Create(CultureInfo.InvariantCulture,
            $"{questions.Training.Count:#,0} queries trained on, {questions.Validation.Count:#,0} for validation"));
        if (_empty > 0) Session.Note(string.Create(CultureInfo.InvariantCulture, $"{_empty:#,0} records without any text left out"));
        foreach (string note in questions.Notes) Session.Note(note);
        if (data.Count <= RankedAtLeast)
            Session.Warn($"there are only {data.Count} documents: every answer is among the first {RankedAtLeast}, so recall@10 " +
                $"means nothing; give more documents");
        if (questions.Test.Count == 0) Session.Warn("no text is long enough to be held out as a question, so nothing was measured; give "
            + "longer texts, or a second text column");
        else if (ResultWarnings.FewTested(questions.Test.Count, "questions", given: false) is { } few)
            Session.Warn(few.Replace("`test-share`", "`held-out`", StringComparison.Ordinal));
        Session.At(1);
        return job;
    }

    protected override Measured Measure(List<SearchDocument> data, SearchTraining job, TrainingOutcome outcome)
    {
        Session.Begin("choosing", 2);
        // An interrupted run is saved at once, with defaults.
        IReadOnlyList<SearchQuestion> choosing = outcome.End == TrainingEnd.Stopped ? [] : _questions!.Validation;
        LexicalIndex lexical = _lexical = LexicalIndex.Choose(_questions!.Documents, choosing);
        Session.At(1);
        var index = new FusedIndex(lexical, PiecewiseIndex.Over(job.Vectors(), Settings.Dim));
        _weight = Settings.FusionWeight ?? index.Choose(choosing, job.QuestionVector);
        Session.At(2);
        Session.Note(string.Create(CultureInfo.InvariantCulture,
            $"fusion: weight {_weight} for the vectors, {1 - _weight:0.##} for BM25 ({Chosen(Settings, choosing.Count)}; `fusion-weight` "
            + $"changes it); BM25: {lexical.Described}"));
        if (outcome.End == TrainingEnd.Stopped || _questions.Test.Count == 0) return Measured.Nothing;
        Session.Begin("asking", 2);
        (RankingMetrics fused, RankingMetrics bm25, RankingMetrics cosines) =
            index.Measure(_questions.Test, job.QuestionVector, _weight, Settings.Cutoffs);
        var measured = new Measured(SearchQuestion.Figures(fused),
            [(SearchRecipe.Bm25Name, SearchQuestion.Figures(bm25)), (SearchRecipe.VectorsName, SearchQuestion.Figures(cosines))]);
        Session.At(2);
        return measured;
    }

    // What questions were taken out of is part of the run's documents again.
    protected override void Save(RunFolder run, List<SearchDocument> data, SearchTraining job)
    {
        VectorRows vectors = VectorRows.Over(job.Vectors(data), job.Towers.Items.EmbeddingDim);
        _lexical!.Over(data).Write(run);
        SearchTraining first = job.AtFirst();
        Safetensors.Write(run.File(SearchRecipe.ModelFile), job.Towers.Items.StateDict().Rename(name => $"items.{name}"),
            new Dictionary<string, string>
            {
                ["kind"] = SearchRecipe.JobName, ["fusion_weight"] = _weight.ToString("R", CultureInfo.InvariantCulture),
                ["buckets"] = job.Encoder.Buckets.ToString(CultureInfo.InvariantCulture),
            });
        VectorRows words = VectorRows.Of(job.Towers.Text.Weight);
        if (job.Encoder.Static is { } start) StaticStart.Write(run, start.Over(job.Towers.Text.Weight));
        TableFiles.Write(run,
            new LearnedTable { Name = SearchRecipe.ItemsTable, Ids = new Vocabulary(data.Select(document => document.Name)),
                Vectors = vectors, Counts = [.. data.Select(_ => 1L)],
                Moved = VectorRows.Moved(VectorRows.Over(first.Vectors(data), vectors.Dim), vectors) },
            new LearnedTable { Name = SearchRecipe.WordsTable, Ids = job.Encoder.Vocabulary, Vectors = words, Counts = job.Occurrences,
                Moved = VectorRows.Moved(VectorRows.Of(first.Towers.Text.Weight), words) });
        AtomicFile.WriteLines(run.File(SearchRecipe.SummariesFile),
            data.Select(document => SearchRecipe.Shortened(document.Texts.First(text => text.Length > 0))));
    }

    protected override IEnumerable<string> Next(List<SearchDocument> data)
    {
        string question = _questions!.Test is [var asked, ..] ? SearchRecipe.Question(asked.Text) : "a question in plain words";
        return [$"rowan search \"{question}\" --run {{run}}"];
    }

    static string Chosen(SearchSettings settings, int questions) => settings.FusionWeight is not null ? "given"
        : questions == 0 ? "the default, because there are no validation questions"
            : string.Create(CultureInfo.InvariantCulture, $"chosen on {questions:#,0} validation questions");

    SearchEncoder EncoderOf(SearchQuestions questions)
    {
        IReadOnlyList<SearchDocument> training = questions.Documents;
        if (_start is not null)
        {
            Settings = Settings.For(training, null);
            return new SearchEncoder(_start);
        }
        var vocabulary = Vocabulary.Build(training.SelectMany(SearchCorpus.Texts)
            .Concat(questions.Training.Select(question => question.Text))
            .SelectMany(text => TextTokenizer.Words(text, wholeIdentifiers: true)), Settings.MinCount);
        Settings = Settings.For(training, vocabulary);
        PretrainedRows? rows = Settings.Start.Read(vocabulary, Settings.Dim, Request, Session, Stop);
        if (rows is not null) Settings = Settings with { Dim = rows.Dim };
        return new SearchEncoder(vocabulary, new Subwords(Settings.Buckets!.Value)) { Pretrained = rows };
    }
}
