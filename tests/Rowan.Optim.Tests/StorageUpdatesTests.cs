using Rowan.Numerics;

namespace Rowan.Tests;

public class StorageUpdatesTests
{
    const int Rows = 12;

    public static TheoryData<string, RowUpdates> Everything => Cases(_ => true);

    /// <summary>
    /// Adafactor's step size depends on all weights, rounded or not, and on sums that a load adds up anew: it is tested by what it
    /// learns.
    /// </summary>
    public static TheoryData<string, RowUpdates> ByRow => Cases(rule => !rule.StartsWith("adafactor", StringComparison.Ordinal));

    static TheoryData<string, RowUpdates> Cases(Func<string, bool> chosen)
    {
        var data = new TheoryData<string, RowUpdates>();
        foreach (string rule in RowUpdatesTests.Rules.Keys.Where(chosen))
            foreach (RowUpdates mode in Enum.GetValues<RowUpdates>()) data.Add(rule, mode);
        return data;
    }

    static IEnumerable<int> Dims => [.. Enumerable.Range(1, 33), 130];

    /// <summary>
    /// Each step the slow obvious way: the rows as floats in a float32 table, the rule there, then each touched row rounded with the same
    /// random bits.
    /// </summary>
    [Theory, MemberData(nameof(ByRow))]
    public void AStepIsDecodeMoveEncode(string rule, RowUpdates mode)
    {
        foreach (int dim in Dims)
        {
            Check<BFloat16Code>(RowStorage.BFloat16, dim, rule, mode);
            Check<Float16Code>(RowStorage.Float16, dim, rule, mode);
        }
    }

    static void Check<TCode>(RowStorage storage, int dim, string rule, RowUpdates mode) where TCode : struct, INarrowFloat
    {
        var rng = new Rng(5);
        Table narrow = Drawn(rng, dim, storage), plain = new(Rows, dim);
        plain.CopyFrom(All(narrow));
        narrow.RoundingSeed = 77;
        ulong key = Philox.Key(77, narrow.Name);
        Optimizer moves = RowUpdatesTests.Rules[rule](narrow, mode), reference = RowUpdatesTests.Rules[rule](plain, mode);
        for (int step = 1; step <= 6; step++)
        {
            long[] ids = step % 3 == 0 ? [1, 1, 4] : [step, 0];
            // A lookup brings a row up to the step before, and rounds it there.
            foreach (long id in ids)
            {
                _ = narrow[id];
                Round(id, step - 1);
                Assert.Equal(plain[id], narrow[id]);
            }
            Tensor g = Tensor.Randn(rng, ids.Length, dim);
            foreach (Table table in (Table[])[narrow, plain])
            {
                table.ZeroGrad();
                table.Gradient.Add(ids, g.Memory);
            }
            moves.Step();
            reference.Step();
            foreach (long id in ids.Distinct()) Round(id, step);
            foreach (long id in ids) Assert.Equal(plain[id], narrow[id]);
        }

        void Round(long row, long step)
        {
            var words = new uint[NarrowRows.Words<TCode>(dim)];
            var codes = new ushort[dim];
            var values = new float[dim];
            Philox.Fill(key, step, row, words);
            NarrowRows.Rounded<TCode>(plain[row], words, codes);
            for (int d = 0; d < dim; d++) values[d] = TCode.Widen(codes[d]);
            plain.Write(row, values);
        }
    }

    /// <summary>Split rows train as float32 rows do, bit for bit, under every rule and in both modes.</summary>
    [Theory, MemberData(nameof(Everything))]
    public void SplitRowsAreFloat32ToTheBit(string rule, RowUpdates mode)
    {
        foreach (int dim in Dims)
        {
            var rng = new Rng(6);
            Table plain = Drawn(rng, dim, RowStorage.Float32), split = new(Rows, dim, "Table", RowStorage.SplitBFloat16);
            split.CopyFrom(All(plain));
            Optimizer first = RowUpdatesTests.Rules[rule](plain, mode), second = RowUpdatesTests.Rules[rule](split, mode);
            for (int step = 1; step <= 6; step++)
            {
                long[] ids = step % 3 == 0 ? [1, 1, 4] : [step, 0];
                Tensor g = Tensor.Randn(rng, ids.Length, dim);
                foreach (Table table in (Table[])[plain, split])
                {
                    table.ZeroGrad();
                    table.Gradient.Add(ids, g.Memory);
                }
                first.Step();
                second.Step();
            }
            Assert.Equal(All(plain), All(split));
        }
    }

    [Theory]
    [InlineData("adam", RowUpdates.Exact), InlineData("row-wise-adagrad", RowUpdates.Lazy), InlineData("momentum-decay", RowUpdates.Exact)]
    public void TheSameBitsForAnyNumberOfThreads(string rule, RowUpdates mode)
    {
        foreach (RowStorage storage in (RowStorage[])[RowStorage.BFloat16, RowStorage.Float16, RowStorage.SplitBFloat16])
        {
            float[] one = Run(1);
            foreach (int threads in (int[])[2, 3, 8]) Assert.Equal(one, Run(threads));

            float[] Run(int threads)
            {
                int before = Workers.Threads;
                Workers.Threads = threads;
                try
                {
                    var table = new Table(5_000, 24, "T", storage);
                    var rng = new Rng(3);
                    rng.Randn(table.Count * table.Dim, table.WriteValues);
                    Optimizer optimizer = RowUpdatesTests.Rules[rule](table, mode);
                    const int Entries = 20_000;            // 480,000 gradient values: enough that the step is shared out.
                    var into = new float[Entries * 24];
                    for (int step = 0; step < 6; step++)
                    {
                        long[] ids = new long[Entries];
                        rng.RandInt(ids, 0, step % 2 == 0 ? 5_000 : 50);
                        table.Gather(ids, into);
                        optimizer.ZeroGrad();
                        table.Gradient.Add(ids, Tensor.Randn(rng, Entries, 24).Memory);
                        optimizer.Step();
                    }
                    return All(table);
                }
                finally { Workers.Threads = before; }
            }
        }
    }

    /// <summary>Saved after a step and loaded into a table of the same name and seed, a run goes on to the same bits.</summary>
    [Theory, MemberData(nameof(ByRow))]
    public void ARunResumesToTheSameBits(string rule, RowUpdates mode)
    {
        foreach (RowStorage storage in (RowStorage[])[RowStorage.BFloat16, RowStorage.Float16, RowStorage.SplitBFloat16])
        {
            var rng = new Rng(9);
            Table straight = Drawn(rng, 17, storage), again = new(Rows, 17, "Table", storage);
            Optimizer optimizer = RowUpdatesTests.Rules[rule](straight, mode), resumed = RowUpdatesTests.Rules[rule](again, mode);
            for (int step = 0; step < 12; step++)
            {
                if (step == 6)
                {
                    resumed.LoadStateDict(optimizer.StateDict());
                    again.CopyFrom(All(straight));
                }
                long[] ids = new long[4];
                rng.RandInt(ids, 0, Rows);
                Tensor g = Tensor.Randn(rng, 4, 17);
                foreach ((Table table, Optimizer mover) in ((Table, Optimizer)[])[(straight, optimizer), (again, resumed)])
                {
                    if (step < 6 && table == again) continue;
                    mover.ZeroGrad();
                    table.Gradient.Add(ids, g.Memory);
                    mover.Step();
                }
            }
            Assert.Equal(All(straight), All(again));
        }
    }

    /// <summary>Every optimizer brings rows of every storage near what they should be.</summary>
    [Theory, MemberData(nameof(Everything))]
    public void RowsLearnWhateverKeepsThem(string rule, RowUpdates mode)
    {
        foreach (RowStorage storage in Enum.GetValues<RowStorage>())
        {
            var rng = new Rng(2);
            Table table = Drawn(rng, 8, storage);
            Optimizer optimizer = RowUpdatesTests.Rules[rule](table, mode);
            double before = Error();
            for (int step = 0; step < 150; step++)
            {
                long[] ids = [.. Enumerable.Range(0, Rows).Select(row => (long)row)];
                optimizer.ZeroGrad();
                table.Gradient.Add(ids, All(table).Select(value => value - 0.5f).ToArray());
                optimizer.Step();
            }
            Assert.InRange(Error(), 0, 0.8 * before);

            double Error() => All(table).Sum(value => Math.Pow(value - 0.5, 2));
        }
    }

    static Table Drawn(Rng rng, int dim, RowStorage storage)
    {
        var table = new Table(Rows, dim, "Table", storage);
        rng.Randn(Rows * dim, table.WriteValues);
        return table;
    }

    static float[] All(Table table)
    {
        var all = new float[table.Count * table.Dim];
        table.ReadValues(0, all);
        return all;
    }
}
