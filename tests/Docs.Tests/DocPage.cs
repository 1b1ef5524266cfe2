using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Rowan.Docs.Tests;

/// <summary>
/// A page of Markdown as one program: its C# snippets in order, so that each may use what those above it declared.
/// Their output is compared with the <c>```text output</c> blocks that follow them. A warning of the compiler is an error.
/// </summary>
sealed partial class DocPage
{
    /// <summary>The implicit usings of a console project.</summary>
    static readonly SyntaxTree _usings = CSharpSyntaxTree.ParseText(string.Concat(((string[])
        ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading",
            "System.Threading.Tasks"])
        .Select(name => $"global using {name};\n")));

    readonly List<Snippet> _snippets = [];

    DocPage(string name, Snippet snippet) => (Name, _snippets) = (name, [snippet]);

    public DocPage(string name, string text)
    {
        Name = name;
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            Match fence = Fence().Match(lines[i]);
            if (!fence.Success) continue;
            int start = i + 1;
            for (i = start; i < lines.Length && lines[i].TrimStart() != "```";) i++;
            string body = string.Join('\n', lines[start..i]);
            string info = fence.Groups[1].Value.Trim();
            if (info == "csharp") _snippets.Add(new Snippet(body, start + 1));
            else if (info == "text output" && _snippets.Count > 0) _snippets[^1] = _snippets[^1] with { Output = body };
        }
    }

    public string Name { get; }

    public int Snippets => _snippets.Count;

    /// <summary>Each snippet as a page, for pages whose snippets are to compile alone.</summary>
    public IEnumerable<DocPage> Alone() => _snippets.Select(snippet => new DocPage(Name, snippet));

    /// <summary>Compiles and runs the page; returns the first error, or null.</summary>
    public string? Check()
    {
        if (_snippets.Count == 0) return null;
        CSharpCompilation compilation = Compile(out Dictionary<int, int> lineOf);
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        if (result.Diagnostics.FirstOrDefault(d => d.Severity >= DiagnosticSeverity.Warning) is { } error)
            return $"{Name}:{lineOf.GetValueOrDefault(error.Location.GetLineSpan().StartLinePosition.Line)}: "
                + $"{error.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}";
        return Run(image);
    }

    CSharpCompilation Compile(out Dictionary<int, int> lineOf)
    {
        // Statements in order, then types, as C# wants them; usings first. Lines are remembered for errors.
        List<(string Text, int Line)> usings = [], statements = [], types = [];
        foreach ((Snippet snippet, int number) in _snippets.Select((snippet, number) => (snippet, number)))
        {
            var unit = (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(snippet.Code).GetRoot();
            foreach (UsingDirectiveSyntax one in unit.Usings) usings.Add((one.ToString(), LineOf(one, snippet)));
            foreach (MemberDeclarationSyntax member in unit.Members)
                (member is GlobalStatementSyntax ? statements : types).Add((member.ToFullString(), LineOf(member, snippet)));
            statements.Add(($"Console.WriteLine(\"\\u0001{number}\");", snippet.Line));
        }
        var source = new StringBuilder();
        lineOf = [];
        int line = 0;
        var seen = new HashSet<string>();
        foreach ((string text, int from) in (IEnumerable<(string, int)>)[.. usings.Where(one => seen.Add(one.Text)), .. statements,
            .. types])
        {
            string trimmed = text.Trim('\n');
            for (int i = 0; i <= trimmed.Count(c => c == '\n'); i++) lineOf[line++] = from + i;
            source.Append(trimmed).Append('\n');
        }
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        return CSharpCompilation.Create($"Page_{Guid.NewGuid():N}", [_usings, CSharpSyntaxTree.ParseText(source.ToString())], references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, warningLevel: 9999,
                nullableContextOptions: NullableContextOptions.Enable));
    }

    string? Run(MemoryStream image)
    {
        image.Position = 0;
        var context = new AssemblyLoadContext(Name, isCollectible: true);
        TextWriter before = Console.Out;
        using var output = new StringWriter();
        try
        {
            MethodInfo main = context.LoadFromStream(image).EntryPoint!;
            Console.SetOut(output);
            object? result = main.Invoke(null, main.GetParameters().Length == 0 ? null : [Array.Empty<string>()]);
            if (result is Task task) task.GetAwaiter().GetResult();
        }
        catch (TargetInvocationException failure)
        {
            return $"{Name}: {failure.InnerException}";
        }
        finally
        {
            Console.SetOut(before);
            context.Unload();
        }
        string[] printed = output.ToString().ReplaceLineEndings("\n").Split('\u0001');
        for (int i = 0; i < _snippets.Count; i++)
        {
            // What a snippet printed ends at its mark; the mark's own number and line end begin the next part.
            string text = i == 0 ? printed[0] : printed[i][(printed[i].IndexOf('\n', StringComparison.Ordinal) + 1)..];
            if (_snippets[i].Output is { } expected && expected.Trim('\n') != text.Trim('\n'))
                return $"{Name}:{_snippets[i].Line}: prints\n{text}where the page says\n{expected}";
        }
        return null;
    }

    static int LineOf(SyntaxNode node, Snippet snippet) =>
        snippet.Line + node.SyntaxTree.GetLineSpan(node.FullSpan).StartLinePosition.Line;

    [GeneratedRegex(@"^\s*```(\S.*)$")]
    private static partial Regex Fence();

    sealed record Snippet(string Code, int Line, string? Output = null);
}
