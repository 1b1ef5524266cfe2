using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>The recipes by name, and which of them fits a file.</summary>
public static class RecipeCatalog
{
    const double Certain = 0.5, Near = 0.1;

    /// <summary>All recipes.</summary>
    public static IReadOnlyList<Recipe> All { get; } =
    [
        new RecommendRecipe(), new ClassifyRecipe(), new TabularRecipe(), new WordsRecipe(), new SearchRecipe(),
    ];

    /// <summary>The recipe of a name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public static Recipe Named(string kind) => All.FirstOrDefault(recipe => recipe.Kind == kind)
        ?? throw new ArgumentException($"there is no task '{kind}'; the tasks are "
            + $"{string.Join(", ", All.Select(recipe => recipe.Kind))}", nameof(kind));

    /// <summary>The recipe that fits columns best.</summary>
    /// <exception cref="NoTaskException">None fits, or two weak guesses fit about as well.</exception>
    public static (Recipe Recipe, RecipeFit Fit) Infer(DataSchema schema) => Ranked(schema)[0];

    /// <summary>The recipes that fit columns, the best first: the others are what the file could also be used for.</summary>
    /// <exception cref="NoTaskException">None fits, or two weak guesses fit about as well.</exception>
    public static IReadOnlyList<(Recipe Recipe, RecipeFit Fit)> Ranked(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        (Recipe Recipe, RecipeFit Fit)[] all = [.. All.Select(recipe => (recipe, recipe.Fit(schema)))
            .OrderByDescending(fit => fit.Item2.Score)], fits = [.. all.Where(fit => fit.Fit.Score > 0)];
        if (fits.Length == 0) throw new NoTaskException($"no task fits these columns: "
            + $"{string.Join("; ", all.Select(fit => $"{fit.Recipe.Kind} {fit.Fit.Reason}"))}", [.. all.Select(fit => fit.Recipe)],
            schema);
        if (fits is [{ Fit.Score: < Certain } best, { Fit.Score: > 0 } second, ..] && best.Fit.Score - second.Fit.Score < Near)
            throw new NoTaskException($"two tasks fit these columns: {best.Recipe.Kind} ({best.Fit.Reason}) and {second.Recipe.Kind} "
                + $"({second.Fit.Reason})", [.. fits.Select(fit => fit.Recipe)], schema);
        return fits;
    }
}
