using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Learns to predict a class, a number or a click from categorical, multi-valued and numeric columns.</summary>
public sealed class TabularRecipe : Recipe
{
    internal const string JobName = "tabular", ModelFile = "model.safetensors", FurtherDate = "a further date";
    const double Prose = 4, LastChoice = 0.05;
    const int FewClasses = 10;

    /// <summary>Settings that only text columns use.</summary>
    internal static readonly string[] OfTexts = ["text-dim", "word-min-count", "max-words", "length", .. PretrainedStart.Names];

    /// <inheritdoc/>
    public override string Kind => JobName;

    /// <inheritdoc/>
    public override string Summary => "Predicts a class, a number or a click from columns of any kind, texts and dates included.";

    /// <inheritdoc/>
    public override IReadOnlyList<Setting> Settings => TabularSettings.List.All;

    /// <inheritdoc/>
    public override IReadOnlyList<Preset> Presets => TabularSettings.Presets;

    /// <inheritdoc/>
    public override bool TakesFolds => true;

    private protected override (string Preset, string Because) AutoPreset(DataSize size) =>
        (TabularSettings.PresetFor(size.Records), size.InWords(size.Records, "records"));

    /// <inheritdoc/>
    public override RecipeFit Fit(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ColumnSchema? named = RoleChoice.Target(schema), label = named ?? Last(schema);
        // Of several dates the first is the time; the others say something too.
        foreach (ColumnSchema date in schema.Columns.Where(column =>
            column is { Role: ColumnRole.None, Kind: ColumnKind.Time, Stated: false } && column != label))
        {
            schema = schema.With(date, ColumnRole.Time, FurtherDate);
            if (date.IsDateOrderOpen) schema = schema.With(SchemaInference.OpenDates(date));
        }
        ColumnSchema[] features = [.. schema.Columns.Where(column => column != label && (column.Role is ColumnRole.Categorical
            or ColumnRole.MultiValued or ColumnRole.Numeric or ColumnRole.User or ColumnRole.Item or ColumnRole.Rating
            or ColumnRole.Text or ColumnRole.Time))];
        string options = label is null ? "" : $"`label` {RoleChoice.Quoted(label.Name)}";
        if (label is null) return new(0, schema.Columns.Count < 2 ? "needs a label and other columns" : "needs a label column");
        if (features.Length == 0) return new(0, "needs other columns next to the label, such as categorical or numeric ones");
        bool prose = schema.Columns.Any(column => column.Role == ColumnRole.Text && column.Words >= Prose),
        described = features.Any(column =>
            column is { Stated: true, Role: ColumnRole.Categorical or ColumnRole.MultiValued or ColumnRole.Numeric });
        double score = label.Stated ? 0.92 : named is null ? 0.4 : label.Role == ColumnRole.Rating ? 0.5 : label.Weak ? 0.6 : 0.85;
        if (described) score += 0.02;
        // A classifier reads prose better than a bag of words does.
        if (prose && !described) score = named is null ? 0.1 : Math.Min(score, label.Stated ? 0.86 : 0.6);
        if (features.All(column => column.Role == ColumnRole.Text || (column.Role == ColumnRole.Time && TabularColumns.IsDate(column))))
            score = LastChoice;
        DataSchema used = label.Role == ColumnRole.Label ? schema : schema.With(label, ColumnRole.Label, named is null
            ? "taken for the label" : "rating, taken for the label");
        if (named is null || label.Weak || label.Role != ColumnRole.Label)
            used = used.With($"The column to predict is '{label.Name}'{(named is null ? ", since no name says which it is" : "")}; "
                + $"`label` COLUMN chooses another.");
        return new RecipeFit(score, $"a label column ('{label.Name}') and {features.Length} "
            + $"{(features.Length == 1 ? "column" : "columns")} to predict it from")
        {
            Schema = used.Only(ColumnRole.Label, ColumnRole.Categorical, ColumnRole.MultiValued, ColumnRole.Numeric,
                ColumnRole.User, ColumnRole.Item, ColumnRole.Rating, ColumnRole.Time, ColumnRole.Text), Options = options,
        };
    }

    /// <summary>Where no name tells: the last column; of a file without header the first, where it has a few values and the last is a
    /// continuous number.</summary>
    static ColumnSchema? Last(DataSchema schema)
    {
        static bool Can(ColumnSchema column) => column.Role is ColumnRole.Categorical or ColumnRole.Numeric && column.Distinct >= 2
            && !(column.Kind == ColumnKind.Name && column.IsUnique && column.Values > FewClasses);
        ColumnSchema? last = schema.Columns.LastOrDefault(Can);
        if (!RoleChoice.Nameless(schema) || last is not { Kind: ColumnKind.Number or ColumnKind.Integer }) return last;
        bool continuous = last.Kind == ColumnKind.Number || last.Distinct > RoleChoice.MostClasses;
        return continuous && schema.Columns[0] is { Kind: ColumnKind.Integer or ColumnKind.Name, Distinct: <= FewClasses,
            Repeats: true } first && Can(first) ? first : last;
    }

    /// <inheritdoc/>
    public override bool MayTry(Setting setting, DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(schema);
        bool numbers = schema.Of(ColumnRole.Numeric).Count + schema.Of(ColumnRole.Rating).Count + schema.Of(ColumnRole.Time).Count > 0;
        bool values = schema.Columns.Any(column => column.Role is ColumnRole.Categorical or ColumnRole.MultiValued or ColumnRole.User
            or ColumnRole.Item);
        return setting.Name switch
        {
            "numeric-embedding" or "bins" => numbers, "dim" or "min-count" => values,
            _ => !OfTexts.Contains(setting.Name) || schema.Of(ColumnRole.Text).Count > 0,
        };
    }

    internal override Type RunType(JsonElement info) => typeof(TabularRun);

    internal override Run Open(string path, JsonElement info) => TabularRun.Load(path, info);

    /// <inheritdoc/>
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null,
        CancellationToken stop = default) => new TabularTask(Prepared(request)).Run(progress, stop);

    internal static string FileSafe(string name) => string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '_'));
}
