using System.Text.RegularExpressions;
using Rowan.TestSupport;

namespace Rowan.Architecture.Tests;

/// <summary>Errors of the libraries speak of settings, not of options of the command line.</summary>
public partial class MessageTests
{
    [Theory]
    [InlineData("Rowan.Recipes"), InlineData("Rowan.Data"), InlineData("Rowan.Training"), InlineData("Rowan.Retrieval")]
    public void NoExceptionBeginsWithAnOption(string project) =>
        Assert.Empty(Directory.GetFiles(Repository.File("src", project), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => OptionFirst().Matches(File.ReadAllText(file)).Select(match => $"{file}: {match.Value}")));

    [Fact]
    public void AnOptionAtTheBeginningIsFound()
    {
        Assert.Matches(OptionFirst(), "Require.That(count > 0, $\"--count {count}: it must be positive\");");
        Assert.Matches(OptionFirst(), "throw new ArgumentException(\"--count: it must be positive\");");
        Assert.DoesNotMatch(OptionFirst(), "Require.That(count > 0, $\"`count` {count}: it must be positive\");");
    }

    [GeneratedRegex("""(Require\.\w+\([^;"]*|Exception\(\s*)\$?"--[a-z{]""")]
    private static partial Regex OptionFirst();
}
