using System.Globalization;
using Rowan.Data;
using Rowan.Nn;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>Text and date columns of tables: learned, saved, grown, and what is wrong with them said.</summary>
public sealed class TabularTextsAndDatesTests : RecipeTestBase
{
    const string Quick = "batch-size=64 epochs=8 patience=none learning-rate=0.005 network=16 dropout=0";

    static readonly string[] Good = ["fine", "great", "lovely"], Bad = ["poor", "awful", "dull"];

    /// <summary>The label follows one of seven words of the text, in nine of ten records; colour and size say nothing.</summary>
    string Texts(int count = 1_500, string name = "texts.csv", Func<int, string>? further = null)
    {
        var rng = new Rng(5);
        return Write(name, Enumerable.Range(0, count).Select(i =>
        {
            bool good = rng.NextUInt32() % 2 == 0;
            string word = (good ? Good : Bad)[(int)(rng.NextUInt32() % 3)];
            string text = $"Filler{rng.NextUInt32() % 40}, {word.ToUpperInvariant()} filler{rng.NextUInt32() % 40} a{further?.Invoke(i)}";
            bool label = rng.NextUInt32() % 10 == 0 ? !good : good;
            return string.Create(CultureInfo.InvariantCulture,
                $"{Colors[(int)(rng.NextUInt32() % 5)]},{rng.NextSingle():0.00},\"{text}\",{(label ? "yes" : "no")}");
        }).Prepend("colour,size,title,label"));
    }

    /// <summary>The label is yes at weekends, in nine of ten records.</summary>
    string Dates(int count = 1_500, bool hours = true, string name = "dates.csv")
    {
        var rng = new Rng(6);
        return Write(name, Enumerable.Range(0, count).Select(i =>
        {
            DateTime time = new DateTime(2023, 1, 1).AddDays(rng.NextUInt32() % 400).AddHours(hours ? rng.NextUInt32() % 24 : 0);
            bool end = time.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday, label = rng.NextUInt32() % 10 == 0 ? !end : end;
            string when = i % 50 == 3 ? "" : time.ToString(hours ? "yyyy-MM-dd HH:mm" : "dd/MM/yyyy", CultureInfo.InvariantCulture);
            return $"{Colors[(int)(rng.NextUInt32() % 5)]},{when},{(label ? "yes" : "no")}";
        }).Prepend("colour,when,label"));
    }

    TrainReport Tabular(string file, string settings, StatedRoles? roles = null, string name = "run", string? from = null,
        string? test = null)
    {
        using DataSource data = DataSource.Of(file);
        using DataSource? testData = test is null ? null : DataSource.Of(test);
        return new TabularRecipe().Train(new TrainRequest
        {
            Data = data, Test = testData, Schema = SchemaInference.Infer(data, roles), RunsDirectory = _folder["runs"], Name = name,
            GrownFrom = from, Overwrite = true, Preset = from is null ? Preset.None : Preset.Auto,
            // The last one wins.
            Settings = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=', 2))
                .GroupBy(pair => pair[0]).ToDictionary(pairs => pairs.Key, pairs => pairs.Last()[1]),
        });
    }

    string[] Predicted(string run, params string[] lines)
    {
        using DataSource source = DataSource.Of(Write("new.csv", lines));
        using RecordReader reader = source.Open();
        return [.. TabularRun.Open(run).Predict(reader).Select(prediction => prediction.Value)];
    }

    static StatedRoles Text => new() { Columns = [("title", ColumnRole.Text)] };

    [Theory]
    [InlineData("")]
    [InlineData("interaction=fm dim=8")]
    [InlineData("interaction=cross members=2 dim=4 text-dim=16")]
    [InlineData("unknown=hashed unknown-rows=5")]
    public void WordsOfATextAreLearned(string settings)
    {
        string file = Texts();
        TrainReport with = Tabular(file, $"{Quick} {settings}", Text);
        TrainReport without = Tabular(file, Quick, new() { Columns = [("title", ColumnRole.None)] }, "without");
        Assert.True(Figure(with, "auc") > 0.85, $"AUC {Figure(with, "auc")}");
        Assert.True(Figure(without, "auc") < 0.65, $"AUC without {Figure(without, "auc")}");
        Assert.Contains(with.Notes, note => note.StartsWith("text column 'title': the mean of the embeddings of its 47 words",
            StringComparison.Ordinal) && note.Contains("`ignore` title", StringComparison.Ordinal));
        TabularRun run = TabularRun.Open(with.Run);
        Assert.Equal(["colour", "size", "title"], run.Columns);
        // In any case and order, with words that are not known, and without a text.
        Assert.Equal(["yes", "no"], Predicted(with.Run, "title,size,colour", "\"unheard great, a\",0.5,red", "a Dull,0.5,red",
            ",0.5,red").Take(2));
        using DataSource again = DataSource.Of(file);
        Assert.True(run.Evaluate(again).Metrics.First(metric => metric.Name == "auc").Value > 0.85);
        LearnedTable words = LearnedTable.Read(with.Run).Single(table => table.Name == "title");
        Assert.True(words.Ids.TryGetId("filler7", out long filler));
        Assert.True(words.Ids.TryGetId("great", out long great));
        Assert.Equal(settings.Contains("fm", StringComparison.Ordinal) ? 8 : settings.Contains("16", StringComparison.Ordinal) ? 16 : 32,
            words.Dim);
        Assert.True(words.Moved[(int)great] > words.Moved[(int)filler]);
        Assert.True(words.Counts[(int)great] > 100);
    }

    [Fact]
    public void ATextAmongSeveralFeaturesIsReadAndNotLost()
    {
        // Detected: a text that is short, next to several columns and a label.
        string file = Write("shop.csv", Enumerable.Range(0, 300).Select(i =>
            $"{Colors[i % 5]},{i % 13},{i % 7}.5,{(i % 2 == 0 ? Good : Bad)[i % 3]} {Things[i % 5]},{(i % 2 == 0 ? "yes" : "no")}")
            .Prepend("colour,size,weight,title,label"));
        using DataSource data = DataSource.Of(file);
        DataSchema schema = SchemaInference.Infer(data);
        Assert.Equal(ColumnRole.Text, schema.Find("title")!.Role);
        RecipeFit fit = new TabularRecipe().Fit(schema);
        Assert.Equal(ColumnRole.Text, fit.Schema!.Find("title")!.Role);
        Assert.Equal(1, Figure(Tabular(file, $"{Quick} epochs=20"), "auc"), 2);
    }

    [Fact]
    public void ATextAndALabelAreStillClassified()
    {
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"a {Colors[i % 5]} {Things[i / 5 % 5]} is seen near the number {i}")];
        foreach ((string header, Func<int, string> more) in new (string, Func<int, string>)[]
            { ("text,label", _ => ""), ("date,text,label", i => $"2024-01-{1 + i % 28:00},"), ("size,text,label", i => $"{i % 9},") })
        {
            using DataSource data = DataSource.Of(Write("c.csv", texts.Select((text, i) =>
                $"{more(i)}{text},{(i % 5 < 2 ? "warm" : "cold")}").Prepend(header)));
            Assert.Equal("classify", RecipeCatalog.Infer(SchemaInference.Infer(data)).Recipe.Kind);
            Assert.Equal("classify", RecipeCatalog.Infer(SchemaInference.Infer(data,
                new() { Columns = [("label", ColumnRole.Label)] })).Recipe.Kind);
            // And stated, the text alone is enough.
            Assert.NotNull(new TabularRecipe().Fit(SchemaInference.Infer(data)).Schema);
        }
    }

    [Fact]
    public void ARunOfOneTextReadsPlainText()
    {
        string run = Tabular(Texts(), Quick, new() { Columns = [("title", ColumnRole.Text), ("colour", ColumnRole.None),
            ("size", ColumnRole.None)] }).Run;
        Assert.Equal(["title"], TabularRun.Open(run).Columns);
        using DataSource plain = DataSource.Of(Write("plain.txt", ["a great day", "dull it is"]), new() { Format = DataFormat.Text });
        using RecordReader reader = plain.Open();
        Assert.Equal(["yes", "no"], TabularRun.Open(run).Predict(reader).Select(prediction => prediction.Value));
    }

    [Fact]
    public void RareWordsShareARow()
    {
        string file = Texts(600, further: i => $" rare{i}");
        LearnedTable words = LearnedTable.Read(Tabular(file, Quick, Text).Run).Single(table => table.Name == "title");
        Assert.False(words.Ids.TryGetId("rare7", out _));
        Assert.Equal(47, words.Ids.Count);
        Assert.True(words.Counts[47] > 400);
        Assert.Equal(10, LearnedTable.Read(Tabular(file, $"{Quick} max-words=10", Text).Run)
            .Single(table => table.Name == "title").Ids.Count);
        // Of two words the second is the one that tells.
        Assert.True(Figure(Tabular(file, $"{Quick} length=1", Text), "auc") < 0.65);
        LearnedTable all = LearnedTable.Read(Tabular(file, $"{Quick} word-min-count=1 unknown=error", Text).Run)
            .Single(table => table.Name == "title");
        Assert.True(all.Ids.Count > 400);
    }

    [Fact]
    public void TextWithoutAFrequentWordIsLeftOutOrAnErrorIfItWasStated()
    {
        string file = Write("unique.csv", Enumerable.Range(0, 100).Select(i => $"{i % 7},w{i} x{i} y{i},{i % 2}")
            .Prepend("size,note,label"));
        TrainReport report = Tabular(file, Quick);
        Assert.Contains(report.Notes,
            note => note.StartsWith("no word of the text column 'note' occurs 2 times", StringComparison.Ordinal));
        Assert.Equal(["size"], TabularRun.Open(report.Run).Columns);
        string said = Assert.Throws<InvalidDataException>(() =>
            Tabular(file, Quick, new() { Columns = [("note", ColumnRole.Text)] })).Message;
        Assert.Contains("`word-min-count` 1", said, StringComparison.Ordinal);
        Assert.Contains("`ignore` note", said, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunGrowsByWordsAndKeepsDates()
    {
        TrainReport first = Tabular(Texts(), Quick, Text, "first");
        string later = Texts(800, "later.csv", i => i % 2 == 0 ? " novel" : "");
        TrainReport grown = Tabular(later, "", from: first.Run, name: "grown");
        Assert.Contains(grown.Notes, note => note.Contains("1 new words of title", StringComparison.Ordinal));
        (LearnedTable before, LearnedTable after) = (Words(first), Words(grown));
        Assert.Equal(before.Ids.Words, after.Ids.Words.Take((int)before.Ids.Count));
        Assert.Equal("novel", after.Ids[before.Ids.Count]);
        Assert.Equal(["yes", "no"], Predicted(grown.Run, "title,size,colour", "great novel,0.5,red", "dull,0.5,red"));

        TrainReport days = Tabular(Dates(), Quick, name: "days");
        TrainReport more = Tabular(Dates(300, name: "more.csv"), "", from: days.Run, name: "more");
        Assert.Equal(LearnedTable.Read(days.Run).Select(table => table.Name), LearnedTable.Read(more.Run).Select(table => table.Name));
        Assert.Equal(["no", "yes"], Predicted(more.Run, "colour,when", "red,2023-06-07 10:00", "red,2023-06-10 10:00"));

        static LearnedTable Words(TrainReport report) => LearnedTable.Read(report.Run).Single(table => table.Name == "title");
    }

    [Fact]
    public void VectorsBeginTheWordsAndFrozenOnesStay()
    {
        string vectors = Write("vectors.txt",
            [.. Good.Select((word, i) => $"{word} {i + 1} 0.5 1"), .. Bad.Select((word, i) => $"{word} -{i + 1} 0.5 1"), "other 1 1 1"]);
        TrainReport report = Tabular(Texts(), $"{Quick} vectors={vectors} freeze-vectors=true", Text);
        Assert.Contains(report.Notes, note => note.StartsWith("vectors of 'title': ", StringComparison.Ordinal)
            && note.Contains("6 of 47 words: 6 as spelled; 41 missing", StringComparison.Ordinal)
            && note.EndsWith("those found are frozen", StringComparison.Ordinal));
        Assert.True(Figure(report, "auc") > 0.85);
        LearnedTable words = LearnedTable.Read(report.Run).Single(table => table.Name == "title");
        Assert.Equal(3, words.Dim);
        Assert.True(words.Ids.TryGetId("great", out long great));
        Assert.True(words.Ids.TryGetId("a", out long a));
        Assert.Equal([2, 0.5f, 1], words.Row(great).ToArray());
        Assert.Equal(0, words.Moved[(int)great]);
        Assert.True(words.Moved[(int)a] > 0);
        LearnedTable free = LearnedTable.Read(Tabular(Texts(), $"{Quick} vectors={vectors}", Text).Run)
            .Single(table => table.Name == "title");
        Assert.True(free.Moved[(int)great] > 0);
        LearnedTable slow = LearnedTable.Read(Tabular(Texts(), $"{Quick} vectors={vectors} vectors-rate=0.01", Text).Run)
            .Single(table => table.Name == "title");
        Assert.InRange(slow.Moved[(int)great], 1e-6, free.Moved[(int)great] / 5);
        // Rows without a vector have the spread of those with one, before the first step too.
        LearnedTable still = LearnedTable.Read(Tabular(Texts(), $"{Quick} vectors={vectors} epochs=1 learning-rate=1e-12", Text).Run)
            .Single(table => table.Name == "title");
        Assert.InRange(Enumerable.Range(0, 47).Where(row => still.Ids[row].StartsWith("filler", StringComparison.Ordinal))
            .SelectMany(row => still.Row(row).ToArray()).Average(value => (double)value * value), 0.8, 2.6);
    }

    [Theory]
    [InlineData("vectors=FILE text-dim=8", "has 3 values per row; leave `text-dim` out")]
    [InlineData("freeze-vectors=true", "`freeze-vectors`: it needs `vectors` FILE")]
    [InlineData("vectors-rate=0.5", "`vectors-rate` 0.5: it needs `vectors` FILE")]
    [InlineData("vectors=FILE interaction=fm", "set `dim` 3")]
    [InlineData("text-dim=4 interaction=fm", "`text-dim` 4: a factorization machine")]
    public void SettingsThatContradictAreRefused(string settings, string message)
    {
        string vectors = Write("vectors.txt", ["fine 1 2 3", "poor 3 2 1"]);
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => Tabular(Texts(200),
            settings.Replace("FILE", vectors, StringComparison.Ordinal), Text)).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("vectors=FILE"), InlineData("text-dim=8"), InlineData("word-min-count=3"), InlineData("max-words=9"),
        InlineData("length=5")]
    public void SettingsOfTextsNeedAText(string setting)
    {
        string vectors = Write("vectors.txt", ["fine 1 2 3", "poor 3 2 1"]);
        string said = Assert.ThrowsAny<ArgumentException>(() => Tabular(Dates(200),
            setting.Replace("FILE", vectors, StringComparison.Ordinal))).Message;
        Assert.Contains($"`{setting.Split('=')[0]}`: it is for text columns, and there is none", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "")]
    [InlineData(true, "numeric-embedding=periodic bins=4")]
    [InlineData(true, "interaction=fm numeric-embedding=standard")]
    public void DaysOfTheWeekAreLearned(bool hours, string settings)
    {
        string file = Dates(hours: hours);
        TrainReport with = Tabular(file, $"{Quick} {settings}");
        TrainReport without = Tabular(file, Quick, new() { Columns = [("when", ColumnRole.None)] }, "without");
        Assert.True(Figure(with, "auc") > 0.8, $"AUC {Figure(with, "auc")}");
        Assert.True(Figure(without, "auc") < 0.65, $"AUC without {Figure(without, "auc")}");
        // The hour is a feature only where there is a time of day.
        Assert.Contains(with.Notes, note => note == $"date column 'when': days since 1970, month, weekday{(hours ? ", hour" : "")}; "
            + "`ignore` when leaves it out");
        Assert.Equal(["colour", "when_month", "when_weekday", .. hours ? ["when_hour"] : Array.Empty<string>()],
            LearnedTable.Read(with.Run).Select(table => table.Name));
        Assert.Equal(["colour", "when"], TabularRun.Open(with.Run).Columns);
        // Written otherwise, after the last day of the training data, and missing. The order of day and month is the run's.
        Assert.Equal(["no", "yes", "yes", "no"], Predicted(with.Run, "colour,when", "red,2023-06-07", "red,10 June 2023",
            hours ? "red,2030-06-08T12:00:00Z" : "red,10/06/2023", "red,"));
        // To the bit: what is far outside counts as the last day.
        Assert.Single(Probabilities(with.Run, "red,2031-01-04", "red,2036-01-05").Distinct());
        string bad = Assert.Throws<BadRecordException>(() => Predicted(with.Run, "colour,when", "red,2023-06-07", "red,someday")).Message;
        foreach (string part in new[] { "line 3", "column 'when'", "'someday' is not a date" })
            Assert.Contains(part, bad, StringComparison.Ordinal);
        Assert.Throws<BadRecordException>(() => Predicted(with.Run, "colour,when", "red,20230607"));
    }

    double[] Probabilities(string run, params string[] lines)
    {
        using DataSource source = DataSource.Of(Write("some.csv", lines.Prepend("colour,when")));
        using RecordReader reader = source.Open();
        return [.. TabularRun.Open(run).Predict(reader).Select(prediction => prediction.Probability!.Value)];
    }

    [Fact]
    public void BadDatesInTrainingAreNamedOrSkipped()
    {
        string file = Write("bad.csv", File.ReadAllLines(Dates(200)).Append("red,2023-02-30,yes"));
        StatedRoles roles = new() { Columns = [("when", ColumnRole.Time)] };
        string said = Assert.Throws<BadRecordException>(() => Tabular(file, Quick, roles)).Message;
        foreach (string part in new[] { "line 202", "column 'when'", "'2023-02-30' is not a date with year, month and day" })
            Assert.Contains(part, said, StringComparison.Ordinal);
        TrainReport report = Train(new TabularRecipe(), file, Quick, roles: roles, options: new ReadOptions { SkipBad = 1 });
        Assert.Contains(report.Notes, note => note.StartsWith("1 bad records skipped", StringComparison.Ordinal));
    }

    [Fact]
    public void ASecondDateIsAFeatureAndTheFirstIsTheTime()
    {
        string file = Write("two.csv", Enumerable.Range(0, 600).Select(i =>
        {
            DateTime end = new DateTime(2024, 1, 1).AddDays(i * 31 % 366);
            return string.Create(CultureInfo.InvariantCulture,
                $"2023-{1 + i / 50:00}-{1 + i % 28:00},{end:yyyy-MM-dd},{(end.DayOfWeek == DayOfWeek.Monday ? "yes" : "no")}");
        }).Prepend("timestamp,finished,label"));
        TrainReport report = Tabular(file, $"{Quick} epochs=30 split-by-time=true");
        Assert.Contains("The last records by time are held out.", report.Notes);
        Assert.Equal(["timestamp", "finished"], TabularRun.Open(report.Run).Columns);
        Assert.True(Figure(report, "auc") > 0.95, $"AUC {Figure(report, "auc")}");
        Assert.Equal(["finished"], TabularRun.Open(Tabular(file, Quick,
            new() { Columns = [("timestamp", ColumnRole.None)] }).Run).Columns);
    }

    [Fact]
    public void AnOpenOrderOfDayAndMonthIsSaid()
    {
        string file = Write("open.csv", Enumerable.Range(0, 60)
            .Select(i => $"2024-01-{1 + i % 28:00},0{1 + i % 7}/0{1 + i % 5}/2024,{i % 2}").Prepend("start_date,end_date,label"));
        Assert.Contains(Tabular(file, Quick).Notes, note => note.StartsWith("The dates in 'end_date', such as 01/01/2024, do not show "
            + "whether the day or the month comes first: month first is assumed", StringComparison.Ordinal));
    }

    [Fact]
    public void TheOrderOfDayAndMonthIsKeptInTheRun()
    {
        // The 10th of May is a Wednesday, and the 5th of October a Thursday.
        string file = Dates(hours: false);
        string run = Tabular(file, Quick).Run;
        Assert.Equal(Probabilities(run, "red,2023-05-10"), Probabilities(run, "red,10/05/2023"));
        Assert.NotEqual(Probabilities(run, "red,2023-10-05"), Probabilities(run, "red,10/05/2023"));
        Assert.Equal("dd/mm/yyyy", RunFolder.Open(run).GetProperty("encoder").GetProperty("dates")[0]
            .GetProperty("date_format").GetString());
    }

    [Fact]
    public void AColumnOfTheNameOfAComponentHasATableOfItsOwn()
    {
        string file = Write("clash.csv",
            File.ReadAllLines(Dates(300)).Select((line, i) => $"{(i == 0 ? "when_month" : $"m{i % 3}")},{line}"));
        TrainReport report = Tabular(file, Quick);
        Assert.Equal(["when_month", "colour", "when_month_2", "when_weekday", "when_hour"],
            LearnedTable.Read(report.Run).Select(table => table.Name));
        Assert.Single(Predicted(report.Run, "when_month,colour,when", "m1,red,2023-06-07 10:00"));
    }

    [Fact]
    public void TheSameBytesForAnyThreads()
    {
        string file = Write("both.csv", File.ReadAllLines(Texts(600)).Zip(File.ReadAllLines(Dates(600)), (text, date) =>
            $"{date.Split(',')[1]},{text}"));
        string settings = "epochs=2 batch-size=64 network=16";
        SameForAnyThreads(name => Tabular(file, settings, Text, name));
        Assert.Equal(Bytes(Tabular(file, settings, Text, "memory")), Bytes(Tabular(file, $"{settings} memory-limit=0", Text, "files")));
    }
}
