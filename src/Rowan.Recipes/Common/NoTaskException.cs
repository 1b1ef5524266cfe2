using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>No task fits the columns of a file, or two fit about as well. <see cref="Options"/> says how to state what the columns
/// are.</summary>
public sealed class NoTaskException : ArgumentException
{
    const int MostOptions = 3;

    /// <param name="problem">What is missing.</param>
    /// <param name="recipes">The tasks that were tried.</param>
    /// <param name="schema">The columns.</param>
    public NoTaskException(string problem, IReadOnlyList<Recipe> recipes, DataSchema schema)
        : this(problem, recipes, schema, OptionsFor(recipes, schema)) { }

    NoTaskException(string problem, IReadOnlyList<Recipe> recipes, DataSchema schema, IReadOnlyList<string> options)
        : base($"{problem}. State what the columns are, such as "
            + $"{(options.Count > 0 ? string.Join(" or ", options) : "`user` COLUMN `item` COLUMN or `label` COLUMN")} (the columns are "
            + $"{string.Join(", ", schema.Columns.Select(column => column.Name))})") =>
        (Problem, Options, Schema) = (problem, options, schema);

    /// <summary>What is missing.</summary>
    public string Problem { get; }

    /// <summary>Up to three sets of settings, such as "`label` price", each of which makes a task fit.</summary>
    public IReadOnlyList<string> Options { get; }

    /// <summary>The columns and what was detected.</summary>
    public DataSchema Schema { get; }

    static string[] OptionsFor(IReadOnlyList<Recipe> recipes, DataSchema schema) =>
        [.. recipes.Select(recipe => recipe.Fit(schema).Options).Where(options => options.Length > 0).Distinct().Take(MostOptions)];
}
