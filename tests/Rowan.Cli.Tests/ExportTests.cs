using Rowan.Formats;
using Rowan.Recipes;

namespace Rowan.Cli.Tests;

/// <summary>rowan export and rowan import: tables of runs of every task, in every format.</summary>
public sealed class ExportTests : IDisposable
{
    readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    /// <summary>What was exported and imported has the same rows and the same neighbors, for each table of a run.</summary>
    [Theory, InlineData("recommend"), InlineData("classify"), InlineData("tabular"), InlineData("words"), InlineData("search")]
    public async Task TablesOfEveryTaskComeBack(string task)
    {
        await Train(task);
        IReadOnlyList<LearnedTable> tables = LearnedTable.Read(Path.Combine(_line.Runs, "own"));
        foreach (LearnedTable table in tables)
        {
            string csv = _line.Folder[$"{table.Name}.csv"], again = _line.Folder[$"{table.Name}-again.csv"];
            Ran exported = await _line.Run("export", "own", "--table", table.Name, "--out", csv);
            Assert.True(exported.Code == 0, exported.Error);
            Assert.Contains($"wrote {table.Ids.Count:#,0} × {table.Dim} as csv", exported.Error, StringComparison.Ordinal);
            Ran imported = await _line.Run("import", csv, "--name", $"copy-{table.Name}", "--table", table.Name);
            Assert.True(imported.Code == 0, imported.Error);
            LearnedTable copy = LearnedTable.Read(Path.Combine(_line.Runs, $"copy-{table.Name}")).Single();
            Assert.Equal(table.Ids.Words, copy.Ids.Words);
            for (long row = 0; row < copy.Rows; row++) Assert.Equal(table.Row(row).ToArray(), copy.Row(row).ToArray());
            Assert.Equal(table.Counts.Take((int)table.Ids.Count), copy.Counts);
            Assert.Equal(table.Titles, copy.Titles);
            Assert.Equal(0, (await _line.Run("export", $"copy-{table.Name}", "--out", again)).Code);
            Assert.Equal(File.ReadAllBytes(csv), File.ReadAllBytes(again));
            string id = table.Ids.Words.First(word => word.Length > 0 && word[0] != '-');
            Ran near = await _line.Run("neighbors", id, "--run", $"copy-{table.Name}", "-n", "3");
            Assert.Equal(0, near.Code);
            if (task is "recommend" or "words")
                Assert.Equal((await _line.Run("neighbors", id, "--run", "own", "--table", table.Name, "-n", "3")).Rows, near.Rows);
        }
        Assert.NotEmpty(tables);
    }

    /// <summary>A new format is covered as soon as it is listed.</summary>
    [Fact]
    public async Task EveryFormatIsWrittenOfARunAndImported()
    {
        await Train("recommend");
        LearnedTable items = LearnedTable.Read(Path.Combine(_line.Runs, "own")).Single(table => table.Name == "items");
        foreach (VectorFormat format in VectorTables.Formats)
        {
            string path = _line.Folder[$"items.{format.Name}"];
            Ran exported = await _line.Run("export", "own", "--table", "items", "--to", format.Name, "-o", path);
            Assert.True(exported.Code == 0, $"{format.Name}: {exported.Error}");
            Assert.Equal(!format.KeepsFields, exported.Error.Contains("left out count", StringComparison.Ordinal));
            Ran imported = await _line.Run("import", path, "--name", format.Name);
            Assert.True(imported.Code == 0, $"{format.Name}: {imported.Error}");
            LearnedTable copy = LearnedTable.Read(Path.Combine(_line.Runs, format.Name)).Single();
            Assert.Equal(items.Ids.Words, copy.Ids.Words);
            for (long row = 0; row < copy.Rows; row++) Assert.Equal(items.Row(row).ToArray(), copy.Row(row).ToArray());
        }
    }

    [Fact]
    public async Task NgramsOfARunOfWordVectorsAreLeftOutAndThatIsSaid()
    {
        string text = _line.Lines("text.txt", Enumerable.Range(0, 200).Select(i => $"the cat number w{i % 40} sits on w{i % 7}"));
        Ran Checked(Ran ran)
        {
            Assert.True(ran.Code == 0, ran.Error);
            return ran;
        }
        foreach (string buckets in new[] { "0", "100" })
        {
            Checked(await _line.Run("train", text, "--task", "words", "--epochs", "1", "--quiet", "--name", $"b{buckets}",
                "--buckets", buckets));
            Ran ran = Checked(await _line.Run("export", $"b{buckets}", "--out", _line.Folder[$"b{buckets}.vec"]));
            Assert.Equal(buckets != "0", ran.Error.Contains("left out the n-grams of the run", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task TheCommandsThatLoadAnExportNameTheTable()
    {
        await Train("recommend");
        Ran sql = await _line.Run("export", "own", "--table", "items", "-o", _line.Folder["x.sql"], "--as", "shop");
        Assert.Contains("CREATE TABLE \"shop\" (id text PRIMARY KEY, \"count\" bigint, embedding vector(4) NOT NULL);",
            File.ReadAllText(_line.Folder["x.sql"]), StringComparison.Ordinal);
        Assert.Contains($"  psql -v ON_ERROR_STOP=1 -f {_line.Folder["x.sql"]}", sql.Error, StringComparison.Ordinal);
        Ran copy = await _line.Run("export", "own", "--table", "items", "--to", "copy", "-o", _line.Folder["x.pgcopy"]);
        Assert.Contains("CREATE TABLE \"items\" (id text PRIMARY KEY, \"count\" text, embedding real[] NOT NULL);", copy.Error,
            StringComparison.Ordinal);
        Assert.Equal(0, (await _line.Run("export", "own", "--table", "items", "--to", "huggingface", "-o", _line.Folder["hub"])).Code);
        Assert.Contains("| task | recommend |", File.ReadAllText(Path.Combine(_line.Folder["hub"], "README.md")), StringComparison.Ordinal);
        Ran again = await _line.Run("export", "own", "--table", "items", "--to", "huggingface", "-o", _line.Folder["hub"]);
        Assert.Equal(1, again.Code);
        Assert.Contains("exists already; choose another folder", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileIsExportedAsConvertDoes()
    {
        string file = _line.Lines("x.txt", "a 1 2", "b 3 4");
        Ran ran = await _line.Run("export", file, "--out", _line.Folder["x.redis"], "--to", "redis", "--as", "words");
        Assert.Equal(0, ran.Code);
        Assert.Contains("words:a", File.ReadAllText(_line.Folder["x.redis"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongRequestsAreRefusedAndLeaveNothing()
    {
        await Train("recommend");
        string file = _line.Lines("x.txt", "a 1 2"), bad = _line.Lines("bad.txt", "a 1 2", "b 1", "c 1 2", "d 1 2");
        (string[] Words, string Message, int Code)[] cases =
        [
            (["export", "own", "-o", "out.csv"], "has 2 tables: users (60 × 4), items (30 × 4); choose one with --table NAME", 2),
            (["export", "own", "--table", "words", "-o", "out.csv"], "--table words: the run has no such table; it has users", 2),
            (["export", "own", "--table", "items", "-o", "out.data"], "name the format with --to NAME", 2),
            (["export", "own", "--table", "items", "-o", "out.csv", "--array", "x"], "--array: '", 2),
            (["export", "onw", "--table", "items", "-o", "out.csv"], "there is no run 'onw'; did you mean 'own'?", 1),
            (["export", file, "--table", "items", "-o", "out.csv"], "is a file of vectors, not a run; leave it out", 2),
            (["export", "own", "--table", "items"], "--out", 2),
            (["import", bad, "--name", "bad"], "line 2: 1 value instead of 2", 1),
            (["import", file, "--name", "own"], "exists already", 1),
            (["import", file, "--name", "x", "--table", "a b"], "--table a b: it must be letters", 2),
            (["import", Path.Combine(_line.Runs, "own")], "a run, which is read as it is", 1),
            (["import", "/no/such/file"], "/no/such/file", 1),
        ];
        foreach ((string[] words, string message, int code) in cases)
        {
            Ran ran = await _line.Run([.. words.Select(word => word.StartsWith("out.", StringComparison.Ordinal)
                ? _line.Folder[word] : word)]);
            Assert.Contains(message, ran.Error, StringComparison.Ordinal);
            Assert.Equal(code, ran.Code);
        }
        Assert.Empty(Directory.GetFiles(_line.Folder.Path, "out.*"));
        Assert.Equal(["own"], Directory.GetDirectories(_line.Runs).Select(Path.GetFileName));
        Ran skipped = await _line.Run("import", bad, "--name", "bad", "--skip-bad");
        Assert.Equal(0, skipped.Code);
        Assert.Contains("skipped 1 bad row", skipped.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _line.Run("import", file, "--name", "bad", "--overwrite")).Code);
        Assert.Equal(["a"], LearnedTable.Read(Path.Combine(_line.Runs, "bad")).Single().Ids.Words);
        Ran predict = await _line.Run("predict", file, "--run", "bad");
        Assert.Equal(1, predict.Code);
        Assert.Contains("vectors", predict.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnImportedRunIsInspectedAndCompared()
    {
        string file = _line.Lines("x.txt", "a 1 2", "b 3 4", "c 5 6");
        Assert.Equal(0, (await _line.Run("import", file, "--name", "one", "--table", "words")).Code);
        Assert.Equal(0, (await _line.Run("import", file, "--name", "two", "--table", "words")).Code);
        Assert.Contains("words: 3 ids, 3 rows × 2", (await _line.Run("inspect", "one")).Out, StringComparison.Ordinal);
        Assert.Contains("words: 3 ids in common, 0 added, 0 removed", (await _line.Run("diff", "one", "two", "--neighbors", "1")).Out,
            StringComparison.Ordinal);
        Assert.Contains("vectors", (await _line.Run("runs")).Out, StringComparison.Ordinal);
    }

    async Task Train(string task)
    {
        string[] words = task switch
        {
            "recommend" => [_line.Choices(), "--model", "factors"],
            "classify" => [_line.Texts()],
            // A gap is a category of its own, whose id is empty.
            "tabular" => [_line.Lines("gaps.csv", Enumerable.Range(0, 300)
                .Select(i => $"{(i % 3 == 0 ? "dark red" : i % 5 == 0 ? "" : "\"b,\"\"l\"\"ue\"")},{i % 10},{(i % 3 == 0 ? "yes" : "no")}")
                .Prepend("colour,size,label"))],
            "words" => [_line.Lines("text.txt",
                Enumerable.Range(0, 400).Select(i => $"the cat number w{i % 40} sits on w{i % 7} naïve 日本"))],
            _ => [_line.Lines("docs.csv", Enumerable.Range(0, 60).Select(i => $"doc {i},\"about w{i % 9} and w{i % 7}, part {i}\"")
                .Prepend("name,text"))],
        };
        Ran ran = await _line.Run(["train", .. words, "--task", task, "--epochs", "1", "--quiet", "--name", "own",
            .. task == "recommend" ? (string[])["--dim", "4"] : []]);
        Assert.True(ran.Code == 0, ran.Error);
    }
}
