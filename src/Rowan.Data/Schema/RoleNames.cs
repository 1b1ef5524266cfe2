namespace Rowan.Data;

/// <summary>Roles as the command line calls them.</summary>
public static class RoleNames
{
    /// <summary>The name of a role, which is that of its option: "multi" for <c>--multi</c>.</summary>
    public static string Of(ColumnRole role) => role switch
    {
        ColumnRole.MultiValued => "multi",
        ColumnRole.None => "ignore",
        _ => role.ToString().ToLowerInvariant(),
    };
}
