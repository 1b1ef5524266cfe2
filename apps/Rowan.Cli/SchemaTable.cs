using System.Globalization;
using Rowan.Data;
using Rowan.Recipes;
using Spectre.Console;

namespace Rowan.Cli;

/// <summary>What was detected of a file's columns, each guess with the option that overrides it, and what to do where no task
/// fits.</summary>
static class SchemaTable
{
    const double LeastScore = 0.6;
    const int LongestExample = 24, ShownAlternatives = 2;
    static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>One row per column: name, detected role, example, missing values, and the option that overrides the guess.</summary>
    public static void Write(Terminal terminal, TextWriter into, DataSchema schema)
    {
        var table = new Spectre.Console.Table { Border = TableBorder.Simple };
        table.AddColumns("column", "role", "example", "missing", "override with");
        foreach (ColumnSchema column in schema.Columns)
            table.AddRow(Markup.Escape(column.Name), Markup.Escape(Role(column)), Markup.Escape(Example(column)), column.Missing == 0
                ? "" : column.Missing.ToString("#,0", Culture), Markup.Escape(Override(column)));
        foreach (UnusableColumn column in schema.Layout?.Unusable ?? [])
            table.AddRow(Markup.Escape(column.Name), Markup.Escape($"cannot be used: {column.Reason.WithOptions()}"), "", "", "");
        terminal.Write(table, into);
        foreach (LayoutGuess guess in schema.Layout?.Guesses ?? [])
            into.WriteLine($"{guess.Text} ({guess.Override} overrides this)".WithOptions());
        into.WriteLine(string.Create(Culture, $"{(schema.Complete ? "" : "the first ")}{schema.Records:#,0} records; missing: records "
            + $"without a value"));
    }

    /// <summary>The chosen task, what was assumed for it, and what else the file could be used for.</summary>
    public static void WriteTask(TextWriter into, IReadOnlyList<string> files, Recipe recipe, string reason, DataSchema schema,
        IReadOnlyList<(Recipe Recipe, RecipeFit Fit)> others)
    {
        into.WriteLine($"task: {recipe.Kind}, {reason} (--task NAME chooses another)");
        foreach (string note in schema.Notes) into.WriteLine(note.WithOptions());
        foreach ((Recipe other, RecipeFit fit) in others.Where(other => other.Fit.Score >= LeastScore).Take(ShownAlternatives))
            into.WriteLine($"it could also be: rowan train {Files(files)} {(fit.Options.Contains("`task`", StringComparison.Ordinal)
                ? "" : $"--task {other.Kind} ")}{fit.Options.WithOptions()}");
    }

    /// <summary>The answer where no task fits or two do: the table, and commands that are ready to run.</summary>
    public static void WriteNoTask(Terminal terminal, TextWriter into, IReadOnlyList<string> files, NoTaskException none)
    {
        Write(terminal, into, none.Schema);
        foreach (string note in none.Schema.Notes) into.WriteLine(note.WithOptions());
        into.WriteLine($"rowan: {none.Problem}.".WithOptions());
        into.WriteLine(none.Options.Count > 0 ? "State what the columns are. Commands that are ready to run:"
            : "State what the columns are, such as --user COLUMN --item COLUMN, --text COLUMN --label COLUMN, or --label COLUMN; see "
            + "'rowan train --help'.");
        foreach (string options in none.Options) into.WriteLine($"  rowan train {Files(files)} {options.WithOptions()}");
    }

    static string Files(IReadOnlyList<string> files) => string.Join(' ', files.Select(Quoted));

    static string Quoted(string name) => name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or '\\' or ':')
        && name.Length > 0 ? name : $"'{name.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    static string Role(ColumnSchema column)
    {
        string role = column.Role == ColumnRole.None ? "not used" : RoleNames.Of(column.Role);
        if (column.Role is ColumnRole.Time && column.Kind == ColumnKind.Time) role += $" ({column.Format.DateFormat})";
        if (column.Role is ColumnRole.Numeric or ColumnRole.Rating && column.Format.DecimalComma) role += " (decimal comma)";
        return column.Note.Length > 0 ? $"{role}: {column.Note.WithOptions()}" : role;
    }

    static string Example(ColumnSchema column) => column.Examples.Count == 0 ? "" : column.Examples[0].Length > LongestExample
        ? column.Examples[0][..(LongestExample - 1)] + "…" : column.Examples[0];

    static string Override(ColumnSchema column) => column.Stated ? "stated" : column.Role switch
    {
        ColumnRole.User or ColumnRole.Item or ColumnRole.Label or ColumnRole.Rating or ColumnRole.Time =>
            $"--{RoleNames.Of(column.Role)} COLUMN, --ignore {Quoted(column.Name)}",
        ColumnRole.Text => $"--ignore {Quoted(column.Name)}",
        ColumnRole.Numeric => $"--categorical {Quoted(column.Name)}",
        ColumnRole.None when column.Kind == ColumnKind.Empty => "",
        ColumnRole.None when column.Kind == ColumnKind.Prose => $"--text {Quoted(column.Name)}",
        ColumnRole.None when column.Kind is ColumnKind.Integer or ColumnKind.Number => $"--numeric {Quoted(column.Name)}",
        ColumnRole.Categorical => $"--label {Quoted(column.Name)}, --ignore {Quoted(column.Name)}",
        _ => $"--categorical {Quoted(column.Name)}",
    };
}
