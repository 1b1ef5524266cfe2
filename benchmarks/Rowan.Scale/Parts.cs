using System.Diagnostics;
using Rowan.Numerics;

namespace Rowan.Scale;

/// <summary>Time and memory of a step of a fixed batch, from a million rows on: both should stay what they are.</summary>
static class Growth
{
    const int Dim = 32, Steps = 25;

    public static void Run()
    {
        Console.WriteLine($"A step of {Job.Bags} bags × {Job.BagLength} ids of a float32 table × {Dim}, RowWiseAdagrad, lazy; beside "
            + $"it the plainest loop that reads such rows at random");
        Console.WriteLine($"{"rows",12} {"table MB",10} {"reads ms",9} {"bag ms",8} {"update ms",10} {"step ms",9} {"× of first",11} "
            + $"{"allocated KB/step",18}");
        double first = 0;
        foreach (long rows in (long[])[1_000_000, 4_000_000, 16_000_000, 64_000_000])
        {
            if (rows * Dim * 5L > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2) break;
            Table table = Job.Filled(rows, Dim, RowStorage.Float32);
            var job = new Job(table, new RowWiseAdagrad(table) { LearningRate = 0.01f, Rows = RowUpdates.Lazy });
            var reads = new RandomReads(table, job);
            for (int i = 0; i < 8; i++) job.Step();
            double update = Job.Median(Enumerable.Range(0, Steps).Select(_ => job.Update()));
            double read = Job.Median(Enumerable.Range(0, Steps).Select(_ => Job.Time(reads.Run)));
            double bag = Job.Median(Enumerable.Range(0, Steps).Select(_ => Job.Time(job.Bag)));
            long before = GC.GetTotalAllocatedBytes(precise: true);
            double ms = Job.Median(Enumerable.Range(0, Steps).Select(_ => Job.Time(job.Step)));
            long allocated = (GC.GetTotalAllocatedBytes(precise: true) - before) / Steps;
            if (first == 0) first = ms;
            Console.WriteLine($"{rows,12:N0} {rows * Dim * 4 / 1e6,10:N0} {read,9:0.00} {bag,8:0.00} {update,10:0.00} {ms,9:0.00} "
                + $"{ms / first,11:0.00} {allocated / 1e3,18:0.0}");
            GC.Collect();
        }
    }
}

/// <summary>One thread against all, in turn.</summary>
static class Threads
{
    const int Rounds = 15;

    public static void Run()
    {
        const long Rows = 4_000_000;
        int all = Workers.Threads;
        Table table = Job.Filled(Rows, 64, RowStorage.Float32);
        var job = new Job(table, new Sgd(table) { LearningRate = 0.01f });
        List<double>[] bag = [[], []], update = [[], []];
        for (int round = 0; round < Rounds; round++)
            foreach (int which in (int[])[0, 1])
            {
                Workers.Threads = which == 0 ? 1 : all;
                job.Bag();
                bag[which].Add(Job.Time(job.Bag));
                update[which].Add(job.Update());
            }
        Workers.Threads = all;
        Console.WriteLine($"{Job.Bags} bags × {Job.BagLength} ids of {Rows:N0} rows × 64, float32, SGD: 1 → {all} threads");
        Console.WriteLine($"{"",-8} {"1 thread ms",12} {$"{all} threads ms",13} {"faster",8}");
        foreach ((string name, List<double>[] times) in ((string, List<double>[])[])[("bag", bag), ("update", update)])
            Console.WriteLine($"{name,-8} {Job.Median(times[0]),12:0.00} {Job.Median(times[1]),13:0.00} "
                + $"{Job.Median(times[0]) / Job.Median(times[1]),7:0.00}×");
    }
}

/// <summary>The same bags and updates over rows of each storage, in turn.</summary>
static class Storages
{
    const int Rounds = 12;

    public static void Run()
    {
        const long Rows = 4_000_000;
        foreach (int dim in (int[])[32, 128])
        {
            RowStorage[] storages = Enum.GetValues<RowStorage>();
            Job[] jobs = [.. storages.Select(storage => Job.Filled(Rows / (dim / 32), dim, storage))
                .Select(table => new Job(table, new Sgd(table) { LearningRate = 0.01f }))];
            double[][] bag = [.. jobs.Select(_ => new double[Rounds])], update = [.. jobs.Select(_ => new double[Rounds])];
            for (int round = -2; round < Rounds; round++)
                for (int j = 0; j < jobs.Length; j++)
                {
                    jobs[j].Bag();
                    double forBag = Job.Time(jobs[j].Bag), forUpdate = jobs[j].Update();
                    if (round >= 0) (bag[j][round], update[j][round]) = (forBag, forUpdate);
                }
            Console.WriteLine($"{Job.Bags} bags × {Job.BagLength} ids of {Rows / (dim / 32):N0} rows × {dim}, SGD");
            Console.WriteLine($"{"rows kept as",-16} {"table MB",9} {"bag ms",8} {"× float32",10} {"update ms",10} {"× float32",10}");
            for (int j = 0; j < jobs.Length; j++)
            {
                double forBag = Job.Median(bag[j]), forUpdate = Job.Median(update[j]);
                double bytes = jobs[j].Table.Count * dim * (storages[j] is RowStorage.BFloat16 or RowStorage.Float16 ? 2.0 : 4.0);
                Console.WriteLine($"{storages[j],-16} {bytes / 1e6,9:N0} {forBag,8:0.00} {forBag / Job.Median(bag[0]),10:0.00} "
                    + $"{forUpdate,10:0.00} {forUpdate / Job.Median(update[0]),10:0.00}");
            }
        }
    }
}

/// <summary>A hundred million rows × 32 kept as bfloat16, 6.4 GB, learn: each row looked up is drawn to a value of its own.</summary>
static class Large
{
    public static void Run()
    {
        const long Rows = 100_000_000;
        const int Dim = 32, Batch = 200_000, Steps = 12;
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (available < 10e9)
        {
            Console.WriteLine($"{Rows:N0} rows × {Dim} in bfloat16 need 7 GB, and this process can have {available / 1e9:0.0} GB: left "
                + $"out.");
            return;
        }
        Table table = null!;
        double made = Job.Time(() => table = Job.Filled(Rows, Dim, RowStorage.BFloat16));
        Console.WriteLine($"{Rows:N0} rows × {Dim} in bfloat16: {Rows * Dim * 2 / 1e9:0.0} GB, made in {made / 1e3:0.0} s");
        Console.WriteLine($"{"optimizer",-16} {"state GB",9} {"step ms",8} {"rows/s",12} {"error before",13} {"after",9} "
            + $"{"process GB",11}");
        Indices ids = Job.Ids(new Rng(5), Rows, Batch);
        Learn(new Sgd(table) { LearningRate = 0.2f, Rows = RowUpdates.Lazy }, 0);
        Learn(new RowWiseAdagrad(table) { LearningRate = 0.1f, Rows = RowUpdates.Lazy }, Rows * 4L);
        try
        {
            Learn(new Adam(table) { Rows = RowUpdates.Lazy }, Rows * Dim * 8L);
        }
        catch (OutOfMemoryException refused)
        {
            Console.WriteLine($"Adam: {refused.Message}");
        }

        void Learn(Optimizer optimizer, long state)
        {
            var rows = new float[Batch * Dim];
            var times = new List<double>();
            (double first, double last) = (0, 0);
            float target = state == 0 ? 0.5f : -0.5f;
            for (int step = 0; step < Steps; step++)
            {
                long start = Stopwatch.GetTimestamp();
                table.Gather(ids.Memory, rows);
                // ½(w − target)² of each value, and its slope.
                last = 0;
                for (int i = 0; i < rows.Length; i++)
                {
                    rows[i] -= target;
                    last += rows[i] * rows[i];
                }
                optimizer.ZeroGrad();
                table.Gradient.Add(ids.Memory, rows);
                optimizer.Step();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (step == 0) first = last;
            }
            using Process self = Process.GetCurrentProcess();
            double ms = Job.Median(times);
            Console.WriteLine($"{optimizer.GetType().Name,-16} {state / 1e9,9:0.0} {ms,8:0.0} {Batch / ms * 1e3,12:N0} "
                + $"{first / rows.Length,13:0.0000} {last / rows.Length,9:0.0000} {self.WorkingSet64 / 1e9,11:0.0}");
        }
    }
}
