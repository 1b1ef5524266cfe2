using System.Diagnostics.Metrics;
using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Docs.Tests;

public class CountersPageTests
{
    [Fact]
    public void ThePageShowsEveryInstrumentAndNoOther()
    {
        _ = Counters.RowsRead;
        var found = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == Counters.MeterName)
                    found.Add($"{instrument.Name} {instrument.GetType().Name.Split('`')[0]} {instrument.Unit}");
            },
        };
        listener.Start();
        string[] shown = [.. File.ReadAllLines(Repository.File("docs", "counters.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split(" | ")).Select(cells =>
            $"{cells[0].Trim('|', ' ', '`')} {char.ToUpperInvariant(cells[1][0])}{cells[1][1..]} {cells[2].Trim('`')}")];
        Assert.Equal(10, shown.Length);
        Assert.Equal(found.Order(), shown.Order());
    }
}
