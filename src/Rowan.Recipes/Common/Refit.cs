using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// Trains twice: first with validation and test data held out, for the metrics and the number of epochs; then on all records, with the
/// settings and epochs that the first training found. The second model is kept. A test file is never trained on.
/// </summary>
public static class Refit
{
    /// <summary>Trains, measures, trains again on all records, and keeps that model with the metrics of the first.</summary>
    /// <param name="recipe">What is trained.</param>
    /// <param name="request">The request.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <param name="stop">Ends training. The first model is kept where the second is not complete.</param>
    /// <exception cref="ArgumentException">The task holds out no records, or an option contradicts it.</exception>
    public static TrainReport Train(Recipe recipe, TrainRequest request, IProgress<TrainingProgress>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(request);
        Require.That(recipe.TakesFolds,
            $"`refit`: the {recipe.Kind} task does not use it, since it trains on all records anyway; leave it out");
        Require.That(request.GrownFrom is null, $"`refit`: a grown run is trained once, on the new records; leave it out");
        foreach (string option in (string[])["steps", "average-from"])
            Require.That(!request.Settings.ContainsKey(option),
                $"`{option}`: `refit` trains for the epochs that validation found; leave one of them out");
        Require.That(request.Validation?.Names.Contains("standard input") != true
            && (request.Validation is null || !request.Data.Names.Contains("standard input")),
            $"`refit`: with a `validation` file the records are read again together, which standard input does not allow; name files");
        TrainReport first = TestFiles.Train(recipe, request, progress, stop);
        if (first.End == TrainingEnd.Stopped || stop.IsCancellationRequested) return first;
        JsonElement info = RunFolder.Open(first.Run);
        var settings = info.GetProperty("settings").EnumerateObject()
            .ToDictionary(setting => setting.Name, setting => setting.Value.GetString()!);
        int epochs = Math.Max(1, (int)Math.Round(first.Epochs));
        (settings["epochs"], settings["checkpoint-every"]) = (epochs.ToString(CultureInfo.InvariantCulture), "none");
        string work = Path.Combine(request.RunsDirectory, $".refit-{Guid.NewGuid():N}");
        RunFolder.RemoveAbandoned(request.RunsDirectory, ".refit-*");
        IDisposable held = RunFolder.Hold(work);
        try
        {
            using DataSource? joined = request.Validation is null ? null
                : DataSource.Of([.. request.Data.Names, .. request.Validation.Names], request.Data.Options);
            TrainReport second = recipe.Train(request with
            {
                Data = joined ?? request.Data, Validation = null, Test = null, PartOf = _ => DataPart.Train, Settings = settings,
                Preset = first.Preset,
                Given = new HashSet<string>(request.Settings.Keys), RunsDirectory = work, Name = Path.GetFileName(first.Run),
                MovedTo = first.Run, Resume = false,
                RefitOf = first, RefitEpochs = epochs,
            }, progress, stop);
            if (second.End == TrainingEnd.Stopped) return first;
            Directory.Move(first.Run, Path.Combine(work, "first"));
            Directory.Move(second.Run, first.Run);
            second = second with { Run = first.Run, TestFiles = first.TestFiles };
            TestFiles.Write(second);
            return second;
        }
        finally
        {
            held.Dispose();
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }
}
