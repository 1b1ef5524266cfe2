using Rowan.Data;
using Rowan.Formats;
using Rowan.Nn;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A trained classify run, verified and loaded: texts in, labels out.</summary>
public sealed class ClassifyRun : PredictingRun
{
    const int TextsAtOnce = 64;

    readonly ClassifyModel _model;
    readonly TextRows _rows;
    readonly string[] _labels;
    readonly string[] _columns;
    readonly bool _several;

    ClassifyRun(string path, ClassifyModel model, TextRows rows, string[] labels, string[] columns, bool several) =>
        (Path, _model, _rows, _labels, _columns, _several) = (path, model, rows, labels, columns, several);

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns => _columns;

    /// <summary>The labels.</summary>
    public IReadOnlyList<string> Labels => _labels;

    /// <summary>Loads a run.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, of another kind, or from a newer version.</exception>
    public static new ClassifyRun Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var info = RunFolder.Open(path, ClassifyRecipe.JobName);
        ClassifySettings settings = ClassifySettings.List.Read(info);
        string[] labels = File.ReadAllLines(System.IO.Path.Combine(path, ClassifyRecipe.LabelsFile));
        var rows = new TextRows(LearnedTable.Read(path).Single(table => table.Name == ClassifyRecipe.WordsTable).Ids, settings);
        float[]? inverse = settings.Weights == BagWeights.TfIdf ? Safetensors.Read(System.IO.Path.Combine(path, ClassifyRecipe.FrequenciesFile))["inverse"].ToTensor().ToArray() : null;
        ClassifyModel model = ClassifyModel.Of(settings, rows.Rows, labels.Length, inverse, meetsUnknown: true, new Rng(0), new Rng(0));
        model.Load(System.IO.Path.Combine(path, ClassifyRecipe.ModelFile));
        string[] columns =
        [
            .. info.GetProperty("data").GetProperty("columns").EnumerateArray().Where(column =>
                column.GetProperty("role").GetString() == "text").Select(column => column.GetProperty("name").GetString()!),
        ];
        return new ClassifyRun(path, model, rows, labels, columns, settings.LabelSeparator.Length > 0);
    }

    /// <summary>The label of a text.</summary>
    public Prediction Predict(string text, int top = 1)
    {
        var unknown = new UnknownWords();
        return Of([Encoded(text, unknown)], unknown, top)[0];
    }

    /// <inheritdoc/>
    public override IEnumerable<Prediction> Predict(RecordReader reader, int top = 1)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var text = new JoinedText(reader, _columns);
        var (texts, unknown) = (new List<int[]>(), new UnknownWords());
        while (reader.Read())
        {
            texts.Add(Encoded(text.Of(reader), unknown));
            if (texts.Count < TextsAtOnce) continue;
            foreach (Prediction prediction in Of(texts, unknown, top)) yield return prediction;
            texts.Clear();
            unknown = new UnknownWords();
        }
        if (texts.Count == 0) yield break;
        foreach (Prediction prediction in Of(texts, unknown, top)) yield return prediction;
    }

    int[] Encoded(ReadOnlySpan<char> text, UnknownWords unknown)
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
            (string Label, double Probability)[] best = [.. _labels.Select((label, l) => (label, (double)all[i * _labels.Length + l])).OrderByDescending(pair => pair.Item2).Take(top)];
            return new Prediction(best[0].Label, best[0].Probability, best);
        })];
    }
}
