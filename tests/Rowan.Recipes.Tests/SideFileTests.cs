using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;

namespace Rowan.Tests;

/// <summary>What describes users and items, in the records or in files of their own.</summary>
public sealed class SideFileTests : RecipeTestBase
{
    const string Towers = "model=two-tower dim=8 epochs=3 patience=none learning-rate=0.02 batch-size=128";

    /// <summary>Who is young likes cheap items; each chooses six of 300, so that most items are seldom chosen.</summary>
    static (int User, int Item)[] Choices =>
        [.. Enumerable.Range(0, 150)
        .SelectMany(user => Enumerable.Range(0, 6).Select(k => (user, user % 2 * 150 + (user * 11 + k * 17) % 150)))];

    static string Genre(int item) => item < 150 ? "comedy" : item % 2 == 0 ? "drama|war" : "drama";

    static int Price(int item) => item < 150 ? 5 + item % 7 : 40 + item % 11;

    static int Age(int user) => user % 2 == 0 ? 20 + user % 9 : 60 + user % 9;

    string Records(bool described) => Write(described ? "described.csv" : "bare.csv", Choices.Select(pair =>
        $"u{pair.User},i{pair.Item}{(described ? $",{Genre(pair.Item)},{Price(pair.Item)},{Age(pair.User)}" : "")}")
            .Prepend(described ? "user,item,genre,price,age" : "user,item"));

    string Items() => Write("items.csv",
        Choices.Select(pair => pair.Item).Distinct()
        .Select(item => $"i{item},{Genre(item)},{Price(item)},\"a long title that says much of item number {item}\"")
        .Prepend("item,genre,price,title"));

    string Users() => Write("users.tsv",
        Choices.Select(pair => pair.User).Distinct().Select(user => $"u{user}\t{Age(user)}").Prepend("id\tage"));

    /// <summary>Of 1,000 items recommended to 100 users, those of the users' own half.</summary>
    static int Right(string path)
    {
        RecommendRun run = RecommendRun.Open(path);
        return Enumerable.Range(0, 100)
            .Sum(user => run.Recommend($"u{user}", 10)
            .Count(item => (int.Parse(item.Id[1..], CultureInfo.InvariantCulture) >= 150) == (user % 2 == 1)));
    }

    [Fact]
    public void AFileSaysTheSameAsColumnsOfTheRecords()
    {
        TrainReport columns = Train(new RecommendRecipe(), Records(true),
            $"{Towers} item-columns=genre item-numbers=price user-numbers=age", "columns"),
            files = Train(new RecommendRecipe(), Records(false),
                $"{Towers} item-file={Items()} item-columns=genre item-numbers=price user-file={Users()} user-numbers=age", "files"),
            found = Train(new RecommendRecipe(), Records(false), $"{Towers} item-file={Items()} user-file={Users()}", "found"),
            none = Train(new RecommendRecipe(), Records(false), Towers, "none");
        Assert.Equal(Bytes(columns), Bytes(files));
        Assert.Equal(Bytes(files), Bytes(found));
        Assert.NotEqual(Bytes(files), Bytes(none));
        Assert.Contains(found.Notes, note => note.Contains("categorical genre; numeric price; ignored title", StringComparison.Ordinal));
        Assert.Contains(found.Notes, note => note.StartsWith("features of users", StringComparison.Ordinal)
            && note.Contains("by 'id': numeric age", StringComparison.Ordinal));
    }

    [Fact]
    public void NumbersTellOfItemsThatAreSeldomChosen()
    {
        const string Settings = "model=two-tower dim=8 epochs=30 patience=none learning-rate=0.02";
        int without = Right(Train(new RecommendRecipe(), Records(false), Settings, "without").Run),
            with = Right(Train(new RecommendRecipe(), Records(false),
                $"{Settings} item-file={Items()} item-numbers=price user-file={Users()} user-numbers=age", "with").Run);
        Assert.True(with > 950 && with >= without, $"{with} of 1000 with numbers, {without} without");
    }

    [Fact]
    public void NumbersStandOnTheScaleOfThoseThatAreKnown()
    {
        var descriptions = new EntityDescriptions(4, ["age", "price"]);
        foreach ((long row, int quantity, float number) in new[] {
            (0L, 0, 10f), (1L, 0, 20f), (1L, 0, 99f), (2L, 0, float.NaN), (2L, 0, 30f), (0L, 1, 7f), (3L, 1, 7f) }) descriptions.Add(row,
            quantity, number);
        descriptions.Add(1, "genre", " war | |drama", '|');
        descriptions.Add(1, "genre", "war", '|');
        EntityFeatures features = descriptions.Features(null);
        // Of 10, 20 and 30: the first number of a row counts.
        double deviation = Math.Sqrt(200.0 / 3);
        Assert.Equal([new Quantity("age", 20, deviation), new Quantity("price", 7, 1)], features.Quantities);
        Assert.Equal([(float)(-10 / deviation), 0, 0, float.NaN, (float)(10 / deviation), float.NaN, float.NaN, 0], features.Numbers);
        Assert.Equal(["genre=drama", "genre=war"], features.Of[1].Select(value => features.Values[value]).Order());
        Assert.Equal([0, 2, 0, 0], features.Of.Select(own => own.Length));
        // A grown run keeps the scale its layer learned with.
        Assert.Equal([-5, float.NaN, float.NaN, 2, 5, float.NaN, float.NaN, 2], Scaled().Numbers);
        // What is not said again stays, number by number; what is said counts, though it be the mean.
        EntityFeatures grown = EntityFeatures.Grown(features, Scaled() with { Numbers = [0, float.NaN, 3, float.NaN, float.NaN, 0, 1, 1] },
            known: 3)!;
        Assert.Equal([0, 0, 3, float.NaN, (float)(10 / deviation), 0, 1, 1], grown.Numbers);
        Assert.Equal(features.Of[1], grown.Of[1]);
        EntityFeatures Scaled()
        {
            var again = new EntityDescriptions(4, ["age", "price"]);
            foreach ((long row, int quantity, float number) in new[] { (0L, 0, 10f), (2L, 0, 30f), (1L, 1, 7f), (3L, 1, 7f) })
                again.Add(row, quantity, number);
            return again.Features([new Quantity("price", 5, 1), new Quantity("age", 20, 2)]);
        }
    }

    [Fact]
    public void AGrownRunKeepsWhatItWasTold()
    {
        TrainReport first = Train(new RecommendRecipe(), Records(false), $"{Towers} item-file={Items()} user-file={Users()}", "first");
        string later = Write("later.csv",
            Choices.Select(pair => $"u{pair.User},i{pair.Item}")
            .Concat(["w1,j1", "w1,j2", "w1,i7", "w1,i9", "w2,j2", "w2,j1", "w2,i9", "w2,i7"]).Prepend("user,item"));
        Items();
        File.AppendAllLines(_folder["items.csv"], ["j1,comedy,6,new", "j2,opera,?,new"]);
        using DataSource data = DataSource.Of(later);
        TrainReport grown = new RecommendRecipe().Train(new TrainRequest
        {
            Data = data, Schema = SchemaInference.Infer(data), RunsDirectory = _folder["runs"], Name = "grown", GrownFrom = first.Run,
            FreezeEarlier = true, Settings = new Dictionary<string, string> { ["epochs"] = "2" },
        });
        IReadOnlyList<LearnedTable> before = LearnedTable.Read(first.Run), after = LearnedTable.Read(grown.Run);
        foreach ((LearnedTable old, LearnedTable now) in before.Zip(after))
            for (long row = 0; row < old.Ids.Count; row++) Assert.Equal(old.Row(row).Span, now.Row(row).Span);
        Assert.Equal(before[1].Ids.Count + 2, after[1].Ids.Count);
        Assert.Contains("genre=opera", File.ReadAllLines(Path.Combine(grown.Run, "items.features.txt")));
        Assert.Equal(File.ReadAllLines(Path.Combine(first.Run, "items.quantities.txt")),
            File.ReadAllLines(Path.Combine(grown.Run, "items.quantities.txt")));
        Assert.Contains(grown.Notes, note => note.Contains("users.tsv' describes 150 of 152 users", StringComparison.Ordinal));
    }

    /// <summary>
    /// Items that nobody chose and users who chose nothing: they have no vector of their own, none is drawn against another, and what
    /// describes them says whom they fit.
    /// </summary>
    [Theory]
    [InlineData("negatives=0 id-dropout=0.2")]
    [InlineData("negatives=4 id-dropout=0.2")]
    [InlineData("negatives=4 loss=bpr id-dropout=0.5")]
    [InlineData("negatives=4 loss=bce hidden=16")]
    public void WhatStandsInAFileAloneIsKnownByIt(string settings)
    {
        string items = Items(), users = Users();
        File.AppendAllLines(items,
            Enumerable.Range(0, 20).Select(item => $"n{item},{Genre(150 * (item % 2))},{Price(150 * (item % 2))},new"));
        File.AppendAllLines(users, ["young\t23", "old\t66"]);
        TrainReport report = Train(new RecommendRecipe(), Records(false),
            $"{Towers.Replace("epochs=3", "epochs=15", StringComparison.Ordinal)} split=none item-file={items} user-file={users} "
            + $"{settings}", "cold");
        Assert.Contains(report.Notes,
            note => note.Contains("items.csv' describes 300 of 300 items of the training data. 20 more occur only in it, and are known "
            + "by their features", StringComparison.Ordinal));
        RecommendRun run = RecommendRun.Open(report.Run);
        Assert.Equal(["young", "old"], run.Users.Words.TakeLast(2));
        Assert.Equal(Enumerable.Range(0, 20).Select(item => $"n{item}"), run.Items.Words.TakeLast(20));
        StateDict state = Formats.Safetensors.Read(Path.Combine(report.Run, "model.safetensors"));
        Assert.All(state["item_tower.ids.weight"].ToTensor().ToArray()[^(20 * 8)..], value => Assert.Equal(0, value));
        Assert.All(state["scores.item_bias"].ToTensor().ToArray()[^20..], value => Assert.Equal(0, value));
        int right = 0;
        foreach ((string user, int half) in Enumerable.Range(0, 100).Select(user => ($"u{user}", user % 2)).Append(("young", 0))
            .Append(("old", 1)))
            for (int item = 0; item < 20; item += 2)
                right += run.Score(user, $"n{item + half}") > run.Score(user, $"n{item + 1 - half}") ? 1 : 0;
        Assert.True(right >= 1_000, $"{right} of 1020 pairs of new items the right way round");
        foreach ((string user, bool dear) in new[] { ("young", false), ("old", true) })
            Assert.True(run.Recommend(user, 10)
                .Count(item => item.Id[0] == 'n'
                ? (item.Id[^1] - '0') % 2 == 1 == dear : int.Parse(item.Id[1..], CultureInfo.InvariantCulture) >= 150 == dear) >= 9, user);
    }

    [Fact]
    public void WhatIsTooRareForARowGetsNoneFromAFile()
    {
        string records = Write("rare.csv", Choices.Select(pair => $"u{pair.User},i{pair.Item}").Append("u0,once").Prepend("user,item")),
        items = Items();
        File.AppendAllLines(items, ["once,comedy,6,seldom", "never,comedy,6,new"]);
        TrainReport report = Train(new RecommendRecipe(), records, $"{Towers} split=none min-count=2 item-file={items}", "rare");
        RecommendRun run = RecommendRun.Open(report.Run);
        Assert.True(run.Items.TryGetId("never", out _));
        Assert.False(run.Items.TryGetId("once", out _));
        Assert.Contains(report.Notes,
            note => note.Contains("1 more occur only in it, and are known by their features. 1 of its lines are about items with too "
            + "few records", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatIsWrongIsSaid()
    {
        void Refused<T>(string says, string settings, ReadOptions? options = null) where T : Exception =>
            Assert.Contains(says, Assert.Throws<T>(
                () => Train(new RecommendRecipe(), Records(false), $"epochs=1 dim=4 {settings}", options: options)).Message,
                StringComparison.Ordinal);
        Refused<FileNotFoundException>("`item-file`: there is no file 'nowhere.csv'", "model=two-tower item-file=nowhere.csv");
        Refused<ArgumentException>("no column of titles was found", $"item-file={Write("untitled.csv", ["item,price", "i1,3", "i2,4"])}");
        Refused<ArgumentException>("only `model` two-tower", "model=factors user-columns=age");
        Refused<ArgumentException>("`id-dropout` 0.5: only `model` two-tower", "model=factors id-dropout=0.5");
        Refused<ArgumentException>("has no column 'colour'; there are item, genre, price, title",
            $"model=two-tower item-file={Items()} item-columns=colour");
        Refused<InvalidDataException>("has no column 'user'",
            $"model=two-tower user-file={Write("odd.csv", ["who,age", "u1,3", "u1,4", "u2,3", "u2,4"])}");
        Refused<InvalidDataException>("describes none of the 150 users",
            $"model=two-tower user-file={Write("others.csv", ["user,age", "x1,3", "x2,4"])}");
        Refused<InvalidDataException>("other than 'user'", $"model=two-tower user-file={Write("alone.csv", ["user", "u1", "u2"])}");
        string bad = Write("bad.csv", ["user,age", "u1,31", "stranger,old", "u3,33"]);
        Refused<BadRecordException>("bad.csv, line 3, column 'age': 'old' is not a number",
            $"model=two-tower user-file={bad} user-numbers=age");
        TrainReport report = Train(new RecommendRecipe(), Records(false),
            $"epochs=1 dim=4 model=two-tower user-file={bad} user-numbers=age", options: new ReadOptions { SkipBad = 1 });
        Assert.Contains(report.Notes, note => note.StartsWith("1 bad records of", StringComparison.Ordinal));
        // A skipped record adds no row either.
        Assert.False(RecommendRun.Open(report.Run).Users.TryGetId("stranger", out _));
    }
}
