using System.Reflection;
using System.Xml.Linq;
using Rowan.TestSupport;

namespace Rowan.Architecture.Tests;

/// <summary>The public API of each package is a committed list, so that it never changes unseen.</summary>
public sealed class PublicApiTests
{
    const string Command = "eng/update-api.sh";

    public static TheoryData<string> Packages => ["Rowan", "Rowan.Recipes", "Rowan.Onnx", "Rowan.Extensions.AI"];

    [Theory, MemberData(nameof(Packages))]
    public void TheListIsThePublicApi(string package)
    {
        string path = Repository.File("src", package, "PublicApi.txt");
        string[] api = ApiList.Of(Assemblies(package).Select(Assembly.Load));
        Assert.NotEmpty(api);
        if (Environment.GetEnvironmentVariable("ROWAN_UPDATE_API") == "1") File.WriteAllLines(path, api);
        string? difference = Difference($"src/{package}/PublicApi.txt", File.Exists(path) ? File.ReadAllLines(path) : [], api);
        Assert.True(difference is null, difference);
    }

    [Fact]
    public void AChangedMemberIsNamedWithTheCommandThatAcceptsIt()
    {
        Assert.Null(Difference("list", ["A", "B"], ["A", "B"]));
        string difference = Difference("list", ["A.Old()", "B"], ["A.New()", "B"])!;
        Assert.Contains("- A.Old()", difference, StringComparison.Ordinal);
        Assert.Contains("+ A.New()", difference, StringComparison.Ordinal);
        Assert.Contains(Command, difference, StringComparison.Ordinal);
        Assert.True(File.Exists(Repository.File(Command.Split('/'))));
    }

    [Fact]
    public void ALineShowsWhatAProgramDependsOn()
    {
        string name = typeof(PublicApiTests).Namespace + ".PublicApiTests.Sample";
        string[] lines = [.. ApiList.Of(typeof(Sample<>))];
        Assert.Equal([
            $"{name}<T> : abstract class System.IComparable<T> where T : struct",
            $"{name}<T>.CompareTo(T other) -> abstract int",
            $"{name}<T>.Find<TKey>(string? text, int count = 3, params TKey[] keys) -> static TKey where TKey : System.IDisposable",
            $"{name}<T>.Hook(ref T value) -> protected virtual void",
            $"{name}<T>.Name {{ get; init; }} -> required string",
            $"{name}<T>.Sample(out long count) -> protected",
            $"{name}<T>.Size = 8 -> const int",
        ], lines.Order(StringComparer.Ordinal));
    }

    static IEnumerable<string> Assemblies(string package) =>
        XDocument.Load(Repository.File("src", package, package + ".csproj")).Descendants("PackedAssembly")
        .SelectMany(item => item.Attribute("Include")!.Value.Split(';')).Concat(package == "Rowan" ? [] : [package]);

    static string? Difference(string list, string[] committed, string[] api)
    {
        string[] lines = [.. committed.Except(api).Select(line => $"- {line}"), .. api.Except(committed).Select(line => $"+ {line}")];
        if (lines.Length == 0 && committed.SequenceEqual(api)) return null;
        string shown = string.Join('\n', lines.Take(40)) + (lines.Length > 40 ? $"\n… and {lines.Length - 40} more" : "");
        return $"{list} differs from the public API (- only in the list, + only in the code). If the change is intended, run {Command} "
            + $"and commit the list.\n{shown}";
    }

    public abstract class Sample<T> : IComparable<T>
        where T : struct
    {
        public const int Size = 8;

        protected Sample(out long count) => count = 0;

        public required string Name { get; init; }

        public abstract int CompareTo(T other);

        public static TKey Find<TKey>(string? text, int count = 3, params TKey[] keys)
            where TKey : IDisposable => keys[count + (text?.Length ?? 0)];

        public override string ToString() => Name;

        protected virtual void Hook(ref T value) => value = default;
    }
}
