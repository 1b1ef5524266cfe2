using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Cross entropy of one label, or binary cross entropy of several, over texts of about the same length in a batch.</summary>
sealed class ClassifyTraining : ModuleJob
{
    // So many batches are sorted by length together; the more, the less is filled up, and the less random the order.
    const int SortedTogether = 32;
    const int TextsAtOnce = 256;

    readonly ClassifyData _data;
    readonly ClassifySettings _settings;
    readonly ClassifyModel _model;
    readonly Tensor? _labelWeights;
    long[] _order = [];
    int _epoch = -1;

    public ClassifyTraining(ClassifyModel model, ClassifyData data, ClassifySettings settings, Rng layers)
        : base(model, new Adam(model.Parameters()) { LearningRate = settings.LearningRate, Rows = RowUpdates.Lazy }, layers)
    {
        (_model, _data, _settings) = (model, data, settings);
        if (settings.LabelWeights == LabelWeights.None) return;
        Require.That(!Several, $"`label-weights` balanced is for texts with one label each; leave it out, or `label-separator`");
        long[] counts = data.Train.LabelCounts((int)data.Labels.Count);
        // A label of a grown run that these texts do not hold has no loss to weigh.
        _labelWeights = new Tensor([.. counts.Select(count => (float)((double)data.Train.Count / counts.Length / Math.Max(1, count)))],
            counts.Length);
    }

    public override long Examples => _data.Train.Count;

    bool Several => _settings.LabelSeparator.Length > 0;

    public override string Describe(ReadOnlySpan<long> examples) =>
        $"texts {string.Join(", ", examples[..Math.Min(5, examples.Length)].ToArray())}{(examples.Length > 5 ? " …" : "")} of the "
        + $"training part";

    protected override Tensor Loss(TrainingBatch batch)
    {
        ReadOnlySpan<long> examples = _settings.HasSequence ? OfLikeLength(batch) : batch.Examples;
        IReadOnlyList<ClassifyModel> members = _model.Members();
        Tensor? sum = null;
        foreach (ClassifyModel member in members)
        {
            var texts = new int[examples.Length][];
            for (int i = 0; i < texts.Length; i++)
                texts[i] = Dropped(Text(_data.Train, examples[i]), batch.Rng, inOrder: member is not BagModel);
            Tensor loss = LossOf(member.Forward(new TextBatch(texts, _data.Rows, _data.Unknown)), examples);
            sum = sum is null ? loss : sum + loss;
        }
        return members.Count == 1 ? sum! : sum! * (1f / members.Count);
    }

    Tensor LossOf(Tensor scores, ReadOnlySpan<long> examples)
    {
        if (Several) return Losses.BinaryCrossEntropyWithLogits(scores, Targets(_data.Train, examples, scores.Shape[1]));
        var labels = new long[examples.Length];
        for (int i = 0; i < labels.Length; i++) labels[i] = Label(_data.Train, examples[i]);
        return Losses.CrossEntropy(scores, labels, weight: _labelWeights, labelSmoothing: _settings.LabelSmoothing);
    }

    public override IReadOnlyList<Metric> Validate(CancellationToken stop) => Figures(_data.Validation, out _);

    /// <summary>The metrics over some texts and, for single labels, the confusion matrix.</summary>
    public IReadOnlyList<Metric> Figures(LabelledTexts texts, out long[,] confusion)
    {
        var metrics = new LabelMetrics((int)_data.Labels.Count, Several);
        foreach ((long text, float[] probabilities) in Probabilities(texts)) metrics.Add(probabilities, LabelsOf(texts, text));
        confusion = metrics.Confusion;
        return metrics.Result();
    }

    /// <summary>The probabilities of all labels for each text, in the order of length.</summary>
    IEnumerable<(long Text, float[] Probabilities)> Probabilities(LabelledTexts texts)
    {
        long[] order = [.. Enumerable.Range(0, checked((int)texts.Count)).Select(i => (long)i).OrderBy(texts.Texts.Length)];
        foreach (long[] some in order.Chunk(TextsAtOnce))
        {
            float[] all = Probabilities(_model, new TextBatch([.. some.Select(text => Text(texts, text))], _data.Rows, _data.Unknown),
                Several);
            int labels = all.Length / some.Length;
            for (int i = 0; i < some.Length; i++) yield return (some[i], all[(i * labels)..((i + 1) * labels)]);
        }
    }

    /// <summary>Softmax, or the sigmoid of each label where a text may have several.</summary>
    public static float[] Probabilities(ClassifyModel model, TextBatch batch, bool several)
    {
        using var off = Gradients.Off();
        model.Eval();
        Tensor scores = model.Forward(batch);
        return (several ? scores.Sigmoid() : scores.Softmax(1)).ToArray();
    }

    static int[] Text(LabelledTexts texts, long text)
    {
        var rows = new int[texts.Texts.Length(text)];
        texts.Texts.Read(text, rows);
        return rows;
    }

    static int Label(LabelledTexts texts, long text)
    {
        Span<int> label = stackalloc int[1];
        texts.Labels.Read(text, label);
        return label[0];
    }

    static int[] LabelsOf(LabelledTexts texts, long text)
    {
        var labels = new int[texts.Labels.Length(text)];
        texts.Labels.Read(text, labels);
        return labels;
    }

    static Tensor Targets(LabelledTexts texts, ReadOnlySpan<long> examples, long labels)
    {
        var targets = new float[examples.Length * labels];
        for (int i = 0; i < examples.Length; i++)
            foreach (int label in LabelsOf(texts, examples[i])) targets[i * labels + label] = 1;
        return new Tensor(targets, examples.Length, labels);
    }

    /// <summary>A text as training reads it: some words left out, some taken for unknown ones.</summary>
    int[] Dropped(int[] text, Rng rng, bool inOrder)
    {
        if (_settings.WordDropout > 0)
        {
            int[] kept = [.. text.Where(_ => rng.NextSingle() >= _settings.WordDropout)];
            text = kept.Length > 0 || text.Length == 0 ? kept : [text[rng.NextUInt32() % text.Length]];
        }
        if (_settings.UnknownShare > 0 && inOrder)
            for (int i = 0; i < text.Length; i++)
                if (!_data.Rows.IsWordNgram(text[i]) && rng.NextSingle() < _settings.UnknownShare) text[i] = -Math.Abs(text[i]);
        return text;
    }

    /// <summary>
    /// The examples of a batch when those of a few batches are sorted by length, and the batches put back in random order.
    /// </summary>
    ReadOnlySpan<long> OfLikeLength(TrainingBatch batch)
    {
        int size = _settings.Training.BatchSize;
        if (_epoch != batch.Epoch)
        {
            _epoch = batch.Epoch;
            _order = new long[Examples];
            ulong seed = Shuffle.Mix(_settings.Training.Seed ^ 0xb47c, (ulong)batch.Epoch);
            new Shuffle(Examples, seed).Read(0, _order);
            for (int from = 0; from < _order.Length; from += size * SortedTogether)
            {
                Span<long> together = _order.AsSpan(from, Math.Min(size * SortedTogether, _order.Length - from));
                long[] sorted = [.. together.ToArray().OrderBy(_data.Train.Texts.Length)];
                int whole = sorted.Length / size;
                var shuffled = new Shuffle(whole, Shuffle.Mix(seed, (ulong)from));
                for (int i = 0; i < whole; i++) sorted.AsSpan((int)shuffled[i] * size, size).CopyTo(together[(i * size)..]);
                sorted.AsSpan(whole * size).CopyTo(together[(whole * size)..]);
            }
        }
        long batches = (Examples + size - 1) / size;
        return _order.AsSpan((int)(batch.Number % batches) * size, batch.Examples.Length);
    }
}
