using System.CommandLine;
using System.Globalization;
using Rowan.Recipes;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Cli;

/// <summary><c>rowan neighbors</c>.</summary>
static class NeighborsCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("id") {
            Description = "An id from your data, or an item's title: a user, an item, a word, the full name of a .NET member.",
            HelpName = "ID" };
        var table = new Option<string?>("--table") {
            Description = "Table to search, such as users or items. Default: the first that has the id.", HelpName = "NAME" };
        var command = new Command("neighbors", """
            Find the nearest neighbors of an id in an embedding table, each with its cosine similarity.

            Examples:
              rowan neighbors "Toy Story (1995)"
              rowan neighbors 1193 --run films --table users -n 5 --json
              rowan neighbors System.IO.File.ReadAllLines
            """) { name, table };
        var options = new RunOptions(command, []);
        table.CompletionSources.Add("users", "items", "words");
        command.SetAction(parsed =>
        {
            string path = options.Run(parsed, terminal), id = parsed.GetValue(name)!;
            if (parsed.GetValue(table) is null or SearchRun.DocumentsTable
                && RunFolder.Open(path).GetProperty("kind").GetString() == "search")
            {
                SearchRun run = SearchRun.Open(path);
                IReadOnlyList<SearchHit> hits = run.Neighbors(id, options.Count(parsed));
                terminal.Error.WriteLine($"table: {SearchRun.DocumentsTable}");
                SearchCommand.Print(terminal, run.Path, hits, options.Json(parsed));
                return App.Ok;
            }
            RunFolder.Open(path);
            (LearnedTable found, long row) = Find(LearnedTable.Read(path), parsed.GetValue(table), id);
            var index = new ExactIndex(found.Values[..(int)(found.Ids.Count * found.Dim)], found.Dim);
            Match[] near = [.. index.Search(found.Values.Slice((int)row * found.Dim, found.Dim), options.Count(parsed) + 1)
                .Where(match => match.Id != row).Take(options.Count(parsed))];
            if (options.Json(parsed)) WriteJson(terminal.Out, path, found, near);
            else
            {
                terminal.Error.WriteLine($"table: {found.Name}");
                foreach (Match match in near) terminal.Out.WriteLine(Line(match.Score, found.Ids[match.Id], found.TitleOf(match.Id)));
            }
            return App.Ok;
        });
        return command;
    }

    /// <summary>"0.912  318  Shawshank Redemption, The (1994)".</summary>
    public static string Line(double score, string id, string? title) =>
        string.Create(CultureInfo.InvariantCulture, $"{score:0.000}  {id}{(title is null ? "" : $"  {title}")}");

    static (LearnedTable Table, long Row) Find(IReadOnlyList<LearnedTable> tables, string? named, string id)
    {
        LearnedTable[] asked = [.. tables.Where(one => named is null || one.Name == named)];
        if (asked.Length == 0)
            throw new ArgumentException($"--table {named}: the run has no such table; it has "
                + $"{string.Join(", ", tables.Select(one => one.Name))}");
        foreach (LearnedTable table in asked)
            if (table.TryFind(id, out long row)) return (table, row);
        throw new UnknownNameException(id, [.. asked.SelectMany(one => one.Closest(id, 3)).Take(3)]);
    }

    static void WriteJson(TextWriter output, string run, LearnedTable table, Match[] near) => JsonText.Write(output, json =>
    {
        json.WriteString("run", run);
        json.WriteString("table", table.Name);
        json.WriteStartArray("hits");
        foreach (Match match in near)
        {
            json.WriteStartObject();
            json.WriteString("name", table.Ids[match.Id]);
            json.WriteNumber("score", Math.Round(match.Score, 6));
            if (table.TitleOf(match.Id) is { } title) json.WriteString("title", title);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
