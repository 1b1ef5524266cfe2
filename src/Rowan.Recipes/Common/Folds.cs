using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// Cross-validation: the records are split into N parts of equal size, and N models are trained. Each is tested on one part and trained
/// on the others, of which a share is its validation data. Only the metrics are kept.
/// </summary>
/// <remarks>Classes have the same share in each part (stratified). The split is a function of the seed.</remarks>
public static class Folds
{
    const int MostClasses = 1_000;

    // They say which records are tested, as folds do.
    static readonly string[] OtherSplits = ["split", "split-by-time", "test-share", "negatives-file"];

    /// <summary>Trains and tests a model per part.</summary>
    /// <param name="recipe">What is trained.</param>
    /// <param name="request">The request; its name, run folder and test data are not used.</param>
    /// <param name="count">The number of parts.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <param name="stop">Ends training; the parts that were tested before are reported.</param>
    /// <returns>A report per part that was tested, and mean and standard deviation of each metric.</returns>
    /// <exception cref="ArgumentException">The task cannot be cross-validated, or an option contradicts it.</exception>
    public static (IReadOnlyList<TrainReport> Reports, IReadOnlyList<RepeatedMetric> Metrics) Train(
        Recipe recipe, TrainRequest request, int count, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(request);
        Require.InRange(count >= 2, $"`folds` {count}: it must be at least 2", nameof(count));
        Require.That(recipe.TakesFolds,
            $"`folds` {count}: the {recipe.Kind} task does not use it, since it holds out no records; leave it out");
        Require.That(request.Test is null, $"`folds` {count}: each part of the records is the test data once; leave out `test`");
        Require.That(request.GrownFrom is null, $"`folds` {count}: a grown run starts from one that has seen its own data; leave it out");
        if (OtherSplits.FirstOrDefault(request.Settings.ContainsKey) is { } other)
            throw new ArgumentException($"`{other}`: `folds` {count} decides which records are tested; leave one of them out");
        DataSchema schema = recipe.Fit(request.Schema).Schema ?? request.Schema;
        ulong seed = recipe.SeedOf(request);
        int[] folds = Assign(Classes(request.Data, schema), count, seed);
        Require.Data(folds.Length >= count, $"`folds` {count}: there are only {folds.Length} records; choose fewer parts");
        var validation = new RandomSplit(request.Validation is null ? recipe.ValidationShareOf(request) : 0, 0, seed);
        string work = Path.Combine(request.RunsDirectory, $".folds-{Guid.NewGuid():N}");
        RunFolder.RemoveAbandoned(request.RunsDirectory, ".folds-*");
        IDisposable held = RunFolder.Hold(work);
        var reports = new List<TrainReport>();
        try
        {
            for (int fold = 0; fold < count && !stop.IsCancellationRequested; fold++)
            {
                int tested = fold;
                TrainReport report = recipe.Train(request with
                {
                    RunsDirectory = work, Name = string.Create(CultureInfo.InvariantCulture, $"fold-{fold + 1}"), Resume = false,
                    PartOf = i => folds[i] == tested ? DataPart.Test : validation.PartOf(i),
                    Settings = new Dictionary<string, string>(request.Settings) { ["checkpoint-every"] = "none" },
                }, progress, stop);
                Directory.Delete(report.Run, recursive: true);
                if (report.Metrics.Count > 0) reports.Add(report);
            }
        }
        catch (OperationCanceledException) when (reports.Count > 0) { }
        finally
        {
            held.Dispose();
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
        return (reports, Repeats.Summary(reports));
    }

    /// <summary>The part of each record: records of a class are shuffled and dealt out in turn.</summary>
    internal static int[] Assign(IReadOnlyList<string> classes, int count, ulong seed)
    {
        var folds = new int[classes.Count];
        int next = 0;
        var rng = new Rng(seed);
        foreach (IGrouping<string, int> own in Enumerable.Range(0, classes.Count).GroupBy(i => classes[i], StringComparer.Ordinal))
        {
            int[] records = [.. own];
            foreach (long place in rng.RandPerm(records.Length)) folds[records[place]] = next++ % count;
        }
        return folds;
    }

    /// <summary>The class of each record; one for all where nothing or a number is predicted.</summary>
    static List<string> Classes(DataSource data, DataSchema schema)
    {
        ColumnSchema? label = schema.One(ColumnRole.Label);
        var classes = new List<string>();
        var distinct = new HashSet<string>(StringComparer.Ordinal);
        using RecordReader reader = data.Open();
        while (reader.Read())
        {
            string own = label is null ? "" : reader.Field(label.Index).ToString();
            if (label is not null && own.Length == 0) continue;
            classes.Add(own);
            if (distinct.Count <= MostClasses) distinct.Add(own);
        }
        return distinct.Count > MostClasses || label is { Kind: ColumnKind.Number } ? [.. classes.Select(_ => "")] : classes;
    }
}
