using Rowan.TestSupport;
namespace Rowan.Formats.Tests;

public sealed class AtomicFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReplacesAnOldFileWhole()
    {
        File.WriteAllText(_folder["a"], "a much longer old text");
        AtomicFile.WriteText(_folder["a"], "new é");
        Assert.Equal("new é"u8.ToArray(), File.ReadAllBytes(_folder["a"]));
        Assert.Equal([_folder["a"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1_000_000)]
    public void AnExceptionLeavesTheOldFileAndNoOther(int written)
    {
        File.WriteAllText(_folder["a"], "old");
        var thrown = Assert.Throws<IOException>(() => AtomicFile.Write(_folder["a"], stream =>
        {
            stream.Write(new byte[written]);
            throw new IOException("no space left");
        }));
        Assert.Equal("no space left", thrown.Message);
        Assert.Equal("old", File.ReadAllText(_folder["a"]));
        Assert.Equal([_folder["a"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void TheOldFileIsReadableUntilTheNewOneIsWhole()
    {
        File.WriteAllText(_folder["a"], "old");
        AtomicFile.Write(_folder["a"], stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(_folder["a"]));
        });
        Assert.Equal("new", File.ReadAllText(_folder["a"]));
    }

    [Fact]
    public void AFolderInTheWayIsLeftAlone()
    {
        Directory.CreateDirectory(_folder["a"]);
        Assert.Contains("is a folder", Assert.Throws<IOException>(() => AtomicFile.WriteText(_folder["a"], "x")).Message,
            StringComparison.Ordinal);
        string inNone = _folder["missing/a"];
        Assert.Contains($"'{inNone}': there is no folder '{_folder["missing"]}'",
            Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.WriteText(inNone, "x")).Message, StringComparison.Ordinal);
        Assert.Equal([_folder["a"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    /// <summary>A process is killed in the middle of a save; the next save into the folder removes what it left, and nothing
    /// else.</summary>
    [Fact]
    public async Task WhatAKilledProcessLeftIsRemovedByTheNextSave()
    {
        // What "kill -9" leaves: a file with the name that a process gave which no longer runs, open nowhere.
        var version = new System.Diagnostics.ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true };
        using var gone = System.Diagnostics.Process.Start(version)!;
        await gone.WaitForExitAsync(TestContext.Current.CancellationToken);
        string mine = Path.GetFileName(TemporaryFile.NextTo(_folder["a"]));
        string Named(int process, string machine = "")
            => _folder[$".a.{(machine.Length > 0 ? machine : mine.Split('.')[2].Split('-')[0])}-{process}-{Guid.NewGuid():N}.tmp"];
        string orphan = Named(gone.Id), other = Named(gone.Id).Replace(".a.", ".other name.with dots.", StringComparison.Ordinal),
            formerMe = Named(Environment.ProcessId);
        string alive = Named(Environment.ProcessId == 1 ? 2 : 1), open = Named(gone.Id);
        string elsewhere = Named(gone.Id, "00000000"), oldElsewhere = Named(gone.Id, "00000000");
        string[] strangers = [_folder[".notes.tmp"], _folder["a.tmp"], _folder[".a.1-2-3.tmp"], _folder[$"visible-{Guid.NewGuid():N}.tmp"]];
        foreach (string file in (string[])[orphan, other, formerMe, alive, elsewhere, oldElsewhere, open, .. strangers])
            File.WriteAllText(file, "half");
        File.SetLastWriteTimeUtc(oldElsewhere, DateTime.UtcNow.AddHours(-2));
        // Folders of exports too: that of a dead process, and not that of a living one.
        string[] folders = [Named(gone.Id), Named(Environment.ProcessId == 1 ? 2 : 1)];
        foreach (string folder in folders)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "a"), "half");
        }
        Directory.SetLastWriteTimeUtc(folders[1], DateTime.UtcNow.AddHours(-2));
        using (new FileStream(open, FileMode.Open, FileAccess.Write, FileShare.Delete)) AtomicFile.WriteText(_folder["a"], "whole");
        Assert.Equal("whole", File.ReadAllText(_folder["a"]));
        Assert.Equal(((string[])[_folder["a"], alive, elsewhere, open, .. strangers]).Order(StringComparer.Ordinal),
            Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
        Assert.Equal([folders[1]], Directory.GetDirectories(_folder.Path));
        AtomicFile.WriteText(_folder["b"], "whole");
        Assert.False(File.Exists(open));
    }

    /// <summary>Saves into one folder at the same time do not take each other's temporary files.</summary>
    [Fact]
    public void SavesAtTheSameTimeLeaveEachOtherAlone()
    {
        Parallel.For(0, 200, i => AtomicFile.WriteText(_folder[$"{i % 20}"], $"{i}"));
        Assert.Equal(20, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public void LinesComeBackAsTheyWere()
    {
        string[] lines = ["", "one", " two ", "drei ß"];
        AtomicFile.WriteLines(_folder["a"], lines);
        Assert.Equal(lines, File.ReadAllLines(_folder["a"]));
        Assert.Contains("line 2", Assert.Throws<ArgumentException>(() => AtomicFile.WriteLines(_folder["a"], ["x", "y\nz"])).Message,
            StringComparison.Ordinal);
        Assert.Equal(lines, File.ReadAllLines(_folder["a"]));
    }
}
