using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Rowan.TestSupport;

namespace Rowan.Architecture.Tests;

public partial class LayerTests
{
    /// <summary>The assemblies of the package Rowan: layers 0 to 3 without Rowan.Data.</summary>
    static readonly string[] Core =
        ["Rowan.Formats", "Rowan.Nn", "Rowan.Numerics", "Rowan.Optim", "Rowan.Retrieval", "Rowan.Tables", "Rowan.Tensors",
            "Rowan.Training"];

    /// <summary>What each project may use: lower layers only.</summary>
    static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Rowan.Numerics"] = [],
        ["Rowan.Tensors"] = ["Rowan.Numerics"],
        ["Rowan.Tables"] = ["Rowan.Numerics"],
        ["Rowan.Nn"] = ["Rowan.Numerics", "Rowan.Tensors", "Rowan.Tables"],
        ["Rowan.Optim"] = ["Rowan.Numerics", "Rowan.Tables"],
        ["Rowan.Data"] = ["Rowan.Numerics", "Rowan.Formats"],
        ["Rowan.Formats"] = ["Rowan.Numerics", "Rowan.Tables"],
        ["Rowan.Retrieval"] = ["Rowan.Numerics", "Rowan.Tables", "Rowan.Formats"],
        ["Rowan.Training"] = ["Rowan.Numerics", "Rowan.Tensors", "Rowan.Tables", "Rowan.Nn", "Rowan.Optim", "Rowan.Formats"],
        ["Rowan"] = [.. Core],
        ["Rowan.Recipes"] = ["Rowan", "Rowan.Data", .. Core],
        ["Rowan.Onnx"] = ["Rowan", "Rowan.Data", "Rowan.Recipes", .. Core],
        ["Rowan.Extensions.AI"] = ["Rowan", "Rowan.Data", "Rowan.Recipes", .. Core],
    };

    /// <summary>The projects that have code: all but the package Rowan, which only holds the others' assemblies.</summary>
    public static TheoryData<string> Projects =>
        [.. Directory.GetDirectories(Repository.File("src")).Select(folder => Path.GetFileName(folder)!)
            .Where(project => project != "Rowan").Order()];

    [Theory, MemberData(nameof(Projects))]
    public void AProjectRefersToLowerLayersOnly(string project) =>
        Assert.Empty(UpwardReferences(project, XDocument.Load(Repository.File("src", project, project + ".csproj"))));

    /// <summary>The compiler leaves a reference that no code needs out of the assembly. The package Rowan has no code of its own.</summary>
    [Theory, MemberData(nameof(Projects))]
    public void AProjectNeedsWhatItRefersTo(string project) =>
        Assert.Empty(Included(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)).Except(["Rowan"])
            .Except(Assembly.Load(project).GetReferencedAssemblies().Select(assembly => assembly.Name)));

    [Fact]
    public void AnUpwardReferenceIsRefused()
    {
        XDocument upward = XDocument.Parse("""<Project><ItemGroup><ProjectReference Include="../Rowan.Nn/Rowan.Nn.csproj" /></ItemGroup></Project>""");
        Assert.Equal(["Rowan.Nn"], UpwardReferences("Rowan.Tensors", upward));
    }

    /// <summary>
    /// Projects outside the core that use a library: for a file format, or because they are adapters to it. The package Rowan.Recipes
    /// contains Rowan.Data, so it names the same libraries.
    /// </summary>
    static readonly Dictionary<string, string[]> Packages = new()
    {
        ["Rowan.Data"] = ["Parquet.Net"],
        ["Rowan.Recipes"] = ["Parquet.Net"],
        ["Rowan.Extensions.AI"] = ["Microsoft.Extensions.AI.Abstractions", "Microsoft.Extensions.DependencyInjection.Abstractions",
            "Microsoft.Extensions.VectorData.Abstractions"],
        ["Rowan.Onnx"] = ["Microsoft.Extensions.AI.Abstractions", "Microsoft.ML.OnnxRuntime"],
    };

    [Theory, MemberData(nameof(Projects))]
    public void TheCoreTakesNoPackage(string project) =>
        Assert.Equal(Packages.GetValueOrDefault(project) ?? [], Included(project, "PackageReference"));

    [Fact]
    public void ThePackagesHoldEveryAssemblyOnce()
    {
        Assert.Empty(Included("Rowan", "PackageReference"));
        Assert.Empty(UpwardReferences("Rowan", XDocument.Load(Repository.File("src", "Rowan", "Rowan.csproj"))));
        Assert.Equal(Core, Included("Rowan", "PackedAssembly"));
        Assert.Equal(["Rowan.Data"], Included("Rowan.Recipes", "PackedAssembly"));
        Assert.Equal(Projects.Select(row => row.Data), 
            (string[])[.. Core.Concat(["Rowan.Data", "Rowan.Extensions.AI", "Rowan.Onnx", "Rowan.Recipes"]).Order()]);
    }

    [Theory, MemberData(nameof(Projects))]
    public void AProjectHasAReadMeAndTests(string project)
    {
        Assert.True(File.Exists(Repository.File("src", project, "README.md")),
            $"src/{project}/README.md is missing: why the layer exists, its guarantees, its costs");
        Assert.True(File.Exists(Repository.File("tests", project + ".Tests", project + ".Tests.csproj")));
    }

    [Theory, MemberData(nameof(Projects))]
    public void AClassIsAbstractSealedOrStatic(string project) =>
        Assert.Empty(Assembly.Load(project).GetTypes()
            .Where(type => type.IsClass && !type.IsAbstract && !type.IsSealed && !type.FullName!.Contains('<', StringComparison.Ordinal))
            .Select(type => type.FullName));

    [Fact]
    public void AFileHasAtMostFiveHundredLines() =>
        Assert.DoesNotContain((string[])[.. Sources("src"), .. Sources("apps")], file => File.ReadAllLines(file).Length > 500);

    [Fact]
    public void NothingNamesAPathOfOneMachine()
    {
        foreach (string file in (string[])[.. Sources("src"), .. Sources("apps"), .. Sources("tests"), .. Sources("examples")])
            Assert.False(MachinePath().IsMatch(File.ReadAllText(file)), $"{file} names a home or work folder");
    }

    static string[] UpwardReferences(string project, XDocument file) =>
    [
        .. file.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))
            .Except(MayUse.GetValueOrDefault(project) ?? []),
    ];

    /// <summary>The items of one kind in a project file, sorted.</summary>
    static string[] Included(string project, string kind) =>
    [
        .. XDocument.Load(Repository.File("src", project, project + ".csproj")).Descendants(kind)
            .SelectMany(item => item.Attribute("Include")!.Value.Split(';')).Order(),
    ];

    static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Repository.File(folder), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex("[\"' ]/(home|root|work|Users)/")]
    private static partial Regex MachinePath();
}
