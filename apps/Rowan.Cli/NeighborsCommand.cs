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
        var name = new Argument<string>("id") { Description = "An id of your own: a user, an item, a word, the full name of a member." };
        var table = new Option<string?>("--table") { Description = "Which table of the run; the first that has the id where none is named.", HelpName = "NAME" };
        var command = new Command("neighbors", """
            Find the ids nearest to one, the nearest first, each with its cosine.

            Examples:
              rowan neighbors System.IO.File.ReadAllLines
              rowan neighbors 1193 --run runs/films --table items -n 5 --json
            """) { name, table };
        var options = new RunOptions(command, null);
        command.SetAction(parsed =>
        {
            string path = options.Run(parsed), id = parsed.GetValue(name)!;
            if (parsed.GetValue(table) is null && RunFolder.Open(path).GetProperty("kind").GetString() == "search")
            {
                SearchRun run = SearchRun.Open(path);
                SearchCommand.Print(terminal, run.Path, run.Neighbors(id, options.Count(parsed)), options.Json(parsed));
                return App.Ok;
            }
            RunFolder.Open(path);
            IReadOnlyList<LearnedTable> tables = LearnedTable.Read(path);
            LearnedTable[] asked = [.. tables.Where(one => parsed.GetValue(table) is not { } named || one.Name == named)];
            if (asked.Length == 0) throw new ArgumentException($"--table {parsed.GetValue(table)}: the run has no such table; it has {string.Join(", ", tables.Select(one => one.Name))}");
            LearnedTable found = asked.FirstOrDefault(one => one.Ids.TryGetId(id, out _)) ?? throw new UnknownNameException(id, [.. asked.SelectMany(one => one.Ids.Closest(id, 3)).Take(3)]);
            found.Ids.TryGetId(id, out long row);
            var index = new ExactIndex(found.Values[..(int)(found.Ids.Count * found.Dim)], found.Dim);
            Match[] near = [.. index.Search(found.Values.Slice((int)row * found.Dim, found.Dim), options.Count(parsed) + 1).Where(match => match.Id != row).Take(options.Count(parsed))];
            if (options.Json(parsed)) SearchCommand.Print(terminal, path, [.. near.Select(match => new SearchHit(found.Ids[match.Id], found.Name, match.Score))], json: true);
            else foreach (Match match in near) terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{match.Score:0.000}  {found.Ids[match.Id]}"));
            return App.Ok;
        });
        return command;
    }
}
