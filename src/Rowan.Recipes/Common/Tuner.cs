using System.Diagnostics;
using System.Globalization;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A trial of a search for settings.</summary>
/// <param name="Number">Counted from 1; the first has the defaults.</param>
/// <param name="Settings">What differs from them.</param>
/// <param name="Validation">Metrics on the validation data, the watched one first; none if the trial failed.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Failure">What went wrong; empty for nothing.</param>
public sealed record Trial(int Number, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<Metric> Validation, double Seconds,
    string Failure)
{
    /// <summary>The run folder, which the best trial of a search keeps; null for all others.</summary>
    public string? Run { get; init; }
}

/// <summary>
/// Random search for settings (Bergstra and Bengio 2012) among the values that each setting says may be tried, where it has an effect.
/// Every second trial changes one or two settings of the best so far. The validation data alone decides; the test data is not looked at.
/// The best run so far lies in the folder of runs, whole, at any moment.
/// </summary>
/// <param name="recipe">What is trained.</param>
/// <param name="request">Data, settings that stay, and where the best run goes.</param>
/// <param name="seed">Which trials.</param>
public sealed class Tuner(Recipe recipe, TrainRequest request, ulong seed = 0)
{
    const int Attempts = 50;

    // What the first trial has: the values of the preset. They are tried against other values like defaults.
    IReadOnlyDictionary<string, string> _preset = new Dictionary<string, string>();
    string _presetName = Preset.None;

    /// <summary>The preset of all trials; auto is resolved once the search runs.</summary>
    public string PresetName => _presetName;

    readonly string _best = Path.Combine(request.RunsDirectory, request.Name
        ?? $"{DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{recipe.Kind}-tuned");

    /// <summary>Tries until the time is up, so many trials are done, or a stop is asked for; at least one.</summary>
    /// <param name="budget">The time.</param>
    /// <param name="trials">The most trials; null for as many as the time allows.</param>
    /// <param name="done">Called after each trial.</param>
    /// <param name="stop">Asks for the best so far. The trial in progress counts if it was validated before.</param>
    /// <returns>All trials that were validated, the best first, which has the run folder.</returns>
    /// <exception cref="InvalidDataException">No trial was validated; the message says why the first was not.</exception>
    /// <exception cref="IOException">A run of the name exists.</exception>
    public IReadOnlyList<Trial> Run(TimeSpan budget, int? trials = null, Action<Trial>? done = null, CancellationToken stop = default)
    {
        (_presetName, _preset) = recipe.PresetOf(request);
        Setting[] free = [.. recipe.Settings.Where(setting => setting.Tries.Count > 0 && !request.Settings.ContainsKey(setting.Name)
            && recipe.MayTry(setting, request.Schema))];
        Require.That(free.Length > 0, $"tune: every setting that could be tuned is fixed; leave some out");
        if (Directory.Exists(_best))
            throw new IOException($"the run '{_best}' exists already; choose another name as `name` NAME, or remove it");
        var time = Stopwatch.StartNew();
        var rng = new Rng(seed);
        var all = new List<Trial>();
        var seen = new HashSet<string>();
        // Beside the runs, so that the best one is moved there without a copy.
        string work = Path.Combine(request.RunsDirectory, $".tune-{Guid.NewGuid():N}");
        RunFolder.RemoveAbandoned(request.RunsDirectory, ".tune-*");
        IDisposable held = RunFolder.Hold(work);
        try
        {
            for (int number = 1; number == 1
                || (!stop.IsCancellationRequested && time.Elapsed < budget && number <= (trials ?? int.MaxValue)); number++)
            {
                Dictionary<string, string>? settings = Next(number, free, Ranked(all), rng, seen);
                if (settings is null) break;
                Trial trial = Try(number, settings, work, budget - time.Elapsed, stop);
                all.Add(trial);
                if (trial.Run is { } run) all[^1] = trial = Keep(trial, run, all);
                if (trial.Validation.Count > 0 || trial.Failure.Length > 0) done?.Invoke(trial);
            }
        }
        catch (OperationCanceledException) when (Ranked(all).Count > 0) { }
        finally
        {
            held.Dispose();
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
        IReadOnlyList<Trial> ranked = Ranked(all);
        string why = stop.IsCancellationRequested
            ? "it was stopped before the first validation" : all.FirstOrDefault(trial => trial.Failure.Length > 0)?.Failure
            ?? "there is no validation data: leave `validation-share` above 0, or choose a task that validates";
        Require.Data(ranked.Count > 0, $"tune: no trial gave a validation metric: {why}");
        return ranked;
    }

    /// <summary>Moves the run of a trial to its place if it is the best so far, in place of the one that was; else removes it.</summary>
    Trial Keep(Trial trial, string run, List<Trial> all)
    {
        if (!ReferenceEquals(Ranked(all).FirstOrDefault(), trial))
        {
            Directory.Delete(run, recursive: true);
            return trial with { Run = null };
        }
        string before = run + "-before";
        if (Directory.Exists(_best)) Directory.Move(_best, before);
        Directory.Move(run, _best);
        if (Directory.Exists(before)) Directory.Delete(before, recursive: true);
        for (int i = 0; i < all.Count; i++) all[i] = all[i] with { Run = null };
        return trial with { Run = _best };
    }

    Trial Try(int number, Dictionary<string, string> settings, string work, TimeSpan left, CancellationToken stop)
    {
        var time = Stopwatch.StartNew();
        var asked = new Dictionary<string, string>(request.Settings);
        foreach ((string name, string value) in settings) asked[name] = value;
        // The last trial ends with the budget, and counts with what it has.
        asked.TryAdd("time-limit", Math.Max(1, left.TotalSeconds).ToString("0.###", CultureInfo.InvariantCulture));
        asked["checkpoint-every"] = "none";
        try
        {
            TrainReport report = recipe.Train(request with
            {
                Preset = _presetName,
                RunsDirectory = Path.Combine(work, $"{number}"), Name = Path.GetFileName(_best), MovedTo = _best, Settings = asked,
                Resume = false,
            }, null, stop);
            return new(number, settings, report.Validation, time.Elapsed.TotalSeconds, "") { Run = report.Run };
        }
        // A combination that is invalid or diverges is a result too.
        catch (Exception failed) when (failed is ArgumentException or NonFiniteLossException) {
            return new(number, settings, [], time.Elapsed.TotalSeconds, failed.Message); }
    }

    Dictionary<string, string>? Next(int number, Setting[] free, IReadOnlyList<Trial> ranked, Rng rng, HashSet<string> seen)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Dictionary<string, string> settings = [];
            if (number > 1)
            {
                bool near = number % 2 == 1 && ranked.Count > 0;
                if (near) settings = new(ranked[0].Settings);
                int changed = near ? 1 + (int)(rng.NextUInt32() % 2) : free.Length;
                foreach (long place in rng.RandPerm(free.Length).Take(changed))
                    if (near || rng.NextSingle() < 0.5f)
                        settings[free[place].Name] = free[place].Tries[(int)(rng.NextUInt32() % (uint)free[place].Tries.Count)];
            }
            foreach (Setting setting in free)
                if (settings.TryGetValue(setting.Name, out string? value)
                    && value == _preset.GetValueOrDefault(setting.Name, setting.Default)) settings.Remove(setting.Name);
            RemoveWithoutEffect(settings);
            if (seen.Add(string.Join(' ', settings.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}={pair.Value}")))) return settings;
        }
        return null;
    }

    /// <summary>Leaves out settings that the others give no effect, and what had an effect with those alone.</summary>
    void RemoveWithoutEffect(Dictionary<string, string> settings)
    {
        string ValueOf(string name) => settings.GetValueOrDefault(name) ?? request.Settings.GetValueOrDefault(name)
            ?? _preset.GetValueOrDefault(name) ?? recipe.Settings.First(setting => setting.Name == name).Default;
        while (recipe.Settings.FirstOrDefault(setting => settings.ContainsKey(setting.Name)
            && setting.OnlyWith.Any(other => !other.Values.Contains(ValueOf(other.Name)))) is { } idle)
            settings.Remove(idle.Name);
    }

    static IReadOnlyList<Trial> Ranked(IEnumerable<Trial> trials)
    {
        Trial[] validated = [.. trials.Where(trial => trial.Validation.Count > 0 && double.IsFinite(trial.Validation[0].Value))];
        if (validated.Length == 0) return [];
        // Ties go to the lower loss, and then to the earlier trial.
        double Loss(Trial trial) => trial.Validation.Skip(1).FirstOrDefault(metric => !metric.HigherIsBetter)?.Value ?? 0;
        return validated[0].Validation[0].HigherIsBetter
            ? [.. validated.OrderByDescending(trial => trial.Validation[0].Value).ThenBy(Loss)]
                : [.. validated.OrderBy(trial => trial.Validation[0].Value).ThenBy(Loss)];
    }
}
