using System.Text.Json;

namespace Rowan.Recipes;

/// <summary>Vectors that were imported from a file: a run without a model, for neighbours, diagnostics and exports.</summary>
public sealed class VectorsRun : Run
{
    internal const string TaskName = "vectors";

    VectorsRun(string path, IReadOnlyList<LearnedTable> tables) : base(path, TaskName, tables)
    {
    }

    internal static VectorsRun Load(string path, JsonElement info)
    {
        _ = info;
        return new VectorsRun(path, LearnedTable.Read(path));
    }
}
