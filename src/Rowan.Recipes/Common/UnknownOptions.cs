using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>How ids without a row of their own are handled.</summary>
public sealed record UnknownSettings
{
    /// <summary>An error, one shared row, or several; null for the task's default.</summary>
    public UnknownIds? Policy { get; init; }

    /// <summary>Rows that such ids share by their hash.</summary>
    public int Rows { get; init; } = 1_000;

    /// <summary>The map from ids to rows.</summary>
    /// <param name="name">What the ids are.</param>
    /// <param name="known">Ids with a row of their own.</param>
    /// <param name="otherwise">How other ids are handled if the settings do not say.</param>
    internal IdMap Map(string name, Vocabulary known, UnknownIds otherwise) => new(name, known, Policy ?? otherwise, Rows);
}

/// <summary>The settings for unknown ids, which several recipes have.</summary>
static class UnknownOptions
{
    public static SettingOf<T>[] Of<T>(Func<T, UnknownSettings> get, Func<T, UnknownSettings, T> set) =>
    [
        SettingOf<T>.Choice("unknown",
            "How unknown ids are handled, in training and later: an error, one shared embedding, or several chosen by hash.",
            x => get(x).Policy is { } policy ? (int)policy : -1,
            (x, v) => set(x, get(x) with { Policy = v < 0 ? null : (UnknownIds)v }),
            [("auto", -1), ("error", (int)UnknownIds.Error), ("shared", (int)UnknownIds.Shared), ("hashed", (int)UnknownIds.Hashed)]),
        SettingOf<T>.Integer("unknown-rows", "Number of shared embeddings for `unknown` hashed.",
            x => get(x).Rows, (x, v) => set(x, get(x) with { Rows = (int)v }), 1, 1 << 30),
    ];
}
