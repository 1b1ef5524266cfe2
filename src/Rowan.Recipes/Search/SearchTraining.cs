using Rowan.Data;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// Trains both towers contrastively: within a batch, the question of a document is to score its own document above all others, and the document its
/// own question (van den Oord et al. 2018, both ways as in Radford et al. 2021).
/// </summary>
/// <remarks>
/// Documents of one group stand side by side, so the order of an epoch is the corpus's own, drawn from the seed and the epoch. The same documents,
/// settings and seed give the same bits for any number of threads.
/// </remarks>
sealed class SearchTraining : ModuleJob
{
    const int EvaluationBatch = 1_024;
    const float FirstDeviation = 0.1f;

    readonly SearchSettings _settings;
    readonly SearchCorpus _corpus;
    readonly SearchModel _model;
    readonly IReadOnlyList<SearchDocument> _documents;
    readonly IReadOnlyList<HeldOutQuestion> _validation;
    int[] _order = [];
    int _epoch = -1;

    /// <param name="documents">Documents as they are trained on.</param>
    /// <param name="encoder">Text to rows.</param>
    /// <param name="validation">Questions asked at each check.</param>
    /// <param name="settings">Sizes, rates and seed.</param>
    public SearchTraining(IReadOnlyList<SearchDocument> documents, TextEncoder encoder, IReadOnlyList<HeldOutQuestion> validation, SearchSettings settings)
        : this(documents, encoder, validation, settings, Drawn(encoder, documents, settings), new SearchCorpus(documents, encoder, settings.Siblings)) { }

    SearchTraining(IReadOnlyList<SearchDocument> documents, TextEncoder encoder, IReadOnlyList<HeldOutQuestion> validation, SearchSettings settings, SearchModel model, SearchCorpus corpus)
        : base(model, new OptimizerGroup(
            // A row moves only when its word or document is in the batch: rare words keep what they learned.
            new Adam(model.Text.Parameters()) { Rows = RowUpdates.Lazy, LearningRate = settings.LearningRate },
            new Adam(model.Items.Parameters()) { Rows = RowUpdates.Lazy, LearningRate = settings.LearningRate * settings.ItemRate }))
    {
        (_documents, Encoder, _validation, _settings, _model, _corpus) = (documents, encoder, validation, settings, model, corpus);
        (int[] frequencies, Occurrences) = _corpus.Frequencies(encoder.Rows);
        ScaleByRarity(frequencies);
    }

    static SearchModel Drawn(TextEncoder encoder, IReadOnlyList<SearchDocument> documents, SearchSettings settings) => new(encoder.Rows, documents.Count, settings.Dim, new Rng(settings.Training.Seed));

    /// <summary>The same model before its first step: its rows are a function of the seed.</summary>
    public SearchTraining AtFirst() => new(_documents, Encoder, _validation, _settings, Drawn(Encoder, _documents, _settings), _corpus);

    /// <summary>Text to rows.</summary>
    public TextEncoder Encoder { get; }

    /// <summary>The towers.</summary>
    public SearchModel Towers => _model;

    /// <summary>Occurrences of each row of the text table in the documents.</summary>
    public long[] Occurrences { get; }

    /// <inheritdoc/>
    public override long Examples => _corpus.Count;

    /// <inheritdoc/>
    protected override Tensor Loss(TrainingBatch batch)
    {
        int[] documents = DocumentsOf(batch);
        (Bags questions, Bags answers) = _corpus.Pairs(documents, batch.Rng);
        Tensor q = _model.Questions(questions.Rows, questions.Offsets);
        Tensor d = _model.Answers(documents, answers.Rows, answers.Offsets);
        Tensor logits = q.MatMul(d.T) * _settings.Scale;
        Indices own = Enumerable.Range(0, documents.Length).Select(place => (long)place).ToArray();
        return (Losses.CrossEntropy(logits, own) + Losses.CrossEntropy(logits.T, own)) / 2;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Validate(CancellationToken stop) => _validation.Count == 0 ? [] : Figures(Evaluate(Vectors(), _validation));

    /// <inheritdoc/>
    public override string Describe(ReadOnlySpan<long> examples) =>
        string.Join(", ", _order.Length == 0 ? [] : examples[..Math.Min(5, examples.Length)].ToArray().Select(example => _documents[_order[example]].Name)) + (examples.Length > 5 ? " …" : "");

    /// <summary>The unit vector of every document [documents · dim].</summary>
    public float[] Vectors()
    {
        using var off = Gradients.Off();
        var vectors = new float[_corpus.Count * _settings.Dim];
        for (int from = 0; from < _corpus.Count; from += EvaluationBatch)
        {
            int to = Math.Min(from + EvaluationBatch, _corpus.Count);
            Bags bags = _corpus.Descriptions(from, to);
            Indices items = Enumerable.Range(from, to - from).Select(item => (long)item).ToArray();
            _model.Answers(items, bags.Rows, bags.Offsets).Span.CopyTo(vectors.AsSpan(from * _settings.Dim));
        }
        return vectors;
    }

    /// <summary>How vectors answer questions that were held out.</summary>
    public RankingMetrics Evaluate(float[] vectors, IReadOnlyList<HeldOutQuestion> questions)
    {
        var index = new ExactIndex(vectors, _settings.Dim);
        var scores = new float[index.Count];
        var metrics = new RankingMetrics(1, 10);
        foreach (HeldOutQuestion question in questions)
        {
            index.Score(QuestionVector(Encoder, _model.Text, question.Text), scores);
            metrics.Add([RankingMetrics.RankOf(scores, question.Document)]);
        }
        return metrics;
    }

    /// <summary>Ranking metrics by name, the mean reciprocal rank first.</summary>
    public static IReadOnlyList<Metric> Figures(RankingMetrics metrics) => [new("mrr", metrics.MeanReciprocalRank), new("recall@1", metrics.Recall(1)), new("recall@10", metrics.Recall(10))];

    /// <summary>The vector of a question; zero where none of it has a row.</summary>
    public static ReadOnlyMemory<float> QuestionVector(TextEncoder encoder, Nn.EmbeddingBag text, string question)
    {
        using var off = Gradients.Off();
        return text.Forward(SearchCorpus.First(encoder.Encode(question)), new long[] { 0 }).Normalize().Memory;
    }

    /// <summary>The documents of a batch, by its place in the epoch.</summary>
    int[] DocumentsOf(TrainingBatch batch)
    {
        if (_epoch != batch.Epoch) (_order, _epoch) = (_corpus.Shuffled(new Rng(Shuffle.Mix(_settings.Training.Seed, (ulong)batch.Epoch))), batch.Epoch);
        long batches = (Examples + _settings.Training.BatchSize - 1) / _settings.Training.BatchSize;
        return _order.AsSpan((int)(batch.Number % batches) * _settings.Training.BatchSize, batch.Examples.Length).ToArray();
    }

    /// <summary>Rows begin as long as their word is rare: before it has learned anything, the model compares words as tf-idf does.</summary>
    void ScaleByRarity(int[] frequencies)
    {
        float rarest = MathF.Log(1 + _corpus.Count);
        var row = new float[_settings.Dim];
        for (long id = 0; id < Encoder.Rows; id++)
        {
            _model.Text.Weight[id].CopyTo(row);
            RowMath.Scale(row, 2 * FirstDeviation * MathF.Log(1 + (float)_corpus.Count / (1 + frequencies[id])) / rarest);
            _model.Text.Weight.Write(id, row);
        }
    }
}
