using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>
/// Detects a file of scored pairs: two text columns, and a number that says how similar they are (semantic textual similarity).
/// </summary>
/// <param name="First">The first text.</param>
/// <param name="Second">The second text.</param>
/// <param name="Score">The number.</param>
/// <param name="Detected">Whether names and values say it; false where only the stated roles do.</param>
sealed record ScoredPairColumns(ColumnSchema First, ColumnSchema Second, ColumnSchema Score, bool Detected)
{
    // Under these names whole numbers are degrees of similarity; under the others they may be classes.
    static readonly HashSet<string> SimilarityNames = ["similarity", "sim", "relatedness", "score", "scores", "sts"];
    static readonly HashSet<string> OtherNames = ["label", "labels", "target", "y", "gold", "rating", "value"];

    /// <summary>The columns of scored pairs; null if the file is something else.</summary>
    public static ScoredPairColumns? Of(DataSchema schema)
    {
        if (schema.Of(ColumnRole.Text) is not [var first, var second] || schema.One(ColumnRole.User) is not null
            || schema.One(ColumnRole.Item) is not null) return null;
        ColumnSchema[] numbers = [.. schema.Columns.Where(column => column.Kind is ColumnKind.Integer or ColumnKind.Number
            && column.Role is ColumnRole.Rating or ColumnRole.Label or ColumnRole.Numeric)];
        bool nameless = RoleChoice.Nameless(schema);
        ColumnSchema[] telling = Alike(first.Name, second.Name) || nameless ? [.. numbers.Where(column => IsScore(column, nameless))] : [];
        if (Stated(numbers) is { } stated) return new(first, second, stated, telling.Contains(stated));
        ColumnSchema[] similarity = [.. telling.Where(column => NamesSimilarity(column.Name))];
        return similarity is [var named] ? new(first, second, named, true)
            : similarity.Length == 0 && telling is [var only] ? new(first, second, only, true) : null;
    }

    static ColumnSchema? Stated(ColumnSchema[] numbers) =>
        numbers.FirstOrDefault(column => column is { Stated: true, Role: ColumnRole.Rating })
        ?? numbers.FirstOrDefault(column => column is { Stated: true, Role: ColumnRole.Label });

    /// <summary>Columns without names need fractions, so that classes and years are not taken for scores.</summary>
    static bool IsScore(ColumnSchema column, bool nameless) => !column.IsFlag
        && (nameless ? column.Kind == ColumnKind.Number
            : NamesSimilarity(column.Name) || (column.Kind == ColumnKind.Number && OtherNames.Contains(LastWord(column.Name))));

    static bool NamesSimilarity(string name) => SimilarityNames.Contains(LastWord(name));

    static string LastWord(string name) => ColumnNames.Words(name) is [.., var last] ? last : "";

    /// <summary>Whether two names differ in a number or letter alone: sentence1 and sentence2, text_a and text_b.</summary>
    static bool Alike(string first, string second)
    {
        if (first.Length != second.Length) return false;
        int[] differ = [.. Enumerable.Range(0, first.Length).Where(i => first[i] != second[i])];
        return differ is [var at] && (first[at], second[at]) is ('1', '2') or ('0', '1') or ('a', 'b') or ('A', 'B');
    }

    /// <summary>The columns with the roles in which they are used.</summary>
    public DataSchema In(DataSchema schema) => schema.With(Score, ColumnRole.Rating, "how similar the two texts are")
        .Only(ColumnRole.Text, ColumnRole.Rating)
        .With($"The number '{Score.Name}' says how similar '{First.Name}' and '{Second.Name}' are. `rating` COLUMN names another; `ignore` "
            + $"{RoleChoice.Quoted(Score.Name)} trains a search on the pairs without it.");
}
