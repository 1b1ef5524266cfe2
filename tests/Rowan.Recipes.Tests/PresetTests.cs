using System.Text.Json;
using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Tests;

public sealed class PresetTests : RecipeTestBase
{
    string Texts() => Write("texts.tsv",
        Enumerable.Range(0, 200).Select(i => $"{(i % 2 == 0 ? "good" : "bad")}\tit was {(i % 2 == 0 ? "fine" : "sad")} number{i % 9}")
        .Prepend("label\ttext"));

    TrainRequest Request(string preset, params (string Name, string Value)[] settings)
    {
        DataSource data = DataSource.Of(Texts());
        return new TrainRequest
        {
            Data = data, Schema = SchemaInference.Infer(data), RunsDirectory = _folder["runs"], Preset = preset,
            Settings = settings.ToDictionary(setting => setting.Name, setting => setting.Value),
        };
    }

    static JsonElement Info(TrainReport report) => RunFolder.Open(report.Run);

    static string Setting(TrainReport report, string name) => Info(report).GetProperty("settings").GetProperty(name).GetString()!;

    [Fact]
    public void EveryTaskHasAFastAndABestPresetOfItsOwnSettings() => Assert.All(RecipeCatalog.All, recipe =>
    {
        Assert.Equal([Preset.Fast, Preset.Best], recipe.Presets.Select(preset => preset.Name));
        Assert.All(recipe.Presets, preset =>
        {
            Assert.NotEmpty(preset.Description);
            Assert.NotEmpty(preset.Values);
            Assert.All(preset.Values, value =>
            {
                Setting? setting = recipe.Settings.FirstOrDefault(setting => setting.Name == value.Key);
                Assert.True(setting is not null, $"{recipe.Kind}, {preset.Name}: there is no setting {value.Key}");
                Assert.True(setting.Accepts(value.Value),
                    $"{recipe.Kind}, {preset.Name}: --{value.Key} {value.Value} is not {setting.Expected}");
            });
            // Without an effect a value would be left out.
            Assert.Equal(preset.Values.Keys.Order(), preset.Under(new Dictionary<string, string>(), recipe.Settings).Keys.Order());
        });
    });

    [Fact]
    public void TheDocumentationListsWhatEachPresetSets()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Rowan.slnx"))) folder = Path.GetDirectoryName(folder)!;
        string[] lines = File.ReadAllLines(Path.Combine(folder, "docs", "presets.md"));
        foreach (Recipe recipe in RecipeCatalog.All)
            foreach (Preset preset in recipe.Presets)
            {
                string[] values = [.. preset.Values.Select(value => $"{value.Key} {value.Value}")];
                string expected = $"| {recipe.Kind} | {preset.Name} | {string.Join(", ", values)} |";
                Assert.True(lines.Any(line => line.StartsWith(expected, StringComparison.Ordinal)),
                    $"docs/presets.md has no line '{expected}'");
            }
    }

    [Fact]
    public void AGivenSettingWinsOverThePreset()
    {
        Preset best = new ClassifyRecipe().Presets.First(preset => preset.Name == Preset.Best);
        (string name, string value) = best.Values.First(pair => pair.Key is not ("model" or "dim" or "epochs"));
        TrainReport report = new ClassifyRecipe().Train(Request(Preset.Best, ("dim", "4"), ("epochs", "1")));
        Assert.Equal("4", Setting(report, "dim"));
        Assert.Equal(value, Setting(report, name));
        Assert.Equal("best", report.Preset);
        Assert.Equal("best", Info(report).GetProperty("preset").GetString());
        Assert.Contains("Preset: best.", File.ReadAllText(Path.Combine(report.Run, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void NoneKeepsTheDefaults()
    {
        TrainReport report = new TabularRecipe().Train(Request(Preset.None, ("epochs", "1")) with { Schema = Columns() });
        Assert.Equal("none", report.Preset);
        foreach (string name in new TabularRecipe().Presets.SelectMany(preset => preset.Values.Keys).Except(["epochs"]))
        {
            string setting = new TabularRecipe().Settings.First(one => one.Name == name).Default;
            if (setting != "auto") Assert.Equal(setting, Setting(report, name));
        }
    }

    DataSchema Columns() => SchemaInference.Infer(DataSource.Of(Texts()),
        new StatedRoles { Columns = [("label", ColumnRole.Label), ("text", ColumnRole.Categorical)] });

    [Fact]
    public void AutoNamesItsChoiceAndTheSizeThatDecided()
    {
        TrainReport report = new ClassifyRecipe().Train(Request(Preset.Auto, ("epochs", "1")));
        string note = Assert.Single(report.Notes, note => note.StartsWith("preset: ", StringComparison.Ordinal));
        Assert.Contains("(200 texts); `preset` changes it", note, StringComparison.Ordinal);
        Assert.Equal(Preset.Best, report.Preset);
    }

    [Fact]
    public void AutoIsBestForLittleDataAndFastForMuch()
    {
        Assert.Equal((Preset.Best, Preset.Fast, Preset.Fast, Preset.None),
            (ClassifySettings.PresetFor(10_000, 1_000_000, 2), ClassifySettings.PresetFor(10_000, 10_000_000, 3),
                ClassifySettings.PresetFor(1_000, 1_000_000, 20), ClassifySettings.PresetFor(10_000, 10_000_000, 2)));
        Assert.Equal((Preset.None, Preset.Best, Preset.Fast),
            (TabularSettings.PresetFor(500), TabularSettings.PresetFor(32_561), TabularSettings.PresetFor(1_000_000)));
    }

    [Fact]
    public void AutoSetsNothingForAnotherModel()
    {
        TrainReport report = new ClassifyRecipe()
            .Train(Request(Preset.Auto, ("model", "lstm"), ("epochs", "1"), ("hidden", "4"), ("length", "8")));
        Assert.Equal("none", report.Preset);
        Assert.Equal(new ClassifySettings().Dim.ToString(System.Globalization.CultureInfo.InvariantCulture), Setting(report, "dim"));
    }

    [Theory]
    [InlineData("bst", "did you mean best?"), InlineData("quality", "there are auto, fast, best, none")]
    public void AWrongNameIsAnsweredWithTheNames(string name, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => new ClassifyRecipe().Train(Request(name))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void AGrownRunKeepsItsPreset()
    {
        TrainReport first = new ClassifyRecipe().Train(Request(Preset.Fast, ("epochs", "1")));
        TrainReport grown = new ClassifyRecipe().Train(Request(Preset.Auto, ("epochs", "1")) with { GrownFrom = first.Run });
        Assert.Equal("fast", grown.Preset);
        Assert.Equal(Setting(first, "dim"), Setting(grown, "dim"));
        Assert.Contains("a grown run keeps the settings", Assert.Throws<ArgumentException>(() =>
            new ClassifyRecipe().Train(Request(Preset.Best) with { GrownFrom = first.Run })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ASearchForSettingsStartsAtThePreset()
    {
        var tuner = new Tuner(new ClassifyRecipe(), Request(Preset.Fast, ("epochs", "1")) with { Name = "tuned" }, seed: 2);
        IReadOnlyList<Trial> trials = tuner.Run(TimeSpan.FromMinutes(1), 6);
        Preset fast = new ClassifyRecipe().Presets[0];
        Assert.Empty(trials.First(trial => trial.Number == 1).Settings);
        Assert.All(trials, trial =>
            Assert.DoesNotContain(trial.Settings, setting => fast.Values.GetValueOrDefault(setting.Key) == setting.Value));
        Assert.Equal("fast", tuner.PresetName);
        JsonElement info = RunFolder.Open(trials[0].Run!);
        Assert.Equal(trials[0].Settings.GetValueOrDefault("dim", fast.Values.GetValueOrDefault("dim", "32")),
            info.GetProperty("settings").GetProperty("dim").GetString());
    }
}
