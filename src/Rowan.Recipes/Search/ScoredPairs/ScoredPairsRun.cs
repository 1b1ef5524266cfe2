using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A search run that was trained on pairs of texts with a score: it predicts the score of other pairs.</summary>
sealed class ScoredPairsRun : PredictingRun, ITextSearch
{
    const int PairsAtOnce = 512;

    readonly SearchRun _search;
    readonly PairScorer _scorer;
    readonly ValueFormat _format;

    ScoredPairsRun(SearchRun search, PairScorer scorer, IReadOnlyList<string> columns, ValueFormat format)
        : base(search.Path, search.Task, search.Tables) =>
        (_search, _scorer, Columns, _format) = (search, scorer, columns, format);

    /// <inheritdoc/>
    public float FusionWeight => _search.FusionWeight;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Labels => [];

    /// <summary>Whether a run is one, by its run.json.</summary>
    public static bool Is(JsonElement info) =>
        info.GetProperty("kind").GetString() == SearchRecipe.JobName && RunColumns.First(info, ColumnRole.Rating) is not null;

    /// <summary>Loads a run.</summary>
    /// <exception cref="InvalidDataException">The run is damaged.</exception>
    public static ScoredPairsRun Load(string path, JsonElement info)
    {
        JsonElement[] columns = [.. info.GetProperty("data").GetProperty("columns").EnumerateArray()];
        string[] texts = [.. columns.Where(column => column.GetProperty("role").GetString() == "text")
            .Select(column => column.GetProperty("name").GetString()!)];
        SearchRun search = SearchRun.Load(path);
        Require.Data(search.Scorer is not null && texts.Length == 2 && Is(info),
            $"the files of the run '{path}' do not match; train again with 'rowan train'");
        bool comma = columns.Any(column =>
            column.GetProperty("role").GetString() == "rating" && column.TryGetProperty("decimal_comma", out _));
        return new(search, search.Scorer, texts, ValueFormat.Default with { DecimalComma = comma }) {
            LabelColumn = RunColumns.First(info, ColumnRole.Rating)! };
    }

    /// <inheritdoc/>
    public override EvaluationReport Evaluate(RecordReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var notes = new List<string>();
        List<ScoredPair> pairs = ScoredPair.Read(reader, Columns[0], Columns[1], LabelColumn, _format, notes);
        Require.Data(pairs.Count > 0, $"evaluate: the file has no pair with two texts and a score");
        (IReadOnlyList<Metric> metrics, IReadOnlyList<(string Name, IReadOnlyList<Metric> Metrics)> baselines) =
            ScoredPairsTask.Measure(_scorer, pairs);
        if (metrics.Any(metric => double.IsNaN(metric.Value))) notes.Add(ScoredPairsTask.Undefined);
        return new(pairs.Count, metrics, notes) { Baselines = baselines };
    }

    /// <inheritdoc/>
    public IReadOnlyList<SearchHit> Search(string question, int count = 10, float? fusionWeight = null) =>
        _search.Search(question, count, fusionWeight);

    /// <inheritdoc/>
    public EvaluationReport Evaluate(string queries, string qrels, params IReadOnlyList<int> cutoffs) =>
        _search.Evaluate(queries, qrels, cutoffs);

    /// <inheritdoc/>
    public override NearestIds Neighbors(string id, int count = 10, string? table = null) => _search.Neighbors(id, count, table);

    private protected override IRecordBatch Begin(RecordReader reader) => new Batch(this, reader);

    sealed class Batch(ScoredPairsRun run, RecordReader reader) : IRecordBatch
    {
        readonly int _first = reader.Column(run.Columns[0]), _second = reader.Column(run.Columns[1]);
        readonly List<ScoredPair> _pairs = [];

        public int Size => PairsAtOnce;

        public int Count => _pairs.Count;

        public void Add() => _pairs.Add(new ScoredPair(Text(_first), Text(_second), 0));

        public Prediction[] Predict(int top)
        {
            float[] scores = run._scorer.Scores(_pairs);
            _pairs.Clear();
            return [.. scores.Select(score => new Prediction(score.ToString("R", CultureInfo.InvariantCulture), null, []))];
        }

        string Text(int column) =>
            SearchDocument.OneLine(reader.Field(column)) is { Length: > 0 } text ? text : throw reader.Bad(column, "a text");
    }
}
