using System.Reflection;
using System.Text.RegularExpressions;
using Rowan.TestSupport;

namespace Rowan.Docs.Tests;

/// <summary>The page of names: each name it gives exists, and no module, loss, optimizer or schedule is missing from it.</summary>
public partial class FromPyTorchTests
{
    static readonly Assembly[] Assemblies = [typeof(Rng).Assembly, typeof(Tensor).Assembly, typeof(Table).Assembly,
        typeof(Nn.Module).Assembly, typeof(Optimizer).Assembly, typeof(Formats.Safetensors).Assembly, typeof(Checkpoint).Assembly];

    static readonly string Page = File.ReadAllText(Repository.File("docs", "from-pytorch.md"));

    public static TheoryData<string> Names =>
        [.. Rows().SelectMany(cell => Code().Matches(cell).Select(match => match.Groups[1].Value)).Distinct()];

    [Theory, MemberData(nameof(Names))]
    public void ANameExists(string name)
    {
        string[] parts = name.Split('<')[0].Split('.');
        // Arguments, and indexing as it is written.
        if (parts is ["lengths"] or ["Read"] || name.StartsWith("x[", StringComparison.Ordinal)) return;
        bool nn = parts[0] == "Nn";
        if (nn) parts = parts[1..];
        string[] namespaces = nn ? ["Rowan.Nn"] : ["Rowan", "Rowan.Formats"];
        Type[] types = [.. Assemblies.SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => namespaces.Contains(type.Namespace) && type.Name.Split('`')[0] == parts[0])];
        Assert.True(types.Length > 0, $"{name}: there is no such type");
        if (parts.Length > 1) Assert.True(types.Any(type => type.GetMember(parts[1]).Length > 0), $"{name}: {parts[0]} has no such member");
    }

    [Fact]
    public void NothingPublicIsMissing()
    {
        string[] shown = [.. Names.Select(row => row.Data.Split('<')[0])];
        Assert.Empty(typeof(Nn.Module).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Nn.Module)) && !type.IsAbstract)
            .Select(type => $"Nn.{type.Name.Split('`')[0]}").Except(shown));
        Assert.Empty(typeof(Ops).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Select(method =>
            $"Ops.{method.Name}").Except(shown));
        Assert.Empty(typeof(Losses).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(method => $"Losses.{method.Name}")
            .Except(shown));
        Assert.Empty(typeof(Optimizer).Assembly.GetExportedTypes()
            .Where(type => type.IsSealed && !type.IsAbstract
            && (type.IsSubclassOf(typeof(Optimizer)) || type.Name.EndsWith("Schedule", StringComparison.Ordinal)))
            .Select(type => type.Name).Except(shown));
    }

    /// <summary>The cells on Rowan's side.</summary>
    static IEnumerable<string> Rows() =>
        Page.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line.Split(" | ")[^1])
        .Where(cell => cell.Contains('`'));

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
