using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Nn;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A trained classify run, verified and loaded: texts in, labels out.</summary>
public sealed class ClassifyRun : PredictingRun, ITextClassifier, IExportableRun
{
    const int TextsAtOnce = 64;

    readonly ClassifyModel _model;
    readonly TextRows _rows;
    readonly string[] _labels;
    readonly string[] _columns;
    readonly bool _several;
    readonly ClassifySettings _settings;

    ClassifyRun(string path, IReadOnlyList<LearnedTable> tables, ClassifyModel model, TextRows rows, string[] labels, string[] columns,
        ClassifySettings settings) : base(path, ClassifyRecipe.JobName, tables) =>
        (_model, _rows, _labels, _columns, _several, _settings) =
            (model, rows, labels, columns, settings.LabelSeparator.Length > 0, settings);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns => _columns;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Labels => _labels;

    /// <summary>Whether a text may have several labels.</summary>
    internal bool HasSeveralLabels => _several;

    ExportableModel IExportableRun.Exportable() => ClassifyExport.Of(this, _model, _rows, _settings);

    /// <summary>Loads a run.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, of another kind, or from a newer version.</exception>
    public static new ClassifyRun Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Load(path, RunFolder.Open(path, ClassifyRecipe.JobName));
    }

    internal static ClassifyRun Load(string path, JsonElement info)
    {
        TableFiles tables = TableFiles.Open(path);
        ClassifySettings settings = ClassifySettings.List.Read(info);
        string[] labels = File.ReadAllLines(System.IO.Path.Combine(path, ClassifyRecipe.LabelsFile));
        var rows = new TextRows(tables.Ids(ClassifyRecipe.WordsTable), settings);
        float[]? inverse = settings.HasFrequencies
            ? Safetensors.Read(System.IO.Path.Combine(path, ClassifyRecipe.FrequenciesFile))["inverse"].Floats() : null;
        ClassifyModel model = ClassifyModel.Of(settings, rows, labels.Length, inverse, meetsUnknown: true, new Rng(0), new Rng(0));
        model.Load(System.IO.Path.Combine(path, ClassifyRecipe.ModelFile));
        string[] columns = [.. RunColumns.Of(info).Columns.Where(column => column.Role == ColumnRole.Text)
            .Select(column => column.Column)];
        return new ClassifyRun(path, tables.Load(), model, rows, labels, columns, settings)
        {
            IdColumn = RunColumns.First(info, ColumnRole.Id), LabelColumn = RunColumns.First(info, ColumnRole.Label) ?? "label",
        };
    }

    /// <inheritdoc/>
    public Prediction Predict(string text, int top = 1)
    {
        var unknown = new UnknownWords();
        return Of([Encoded(text, unknown)], unknown, top)[0];
    }

    /// <inheritdoc/>
    public override EvaluationReport Evaluate(RecordReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var joined = new JoinedText(reader, _columns);
        int label = reader.Column(LabelColumn);
        var metrics = new LabelMetrics(_labels.Length, _several);
        var (numbers, texts, own) =
            (_labels.Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i, StringComparer.Ordinal),
            new List<int[]>(), new List<int[]>());
        var unknown = new UnknownWords();
        (long unseen, string first) = (0, "");
        bool more = true;
        while (more)
        {
            more = reader.Read();
            if (more)
                try
                {
                    string[] named = ClassifyData.LabelsOf(reader.Field(label).ToString(), _settings);
                    if (named is [] or [""]) throw reader.Bad(label, "a label");
                    own.Add([.. named.Select(Number)]);
                    texts.Add(Encoded(joined.Of(reader), unknown));
                }
                catch (BadRecordException bad) when (reader.Skip(bad)) { }
            if (more && texts.Count < TextsAtOnce) continue;
            if (texts.Count == 0) break;
            float[] all = ClassifyTraining.Probabilities(_model, new TextBatch([.. texts], _rows, unknown), _several);
            for (int i = 0; i < texts.Count; i++) metrics.Add(all.AsSpan(i * _labels.Length, _labels.Length), own[i]);
            texts.Clear();
            own.Clear();
            unknown = new UnknownWords();
        }
        Require.Data(metrics.Count > 0, $"evaluate: the file has no record with a text and a label");
        List<string> notes = unseen == 0
            ? [] : [string.Create(CultureInfo.InvariantCulture,
            $"{unseen:#,0} labels do not occur in the training data, such as {first}; they count as wrong")];
        return new(metrics.Count, metrics.Result(), notes);

        int Number(string name)
        {
            if (numbers.TryGetValue(name, out int known)) return known;
            if (unseen++ == 0) first = $"'{name}' ({reader.Place})";
            return -1;
        }
    }

    private protected override IRecordBatch Begin(RecordReader reader) => new Batch(this, reader);

    sealed class Batch(ClassifyRun run, RecordReader reader) : IRecordBatch
    {
        readonly JoinedText _joined = new(reader, run._columns);
        readonly List<int[]> _texts = [];
        UnknownWords _unknown = new();

        public int Size => TextsAtOnce;

        public int Count => _texts.Count;

        public void Add() => _texts.Add(run.Encoded(_joined.Of(reader), _unknown));

        public Prediction[] Predict(int top)
        {
            Prediction[] predictions = run.Of(_texts, _unknown, top);
            _texts.Clear();
            _unknown = new UnknownWords();
            return predictions;
        }
    }

    /// <summary>The arrays of texts, in the order of the inputs of <see cref="IExportableRun.Exportable"/>.</summary>
    internal object[] ExportInputs(params IReadOnlyList<string> texts) => ClassifyExport.Encoded(this, _model, _rows, _settings, texts);

    internal int[] Encoded(ReadOnlySpan<char> text, UnknownWords unknown)
    {
        var rows = new List<int>();
        _rows.Encode(text, rows, unknown);
        return [.. rows];
    }

    Prediction[] Of(List<int[]> texts, UnknownWords unknown, int top)
    {
        float[] all = ClassifyTraining.Probabilities(_model, new TextBatch([.. texts], _rows, unknown), _several);
        return [.. Enumerable.Range(0, texts.Count).Select(i =>
        {
            (string Label, double Probability)[] best =
                [.. _labels.Select((label, l) => (label, (double)all[i * _labels.Length + l])).OrderByDescending(pair => pair.Item2)
                .Take(top)];
            return new Prediction(best[0].Label, best[0].Probability, best);
        })];
    }
}
