using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>The recipes by name, and which of them a file is meant for.</summary>
public static class RecipeCatalog
{
    /// <summary>All recipes.</summary>
    public static IReadOnlyList<Recipe> All { get; } =
    [
        new RecommendRecipe(), new ClassifyRecipe(), new TabularRecipe(), new WordsRecipe(), new SearchRecipe(),
    ];

    /// <summary>The recipe of a name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public static Recipe Named(string kind) => All.FirstOrDefault(recipe => recipe.Kind == kind)
        ?? throw new ArgumentException($"there is no job '{kind}'; there are {string.Join(", ", All.Select(recipe => recipe.Kind))}", nameof(kind));

    /// <summary>The recipe that fits columns best.</summary>
    /// <exception cref="ArgumentException">None fits; the message says what each lacks.</exception>
    public static (Recipe Recipe, RecipeFit Fit) Infer(DataSchema schema)
    {
        (Recipe Recipe, RecipeFit Fit)[] fits = [.. All.Select(recipe => (recipe, recipe.Fit(schema))).OrderByDescending(fit => fit.Item2.Score)];
        Require.That(fits is [{ Fit.Score: > 0 }, ..], $"no job fits these columns: {string.Join("; ", fits.Select(fit => $"{fit.Recipe.Kind}: {fit.Fit.Reason}"))}. Say what columns are, such as --user COLUMN --item COLUMN", nameof(schema));
        return fits[0];
    }
}
