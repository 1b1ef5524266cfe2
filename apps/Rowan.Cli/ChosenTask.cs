using Rowan.Data;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary>The task of a file: the one that was stated, or the one that fits best.</summary>
static class ChosenTask
{
    /// <summary>The task, why, and the other tasks that fit.</summary>
    /// <exception cref="NoTaskException">The stated task does not fit, none does, or two do.</exception>
    public static (Recipe Recipe, string Reason, IReadOnlyList<(Recipe Recipe, RecipeFit Fit)> Others) Of(DataSchema schema,
        string? stated)
    {
        if (stated is null)
        {
            IReadOnlyList<(Recipe Recipe, RecipeFit Fit)> ranked = RecipeCatalog.Ranked(schema);
            return (ranked[0].Recipe, $"because there is {ranked[0].Fit.Reason}", [.. ranked.Skip(1)]);
        }
        Recipe recipe = TrainCommand.Named(stated);
        RecipeFit fit = recipe.Fit(schema);
        return fit.Schema is null ? throw new NoTaskException($"the {recipe.Kind} task {fit.Reason}", [recipe], schema)
            : (recipe, "as given", []);
    }
}
