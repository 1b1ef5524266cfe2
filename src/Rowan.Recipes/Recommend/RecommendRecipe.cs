using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Learns vectors of users and items from records of who chose or rated what.</summary>
public sealed class RecommendRecipe : Recipe
{
    internal const string JobName = "recommend", UsersTable = "users", ItemsTable = "items", ModelFile = "model.safetensors",
    SeenFile = "seen.safetensors";

    const int DescribedClick = 3, FewColumns = 5;

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
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null,
        CancellationToken stop = default) => new RecommendTask(Prepared(request)).Run(progress, stop);

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
}
