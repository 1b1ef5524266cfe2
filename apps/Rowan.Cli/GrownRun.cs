using System.Text.Json;
using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary>A run to which new ids are added: its recipe and the roles of its columns.</summary>
sealed record GrownRun(string Path, Recipe Recipe, IReadOnlyList<(string Name, ColumnRole Role)> Columns)
{
    public static GrownRun Of(string run, string runs)
    {
        string path = RunOptions.Named(run, runs);
        JsonElement info = RunFolder.Open(path);
        Recipe recipe = RecipeCatalog.Named(info.GetProperty("kind").GetString()!);
        if (!recipe.CanGrow) throw new ArgumentException(
            $"'{path}' is a {recipe.Kind} run, which cannot grow; train a new one on the old and the new records together");
        return new(path, recipe,
            [.. info.GetProperty("data").GetProperty("columns").EnumerateArray()
            .Select(column => (column.GetProperty("name").GetString()!,
            Enum.Parse<ColumnRole>(column.GetProperty("role").GetString()!, ignoreCase: true)))]);
    }

    /// <summary>The stated roles, and for other columns their roles in the run.</summary>
    public StatedRoles Stated(StatedRoles stated, DataSource source)
    {
        using RecordReader reader = source.Open();
        return new StatedRoles { Columns = [.. Columns.Where(column => reader.TryColumn(column.Name, out _))] }.Under(stated);
    }
}
