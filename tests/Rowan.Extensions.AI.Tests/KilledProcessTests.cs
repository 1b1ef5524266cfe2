using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.VectorData;
using Rowan.TestSupport;

namespace Rowan.Extensions.AI.Tests;

/// <summary>A process that writes to a store is killed: what it had confirmed is there when the folder is opened.</summary>
public class KilledProcessTests
{
    const string FolderVariable = "ROWAN_TEST_STORE", FirstVariable = "ROWAN_TEST_STORE_FIRST", Confirmed = "confirmed";
    const int Keys = 120, PerUpsert = 40, PerDelete = 10, Kills = 4, MostMilliseconds = 300;

    // Nobody kills it if the test itself was killed.
    static readonly TimeSpan MostOfChild = TimeSpan.FromMinutes(1);

    /// <summary>What the killed process does: it goes on from a step, and writes the number of each that was confirmed.</summary>
    [Fact(Explicit = true)]
    public async Task Child()
    {
        string folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        var clock = Stopwatch.StartNew();
        using var store = Open(folder);
        VectorStoreCollection<int, Note> notes = store.GetCollection<int, Note>("notes");
        await notes.EnsureCollectionExistsAsync();
        for (int step = int.Parse(Environment.GetEnvironmentVariable(FirstVariable)!, CultureInfo.InvariantCulture);
            clock.Elapsed < MostOfChild; step++)
        {
            if (IsDelete(step)) await notes.DeleteAsync(KeysOf(step));
            else await notes.UpsertAsync(KeysOf(step).Select(key => NoteOf(key, step)));
            await File.AppendAllTextAsync(Path.Combine(folder, Confirmed), $"{step + 1}\n");
        }
    }

    [Fact]
    public async Task NoConfirmedBatchIsLostAndNoneIsThereInPart()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        int steps = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                start.ArgumentList.Add(typeof(KilledProcessTests).Assembly.Location);
            foreach (string argument in (string[])["-explicit", "only", "-method", $"{typeof(KilledProcessTests)}.{nameof(Child)}"])
                start.ArgumentList.Add(argument);
            start.Environment[FolderVariable] = folder.Path;
            start.Environment[FirstVariable] = steps.ToString(CultureInfo.InvariantCulture);
            using Process child = Process.Start(start)!;
            Task<string> said = child.StandardOutput.ReadToEndAsync(), wrong = child.StandardError.ReadToEndAsync();
            // The time of the kill counts from the first step on.
            while (ConfirmedIn(folder) <= steps && !child.HasExited) await Task.Delay(5);
            await Task.Delay(random.Next(MostMilliseconds));
            child.Kill();
            await child.WaitForExitAsync();
            int confirmed = ConfirmedIn(folder);
            Assert.True(confirmed > steps, $"the child did nothing: {await said} {await wrong}");

            string found = await Found(folder);
            // The step that the kill met may be stored or not.
            steps = found == Expected(confirmed) ? confirmed : confirmed + 1;
            Assert.Equal(Expected(steps), found);
        }
    }

    static RowanVectorStore Open(string folder) => new(new() { Folder = folder, FlushToDisk = false });

    // The last line may have been cut off.
    static int ConfirmedIn(TemporaryFolder folder)
    {
        if (!File.Exists(folder[Confirmed])) return 0;
        string[] lines = File.ReadAllText(folder[Confirmed]).Split('\n');
        return lines.Length < 2 ? 0 : int.Parse(lines[^2], CultureInfo.InvariantCulture);
    }

    static async Task<string> Found(TemporaryFolder folder)
    {
        using var store = Open(folder.Path);
        Assert.Equal(["notes"], await store.ListCollectionNamesAsync().All());
        VectorStoreCollection<int, Note> collection = store.GetCollection<int, Note>("notes");
        List<Note> notes = await collection.GetAsync(note => true, Keys + 1, new()
        {
            IncludeVectors = true, OrderBy = by => by.Ascending(note => note.Id),
        }).All();
        return string.Join(' ', notes.Select(note => Text(note.Id, note.Stars, note.Vector!.Value.Span[0])));
    }

    static string Expected(int steps)
    {
        var versions = new SortedDictionary<int, int>();
        for (int step = 0; step < steps; step++)
            foreach (int key in KeysOf(step))
                if (IsDelete(step)) versions.Remove(key);
                else versions[key] = step;
        return string.Join(' ', versions.Select(one => Text(one.Key, one.Value, one.Value)));
    }

    static string Text(int key, int version, float value) => string.Create(CultureInfo.InvariantCulture, $"{key}:{version}:{value}");

    static bool IsDelete(int step) => step % 4 == 3;

    static IEnumerable<int> KeysOf(int step) =>
        Enumerable.Range(0, IsDelete(step) ? PerDelete : PerUpsert).Select(i => (step * 23 + i) % Keys);

    static Note NoteOf(int key, int step) => new() { Id = key, Text = $"note {key}", Stars = step, Vector = new float[] { step, key, 1 } };
}
