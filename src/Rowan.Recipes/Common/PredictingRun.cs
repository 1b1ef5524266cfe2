using System.Text.Json;
using Rowan.Data;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>What a model says of a record.</summary>
/// <param name="Value">The label, or the number.</param>
/// <param name="Probability">How sure the model is, from 0 to 1; null for a number.</param>
/// <param name="Top">The likeliest labels, the likeliest first; none for a number.</param>
public sealed record Prediction(string Value, double? Probability, IReadOnlyList<(string Label, double Probability)> Top);

/// <summary>A trained run that says something of records: verified and loaded.</summary>
public abstract class PredictingRun
{
    /// <summary>The run folder.</summary>
    public abstract string Path { get; }

    /// <summary>Columns that records must have.</summary>
    public abstract IReadOnlyList<string> Columns { get; }

    /// <summary>Goes through records and says what each is, in their order.</summary>
    /// <param name="reader">Records with the run's columns, by name.</param>
    /// <param name="top">How many labels are told.</param>
    /// <exception cref="ArgumentException">A column is missing.</exception>
    /// <exception cref="BadRecordException">A field is not what it must be.</exception>
    public abstract IEnumerable<Prediction> Predict(RecordReader reader, int top = 1);

    /// <summary>Loads a run of any recipe that predicts.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, or of a recipe that predicts nothing.</exception>
    public static PredictingRun Open(string path)
    {
        JsonElement info = RunFolder.Open(path);
        return info.GetProperty("kind").GetString() switch
        {
            ClassifyRecipe.JobName => ClassifyRun.Open(path),
            TabularRecipe.JobName => TabularRun.Open(path),
            var kind => throw new InvalidDataException($"the run '{path}' is a {kind} run, which predicts nothing; name one of {ClassifyRecipe.JobName} or {TabularRecipe.JobName} as --run DIR"),
        };
    }
}
