using Rowan.Onnx;
using Rowan.Onnx.Tests;
using Rowan.Recipes;
using Rowan.TestSupport;

namespace Rowan.Cli.Tests;

public sealed class DistillTests
{
    [Fact]
    public async Task AnEncoderBecomesAFolderThatEncodes()
    {
        using var folder = new TemporaryFolder();
        string encoder = TinyEncoder.Write(folder), output = folder["out"];
        File.WriteAllLines(folder["words.txt"], ["redgreen", "two words"]);
        File.WriteAllLines(folder["texts.txt"], ["red green", "blue"]);
        Ran run = await CommandLine.Plain("distill", encoder, "--out", output, "--dim", "2", "--vocabulary", folder["words.txt"],
            "--texts", folder["texts.txt"], "--numbers", "f16");
        Assert.Equal(0, run.Code);
        Assert.Contains("8 rows of 2 values, 100.0% of the variance, 1 words of your own", run.Out, StringComparison.Ordinal);
        Assert.Contains("'two words'", run.Error, StringComparison.Ordinal);
        Assert.Contains("pooling Mean (the default)", run.Error, StringComparison.Ordinal);
        StaticEncoder made = StaticEncoder.Open(output);
        Assert.NotEqual(made.Encode("redgreen"), made.Encode("red"));

        Ran again = await CommandLine.Plain("distill", encoder, "--out", output, "--dim", "2");
        Assert.Equal(2, again.Code);
        Assert.Contains("is not empty", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await CommandLine.Plain("distill", encoder, "--out", output, "--dim", "2", "--overwrite")).Code);
    }

    [Fact]
    public async Task WrongInputIsNamedAndNothingIsWritten()
    {
        using var folder = new TemporaryFolder();
        Ran none = await CommandLine.Plain("distill", folder["none"], "--out", folder["out"]);
        Assert.NotEqual(0, none.Code);
        Assert.Contains("there is no folder", none.Error, StringComparison.Ordinal);
        Ran wide = await CommandLine.Plain("distill", TinyEncoder.Write(folder), "--out", folder["out"]);
        Assert.Equal(2, wide.Code);
        Assert.Contains("dim 256; it must be from 1 to the 2 values", wide.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void TheNativeLibraryIsSearchedWhereItIsNamedOrInThePackages()
    {
        string[] named = [.. OnnxRuntimeLibrary.Candidates("given", "packages")];
        Assert.Equal("given", named[0]);
        Assert.All(named, path => Assert.StartsWith("given", path, StringComparison.Ordinal));
        string only = Assert.Single(OnnxRuntimeLibrary.Candidates(null, "packages"));
        Assert.StartsWith(Path.Combine("packages", "microsoft.ml.onnxruntime", OnnxRuntimeLibrary.Version, "runtimes"), only,
            StringComparison.Ordinal);
    }
}
