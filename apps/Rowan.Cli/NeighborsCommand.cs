using System.CommandLine;
using System.Globalization;
using Rowan.Recipes;

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
        var options = RunOptions.For<INeighbors>(command);
        table.CompletionSources.Add("users", "items", "words");
        command.SetAction(parsed =>
        {
            Run run = options.Open(parsed, terminal);
            NearestIds near = run.As<INeighbors>().Neighbors(parsed.GetValue(name)!, options.Count(parsed), parsed.GetValue(table));
            if (options.Json(parsed)) WriteJson(terminal.Out, run.Path, near);
            else Write(terminal, near);
            return App.Ok;
        });
        return command;
    }

    /// <summary>"0.912  318  Shawshank Redemption, The (1994)".</summary>
    public static string Line(double score, string id, string? title) =>
        string.Create(CultureInfo.InvariantCulture, $"{score:0.000}  {id}{(title is null ? "" : $"  {title}")}");

    static void Write(Terminal terminal, NearestIds near)
    {
        terminal.Error.WriteLine($"table: {near.Table}");
        foreach (Neighbor one in near.Found)
        {
            terminal.Out.WriteLine(Line(one.Cosine, one.Id, one.Title));
            if (one.Summary is { } summary) terminal.Out.WriteLine(SearchCommand.Indented(terminal, summary));
        }
    }

    static void WriteJson(TextWriter output, string run, NearestIds near) => JsonText.Write(output, json =>
    {
        json.WriteString("run", run);
        json.WriteString("table", near.Table);
        json.WriteStartArray("hits");
        foreach (Neighbor one in near.Found)
        {
            json.WriteStartObject();
            json.WriteString("name", one.Id);
            json.WriteNumber("score", Math.Round(one.Cosine, 6));
            if (one.Title is { } title) json.WriteString("title", title);
            if (one.Summary is { } summary) json.WriteString("summary", summary);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
