using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>One training of the recommend task.</summary>
sealed class RecommendTask(TrainRequest request)
    : RecipeTask<RecommendSettings, RecommendData, RecommendTraining>(RecommendRecipe.JobName, RecommendSettings.List, request)
{
    // Means of few ratings are shrunk to the overall mean, as if this many average ratings were added.
    const double Damping = 10;
    const int RankedAtLeast = 10;

    Snapshot? _now;

    protected override TrainerSettings Loop => Settings.Training;

    protected override RecommendData Read()
    {
        Settings = RecommendModelSearch.ByOptions(Settings, Request, Session);
        RecordTraining.CheckCosine(Settings);
        return RecommendReader.Read(Request, Settings, Earlier, Session, Stop);
    }

    protected override void Review(RecommendData data)
    {
        if (!data.Explicit && Ranked(data) is <= RankedAtLeast and var ranked)
            Session.Warn($"each test item is ranked among only {ranked} items, so nearly every rank is among the first " +
                $"{RankedAtLeast}, and metrics at 10 mean little. Give records of more items" +
                $"{(data.TestNegatives is null ? "" : ", or more items in `negatives-file`")}");
    }

    /// <summary>The items, about, that a test item is ranked among, itself one of them.</summary>
    static long Ranked(RecommendData data) => data.TestNegatives is { Length: > 0 } drawn
        ? (long)drawn.Average(items => items.Length) + 1 : data.Items.Known.Count;

    protected override RecommendTraining Build(RecommendData data)
    {
        Settings = RecommendModelSearch.Choose(Settings, Request, data, Earlier, Session, Stop);
        RecommendTraining job = RecommendRecipe.Job(data, Settings, Earlier);
        if (Earlier is not null)
            Session.Note(Earlier.Note(("users", data.Users.Known.Count - Earlier.Table(RecommendRecipe.UsersTable).Ids.Count),
            ("items", data.Items.Known.Count - Earlier.Table(RecommendRecipe.ItemsTable).Ids.Count)));
        return job;
    }

    protected override Measured Measure(RecommendData data, RecommendTraining job, TrainingOutcome outcome)
    {
        Session.Begin("measuring", 1);
        _now = job.Now();
        RankingResult result = outcome.End == TrainingEnd.Stopped ? new([], 0, 0) : job.Figures(data.Test, data.TestNegatives);
        IReadOnlyList<Metric> metrics = result.Metrics;
        IReadOnlyList<(string, IReadOnlyList<Metric>)> baselines = metrics.Count == 0 ? [] : Baselines(data, Settings);
        if (metrics.Count > 0 && !data.Explicit)
        {
            Session.Note(Protocol(data, result));
            long[] users = [.. Enumerable.Range(0, (int)data.Users.Known.Count).Select(user => (long)user)];
            metrics = [.. metrics, .. RankingEvaluation.Spread(users, data.TrainingItems, data.ItemCounts[..(int)data.Items.Known.Count],
                _now.Scores, data.Items.Rows, Settings.Cutoffs)];
        }
        Session.At(1);
        return new Measured(metrics, baselines);
    }

    protected override void Save(RunFolder run, RecommendData data, RecommendTraining job)
    {
        // The vectors before the first step are a function of the seed.
        Snapshot now = _now!, first = RecommendRecipe.Job(data, Settings, Earlier).Now();
        StateDict weights = job.Towers.StateDict();
        Safetensors.Write(run.File(RecommendRecipe.ModelFile), new StateDict(
            [.. weights, StateEntry.Over("scores.user_bias", [now.UserBias.Length], now.UserBias),
                StateEntry.Over("scores.item_bias", [now.ItemBias.Length], now.ItemBias)]),
            new Dictionary<string, string>
            {
                ["kind"] = RecommendRecipe.JobName, ["mean"] = now.Mean.ToString("R", CultureInfo.InvariantCulture),
            });
        data.UserFeatures?.Write(run, RecommendRecipe.UsersTable);
        data.ItemFeatures?.Write(run, RecommendRecipe.ItemsTable);
        TableFiles.Write(run, RecommendRecipe.ModelFile, weights,
            new LearnedTable { Name = RecommendRecipe.UsersTable, Ids = data.Users.Known, Vectors = now.Users, Counts = data.UserCounts,
                Weight = ("factors.weight", 0), Moved = VectorRows.Moved(first.Users, now.Users) },
            new LearnedTable { Titles = data.ItemTitles, Name = RecommendRecipe.ItemsTable, Ids = data.Items.Known, Vectors = now.Items,
                Weight = ("item_factors.weight", 0), Counts = data.ItemCounts, Moved = VectorRows.Moved(first.Items, now.Items) });
        var (ends, items) = (new long[data.Users.Rows], new List<long>());
        for (long user = 0; user < data.Users.Rows; user++)
        {
            foreach (long item in data.Seen[user]) items.Add(item);
            ends[user] = items.Count;
        }
        Safetensors.Write(run.File(RecommendRecipe.SeenFile),
            new StateDict(StateEntry.Over("ends", [ends.Length], ends), StateEntry.Over("items", [items.Count], items.ToArray())));
    }

    protected override IEnumerable<string> Next(RecommendData data) =>
        [$"rowan recommend --user {Shell(data.Users.Known[0])} --run {{run}}"];

    protected override void Describe(Utf8JsonWriter json, RecommendData data)
    {
        json.WriteBoolean("explicit", data.Explicit);
        if (!data.Explicit) return;
        json.WriteNumber("rating_min", data.Train.Ratings.Min());
        json.WriteNumber("rating_max", data.Train.Ratings.Max());
    }

    /// <summary>The baselines: the most popular items; the mean rating of the item, with the user's bias.</summary>
    static IReadOnlyList<(string, IReadOnlyList<Metric>)> Baselines(RecommendData data, RecommendSettings settings)
    {
        if (!data.Explicit)
        {
            float[] counts = [.. data.ItemCounts.Select(count => (float)count)];
            return [("most popular", RankingEvaluation.Of(data.Test, data.TrainingItems, data.TestNegatives, (users, scores) =>
            {
                for (int i = 0; i < users.Length; i++) counts.CopyTo(scores.Span[(i * counts.Length)..]);
            }, counts.Length, data.Items.Known.Count, settings.Cutoffs).Metrics)];
        }
        double mean = data.Train.Ratings.Average(rating => (double)rating);
        double[] items = Means(data.Train.Items, data.Items.Rows, i => data.Train.Ratings[i] - mean),
        users = Means(data.Train.Users, data.Users.Rows, i => data.Train.Ratings[i] - mean - items[data.Train.Items[i]]);
        return [("user and item means",
            RecommendTraining.RatingFigures(data.Test, (user, item) => mean + (item < 0 ? 0 : items[item])
            + (user < 0 ? 0 : users[user])))];
    }

    /// <summary>What the ranking metrics are a mean of.</summary>
    static string Protocol(RecommendData data, RankingResult result)
    {
        if (data.TestNegatives is { } given)
            return string.Create(CultureInfo.InvariantCulture,
                $"ranking metrics are means over {result.Queries:#,0} test records, each ranked among "
                + $"{given.Average(own => own.Length):0.#} given items");
        long users = data.Users.Known.Count,
        left = users - data.Test.Users.Where(user => user >= 0 && user < users).Distinct().LongCount();
        return string.Create(CultureInfo.InvariantCulture, $"ranking metrics are means over {result.Queries:#,0} users; for each user, " +
            $"all " +
            $"{data.Items.Known.Count:#,0} items are ranked except those of the user's training records; {left:#,0} users without a " +
                $"test record " +
            $"are left out")
            + (result.Known == 0 ? ""
                : string.Create(CultureInfo.InvariantCulture,
                $"; {result.Known:#,0} test pairs are left out because the user has the item in the training records, so recommend "
                + $"would not suggest it"));
    }

    static double[] Means(long[] groups, long count, Func<int, double> value)
    {
        var (sums, counts) = (new double[count], new double[count]);
        for (int i = 0; i < groups.Length; i++)
        {
            sums[groups[i]] += value(i);
            counts[groups[i]]++;
        }
        return [.. sums.Select((sum, i) => sum / (counts[i] + Damping))];
    }

    static string Shell(string id) => id.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.') ? id : $"'{id}'";
}
