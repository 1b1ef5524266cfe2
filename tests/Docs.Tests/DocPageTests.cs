using System.Text.RegularExpressions;
using Rowan.TestSupport;

namespace Rowan.Docs.Tests;

public partial class DocPageTests
{
    /// <summary>Pages whose snippets compile alone: a reader copies one of them into an empty project.</summary>
    public static TheoryData<string> FirstPages =>
        ["README.md", .. ((string[])["Rowan", "Rowan.Recipes"]).Select(package => Path.Combine("src", package, "README.md"))];

    /// <summary>Pages that are read from top to bottom: a snippet may use what those above it declared.</summary>
    public static TheoryData<string> Pages =>
    [
        .. Directory.EnumerateFiles(Repository.File("docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file)).Order(),
    ];

    [Theory, MemberData(nameof(Pages))]
    public void EverySnippetCompilesRunsAndPrintsWhatThePageSays(string page)
    {
        string? error = new DocPage(page, File.ReadAllText(Repository.File(page))).Check();
        Assert.True(error is null, error);
    }

    [Theory, MemberData(nameof(FirstPages))]
    public void EverySnippetCompilesAndRunsAlone(string page)
    {
        DocPage[] snippets = [.. new DocPage(page, File.ReadAllText(Repository.File(page))).Alone()];
        Assert.NotEmpty(snippets);
        Assert.All(snippets, snippet => Assert.Null(snippet.Check()));
    }

    /// <summary>A C# block whose fence is written in another way, such as ```cs, would not be compiled.</summary>
    [Theory, MemberData(nameof(Pages)), MemberData(nameof(FirstPages))]
    public void EveryBlockOfCSharpIsASnippet(string page)
    {
        string text = File.ReadAllText(Repository.File(page));
        Assert.Equal(CSharpFence().Count(text), new DocPage(page, text).Snippets);
    }

    [Theory]
    [InlineData("using nn = Rowan.Nn;\nConsole.WriteLine(typeof(nn.Module));", "nn")]
    [InlineData("string? text = null;\nConsole.WriteLine(text.Length);", "null")]
    public void AWarningIsRefused(string code, string part) =>
        Assert.Contains(part, new DocPage("page.md", $"```csharp\n{code}\n```\n").Check(), StringComparison.Ordinal);

    [Fact]
    public void ASnippetAloneDoesNotSeeTheOthers()
    {
        var page = new DocPage("page.md", "```csharp\nint x = 1;\nConsole.WriteLine(x);\n```\n```csharp\nConsole.WriteLine(x);\n```\n");
        Assert.Null(page.Check());
        Assert.Contains("page.md:6:", page.Alone().Last().Check(), StringComparison.Ordinal);
    }

    [Fact]
    public void APageThatDoesNotCompileIsNamedWithItsLine()
    {
        string? error = new DocPage("page.md", "text\n\n```csharp\nint x = 1;\nint y = \"no\";\n```\n").Check();
        Assert.Contains("page.md:5:", error, StringComparison.Ordinal);
    }

    [Fact]
    public void APageThatPrintsOtherThingsOrThrowsIsRefused()
    {
        Assert.Null(new DocPage("p",
            "```csharp\nConsole.WriteLine(1);\n```\n```text output\n1\n```\n```csharp\nConsole.WriteLine(2);\n```\n```text "
            + "output\n2\n```\n").Check());
        Assert.Contains("where the page says", new DocPage("p", "```csharp\nConsole.WriteLine(1);\n```\n```text output\n2\n```\n").Check(),
            StringComparison.Ordinal);
        Assert.Contains("FormatException", new DocPage("p", "```csharp\nConsole.WriteLine(int.Parse(\"x\"));\n```\n").Check(),
            StringComparison.Ordinal);
    }

    static readonly Dictionary<string, Func<int>> _examples = new()
    {
        ["01-embedding-basics"] = EmbeddingBasics.Program.Main, ["02-two-tables"] = TwoTables.Program.Main,
        ["03-text-convolution"] = TextConvolution.Program.Main,
        ["04-text-lstm"] = TextLstm.Program.Main, ["05-character-transformer"] = () => CharacterTransformer.Program.Main(),
        ["06-fine-tuning"] = FineTuning.Program.Main, ["07-rag"] = Rag.Program.Main,
    };

    public static TheoryData<string> Examples =>
        [.. Directory.EnumerateDirectories(Repository.File("examples")).Select(folder => Path.GetFileName(folder)!).Order()];

    [Theory, MemberData(nameof(Examples))]
    public void AnExampleRunsAndItsClaimsHold(string example)
    {
        TextWriter before = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(output);
        try { Assert.Equal(0, _examples[example]()); }
        finally { Console.SetOut(before); }
        Assert.Contains("claims hold.", output.ToString(), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\s*```\s*(csharp|cs|c#)(?!\w)", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex CSharpFence();
}
