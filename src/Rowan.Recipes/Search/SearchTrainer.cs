using Rowan.Data;
using Rowan.Numerics;
using Rowan.Retrieval;

namespace Rowan.Recipes;

/// <summary>
/// Trains both towers contrastively: within a batch, the question of a member is to score its own member above all others, and the member its
/// own question (van den Oord et al. 2018, both ways as in Radford et al. 2021).
/// </summary>
/// <remarks>The same members, settings and seed give the same bits for any number of threads.</remarks>
sealed class SearchTrainer
{
    const int EvaluationBatch = 1_024;
    const float LastLearningRate = 0.05f, FirstDeviation = 0.1f;

    readonly SearchSettings _settings;
    readonly SearchCorpus _corpus;
    readonly Rng _rng;

    /// <param name="members">Members as they are trained on.</param>
    /// <param name="settings">Sizes, rates and seed.</param>
    public SearchTrainer(IReadOnlyList<ApiMember> members, SearchSettings settings)
    {
        settings.Check();
        Require.That(members.Count >= 2, $"search: {members.Count} documented members; at least two are needed to tell one from another", nameof(members));
        _settings = settings;
        _rng = new Rng(settings.Seed);
        var vocabulary = Vocabulary.Build(members.SelectMany(SearchCorpus.Texts).SelectMany(text => TextTokenizer.Words(text, wholeIdentifiers: true)), settings.MinCount);
        Encoder = new TextEncoder(vocabulary, new Subwords(settings.Buckets));
        _corpus = new SearchCorpus(members, Encoder, settings.Siblings);
        Model = new SearchModel(Encoder.Rows, members.Count, settings.Dim, _rng);
        ScaleByRarity();
    }

    /// <summary>Text to rows.</summary>
    public TextEncoder Encoder { get; }

    /// <summary>The towers.</summary>
    public SearchModel Model { get; }

    /// <summary>Examples that all epochs together train on.</summary>
    public long Examples => (long)BatchesPerEpoch * BatchSize * _settings.Epochs;

    int BatchSize => Math.Min(_settings.BatchSize, _corpus.Count);

    int BatchesPerEpoch => _corpus.Count / BatchSize;

    /// <summary>Trains until all epochs are done or a stop is asked for, after which the batch at hand is finished.</summary>
    /// <param name="report">Called after each batch with the examples done and its loss.</param>
    /// <param name="stop">Asks for the stop.</param>
    /// <returns>Whether all epochs were done.</returns>
    public bool Train(Action<long, float> report, CancellationToken stop)
    {
        // A row moves only when its word or member is in the batch: rare words keep what they learned.
        var words = new Adam(Model.Text.Parameters()) { Rows = RowUpdates.Lazy };
        var members = new Adam(Model.Items.Parameters()) { Rows = RowUpdates.Lazy };
        Indices own = Tensor.Arange(BatchSize).ToArray().Select(place => (long)place).ToArray();
        long done = 0;
        for (int epoch = 0; epoch < _settings.Epochs; epoch++)
        {
            int[] order = _corpus.Shuffled(_rng);
            for (int batch = 0; batch < BatchesPerEpoch; batch++)
            {
                if (stop.IsCancellationRequested) return false;
                words.LearningRate = _settings.LearningRate * (1 - (1 - LastLearningRate) * done / Examples);
                members.LearningRate = words.LearningRate * _settings.MemberRate;
                Model.ZeroGrad();
                float loss = Loss(order.AsSpan(batch * BatchSize, BatchSize), own);
                words.Step();
                members.Step();
                report(done += BatchSize, loss);
            }
        }
        return true;
    }

    /// <summary>The unit vector of every member [members · dim].</summary>
    public float[] Vectors()
    {
        using var off = Gradients.Off();
        var vectors = new float[_corpus.Count * _settings.Dim];
        for (int from = 0; from < _corpus.Count; from += EvaluationBatch)
        {
            int to = Math.Min(from + EvaluationBatch, _corpus.Count);
            Bags bags = _corpus.Descriptions(from, to);
            Indices items = Enumerable.Range(from, to - from).Select(item => (long)item).ToArray();
            Model.Answers(items, bags.Rows, bags.Offsets).Span.CopyTo(vectors.AsSpan(from * _settings.Dim));
        }
        return vectors;
    }

    /// <summary>How the vectors answer questions that were held out.</summary>
    public RankingMetrics Evaluate(float[] vectors, IReadOnlyList<HeldOutQuery> queries)
    {
        var index = new ExactIndex(vectors, _settings.Dim);
        var scores = new float[index.Count];
        var ranks = new List<long>(queries.Count);
        foreach (HeldOutQuery query in queries)
        {
            index.Score(QuestionVector(Encoder, Model.Text, query.Text), scores);
            ranks.Add(RankingMetrics.RankOf(scores, query.Member));
        }
        return RankingMetrics.Of(ranks);
    }

    /// <summary>The vector of a question; zero where none of it has a row.</summary>
    public static ReadOnlyMemory<float> QuestionVector(TextEncoder encoder, Nn.EmbeddingBag text, string question)
    {
        using var off = Gradients.Off();
        return text.Forward(SearchCorpus.First(encoder.Encode(question)), new long[] { 0 }).Normalize().Memory;
    }

    /// <summary>Forward and backward of a batch.</summary>
    float Loss(ReadOnlySpan<int> members, Indices own)
    {
        (Bags questions, Bags answers) = _corpus.Pairs(members, _rng);
        Tensor q = Model.Questions(questions.Rows, questions.Offsets);
        Tensor d = Model.Answers(members, answers.Rows, answers.Offsets);
        Tensor logits = q.MatMul(d.T) * _settings.Scale;
        Tensor loss = (Losses.CrossEntropy(logits, own) + Losses.CrossEntropy(logits.T, own)) / 2;
        loss.Backward();
        return loss.Item();
    }

    /// <summary>Rows begin as long as their word is rare: before it has learned anything, the model compares words as tf-idf does.</summary>
    void ScaleByRarity()
    {
        int[] frequencies = _corpus.DocumentFrequencies(Encoder.Rows);
        float rarest = MathF.Log(1 + _corpus.Count);
        var row = new float[_settings.Dim];
        for (long id = 0; id < Encoder.Rows; id++)
        {
            Model.Text.Weight[id].CopyTo(row);
            RowMath.Scale(row, 2 * FirstDeviation * MathF.Log(1 + (float)_corpus.Count / (1 + frequencies[id])) / rarest);
            Model.Text.Weight.Write(id, row);
        }
    }
}
