using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Rowan.Data;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary><c>rowan inspect</c> and <c>rowan diff</c>.</summary>
static partial class InspectCommand
{
    static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static Command Create(Terminal terminal)
    {
        var run = new Argument<string>("run") { Description = "Run folder, or name of a run.", HelpName = "RUN" };
        Option<string> runs = RunOptions.Runs();
        var only = new Option<string?>("--table") { Description = "Table to inspect. Default: all.", HelpName = "NAME" };
        var failIf = new Option<string[]>("--fail-if") {
            Description = "Exit with code 1 if this is true, such as \"never-touched>0\". Can be repeated.", HelpName = "RULE" };
        var coverage = new Option<string?>("--coverage") {
            Description = "File whose ids are looked up in the table: the share that is known.", HelpName = "FILE" };
        var column = new Option<string?>("--column") { Description = "Column of ids in the --coverage file.", HelpName = "COLUMN" };
        var json = new Option<bool>("--json") { Description = "Print the checks as JSON." };
        var command = new Command("inspect", """
            Show embedding diagnostics of a run's tables: rows without training, zero or duplicate rows, effective
            rank, hubs. Each line says how many, why it matters, and what to try.

            Examples:
              rowan inspect runs/shop
              rowan inspect runs/shop --table items --fail-if "never-touched>0" --fail-if "non-finite>0"
              rowan inspect runs/shop --table items --coverage new.csv --column item --json
            """) { run, runs, only, failIf, coverage, column, json };
        command.SetAction((parsed, stop) =>
        {
            (string Name, string Sign, double Bound)[] rules = [.. (parsed.GetValue(failIf) ?? []).Select(Rule)];
            string path = RunOptions.Named(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            IReadOnlyList<LearnedTable> all = Run.Open(path).As<IVectors>().Tables;
            IReadOnlyList<LearnedTable> tables =
                [.. all.Where(table => parsed.GetValue(only) is not { } name || table.Name == name)];
            if (tables.Count == 0) throw new ArgumentException(
                $"--table {parsed.GetValue(only)}: the run has no such table; it has "
                + $"{string.Join(", ", all.Select(table => table.Name))}");
            if (parsed.GetValue(coverage) is not null && (parsed.GetValue(column) is null || tables.Count != 1))
                throw new ArgumentException("--coverage needs --column COLUMN, and one table, as --table NAME");
            var found = tables.Select(table =>
            {
                List<HealthCheck> checks = [.. TableHealth.Of(table, null, stop)];
                if (parsed.GetValue(coverage) is { } file)
                {
                    using DataSource source = DataSource.Of(file);
                    using RecordReader reader = source.Open();
                    checks.Add(TableHealth.Coverage(table, reader, parsed.GetValue(column)!));
                }
                return (Table: table, Checks: checks);
            }).ToArray();
            foreach ((string name, _, _) in rules)
                if (!found.Any(table => table.Checks.Any(check => check.Name == name)))
                    throw new ArgumentException($"--fail-if {name}: there is no such check; there are "
                        + $"{string.Join(", ", found.SelectMany(table => table.Checks).Select(check => check.Name).Distinct())}");
            if (parsed.GetValue(json)) WriteJson(terminal.Out, path, found);
            else foreach ((LearnedTable table, List<HealthCheck> checks) in found) Write(terminal.Out, table, checks);
            string[] broken = [.. rules.SelectMany(
                rule => found.SelectMany(
                table => table.Checks.Where(check => check.Name == rule.Name && Holds(check.Value, rule.Sign, rule.Bound))
                .Select(check => string.Create(Culture,
                    $"{table.Table.Name}: {check.Name} is {check.Value:0.####}, and the rule says to fail if {rule.Sign} {rule.Bound}"))))];
            foreach (string rule in broken) terminal.Error.WriteLine($"rowan: {rule}");
            return Task.FromResult(broken.Length > 0 ? App.Failed : App.Ok);
        });
        return command;
    }

    public static Command CreateDiff(Terminal terminal)
    {
        var first = new Argument<string>("first") { Description = "Run folder, or name of a run.", HelpName = "RUN" };
        var second = new Argument<string>("second") { Description = "Another run.", HelpName = "RUN" };
        Option<string> runs = RunOptions.Runs();
        var neighbors = new Option<int>("--neighbors") {
            Description = "Number of neighbors to compare.", HelpName = "K", DefaultValueFactory = _ => 10 };
        var json = new Option<bool>("--json") { Description = "Print the comparison as JSON." };
        var command = new Command("diff", """
            Compare the embedding tables of two runs: how many nearest neighbors of each id are the same.

            Examples:
              rowan diff runs/monday runs/tuesday
              rowan diff runs/a runs/b --neighbors 20 --json
            """) { first, second, runs, neighbors, json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(neighbors) < 1)
                throw new ArgumentException($"--neighbors {parsed.GetValue(neighbors)}: it must be at least 1");
            string one = RunOptions.Named(parsed.GetValue(first)!, parsed.GetValue(runs)!),
            other = RunOptions.Named(parsed.GetValue(second)!, parsed.GetValue(runs)!);
            IReadOnlyList<LearnedTable> a = Run.Open(one).As<IVectors>().Tables, b = Run.Open(other).As<IVectors>().Tables;
            TableComparison[] compared =
                [.. a.Where(table => b.Any(same => same.Name == table.Name))
                .Select(table => TableComparison.Of(table, b.First(same => same.Name == table.Name), parsed.GetValue(neighbors)))];
            if (compared.Length == 0)
                throw new InvalidDataException($"the runs have no table in common: {string.Join(", ", a.Select(table => table.Name))} "
                + $"and {string.Join(", ", b.Select(table => table.Name))}");
            if (parsed.GetValue(json))
                JsonText.Write(terminal.Out, writer =>
                {
                    writer.WriteStartArray("tables");
                    foreach (TableComparison table in compared)
                    {
                        writer.WriteStartObject();
                        writer.WriteString("table", table.Table);
                        writer.WriteNumber("common", table.Common);
                        writer.WriteNumber("added", table.Added);
                        writer.WriteNumber("removed", table.Removed);
                        writer.WriteNumber("overlap", Math.Round(table.Overlap, 6));
                        writer.WriteStartObject("moved");
                        foreach ((string id, double overlap) in table.Moved) writer.WriteNumber(id, Math.Round(overlap, 6));
                        writer.WriteEndObject();
                        writer.WriteEndObject();
                    }
                    writer.WriteEndArray();
                });
            else
                foreach (TableComparison table in compared)
                {
                    terminal.Out.WriteLine(string.Create(Culture,
                        $"{table.Table}: {table.Common:#,0} ids in common, {table.Added:#,0} added, {table.Removed:#,0} removed; "
                        + $"{table.Overlap * 100:0.0} % of the {parsed.GetValue(neighbors)} nearest neighbours are the same"));
                    (string Id, double Overlap)[] moved = [.. table.Moved.Where(moved => moved.Overlap < 1)];
                    IEnumerable<string> shares = moved.Select(moved => string.Create(Culture, $"{moved.Id} ({moved.Overlap * 100:0} % "
                        + $"the same)"));
                    if (moved.Length > 0) terminal.Out.WriteLine($"  changed most: {string.Join(", ", shares)}");
                }
            return App.Ok;
        });
        return command;
    }

    static void Write(TextWriter output, LearnedTable table, List<HealthCheck> checks)
    {
        output.WriteLine(string.Create(Culture, $"{table.Name}: {table.Ids.Count:#,0} ids, {table.Rows:#,0} rows × {table.Dim}"));
        foreach (HealthCheck check in checks)
        {
            output.WriteLine($"  {check.Name,-22} {check.Said}");
            if (check.Try.Length == 0) continue;
            output.WriteLine($"  {"",-22} {check.Why} Try: {check.Try.WithOptions()}");
            if (check.Examples.Count > 0) output.WriteLine($"  {"",-22} such as {string.Join(", ", check.Examples)}");
        }
    }

    static void WriteJson(TextWriter output, string run, IEnumerable<(LearnedTable Table, List<HealthCheck> Checks)> tables) =>
        JsonText.Write(output, json =>
    {
        json.WriteString("run", run);
        json.WriteStartArray("tables");
        foreach ((LearnedTable table, List<HealthCheck> checks) in tables)
        {
            json.WriteStartObject();
            json.WriteString("name", table.Name);
            json.WriteNumber("ids", table.Ids.Count);
            json.WriteNumber("rows", table.Rows);
            json.WriteNumber("dim", table.Dim);
            json.WriteStartObject("checks");
            foreach (HealthCheck check in checks)
            {
                json.WriteStartObject(check.Name);
                json.WriteNumber("value", Math.Round(check.Value, 6));
                json.WriteString("said", check.Said);
                json.WriteString("why", check.Why);
                if (check.Try.Length > 0) json.WriteString("try", check.Try.WithOptions());
                json.WriteStartArray("examples");
                foreach (string example in check.Examples) json.WriteStringValue(example);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    static (string, string, double) Rule(string rule)
    {
        Match match = RulePattern().Match(rule);
        return match.Success && double.TryParse(match.Groups[3].Value, Culture, out double bound)
            ? (match.Groups[1].Value, match.Groups[2].Value, bound)
            : throw new ArgumentException($"--fail-if {rule}: it must be a check, one of > >= < <=, and a number, such as "
                + $"\"never-touched>0\"");
    }

    static bool Holds(double value, string sign, double bound) =>
        sign switch { ">" => value > bound, ">=" => value >= bound, "<" => value < bound, _ => value <= bound };

    [GeneratedRegex("^\\s*([a-z-]+)\\s*(>=|<=|>|<)\\s*([0-9.eE+-]+)\\s*$")]
    private static partial Regex RulePattern();
}
