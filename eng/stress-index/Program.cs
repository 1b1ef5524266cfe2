using System.Diagnostics;
using System.Globalization;
using Rowan.Retrieval;
using Rowan.StressIndex;
using Rowan.TestSupport;

// Three threads that change an index, one that saves it, four that search it; and a process that is killed while it saves:
// StressIndex [SECONDS] | soak MINUTES
if (args is ["--child", string child]) return KilledSaves.Child(child);
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
bool soaks = args is ["soak", ..];
string[] given = soaks ? args[1..] : args;
double time = 60;
bool understood = given.Length == 1 ? double.TryParse(given[0], out time) : given.Length == 0 && !soaks;
if (!understood || !(time is > 0 and < 1e6))
{
    Console.Error.WriteLine($"StressIndex: '{string.Join(' ', args)}'; give the seconds to run, such as 60, or soak and minutes");
    return 2;
}
double seconds = soaks ? 60 * time : time;
int kills = (int)Math.Clamp(seconds / 5, 3, 100);
// In a soak everything is checked twice a minute, and the killed processes, a second each, are part of its time.
TimeSpan? between = soaks ? TimeSpan.FromSeconds(30) : null;
double working = soaks ? Math.Max(seconds / 2, seconds - 1.5 * kills) : seconds;
(IndexKind Kind, IndexMetric Metric, int Ids, double Share)[] runs =
[
    (IndexKind.Flat, IndexMetric.L2, 4_000, 0.1), (IndexKind.Int8, IndexMetric.Cosine, 4_000, 0.1),
    (IndexKind.Graph, IndexMetric.Cosine, 20_000, 0.4), (IndexKind.Graph, IndexMetric.DotProduct, 4_000, 0.2),
    (IndexKind.Graph, IndexMetric.L2, 4_000, 0.2),
];
string folder = Directory.CreateTempSubdirectory("rowan-stress-").FullName;
bool failed = false;
var watch = Stopwatch.StartNew();
var (changes, searches, saves, checks) = (0L, 0L, 0L, 0L);
foreach ((IndexKind kind, IndexMetric metric, int ids, double share) in runs)
{
    var stress = new IndexStress(kind, metric, ids, 24, Path.Combine(folder, $"{kind}-{metric}"));
    IReadOnlyList<string> faults = stress.Run(TimeSpan.FromSeconds(working * share), between);
    Console.WriteLine($"{kind} {metric}, {ids:N0} ids: {stress.Changes:N0} changes, {stress.Searches:N0} searches, "
        + $"{stress.Saves:N0} saves, {100 * stress.Found:0.00} % of unchanged rows found: {(faults.Count == 0 ? "right" : "WRONG")}");
    foreach (string fault in faults) Console.WriteLine($"  {fault}");
    failed |= faults.Count > 0;
    (changes, searches, saves, checks) =
        (changes + stress.Changes, searches + stress.Searches, saves + stress.Saves, checks + stress.Checks);
}
IReadOnlyList<string> lost = KilledSaves.Run(folder, ref kills, () => soaks && watch.Elapsed.TotalSeconds > seconds);
Console.WriteLine($"{kills} processes killed while they saved: {(lost.Count == 0 ? "nothing lost" : "WRONG")}");
foreach (string fault in lost) Console.WriteLine($"  {fault}");
failed |= lost.Count > 0;
Directory.Delete(folder, recursive: true);
using Process self = Process.GetCurrentProcess();
Console.WriteLine($"{watch.Elapsed.TotalMinutes:0.0} minutes on 8 threads: {changes:N0} changes, {searches:N0} searches, {saves:N0} saves, "
    + $"{checks:N0} checks of everything, at most {self.PeakWorkingSet64 >> 20:N0} MB of memory: {(failed ? "WRONG" : "right")}");
return failed ? 1 : 0;
