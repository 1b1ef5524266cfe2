using System.Globalization;
using Rowan.Data;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A trained tabular run, verified and loaded: records in, classes or numbers out.</summary>
public sealed class TabularRun : PredictingRun
{
    const int RecordsAtOnce = 256;

    readonly TabularEncoder _encoder;
    readonly TabularModel _model;
    readonly TabularBatches _batches;

    TabularRun(string path, TabularEncoder encoder, TabularModel model, TabularSettings settings) => (Path, _encoder, _model, _batches) = (path, encoder, model, new TabularBatches(encoder, settings));

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns => [.. _encoder.Categorical.Concat(_encoder.MultiValued).Concat(_encoder.Numeric).Select(column => column.Name)];

    /// <summary>Loads a run.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, of another kind, or from a newer version.</exception>
    public static new TabularRun Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var info = RunFolder.Open(path, TabularRecipe.JobName);
        TabularSettings settings = TabularSettings.List.Read(info);
        TabularEncoder encoder = TabularEncoder.Read(info, LearnedTable.Read(path), settings);
        var model = new TabularModel(encoder, settings, new Rng(0), new Rng(0));
        model.Load(System.IO.Path.Combine(path, TabularRecipe.ModelFile));
        return new TabularRun(path, encoder, model, settings);
    }

    /// <inheritdoc/>
    public override IEnumerable<Prediction> Predict(RecordReader reader, int top = 1)
    {
        ArgumentNullException.ThrowIfNull(reader);
        TabularEncoder.Places places = _encoder.PlacesIn(reader, withLabel: false);
        var rows = new List<TabularRow>();
        while (reader.Read())
        {
            var row = new TabularRow(_encoder.Categorical.Count, _encoder.MultiValued.Count, _encoder.Numeric.Count);
            _encoder.Encode(reader, places, row);
            rows.Add(row);
            if (rows.Count < RecordsAtOnce) continue;
            foreach (Prediction prediction in Of(rows, top)) yield return prediction;
            rows.Clear();
        }
        if (rows.Count == 0) yield break;
        foreach (Prediction prediction in Of(rows, top)) yield return prediction;
    }

    Prediction[] Of(List<TabularRow> rows, int top)
    {
        float[] predicted = TabularTraining.Predicted(_model, _encoder, _batches.Of(rows));
        if (_encoder.Classes is not { } classes)
            return [.. predicted.Select(number => new Prediction((number * _encoder.LabelDeviation + _encoder.LabelMean).ToString("R", CultureInfo.InvariantCulture), null, []))];
        return [.. Enumerable.Range(0, rows.Count).Select(i =>
        {
            (string Label, double Probability)[] best = [.. classes.Words.Select((label, c) => (label, (double)predicted[i * (int)classes.Count + c])).OrderByDescending(pair => pair.Item2).Take(top)];
            return new Prediction(best[0].Label, best[0].Probability, best);
        })];
    }
}
