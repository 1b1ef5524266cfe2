using Rowan.Scale;

// How a step grows with the table, with the threads, and with the width of a row, and what its memory costs. One command, each part below
// a minute: dotnet run -c Release --project benchmarks/Rowan.Scale [-- growth threads storage buffers large]
string[] wanted = args.Length > 0 ? args : ["growth", "threads", "storage", "buffers", "large"];
(string Name, Action Run)[] parts =
    [("growth", Growth.Run), ("threads", Threads.Run), ("storage", Storages.Run), ("buffers", Buffers.Run), ("large", Large.Run)];
foreach (string name in wanted.Where(name => parts.All(part => part.Name != name)))
{
    Console.Error.WriteLine($"There is no part '{name}'; there are {string.Join(", ", parts.Select(part => part.Name))}.");
    return 1;
}
Console.WriteLine($"{Rowan.Numerics.Workers.Threads} threads, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:0.0} GB of memory, "
    + $".NET {Environment.Version}");
foreach ((string name, Action run) in parts.Where(part => wanted.Contains(part.Name)))
{
    Console.WriteLine();
    run();
    // What a part leaves is gone before the next asks for as much.
    GC.Collect();
    GC.WaitForPendingFinalizers();
    GC.Collect();
}
return 0;
