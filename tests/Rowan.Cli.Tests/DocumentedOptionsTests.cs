using System.Text.RegularExpressions;
using Rowan.Recipes;
using Rowan.TestSupport;

namespace Rowan.Cli.Tests;

/// <summary>Options and presets in the documentation are those of the program.</summary>
public sealed partial class DocumentedOptionsTests
{
    /// <summary>Options of other programs that the pages name.</summary>
    static readonly string[] OfOthers =
        ["--project", "--global", "--self-contained", "--use-current-runtime", "--pipe", "--enable-vector-set-preview",
            // Of the scripts in benchmarks/.
            "--data", "--quick"];

    public static TheoryData<string> Pages =>
        ["README.md", .. Directory.GetFiles(Repository.File("docs"), "*.md").Select(file => Path.Combine("docs", Path.GetFileName(file)))];

    [Theory, MemberData(nameof(Pages))]
    public void EveryOptionOnAPageExists(string page) =>
        Assert.DoesNotContain(Option().Matches(File.ReadAllText(Repository.File(page))).Select(match => match.Value),
            option => !OfOthers.Contains(option) && !OptionNames.IsOption(option));

    [Fact]
    public void AMissingOptionIsFound() => Assert.False(OptionNames.IsOption("--no-such-option"));

    [Fact]
    public void TheTableOfPresetsHasTheirValues()
    {
        Dictionary<(string, string), string> documented = File.ReadAllLines(Repository.File("docs/presets.md"))
            .Select(line => Row().Match(line)).Where(row => row.Success && RecipeCatalog.All.Any(task => task.Kind == row.Groups[1].Value))
            .ToDictionary(row => (row.Groups[1].Value, row.Groups[2].Value), row => row.Groups[3].Value);
        foreach (Recipe task in RecipeCatalog.All)
            foreach (Preset preset in task.Presets)
                Assert.Equal(string.Join(", ", preset.Values.Select(value => $"{value.Key} {value.Value}")),
                    documented[(task.Kind, preset.Name)]);
    }

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z0-9-]*")]
    private static partial Regex Option();

    [GeneratedRegex(@"^\| ([a-z]+) \| (fast|best) \| (.+) \|$")]
    private static partial Regex Row();
}
