using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Measures a run of any task on new data.</summary>
public static class RunEvaluation
{
    /// <summary>The columns of a run's training data with their roles.</summary>
    public static StatedRoles ColumnsOf(JsonElement info)
    {
        var stated = new StatedRoles();
        foreach (JsonElement column in info.GetProperty("data").GetProperty("columns").EnumerateArray())
            stated = stated.With(column.GetProperty("name").GetString()!,
                Enum.Parse<ColumnRole>(column.GetProperty("role").GetString()!, ignoreCase: true));
        return stated;
    }

    /// <summary>The metrics of the run's task on a file.</summary>
    /// <param name="path">The run folder.</param>
    /// <param name="data">Records with the columns of the training data; for search runs without scored pairs with the columns question
    /// and document.</param>
    /// <exception cref="ArgumentException">A column is missing, or the task cannot be measured on records.</exception>
    /// <exception cref="BadRecordException">A field is not what it must be.</exception>
    /// <exception cref="InvalidDataException">The run is damaged, or the file has no record to measure.</exception>
    public static EvaluationReport Of(string path, DataSource data)
    {
        ArgumentNullException.ThrowIfNull(data);
        JsonElement info = RunFolder.Open(path);
        string kind = info.GetProperty("kind").GetString()!;
        if (kind == WordsRecipe.JobName)
            throw new ArgumentException("a words run is measured with 'rowan evaluate pairs FILE' or 'rowan evaluate analogies FILE'");
        if (kind == RecommendRecipe.JobName) return RecommendRun.Open(path).Evaluate(data);
        using RecordReader reader = data.Open();
        EvaluationReport report = kind == SearchRecipe.JobName && !ScoredPairsRun.Is(info)
            ? SearchRun.Open(path).Evaluate(reader) : PredictingRun.Open(path).Evaluate(reader);
        if (reader.Skipped == 0) return report;
        return report with { Notes = [.. report.Notes, string.Create(CultureInfo.InvariantCulture, $"{reader.Skipped:#,0} bad records "
            + $"skipped, such as {reader.SkippedMessages[0]}")] };
    }
}
