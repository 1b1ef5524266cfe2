using System.CommandLine;
using System.Globalization;
using Rowan.Data;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary><c>rowan recommend</c>.</summary>
static class RecommendCommand
{
    const string AllUsers = "--all-users";

    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("users-file") {
            Description = "Files with a column of users: recommendations for each, in their order.", HelpName = "USERS-FILE",
            Arity = ArgumentArity.ZeroOrMore };
        var user = new Option<string?>("--user") { Description = "Recommend items for this user.", HelpName = "ID" };
        var item = new Option<string?>("--item") {
            Description = "Find items similar to this one, given by its id or title.", HelpName = "ID" };
        var all = new Option<bool>(AllUsers) { Description = "Recommend items for every user of the run." };
        var seen = new Option<bool>("--include-seen") { Description = "Include items that the user has in the training data." };
        var command = new Command("recommend", """
            Recommend items for users, or find items similar to one.

            For files and --all-users: a row per user and item, with rank, item, title and score.
            With --skip-bad N an unknown user has an empty row that says so in the column "error".

            Examples:
              rowan recommend --user 42
              rowan recommend --item "Toy Story (1995)" -n 5
              rowan recommend users.csv --out recommendations.csv
              rowan recommend --all-users -n 20 --out recommendations.jsonl
            """) { files, user, item, all, seen };
        var options = RunOptions.For<IRecommender>(command);
        var output = new OutputOptions(command);
        var data = new DataOptions(command, roles: false);
        command.SetAction(parsed =>
        {
            string? who = parsed.GetValue(user), what = parsed.GetValue(item);
            string[] given = parsed.GetValue(files) ?? [];
            int asked = (who is null ? 0 : 1) + (what is null ? 0 : 1) + (parsed.GetValue(all) ? 1 : 0) + (given.Length > 0 ? 1 : 0);
            if (asked != 1) throw new ArgumentException(
                $"recommend: give one of --user ID, --item ID, {AllUsers} or a file of users{(asked == 0 ? "" : $"; {asked} were given")}");
            if (what is not null && parsed.GetValue(seen)) throw new ArgumentException("--include-seen is for users, not for --item");
            if ((who ?? what) is not null && output.Given(parsed) is { } option)
                throw new ArgumentException($"{option} is for a file of users or {AllUsers}");
            if (given.FirstOrDefault(file => file != "-" && !File.Exists(file)) is { } missing)
                throw new FileNotFoundException($"there is no file '{missing}'; a single user is given as --user {missing}", missing);
            ReadOptions read = data.Read(parsed);
            Run run = options.Open(parsed, terminal);
            IRecommender recommender = run.As<IRecommender>();
            if ((who ?? what) is not null)
            {
                IReadOnlyList<Recommendation> answers = who is not null
                    ? recommender.Recommend(who, options.Count(parsed), excludeSeen: !parsed.GetValue(seen))
                    : recommender.Similar(what!, options.Count(parsed));
                Print(terminal, run.Path, who is not null ? ("user", who) : ("item", what!), answers, options.Json(parsed));
                return App.Ok;
            }
            var rows = new RecommendRows(recommender, options.Count(parsed), !parsed.GetValue(seen), gaps: read.SkipBad > 0);
            if (given.Length == 0)
            {
                if (output.Keep(parsed) is [var kept, ..])
                    throw new ArgumentException($"--keep {kept}: {AllUsers} has no input columns; leave it out");
                output.Write(parsed, terminal, options.Json(parsed), rows.Columns([]), rows.OfAll());
                return App.Ok;
            }
            using InputFiles.Opened opened = InputFiles.Open(given, read, [recommender.UserColumn]);
            using RecordReader reader = opened.Source.Open();
            output.Write(parsed, terminal, options.Json(parsed), rows.Columns(output.Keep(parsed)), rows.Of(reader, output.Keep(parsed)));
            if (reader.Skipped > 0) terminal.Error.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                $"skipped {reader.Skipped:#,0} bad records, such as {reader.SkippedMessages[0].WithOptions()}"));
            return App.Ok;
        });
        return command;
    }

    static void Print(Terminal terminal, string run, (string Name, string Id) asked, IReadOnlyList<Recommendation> answers,
        bool asJson)
    {
        if (!asJson)
        {
            foreach (Recommendation answer in answers) terminal.Out.WriteLine(NeighborsCommand.Line(answer.Score, answer.Id, answer.Title));
            return;
        }
        JsonText.Write(terminal.Out, json =>
        {
            json.WriteString("run", run);
            json.WriteString(asked.Name, asked.Id);
            json.WriteStartArray("items");
            foreach (Recommendation answer in answers)
            {
                json.WriteStartObject();
                json.WriteString("id", answer.Id);
                json.WriteNumber("score", Math.Round(answer.Score, 6));
                if (answer.Title is { } title) json.WriteString("title", title);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }
}
