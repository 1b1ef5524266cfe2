using System.CommandLine;
using System.Globalization;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary><c>rowan recommend</c>.</summary>
static class RecommendCommand
{
    public static Command Create(Terminal terminal)
    {
        var user = new Option<string?>("--user") { Description = "The user's own id: which items fit?", HelpName = "ID" };
        var item = new Option<string?>("--item") { Description = "An item's own id: which items are like it?", HelpName = "ID" };
        var seen = new Option<bool>("--include-seen") { Description = "Also what the user has in the training records." };
        var command = new Command("recommend", """
            Find the items that fit a user best, or those most like an item.

            Examples:
              rowan recommend --user 42
              rowan recommend --user 42 --include-seen -n 20 --json
              rowan recommend --item "Toy Story (1995)"
            """) { user, item, seen };
        var options = new RunOptions(command, "recommend");
        command.SetAction(parsed =>
        {
            string? who = parsed.GetValue(user), what = parsed.GetValue(item);
            if (who is null == what is null) throw new ArgumentException("say either --user ID or --item ID");
            RecommendRun run = RecommendRun.Open(options.Run(parsed));
            IReadOnlyList<Recommendation> answers = who is not null ? run.Recommend(who, options.Count(parsed), excludeSeen: !parsed.GetValue(seen)) : run.Similar(what!, options.Count(parsed));
            if (options.Json(parsed))
                JsonText.Write(terminal.Out, json =>
                {
                    json.WriteString("run", run.Path);
                    json.WriteString(who is not null ? "user" : "item", who ?? what);
                    json.WriteStartArray("items");
                    foreach (Recommendation answer in answers)
                    {
                        json.WriteStartObject();
                        json.WriteString("id", answer.Id);
                        json.WriteNumber("score", Math.Round(answer.Score, 6));
                        json.WriteEndObject();
                    }
                    json.WriteEndArray();
                });
            else
                foreach (Recommendation answer in answers) terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answer.Score:0.000}  {answer.Id}"));
            return App.Ok;
        });
        return command;
    }
}
