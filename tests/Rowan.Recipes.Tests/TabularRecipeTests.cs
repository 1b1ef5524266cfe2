using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

public sealed class TabularRecipeTests : RecipeTestBase
{
    /// <summary>Whether somebody clicks depends on colour and shape together, on where a size lies, and on one of several tags.</summary>
    string Clicks(int count = 3_000)
    {
        var rng = new Rng(9);
        string[] colours = ["red", "green", "blue", "grey"], shapes = ["round", "square", "flat"], tags = ["new", "sale", "old", "rare"];
        return Write("clicks.csv", Enumerable.Range(0, count).Select(i =>
        {
            int colour = (int)(rng.NextUInt32() % 4), shape = (int)(rng.NextUInt32() % 3);
            float size = rng.NextSingle() * 10;
            string[] own = [.. tags.Where(_ => rng.NextSingle() < 0.3f)];
            double score = ((colour + shape) % 2 == 0 ? 1.5 : -1.5) + (size is > 3 and < 6 ? 1.5 : -1.5) + (own.Contains("sale") ? 2 : 0);
            int click = rng.NextSingle() < 1 / (1 + Math.Exp(-score)) ? 1 : 0;
            string said = i % 20 == 0 ? "" : size.ToString("0.00", CultureInfo.InvariantCulture);
            return string.Create(CultureInfo.InvariantCulture, $"{colours[colour]},{shapes[shape]},{said},{string.Join('|', own)},{click}");
        }).Prepend("colour,shape,size,tags,click"));
    }

    static StatedRoles Roles =>
        new() { Columns = [("tags", ColumnRole.MultiValued), ("size", ColumnRole.Numeric), ("click", ColumnRole.Label)] };

    [Theory]
    [InlineData("numeric-embedding=piecewise")]
    [InlineData("numeric-embedding=standard")]
    [InlineData("numeric-embedding=periodic bins=8")]
    [InlineData("interaction=fm")]
    [InlineData("interaction=cross embedding-dropout=0.05")]
    [InlineData("members=3")]
    [InlineData("members=2 interaction=fm")]
    public void EveryWayLearnsAndPredictsTheSameFromItsRun(string settings)
    {
        string file = Clicks();
        TrainReport report = Train(new TabularRecipe(), file,
            $"{settings} batch-size=256 epochs=25 patience=none learning-rate=0.005 network=32,16 dropout=0", roles: Roles);
        // Who knew the rule itself would have an AUC of about 0.9.
        Assert.True(Figure(report, "auc") > 0.84, $"AUC {Figure(report, "auc")}");
        Assert.Equal(0.5, report.Baselines[0].Metrics[0].Value, 6);
        Assert.True(Figure(report, "calibration error") < 0.12);
        TabularRun run = TabularRun.Open(report.Run);
        Assert.Equal(["colour", "shape", "tags", "size"], run.Columns);
        using DataSource source =
            DataSource.Of(Write("new.csv",
            ["shape,colour,size,tags", "round,red,4.5,sale", "square,red,9,", "never seen,red,,other|sale"]));
        using RecordReader reader = source.Open();
        Prediction[] predictions = [.. run.Predict(reader, 2)];
        Assert.Equal(["1", "0"], predictions.Take(2).Select(prediction => prediction.Value));
        Assert.Equal(3, predictions.Length);
        Assert.All(predictions, prediction => Assert.Equal(1, prediction.Top.Sum(label => label.Probability), 4));
    }

    [Fact]
    public void UnknownValuesHaveTheRowThatWasSettled()
    {
        string file = Write("colours.csv",
            Enumerable.Range(0, 200).Select(i => $"{(i % 2 == 0 ? "red" : "blue")},{i % 7},{(i % 2 == 0 ? "yes" : "no")}")
            .Prepend("colour,size,label"));
        string other = Write("others.csv", Enumerable.Range(0, 40).Select(i => $"strange{i},3,yes").Prepend("colour,size,label"));
        string[] Of(string settings)
        {
            using DataSource data = DataSource.Of(other);
            using RecordReader reader = data.Open();
            return [.. TabularRun.Open(Train(new TabularRecipe(), file, $"epochs=2 network=8 {settings}").Run).Predict(reader)
                .Select(prediction => $"{prediction.Value} {prediction.Probability:0.000000}")];
        }
        Assert.Single(Of("").Distinct());
        Assert.InRange(Of("unknown=hashed unknown-rows=5").Distinct().Count(), 3, 5);
        string said = Assert.Throws<BadRecordException>(() => Of("unknown=error")).Message;
        foreach (string part in new[] { "line 2", "column 'colour'", "strange0", "2 were" })
            Assert.Contains(part, said, StringComparison.Ordinal);
        LearnedTable table = LearnedTable.Read(Train(new TabularRecipe(), file, "epochs=1 unknown=hashed unknown-rows=5").Run)[0];
        Assert.Equal((2, 7), ((int)table.Ids.Count, table.Rows));
    }

    [Fact]
    public void NumbersAndManyClassesArePredicted()
    {
        var rng = new Rng(4);
        string[] rows = [.. Enumerable.Range(0, 1_500).Select(_ =>
        {
            int kind = (int)(rng.NextUInt32() % 5);
            float x = rng.NextSingle() * 4;
            return string.Create(CultureInfo.InvariantCulture,
                $"k{kind},{x:0.000},{100 + 20 * kind + 10 * x * x:0.00},{(x < 1 ? "low" : x < 2.5 ? "middle" : "high")}");
        })];
        string file = Write("prices.csv", rows.Prepend("kind,x,price,level"));
        TrainReport price = Train(new TabularRecipe(), file, "epochs=40 patience=none learning-rate=0.005 dropout=0 network=32",
            roles: new StatedRoles { Columns = [("price", ColumnRole.Label), ("level", ColumnRole.None)] });
        Assert.True(Figure(price, "r2") > 0.97, $"R² {Figure(price, "r2")}");
        using DataSource source = DataSource.Of(Write("one.csv", ["kind,x", "k2,2"]));
        using RecordReader reader = source.Open();
        Assert.InRange(double.Parse(TabularRun.Open(price.Run).Predict(reader).Single().Value, CultureInfo.InvariantCulture), 165, 195);

        TrainReport level = Train(new TabularRecipe(), file, "epochs=30 patience=none learning-rate=0.005 dropout=0 network=32",
            roles: new StatedRoles { Columns = [("level", ColumnRole.Label), ("price", ColumnRole.None)] });
        Assert.True(Figure(level, "accuracy") > 0.93, $"accuracy {Figure(level, "accuracy")}");
    }

    [Fact]
    public void TheSameBytesForAnyThreadsAndForFilesInPlaceOfMemory()
    {
        string file = Clicks(1_500);
        SameForAnyThreads(name => Train(new TabularRecipe(), file, "epochs=2 batch-size=256 network=32", name, roles: Roles));
        Assert.Equal(Bytes(Train(new TabularRecipe(), file, "epochs=2 batch-size=256 network=32", "memory", roles: Roles)),
            Bytes(Train(new TabularRecipe(), file, "epochs=2 batch-size=256 network=32 memory-limit=0", "files", roles: Roles)));
    }

    [Theory, InlineData("class", "", "0.3"), InlineData("number", "", "0"), InlineData("number", "dropout=0.1", "0.1")]
    public void DropoutFollowsTheLabelUnlessItIsGiven(string target, string given, string expected)
    {
        string file = Write("counts.csv", Enumerable.Range(0, 200).Select(i => $"{i % 7},{i % 10}").Prepend("x,label"));
        TrainReport report = Train(new TabularRecipe(), file, $"target={target} epochs=1 network=8 {given}");
        Assert.Equal(expected, RunFolder.Open(report.Run).GetProperty("settings").GetProperty("dropout").GetString());
    }

    [Fact]
    public void PiecewiseLinearGoesOnAtBothEnds()
    {
        var scale = new NumericScale(0, 1, [0, 1, 3, 7]);
        var into = new float[3];
        foreach ((float x, float[] expected) in ((float, float[])[])[(0.5f, [0.5f, 0, 0]), (1, [1, 0, 0]), (2, [1, 0.5f, 0]),
            (5, [1, 1, 0.5f]), (-1, [-1, 0, 0]), (11, [1, 1, 2])])
        {
            scale.Piecewise(x, into);
            Assert.Equal(expected, into);
        }
    }

    [Fact]
    public void FiguresAreThoseOfTheSlowWay()
    {
        var rng = new Rng(6);
        float[] scores = [.. Enumerable.Range(0, 300).Select(_ => (rng.NextUInt32() % 20) / 20f)],
        labels = [.. scores.Select(score => rng.NextSingle() < score ? 1f : 0)];
        double pairs = 0, right = 0;
        for (int i = 0; i < scores.Length; i++)
            for (int j = 0; j < scores.Length; j++)
                if (labels[i] == 1 && labels[j] == 0)
                {
                    pairs++;
                    right += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
                }
        Assert.Equal(right / pairs, PredictionMetrics.AreaUnderCurve(scores, labels), 12);
        double error = Enumerable.Range(0, 15).Sum(bin =>
        {
            int[] own = [.. Enumerable.Range(0, 300).Where(i => Math.Min(14, (int)(scores[i] * 15)) == bin)];
            return own.Length == 0 ? 0
                : own.Length / 300.0 * Math.Abs(own.Average(i => (double)scores[i]) - own.Average(i => (double)labels[i]));
        });
        Assert.Equal(error, PredictionMetrics.CalibrationError(scores, labels), 9);
        Assert.True(double.IsNaN(PredictionMetrics.AreaUnderCurve([1, 2], [1, 1])));
    }

    [Fact]
    public void WhatIsWrongIsSaid()
    {
        string bad = Write("bad.csv", ["a,b,label", "x,1,0", "y,much,1", "x,2,1", "y,3,0"]);
        var roles = new StatedRoles { Columns = [("b", ColumnRole.Numeric)] };
        Assert.Contains("line 3, column 'b': 'much' is not a number",
            Assert.Throws<BadRecordException>(() => Train(new TabularRecipe(), bad, "", roles: roles)).Message, StringComparison.Ordinal);
        string one = Write("one.csv", ["a,b,label", .. Enumerable.Range(0, 40).Select(i => $"x{i % 3},{i},yes")]);
        Assert.Contains("the same label " +
            "'yes'", Assert.Throws<InvalidDataException>(() => Train(new TabularRecipe(), one, "")).Message, StringComparison.Ordinal);
        string empty = Write("empty.csv", ["a,b,label", .. Enumerable.Range(0, 40).Select(i => $"x{i % 3},,{i % 2}")]);
        Assert.Contains("column 'b' has no value",
            Assert.Throws<InvalidDataException>(() => Train(new TabularRecipe(), empty, "", roles: roles)).Message,
            StringComparison.Ordinal);
        Assert.Contains("label", Assert.Throws<NoTaskException>(() => RecipeCatalog.Infer(new DataSchema([], 0, true))).Message,
            StringComparison.Ordinal);
    }
}
