using System.Diagnostics;
using System.Globalization;
using Rowan;
using Rowan.Formats;
using Rowan.Fuzz;

// dotnet run -c Release --project eng/fuzz -- --count 100000 --seed 1 [--format pt]
// dotnet run -c Release --project eng/fuzz -- --copy from.pt to.npz
if (args is ["--copy", string from, string to])
{
    Copy(from, to);
    return 0;
}
int count = int.Parse(Option("--count") ?? "100000", CultureInfo.InvariantCulture),
    seed = int.Parse(Option("--seed") ?? "1", CultureInfo.InvariantCulture);
string? only = Option("--format");
string folder = Directory.CreateTempSubdirectory("rowan-fuzz-").FullName;
IEnumerable<FormatCase> formats = FormatCase.All.Concat(DataCases.All.Select(data =>
    new FormatCase(data.Name, data.Samples, DataCases.ReadToEnd) { Buffers = 16 << 20 }));
foreach (FormatCase format in formats.Where(format => only is null || format.Name == only))
    if (!Run(format)) return 1;
Directory.Delete(folder, recursive: true);
return 0;

bool Run(FormatCase format)
{
    string path = Path.Combine(folder, "input." + format.Name);
    long began = Stopwatch.GetTimestamp(), mutationBegan = began, largest = 0;
    int number = 0, read = 0;
    var refused = new SortedDictionary<string, int>(StringComparer.Ordinal);
    using var watch = new Timer(_ =>
    {
        if (Stopwatch.GetElapsedTime(Interlocked.Read(ref mutationBegan)) < TimeSpan.FromSeconds(5)) return;
        Console.WriteLine($"{format.Name}: seed {seed}, mutation {number} takes more than 5 s; the input is {path}");
        Environment.Exit(1);
    }, null, 1000, 1000);
    // What is allocated once, tables and pools, is not what a file asks for.
    foreach (byte[] sample in format.Samples)
    {
        File.WriteAllBytes(path, sample);
        if (format.Try(path).Thrown is { } unread) throw new InvalidOperationException($"{format.Name}: a sample cannot be read", unread);
    }
    for (; number < count; number++)
    {
        byte[] input = Mutator.Mutate(format.Samples, seed, number);
        File.WriteAllBytes(path, input);
        Interlocked.Exchange(ref mutationBegan, Stopwatch.GetTimestamp());
        ReadResult result = format.Try(path);
        largest = Math.Max(largest, result.Allocated);
        if (!result.IsAllowed || result.Allocated > ReadResult.Bound(input.Length) + format.Buffers)
        {
            Console.WriteLine($"{format.Name}: seed {seed}, mutation {number}, {input.Length} bytes, {result.Allocated} allocated; the " +
                $"input is {path}\n{result.Thrown}");
            return false;
        }
        if (result.Thrown is null) read++;
        else refused[result.Thrown.GetType().Name] = refused.GetValueOrDefault(result.Thrown.GetType().Name) + 1;
    }
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{format.Name}: {count} mutations, {read} read, {refused.Values.Sum()} refused " +
            $"({string.Join(", ", refused.Select(kind => $"{kind.Key} {kind.Value}"))}), largest allocation {largest} bytes, " +
            $"{Stopwatch.GetElapsedTime(began).TotalSeconds:f1} s"));
    return true;
}

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;

// From one format to another, by their extensions: for checks against the programs that the formats come from.
static void Copy(string from, string to)
{
    StateDict state = Path.GetExtension(from) switch
    {
        ".npy" => new(Npy.Read(from)),
        ".npz" => Npz.Read(from),
        _ => TorchFile.Read(from),
    };
    switch (Path.GetExtension(to))
    {
        case ".npy": Npy.Write(to, state.Single()); break;
        case ".npz": Npz.Write(to, state); break;
        default: TorchFile.Write(to, state); break;
    }
}
