using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>The prediction for a record.</summary>
/// <param name="Value">The label, or the number.</param>
/// <param name="Probability">The probability of the label, from 0 to 1; null for a number.</param>
/// <param name="Top">The most probable labels, in falling order; none for a number.</param>
public sealed record Prediction(string Value, double? Probability, IReadOnlyList<(string Label, double Probability)> Top);

/// <summary>A record of a file and its prediction.</summary>
/// <param name="Number">The record's number, from 1, counting bad records too.</param>
/// <param name="Kept">The fields that were asked for; empty texts for a bad record.</param>
/// <param name="Prediction">Its prediction; null for a bad record.</param>
/// <param name="Error">What is wrong with a bad record; null for a good one.</param>
public sealed record PredictedRecord(long Number, IReadOnlyList<string> Kept, Prediction? Prediction, string? Error);

/// <summary>A trained run that predicts labels or numbers: verified and loaded. Any number of threads may ask it.</summary>
public abstract class PredictingRun
{
    /// <summary>The run folder.</summary>
    public abstract string Path { get; }

    /// <summary>Columns that records must have.</summary>
    public abstract IReadOnlyList<string> Columns { get; }

    /// <summary>The labels, in order; none where numbers are predicted.</summary>
    public abstract IReadOnlyList<string> Labels { get; }

    /// <summary>The column of ids in the training data; null for none.</summary>
    public string? IdColumn { get; private protected init; }

    /// <summary>The column of labels.</summary>
    public string LabelColumn { get; private protected init; } = "";

    /// <summary>Predicts every record, in their order. Bad records that the reader may skip are left out.</summary>
    /// <param name="reader">Records with the run's columns, by name.</param>
    /// <param name="top">How many labels each prediction names.</param>
    /// <exception cref="ArgumentException">A column is missing.</exception>
    /// <exception cref="BadRecordException">A field is not what it must be.</exception>
    public IEnumerable<Prediction> Predict(RecordReader reader, int top = 1) =>
        PredictRecords(reader, [], top).Where(record => record.Prediction is not null).Select(record => record.Prediction!);

    /// <summary>
    /// Predicts every record, in their order, with some of its fields. Bad records that the reader may skip have an error in place of a
    /// prediction.
    /// </summary>
    /// <param name="reader">Records with the run's columns, by name.</param>
    /// <param name="keep">Columns whose fields are kept.</param>
    /// <param name="top">How many labels each prediction names.</param>
    /// <exception cref="ArgumentException">A column is missing.</exception>
    /// <exception cref="BadRecordException">A field is not what it must be.</exception>
    public IEnumerable<PredictedRecord> PredictRecords(RecordReader reader, IReadOnlyList<string> keep, int top = 1)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(keep);
        Require.InRange(top >= 1, $"Predict: top is {top}; it must be at least 1", nameof(top));
        return Records(reader, [.. keep.Select(reader.Column)], Begin(reader), top);
    }

    /// <summary>The task's metrics on records with a label.</summary>
    /// <param name="reader">Records with the run's columns and its label column.</param>
    /// <exception cref="ArgumentException">A column is missing.</exception>
    /// <exception cref="BadRecordException">A field is not what it must be.</exception>
    /// <exception cref="InvalidDataException">There is no record.</exception>
    public abstract EvaluationReport Evaluate(RecordReader reader);

    /// <summary>Loads a run of any task that predicts.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, or of a task that predicts nothing.</exception>
    public static PredictingRun Open(string path)
    {
        JsonElement info = RunFolder.Open(path);
        return info.GetProperty("kind").GetString() switch
        {
            ClassifyRecipe.JobName => ClassifyRun.Open(path),
            TabularRecipe.JobName => TabularRun.Open(path),
            SearchRecipe.JobName when ScoredPairsRun.Is(info) => ScoredPairsRun.Open(path),
            var kind => throw new InvalidDataException($"the run '{path}' is a {kind} run, which has no predictions; name a " +
                $"{ClassifyRecipe.JobName} or {TabularRecipe.JobName} run as --run RUN"),
        };
    }

    /// <summary>The column of a role in a run's training data; null for none.</summary>
    private protected static string? ColumnOf(JsonElement info, string role)
    {
        foreach (JsonElement column in info.GetProperty("data").GetProperty("columns").EnumerateArray())
            if (column.GetProperty("role").GetString() == role) return column.GetProperty("name").GetString();
        return null;
    }

    /// <summary>A batch of encoded records.</summary>
    private protected abstract IRecordBatch Begin(RecordReader reader);

    static IEnumerable<PredictedRecord> Records(RecordReader reader, int[] keep, IRecordBatch batch, int top)
    {
        var waiting = new List<PredictedRecord>();
        long number = 0, skipped = reader.Skipped;
        bool more = true;
        while (more)
        {
            more = reader.Read();
            for (; skipped < reader.Skipped; skipped++) waiting.Add(Gap(++number));
            if (more)
            {
                number++;
                waiting.Add(Encoded() ? new(number, [.. keep.Select(column => reader.Field(column).ToString())], null, null) : Gap(number));
                skipped = reader.Skipped;
            }
            if (more && batch.Count < batch.Size) continue;
            Prediction[] predictions = batch.Count == 0 ? [] : batch.Predict(top);
            int at = 0;
            foreach (PredictedRecord record in waiting)
                yield return record.Error is null ? record with { Prediction = predictions[at++] } : record;
            waiting.Clear();
        }

        PredictedRecord Gap(long record) =>
            new(record, [.. keep.Select(_ => "")], null, skipped < reader.SkippedMessages.Count ? reader.SkippedMessages[(int)skipped]
            : "bad record");

        bool Encoded()
        {
            try
            {
                batch.Add();
                return true;
            }
            catch (BadRecordException bad) when (reader.Skip(bad)) { return false; }
        }
    }
}

/// <summary>Records that are encoded one by one and predicted together.</summary>
interface IRecordBatch
{
    /// <summary>Records that are predicted together.</summary>
    int Size { get; }

    /// <summary>Records added since the last prediction.</summary>
    int Count { get; }

    /// <summary>Adds the current record of the reader.</summary>
    void Add();

    /// <summary>Predicts the records and begins anew.</summary>
    Prediction[] Predict(int top);
}
