using System.Globalization;
using System.Text.Json;
using Rowan.Formats;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Tables of runs as named vectors, for every format of <see cref="VectorTables"/>.</summary>
public static class VectorExport
{
    /// <summary>The vectors of a table's ids; rows that unknown ids share are left out.</summary>
    /// <param name="table">The table.</param>
    /// <param name="run">The run folder, for messages.</param>
    /// <param name="options">Replaced spaces, and whether bad rows are skipped.</param>
    public static VectorReader Read(LearnedTable table, string run, VectorReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        return new LearnedTableVectors(table, run, options ?? new VectorReadOptions());
    }

    /// <summary>The table of a name.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="name">The name; null if the run has only one.</param>
    /// <exception cref="ArgumentException">There is no such table, or several and none is named.</exception>
    public static LearnedTable Table(string run, string? name)
    {
        RunFolder.Open(run);
        IReadOnlyList<LearnedTable> tables = LearnedTable.Read(run);
        string all = string.Join(", ", tables.Select(table => string.Create(CultureInfo.InvariantCulture,
            $"{table.Name} ({table.Ids.Count:#,0} × {table.Dim})")));
        if (name is null)
            return tables.Count == 1 ? tables[0]
                : throw new ArgumentException($"the run '{run}' has {tables.Count} tables: {all}; choose one with `table` NAME");
        return tables.FirstOrDefault(table => table.Name == name)
            ?? throw new ArgumentException($"`table` {name}: the run has no such table; it has {all}");
    }

    /// <summary>Whether a run of word vectors has n-grams too, which answer for unknown words; a table has whole words alone.</summary>
    public static bool HasNgrams(string run) => File.Exists(Path.Combine(run, WordsRecipe.NgramsFile));

    /// <summary>Facts for a model card: the task, the table and the metrics of the run.</summary>
    public static IReadOnlyList<(string Name, string Value)> Facts(string run, LearnedTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        JsonElement info = RunFolder.Open(run);
        var facts = new List<(string, string)>
        {
            ("run", Path.GetFileName(Path.TrimEndingDirectorySeparator(run))), ("task", info.GetProperty("kind").GetString()!),
            ("table", table.Name),
        };
        if (info.TryGetProperty("preset", out JsonElement preset)) facts.Add(("preset", preset.ToString()));
        if (info.TryGetProperty("metrics", out JsonElement metrics) && metrics.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty metric in metrics.EnumerateObject()) facts.Add((metric.Name, metric.Value.ToString()));
        if (info.TryGetProperty("data", out JsonElement data) && data.TryGetProperty("files", out JsonElement files))
            facts.Add(("data", string.Join(", ", files.EnumerateArray().Select(file => Path.GetFileName(file.ToString())))));
        return facts;
    }
}
