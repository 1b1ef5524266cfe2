using Rowan.Data;
using Rowan.Numerics;

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
public abstract class PredictingRun : Run, IPredictor, IEvaluator
{
    private protected PredictingRun(string path, string task, IReadOnlyList<LearnedTable> tables) : base(path, task, tables) { }

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> Columns { get; }

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> Labels { get; }

    /// <inheritdoc/>
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

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public EvaluationReport Evaluate(DataSource data)
    {
        ArgumentNullException.ThrowIfNull(data);
        using RecordReader reader = data.Open();
        return Evaluate(reader).WithSkipped(reader);
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
