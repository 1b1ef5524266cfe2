using Rowan.Fuzz;
using Rowan.TestSupport;

namespace Rowan.Formats.Tests;

/// <summary>The short version of eng/fuzz: every reader against files spoiled in a few places.</summary>
public sealed class MutationTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Formats => [.. FormatCase.All.Select(format => format.Name)];

    [Theory, MemberData(nameof(Formats))]
    public void ASpoiledFileIsReadOrRefusedAndNeverCostsMoreThanItIs(string name)
    {
        FormatCase format = FormatCase.All.Single(one => one.Name == name);
        string path = _folder["input"];
        foreach (byte[] sample in format.Samples)
        {
            File.WriteAllBytes(path, sample);
            Assert.Null(format.Try(path).Thrown);
        }
        for (int number = 0; number < 2_000; number++)
        {
            byte[] input = Mutator.Mutate(format.Samples, seed: 3, number);
            File.WriteAllBytes(path, input);
            ReadResult result = format.Try(path);
            Assert.True(result.IsAllowed, $"mutation {number}: {result.Thrown}");
            Assert.True(result.Allocated <= ReadResult.Bound(input.Length),
                $"mutation {number}: {result.Allocated} bytes for a file of {input.Length}");
        }
    }
}
