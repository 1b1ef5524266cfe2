using System.Diagnostics;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A trial of a search for settings.</summary>
/// <param name="Number">Counted from 1; the first has the defaults.</param>
/// <param name="Settings">What differs from them.</param>
/// <param name="Validation">The figures on the validation data; none where the trial failed.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Failure">What went wrong; empty for nothing.</param>
public sealed record Trial(int Number, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<Metric> Validation, double Seconds, string Failure);

/// <summary>
/// Searches settings at random (Bergstra and Bengio 2012) among the values that each setting says may be tried. Every second trial changes one or two settings of the best so far.
/// The validation data alone decides; the test data is not looked at.
/// </summary>
/// <param name="recipe">What is trained.</param>
/// <param name="request">Data, and settings that stay.</param>
/// <param name="seed">Which trials.</param>
public sealed class Tuner(Recipe recipe, TrainRequest request, ulong seed = 0)
{
    const int Tries = 50;

    /// <summary>Tries until the time is up, so many trials are done, or a stop is asked for; at least one.</summary>
    /// <param name="budget">The time.</param>
    /// <param name="trials">The most trials; null for as many as the time allows.</param>
    /// <param name="done">Hears of each trial.</param>
    /// <param name="stop">Asks for the best so far.</param>
    /// <returns>All trials that gave figures, the best first.</returns>
    /// <exception cref="InvalidDataException">No trial gave a figure; the message says why the first did not.</exception>
    public IReadOnlyList<Trial> Run(TimeSpan budget, int? trials = null, Action<Trial>? done = null, CancellationToken stop = default)
    {
        Setting[] free = [.. recipe.Settings.Where(setting => setting.Tries.Count > 0 && !request.Settings.ContainsKey(setting.Name))];
        Require.That(free.Length > 0, $"tune: every setting that may be tried is given; leave some out");
        var time = Stopwatch.StartNew();
        var rng = new Rng(seed);
        var all = new List<Trial>();
        var seen = new HashSet<string>();
        RunFolder.RemoveAbandoned(Path.GetTempPath(), "rowan-tune-*");
        string runs = Path.Combine(Path.GetTempPath(), $"rowan-tune-{Guid.NewGuid():N}");
        IDisposable held = RunFolder.Hold(runs);
        try
        {
            for (int number = 1; number == 1 || (!stop.IsCancellationRequested && time.Elapsed < budget && number <= (trials ?? int.MaxValue)); number++)
            {
                Dictionary<string, string>? settings = Next(number, free, Ranked(all), rng, seen);
                if (settings is null) break;
                Trial trial = Try(number, settings, runs, budget - time.Elapsed, stop);
                if (stop.IsCancellationRequested && all.Count > 0) break;
                all.Add(trial);
                done?.Invoke(trial);
            }
        }
        finally
        {
            held.Dispose();
            if (Directory.Exists(runs)) Directory.Delete(runs, recursive: true);
        }
        IReadOnlyList<Trial> ranked = Ranked(all);
        Require.Data(ranked.Count > 0, $"tune: no trial gave a figure on validation data{(all.FirstOrDefault(trial => trial.Failure.Length > 0) is { } failed ? $": {failed.Failure}" : "; this job validates on nothing")}");
        return ranked;
    }

    Trial Try(int number, Dictionary<string, string> settings, string runs, TimeSpan left, CancellationToken stop)
    {
        var time = Stopwatch.StartNew();
        var asked = new Dictionary<string, string>(request.Settings);
        foreach ((string name, string value) in settings) asked[name] = value;
        // The last trial ends with the budget, and counts with what it has.
        asked.TryAdd("time-limit", Math.Max(1, left.TotalSeconds).ToString("0.###", System.Globalization.CultureInfo.InvariantCulture));
        asked["checkpoint-every"] = "none";
        try
        {
            TrainReport report = recipe.Train(request with { RunsDirectory = runs, Name = $"trial{number}", Settings = asked, Resume = false }, null, stop);
            Directory.Delete(report.Run, recursive: true);
            return new(number, settings, report.Validation, time.Elapsed.TotalSeconds, "");
        }
        // Settings that do not go together, or diverge, are a result too.
        catch (Exception failed) when (failed is ArgumentException or NonFiniteLossException) { return new(number, settings, [], time.Elapsed.TotalSeconds, failed.Message); }
    }

    static Dictionary<string, string>? Next(int number, Setting[] free, IReadOnlyList<Trial> ranked, Rng rng, HashSet<string> seen)
    {
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            Dictionary<string, string> settings = [];
            if (number > 1)
            {
                bool near = number % 2 == 1 && ranked.Count > 0;
                if (near) settings = new(ranked[0].Settings);
                int changed = near ? 1 + (int)(rng.NextUInt32() % 2) : free.Length;
                foreach (long place in rng.RandPerm(free.Length).Take(changed))
                    if (near || rng.NextSingle() < 0.5f) settings[free[place].Name] = free[place].Tries[(int)(rng.NextUInt32() % (uint)free[place].Tries.Count)];
            }
            foreach (Setting setting in free)
                if (settings.TryGetValue(setting.Name, out string? value) && value == setting.Default) settings.Remove(setting.Name);
            if (seen.Add(string.Join(' ', settings.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}={pair.Value}")))) return settings;
        }
        return null;
    }

    static IReadOnlyList<Trial> Ranked(IEnumerable<Trial> trials)
    {
        Trial[] figured = [.. trials.Where(trial => trial.Validation.Count > 0 && double.IsFinite(trial.Validation[0].Value))];
        return figured.Length == 0 ? [] : figured[0].Validation[0].HigherIsBetter ? [.. figured.OrderByDescending(trial => trial.Validation[0].Value)] : [.. figured.OrderBy(trial => trial.Validation[0].Value)];
    }
}
