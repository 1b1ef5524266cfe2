using System.Globalization;
using Rowan;
using Rowan.TestSupport;

// Readers, one trainer, saving and growing on one table:  StressTable [SECONDS]
double seconds = 60;
bool understood = args.Length == 0 || (args.Length == 1 && double.TryParse(args[0], CultureInfo.InvariantCulture, out seconds));
if (!understood || !(seconds is > 0 and < 1e6))
{
    Console.Error.WriteLine($"StressTable: '{string.Join(' ', args)}'; give the seconds to run, such as 60");
    return 2;
}
(string Name, RowStorage Storage, Func<Table, Optimizer> Make, bool Others)[] runs =
[
    ("Adam, readers only", RowStorage.Float32, table => new Adam(table), false),
    ("AdamW, readers, saving, growing", RowStorage.Float32, table => new AdamW(table) { WeightDecay = 0.1f }, true),
    ("SGD with momentum, readers, saving, growing", RowStorage.Float32, table => new Sgd(table) { Momentum = 0.9f }, true),
    ("row-wise Adam, readers only, bfloat16", RowStorage.BFloat16, table => new RowWiseAdam(table), false),
    ("Adam, readers only, split bfloat16", RowStorage.SplitBFloat16, table => new Adam(table), false),
    ("Adafactor with weight decay, readers only", RowStorage.Float32, table => new Adafactor(table) { WeightDecay = 0.1f }, false),
];
bool failed = false;
foreach ((string name, RowStorage storage, Func<Table, Optimizer> make, bool others) in runs)
{
    var stress = new TableStress(storage, make, others);
    IReadOnlyList<string> faults = stress.Run(TimeSpan.FromSeconds(seconds / runs.Length), readers: 6);
    Console.Write($"{name}: {stress.Steps:N0} steps, {stress.Reads:N0} reads, {stress.Saves:N0} saves, {stress.Grown:N0} rows added: ");
    Console.WriteLine(faults.Count == 0 ? "right" : "WRONG");
    foreach (string fault in faults) Console.WriteLine($"  {fault}");
    failed |= faults.Count > 0;
}
return failed ? 1 : 0;
