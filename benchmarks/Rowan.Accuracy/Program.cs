using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rowan.Accuracy;

// Rowan.Accuracy [NAME…] [--data DIR] [--json FILE]: published figures beside ours. Each task runs in a process of its own, so that time and memory are its own.
AccuracyTask[] all =
[
    new NamesTask(), new ShakespeareBigramTask(), new ShakespeareTask(),
];

string data = Environment.GetEnvironmentVariable("ROWAN_DATA") ?? Path.Combine("..", "shared", "data");
string? json = null, single = null;
var names = new List<string>();
for (int i = 0; i < args.Length; i++)
{
    if (args[i] is "--data" or "--json" or "--single" && i + 1 == args.Length) return Usage($"{args[i]} needs a value");
    switch (args[i])
    {
        case "--data": data = args[++i]; break;
        case "--json": json = args[++i]; break;
        case "--single": single = args[++i]; break;
        case ['-', ..]: return Usage($"'{args[i]}' is no option");
        default: names.Add(args[i]); break;
    }
}
if (names.Concat(single is null ? [] : [single]).FirstOrDefault(name => all.All(task => task.Name != name)) is { } unknown) return Usage($"there is no task '{unknown}'");

if (single is not null)
{
    IReadOnlyList<AccuracyRow> rows = all.First(task => task.Name == single).Run(data, Console.Error);
    Console.WriteLine(JsonSerializer.Serialize(new { rows, peak = Process.GetCurrentProcess().PeakWorkingSet64 }));
    return 0;
}

var culture = CultureInfo.InvariantCulture;
var results = new List<JsonElement>();
Console.WriteLine("| data | figure | ours | published | goal | | s | MB |\n|---|---|---:|---|---:|---|---:|---:|");
foreach (AccuracyTask task in all.Where(task => names.Count == 0 || names.Contains(task.Name)))
{
    string? missing = task.Needs.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(need => !File.Exists(Path.Combine(data, need)) && !Directory.Exists(Path.Combine(data, need)));
    if (missing is not null)
    {
        Console.WriteLine($"| {task.Name} | not run: there is no '{missing}' in '{data}'; name the folder as --data DIR | | | | | | |");
        continue;
    }
    Console.Error.WriteLine($"{task.Name}: {task.Protocol}");
    var time = Stopwatch.StartNew();
    using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Host(), "--single", task.Name, "--data", data]) { RedirectStandardOutput = true })!;
    string output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    if (process.ExitCode != 0)
    {
        Console.WriteLine($"| {task.Name} | failed with code {process.ExitCode} | | | | | {time.Elapsed.TotalSeconds.ToString("0", culture)} | |");
        continue;
    }
    using JsonDocument document = JsonDocument.Parse(output.AsMemory(output.LastIndexOf("{\"rows\"", StringComparison.Ordinal)));
    results.Add(document.RootElement.Clone());
    foreach (AccuracyRow row in document.RootElement.GetProperty("rows").Deserialize<AccuracyRow[]>()!)
        Console.WriteLine(string.Create(culture, $"| {row.Data} | {row.Figure} | {row.Ours:0.0000} | {row.Published} | {row.Goal:0.0000} | {row.Reached switch { true => "reached", false => "below", null => "" }} | {time.Elapsed.TotalSeconds:0} | {document.RootElement.GetProperty("peak").GetInt64() / 1e6:0} |"));
}
if (json is not null) File.WriteAllText(json, JsonSerializer.Serialize(results));
return 0;

// Under the dotnet host the program itself is the first argument.
static string[] Host() => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];

int Usage(string problem)
{
    Console.Error.WriteLine($"{problem}. Rowan.Accuracy [NAME…] [--data DIR] [--json FILE]; the names are {string.Join(", ", all.Select(task => task.Name))}");
    return 2;
}
