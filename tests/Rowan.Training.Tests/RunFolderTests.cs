using Rowan.TestSupport;
using Rowan.Training;

namespace Rowan.Tests;

public sealed class RunFolderTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ARunAppearsWholeUnderItsName()
    {
        using (var run = RunFolder.Create(_folder.Path, "first", "test"))
        {
            File.WriteAllText(run.File("model.bin"), "weights");
            run.Log(new TrainingProgress("training", 5, 10, 0.5, TimeSpan.FromSeconds(2)));
            Assert.False(Directory.Exists(run.Path));
            run.Complete("test", json => json.WriteNumber("answer", 42));
        }
        string path = _folder["first"];
        Assert.Equal(42, RunFolder.Open(path, "test").GetProperty("answer").GetInt32());
        Assert.Equal(path, RunFolder.Newest(_folder.Path, "test"));
        Assert.Contains("\"loss\":0.5", File.ReadAllText(Path.Combine(path, "log.jsonl")), StringComparison.Ordinal);
        Assert.Equal(["events.out.tfevents.rowan", "log.csv", "log.jsonl", "model.bin", "run.json"], Directory.GetFiles(path).Select(Path.GetFileName).Order());
        Assert.Throws<IOException>(() => RunFolder.Create(_folder.Path, "first", "test"));
    }

    [Fact]
    public void WhatIsNotCompletedLeavesNothing()
    {
        using (var run = RunFolder.Create(_folder.Path, "broken", "test")) File.WriteAllText(run.File("model.bin"), "half");
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        Assert.Throws<DirectoryNotFoundException>(() => RunFolder.Newest(_folder.Path, "test"));
        Assert.Throws<ArgumentException>(() => RunFolder.Create(_folder.Path, "a/b", "test"));
    }

    [Theory]
    [InlineData("missing", "no run folder")]
    [InlineData("no-info", "incomplete: it has no run.json")]
    [InlineData("garbage", "not JSON")]
    [InlineData("newer", "newer version")]
    [InlineData("kind", "not a test run")]
    [InlineData("no-model", "model.bin is missing")]
    [InlineData("truncated", "truncated")]
    [InlineData("changed", "damaged")]
    public void WhatIsWrongWithARunIsSaid(string harm, string says)
    {
        using (var run = RunFolder.Create(_folder.Path, "run", "test"))
        {
            File.WriteAllText(run.File("model.bin"), "weights");
            run.Complete("test", _ => { });
        }
        string path = _folder["run"], info = Path.Combine(path, "run.json"), model = Path.Combine(path, "model.bin");
        string kind = "test";
        switch (harm)
        {
            case "missing": path = _folder["nowhere"]; break;
            case "no-info": File.Delete(info); break;
            case "garbage": File.WriteAllText(info, "{\"format_"); break;
            case "newer": File.WriteAllText(info, File.ReadAllText(info).Replace("\"format_version\": 1", "\"format_version\": 2", StringComparison.Ordinal)); break;
            case "kind": File.WriteAllText(info, File.ReadAllText(info).Replace("\"kind\": \"test\"", "\"kind\": \"other\"", StringComparison.Ordinal)); break;
            case "no-model": File.Delete(model); break;
            case "truncated": File.WriteAllText(model, "weigh"); break;
            case "changed": File.WriteAllText(model, "WEIGHTS"); break;
        }
        var error = Assert.ThrowsAny<IOException>(() => { try { RunFolder.Open(path, kind); } catch (InvalidDataException data) { throw new IOException(data.Message, data); } });
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void ProgressTellsPaceAndRest()
    {
        var now = new TrainingProgress("training", 25, 100, null, TimeSpan.FromSeconds(5));
        Assert.Equal(5, now.PerSecond);
        Assert.Equal(TimeSpan.FromSeconds(15), now.Remaining);
        Assert.Null((now with { Done = 0 }).Remaining);
    }
}
