using System.Diagnostics;
using System.Globalization;
using Rowan.Retrieval;

namespace Rowan.StressIndex;

/// <summary>A process that adds rows and saves, killed at random moments: what it had saved is there when the file is opened.</summary>
static class KilledSaves
{
    const int Dim = 16, Batch = 50, MostMilliseconds = 1_500;

    /// <summary>The child: goes on where the file ends, and prints the number of batches after each save.</summary>
    public static int Child(string file)
    {
        using VectorIndex index = VectorIndex.Open(file);
        for (long batch = index.Count / Batch; ; batch++)
        {
            long[] ids = [.. Enumerable.Range(0, Batch).Select(i => batch * Batch + i)];
            index.Add(ids, [.. ids.SelectMany(RowOf)]);
            // Every tenth save writes the file whole.
            if (batch % 10 == 9) index.Save(file);
            else index.Save();
            Console.WriteLine(batch + 1);
        }
    }

    /// <summary>Kills a child some times, but at most three times when the time is over. What was wrong.</summary>
    public static IReadOnlyList<string> Run(string folder, ref int kills, Func<bool> isTime)
    {
        var faults = new List<string>();
        string file = Path.Combine(folder, "killed");
        new VectorIndex(Dim, new IndexOptions { Kind = IndexKind.Graph }).Save(file);
        var random = new Random(1);
        var row = new float[Dim];
        int most = kills;
        for (kills = 0; kills < most && (kills < 3 || !isTime()); kills++)
        {
            int kill = kills;
            var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(KilledSaves).Assembly.Location, "--child", file])
            {
                RedirectStandardOutput = true,
            };
            using Process child = Process.Start(start)!;
            // The time of a kill counts from the first save on.
            long saved = Said(child.StandardOutput.ReadLine(), 0);
            Thread.Sleep(random.Next(MostMilliseconds));
            child.Kill();
            while (child.StandardOutput.ReadLine() is { } line) saved = Said(line, saved);
            child.WaitForExit();
            using VectorIndex index = VectorIndex.Open(file, verify: true);
            if (index.Count < saved * Batch || index.Count % Batch != 0)
                faults.Add($"kill {kill}: {index.Count} rows after {saved} saved batches of {Batch}");
            for (long id = 0; id < index.Count; id++)
                if (!index.TryGet(id, row) || !row.AsSpan().SequenceEqual(RowOf(id)))
                {
                    faults.Add($"kill {kill}: row {id} of {index.Count} is not as it was added");
                    break;
                }
        }
        return faults;
    }

    // A line that was cut off by the kill says nothing.
    static long Said(string? line, long before) =>
        long.TryParse(line, CultureInfo.InvariantCulture, out long said) && said == before + 1 || before == 0
            ? Math.Max(before, said) : before;

    static float[] RowOf(long id)
    {
        var random = new Random((int)id);
        return [.. Enumerable.Range(0, Dim).Select(_ => random.NextSingle() - 0.5f)];
    }
}
