using System.Diagnostics;

namespace Rowan.Search;

/// <summary>Two pieces of work in turn, so that whatever else the machine does meets both.</summary>
static class Timing
{
    const int Turns = 7;
    static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);

    /// <summary>Medians in seconds per call, and the median of b / a over the turns.</summary>
    public static (double A, double B, double Ratio) InTurn(Action a, Action b)
    {
        // .NET compiles what runs often twice more, on a thread that takes one of the cores meanwhile.
        for (int i = 0; i < 3; i++) Of(a);
        Of(b);
        var (times, others, ratios) = (new double[Turns], new double[Turns], new double[Turns]);
        for (int i = 0; i < Turns; i++)
        {
            (times[i], others[i]) = (Of(a), Of(b));
            ratios[i] = others[i] / times[i];
        }
        return (Median(times), Median(others), Median(ratios));
    }

    /// <summary>The median seconds of processor time per call: for goals that are figures, on a machine that others use too.</summary>
    public static double ProcessorTime(Action work)
    {
        for (int i = 0; i < 3; i++) Of(work);
        var times = new double[Turns];
        for (int i = 0; i < Turns; i++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            work();
            work();
            times[i] = (Environment.CpuUsage.TotalTime - before).TotalSeconds / 2;
        }
        return Median(times);
    }

    static double Of(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        int calls = 0;
        do
        {
            work();
            calls++;
        }
        while (Stopwatch.GetElapsedTime(start) < Turn);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
    }

    static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
