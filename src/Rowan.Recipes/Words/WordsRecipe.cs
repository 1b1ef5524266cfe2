using System.Text.Json;
using Rowan.Data;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Learns word vectors from raw text: words that occur in similar contexts get similar vectors.</summary>
public sealed class WordsRecipe : Recipe
{
    internal const string JobName = "words", WordsTable = "words", OutputsFile = "outputs.safetensors", NgramsFile = "ngrams.safetensors",
    VectorsFile = "vectors.txt";

    /// <inheritdoc/>
    public override string Kind => JobName;

    /// <inheritdoc/>
    public override string Summary => "Word vectors from plain text.";

    /// <inheritdoc/>
    public override IReadOnlyList<Setting> Settings => WordsSettings.List.All;

    /// <inheritdoc/>
    public override IReadOnlyList<Preset> Presets => WordsSettings.Presets;

    private protected override (string Preset, string Because) AutoPreset(DataSize size) =>
        (WordsSettings.PresetFor(size.Characters), size.InWords(size.Characters, "characters"));

    /// <summary>No: word vectors are not measured on a test file.</summary>
    public override bool TakesTestFiles => false;

    /// <inheritdoc/>
    public override RecipeFit Fit(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.One(ColumnRole.Text) is not { } text) return new(0, "needs plain text, or one text column");
        return new(schema.Columns.Count == 1 ? 0.7 : text.Stated ? 0.55 : 0.2, schema.Columns.Count == 1 ? "plain text"
            : "a text column") { Schema = schema.Only(ColumnRole.Text), Options =
            $"`task` {Kind} `text` {RoleChoice.Quoted(text.Name)}" };
    }

    internal override Type RunType(JsonElement info) => typeof(WordsRun);

    internal override Run Open(string path, JsonElement info) => WordsRun.Load(path, info);

    /// <inheritdoc/>
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null,
        CancellationToken stop = default) => new WordsTask(Prepared(request)).Run(progress, stop);
}
