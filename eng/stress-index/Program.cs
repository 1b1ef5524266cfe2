using System.Globalization;
using Rowan.Retrieval;
using Rowan.StressIndex;
using Rowan.TestSupport;

// Three threads that change an index, one that saves it, four that search it; and a process that is killed while it saves:
// StressIndex [SECONDS]
if (args is ["--child", string child]) return KilledSaves.Child(child);
double seconds = 60;
bool understood = args.Length == 0 || (args.Length == 1 && double.TryParse(args[0], CultureInfo.InvariantCulture, out seconds));
if (!understood || !(seconds is > 0 and < 1e6))
{
    Console.Error.WriteLine($"StressIndex: '{string.Join(' ', args)}'; give the seconds to run, such as 60");
    return 2;
}
(IndexKind Kind, IndexMetric Metric, int Ids, double Share)[] runs =
[
    (IndexKind.Flat, IndexMetric.L2, 4_000, 0.1), (IndexKind.Int8, IndexMetric.Cosine, 4_000, 0.1),
    (IndexKind.Graph, IndexMetric.Cosine, 20_000, 0.4), (IndexKind.Graph, IndexMetric.DotProduct, 4_000, 0.2),
    (IndexKind.Graph, IndexMetric.L2, 4_000, 0.2),
];
string folder = Directory.CreateTempSubdirectory("rowan-stress-").FullName;
bool failed = false;
foreach ((IndexKind kind, IndexMetric metric, int ids, double share) in runs)
{
    var stress = new IndexStress(kind, metric, ids, 24, Path.Combine(folder, $"{kind}-{metric}"));
    IReadOnlyList<string> faults = stress.Run(TimeSpan.FromSeconds(seconds * share));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{kind} {metric}, {ids:N0} ids: {stress.Changes:N0} changes, {stress.Searches:N0} searches, {stress.Saves:N0} saves, "
        + $"{100 * stress.Found:0.00} % of unchanged rows found: {(faults.Count == 0 ? "right" : "WRONG")}"));
    foreach (string fault in faults) Console.WriteLine($"  {fault}");
    failed |= faults.Count > 0;
}
int kills = (int)Math.Clamp(seconds / 5, 3, 100);
IReadOnlyList<string> lost = KilledSaves.Run(folder, kills);
Console.WriteLine($"{kills} processes killed while they saved: {(lost.Count == 0 ? "nothing lost" : "WRONG")}");
foreach (string fault in lost) Console.WriteLine($"  {fault}");
failed |= lost.Count > 0;
Directory.Delete(folder, recursive: true);
return failed ? 1 : 0;
