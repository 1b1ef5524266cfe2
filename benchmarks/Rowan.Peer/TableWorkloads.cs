using Rowan.Nn;
using static TorchSharp.torch;
using TorchTensor = TorchSharp.torch.Tensor;

namespace Rowan.Peer;

/// <summary>Lookups, bags and training steps of large tables.</summary>
static class TableWorkloads
{
    const int Bags = 8_192, BagLength = 26, ManyTables = 26, Calls = 100;

    public static IEnumerable<Workload> All(bool quick)
    {
        long large = quick ? 1_000_000 : 4_000_000;
        yield return Lookup(large, 64);
        foreach ((long rows, int dim) in ((long, int)[])[(large, 64), (large / 2, 128), (100_000, 64)])
            yield return Bag(rows, dim, BagMode.Sum);
        yield return Bag(large, 64, BagMode.Mean);
        yield return Bag(large, 64, BagMode.Sum, weighted: true);
        foreach (long rows in (long[])[100_000, 1_000_000, .. quick ? (long[])[] : [4_000_000]])
            yield return Step(rows, "sparse SGD", 8, sparse: true, (learnables) => new Sgd(learnables) { LearningRate = 0.01f }, null);
        yield return Step(1_000_000, "Adam exact, libtorch dense Adam", 10, sparse: false, learnables => new Adam(learnables),
            parameters => optim.Adam(parameters));
        yield return Step(1_000_000, "Adam lazy, libtorch dense Adam", 25, sparse: false,
            learnables => new Adam(learnables) { Rows = Numerics.RowUpdates.Lazy }, parameters => optim.Adam(parameters));
        yield return Collection();
        yield return MaxBag();
        yield return OtherStep("bag max, SGD (libtorch dense)", BagMode.Max, sparse: false);
        yield return OtherStep("bag sum with weights that learn, sparse SGD", BagMode.Sum, sparse: true, weighted: true);
        yield return OtherStep("bag mean with padding, sparse SGD", BagMode.Mean, sparse: true, padding: 0);
        yield return Lesson(train: false);
        yield return Lesson(train: true);
    }

    static Workload Lookup(long rows, int dim) =>
        new($"gather {Bags * BagLength / 1000}k ids of {rows:N0} × {dim}, into a recycled buffer", 10, () =>
    {
        (Table table, TorchTensor weight) = Tables(rows, dim);
        (Indices ids, TorchTensor torchIds) = Ids(rows, Bags * BagLength);
        var into = new float[ids.Count * dim];
        return new(() =>
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            weight.index_select(0, torchIds);
        }, () => table.Gather(ids.Memory, into), MachineLimits.RandomRows(table, ids), Bytes: 2.0 * sizeof(float) * ids.Count * dim);
    });

    static Workload Bag(long rows, int dim, BagMode mode, bool weighted = false) =>
        new($"bag {(weighted ? "weighted " : "")}{(mode == BagMode.Sum ? "sum" : "mean")} {Bags} × {BagLength} of {rows:N0} × {dim}, "
        + $"into a recycled buffer", 1.5, () =>
    {
        (Table table, TorchTensor weight) = Tables(rows, dim);
        var peer = TorchSharp.torch.nn.EmbeddingBag_from_pretrained(weight, mode: mode == BagMode.Sum
            ? TorchSharp.EmbeddingBagMode.Sum : TorchSharp.EmbeddingBagMode.Mean);
        (Indices ids, TorchTensor torchIds) = Ids(rows, Bags * BagLength);
        long[] starts = [.. Enumerable.Range(0, Bags + 1).Select(bag => (long)bag * BagLength)];
        TorchTensor torchBags = torchIds.reshape(Bags, BagLength);
        float[] scale = new float[weighted ? ids.Count : 0], into = new float[Bags * dim];
        new Rng(2).Rand(scale);
        TorchTensor? torchScale = weighted ? tensor(scale).reshape(Bags, BagLength) : null;
        return new(() =>
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            peer.call(torchBags, null, torchScale);
        }, () => table.SumBags(ids.Memory, starts, scale, mode == BagMode.Mean, into), MachineLimits.RandomRows(table, ids),
        Bytes: (double)sizeof(float) * (ids.Count + Bags) * dim);
    });

    static Workload Step(long rows, string name, double goal, bool sparse, Func<IEnumerable<Numerics.ILearnable>, Optimizer> make,
        Func<IEnumerable<TorchSharp.Modules.Parameter>, optim.Optimizer>? peerMake) =>
        new($"training step, bag {Bags} × {BagLength} of {rows:N0} × 64, {name}", goal, () =>
    {
        var layer = new EmbeddingBag(rows, 64, BagMode.Sum, rng: new Rng(0));
        Optimizer optimizer = make(layer.Parameters());
        var peer = TorchSharp.torch.nn.EmbeddingBag(rows, 64, mode: TorchSharp.EmbeddingBagMode.Sum, sparse: sparse);
        optim.Optimizer? peerOptimizer = peerMake?.Invoke(peer.parameters());
        (Indices ids, TorchTensor torchIds) = Ids(rows, Bags * BagLength);
        Indices bags = ids.Reshape(Bags, BagLength);
        TorchTensor torchBags = torchIds.reshape(Bags, BagLength);
        return new(() =>
        {
            using var scope = NewDisposeScope();
            peer.zero_grad();
            peer.call(torchBags, null, null).sum().backward();
            if (peerOptimizer is not null) peerOptimizer.step();
            else
            {
                using var off = no_grad();
                peer.weight!.add_(peer.weight.grad!, alpha: -0.01);
            }
        }, () =>
        {
            optimizer.ZeroGrad();
            layer.Forward(bags).Sum().Backward();
            optimizer.Step();
        });
    });

    static Workload MaxBag() => new($"bag max {Bags} × {BagLength} of 1,000,000 × 64", 1.5, () =>
    {
        (Table table, TorchTensor weight) = Tables(1_000_000, 64);
        var layer = new EmbeddingBag(table, BagMode.Max);
        var peer = TorchSharp.torch.nn.EmbeddingBag_from_pretrained(weight, mode: TorchSharp.EmbeddingBagMode.Max);
        (Indices ids, TorchTensor torchIds) = Ids(1_000_000, Bags * BagLength);
        Indices bags = ids.Reshape(Bags, BagLength);
        TorchTensor torchBags = torchIds.reshape(Bags, BagLength);
        return new(() =>
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            peer.call(torchBags, null, null);
        }, () =>
        {
            using var off = Gradients.Off();
            layer.Forward(bags);
        });
    });

    /// <summary>
    /// What else a bag can be told: the largest, weights that learn too, a padding row that a seventh of the entries hold.
    /// </summary>
    static Workload OtherStep(string name, BagMode mode, bool sparse, bool weighted = false, long? padding = null) =>
        new($"training step, {Bags} × {BagLength} of 100,000 × 64, {name}", 1.5, () =>
    {
        const long Rows = 100_000;
        const int PaddingEvery = 7;
        var layer = new EmbeddingBag(Rows, 64, mode, padding is { } row ? new EmbeddingOptions { PaddingIdx = row } : null,
            rng: new Rng(0));
        var weights = new Parameter(Tensor.Ones(Bags, BagLength));
        var optimizer = new Sgd([.. layer.Parameters(), .. weighted ? [weights] : (Parameter[])[]]) { LearningRate = 0.01f };
        var peer = TorchSharp.torch.nn.EmbeddingBag(Rows, 64,
            mode: mode switch { BagMode.Sum => TorchSharp.EmbeddingBagMode.Sum, BagMode.Mean => TorchSharp.EmbeddingBagMode.Mean,
            _ => TorchSharp.EmbeddingBagMode.Max }, sparse: sparse, padding_index: padding ?? -1);
        TorchTensor? torchWeights = weighted ? ones(Bags, BagLength, requires_grad: true) : null;
        var all = new long[Bags * BagLength];
        new Rng(1).RandInt(all, 0, Rows);
        for (int i = 0; i < all.Length && padding is not null; i += PaddingEvery) all[i] = padding.Value;
        Indices bags = Indices.From(all, Bags, BagLength);
        TorchTensor torchBags = tensor(all).reshape(Bags, BagLength);
        return new(() =>
        {
            using var scope = NewDisposeScope();
            peer.zero_grad();
            torchWeights?.grad?.zero_();
            peer.call(torchBags, null, torchWeights).sum().backward();
            using var off = no_grad();
            peer.weight!.add_(peer.weight.grad!, alpha: -0.01);
            torchWeights?.add_(torchWeights.grad!, alpha: -0.01);
        }, () =>
        {
            optimizer.ZeroGrad();
            layer.Forward(bags, weighted ? weights.Value : null).Sum().Backward();
            optimizer.Step();
        });
    });

    /// <summary>26 tables in one call, ragged bags, against libtorch's 26 bags one after the other.</summary>
    static Workload Collection() =>
        new($"training step, {ManyTables} tables of 10,000 × 16, batch 512 × 1 to 20 ids, sparse SGD (libtorch: {ManyTables} bags)", 1.5,
        () =>
    {
        const int Batch = 512, Dim = 16;
        const long Rows = 10_000;
        string[] names = [.. Enumerable.Range(0, ManyTables).Select(t => $"table{t}")];
        var layer = new EmbeddingBagCollection([.. names.Select(name => new EmbeddingBagConfig(name, Rows, Dim))], new Rng(0));
        var optimizer = new Sgd(layer.Parameters()) { LearningRate = 0.01f };
        var peers = names.Select(_ => TorchSharp.torch.nn.EmbeddingBag(Rows, Dim, mode: TorchSharp.EmbeddingBagMode.Sum, sparse: true))
            .ToArray();
        var rng = new Rng(3);
        var features = new Dictionary<string, JaggedIndices>();
        var torchFeatures = new List<(TorchTensor Ids, TorchTensor Offsets)>();
        foreach (string name in names)
        {
            var lengths = new long[Batch];
            rng.RandInt(lengths, 1, 21);
            var offsets = new long[Batch];
            for (int bag = 1; bag < Batch; bag++) offsets[bag] = offsets[bag - 1] + lengths[bag - 1];
            var ids = new long[offsets[^1] + lengths[^1]];
            rng.RandInt(ids, 0, Rows);
            features[name] = JaggedIndices.FromOffsets(ids, offsets);
            torchFeatures.Add((tensor(ids), tensor(offsets)));
        }
        return new(() =>
        {
            using var scope = NewDisposeScope();
            foreach (var peer in peers) peer.zero_grad();
            cat([.. peers.Select((peer, t) => peer.call(torchFeatures[t].Ids, torchFeatures[t].Offsets, null))], 1).sum().backward();
            using var off = no_grad();
            foreach (var peer in peers) peer.weight!.add_(peer.weight.grad!, alpha: -0.01);
        }, () =>
        {
            optimizer.ZeroGrad();
            layer.Forward(features).Values.Sum().Backward();
            optimizer.Step();
        });
    });

    static Workload Lesson(bool train) => new($"[2, 4] ids of 10 × 3: forward{(train ? " + sum + backward + SGD step" : "")}", 15, () =>
    {
        var layer = new Embedding(10, 3, rng: new Rng(0));
        var optimizer = new Sgd(layer.Parameters()) { LearningRate = 0.01f };
        var peer = TorchSharp.torch.nn.Embedding(10, 3);
        var peerOptimizer = optim.SGD(peer.parameters(), 0.01);
        int[,] ids = { { 1, 2, 4, 5 }, { 4, 3, 0, 9 } };
        Indices indices = ids;
        TorchTensor torchIds = tensor(ids.Cast<int>().Select(id => (long)id).ToArray()).reshape(2, 4);
        return new(() =>
        {
            for (int i = 0; i < Calls; i++)
            {
                using var scope = NewDisposeScope();
                if (!train)
                {
                    using var off = no_grad();
                    peer.call(torchIds);
                    continue;
                }
                peerOptimizer.zero_grad();
                peer.call(torchIds).sum().backward();
                peerOptimizer.step();
            }
        }, () =>
        {
            for (int i = 0; i < Calls; i++)
            {
                if (!train)
                {
                    using Gradients.Scope off = Gradients.Off();
                    layer.Forward(indices);
                    continue;
                }
                optimizer.ZeroGrad();
                layer.Forward(indices).Sum().Backward();
                optimizer.Step();
            }
        });
    }, Calls);

    static (Table, TorchTensor) Tables(long rows, int dim)
    {
        var table = new Table(rows, dim);
        foreach (Memory<float> piece in table.Values) piece.Span.Fill(0.5f);
        return (table, full([rows, dim], 0.5f));
    }

    public static (Indices, TorchTensor) Ids(long rows, int count)
    {
        var ids = new long[count];
        new Rng(1).RandInt(ids, 0, rows);
        return (ids, tensor(ids));
    }
}
