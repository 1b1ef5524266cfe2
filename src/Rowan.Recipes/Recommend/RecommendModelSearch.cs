using System.Globalization;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// Replaces the settings that are "auto" by values. The model follows from the options that were given; the regularization of alternating
/// least squares is chosen on validation data, by steps from a start to the better neighbour.
/// </summary>
static class RecommendModelSearch
{
    const int Sweeps = 5, MostTrials = 9, MostUsers = 5_000, DefaultEpochs = 15, DefaultPatience = 2;

    // Multiplications that the choice may take: about a minute of two cores.
    const double Work = 1.5e12;

    // Options that one model alone uses: to give one is to choose the model.
    static readonly string[] OfGradients =
        [
            "loss", "margin", "negative-weight", "temperature", "negatives", "negative-power", "dropout", "init-std", "history",
            "user-vectors", "learning-rate",
            "schedule", "warmup", "clip-norm", "batch-size", "average-from",
        ],
        OfTowers = ["hidden", "id-dropout", "user-file", "user-columns", "user-numbers", "item-columns", "item-numbers"],
        OfSequences = ["layers", "heads", "length"];

    /// <summary>The model that options alone decide; auto if they do not.</summary>
    public static RecommendSettings ByOptions(RecommendSettings settings, TrainRequest request, RunSession session)
    {
        // A preset's choice gives way to options of another model.
        bool open = settings.Model == RecommendModelKind.Auto || settings.Model == RecommendModelKind.Select && !request.IsGiven("model");
        if (!open)
        {
            string name = settings.Model == RecommendModelKind.Select ? "select" : "als";
            string? unused = settings.Model is RecommendModelKind.Als or RecommendModelKind.Select && request.IsGiven("model")
                ? OfGradients.FirstOrDefault(request.IsGiven) : null;
            Require.That(unused is null, $"`{unused}`: `model` {name} does not use it; leave it out, or choose `model` factors");
            return settings;
        }
        (string[] Names, RecommendModelKind Model, string Name)[] choices =
            [(OfTowers, RecommendModelKind.TwoTower, "two-tower"), (OfSequences, RecommendModelKind.Sequence, "sequence"),
                (OfGradients, RecommendModelKind.Factors, "factors")];
        foreach ((string[] names, RecommendModelKind model, string word) in choices)
        {
            if (names.FirstOrDefault(request.IsGiven) is not { } given) continue;
            session.Note($"model: {word}, because of `{given}` (`model` chooses another)");
            return settings with { Model = model };
        }
        return settings;
    }

    /// <summary>The settings with nothing left open.</summary>
    public static RecommendSettings Choose(RecommendSettings settings, TrainRequest request, RecommendData data, EarlierRun? earlier,
        RunSession session, CancellationToken stop)
    {
        if (settings.Model == RecommendModelKind.Auto)
        {
            settings = settings with { Model = RecommendModelKind.Als };
            session.Note("model: als (`model` factors trains with gradient descent)");
        }
        bool select = settings.Model == RecommendModelKind.Select;
        if (select) settings = settings with { Model = RecommendModelKind.Als };
        if (settings.Model != RecommendModelKind.Als) return settings;
        RecommendSettings given = settings;
        if (select && !data.Explicit && !request.IsGiven("dim")) settings = settings with { Dim = RecommendModelSelection.LeastSquaresDim };
        if (OfGradients.FirstOrDefault(request.IsGiven) is { } unused)
        {
            session.Note($"model: factors, because of `{unused}`");
            return settings with { Model = RecommendModelKind.Factors };
        }
        if (earlier is not null && (data.Explicit || earlier.Frozen))
        {
            // Least squares would solve for a row from the new records alone, or move rows that are frozen.
            session.Note("the earlier run is continued with gradient descent (`model` factors)");
            return settings with { Model = RecommendModelKind.Factors };
        }
        bool Given(string name) => request.Settings.ContainsKey(name);
        settings = settings with
        {
            Training = settings.Training with
            {
                BatchSize = data.Train.Count, Epochs = Given("epochs") ? settings.Training.Epochs : DefaultEpochs,
                Patience = Given("patience") ? settings.Training.Patience : DefaultPatience,
            },
        };
        RecommendSettings start = settings with
        {
            Regularization = settings.Regularization
                ?? (data.Explicit ? RatingAlsTraining.DefaultRegularization : AlsTraining.DefaultRegularization),
            UnobservedWeight = data.Explicit ? null : settings.UnobservedWeight ?? AlsTraining.DefaultUnobserved,
        };
        var free = new List<(float Factor, Func<RecommendSettings, float, RecommendSettings> Scale)>();
        if (settings.Regularization is null)
            free.Add((data.Explicit ? 1.5f : 3, (s, by) => s with { Regularization = s.Regularization * by }));
        if (settings.UnobservedWeight is null && !data.Explicit)
            free.Add((4, (s, by) => s with { UnobservedWeight = s.UnobservedWeight * by }));
        if (data.Validation.Count == 0 || free.Count == 0 && !select) return start;
        (Interactions sample, long[][]? candidates) = Sample(data);
        RecommendData sampled = data with { Validation = sample, ValidationNegatives = candidates };
        (RecommendSettings, Metric?) best = Climb(start, free, sampled, session, stop);
        return !select || data.Explicit ? best.Item1 : RecommendModelSelection.Choose(given, request, best, sampled, session, stop);
    }

    /// <summary>Moves to the better neighbour, one setting at a time, until none is better or the work is done.</summary>
    static (RecommendSettings Settings, Metric? Metric) Climb(RecommendSettings start,
        List<(float Factor, Func<RecommendSettings, float, RecommendSettings> Scale)> free, RecommendData data, RunSession session,
        CancellationToken stop)
    {
        double dim = start.Dim, sweep = 2.0 * data.Train.Count * dim * dim / 2 + (data.Users.Rows + data.Items.Rows) * dim * dim * dim / 6;
        int trials = (int)Math.Clamp(Work / (Sweeps * sweep), 1, MostTrials), done = 0;
        session.Begin("choosing", trials);
        var known = new Dictionary<(float?, float?), Metric?>();
        RecommendSettings best = start;
        if (Value(start) is not { } top)
        {
            session.Note("the validation records have no item that is new to its user, so no setting was tuned on them: state " +
                "`regularization`, or give a `validation` file");
            return (start, null);
        }
        for (bool better = true; better && done < trials && !stop.IsCancellationRequested;)
        {
            better = false;
            foreach ((float factor, var scale) in free)
                foreach (float by in new[] { factor, 1 / factor })
                    while (done < trials && !stop.IsCancellationRequested)
                    {
                        RecommendSettings next = scale(best, by);
                        if (known.ContainsKey((next.Regularization, next.UnobservedWeight))) break;
                        if (Value(next) is not { } value || !value.Improves(top.Value)) break;
                        (best, top, better) = (next, value, true);
                    }
        }
        session.At(trials);
        session.Note(string.Create(CultureInfo.InvariantCulture,
            $"chosen on validation data: "
            + $"{(data.Explicit ? "" : $"`unobserved-weight` {best.UnobservedWeight:0.#####} ")}`regularization` "
            + $"{best.Regularization:0.#####} ({top.Name} {top.Value:0.0000}; {done} settings tried)"));
        return (best, top);

        // Null where nothing can be measured, or the values overflowed.
        Metric? Value(RecommendSettings settings)
        {
            RecommendTraining job = RecommendRecipe.Job(data, settings, null);
            for (int i = 0; i < Sweeps && !stop.IsCancellationRequested; i++)
                job.Step(new TrainingBatch(i, i, [], new Rng(settings.Training.Seed), 1, null));
            Metric? value = job.Figures(data.Validation, data.ValidationNegatives).Metrics.FirstOrDefault();
            session.At(++done);
            return known[(settings.Regularization, settings.UnobservedWeight)] = value is { } found && double.IsFinite(found.Value)
                ? found : null;
        }
    }

    /// <summary>Validation records of so many users at most.</summary>
    static (Interactions Records, long[][]? Candidates) Sample(RecommendData data)
    {
        Interactions all = data.Validation;
        long users = all.UserKeys.Distinct().LongCount(), every = (users + MostUsers - 1) / MostUsers;
        if (every <= 1 || data.Explicit) return (all, data.ValidationNegatives);
        int[] kept = [.. Enumerable.Range(0, all.Count).Where(i => Shuffle.Mix(0, (ulong)all.UserKeys[i]) % (ulong)every == 0)];
        return (new Interactions([.. kept.Select(i => all.Users[i])], [.. kept.Select(i => all.Items[i])],
            [.. kept.Select(i => all.Ratings[i])], null)
        {
            UserKeys = [.. kept.Select(i => all.UserKeys[i])], ItemKeys = [.. kept.Select(i => all.ItemKeys[i])],
        }, data.ValidationNegatives is { } given ? [.. kept.Select(i => given[i])] : null);
    }
}
