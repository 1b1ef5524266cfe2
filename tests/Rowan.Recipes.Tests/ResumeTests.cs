using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

/// <summary>
/// A run that is cut off in the middle of an epoch and resumed leaves the bytes of one that never stopped: for every model of every
/// recipe, with all that draws
/// random numbers switched on. <c>eng/kill-resume.sh</c> does the same by killing processes.
/// </summary>
public sealed class ResumeTests : RecipeTestBase
{
    const string Recommend = "dim=8 batch-size=64 loss=bce negatives=4 dropout=0.3";
    const string Classify = "dim=8 batch-size=32 hidden=8 length=20 dropout=0.3 word-dropout=0.2";
    const string Tabular = "dim=4 batch-size=64 network=16,8 dropout=0.3 embedding-dropout=0.2";

    /// <summary>The recipe, the settings that choose the model, and its other settings.</summary>
    public static TheoryData<string, string, string> Models { get; } = new()
    {
        { "recommend", "model=factors", $"{Recommend} history=5" },
        { "recommend", "model=als", "dim=8 epochs=8 regularization=0.1 unobserved-weight=0.05" },
        { "recommend", "model=select", "dim=8 epochs=8" },
        { "recommend", "model=two-tower", $"{Recommend} hidden=8 item-columns=genre user-columns=age id-dropout=0.3" },
        { "recommend", "model=sequence", $"{Recommend.Replace("64", "16", StringComparison.Ordinal)} heads=2 layers=2 length=8" },
        { "recommend", "model=sequence", "dim=8 batch-size=16 loss=softmax negatives=0 dropout=0.3 heads=2 layers=1 length=8" },
        { "classify", "model=bag", $"{Classify} ngrams=2" },
        { "classify", "model=convolution", $"{Classify} widths=2,3 unknown-share=0.1 subwords=true buckets=100" },
        { "classify", "model=lstm", $"{Classify} layers=2" },
        { "classify", "model=transformer", $"{Classify} layers=2 heads=2" },
        { "classify", "model=transformer", $"{Classify} layers=1 heads=2 members=2" },
        { "classify", "model=ensemble", $"{Classify} widths=1,2 weights=both subwords=true buckets=100 unknown-share=0.1" },
        { "tabular", "interaction=none", $"{Tabular} numeric-embedding=piecewise bins=4" },
        { "tabular", "interaction=fm", Tabular },
        { "tabular", "interaction=cross", $"{Tabular} numeric-embedding=periodic bins=4" },
        { "words", "model=skip-gram", "dim=8 min-count=1 sample=0.01 buckets=50" },
        { "words", "model=cbow", "dim=8 min-count=1 sample=0.01" },
        { "search", "", "dim=8 batch-size=50 buckets=100 held-out=5 min-count=1" },
    };

    [Theory, MemberData(nameof(Models))]
    public void ARunThatWasCutOffEndsWithTheSameBytes(string kind, string model, string settings)
    {
        string file = FileOf(kind);
        string all = $"{model} {settings} {(settings.Contains("epochs=", StringComparison.Ordinal) ? "" : "epochs=3")} patience=none "
            + $"checkpoint-every=0";
        byte[][] whole = Bytes(Run("whole", new CutAt(int.MaxValue)));
        // The first step leaves a checkpoint; this one is in the middle of an epoch, and steps after the last checkpoint are lost.
        Assert.Throws<IOException>(() => Run("cut", new CutAt(5)));
        Assert.True(File.Exists(_folder[Path.Combine("runs", ".cut.partial", "checkpoint", "checkpoint.json")]), "no checkpoint was left");
        byte[][] resumed = Bytes(Run("cut", new CutAt(int.MaxValue), resume: true));
        Assert.Equal(whole.Length, resumed.Length);
        for (int i = 0; i < whole.Length; i++) Assert.True(whole[i].AsSpan().SequenceEqual(resumed[i]), $"file {i} of {kind} {model} "
            + $"differs");

        TrainReport Run(string name, CutAt cut, bool resume = false)
        {
            using DataSource data = kind == "search" ? ApiDocs.Source(file) : DataSource.Of(file);
            DataSchema schema = kind == "search" ? ApiDocs.Schema : SchemaInference.Infer(data, kind == "tabular" ? new StatedRoles {
                Columns = [("bought", ColumnRole.Label)] } : null);
            return RecipeCatalog.Named(kind).Train(new TrainRequest
            {
                Data = data, Schema = schema, RunsDirectory = _folder["runs"], Name = name, Resume = resume,
                Settings = all.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=',
                    2)).ToDictionary(pair => pair[0], pair => pair[1]),
            }, cut);
        }
    }

    /// <summary>A recipe, or a choice of a model, that comes later has a case above, or fails here.</summary>
    [Fact]
    public void EveryModelOfEveryRecipeHasACase()
    {
        foreach (Recipe recipe in RecipeCatalog.All)
        {
            string[] cases = [.. Models.Where(row => row.Data.Item1 == recipe.Kind).Select(row => row.Data.Item2)];
            Assert.NotEmpty(cases);
            foreach (Setting choice in recipe.Settings.Where(setting => setting.Name is "model" or "interaction"))
                foreach (string name in choice.Expected["one of ".Length..].Split(", ").Where(name => name != "auto"))
                    Assert.Contains($"{choice.Name}={name}", cases);
            foreach (Setting drop in recipe.Settings.Where(setting => setting.Name.EndsWith("dropout", StringComparison.Ordinal)))
                Assert.Contains(Models, row => row.Data.Item1 == recipe.Kind && row.Data.Item3.Contains($"{drop.Name}=0.",
                    StringComparison.Ordinal));
        }
    }

    string FileOf(string kind)
    {
        var rng = new Rng(3);
        int Draw(int count) => (int)(rng.NextUInt32() % (uint)count);
        switch (kind)
        {
            case "recommend":
                return Write("choices.csv", Enumerable.Range(0, 60).SelectMany(user => Enumerable.Range(0, 10).Select(k
                    => $"u{user},i{(user * 7 + k * 3) % 40},{k},g{(user * 7 + k * 3) % 4},a{user % 5}"))
                        .Prepend("user,item,time,genre,age"));
            case "classify":
                return Write("texts.tsv", Enumerable.Range(0, 300).Select(i
                    => $"{(i % 2 == 0 ? "animal" : "plant")}\t{string.Join(' ', Enumerable.Range(0, 8).Select(_ => $"w{Draw(30)}"))} "
                    + $"{(i % 2 == 0 ? "cat" : "moss")}").Prepend("label\ttext"));
            case "tabular":
                return Write("bought.csv", Enumerable.Range(0, 400).Select(i
                    => $"c{Draw(6)},s{Draw(3)},{Draw(1_000) / 10.0},{Draw(2)}").Prepend("colour,shape,size,bought"));
            case "words":
                return Write("text.txt", Enumerable.Range(0, 3_000).Select(_ => string.Join(' ', Enumerable.Range(0, 9).Select(_
                    => $"w{Draw(40)}"))));
            default:
                Rowan.TestSupport.SmallDocs.Write(_folder["docs"]);
                return _folder["docs"];
        }
    }

    sealed class CutAt(int step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step == step) throw new IOException("cut off");
        }
    }
}
