using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>A run that is given new ids: what it knew stands first and, frozen, stays as it was to the bit.</summary>
public sealed class GrowTests : RecipeTestBase
{
    static readonly string[] Words = ["the", "a", "film", "it", "was", "fine", "great", "sad", "poor"], NewWords = ["superb", "dreadful"];

    string Records(string job, bool later)
    {
        var rng = new Rng(later ? 2u : 1u);
        int Draw(int count) => (int)(rng.NextUInt32() % (uint)count);
        string name = $"{job}-{(later ? "later" : "first")}.{(job == "words" ? "txt" : job == "classify" ? "tsv" : "csv")}";
        string[] words = later ? [.. Words, .. NewWords] : Words;
        int users = later ? 70 : 50, items = later ? 40 : 30, cities = later ? 9 : 6;
        return Write(name, job switch
        {
            "recommend" => Enumerable.Range(0, 600).Select(_ => (User: Draw(users), Item: Draw(items))).Distinct()
                .Select((pair, i) => $"u{pair.User},i{pair.Item},{i},genre{(pair.Item < 30 ? pair.Item % 4 : 4)}")
                .Prepend("user,item,time,genre"),
            "classify" => Enumerable.Range(0, 200)
                .Select(i => (later && i % 9 == 0 ? "odd" : i % 2 == 0 ? "good" : "bad") + "\t"
                    + string.Join(' ', Enumerable.Range(0, 8).Select(_ => words[Draw(words.Length)])))
                .Prepend("label\ttext"),
            "tabular" => Enumerable.Range(0, 400)
                .Select(i => $"city{Draw(cities)},{Draw(60)},tag{Draw(cities)}|tag{Draw(cities)},{(i % 2 == 0 ? "yes" : "no")}")
                .Prepend("city,age,tags,label"),
            _ => Enumerable.Range(0, 300).Select(_ => string.Join(' ', Enumerable.Range(0, 9).Select(_ => words[Draw(words.Length)]))),
        });
    }

    static Recipe Named(string job) => RecipeCatalog.Named(job);

    static StatedRoles Roles(string job) => job == "tabular" ? new StatedRoles().With("tags", ColumnRole.MultiValued) : job == "recommend"
        ? new StatedRoles().With("time", ColumnRole.Time).With("genre", ColumnRole.None) : new StatedRoles();

    TrainReport Grow(string job, string from, string settings, bool freeze, string name)
    {
        using DataSource data = DataSource.Of(Records(job, later: true));
        return Named(job).Train(new TrainRequest
        {
            Data = data, Schema = SchemaInference.Infer(data, Roles(job)), RunsDirectory = _folder["runs"], Name = name, GrownFrom = from,
            FreezeEarlier = freeze,
            Settings = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=', 2))
                .ToDictionary(pair => pair[0], pair => pair[1]),
        });
    }

    TrainReport First(string job, string settings) => Train(Named(job), Records(job, later: false), settings, "first", roles: Roles(job));

    public static TheoryData<string, string> Jobs => new()
    {
        { "recommend", "epochs=2 dim=8" }, { "recommend", "epochs=2 dim=8 history=10 loss=bpr" },
        { "recommend", "epochs=2 dim=8 min-count=2" },
        { "recommend", "model=two-tower epochs=2 dim=8 hidden=8 item-columns=genre" },
        { "recommend", "model=sequence epochs=2 dim=8 heads=2 length=8" },
        { "classify", "epochs=2 dim=8 buckets=50 weights=tfidf" }, { "classify", "model=convolution epochs=1 dim=8 hidden=4" },
        { "classify", "model=lstm epochs=1 dim=8 hidden=4" },
        { "classify", "model=convolution epochs=1 dim=8 hidden=4 subwords=true buckets=50" },
        { "tabular", "epochs=2" }, { "tabular", "epochs=2 interaction=fm" },
        { "tabular", "epochs=2 numeric-embedding=periodic interaction=cross" },
        { "words", "epochs=2 dim=12 min-count=1" }, { "words", "epochs=2 dim=12 min-count=1 buckets=100" },
        { "words", "epochs=2 dim=12 min-count=1 model=cbow" },
    };

    [Theory]
    [MemberData(nameof(Jobs))]
    public void FrozenRowsStayToTheBitAndNewIdsLearn(string job, string settings)
    {
        TrainReport first = First(job, settings), grown = Grow(job, first.Run, "epochs=3 learning-rate=0.02", freeze: true, "grown");
        IReadOnlyList<LearnedTable> before = LearnedTable.Read(first.Run), after = LearnedTable.Read(grown.Run);
        Assert.Contains(grown.Notes, note => note.StartsWith("grown from", StringComparison.Ordinal)
            && note.Contains("frozen", StringComparison.Ordinal));
        // What follows from other items too (the user who is a history, or the state of a sequence) changes with what was chosen since.
        bool derived = settings.Contains("history", StringComparison.Ordinal) || settings.Contains("sequence", StringComparison.Ordinal);
        foreach ((LearnedTable old, LearnedTable now) in before.Zip(after))
        {
            Assert.Equal(old.Ids.Words, now.Ids.Words.Take((int)old.Ids.Count));
            Assert.True(now.Ids.Count > old.Ids.Count);
            if (derived && old.Name == "users") continue;
            for (long row = 0; row < old.Ids.Count; row++) Assert.Equal(old.Row(row).Span, now.Row(row).Span);
            for (int row = 0; row < old.Ids.Count; row++) Assert.True(now.Counts[row] >= old.Counts[row]);
        }
    }

    [Theory]
    [MemberData(nameof(Jobs))]
    public void FreeRowsBeginWhereTheEarlierRunEnded(string job, string settings)
    {
        TrainReport first = First(job, settings);
        // At this rate nothing moves that can be seen: what is there is what was loaded.
        TrainReport still = Grow(job, first.Run, "epochs=1 learning-rate=1e-30", freeze: false, "still"),
        moved = Grow(job, first.Run, "epochs=3 learning-rate=0.02", freeze: false, "moved");
        LearnedTable before = LearnedTable.Read(first.Run)[^1], loaded = LearnedTable.Read(still.Run)[^1],
        after = LearnedTable.Read(moved.Run)[^1];
        int known = (int)(before.Ids.Count * before.Dim);
        Assert.Equal(before.Vectors.Pieces[0].Span[..known].ToArray(), loaded.Vectors.Pieces[0].Span[..known].ToArray(),
            (x, y) => Math.Abs(x - y) < 1e-6);
        Assert.NotEqual(before.Vectors.Pieces[0].Span[..known].ToArray(), after.Vectors.Pieces[0].Span[..known].ToArray());
        if (job is "classify" or "tabular")
        {
            // The whole model was loaded: it says of the first records what it said before, new labels aside.
            using DataSource data = DataSource.Of(Records(job, later: false));
            Prediction[] Of(TrainReport run) { using RecordReader reader = data.Open();
            return [.. ((PredictingRun)Run.Open(run.Run)).Predict(reader, 2)]; }
            Prediction[] then = Of(first), now = Of(still);
            if (job == "tabular") Assert.Equal(then.Select(p => p.Probability!.Value), now.Select(p => p.Probability!.Value),
                (x, y) => Math.Abs(x - y) < 1e-6);
            else
                foreach ((Prediction x, Prediction y) in then.Zip(now))
                {
                    // A new label takes a share of the probability from both alike.
                    double Odds(Prediction p, string label) => p.Top.FirstOrDefault(one => one.Label == label).Probability;
                    if (y.Top.All(top => top.Label is "good" or "bad"))
                        Assert.Equal(Odds(x, "good") / Odds(x, "bad"), Odds(y, "good") / Odds(y, "bad"), 1e-4);
                }
        }
    }

    /// <summary>
    /// Where nothing can be learned, every row that was trained on is dead, also of a run that grew from another; where something was,
    /// hardly any.
    /// </summary>
    [Theory]
    [InlineData("recommend", "dim=8 epochs=1")]
    [InlineData("recommend", "dim=8 epochs=1 model=two-tower hidden=4")]
    [InlineData("classify", "dim=8 epochs=1 ngrams=1")]
    [InlineData("classify", "dim=8 epochs=1 ngrams=1 members=2")]
    [InlineData("tabular", "epochs=1")]
    [InlineData("words", "dim=8 epochs=1 min-count=1")]
    public void RowsThatDidNotMoveAreDead(string job, string settings)
    {
        double Dead(TrainReport run) => TableHealth.Of(LearnedTable.Read(run.Run)[0]).Single(check => check.Name == "dead").Value;
        TrainReport first = First(job, settings + " learning-rate=1e-30");
        Assert.Equal(LearnedTable.Read(first.Run)[0].Ids.Count, Dead(first));
        TrainReport grown = Grow(job, first.Run, "learning-rate=1e-30", freeze: false, "grown"),
        learned = Grow(job, first.Run, "learning-rate=0.05 epochs=4", freeze: false, "learned");
        Assert.Equal(LearnedTable.Read(grown.Run)[0].Ids.Count, Dead(grown));
        Assert.True(Dead(learned) <= 2, $"{Dead(learned)} dead");
    }

    [Fact]
    public void TheWordsOfTheEarlierRunStayAsHeavyAsTheyWere()
    {
        TrainReport first = First("classify", "epochs=1 dim=4 ngrams=1 weights=tfidf"),
        grown = Grow("classify", first.Run, "epochs=1", freeze: true, "grown");
        float[] Inverse(TrainReport run) =>
            Formats.Safetensors.Read(Path.Combine(run.Run, "frequencies.safetensors"))["inverse"].ToTensor().ToArray();
        float[] then = Inverse(first), now = Inverse(grown);
        Assert.Equal(then, now[..then.Length]);
        Assert.Equal(then.Length + NewWords.Length, now.Length);
    }

    [Fact]
    public void WhatAUserHadBeforeIsStillSeen()
    {
        TrainReport first = First("recommend", "epochs=1 dim=4 split=none"),
        grown = Grow("recommend", first.Run, "epochs=1", freeze: false, "grown");
        RecommendRun now = RecommendRun.Open(grown.Run);
        HashSet<string> had = [.. File.ReadLines(_folder["recommend-first.csv"]).Concat(File.ReadLines(_folder["recommend-later.csv"]))
            .Select(line => line.Split(',')).Where(fields => fields[0] == "u7").Select(fields => fields[1])];
        string[] offered = [.. now.Recommend("u7", 100).Select(item => item.Id)];
        Assert.Empty(offered.Intersect(had));
        Assert.Equal(now.Items.Count, offered.Length + had.Count);
        Assert.Equal(3, now.Recommend("u65", 3).Count);
    }

    [Fact]
    public void WhatCannotBeGrownIsSaid()
    {
        TrainReport first = First("classify", "epochs=1 dim=8 ngrams=1");
        Assert.Contains("'words' is [",
            Assert.ThrowsAny<ArgumentException>(() => Grow("classify", first.Run, "dim=16", freeze: false, "other")).Message.Replace(
            "bag.weight", "words", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("is not a tabular run",
            Assert.Throws<InvalidDataException>(() => Grow("tabular", first.Run, "", freeze: false, "other")).Message,
            StringComparison.Ordinal);
        using DataSource same = DataSource.Of(Records("classify", later: false));
        var request = new TrainRequest {
            Data = same, Schema = SchemaInference.Infer(same), RunsDirectory = _folder["runs"], Name = "same", GrownFrom = first.Run,
            FreezeEarlier = true };
        Assert.Contains("there is nothing to train",
            Assert.Throws<InvalidDataException>(() => new ClassifyRecipe().Train(request)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot grow",
            Assert.Throws<ArgumentException>(() => new SearchRecipe().Train(request)).Message, StringComparison.Ordinal);

        // As many rows that unknown ids share fewer as there are new ids: the table would have the right length by chance.
        TrainReport shop = Train(Named("recommend"), Records("recommend", later: false), "epochs=1 dim=4 unknown=hashed unknown-rows=20",
            "shop", roles: Roles("recommend"));
        Assert.Contains("settings that shape the model",
            Assert.ThrowsAny<ArgumentException>(() => Grow("recommend", shop.Run, "unknown=error", freeze: false, "chance")).Message,
            StringComparison.Ordinal);
        TrainReport dims = Train(Named("tabular"), Records("tabular", later: false), "epochs=1", "dims", roles: Roles("tabular"));
        Assert.Contains("`dim` 16",
            Assert.ThrowsAny<ArgumentException>(() => Grow("tabular", dims.Run, "dim=16", freeze: false, "chance")).Message,
            StringComparison.Ordinal);

        TrainReport table = Train(Named("tabular"), Records("tabular", later: false), "epochs=1", "table", roles: Roles("tabular"));
        string odd = Write("odd.csv", ["city,age,tags,label", "city1,3,tag1,yes", "city2,4,tag2,maybe"]);
        using DataSource later = DataSource.Of(odd);
        string said = Assert.Throws<BadRecordException>(() => new TabularRecipe()
            .Train(new TrainRequest {
            Data = later, Schema = SchemaInference.Infer(later), RunsDirectory = _folder["runs"], Name = "odd",
            GrownFrom = table.Run })).Message;
        Assert.Contains("line 3, column 'label'", said, StringComparison.Ordinal);
        Assert.Contains("no, yes", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["runs/odd"]));
    }
}
