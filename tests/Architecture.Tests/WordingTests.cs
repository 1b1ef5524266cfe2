using System.Text.RegularExpressions;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>Comments, messages and pages use the field's terms: phrases that had to be read twice stay out.</summary>
public sealed class WordingTests
{
    static readonly (string Pattern, string Instead)[] Phrases =
    [
        (@"[Ww]here nobody asks", "optional"),
        (@"(is|are|was|were) found out\b", "is detected"),
        (@"\bgone on with\b|\bgoes? on with\b", "resumed"),
        (@"\bgiven anew\b", "overridden"),
        (@"(is|are) owed\b|\bowes?\b|\bowed\b", "deferred"),
        (@"\bat rest\b", "without a gradient"),
        (@"\bstraight rows?\b", "contiguous rows"),
        (@"\bstrands?\b", "shard"),
        (@"\b(ask|asks|asked) for (rows|lines|memory) ahead\b", "prefetches"),
        (@"[Ww]hat becomes? of\b", "how … is handled"),
        (@"\b[Ss]tands? (in|beside|where|there|before|after|alone)\b|\bstood in\b", "is in, is next to, occurs"),
        (@"\bsays what it takes\b", "detects"),
        (@"goes back by itself", "is reused automatically"),
        (@"all steps were done", "completed"),
        (@"[Hh]ow the house is built", "Architecture"),
        (@"[Tt]he health of what", "embedding diagnostics"),
        (@"\b(values|bytes|units|rows|steps|words|lines|numbers|examples|records) a "
            + @"(row|second|step|table|bag|line|batch|user|record|text|vector)\b", "… per …"),
        (@"[Ss]ettles every", "random seed"),
        (@"\bfirst weights\b", "initial weights"),
        (@"was not in the data that was learned", "not in the training data"),
        (@"\bpass(ed|es)? over\b", "skipped"),
        (@"\bof late\b", "recent"),
        (@"\btaken for (ratings|choices|text|a )", "treated as"),
    ];

    public static TheoryData<string> Folders { get; } = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs", "apps", "src"];

    [Theory, MemberData(nameof(Folders))]
    public void NoPhraseHasToBeReadTwice(string folder)
    {
        string root = Path.Combine(Repository.Root, folder);
        string[] files = File.Exists(root) ? [root] : [.. Directory.EnumerateFiles(root, "*.*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".md", StringComparison.Ordinal))];
        Assert.NotEmpty(files);
        var found = new List<string>();
        foreach (string file in files)
        {
            string[] lines = File.ReadAllLines(file);
            for (int line = 0; line < lines.Length; line++)
                foreach ((string pattern, string instead) in Phrases)
                    if (Regex.Match(lines[line], pattern, RegexOptions.CultureInvariant) is { Success: true } match)
                        found.Add($"{Path.GetRelativePath(Repository.Root, file)}({line + 1}): '{match.Value}'; write: {instead}");
        }
        Assert.True(found.Count == 0, $"{found.Count} phrases:\n{string.Join('\n', found)}");
    }
}
