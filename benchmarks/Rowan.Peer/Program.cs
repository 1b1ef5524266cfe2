using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Rowan.Numerics;
using Rowan.Peer;

// benchmarks/run.sh [--quick] [--only WORDS] [--json FILE]
if (args is ["--weaken", string folder])
{
    OldRuntime.Weaken(folder);
    return 0;
}
for (int i = 0; i < args.Length; i++)
{
    bool takesValue = args[i] is "--only" or "--json";
    if (args[i] == "--quick" || (takesValue && ++i < args.Length)) continue;
    Console.Error.WriteLine($"run.sh: {(takesValue ? $"'{args[^1]}' needs a value" : $"there is no option '{args[i]}'")}. Options: "
        + $"--quick, --only WORDS, --json FILE");
    return 2;
}
bool quick = args.Contains("--quick");
string? only = After("--only"), json = After("--json");
TorchSharp.torch.set_num_threads(Workers.Threads);
Console.WriteLine($"{Cpu()}, {Workers.Threads} threads; .NET {Environment.Version}, libtorch {TorchSharp.torch.__version__}; medians "
    + $"of calls in turn");
double bandwidth = MachineLimits.CopyBandwidth();
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"copies move {bandwidth / 1e9:0.0} GB/s, read and written; memory-bound rows stand beside them, and beside the plainest loop that "
    + $"reads such rows at random"));
Console.WriteLine($"{"workload",-74} {"libtorch ms",12} {"Rowan ms",12} {"ratio",7} {"goal",6}  {"rows",6} {"copies",7}");
var results = new List<Result>();
foreach (Workload workload in (Workload[])[.. TableWorkloads.All(quick), .. QuantizedWorkloads.All, .. ModelWorkloads.All,
    .. ProductWorkloads.All])
{
    if (only is not null && !workload.Name.Contains(only, StringComparison.OrdinalIgnoreCase)) continue;
    Result result = workload.Measure(TimeSpan.FromSeconds(quick ? 2 : 8), quick ? 5 : 9);
    results.Add(result);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{result.Workload,-74} {result.TorchMs,12:0.0000} {result.RowanMs,12:0.0000} {result.Ratio,7:0.00} {result.Goal,6:0.##}  "
        + $"{Share(result.ShareOfLimit),6} {Share(result.ShareOfCopies(bandwidth)),7}{(result.Ratio >= result.Goal ? "" : "  short")}"));
    GC.Collect();
}
if (only is not null && results.Count == 0)
{
    Console.Error.WriteLine($"run.sh: no workload has '{only}' in its name");
    return 2;
}
Console.WriteLine($"{results.Count(result => result.Ratio >= result.Goal)} of {results.Count} reach their goal");
if (json is not null) File.WriteAllText(json, JsonSerializer.Serialize(results));
return 0;

string? After(string option) => Array.IndexOf(args, option) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;

static string Share(double? share) => share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0} %") : "";

static string Cpu() => File.Exists("/proc/cpuinfo")
    ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1]
        .Trim() ?? RuntimeInformation.OSDescription
    : RuntimeInformation.OSDescription;
