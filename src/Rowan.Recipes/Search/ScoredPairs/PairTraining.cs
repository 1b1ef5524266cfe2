using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// Trains the similarity of two texts to rank pairs as their scores do (CoSENT):
/// L = ln(1 + Σ over pairs i, j of a batch with score_i &gt; score_j of exp(λ·(sim_j − sim_i))).
/// </summary>
/// <remarks>
/// sim = ½·overlap + ½·cos: the word overlap is given, so the vectors learn what it misses. Only the order of the
/// scores counts, so their range and unit do not matter.
/// </remarks>
sealed class PairTraining : ModuleJob
{
    const float FirstDeviation = 0.1f, NoLogit = -1e4f;
    const float Own = 0.5f, NgramScale = 0.35f;

    readonly SearchSettings _settings;
    readonly PairModel _model;
    readonly IReadOnlyList<ScoredPair> _pairs, _validation;
    readonly (long[] First, long[] Second)[] _rows;
    readonly float[] _overlaps, _validationOverlaps;

    /// <param name="pairs">Pairs to train on.</param>
    /// <param name="validation">Pairs that early stopping watches.</param>
    /// <param name="encoder">Text to rows.</param>
    /// <param name="overlap">The word overlap, to which the cosine is added in the loss.</param>
    /// <param name="settings">Sizes, rates and seed.</param>
    public PairTraining(IReadOnlyList<ScoredPair> pairs, IReadOnlyList<ScoredPair> validation, PairEncoder encoder, WordOverlap overlap,
        SearchSettings settings)
        : this(pairs, validation, encoder, overlap, settings,
            new PairModel(encoder.Rows.Rows, settings.Dim, new Rng(settings.Training.Seed))) { }

    PairTraining(IReadOnlyList<ScoredPair> pairs, IReadOnlyList<ScoredPair> validation, PairEncoder encoder, WordOverlap overlap,
        SearchSettings settings, PairModel model)
        : base(model, new Adam(model.Text.Parameters()) { Rows = RowUpdates.Lazy, LearningRate = settings.LearningRate })
    {
        (_pairs, _validation, Encoder, _settings, _model) = (pairs, validation, encoder, settings, model);
        _rows = [.. pairs.Select(pair => (encoder.Encode(pair.First), encoder.Encode(pair.Second)))];
        (_overlaps, _validationOverlaps) = (overlap.Cosines(pairs), overlap.Cosines(validation));
        Occurrences = new long[encoder.Rows.Rows];
        ScaleByRarity();
        First = new float[encoder.Rows.Rows * settings.Dim];
        model.Text.Weight.ReadValues(0, First);
    }

    /// <summary>Text to rows.</summary>
    public PairEncoder Encoder { get; }

    /// <summary>The model.</summary>
    public PairModel Towers => _model;

    /// <summary>The rows before the first step.</summary>
    public float[] First { get; }

    /// <summary>Occurrences of each row of the text table in the training pairs.</summary>
    public long[] Occurrences { get; }

    /// <inheritdoc/>
    public override long Examples => _pairs.Count;

    /// <inheritdoc/>
    protected override Tensor Loss(TrainingBatch batch)
    {
        var (first, second, n) = (new Bags(), new Bags(), batch.Examples.Length);
        float[] scores = new float[n], overlaps = new float[n];
        for (int i = 0; i < n; i++)
        {
            int pair = (int)batch.Examples[i];
            first.Begin();
            first.Add(_rows[pair].First);
            second.Begin();
            second.Add(_rows[pair].Second);
            (scores[i], overlaps[i]) = (_pairs[pair].Score, _overlaps[pair]);
        }
        Tensor cosines = (_model.Vectors(first.Rows, first.Offsets) * _model.Vectors(second.Rows, second.Offsets)).Sum(1);
        Tensor similarities = Tensor.FromArray(overlaps) * (1 - Own) + cosines * Own;
        // Logits [i, j] = λ·(sim_j − sim_i) where score_i > score_j; the last row is the 1 in the logarithm.
        var mask = new float[n, n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                if (scores[i] <= scores[j]) mask[i, j] = NoLogit;
        Tensor logits = (similarities.Unsqueeze(0) - similarities.Unsqueeze(1)) * _settings.Scale + Tensor.FromArray(mask);
        return Ops.Concat([logits.Reshape((long)n * n), Tensor.FromArray(new float[1])]).LogSumExp(0);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Validate(CancellationToken stop) =>
        _validation.Count == 0 ? [] : PairScorer.Figures(PairScorer.Fuse(_validationOverlaps, Cosines(_validation), Own), _validation);

    /// <inheritdoc/>
    public override string Describe(ReadOnlySpan<long> examples) =>
        string.Join(", ", examples[..Math.Min(3, examples.Length)].ToArray()
            .Select(example => $"'{_pairs[(int)example].First}' and '{_pairs[(int)example].Second}'"))
            + (examples.Length > 3 ? " …" : "");

    /// <summary>The cosine of each pair.</summary>
    public float[] Cosines(IReadOnlyList<ScoredPair> pairs) => PairScorer.Cosines(Encoder, _model.Text, pairs);

    /// <summary>The unit vector of each text [texts · dim]; zeros where no word of a text has a row.</summary>
    public float[] Vectors(IReadOnlyList<string> texts) => PairScorer.Vectors(Encoder, _model.Text, texts);

    /// <summary>The same before the first step.</summary>
    public float[] FirstVectors(IReadOnlyList<string> texts)
    {
        var table = new Table(Encoder.Rows.Rows, _settings.Dim, "text.weight") { Frozen = true };
        table.CopyFrom(First);
        return PairScorer.Vectors(Encoder, new Nn.EmbeddingBag(table), texts);
    }

    /// <summary>Rows begin as long as their word is rare: before it has learned anything, the model compares words as tf-idf does. A word
    /// of n-grams is the sum of several rows, which are shorter.</summary>
    void ScaleByRarity()
    {
        var found = new int[Encoder.Rows.Rows];
        foreach ((long[] first, long[] second) in _rows)
            foreach (long[] text in (long[][])[first, second])
            {
                foreach (long row in text) Occurrences[row]++;
                foreach (long row in text.Distinct()) found[row]++;
            }
        int texts = 2 * _rows.Length;
        float rarest = MathF.Log(1 + texts);
        var values = new float[_settings.Dim];
        for (long row = 0; row < Encoder.Rows.Rows; row++)
        {
            _model.Text.Weight[row].CopyTo(values);
            float rarity = MathF.Log(1 + (float)texts / (1 + found[row])) / rarest;
            RowMath.Scale(values, 2 * FirstDeviation * rarity * (row < Encoder.Rows.Vocabulary.Count ? 1 : NgramScale));
            _model.Text.Weight.Write(row, values);
        }
    }
}
