using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Rowan.Search;

// benchmarks/search.sh [--quick] [--only WORDS] [--glove FILE] [--sentences FILE] [--json FILE]
string[] takesValue = ["--only", "--json", "--glove", "--sentences", "--shim"];
for (int i = 0; i < args.Length; i++)
{
    bool hasValue = takesValue.Contains(args[i]);
    if (args[i] == "--quick" || (hasValue && ++i < args.Length)) continue;
    Console.Error.WriteLine($"search.sh: {(hasValue ? $"'{args[^1]}' needs a value" : $"there is no option '{args[i]}'")}. Options: "
        + $"--quick, --only WORDS, --glove FILE, --sentences FILE, --json FILE");
    return 2;
}
bool quick = args.Contains("--quick");
string? only = After("--only"), json = After("--json"), glove = After("--glove"), sentences = After("--sentences"), shim = After("--shim");
NativeLibrary.SetDllImportResolver(typeof(Hnswlib).Assembly, (name, assembly, path) =>
    name == "hnsw_shim" && shim is not null ? NativeLibrary.Load(shim) : 0);
int rows = quick ? 50_000 : 200_000, queries = quick ? 1_000 : 4_000;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"{Cpu()}; .NET {Environment.Version}; hnswlib of Debian, compiled with -O3 -march=native; medians of 7 turns, each side in turn"));
Console.WriteLine($"{"workload",-118} {"peer",12} {"Rowan",12} {"",5} {"ratio",7} {"goal",6}");
var results = new List<Result>();
var sets = new List<Func<SearchData>>
{
    () => SearchData.Clustered(rows, 64, rows / 100, queries),
    () => SearchData.Clustered(rows, 128, rows / 100, queries),
};
if (glove is not null) sets.Add(() => SearchData.OfFile("GloVe 341k x 100", glove, 100, queries));
if (sentences is not null) sets.Add(() => SearchData.OfFile("50k x 384 sentences by MiniLM", sentences, 384, 2_000));
foreach (Func<SearchData> make in sets)
{
    SearchData data = make();
    if (only is not null && !data.Name.Contains(only, StringComparison.OrdinalIgnoreCase)) continue;
    foreach (Result result in ScanRace.Run(data).Concat(GraphRace.Run(data, withUsearch: !quick && data.Dim == 64, Console.WriteLine)))
    {
        results.Add(result);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result.Workload,-118} {Shown(result.Peer),12} {Shown(result.Own),12} {result.Unit,-5} {result.Ratio,7:0.00} "
            + $"{result.Goal,6:0.##}"
            + $"{(result.Ratio >= result.Goal ? "" : "  short")}"));
    }
    GC.Collect();
}
if (results.Count == 0)
{
    Console.Error.WriteLine($"search.sh: no data set has '{only}' in its name");
    return 2;
}
Console.WriteLine($"{results.Count(result => result.Ratio >= result.Goal)} of {results.Count} reach their goal");
if (json is not null) File.WriteAllText(json, JsonSerializer.Serialize(results));
return 0;

string? After(string option) => Array.IndexOf(args, option) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;

static string Shown(double value) => value.ToString(value > 1 ? "#,0.0" : "0.0000", CultureInfo.InvariantCulture);

static string Cpu() => File.Exists("/proc/cpuinfo")
    ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1]
        .Trim() ?? RuntimeInformation.OSDescription
    : RuntimeInformation.OSDescription;
