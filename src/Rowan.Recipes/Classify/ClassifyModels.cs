using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>Texts of a batch, as <see cref="TextRows"/> encodes them.</summary>
/// <param name="Texts">Token codes of each text.</param>
/// <param name="Rows">Maps the codes to rows and n-grams.</param>
/// <param name="Unknown">The unknown words among them.</param>
sealed record TextBatch(int[][] Texts, TextRows Rows, UnknownWords Unknown)
{
    /// <summary>What a bag reads: known words and word n-grams.</summary>
    public TextBatch Bags() => Rows.IsMixed ? this with { Texts = [.. Texts.Select(text => Array.FindAll(text, Rows.IsInBag))] } : this;

    /// <summary>What the other models read: words, known or not, in order.</summary>
    public TextBatch Sequences() =>
        Rows.IsMixed ? this with { Texts = [.. Texts.Select(text => Array.FindAll(text, code => !Rows.IsWordNgram(code)))] } : this;
}

/// <summary>Texts to scores of labels.  Shapes: n texts → [n, labels].</summary>
abstract class ClassifyModel : Module
{
    public abstract Table Words { get; }

    public abstract Tensor Forward(TextBatch batch);

    /// <summary>The models that learn, each by its own loss; no property, since what a module has is part of it.</summary>
    public virtual IReadOnlyList<ClassifyModel> Members() => [this];

    /// <param name="settings">The settings.</param>
    /// <param name="rows">Maps token codes to rows of the tables.</param>
    /// <param name="labels">Labels.</param>
    /// <param name="inverseFrequencies">The tf-idf weights of a bag's rows, or null.</param>
    /// <param name="meetsUnknown">Whether training texts hold unknown words.</param>
    /// <param name="rng">Draws the initial weights.</param>
    /// <param name="layers">The generator of dropout.</param>
    public static ClassifyModel Of(
        ClassifySettings settings, TextRows rows, int labels, float[]? inverseFrequencies, bool meetsUnknown, Rng rng, Rng layers)
    {
        IReadOnlyList<ClassifySettings> parts = settings.Parts();
        if (parts.Count > 1)
            return new TogetherModel(
                [.. parts.Select(part => Of(part, rows, labels, inverseFrequencies, meetsUnknown, rng, layers))],
                settings.LabelSeparator.Length > 0);
        long count = settings.HasBag ? rows.Rows : rows.SequenceRows;
        ClassifyModel model = settings.Model switch
        {
            ClassifyModelKind.Bag => new BagModel(settings, count, labels, inverseFrequencies, rng, layers),
            ClassifyModelKind.Convolution => new ConvolutionModel(settings, count, labels, rng, layers),
            ClassifyModelKind.Lstm => new LstmModel(settings, count, labels, rng, layers),
            _ => new TransformerModel(settings, count, labels, rng, layers),
        };
        // If training has no unknown word, their row is never trained: it stays zero instead of random.
        if (!meetsUnknown && settings.UnknownShare == 0) model.Words.WriteValues(TextRows.Unknown * settings.Dim, new float[settings.Dim]);
        return model;
    }

    private protected static Embedding Rows(ClassifySettings settings, long rows, Rng rng)
    {
        var embedding = new Embedding(rows, settings.Dim, new EmbeddingOptions { PaddingIdx = TextRows.Filler }, rng);
        foreach (Memory<float> values in embedding.Weight.Values) RowMath.Scale(values.Span, settings.FirstDeviation);
        return embedding;
    }

    /// <summary>The rows of n-grams of characters; null where words have none.</summary>
    private protected static EmbeddingBag? NgramRows(ClassifySettings settings, Rng rng)
    {
        if (!settings.Subwords) return null;
        var ngrams = new EmbeddingBag(settings.Buckets!.Value, settings.Dim, BagMode.Mean, rng: rng);
        foreach (Memory<float> values in ngrams.Weight.Values) RowMath.Scale(values.Span, settings.FirstDeviation);
        return ngrams;
    }

    /// <summary>
    /// e[word] + Σ g[n-gram]/n for each word of texts that stand below one another, filled up with zeros to the longest (with the sum as
    /// in Bojanowski et al. 2017; without n-grams e alone). Shapes: n texts → [n, margin + longest + margin, dim].
    /// </summary>
    private protected static Tensor Vectors(TextBatch batch, Embedding words, EmbeddingBag? ngrams, int margin = 0)
    {
        int places = Math.Max(1, batch.Texts.Max(text => text.Length)) + 2 * margin;
        var ids = new long[batch.Texts.Length * places];
        for (int i = 0; i < batch.Texts.Length; i++)
            for (int word = 0; word < batch.Texts[i].Length; word++)
                ids[i * places + margin + word] = batch.Rows.RowOf(batch.Texts[i][word]);
        Tensor own = words.Forward(Indices.From(ids, batch.Texts.Length, places));
        if (ngrams is null) return own;
        var (rows, offsets) = (new List<long>(), new long[ids.Length]);
        for (int i = 0; i < batch.Texts.Length; i++)
            for (int place = 0; place < places; place++)
            {
                offsets[i * places + place] = rows.Count;
                int word = place - margin;
                if (word < 0 || word >= batch.Texts[i].Length) continue;
                foreach (int bucket in batch.Rows.NgramsOf(batch.Texts[i][word], batch.Unknown)) rows.Add(bucket);
            }
        return own + ngrams.Forward(rows.ToArray(), offsets).Reshape(own.Shape.Sizes);
    }
}

/// <summary>
/// Several models that answer together: scores = log p, p = Σ softmax(scores of each) / n; of several labels log p / (1 − p), p = Σ
/// σ(scores of each) / n.
/// </summary>
sealed class TogetherModel : ClassifyModel
{
    readonly bool _several;

    public TogetherModel(IReadOnlyList<ClassifyModel> models, bool several) =>
        (Models, _several) = (new ModuleList<ClassifyModel>(models), several);

    public ModuleList<ClassifyModel> Models { get; }

    public override IReadOnlyList<ClassifyModel> Members() => [.. Models];

    /// <summary>The first model's: one table stands for all where vectors are looked at.</summary>
    public override Table Words => Models[0].Words;

    public override Tensor Forward(TextBatch batch) => Together(model => model.Forward(batch));

    /// <summary>The scores of all from those of each.</summary>
    public Tensor Together(Func<ClassifyModel, Tensor> scoresOf)
    {
        Tensor? sum = null;
        foreach (ClassifyModel model in Models)
        {
            Tensor scores = scoresOf(model), shares = _several ? scores.Sigmoid() : scores.Softmax(1);
            sum = sum is null ? shares : sum + shares;
        }
        Tensor mean = sum! * (1f / Models.Count);
        return _several ? mean.Log() - (1 - mean).Log() : mean.Log();
    }
}

/// <summary>
/// scores = W · Σ w[r]·e[r] + b over the rows of a text (Joulin et al. 2017), w = 1/n over all or the different rows, or by tf-idf.
/// </summary>
sealed class BagModel : ClassifyModel
{
    readonly float[]? _inverse;
    readonly bool _once;

    public BagModel(ClassifySettings settings, long rows, int labels, float[]? inverseFrequencies, Rng rng, Rng layers)
    {
        (_inverse, _once) = (settings.Weights == BagWeights.TfIdf ? inverseFrequencies : null, settings.Weights == BagWeights.Once);
        Bag = new EmbeddingBag(rows, settings.Dim, _inverse is null ? BagMode.Mean : BagMode.Sum, rng: rng);
        foreach (Memory<float> values in Bag.Weight.Values) RowMath.Scale(values.Span, settings.FirstDeviation);
        Dropout = settings.Dropout > 0 ? new Dropout(settings.Dropout, layers) : null;
        Head = new Linear(settings.Dim, labels, rng: rng);
    }

    /// <summary>The tf-idf weight of each row; null where all weigh the same.</summary>
    internal float[]? Inverse => _inverse;

    public EmbeddingBag Bag { get; }

    public Dropout? Dropout { get; }

    public Linear Head { get; }

    public override Table Words => Bag.Weight;

    public override Tensor Forward(TextBatch batch)
    {
        batch = batch.Bags();
        var offsets = new long[batch.Texts.Length];
        var ids = new List<long>();
        var weights = new List<float>();
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = ids.Count;
            if (_inverse is null)
                foreach (int row in _once ? batch.Texts[i].Distinct() : batch.Texts[i]) ids.Add(row);
            else AddWeighed(batch.Texts[i], ids, weights);
        }
        Tensor bags = _inverse is null
            ? Bag.Forward(ids.ToArray(), offsets) : Bag.Forward(ids.ToArray(), offsets, new Tensor(weights.ToArray(), weights.Count));
        return Head.Forward(Dropout is null ? bags : Dropout.Forward(bags));
    }

    /// <summary>(1 + log tf)·idf of each different row, of length 1 together.</summary>
    void AddWeighed(int[] text, List<long> ids, List<float> weights)
    {
        int[] sorted = [.. text];
        Array.Sort(sorted);
        int first = weights.Count;
        double squares = 0;
        for (int from = 0, to; from < sorted.Length; from = to)
        {
            for (to = from + 1; to < sorted.Length && sorted[to] == sorted[from];) to++;
            float weight = (1 + MathF.Log(to - from)) * _inverse![sorted[from]];
            ids.Add(sorted[from]);
            weights.Add(weight);
            squares += weight * weight;
        }
        float scale = squares > 0 ? (float)(1 / Math.Sqrt(squares)) : 0;
        for (int i = first; i < weights.Count; i++) weights[i] *= scale;
    }
}

/// <summary>scores = W · dropout(max or mean over places of relu(convolutions)) + b (Kim 2014, with max).</summary>
/// <remarks>
/// Before and after a text stand as many zeros as the widest filter has places: filters see where it begins and ends, and each also sees
/// nothing, so that what a text comes to does not depend on the longer texts it is computed beside.
/// </remarks>
sealed class ConvolutionModel : ClassifyModel
{
    readonly int _widest;
    readonly int[] _widths;
    readonly Pooling _pooling;

    public ConvolutionModel(ClassifySettings settings, long rows, int labels, Rng rng, Rng layers)
    {
        int[] widths = [.. settings.Widths.Split(',').Select(int.Parse)];
        (_widths, _widest, _pooling) = (widths, widths.Max(), settings.Pooling);
        (Embedding, Ngrams) = (Rows(settings, rows, rng), NgramRows(settings, rng));
        Convolutions = new ModuleList<Conv1d>(widths.Select(width => new Conv1d(settings.Dim, settings.Hidden, width, rng: rng)));
        Dropout = new Dropout(settings.Dropout, layers);
        Head = new Linear(settings.Hidden * widths.Length * (_pooling == Pooling.Both ? 2 : 1), labels, rng: rng);
    }

    public Embedding Embedding { get; }

    public EmbeddingBag? Ngrams { get; }

    public ModuleList<Conv1d> Convolutions { get; }

    public Dropout Dropout { get; }

    public Linear Head { get; }

    public override Table Words => Embedding.Weight;

    public override Tensor Forward(TextBatch batch)
    {
        batch = batch.Sequences();
        return Scores(Vectors(batch, Embedding, Ngrams, margin: _widest),
            new Tensor([.. batch.Texts.Select(text => (float)text.Length)], batch.Texts.Length, 1));
    }

    /// <summary>The zeros before and after a text.</summary>
    internal int Widest => _widest;

    /// <summary>Scores of texts.  Shapes: vectors [n, widest + length + widest, dim], lengths [n, 1] → [n, labels].</summary>
    internal Tensor Scores(Tensor vectors, Tensor lengths)
    {
        Tensor words = vectors.Transpose(1, 2);
        Tensor[] filters = [.. Convolutions.Select(convolution => convolution.Forward(words))];
        var found = new List<Tensor>();
        if (_pooling != Pooling.Mean) found.AddRange(filters.Select(filter => filter.Max(2).Relu()));
        if (_pooling != Pooling.Max)
            found.AddRange(filters.Select(
            (filter, i) => (filter.Relu() * Shares(lengths, _widest - _widths[i] + 1, _widths[i], filter.Shape[2])).Sum(2)));
        return Head.Forward(Dropout.Forward(found.Count == 1 ? found[0] : Ops.Concat([.. found], 1)));
    }

    /// <summary>1/n over the n places where a filter lies on a word, 0 elsewhere; all 0 for no words.  [n, 1, places]</summary>
    static Tensor Shares(Tensor lengths, int first, int width, long places)
    {
        Tensor at = Tensor.Arange(places), on = (lengths + (width - 1)) * (lengths > 0);
        return ((at >= first) & (at < on + first)).ToTensor().Unsqueeze(1) / on.Clamp(low: 1).Unsqueeze(1);
    }
}

/// <summary>scores = W · dropout(last states of both directions) + b.</summary>
sealed class LstmModel : ClassifyModel
{
    readonly int _layers;

    public LstmModel(ClassifySettings settings, long rows, int labels, Rng rng, Rng layers)
    {
        _layers = settings.Layers;
        (Embedding, Ngrams) = (Rows(settings, rows, rng), NgramRows(settings, rng));
        Lstm = new Lstm(settings.Dim, settings.Hidden, settings.Layers, batchFirst: true, bidirectional: true, rng: rng);
        Dropout = new Dropout(settings.Dropout, layers);
        Head = new Linear(2 * settings.Hidden, labels, rng: rng);
    }

    public Embedding Embedding { get; }

    public EmbeddingBag? Ngrams { get; }

    public Lstm Lstm { get; }

    public Dropout Dropout { get; }

    public Linear Head { get; }

    public override Table Words => Embedding.Weight;

    public override Tensor Forward(TextBatch batch)
    {
        Indices lengths = batch.Texts.Select(text => (long)Math.Max(1, text.Length)).ToArray();
        return Scores(Vectors(batch, Embedding, Ngrams), lengths);
    }

    /// <summary>Scores of texts.  Shapes: words [n, length, dim], lengths [n] → [n, labels].</summary>
    internal Tensor Scores(Tensor words, Indices lengths)
    {
        Tensor hidden = Lstm.Forward(words, null, lengths).State.Hidden;
        Tensor last = Ops.Concat([hidden.Slice(0, 2 * (_layers - 1), 1).Squeeze(0), hidden.Slice(0, 2 * (_layers - 1) + 1, 1).Squeeze(0)],
            1);
        return Head.Forward(Dropout.Forward(last));
    }
}

/// <summary>scores = W · dropout(mean of a transformer's states) + b.</summary>
sealed class TransformerModel : ClassifyModel
{
    public TransformerModel(ClassifySettings settings, long rows, int labels, Rng rng, Rng layers)
    {
        Require.That(settings.Dim % settings.Heads == 0, $"`dim` {settings.Dim}: it must be a multiple of `heads` {settings.Heads}");
        (Embedding, Ngrams) = (Rows(settings, rows, rng), NgramRows(settings, rng));
        Positions = new LearnedPositions(settings.Length, settings.Dim, batchFirst: true, rng);
        foreach (Memory<float> values in Positions.Weight.Values) RowMath.Scale(values.Span, settings.FirstDeviation);
        var options = new TransformerOptions {
            FeedForwardDim = 4 * settings.Dim, Activation = TransformerActivation.Gelu, BatchFirst = true, NormFirst = true,
            Dropout = settings.Dropout };
        Encoder = new TransformerEncoder(new TransformerEncoderLayer(settings.Dim, settings.Heads, options, rng), settings.Layers,
            new LayerNorm(settings.Dim));
        Dropout = new Dropout(settings.Dropout, layers);
        Head = new Linear(settings.Dim, labels, rng: rng);
    }

    public Embedding Embedding { get; }

    public EmbeddingBag? Ngrams { get; }

    public LearnedPositions Positions { get; }

    public TransformerEncoder Encoder { get; }

    public Dropout Dropout { get; }

    public Linear Head { get; }

    public override Table Words => Embedding.Weight;

    public override Tensor Forward(TextBatch batch)
    {
        Tensor words = Vectors(batch, Embedding, Ngrams);
        int n = batch.Texts.Length, longest = (int)words.Shape[1];
        // A text without a known word keeps its first place, or there would be nothing to attend to.
        var (fill, weights) = (new bool[n * longest], new float[n * longest]);
        for (int i = 0; i < n; i++)
        {
            int length = Math.Max(1, batch.Texts[i].Length);
            for (int place = 0; place < longest; place++)
                (fill[i * longest + place], weights[i * longest + place]) = (place >= length, place < length ? 1f / length : 0);
        }
        return Scores(words, Mask.From(fill, n, longest), new Tensor(weights, n, longest));
    }

    /// <summary>Scores of texts.  Shapes: words [n, length, dim]; places beyond a text, and weights of the others [n, length].</summary>
    internal Tensor Scores(Tensor words, Mask fill, Tensor weights)
    {
        Tensor states = Encoder.Forward(Positions.Forward(words), null, fill);
        Tensor mean = (states * weights.Unsqueeze(2)).Sum(1);
        return Head.Forward(Dropout.Forward(mean));
    }
}
