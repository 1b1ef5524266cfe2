using Rowan.Data;
using Rowan.Onnx.Tests;
using Rowan.Recipes;

namespace Rowan.Cli.Tests;

/// <summary>rowan export RUN --to onnx.</summary>
public sealed class OnnxExportTests : IDisposable
{
    readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public async Task ARunBecomesAFileThatPredictsTheSame()
    {
        Assert.Equal(0, (await _line.Run("train", _line.Table(), "--label", "label", "--name", "own", "--epochs", "2", "--preset",
            "none")).Code);
        string path = _line.Folder["own.onnx"];
        Ran exported = await _line.Run("export", "own", "--out", path);
        Assert.True(exported.Code == 0, exported.Error);
        Assert.Contains("input   colour: int64 [batch]", exported.Out, StringComparison.Ordinal);
        Assert.Contains("output  probabilities: float32 [batch, 2]", exported.Out, StringComparison.Ordinal);
        Assert.Contains("verified in ONNX Runtime: largest difference", exported.Out, StringComparison.Ordinal);

        TabularRun run = TabularRun.Open(Path.Combine(_line.Runs, "own"));
        using DataSource data = DataSource.Of(_line.Lines("new.csv", "colour,size", "red,3"));
        using RecordReader reader = data.Open();
        Prediction expected = run.Predict(reader).Single();
        long red = run.Tables[0].Ids["red"];
        object[] inputs = [(Indices)new[] { red }, .. run.Columns.Count > 1
            && exported.Out.Contains("size: float32", StringComparison.Ordinal)
            ? [(Tensor)new[] { 3f }] : new object[] { (Indices)new[] { run.Tables[1].Ids["3"] } }];
        var output = (Tensor)OnnxRun.Of(path, inputs)[0];
        Assert.Equal(expected.Probability!.Value, output.At(0, run.Labels.ToList().IndexOf(expected.Value)), 1e-5);

        Assert.Equal(0, (await _line.Run("export", Path.Combine(_line.Runs, "own"), "--to", "ONNX", "-o", _line.Folder["again"],
            "--no-verify")).Code);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(_line.Folder["again"]));
    }

    [Fact]
    public async Task WrongInputIsNamedAndNothingIsWritten()
    {
        Assert.Equal(0, (await _line.Run("train", _line.Choices(), "--name", "own", "--dim", "4", "--preset", "none")).Code);
        string path = _line.Folder["own.onnx"];
        foreach ((string[] options, string message) in new (string[], string)[]
        {
            (["own", "--table", "users"], "--table: it is for tables"), (["own", "--as", "x"], "--as: it is for tables"),
            (["own", "--skip-bad"], "--skip-bad: it is for tables"), (["none"], "none"),
        })
        {
            Ran refused = await _line.Run(["export", .. options, "--to", "onnx", "--out", path]);
            Assert.NotEqual(0, refused.Code);
            Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        }
        Ran table = await _line.Run("export", "own", "--table", "users", "--out", _line.Folder["users.csv"], "--no-verify");
        Assert.Contains("--no-verify: it is for --to onnx", table.Error, StringComparison.Ordinal);
        Ran folder = await _line.Run("export", "own", "--to", "onnx", "--out", _line.Folder["none/own.onnx"]);
        Assert.Contains("there is no folder", folder.Error, StringComparison.Ordinal);
        File.WriteAllLines(_line.Folder["corpus.txt"], Enumerable.Range(0, 300).Select(i => $"a text with some words number {i % 7}"));
        Assert.Equal(0, (await _line.Run("train", _line.Folder["corpus.txt"], "--task", "words", "--name", "text", "--epochs", "1",
            "--dim", "4")).Code);
        Ran words = await _line.Run("export", "text", "--to", "onnx", "--out", path);
        Assert.Contains("has no model to export as ONNX", words.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(_line.Folder.Path),
            entry => entry.Contains("onnx", StringComparison.Ordinal)
            || entry.EndsWith("users.csv", StringComparison.Ordinal));
    }
}
