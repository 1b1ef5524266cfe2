using System.Text.Json;
using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>The columns of a run's training data, as run.json has them.</summary>
static class RunColumns
{
    /// <summary>All columns with their roles.</summary>
    public static StatedRoles Of(JsonElement info)
    {
        var stated = new StatedRoles();
        foreach (JsonElement column in info.GetProperty("data").GetProperty("columns").EnumerateArray())
            stated = stated.With(column.GetProperty("name").GetString()!,
                Enum.Parse<ColumnRole>(column.GetProperty("role").GetString()!, ignoreCase: true));
        return stated;
    }

    /// <summary>The first column of a role; null for none.</summary>
    public static string? First(JsonElement info, ColumnRole role)
    {
        foreach ((string name, ColumnRole found) in Of(info).Columns)
            if (found == role) return name;
        return null;
    }
}
