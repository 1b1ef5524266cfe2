using System.Text.Json;
using Rowan.Data;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Learns which label a text has, or which labels.</summary>
public sealed class ClassifyRecipe : Recipe
{
    internal const string JobName = "classify", WordsTable = "words", ModelFile = "model.safetensors", LabelsFile = "labels.txt",
    FrequenciesFile = "frequencies.safetensors";
    const int MostGuessedClasses = 50;
    const double ShortText = 4;

    /// <inheritdoc/>
    public override string Kind => JobName;

    /// <inheritdoc/>
    public override string Summary => "Classifies texts: one label for each, or several.";

    /// <inheritdoc/>
    public override IReadOnlyList<Setting> Settings => ClassifySettings.List.All;

    /// <inheritdoc/>
    public override IReadOnlyList<Preset> Presets => ClassifySettings.Presets;

    /// <inheritdoc/>
    public override bool TakesFolds => true;

    private protected override (string Preset, string Because) AutoPreset(DataSize size) =>
        (ClassifySettings.PresetFor(size.Records, size.Characters, size.Labels), size.InWords(size.Records, "texts"));

    /// <inheritdoc/>
    public override RecipeFit Fit(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ColumnSchema[] texts = Texts(schema);
        ColumnSchema? named = RoleChoice.Target(schema), label = named ?? Classes(schema);
        string options = $"`text` {(texts.Length > 0 ? RoleChoice.Quoted(texts[0].Name) : "COLUMN")} `label` "
            + $"{(label is not null ? RoleChoice.Quoted(label.Name) : "COLUMN")}";
        if (texts.Length == 0) return new(0, "needs a text column");
        if (label is null) return new(0, "needs a label column") { Options = schema.Columns.Count > 1
            && schema.Columns.LastOrDefault(column => column.Role is ColumnRole.Categorical or ColumnRole.Numeric) is { } last
            ? $"`text` {RoleChoice.Quoted(texts[0].Name)} `label` {RoleChoice.Quoted(last.Name)}" : "" };
        if (!label.Stated && label.Kind is ColumnKind.Integer or ColumnKind.Number && label.Distinct > RoleChoice.MostClasses)
            return new(0, $"needs classes, and '{label.Name}' has {label.Distinct} different numbers") { Options = options };
        DataSchema used = schema;
        foreach (ColumnSchema other in schema.Of(ColumnRole.Text).Except(texts))
            used = used.With(other, ColumnRole.None, "text that repeats, not joined");
        if (label.Role != ColumnRole.Label) used = used.With(label, ColumnRole.Label, named is null ? "taken for the label" : "rating, "
            + "taken for the label").With($"The label to predict is '{label.Name}'; `label` COLUMN chooses another.");
        if (texts.Length > 1) used = used.With($"The texts of {RoleChoice.Listed(texts)} are joined; `text` COLUMN takes one.");
        int features = schema.Columns.Count(column => column.Role is ColumnRole.Categorical or ColumnRole.Numeric);
        double score = label.Stated || texts[0].Stated ? 0.94 : named is null ? 0.62 : label.Weak ? 0.8 : 0.88;
        // Short texts among other columns are names; records of users and items are recommended from first.
        if (!label.Stated && !texts[0].Stated && ((features >= 2 && texts.All(text => text.Words < ShortText))
            || (schema.One(ColumnRole.User) is not null && schema.One(ColumnRole.Item) is not null))) score = Math.Min(score, 0.7);
        return new RecipeFit(score, $"a text and a label column ({RoleChoice.Listed(texts)} and '{label.Name}')") { Schema =
            used.Only(ColumnRole.Text, ColumnRole.Label), Options = options };
    }

    /// <summary>The texts to read; a text that repeats in many records next to one that does not describes something else, such as the
    /// title of a product.</summary>
    static ColumnSchema[] Texts(DataSchema schema)
    {
        ColumnSchema[] texts = [.. schema.Of(ColumnRole.Text)];
        return texts.Any(text => text.Stated) || texts.All(text => text.Repeats) ? texts : [.. texts.Where(text => !text.Repeats)];
    }

    /// <summary>The last column with a few values that occur again.</summary>
    static ColumnSchema? Classes(DataSchema schema) => schema.Columns.LastOrDefault(column =>
        column is { Role: ColumnRole.Categorical or ColumnRole.Numeric, Kind: ColumnKind.Integer or ColumnKind.Name, Repeats: true,
        Distinct: >= 2 and <= MostGuessedClasses });

    internal override Type RunType(JsonElement info) => typeof(ClassifyRun);

    internal override Run Open(string path, JsonElement info) => ClassifyRun.Load(path, info);

    /// <inheritdoc/>
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null,
        CancellationToken stop = default) => new ClassifyTask(Prepared(request)).Run(progress, stop);
}
