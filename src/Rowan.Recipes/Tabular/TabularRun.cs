using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A trained tabular run, verified and loaded: records in, classes or numbers out.</summary>
public sealed class TabularRun : PredictingRun, IExportableRun
{
    const int RecordsAtOnce = 256;

    readonly TabularEncoder _encoder;
    readonly TabularModel _model;
    readonly TabularBatches _batches;
    readonly TabularSettings _settings;

    TabularRun(string path, IReadOnlyList<LearnedTable> tables, TabularEncoder encoder, TabularModel model, TabularSettings settings)
        : base(path, TabularRecipe.JobName, tables) =>
        (_encoder, _model, _batches, _settings) = (encoder, model, new TabularBatches(encoder, settings), settings);

    /// <summary>The tables of the model, by their names in its file.</summary>
    internal IReadOnlyDictionary<string, Table> ModelTables => _model.TablesByName();

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns =>
        [.. _encoder.Columns.All.Select(column => column.Name)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Labels => _encoder.Classes?.Words ?? [];

    ExportableModel IExportableRun.Exportable() => TabularExport.Of(this, _encoder, _model, _settings);

    /// <summary>Loads a run.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, of another kind, or from a newer version.</exception>
    public static new TabularRun Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Load(path, RunFolder.Open(path, TabularRecipe.JobName));
    }

    internal static TabularRun Load(string path, JsonElement info)
    {
        TabularSettings settings = TabularSettings.List.Read(info);
        TableFiles tables = TableFiles.Open(path);
        TabularEncoder encoder = TabularEncoder.Read(info, tables.All, settings);
        var model = new TabularModel(encoder, settings, new Rng(0), new Rng(0));
        model.Load(System.IO.Path.Combine(path, TabularRecipe.ModelFile));
        return new TabularRun(path, tables.Load(model.TablesByName()), encoder, model, settings)
        {
            IdColumn = RunColumns.First(info, ColumnRole.Id), LabelColumn = encoder.Label.Name,
        };
    }

    /// <inheritdoc/>
    public override EvaluationReport Evaluate(RecordReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        TabularEncoder.Places places = _encoder.PlacesIn(reader, withLabel: true);
        var (rows, predicted, labels) = (new List<TabularRow>(), new List<float>(), new List<float>());
        (long unseen, string first) = (0, "");
        bool more = true;
        while (more)
        {
            more = reader.Read();
            if (more)
                try
                {
                    if (reader.IsMissing(places.Label)) throw reader.Bad(places.Label, "a label");
                    TabularRow row = NewRow();
                    _encoder.Encode(reader, places, row);
                    if (_encoder.Classes is not null && row.Label < 0 && unseen++ == 0)
                        first = $"'{reader.Field(places.Label)}' ({reader.Place})";
                    rows.Add(row);
                }
                catch (BadRecordException bad) when (reader.Skip(bad)) { }
            if (more && rows.Count < RecordsAtOnce) continue;
            if (rows.Count == 0) break;
            predicted.AddRange(TabularTraining.Predicted(_model, _encoder, _batches.Of(rows)));
            labels.AddRange(rows.Select(row => row.Label));
            rows.Clear();
        }
        Require.Data(labels.Count > 0, $"evaluate: the file has no record with a label");
        IReadOnlyList<Metric> metrics = _encoder.Classes is { } classes
            ? PredictionMetrics.OfClasses(predicted.ToArray(), labels.ToArray(), (int)classes.Count)
            : PredictionMetrics.OfNumbers(predicted.ToArray(), labels.ToArray(), _encoder.LabelDeviation);
        return new(labels.Count, metrics, unseen == 0
            ? [] : [string.Create(CultureInfo.InvariantCulture,
            $"{unseen:#,0} labels do not occur in the training data, such as {first}; they count as wrong")]);
    }

    private protected override IRecordBatch Begin(RecordReader reader) => new Batch(this, reader);

    TabularRow NewRow() => new(_encoder);

    sealed class Batch(TabularRun run, RecordReader reader) : IRecordBatch
    {
        readonly TabularEncoder.Places _places = run._encoder.PlacesIn(reader, withLabel: false);
        readonly List<TabularRow> _rows = [];

        public int Size => RecordsAtOnce;

        public int Count => _rows.Count;

        public void Add()
        {
            TabularRow row = run.NewRow();
            run._encoder.Encode(reader, _places, row);
            _rows.Add(row);
        }

        public Prediction[] Predict(int top)
        {
            Prediction[] predictions = run.Of(_rows, top);
            _rows.Clear();
            return predictions;
        }
    }

    Prediction[] Of(List<TabularRow> rows, int top)
    {
        float[] predicted = TabularTraining.Predicted(_model, _encoder, _batches.Of(rows));
        if (_encoder.Classes is not { } classes)
            return [.. predicted.Select(
                number => new Prediction(((float)(number * _encoder.LabelDeviation + _encoder.LabelMean))
                .ToString("R", CultureInfo.InvariantCulture), null, []))];
        return [.. Enumerable.Range(0, rows.Count).Select(i =>
        {
            (string Label, double Probability)[] best =
                [.. classes.Words.Select((label, c) => (label, (double)predicted[i * (int)classes.Count + c]))
                .OrderByDescending(pair => pair.Item2).Take(top)];
            return new Prediction(best[0].Label, best[0].Probability, best);
        })];
    }
}
