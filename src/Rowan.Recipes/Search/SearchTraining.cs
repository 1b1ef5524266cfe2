using Rowan.Data;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// Trains both towers contrastively: within a batch, the question of a document is to score its own document above all others, and the
/// document its own question (van den Oord et al. 2018, both ways as in Radford et al. 2021).
/// </summary>
/// <remarks>
/// Documents of one group stand side by side, so the order of an epoch is the corpus's own, drawn from the seed and the epoch. The same
/// documents, settings and seed give the same bits for any number of threads.
/// </remarks>
sealed class SearchTraining : ModuleJob
{
    const int EvaluationBatch = 1_024;
    const int NegativesFrom = 20, LongestQuery = 32;
    const float FirstDeviation = 0.1f, NoLogit = -1e4f;

    readonly SearchSettings _settings;
    readonly SearchCorpus _corpus;
    readonly SearchModel _model;
    readonly IReadOnlyList<SearchDocument> _documents;
    readonly IReadOnlyList<SearchQuestion> _validation, _given;
    readonly int[][]? _hardNegatives;
    int[] _order = [];
    int _epoch = -1;

    /// <param name="documents">Documents as they are trained on.</param>
    /// <param name="encoder">Text to rows.</param>
    /// <param name="given">Given questions, which are trained on.</param>
    /// <param name="validation">Questions asked at each check.</param>
    /// <param name="settings">Sizes, rates and seed.</param>
    public SearchTraining(IReadOnlyList<SearchDocument> documents, SearchEncoder encoder, IReadOnlyList<SearchQuestion> given,
        IReadOnlyList<SearchQuestion> validation, SearchSettings settings)
        : this(documents, encoder, given, validation, settings, Drawn(encoder, documents, settings),
            new SearchCorpus(documents, encoder, settings.Siblings, given),
            settings.HardNegatives == 0 ? null : NegativesOf(documents, given)) { }

    SearchTraining(IReadOnlyList<SearchDocument> documents, SearchEncoder encoder, IReadOnlyList<SearchQuestion> given,
        IReadOnlyList<SearchQuestion> validation, SearchSettings settings, SearchModel model, SearchCorpus corpus, int[][]? hardNegatives)
        : base(model, new OptimizerGroup(
            // A row moves only when its word or document is in the batch: rare words keep what they learned.
            new Adam(model.Text.Parameters()) { Rows = RowUpdates.Lazy, LearningRate = settings.LearningRate },
            new Adam(model.Items.Parameters()) { Rows = RowUpdates.Lazy, LearningRate = settings.LearningRate * settings.ItemRate }))
    {
        (_documents, Encoder, _given, _validation, _settings, _model, _corpus, _hardNegatives) =
            (documents, encoder, given, validation, settings, model, corpus, hardNegatives);
        (int[] frequencies, Occurrences) = _corpus.Frequencies(encoder.Rows);
        if (encoder.Static is null) ScaleByRarity(frequencies);
    }

    static SearchModel Drawn(SearchEncoder encoder, IReadOnlyList<SearchDocument> documents, SearchSettings settings)
    {
        var model = new SearchModel(encoder.Rows, documents.Count, settings.Dim, new Rng(settings.Training.Seed));
        if (encoder.Static is not null) encoder.CopyStartTo(model.Text.Weight);
        // With the deviation of the other rows, which are drawn from N(0, 1).
        encoder.Pretrained?.CopyTo(model.Text.Weight, 0, settings.FreezeVectors, settings.VectorsRate, 1 / encoder.Pretrained.Deviation);
        return model;
    }

    /// <summary>The same model before its first step: its rows are a function of the seed.</summary>
    public SearchTraining AtFirst() =>
        new(_documents, Encoder, _given, _validation, _settings, Drawn(Encoder, _documents, _settings), _corpus, _hardNegatives);

    /// <summary>Text to rows.</summary>
    public SearchEncoder Encoder { get; }

    /// <summary>The towers.</summary>
    public SearchModel Towers => _model;

    /// <summary>Occurrences of each row of the text table in the documents.</summary>
    public long[] Occurrences { get; }

    /// <inheritdoc/>
    public override long Examples => _corpus.Examples;

    /// <inheritdoc/>
    protected override Tensor Loss(TrainingBatch batch)
    {
        int[] examples = ExamplesOf(batch);
        (Bags questions, Bags answers) = _corpus.Pairs(examples, batch.Rng);
        int[] negatives = NegativesOf(examples, batch.Rng), documents = [.. examples.Select(_corpus.DocumentOf), .. negatives];
        _corpus.Describe(negatives, answers);
        Tensor q = _model.Questions(questions.Rows, questions.Offsets);
        Tensor d = _model.Answers(documents, answers.Rows, answers.Offsets);
        Tensor logits = q.MatMul(d.T) * _settings.Scale;
        if (_corpus.Examples > _corpus.Count || negatives.Length > 0) logits += Masked(examples, documents);
        Indices own = Enumerable.Range(0, examples.Length).Select(place => (long)place).ToArray();
        Tensor among = negatives.Length == 0 ? logits : logits[.., 0..examples.Length];
        return (Losses.CrossEntropy(logits, own) + Losses.CrossEntropy(among.T, own)) / 2;
    }

    /// <summary>Takes away the logits of further documents that answer an example [examples, documents].</summary>
    Tensor Masked(int[] examples, int[] documents)
    {
        var mask = new float[examples.Length, documents.Length];
        for (int i = 0; i < examples.Length; i++)
            for (int j = 0; j < documents.Length; j++)
                if (i != j && _corpus.Answers(examples[i], documents[j])) mask[i, j] = NoLogit;
        return Tensor.FromArray(mask);
    }

    int[] NegativesOf(int[] examples, Rng rng)
    {
        if (_hardNegatives is null) return [];
        var negatives = new List<int>();
        foreach (int example in examples)
            for (int i = 0; i < _settings.HardNegatives && _hardNegatives[example].Length > 0; i++)
                negatives.Add(_hardNegatives[example][rng.NextUInt32() % (uint)_hardNegatives[example].Length]);
        return [.. negatives];
    }

    /// <summary>For each example the first documents of BM25 that do not answer it.</summary>
    static int[][] NegativesOf(IReadOnlyList<SearchDocument> documents, IReadOnlyList<SearchQuestion> given)
    {
        LexicalIndex index = LexicalIndex.Choose(documents, []);
        int[] Of(string text, Func<int, bool> answers) =>
        [
            .. index.Bm25.Search(LexicalWords.Of(text, index.Analysis).Distinct().Take(LongestQuery), NegativesFrom)
                .Select(match => (int)match.Id).Where(document => !answers(document)),
        ];
        string Asked(SearchDocument document) => document.Texts.Skip(1).Append(document.Texts[0]).First(text => text.Length > 0);
        return
        [
            .. documents.Select((document, i) => document.Texts.All(text => text.Length == 0)
                ? [] : Of(Asked(document), other => other == i)),
            .. given.SelectMany(question => question.Documents.Where(document => document >= 0)
                .Select(_ => Of(question.Text, question.Documents.Contains))),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Validate(CancellationToken stop) => _validation.Count == 0
        ? [] : SearchQuestion.Figures(Evaluate(Vectors(), _validation));

    /// <inheritdoc/>
    public override string Describe(ReadOnlySpan<long> examples) =>
        string.Join(", ", _order.Length == 0
            ? [] : examples[..Math.Min(5, examples.Length)].ToArray()
            .Select(example => _documents[_corpus.DocumentOf(_order[example])].Name)) + (examples.Length > 5 ? " …" : "");

    /// <summary>The unit vector of every document [documents · dim].</summary>
    public float[] Vectors() => Vectors(_corpus);

    /// <summary>The unit vectors of the documents with other texts, such as those that questions were taken out of.</summary>
    public float[] Vectors(IReadOnlyList<SearchDocument> documents) =>
        Vectors(new SearchCorpus(documents, Encoder, _settings.Siblings, []));

    float[] Vectors(SearchCorpus corpus)
    {
        using var off = Gradients.Off();
        var vectors = new float[corpus.Count * _settings.Dim];
        for (int from = 0; from < corpus.Count; from += EvaluationBatch)
        {
            int to = Math.Min(from + EvaluationBatch, corpus.Count);
            Bags bags = corpus.Descriptions(from, to);
            Indices items = Enumerable.Range(from, to - from).Select(item => (long)item).ToArray();
            _model.Answers(items, bags.Rows, bags.Offsets).Span.CopyTo(vectors.AsSpan(from * _settings.Dim));
        }
        return vectors;
    }

    RankingMetrics Evaluate(float[] vectors, IReadOnlyList<SearchQuestion> questions)
    {
        var index = new ExactIndex(vectors, _settings.Dim);
        var scores = new float[index.Count];
        var metrics = new RankingMetrics(1, 10);
        foreach (SearchQuestion question in questions)
        {
            index.Score(QuestionVector(Encoder, _model.Text, question.Text), scores);
            question.AddTo(metrics, scores);
        }
        return metrics;
    }

    /// <summary>The vector of a question; zero where none of it has a row.</summary>
    public ReadOnlyMemory<float> QuestionVector(string question) => QuestionVector(Encoder, _model.Text, question);

    /// <summary>The same with other rows.</summary>
    public static ReadOnlyMemory<float> QuestionVector(SearchEncoder encoder, Nn.EmbeddingBag text, string question)
    {
        using var off = Gradients.Off();
        return text.Forward(encoder.Encode(question), new long[] { 0 }).Normalize().Memory;
    }

    /// <summary>The examples of a batch, by its number in the epoch.</summary>
    int[] ExamplesOf(TrainingBatch batch)
    {
        if (_epoch != batch.Epoch)
            (_order, _epoch) = (_corpus.Shuffled(new Rng(Shuffle.Mix(_settings.Training.Seed, (ulong)batch.Epoch))), batch.Epoch);
        long batches = (Examples + _settings.Training.BatchSize - 1) / _settings.Training.BatchSize;
        return _order.AsSpan((int)(batch.Number % batches) * _settings.Training.BatchSize, batch.Examples.Length).ToArray();
    }

    /// <summary>
    /// Rows begin as long as their word is rare: before it has learned anything, the model compares words as tf-idf does.
    /// </summary>
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
