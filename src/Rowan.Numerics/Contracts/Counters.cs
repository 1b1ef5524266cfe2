using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Rowan.Numerics;

/// <summary>
/// Metrics of tables, for <see cref="MeterListener"/>, OpenTelemetry and <c>dotnet-counters</c>: the meter "Rowan".
/// Without a listener, a call of a table counts nothing and costs one check.
/// </summary>
public static class Counters
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Rowan";

    static readonly Meter _meter = new(MeterName);

    /// <summary>Rows that lookups and bags read, repeated ids counted each time. Tag: table.</summary>
    public static Counter<long> RowsRead { get;
    } = _meter.CreateCounter<long>("rowan.rows.read", "{row}", "Rows that lookups and bags read, repeated ids counted each time");

    /// <summary>Bytes of those rows. Tag: table.</summary>
    public static Counter<long> BytesRead { get;
    } = _meter.CreateCounter<long>("rowan.bytes.read", "By", "Bytes of the rows that lookups and bags read");

    /// <summary>Gradient entries that steps took. Tag: table.</summary>
    public static Counter<long> EntriesUpdated { get;
    } = _meter.CreateCounter<long>("rowan.entries.updated", "{entry}", "Gradient entries that optimizer steps took");

    /// <summary>Distinct rows those entries belong to, in each step. Tag: table.</summary>
    public static Counter<long> RowsUpdated { get;
    } = _meter.CreateCounter<long>("rowan.rows.updated", "{row}", "Distinct rows that optimizer steps had a gradient for");

    /// <summary>Bytes of the weights of those rows. Tag: table.</summary>
    public static Counter<long> BytesWritten { get;
    } = _meter.CreateCounter<long>("rowan.bytes.written", "By", "Bytes of the weights of the rows that optimizer steps had a gradient for");

    /// <summary>Rows that were brought up to date in exact mode. Tag: table.</summary>
    public static Counter<long> CatchUpRows { get;
    } = _meter.CreateCounter<long>("rowan.catch_up.rows", "{row}", "Rows that were brought up to date in exact mode");

    /// <summary>Steps that those rows had missed. Tag: table.</summary>
    public static Counter<long> CatchUpSteps { get;
    } = _meter.CreateCounter<long>("rowan.catch_up.steps", "{step}", "Steps that those rows had missed");

    /// <summary>Time of a phase of one call. Tags: phase, table.</summary>
    public static Histogram<double> PhaseDuration { get;
    } = _meter.CreateHistogram<double>("rowan.phase.duration", "s", "Time of a phase of one call");

    /// <summary>Large tensors whose memory had been used before.</summary>
    public static Counter<long> BuffersRecycled { get;
    } = _meter.CreateCounter<long>("rowan.buffers.recycled", "{buffer}", "Large tensors whose memory had been used before");

    /// <summary>Large tensors whose memory is fresh.</summary>
    public static Counter<long> BuffersFresh { get;
    } = _meter.CreateCounter<long>("rowan.buffers.fresh", "{buffer}", "Large tensors whose memory is fresh");

    /// <summary>Counts rows that were read.</summary>
    public static void Read(string table, long rows, long rowBytes)
    {
        if (RowsRead.Enabled) RowsRead.Add(rows, Tag(table));
        if (BytesRead.Enabled) BytesRead.Add(rows * rowBytes, Tag(table));
    }

    /// <summary>Whether a listener counts the entries or rows that a step updates.</summary>
    public static bool CountsUpdates => RowsUpdated.Enabled || BytesWritten.Enabled || EntriesUpdated.Enabled;

    /// <summary>Counts a step of a table.</summary>
    public static void Updated(string table, long entries, long rows, long rowBytes)
    {
        EntriesUpdated.Add(entries, Tag(table));
        RowsUpdated.Add(rows, Tag(table));
        BytesWritten.Add(rows * rowBytes, Tag(table));
    }

    /// <summary>Whether a listener counts rows that catch up in exact mode, or their steps.</summary>
    public static bool CountsCatchUp => CatchUpRows.Enabled || CatchUpSteps.Enabled;

    /// <summary>Counts rows that were brought up to date.</summary>
    public static void CaughtUp(string table, long rows, long steps)
    {
        if (rows == 0) return;
        CatchUpRows.Add(rows, Tag(table));
        CatchUpSteps.Add(steps, Tag(table));
    }

    /// <summary>The time now; 0 if no listener records phases.</summary>
    public static long Start() => PhaseDuration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Records the time since <paramref name="start"/>, and gives the time now.</summary>
    public static long Phase(string phase, string table, long start)
    {
        if (start == 0) return 0;
        PhaseDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>("phase", phase), Tag(table));
        return Stopwatch.GetTimestamp();
    }

    static KeyValuePair<string, object?> Tag(string table) => new("table", table);
}
