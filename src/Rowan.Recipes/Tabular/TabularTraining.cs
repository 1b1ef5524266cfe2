using Rowan.Nn;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Binary cross entropy for two classes, cross entropy for more, squared error for a number.</summary>
sealed class TabularTraining : ModuleJob
{
    const int RecordsAtOnce = 2_048;

    readonly TabularData _data;
    readonly TabularSettings _settings;
    readonly TabularModel _model;
    readonly TabularBatches _train;

    public TabularTraining(TabularModel model, TabularData data, TabularSettings settings, Rng layers)
        : base(model, Optimizers(model, settings), layers) =>
            (_model, _data, _settings, _train) = (model, data, settings, new TabularBatches(data.Encoder, settings));

    public override long Examples => _data.Train.Count;

    TabularEncoder Encoder => _data.Encoder;

    public override string Describe(ReadOnlySpan<long> examples) =>
        $"records {string.Join(", ", examples[..Math.Min(5, examples.Length)].ToArray())}{(examples.Length > 5 ? " …" : "")} of the "
        + $"training part";

    protected override Tensor Loss(TrainingBatch batch)
    {
        IReadOnlyList<Tensor> outputs = _model.Forward(_train.Of(_data.Train, batch.Examples));
        Tensor sum = LossOf(outputs[0], batch);
        for (int i = 1; i < outputs.Count; i++) sum += LossOf(outputs[i], batch);
        return outputs.Count == 1 ? sum : sum * (1f / outputs.Count);
    }

    Tensor LossOf(Tensor output, TrainingBatch batch)
    {
        int n = batch.Examples.Length;
        if (Encoder.Outputs > 1)
        {
            var classes = new long[n];
            for (int i = 0; i < n; i++) classes[i] = (long)_data.Train.Label(batch.Examples[i]);
            return Losses.CrossEntropy(output, classes);
        }
        var targets = new float[n];
        for (int i = 0; i < n; i++) targets[i] = _data.Train.Label(batch.Examples[i]);
        Tensor target = new(targets, n);
        return Encoder.Classes is null
            ? Losses.MeanSquaredError(output.Squeeze(1), target) : Losses.BinaryCrossEntropyWithLogits(output.Squeeze(1), target);
    }

    public override IReadOnlyList<Metric> Validate(CancellationToken stop) => Figures(_data.Validation);

    /// <summary>The metrics over some records.</summary>
    public IReadOnlyList<Metric> Figures(TabularRecords records)
    {
        if (records.Count == 0) return [];
        int n = checked((int)records.Count), outputs = Encoder.Classes is null ? 1 : (int)Encoder.Classes.Count;
        var (predicted, labels) = (new float[n * outputs], new float[n]);
        var some = new long[RecordsAtOnce];
        for (int from = 0; from < n; from += RecordsAtOnce)
        {
            int length = Math.Min(RecordsAtOnce, n - from);
            for (int i = 0; i < length; i++) (some[i], labels[from + i]) = (from + i, records.Label(from + i));
            Predicted(_model, Encoder, _train.Of(records, some.AsSpan(0, length))).CopyTo(predicted, from * outputs);
        }
        return Encoder.Classes is null
            ? PredictionMetrics.OfNumbers(predicted, labels, Encoder.LabelDeviation)
            : PredictionMetrics.OfClasses(predicted, labels, outputs);
    }

    /// <summary>The probabilities of all classes [n, classes], or the numbers [n] in standard units: the mean over the ensemble.</summary>
    public static float[] Predicted(TabularModel model, TabularEncoder encoder, TabularBatch batch)
    {
        using var off = Gradients.Off();
        model.Eval();
        Tensor? sum = null;
        IReadOnlyList<Tensor> outputs = model.Forward(batch);
        foreach (Tensor output in outputs)
        {
            Tensor own = encoder.Classes is null ? output : encoder.Outputs > 1 ? output.Softmax(1) : output.Sigmoid();
            sum = sum is null ? own : sum + own;
        }
        float[] positive = (outputs.Count == 1 ? sum! : sum! * (1f / outputs.Count)).ToArray();
        if (encoder.Classes is null || encoder.Outputs > 1) return positive;
        var both = new float[2 * positive.Length];
        for (int i = 0; i < positive.Length; i++) (both[2 * i], both[2 * i + 1]) = (1 - positive[i], positive[i]);
        return both;
    }

    static OptimizerGroup Optimizers(TabularModel model, TabularSettings settings)
    {
        ILearnable[] all = [.. model.Parameters()], tables = [.. all.OfType<Table>()], layers = [.. all.Except(tables)];
        Optimizer dense = new AdamW(layers) { LearningRate = settings.LearningRate, WeightDecay = settings.WeightDecay };
        return tables.Length == 0
            ? new OptimizerGroup(dense)
            : new OptimizerGroup(new Adam(tables) { LearningRate = settings.LearningRate, Rows = RowUpdates.Lazy }, dense);
    }
}

/// <summary>Records to batches.</summary>
sealed class TabularBatches(TabularEncoder encoder, TabularSettings settings)
{
    readonly int _width = TabularModel.DenseWidth(encoder, settings), _categorical = encoder.IdCount,
    _several = encoder.BagCount, _numeric = encoder.NumberCount;

    /// <summary>The batch of stored records.</summary>
    public TabularBatch Of(TabularRecords records, ReadOnlySpan<long> places)
    {
        int n = places.Length;
        var ids = new long[_categorical][];
        for (int column = 0; column < _categorical; column++) ids[column] = new long[n];
        var lists = new long[_several][][];
        for (int column = 0; column < _several; column++) lists[column] = new long[n][];
        var numbers = new float[n * _numeric];
        Span<int> own = stackalloc int[_categorical];
        for (int i = 0; i < n; i++)
        {
            records.Ids(places[i], own);
            for (int column = 0; column < _categorical; column++) ids[column][i] = own[column];
            for (int column = 0; column < _several; column++)
                lists[column][i] = [.. records.List(column, places[i]).Select(id => (long)id)];
            records.Numbers(places[i], numbers.AsSpan(i * _numeric, _numeric));
        }
        return Of(n, ids, lists, numbers);
    }

    /// <summary>The batch of records as they come.</summary>
    public TabularBatch Of(IReadOnlyList<TabularRow> rows)
    {
        int n = rows.Count;
        long[][] ids = [.. Enumerable.Range(0, _categorical).Select(column => rows.Select(row => (long)row.Ids[column]).ToArray())];
        long[][][] lists = [.. Enumerable.Range(0, _several)
            .Select(column => rows.Select(row => row.Lists[column].Select(id => (long)id).ToArray()).ToArray())];
        return Of(n, ids, lists, [.. rows.SelectMany(row => row.Numbers)]);
    }

    TabularBatch Of(int n, long[][] ids, long[][][] lists, float[] numbers)
    {
        var features = new Dictionary<string, JaggedIndices>();
        for (int column = 0; column < _categorical; column++)
            features[TabularModel.Table(column)] = JaggedIndices.From((Indices)ids[column]);
        for (int column = 0; column < _several; column++) features[TabularModel.Table(_categorical + column)] = lists[column];
        if (_numeric == 0) return new TabularBatch(n, features, null, null);
        var dense = new float[n * _width];
        for (int i = 0; i < n; i++)
        {
            Span<float> into = dense.AsSpan(i * _width, _width), own = numbers.AsSpan(i * _numeric, _numeric);
            int at = 0;
            for (int column = 0; column < _numeric; column++)
            {
                NumericScale scale = encoder.Scales[column];
                bool missing = float.IsNaN(own[column]);
                float standard = missing ? 0 : scale.Standardised(own[column]);
                into[at++] = missing ? 1 : 0;
                if (settings.Numeric == NumericEmbedding.Piecewise)
                {
                    int bins = scale.Edges.Length - 1;
                    if (!missing) scale.Piecewise(own[column], into.Slice(at, bins));
                    at += bins;
                }
                else into[at++] = standard;
                own[column] = standard;
            }
        }
        return new TabularBatch(n, features, new Tensor(numbers, n, _numeric), new Tensor(dense, n, _width));
    }
}
