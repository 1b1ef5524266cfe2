using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// Learns texts with names, or pairs of texts, so that a question in plain words finds the document that answers it. With
/// <see cref="ApiDocs.Source"/> and <see cref="ApiDocs.Schema"/> it learns the .NET API.
/// </summary>
/// <remarks>
/// The answer is a fusion of BM25 and the trained vectors. Its weight, and the settings of BM25, are chosen on validation questions.
/// Questions are given as queries with relevance judgments, or held out of the documents. The test reports the fusion, BM25 and the
/// vectors. Of pairs of texts with a score it learns a similarity of texts that follows the score; the test reports correlations.
/// </remarks>
public sealed class SearchRecipe : Recipe
{
    internal const string JobName = "search", ItemsTable = "items", WordsTable = "words", Bm25Name = "BM25", VectorsName = "vectors",
    ModelFile = "model.safetensors", SummariesFile = "summaries.txt";

    const int LongestSummary = 400;
    const double DetectedPairs = 0.95, StatedPairs = 0.55;

    /// <inheritdoc/>
    public override string Kind => JobName;

    /// <inheritdoc/>
    public override string Summary => "Semantic search: a question in plain words finds the texts that answer it.";

    /// <inheritdoc/>
    public override IReadOnlyList<Setting> Settings => SearchSettings.List.All;

    /// <inheritdoc/>
    public override IReadOnlyList<Preset> Presets => SearchSettings.Presets;

    private protected override (string Preset, string Because) AutoPreset(DataSize size) =>
        (SearchSettings.PresetFor(size.Records), size.InWords(size.Records, "records"));

    /// <summary>No: every document is learned against all others, so new ones are learned together with the old.</summary>
    public override bool CanGrow => false;

    /// <summary>No: questions are held out of the documents themselves. Pairs with a score take them.</summary>
    public override bool TakesTestFiles => false;

    private protected override bool TakesTestFilesOf(DataSchema schema) => ScoredPairColumns.Of(schema) is not null;

    /// <inheritdoc/>
    public override bool MayTry(Setting setting, DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return ScoredPairColumns.Of(schema) is null || ScoredPairsTask.Uses(setting.Name);
    }

    /// <inheritdoc/>
    public override RecipeFit Fit(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (ScoredPairColumns.Of(schema) is { } pairs)
            return new(pairs.Detected ? DetectedPairs : StatedPairs, "pairs of texts with a score") { Schema = pairs.In(schema), Options =
                $"`task` {Kind} `text` {RoleChoice.Quoted(pairs.First.Name)},{RoleChoice.Quoted(pairs.Second.Name)} "
                + $"`rating` {RoleChoice.Quoted(pairs.Score.Name)}" };
        int texts = schema.Of(ColumnRole.Text).Count;
        if (texts == 0) return new(0, "needs a text column");
        bool named = schema.One(ColumnRole.Id) is not null;
        if (texts == 1 && !named) return new(0, "needs a second text, or the texts' names");
        return new(texts >= 2 ? 0.6 : 0.5, texts == 1 ? "texts with names" : named ? "named texts of several parts" : "pairs of texts")
        {
            Schema = schema.Only(ColumnRole.Text, ColumnRole.Id, ColumnRole.Categorical), Options =
                $"`task` {Kind} `text` {string.Join(',', schema.Of(ColumnRole.Text).Select(text => RoleChoice.Quoted(text.Name)))}",
        };
    }

    internal override Type RunType(JsonElement info) => ScoredPairsRun.Is(info) ? typeof(ScoredPairsRun) : typeof(SearchRun);

    internal override Run Open(string path, JsonElement info) =>
        ScoredPairsRun.Is(info) ? ScoredPairsRun.Load(path, info) : SearchRun.Load(path);

    /// <inheritdoc/>
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        request = Prepared(request);
        Require.That(request.GrownFrom is null, $"a search run cannot grow: its documents are trained against each other; train a new " +
            $"one on the old and the new texts together", nameof(request));
        return ScoredPairColumns.Of(request.Schema) is null
            ? new SearchTask(request).Run(progress, stop) : new ScoredPairsTask(request).Run(progress, stop);
    }

    internal static string Question(string text) => string.Join(' ', TextTokenizer.Words(text).Take(8));

    internal static string Shortened(string text) => text.Length <= LongestSummary ? text : text[..(LongestSummary - 1)] + "…";
}
