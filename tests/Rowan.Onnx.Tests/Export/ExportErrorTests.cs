using Rowan.Nn;
using Rowan.TestSupport;

namespace Rowan.Onnx.Tests;

/// <summary>What cannot be exported is refused by name, and leaves no file.</summary>
public class ExportErrorTests
{
    sealed class Scores : Module
    {
        public Linear Layer { get; } = new(3, 2);

        public Tensor Looped(Tensor x)
        {
            Tensor sum = Layer.Forward(x[.., 0]);
            for (int t = 1; t < x.Size(1); t++) sum += Layer.Forward(x[.., t]);
            return sum;
        }

        public Tensor Branched(Tensor x) => x.Span[0] > 0 ? Layer.Forward(x) : -Layer.Forward(x);

        public Tensor Read(Tensor x) => Layer.Forward(x) * new Tensor(x.Span, x.Shape.Sizes).Sum();

        public Tensor Written(Tensor x)
        {
            Tensor y = Layer.Forward(x).Detach();
            y.WritableSpan[0] = x.Span[0];
            return y * 2;
        }

        public Tensor Assigned(Tensor x)
        {
            Tensor y = Tensor.Zeros(x.Shape[0], 2);
            y[0] = Layer.Forward(x)[0];
            return y;
        }

        public Tensor Loss(Tensor x) => Losses.MeanSquaredError(Layer.Forward(x), Tensor.Zeros(x.Shape[0], 2));
    }

    static readonly Tensor Example = Tensor.Randn(new Rng(1), 2, 3);

    static readonly Scores Model = new();

    public static TheoryData<string, string> Faults => new()
    {
        { "read", "was not computed by Rowan's operations" },
        { "written", "was not computed by Rowan's operations" },
        { "assigned", "was not computed by Rowan's operations" },
        { "loss", "Losses.MeanSquaredError has no ONNX form" },
        { "null", "returned no tensor" },
        { "string", "returned a System.String" },
        { "positions", "positions of an adaptive maximum" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void WhatIsNoGraphIsNamed(string fault, string message)
    {
        using var folder = new TemporaryFolder();
        Func<Tensor, object?> forward = fault switch
        {
            "read" => Model.Read,
            "written" => Model.Written,
            "assigned" => Model.Assigned,
            "loss" => Model.Loss,
            "null" => _ => null,
            "string" => x => x.ToString(),
            _ => x => x.AdaptiveMaxPool2d(1, 1).Positions,
        };
        Exception error = Assert.ThrowsAny<Exception>(() => Model.ExportOnnx(folder["model.onnx"], forward, Example));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("ExportOnnx", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void ABranchOnAValueIsRefused()
    {
        using var folder = new TemporaryFolder();
        var mixed = new Tensor([1, -1, 2, -2, 3, -3], 2, 3);
        var error = Assert.Throws<NotSupportedException>(
            () => Model.ExportOnnx(folder["model.onnx"], (Tensor x) => Model.Branched(x), mixed));
        Assert.Contains("with another", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void ALoopFixesItsLengthAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        OnnxExportReport report = Model.ExportOnnx(folder["model.onnx"], (Tensor x) => Model.Looped(x), Tensor.Randn(new Rng(1), 2, 4, 3));
        Assert.Equal("x: float32 [batch, 4, 3]", Assert.Single(report.Inputs));
        Assert.Contains(report.FixedSizes, line => line.StartsWith("x dimension 1 is 4", StringComparison.Ordinal)
            && line.Contains("a loop or a branch depends on it", StringComparison.Ordinal));
        Assert.Contains("verified in ONNX Runtime", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ASizeThatIsNamedAndCannotVaryIsRefused()
    {
        using var folder = new TemporaryFolder();
        Tensor x = Tensor.Randn(new Rng(1), 2, 4, 3);
        OnnxExportReport Export(Func<Tensor, Tensor> forward, params string?[] axes) =>
            Model.ExportOnnx(folder["model.onnx"], forward, x, new() { Inputs = [new("x", axes)] });
        Assert.Contains("a loop or a branch", Assert.Throws<NotSupportedException>(() => Export(Model.Looped, "n", "time", null)).Message,
            StringComparison.Ordinal);
        Assert.Contains("axis 'values' is not 3",
            Assert.Throws<ArgumentException>(() => Export(Model.Layer.Forward, "n", null, "values")).Message,
            StringComparison.Ordinal);
        Assert.Contains("2 axes for input 'x' of 3 dimensions",
            Assert.Throws<ArgumentException>(() => Export(Model.Layer.Forward, "n", null)).Message,
            StringComparison.Ordinal);
        Assert.Contains("equal names are equal sizes",
            Assert.Throws<ArgumentException>(() => Export(Model.Layer.Forward, "n", "n", null)).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        Assert.Equal("x: float32 [n, 4, 3]", Export(Model.Layer.Forward, "n", null, null).Inputs[0]);
    }

    [Fact]
    public void AnExampleThatDoesNotFitIsTheModelsOwnError()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("Affine: x [2, 4]",
            Assert.Throws<ArgumentException>(() => Model.Layer.ExportOnnx(folder["model.onnx"], Tensor.Zeros(2, 4))).Message,
            StringComparison.Ordinal);
        Assert.Contains("is a System.Int32",
            Assert.Throws<NotSupportedException>(() => Model.ExportOnnx(folder["model.onnx"], (int x) => Tensor.Zeros(x), 3))
            .Message, StringComparison.Ordinal);
        Assert.Contains("is null",
            Assert.Throws<ArgumentNullException>(() => Model.Layer.ExportOnnx(folder["model.onnx"], (Tensor)null!)).Message,
            StringComparison.Ordinal);
        Assert.Contains("2 names of outputs", Assert.Throws<ArgumentException>(() =>
            Model.Layer.ExportOnnx(folder["model.onnx"], Example, new() { Outputs = ["a", "b"] })).Message, StringComparison.Ordinal);
        Assert.Contains("named alike", Assert.Throws<ArgumentException>(() => Model.ExportOnnx(folder["model.onnx"],
            (Tensor x, Tensor y) => x + y, Example, Example, new() { Inputs = [new("a"), new("a")] })).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void APathThatCannotBeWrittenIsRefusedAndAnOldFileStays()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("there is no folder", Assert.Throws<DirectoryNotFoundException>(() =>
            Model.Layer.ExportOnnx(folder["none/model.onnx"], Example)).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<IOException>(() => Model.Layer.ExportOnnx(folder.Path, Example)).Message,
            StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
            Assert.Contains("/proc/model.onnx cannot be written", Assert.Throws<IOException>(() =>
                Model.Layer.ExportOnnx("/proc/model.onnx", Example)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder["model.onnx"], "old");
        Assert.ThrowsAny<Exception>(() => Model.ExportOnnx(folder["model.onnx"], (Tensor x) => Model.Read(x), Example));
        Assert.Equal("old", File.ReadAllText(folder["model.onnx"]));
        Assert.Equal([folder["model.onnx"]], Directory.EnumerateFileSystemEntries(folder.Path));
        // What an export left whose process was killed: of an earlier process of this number, which no longer runs.
        string killed = Rowan.Formats.TemporaryFile.NextTo(folder["model.onnx"]);
        Rowan.Formats.TemporaryFile.Release(killed);
        Directory.CreateDirectory(killed);
        File.WriteAllText(Path.Combine(killed, "model.onnx"), "half");
        Model.Layer.ExportOnnx(folder["model.onnx"], Example);
        Assert.Equal([folder["model.onnx"]], Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void RowsThatMaxNormWouldShrinkAreRefusedUntilTheyAreShort()
    {
        using var folder = new TemporaryFolder();
        var embedding = new Embedding(4, 3, maxNorm: 0.5f, rng: new Rng(2));
        float[] before = embedding.Weight.AsArray().ToArray();
        Assert.Contains("MaxNorm 0.5 would shrink it", Assert.Throws<NotSupportedException>(() =>
            embedding.ExportOnnx(folder["model.onnx"], (Indices)new[] { 1, 3 })).Message, StringComparison.Ordinal);
        Assert.Equal(before, embedding.Weight.AsArray().ToArray());
        embedding.Weight.Renormalize([0, 1, 2, 3], 0.5f, 2, store: true);
        embedding.ExportOnnx(folder["model.onnx"], (Indices)new[] { 1, 3 });
        OnnxRun.Same([embedding.Forward(new[] { 0, 2, 1 })], OnnxRun.Of(folder["model.onnx"], (Indices)new[] { 0, 2, 1 }));
    }

    [Fact]
    public void ExportingChangesNothing()
    {
        using var folder = new TemporaryFolder();
        var model = new Sequential(new Linear(3, 4), new BatchNorm1d(4), new Nn.Dropout(), new Linear(4, 2));
        model.Modules[1].Eval();
        float[][] before = [.. model.Parameters().Select(one => ((Parameter)one).Value.ToArray())];
        model.ExportOnnx(folder["model.onnx"], Example);
        Assert.Equal(before, model.Parameters().Select(one => ((Parameter)one).Value.ToArray()));
        Assert.Equal([true, true, false, true, true], ((Module[])[model, .. model.Modules]).Select(one => one.Training));
        Assert.All(model.Parameters(), one => Assert.Null(((Parameter)one).Gradient));
    }
}
