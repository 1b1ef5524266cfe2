using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Learns vectors of users and items from records of who chose or rated what.</summary>
public sealed class RecommendRecipe : Recipe
{
    internal const string JobName = "recommend", UsersTable = "users", ItemsTable = "items", ModelFile = "model.safetensors",
    SeenFile = "seen.safetensors";

    // Means of few ratings are shrunk to the overall mean, as if this many average ratings were added.
    const double Damping = 10;
    const int DescribedClick = 3, FewColumns = 5;
    const int RankedAtLeast = 10;

    /// <inheritdoc/>
    public override string Kind => JobName;

    /// <inheritdoc/>
    public override string Summary => "Recommends items to users, from records of users and items, with or without ratings.";

    /// <inheritdoc/>
    public override IReadOnlyList<Setting> Settings => RecommendSettings.List.All;

    /// <inheritdoc/>
    public override IReadOnlyList<Preset> Presets => RecommendSettings.Presets;

    /// <inheritdoc/>
    public override bool TakesFolds => true;

    private protected override (string Preset, string Because) AutoPreset(DataSize size) =>
        (RecommendSettings.PresetFor(size.Records), size.InWords(size.Records, "records"));

    /// <inheritdoc/>
    public override RecipeFit Fit(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.One(ColumnRole.User) is not { } user || schema.One(ColumnRole.Item) is not { } item) return Unfit(schema);
        ColumnSchema? rating = schema.One(ColumnRole.Rating), label = schema.One(ColumnRole.Label);
        DataSchema used = schema;
        if (rating is null && label is { IsFlag: true })
        {
            used = used.With(label, ColumnRole.Rating, "feedback: yes or no");
            rating = label;
        }
        int features = schema.Columns.Count(column => column.Role is ColumnRole.Categorical or ColumnRole.MultiValued
            or ColumnRole.Numeric);
        // Clicks with many columns that describe them are a table; a label that was stated is to be predicted, unless users and items
        // were stated too.
        bool stated = user.Stated || item.Stated;
        double score = stated ? 0.95 : label is { Stated: true } ? 0.5 : label is { Weak: false } && features >= DescribedClick ? 0.8
            : user.Weak && item.Weak && !RoleChoice.Nameless(schema) ? 0.45 : user.Weak || item.Weak ? 0.75 : 0.9;
        return new RecipeFit(score, rating is null ? "a user and an item column" : "a user, an item and a rating column")
        {
            Schema = used.Only(ColumnRole.User, ColumnRole.Item, ColumnRole.Rating, ColumnRole.Time), Options =
                $"`user` {RoleChoice.Quoted(user.Name)} `item` {RoleChoice.Quoted(item.Name)}",
        };
    }

    /// <summary>What is missing, and which columns could be it. Two columns of many values that occur again, in a file of few columns,
    /// are a guess that is not made silently.</summary>
    RecipeFit Unfit(DataSchema schema)
    {
        ColumnSchema? user = schema.One(ColumnRole.User), item = schema.One(ColumnRole.Item);
        ColumnSchema[] things = [.. RoleChoice.Things(schema).Where(column => column != user && column != item)];
        ColumnSchema?[] pair = user is not null ? [user, things.FirstOrDefault()] : item is not null ? [things.FirstOrDefault(), item]
            : [things.FirstOrDefault(), things.Skip(1).FirstOrDefault()];
        string options = pair is [{ } first, { } second] ? $"`user` {RoleChoice.Quoted(first.Name)} `item` "
            + $"{RoleChoice.Quoted(second.Name)}" : "";
        string missing = user is null && item is null ? "needs a user and an item column" : user is null ? "needs a user column"
            : "needs an item column";
        bool possible = options.Length > 0 && schema.Columns.Count <= FewColumns && !schema.Columns.Any(column =>
            column is { Role: ColumnRole.Label, Weak: false } || column.Role == ColumnRole.Text || column.Stated);
        return possible ? new RecipeFit(0.35, $"{RoleChoice.Listed([pair[0]!, pair[1]!])} could be users and items") { Options =
            options } : new RecipeFit(0, missing) { Options = options };
    }

    internal override Type RunType(JsonElement info) => typeof(RecommendRun);

    internal override Run Open(string path, JsonElement info) => RecommendRun.Load(path, info);

    /// <inheritdoc/>
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        request = Prepared(request);
        EarlierRun? earlier = EarlierRun.Of(request, Kind);
        RecommendSettings settings = EarlierRun.Settings(RecommendSettings.List, request, earlier);
        settings.Training.Check();
        using var session = new RunSession(Kind, request, json => RecommendSettings.List.Write(json, settings), progress);
        session.Begin("reading", 1);
        settings = RecommendModelSearch.ByOptions(settings, request, session);
        RecordTraining.CheckCosine(settings);
        RecommendData data = RecommendReader.Read(request, settings, earlier, session, stop);
        if (!data.Explicit && Ranked(data) is <= RankedAtLeast and var ranked)
            session.Warn($"each test item is ranked among only {ranked} items, so nearly every rank is among the first " +
                $"{RankedAtLeast}, and metrics at 10 mean little. Give records of more items" +
                $"{(data.TestNegatives is null ? "" : ", or more items in `negatives-file`")}");
        session.At(1);

        settings = RecommendModelSearch.Choose(settings, request, data, earlier, session, stop);
        RecommendTraining job = Job(data, settings, earlier);
        if (earlier is not null)
            session.Note(earlier.Note(("users", data.Users.Known.Count - earlier.Table(UsersTable).Ids.Count),
            ("items", data.Items.Known.Count - earlier.Table(ItemsTable).Ids.Count)));
        TrainingOutcome outcome = session.Train(job, settings.Training, stop);

        session.Begin("measuring", 1);
        Snapshot now = job.Now();
        RankingResult result = outcome.End == TrainingEnd.Stopped ? new([], 0, 0) : job.Figures(data.Test, data.TestNegatives);
        IReadOnlyList<Metric> metrics = result.Metrics;
        IReadOnlyList<(string, IReadOnlyList<Metric>)> baselines = metrics.Count == 0 ? [] : Baselines(data, settings);
        if (metrics.Count > 0 && !data.Explicit) session.Note(Protocol(data, result));
        if (metrics.Count > 0 && !data.Explicit)
        {
            long[] users = [.. Enumerable.Range(0, (int)data.Users.Known.Count).Select(user => (long)user)];
            metrics = [.. metrics, .. RankingEvaluation.Spread(users, data.TrainingItems, data.ItemCounts[..(int)data.Items.Known.Count],
                now.Scores, data.Items.Rows, settings.Cutoffs)];
        }
        session.At(1);
        session.Begin("saving", 1);
        // The vectors before the first step are a function of the seed.
        Save(session.Run, job, data, now, Job(data, settings, earlier).Now());
        session.At(1);
        return session.Complete(outcome, metrics, baselines, [$"rowan recommend --user {Shell(data.Users.Known[0])} --run {{run}}"], json =>
        {
            json.WriteBoolean("explicit", data.Explicit);
            if (!data.Explicit) return;
            json.WriteNumber("rating_min", data.Train.Ratings.Min());
            json.WriteNumber("rating_max", data.Train.Ratings.Max());
        });
    }

    /// <summary>The items, about, that a test item is ranked among, itself one of them.</summary>
    static long Ranked(RecommendData data) => data.TestNegatives is { Length: > 0 } drawn
        ? (long)drawn.Average(items => items.Length) + 1 : data.Items.Known.Count;

    /// <summary>The model before its first step.</summary>
    internal static RecommendTraining Job(RecommendData data, RecommendSettings settings, EarlierRun? earlier)
    {
        Rng rng = new(settings.Training.Seed), layers = new(settings.Training.Seed);
        RecommendTraining job = settings.Model switch
        {
            RecommendModelKind.Als when data.Explicit =>
                new RatingAlsTraining(new FactorModel(data, settings, rng, layers), data, settings),
            RecommendModelKind.Als => new AlsTraining(new FactorModel(data, settings, rng, layers), data, settings),
            RecommendModelKind.Factors => new RecordTraining(new FactorModel(data, settings, rng, layers), data, settings, layers),
            RecommendModelKind.TwoTower => new RecordTraining(new TwoTowerModel(data, settings, rng, layers), data, settings, layers),
            _ => new SequenceTraining(new SequenceModel(data, settings, rng, layers), data, settings, layers),
        };
        if (earlier is null) return job;
        (long First, long Added)? Grown(string table, Vocabulary now) =>
            (earlier.Table(table).Ids.Count, now.Count - earlier.Table(table).Ids.Count);
        (long First, long Added)? Features(string table, EntityFeatures? now) =>
            EntityFeatures.Read(earlier, table)?.Values.Count is { } known ? (known, (now?.Values.Count ?? 0) - known) : null;
        earlier.LoadInto(job.Towers, ModelFile, name => name switch
        {
            "user_tower.features.weight" => Features(UsersTable, data.UserFeatures),
            "item_tower.features.weight" => Features(ItemsTable, data.ItemFeatures),
            "factors.weight" or "user_biases.weight" or "user_tower.ids.weight" => Grown(UsersTable, data.Users.Known),
            "item_factors.weight" or "item_biases.weight" or "history.weight" or "item_tower.ids.weight" =>
                Grown(ItemsTable, data.Items.Known),
            _ => null,
        });
        return job;
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
        long users = data.Users.Known.Count, left = users - data.Test.Users.Where(user => user >= 0 && user < users).Distinct().LongCount();
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

    static void Save(RunFolder run, RecommendTraining job, RecommendData data, Snapshot now, Snapshot first)
    {
        StateDict weights = job.Towers.StateDict();
        Safetensors.Write(run.File(ModelFile), new StateDict(
            [.. weights, StateEntry.Over("scores.user_bias", [now.UserBias.Length], now.UserBias),
                StateEntry.Over("scores.item_bias", [now.ItemBias.Length], now.ItemBias)]),
            new Dictionary<string, string> { ["kind"] = JobName, ["mean"] = now.Mean.ToString("R", CultureInfo.InvariantCulture) });
        data.UserFeatures?.Write(run, UsersTable);
        data.ItemFeatures?.Write(run, ItemsTable);
        TableFiles.Write(run, ModelFile, weights,
            new LearnedTable { Name = UsersTable, Ids = data.Users.Known, Vectors = now.Users, Counts = data.UserCounts,
                Weight = ("factors.weight", 0), Moved = VectorRows.Moved(first.Users, now.Users) },
            new LearnedTable { Titles = data.ItemTitles, Name = ItemsTable, Ids = data.Items.Known, Vectors = now.Items,
                Weight = ("item_factors.weight", 0), Counts = data.ItemCounts, Moved = VectorRows.Moved(first.Items, now.Items) });
        var (ends, items) = (new long[data.Users.Rows], new List<long>());
        for (long user = 0; user < data.Users.Rows; user++)
        {
            foreach (long item in data.Seen[user]) items.Add(item);
            ends[user] = items.Count;
        }
        Safetensors.Write(run.File(SeenFile),
            new StateDict(StateEntry.Over("ends", [ends.Length], ends), StateEntry.Over("items", [items.Count], items.ToArray())));
    }

    static string Shell(string id) => id.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.') ? id : $"'{id}'";
}
