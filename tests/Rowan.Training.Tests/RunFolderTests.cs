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
        Assert.Equal(["events.out.tfevents.rowan", "log.csv", "log.jsonl", "model.bin", "run.json"],
            Directory.GetFiles(path).Select(Path.GetFileName).Order());
        Assert.Throws<IOException>(() => RunFolder.Create(_folder.Path, "first", "test"));
    }

    /// <summary>What a killed process left is removed by the next run: without a checkpoint, held by nobody, and not of this
    /// moment.</summary>
    [Fact]
    public void FoldersOfKilledRunsAreRemovedByTheNext()
    {
        string Left(string name, bool checkpoint = false, bool old = true)
        {
            string folder = _folder[$".{name}.partial"];
            Directory.CreateDirectory(Path.Combine(folder, "checkpoint"));
            string[] files = [Path.Combine(folder, "lock"), Path.Combine(folder, "log.csv"), .. checkpoint ? [Path.Combine(folder,
                "checkpoint", "checkpoint.json")] : (string[])[]];
            foreach (string file in files) File.WriteAllText(file, "");
            foreach (string entry in (string[])[.. files, Path.Combine(folder, "checkpoint"), folder])
                if (old) Directory.SetLastWriteTimeUtc(entry, DateTime.UtcNow.AddMinutes(-2));
            return folder;
        }
        string killed = Left("killed"), resumable = Left("resumable", checkpoint: true), now = Left("now", old: false), held = Left("held");
        using (new FileStream(Path.Combine(held, "lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        using (var run = RunFolder.Create(_folder.Path, "next", "test")) run.Complete("test", _ => { });
        Assert.False(Directory.Exists(killed));
        Assert.True(Directory.Exists(resumable) && Directory.Exists(now) && Directory.Exists(held));
        RunFolder.RemoveAbandoned(_folder["missing"], "*");

        string scratch = _folder["scratch-1"];
        using (RunFolder.Hold(scratch))
        {
            foreach (string entry in (string[])[Path.Combine(scratch, "lock"), scratch]) Directory.SetLastWriteTimeUtc(entry,
                DateTime.UtcNow.AddMinutes(-2));
            RunFolder.RemoveAbandoned(_folder.Path, "scratch-*");
            Assert.True(Directory.Exists(scratch));
        }
        RunFolder.RemoveAbandoned(_folder.Path, "scratch-*");
        Assert.False(Directory.Exists(scratch));
    }

    [Fact]
    public void AFolderWithARunGoesBeforeANameAndANameBeforeAnyOtherFolder()
    {
        string name = $"shop-{Guid.NewGuid():N}", path = _folder[name];
        Assert.Equal(name, RunFolder.Named(name, _folder.Path));
        using (var run = RunFolder.Create(_folder.Path, name, "test")) run.Complete("test", _ => { });
        Assert.Equal(path, RunFolder.Named(name, _folder.Path));
        Assert.Equal(path, RunFolder.Named(path, "runs"));
        // Where one stands there may be a folder of that name, which has nothing to do with it.
        Directory.CreateDirectory(name);
        try
        {
            Assert.Equal(path, RunFolder.Named(name, _folder.Path));
            File.Copy(Path.Combine(path, "run.json"), Path.Combine(name, "run.json"));
            Assert.Equal(name, RunFolder.Named(name, _folder.Path));
        }
        finally { Directory.Delete(name, recursive: true); }
    }

    [Fact]
    public void TheLogStandsInEveryFormWhileTheRunGoesOn()
    {
        string partial = _folder[".live.partial"];
        TrainingProgress At(long step, double figure) =>
            new("training", step, 10, 0.5, TimeSpan.FromSeconds(2 * step)) {
            Step = step, Epoch = 1, Epochs = 1, Rate = 1, LearningRate = 0.01, Check = [new Metric("score", figure)] };
        byte[] whole;
        using (var run = RunFolder.Create(_folder.Path, "live", "test"))
        {
            for (int step = 1; step <= 3; step++) run.Log(At(step, step / 10.0));
            // Not completed yet: others read along.
            Assert.Equal(["step,epoch,seconds,loss,rate,learning_rate,touched,validation/score", "1,1,2,0.5,1,0.01,,0.1",
                "2,1,4,0.5,1,0.01,,0.2", "3,1,6,0.5,1,0.01,,0.3"], File.ReadAllLines(Path.Combine(partial, "log.csv")));
            Assert.Equal(3, Occurrences(Path.Combine(partial, "events.out.tfevents.rowan"), "validation/score"));
            run.Complete("test", _ => { });
            whole = File.ReadAllBytes(Path.Combine(run.Path, "events.out.tfevents.rowan"));
            Assert.Equal(3, Occurrences(Path.Combine(run.Path, "events.out.tfevents.rowan"), "learning_rate"));
            Assert.False(Directory.Exists(Path.Combine(run.Path, "checkpoint")));
            Assert.False(File.Exists(Path.Combine(run.Path, "lock")));
        }

        // A run that goes on forgets what came after its checkpoint, half a line among it, and says the same from there.
        using (var run = RunFolder.Create(_folder.Path, "again", "test"))
        {
            run.Log(At(1, 0.1));
            run.Log(At(2, 0.2));
            long kept = new FileInfo(_folder[".again.partial/log.jsonl"]).Length;
            run.Log(At(3, 0.9));
            using (var torn = new FileStream(_folder[".again.partial/log.jsonl"], FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
                torn.Write("{\"phase\":\"tra"u8);
            run.Checkpoint.LogResumes!(kept);
            run.Log(At(3, 0.3));
            run.Complete("test", _ => { });
            Assert.Equal(3, File.ReadLines(Path.Combine(run.Path, "log.jsonl")).Count());
            Assert.Equal(whole, File.ReadAllBytes(Path.Combine(run.Path, "events.out.tfevents.rowan")));
        }

        static int Occurrences(string file, string text)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            return reader.ReadToEnd().Split(text).Length - 1;
        }
    }

    [Fact]
    public void ACrashBetweenTheLastFileAndTheNameLosesNothing()
    {
        // The folder as a crash would leave it there: run.json is written, the checkpoint still lies in it.
        string partial = _folder[".cut.partial"];
        Directory.CreateDirectory(Path.Combine(partial, "checkpoint"));
        File.WriteAllText(Path.Combine(partial, "run.json"), "{}");
        File.WriteAllText(Path.Combine(partial, "checkpoint", "checkpoint.json"), "{}");
        Assert.Equal("cut", RunFolder.CutOff(_folder.Path));
        Assert.Throws<IOException>(() => RunFolder.Create(_folder.Path, "cut", "test"));
        using var run = RunFolder.Create(_folder.Path, "cut", "test", resume: true);
        run.Complete("test", json => json.WriteNumber("answer", 1));
        Assert.Equal(1, RunFolder.Open(run.Path, "test").GetProperty("answer").GetInt32());
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
            case "newer": File.WriteAllText(info,
                File.ReadAllText(info).Replace("\"format_version\": 1", "\"format_version\": 2", StringComparison.Ordinal)); break;
            case "kind": File.WriteAllText(info,
                File.ReadAllText(info).Replace("\"kind\": \"test\"", "\"kind\": \"other\"", StringComparison.Ordinal)); break;
            case "no-model": File.Delete(model); break;
            case "truncated": File.WriteAllText(model, "weigh"); break;
            case "changed": File.WriteAllText(model, "WEIGHTS"); break;
        }
        var error = Assert.ThrowsAny<IOException>(
            () => { try { RunFolder.Open(path, kind); } catch (InvalidDataException data) { throw new IOException(data.Message, data); } });
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
