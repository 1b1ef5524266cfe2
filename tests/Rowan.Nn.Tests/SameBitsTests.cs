using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>1, 2, 3 and 8 threads give the same bytes.</summary>
public class SameBitsTests
{
    public static TheoryData<string, bool, RowUpdates> Optimizers => EveryOptimizer.Cases;

    /// <summary>
    /// Three tables, large enough that loops are split, a row that fills a third of the batch, and a dense matrix; the tables also one
    /// optimizer each.
    /// </summary>
    [Theory, MemberData(nameof(Optimizers))]
    public void UpdatesOfOneOptimizerOverSeveralTables(string name, bool options, RowUpdates rows)
    {
        Dictionary<string, byte[]> together = Same(() => Run(together: true)), apart = Run(together: false);
        Assert.Equal(together.Where(entry => entry.Key.StartsWith("table", StringComparison.Ordinal)),
            apart.Where(entry => entry.Key.StartsWith("table", StringComparison.Ordinal)));

        Dictionary<string, byte[]> Run(bool together)
        {
            Table[] tables = [new(3_000, 9), new(900, 24), new(1, 5)];
            var rng = new Rng(4);
            foreach (Table table in tables) rng.Randn(table.Values);
            var dense = new Parameter(Tensor.Randn(rng, 300, 200));
            Optimizer[] optimizers = together
                ? [EveryOptimizer.Make(name, options, rows, [.. tables, dense])]
                : [.. tables.Select(table => EveryOptimizer.Make(name, options, rows, table))];
            for (int step = 0; step < 3; step++)
            {
                foreach (Optimizer optimizer in optimizers) optimizer.ZeroGrad();
                foreach (Table table in tables)
                {
                    long[] ids = new long[step == 1 ? 700 : 13_000];
                    rng.RandInt(ids, 0, table.Count);
                    ids.AsSpan(ids.Length / 3, ids.Length / 3).Fill(table.Count / 2);
                    new Embedding(table).Forward(ids).Backward(Tensor.Randn(rng, ids.Length, table.Dim));
                }
                if (together) (dense.Value * dense.Value).Sum().Backward();
                foreach (Optimizer optimizer in optimizers) optimizer.Step();
            }
            var bytes = together ? EveryOptimizer.Bytes(optimizers[0].StateDict()) : [];
            for (int t = 0; t < tables.Length; t++) bytes[$"table {t}"] = EveryOptimizer.Bytes(tables[t]);
            return bytes;
        }
    }

    /// <summary>
    /// First weights, dropout, tied rows with deferred updates and a validation, with a thread that reads all the while: as without, and
    /// with any number of threads.
    /// </summary>
    [Fact]
    public void AWholeTrainingThatIsReadMeanwhile()
    {
        Dictionary<string, byte[]> alone = Same(() => Train(reads: false)), read = Same(() => Train(reads: true));
        Assert.Equal(alone, read);

        static Dictionary<string, byte[]> Train(bool reads)
        {
            var rng = new Rng(3);
            var words = new Embedding(9_000, 32, rng: rng);
            var bags = new EmbeddingBag(5_000, 32, BagMode.Sum, rng: rng);
            var model = new Sequential(new Linear(32, 64, rng: rng), new Nn.Relu(), new Dropout(0.3f, rng), new Linear(64, 9, rng: rng));
            var optimizer = new AdamW([words.Weight, bags.Weight, .. model.Parameters()]) { LearningRate = 0.01f };
            bool stop = false;
            var reader = new Thread(() =>
            {
                using Gradients.Scope off = Gradients.Off();
                while (!Volatile.Read(ref stop))
                {
                    words.Forward(Enumerable.Range(0, 300).Select(i => i * 29).ToArray());
                    bags.Forward(new[,] { { 1, 2, 3 }, { 70, 800, 4_000 } });
                }
            });
            if (reads) reader.Start();
            float[] judged = [];
            for (int step = 0; step < 12; step++)
            {
                long[] ids = new long[4_000], labels = new long[1_000];
                rng.RandInt(ids, 0, 5_000);
                rng.RandInt(labels, 0, 9);
                optimizer.ZeroGrad();
                Tensor x = bags.Forward(Indices.From(ids, 1_000, 4)) + words.Forward(ids[..1_000]);
                Losses.CrossEntropy(model.Forward(x), labels).Backward();
                optimizer.Step();
                if (step != 6) continue;
                using Gradients.Scope off = Gradients.Off();
                model.Eval();
                words.Eval();
                judged = model.Forward(words.Forward(ids[..50])).ToArray();
                model.Train();
            }
            Volatile.Write(ref stop, true);
            if (reads) reader.Join();
            Dictionary<string, byte[]> bytes = EveryOptimizer.Bytes(optimizer.StateDict());
            bytes["judged"] = System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(judged).ToArray();
            bytes["words"] = EveryOptimizer.Bytes(words.Weight);
            bytes["bags"] = EveryOptimizer.Bytes(bags.Weight);
            foreach ((string name, ILearnable part) in model.NamedParameters())
            {
                var values = new float[((Parameter)part).Count];
                part.ReadValues(0, values);
                bytes[name] = System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();
            }
            return bytes;
        }
    }

    [Theory]
    [InlineData(1), InlineData(17), InlineData(64), InlineData(130)]
    public void ForwardAndBackwardOfLookupsAndBags(int dim) => Same(() =>
    {
        var rng = new Rng(6);
        var table = new Table(4_000, dim);
        rng.Randn(table.Values);
        long[] ids = new long[9_000], offsets = new long[700];
        rng.RandInt(ids, 0, 4_000);
        rng.RandInt(offsets, 0, 9_000);
        Array.Sort(offsets);
        offsets[0] = 0;
        Tensor weights = Tensor.Rand(rng, ids.Length);
        weights.RequiresGrad = true;
        var bytes = new Dictionary<string, byte[]>();
        void Note(string name, Tensor y)
        {
            table.ZeroGrad();
            bytes[name] = [.. y.Memory.ToArray().SelectMany(BitConverter.GetBytes)];
            y.Backward(Tensor.Randn(rng, y.Shape.Sizes));
            bytes[$"{name}, gradient"] = [.. table.Gradient.ToTensor()!.ToArray().SelectMany(BitConverter.GetBytes)];
        }
        Note("rows", new Embedding(table, new() { PaddingIdx = 7, ScaleGradByFreq = true }).Forward(ids));
        foreach (BagMode mode in Enum.GetValues<BagMode>()) Note($"{mode}", new EmbeddingBag(table, mode).Forward(ids, offsets));
        Note("weighted", new EmbeddingBag(table, BagMode.Sum).Forward(ids, offsets, weights));
        bytes["weights"] = [.. weights.Gradient!.ToArray().SelectMany(BitConverter.GetBytes)];
        return bytes;
    });

    /// <summary>Embedding, linear layer, cross entropy, Adam, some epochs: all that would be saved.</summary>
    [Theory, InlineData(RowUpdates.Exact), InlineData(RowUpdates.Lazy)]
    public void AWholeTrainingRun(RowUpdates rows) => Same(() =>
    {
        const int Batch = 512, Length = 16;    // 393,216 gradient values: enough that the table's step is shared out.
        var rng = new Rng(9);
        var words = new EmbeddingBag(2_000, 48, rng: rng);
        var head = new Linear(48, 40, rng: rng);
        var adam = new Adam([.. words.Parameters(), .. head.Parameters()]) { LearningRate = 0.02f, Rows = rows };
        float first = 0, last = 0;
        for (int epoch = 0; epoch < 3; epoch++)
        {
            var data = new Rng(11);
            for (int batch = 0; batch < 6; batch++)
            {
                long[] ids = new long[Batch * Length], labels = new long[Batch];
                data.RandInt(ids, 0, 2_000);
                for (int i = 0; i < labels.Length; i++) labels[i] = ids[Length * i] % 40;
                adam.ZeroGrad();
                Tensor loss = Losses.CrossEntropy(head.Forward(words.Forward(Indices.From(ids, Batch, Length))), labels);
                loss.Backward();
                adam.Step();
                if (epoch == 0 && batch == 0) first = loss.Item();
                last = loss.Item();
            }
        }
        Assert.True(last < first, $"{first} → {last}");
        return EveryOptimizer.Bytes(words.StateDict())
            .Concat(EveryOptimizer.Bytes(head.StateDict())
            .Select(entry => new KeyValuePair<string, byte[]>($"head.{entry.Key}", entry.Value)))
            .Concat(EveryOptimizer.Bytes(adam.StateDict())).ToDictionary();
    });

    static Dictionary<string, byte[]> Same(Func<Dictionary<string, byte[]>> run)
    {
        int before = Workers.Threads;
        try
        {
            Dictionary<string, byte[]>? one = null;
            foreach (int threads in (int[])[1, 2, 3, 8])
            {
                Workers.Threads = threads;
                Dictionary<string, byte[]> found = run();
                one ??= found;
                Assert.Equal(one.Keys, found.Keys);
                foreach ((string name, byte[] bytes) in one)
                    Assert.True(bytes.AsSpan().SequenceEqual(found[name]), $"{name} differs for {threads} threads");
            }
            return one!;
        }
        finally { Workers.Threads = before; }
    }
}
