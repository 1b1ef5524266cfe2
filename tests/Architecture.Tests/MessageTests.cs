using System.Text.RegularExpressions;
using Rowan.TestSupport;

namespace Rowan.Architecture.Tests;

/// <summary>Texts of the libraries name settings as `batch-size`; only the command line writes options, --batch-size.</summary>
public sealed partial class MessageTests
{
    /// <summary>Commands for a shell, which texts may hold as a whole.</summary>
    static readonly (string Program, string Why)[] Commands =
    [
        (@"rowan (train|predict|recommend|search|neighbors|analogy|view) ", "TrainReport.Next and the cards of runs and exports"),
        ("redis-cli ", "how an export is loaded"), ("curl ", "how an export is loaded"), ("dotnet package download ", "the remedy"),
    ];

    [Fact]
    public void NoTextOfALibraryHasAnOption()
    {
        string[] found = [.. Directory.GetFiles(Repository.File("src"), "*.cs", SearchOption.AllDirectories).SelectMany(file =>
            Options(File.ReadAllLines(file)).Select(found =>
                $"{Path.GetRelativePath(Repository.Root, file)}({found.Line}): {found.Option}; write `setting`"))];
        Assert.True(found.Length == 0, string.Join('\n', found));
    }

    [Theory]
    [InlineData("Require.That(count > 0, $\"--count {count}: it must be positive\");", "--count")]
    [InlineData("note = \"model: als (--model factors trains with gradient descent)\";", "--model")]
    [InlineData("note = $\"because of --{given}\";", "--{given")]
    [InlineData("note = $\"{(few ? \"set a larger --test-share\" : \"\")}\";", "--test-share")]
    [InlineData("Require.That(count > 0, $\"`count` {count}: it must be positive\");", null)]
    [InlineData("if (--depth == 0) text = order[--last] + \"a\" + names[--at];", null)]
    [InlineData("/// <summary>As <c>--format</c> takes it, \"--format\".</summary>", null)]
    [InlineData("next = $\"rowan predict {file} --run {run}\";", null)]
    public void OptionsInTextsAreFound(string line, string? option) =>
        Assert.Equal(option is null ? [] : [option], Options([line]).Select(found => found.Option));

    /// <summary>Options in string literals, with their line. A literal that goes on in an interpolation counts as text.</summary>
    static IEnumerable<(int Line, string Option)> Options(string[] lines)
    {
        for (int line = 0; line < lines.Length; line++)
        {
            string text = lines[line];
            if (text.TrimStart().StartsWith("//", StringComparison.Ordinal)) continue;
            foreach (Match match in Option().Matches(text))
                if (text[..match.Index].Contains('"', StringComparison.Ordinal)
                    && !Decrement().IsMatch(text[..match.Index])
                    && !Commands.Any(command => Regex.IsMatch(text[..match.Index], command.Program)))
                    yield return (line + 1, match.Value);
        }
    }

    [GeneratedRegex(@"(?<![\w-])--[a-z{][a-z0-9-]*")]
    private static partial Regex Option();

    // An operator: after a bracket, outside of a literal.
    [GeneratedRegex("^([^\"]*\"[^\"]*\")*[^\"]*[\\[(]$")]
    private static partial Regex Decrement();
}
