using System.Text.Json;
using Rowan.TestSupport;

namespace Rowan.Cli.Tests;

public sealed class AskTests : IDisposable
{
    readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public async Task PredictWritesARowForEachRecord()
    {
        Assert.Equal(0, (await _line.Run("train", _line.Table(), "--task", "tabular", "--epochs", "40", "--learning-rate", "0.02",
            "--batch-size", "32", "--monitor", "log loss", "--network", "16", "--quiet", "--name", "colours")).Code);
        string file = _line.Lines("new.csv", "place,size,colour", "\"Bonn, Rhein\",3,red", "Ulm,4,blue", "Trier,5,red"),
        output = _line.Folder["out.csv"];
        Ran written = await _line.Run("predict", file, "--run", "colours", "--keep", "place", "--out", output);
        Assert.Equal(0, written.Code);
        Assert.Equal("", written.Out);
        Assert.Contains("wrote 3 rows", written.Error, StringComparison.Ordinal);
        string[] rows = File.ReadAllLines(output);
        Assert.Equal("row,place,prediction,probability", rows[0]);
        Assert.StartsWith("1,\"Bonn, Rhein\",yes,", rows[1], StringComparison.Ordinal);
        Assert.StartsWith("2,Ulm,no,", rows[2], StringComparison.Ordinal);

        Ran lines = await _line.Run("predict", file, "--run", "colours", "--top", "2", "--out-format", "jsonl");
        Assert.Equal(3, lines.Rows.Length);
        using JsonDocument first = JsonDocument.Parse(lines.Rows[0]);
        Assert.Equal(("yes", "no"),
            (first.RootElement.GetProperty("prediction").GetString(), first.RootElement.GetProperty("prediction_2").GetString()));
        Assert.Equal(1, first.RootElement.GetProperty("probability").GetDouble()
            + first.RootElement.GetProperty("probability_2").GetDouble(), 5);
        Assert.Equal(0, (await _line.Run("predict", file, "--run", "colours", "--out", _line.Folder["out.jsonl"])).Code);
        Assert.StartsWith("{", File.ReadAllText(_line.Folder["out.jsonl"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABadRecordIsAnErrorOrAMarkedGap()
    {
        Assert.Equal(0, (await _line.Run("train", _line.Table(), "--task", "tabular", "--epochs", "2", "--network", "16", "--quiet",
            "--name", "colours")).Code);
        string file = _line.Lines("new.csv", "size,colour", "3,red", "4,blue,what", "many,red", "5,blue"), output = _line.Folder["out.csv"];
        Ran refused = await _line.Run("predict", file, "--run", "colours", "--out", output, "--numeric", "size");
        Assert.Equal(2, refused.Code);
        Assert.Equal(1, (await _line.Run("predict", file, "--run", "colours", "--out", output)).Code);
        Assert.False(File.Exists(output));
        Ran skipped = await _line.Run("predict", file, "--run", "colours", "--out", output, "--skip-bad", "5");
        Assert.Equal(0, skipped.Code);
        string[] rows = File.ReadAllLines(output);
        Assert.Equal(5, rows.Length);
        Assert.Equal("row,prediction,probability,error", rows[0]);
        Assert.StartsWith("2,,,", rows[2], StringComparison.Ordinal);
        Assert.Contains("line 3", rows[2], StringComparison.Ordinal);
        Assert.StartsWith("4,", rows[4], StringComparison.Ordinal);
        Assert.Contains("bad records", skipped.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PlainTextHasARecordPerLineAndNoHeader()
    {
        Assert.Equal(0, (await _line.Run("train", _line.Texts(), "--task", "classify", "--epochs", "30", "--learning-rate", "0.03",
            "--dim", "8", "--buckets", "100", "--quiet")).Code);
        Ran lines = await _line.Run("predict", _line.Lines("plain.txt", "fine", "a dull, dull thing", "", "text"));
        Assert.Equal(0, lines.Code);
        Assert.Equal(5, lines.Rows.Length);
        Assert.Equal("row,prediction,probability", lines.Rows[0]);
        Assert.StartsWith("1,good,", lines.Rows[1], StringComparison.Ordinal);
        Assert.StartsWith("2,bad,", lines.Rows[2], StringComparison.Ordinal);
        Assert.Contains("using run", lines.Error, StringComparison.Ordinal);

        foreach (string path in new[] { "missing.csv", "./no", "/tmp/no/such.jsonl" })
        {
            Ran missing = await _line.Run("predict", path);
            Assert.Equal(1, missing.Code);
            Assert.Contains($"there is no file '{path}'", missing.Error, StringComparison.Ordinal);
        }
        Assert.Equal(2, (await _line.Run("predict", "fine", "--out", _line.Folder["x.csv"])).Code);
    }

    [Fact]
    public async Task EvaluateGivesTheMetricsOfEachTask()
    {
        Assert.Equal(0, (await _line.Run("train", _line.Texts(), "--task", "classify", "--epochs", "30", "--learning-rate", "0.03",
            "--dim", "8", "--buckets", "100", "--quiet", "--name", "texts")).Code);
        string texts = _line.Lines("test.tsv", "label\ttext", "good\ta fine thing", "bad\ta dull thing", "bad\ta fine thing",
            "odd\ta fine thing");
        Ran classified = await _line.Run("evaluate", "texts", texts, "--json");
        Assert.Equal(0.5, Metric(classified, "accuracy"), 6);
        Assert.Contains("'odd'", classified.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await _line.Run("train", _line.Table(), "--task", "tabular", "--epochs", "40", "--learning-rate", "0.02",
            "--batch-size", "32", "--monitor", "log loss", "--network", "16", "--quiet", "--name", "table")).Code);
        Assert.Equal(0.75, Metric(
            await _line.Run("evaluate", "table",
            _line.Lines("t.csv", "colour,size,label", "red,1,yes", "blue,2,no", "red,3,no", "red,4,yes"), "--json"), "accuracy"), 6);
        Ran lacking = await _line.Run("evaluate", "table", _line.Lines("u.csv", "colour,size", "red,1"));
        Assert.Equal(2, lacking.Code);
        Assert.Contains("has no column 'label'", lacking.Error, StringComparison.Ordinal);
        Ran unknown = await _line.Run("evaluate", "tabel", texts);
        Assert.Equal(1, unknown.Code);
        Assert.Contains("did you mean 'table'?", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RecommendationsForManyUsersAreAFile()
    {
        Assert.Equal(0, (await _line.Run("train", _line.Choices(), "--dim", "8", "--epochs", "2", "--negatives", "0", "--quiet", "--name",
            "shop")).Code);
        Ran all = await _line.Run("recommend", "--all-users", "-n", "3", "--out", _line.Folder["all.csv"]);
        Assert.Equal(0, all.Code);
        string[] rows = File.ReadAllLines(_line.Folder["all.csv"]);
        Assert.Equal(1 + 60 * 3, rows.Length);
        Assert.Equal("user,rank,item,score", rows[0]);
        string[] single = (await _line.Run("recommend", "--user", "u4", "-n", "3")).Rows;
        Assert.Equal(single.Select(row => row.Split("  ")[1]),
            rows.Where(row => row.StartsWith("u4,", StringComparison.Ordinal)).Select(row => row.Split(',')[2]));

        string users = _line.Lines("users.csv", "city,user", "Ulm,u4", "Bonn,nobody", "Trier,u5");
        Ran refused = await _line.Run("recommend", users);
        Assert.Equal(1, refused.Code);
        Assert.Contains("'nobody' is not a user of the training data", refused.Error, StringComparison.Ordinal);
        Ran asked = await _line.Run("recommend", users, "-n", "2", "--skip-bad", "1", "--keep", "city");
        Assert.Equal(["user,city,rank,item,score,error", "u4,Ulm,1", "u4,Ulm,2", "nobody,Bonn,,,", "u5,Trier,1", "u5,Trier,2"],
            asked.Rows.Select((row, i) => i == 0 ? row : string.Join(',', row.Split(',')[..(row.StartsWith('n') ? 5 : 3)])));
        foreach (string[] wrong in new[] {
            new[] { "recommend", "--all-users", "--user", "u4" }, ["recommend", "--user", "u4", "--out", "x.csv"],
            ["recommend", "--item", "i3", "--include-seen"], ["recommend", "--all-users", "--keep", "city"] })
            Assert.Equal(2, (await _line.Run(wrong)).Code);
    }

    [Fact]
    public async Task TitlesOfAnItemFileAreShownAndAccepted()
    {
        string films = _line.Lines("films.csv",
            Enumerable.Range(0, 30).Select(i => $"i{i},\"Film {i} (19{i:00})\",{1900 + i}").Prepend("item,title,year"));
        Ran train = await _line.Run("train", _line.Choices(), "--item-file", films, "--dim", "8", "--epochs", "2", "--negatives", "0",
            "--name", "films");
        Assert.Equal(0, train.Code);
        Assert.Contains("item titles: column 'title'", train.Out, StringComparison.Ordinal);
        Ran near = await _line.Run("neighbors", "film 3 (1903)", "-n", "3");
        Assert.Equal(0, near.Code);
        Assert.Contains("table: items", near.Error, StringComparison.Ordinal);
        Assert.All(near.Rows, row => Assert.Matches(@"^-?[0-9.]+  i(\d+)  Film \1 \(", row));
        Assert.DoesNotContain("i3  ", near.Out, StringComparison.Ordinal);
        Assert.Equal(near.Out, (await _line.Run("recommend", "--item", "Film 3 (1903)", "-n", "3")).Out);
        Assert.Equal(near.Out, (await _line.Run("neighbors", "i3", "-n", "3", "--table", "items")).Out);
        Assert.Contains("  Film ", (await _line.Run("recommend", "--user", "u3", "-n", "1")).Out, StringComparison.Ordinal);
        Assert.Equal("user,rank,item,title,score", (await _line.Run("recommend", "--all-users", "-n", "1")).Rows[0]);
        using (JsonDocument json = JsonDocument.Parse((await _line.Run("neighbors", "u3", "-n", "1", "--json")).Out))
            Assert.Equal("users", json.RootElement.GetProperty("table").GetString());
        Ran unknown = await _line.Run("neighbors", "Film 3 (1904)");
        Assert.Equal(1, unknown.Code);
        Assert.Contains("did you mean Film 3 (1903)", unknown.Error, StringComparison.Ordinal);
        // New items of a grown run have titles too, and old ones keep theirs.
        string later = _line.Lines("later.csv",
            Enumerable.Range(50, 20).SelectMany(user => Enumerable.Range(0, 6).Select(k => $"u{user},i{20 + (user + k) % 20}"))
            .Prepend("user,item"));
        Assert.Equal(0, (await _line.Run("grow", "films", later, "--quiet", "--epochs", "1", "--name", "grown", "--item-file",
            _line.Lines("more.csv", "item,title", "i35,The New One"))).Code);
        Assert.Equal(0, (await _line.Run("neighbors", "The New One", "--run", "grown")).Code);
        Assert.Equal(0, (await _line.Run("neighbors", "Film 3 (1903)", "--run", "grown")).Code);

        foreach ((string[] extra, string message) in new[]
        {
            (new[] { "--item-file", _line.Lines("untitled.csv", "item,year", "i1,1990", "i2,1991") }, "no column of titles was found"),
            (["--item-file", films, "--item-title", "name"], "--item-title name"),
            (["--item-title", "title"], "it names a column of --item-file"), (["--item-file", "/no/such.csv"], "there is no file"),
        })
            Assert.Contains(message, (await _line.Run(["train", _line.Choices(), "--quiet", "--name", "x", .. extra])).Error,
                StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARecommenderIsEvaluatedOnNewRecords()
    {
        Assert.Equal(0, (await _line.Run("train", _line.Choices(), "--dim", "8", "--epochs", "2", "--negatives", "0", "--split", "none",
            "--quiet", "--name", "shop")).Code);
        // The first and the last item that each user is recommended: reciprocal ranks 1 and 1/22 of the 22 items that a user of 8 does
        // not have.
        string[] all = [.. (await _line.Run("recommend", "--user", "u4", "-n", "30")).Rows.Select(row => row.Split("  ")[1])];
        Assert.Equal(22, all.Length);
        Assert.Equal(1, Metric(await _line.Run("evaluate", "shop", _line.Lines("first.csv", "user,item", $"u4,{all[0]}"), "--json"),
            "mrr"), 6);
        Ran last = await _line.Run("evaluate", "shop", _line.Lines("last.csv", "user,item", $"u4,{all[^1]}", "u4,unheard-of"), "--json");
        Assert.Equal(1 / 22.0, Metric(last, "mrr"), 1e-5);
        Assert.Contains("unheard-of", last.Out, StringComparison.Ordinal);

        string ratings = _line.Lines("ratings.csv",
            Enumerable.Range(0, 60).SelectMany(user => Enumerable.Range(0, 8)
            .Select(k => $"u{user},i{(user + k) % 15},{1 + (user + k) % 15 % 5}")).Prepend("user,item,rating"));
        // The test metrics of training and an evaluation on the same file are the same.
        Ran rated = await _line.Run("train", ratings, "--test", ratings, "--dim", "8", "--epochs", "2", "--quiet", "--name", "ratings",
            "--feedback", "explicit", "--json");
        Assert.Equal(Metric(rated, "rmse"), Metric(await _line.Run("evaluate", "ratings", ratings, "--json"), "rmse"), 1e-6);
        string next = _line.Lines("next.csv", Enumerable.Range(0, 60).Select(user => $"u{user},i{(user + 9) % 30}").Prepend("user,item"));
        Ran chosen = await _line.Run("train", _line.Choices(), "--test", next, "--dim", "8", "--epochs", "2", "--quiet", "--name",
            "chosen", "--json");
        Assert.Equal(Metric(chosen, "ndcg@10"), Metric(await _line.Run("evaluate", "chosen", next, "--json"), "ndcg@10"), 1e-6);
        Assert.Equal(2, (await _line.Run("evaluate", "ratings", _line.Lines("unrated.csv", "user,item", "u1,i1"))).Code);
    }

    [Fact]
    public async Task ASearchRunIsEvaluatedByItsQuestions()
    {
        SmallDocs.Write(_line.Folder["docs"]);
        Assert.Equal(0, (await _line.Run("train", "--docs", _line.Folder["docs"], "--epochs", "20", "--dim", "16", "--batch-size", "50",
            "--quiet", "--name", "docs")).Code);
        Ran found = await _line.Run("evaluate", "docs",
            _line.Lines("questions.csv", "question,document", "the zubkic thing of a socket,Small.Socket.Verbzubkic"), "--json");
        Assert.Equal(0, found.Code);
        Assert.InRange(Metric(found, "recall@10"), 1, 1);
        Ran wrong = await _line.Run("evaluate", "docs", _line.Lines("wrong.csv", "question,document", "a thing,Nothing.Here"));
        Assert.Contains("'Nothing.Here' is not the name of a document", wrong.Error, StringComparison.Ordinal);
    }

    static double Metric(Ran ran, string name)
    {
        using JsonDocument json = JsonDocument.Parse(ran.Out);
        return json.RootElement.GetProperty("metrics").GetProperty(name).GetDouble();
    }
}
