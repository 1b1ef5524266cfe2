using Rowan.Nn;
using TorchSharp;
using static TorchSharp.torch;
using TorchTensor = TorchSharp.torch.Tensor;
using Peers = TorchSharp.torch.nn;

namespace Rowan.Peer;

/// <summary>Training steps of small models around a table.</summary>
static class ModelWorkloads
{
    public static Workload[] All => [Classifier(), Factorization(), LastStep(), Transformer()];

    static Workload Classifier() =>
        new("text classifier step: bag of 50,000 × 64 → linear 4, batch 64 × 40, SGD (libtorch sparse)", 4, () =>
    {
        var rng = new Rng(0);
        var words = new EmbeddingBag(50_000, 64, rng: rng);
        var head = new Linear(64, 4, rng: rng);
        var optimizer = new Sgd([.. words.Parameters(), .. head.Parameters()]) { LearningRate = 0.1f };
        var peerWords = Peers.EmbeddingBag(50_000, 64, sparse: true);
        var peerHead = Peers.Linear(64, 4);
        (Indices ids, TorchTensor torchIds) = TableWorkloads.Ids(50_000, 64 * 40);
        Indices bags = ids.Reshape(64, 40), labels = Enumerable.Range(0, 64).Select(i => i % 4).ToArray();
        TorchTensor torchBags = torchIds.reshape(64, 40), torchLabels = tensor(Enumerable.Range(0, 64).Select(i => (long)i % 4).ToArray());
        return new(() =>
        {
            using var scope = NewDisposeScope();
            peerWords.zero_grad();
            peerHead.zero_grad();
            Peers.functional.cross_entropy(peerHead.call(peerWords.call(torchBags, null, null)), torchLabels).backward();
            using var off = no_grad();
            foreach (var parameter in peerWords.parameters().Concat(peerHead.parameters())) parameter.add_(parameter.grad!, alpha: -0.1);
        }, () =>
        {
            optimizer.ZeroGrad();
            Losses.CrossEntropy(head.Forward(words.Forward(bags)), labels).Backward();
            optimizer.Step();
        });
    });

    static Workload Factorization() => new("matrix factorization step: 6,040 and 3,706 × 64, batch 1,024, BCE, Adam exact", 6, () =>
    {
        var rng = new Rng(0);
        Embedding users = new(6_040, 64, rng: rng), items = new(3_706, 64, rng: rng);
        var optimizer = new Adam([.. users.Parameters(), .. items.Parameters()]);
        var peerUsers = Peers.Embedding(6_040, 64);
        var peerItems = Peers.Embedding(3_706, 64);
        var peerOptimizer = optim.Adam(peerUsers.parameters().Concat(peerItems.parameters()));
        (Indices user, TorchTensor torchUser) = TableWorkloads.Ids(6_040, 1_024);
        (Indices item, TorchTensor torchItem) = TableWorkloads.Ids(3_706, 1_024);
        Tensor target = Tensor.Full(1, 1_024);
        TorchTensor torchTarget = ones(1_024);
        return new(() =>
        {
            using var scope = NewDisposeScope();
            peerOptimizer.zero_grad();
            Peers.functional.binary_cross_entropy_with_logits((peerUsers.call(torchUser) * peerItems.call(torchItem)).sum(1),
                torchTarget).backward();
            peerOptimizer.step();
        }, () =>
        {
            optimizer.ZeroGrad();
            Losses.BinaryCrossEntropyWithLogits((users.Forward(user) * items.Forward(item)).Sum(1), target).Backward();
            optimizer.Step();
        });
    });

    static Workload LastStep() => new("embedding 10,000 × 64 → LSTM 128, batch 32 × 64, Adam", 1.5, () =>
    {
        var rng = new Rng(0);
        var words = new Embedding(10_000, 64, rng: rng);
        var lstm = new Lstm(64, 128, batchFirst: true, rng: rng);
        var optimizer = new Adam([.. words.Parameters(), .. lstm.Parameters()]);
        var peerWords = Peers.Embedding(10_000, 64);
        var peerLstm = Peers.LSTM(64, 128, batchFirst: true);
        var peerOptimizer = optim.Adam(peerWords.parameters().Concat(peerLstm.parameters()));
        (Indices ids, TorchTensor torchIds) = TableWorkloads.Ids(10_000, 32 * 64);
        Indices batch = ids.Reshape(32, 64);
        TorchTensor torchBatch = torchIds.reshape(32, 64);
        return new(() =>
        {
            using var scope = NewDisposeScope();
            peerOptimizer.zero_grad();
            peerLstm.call(peerWords.call(torchBatch)).Item1.mean().backward();
            peerOptimizer.step();
        }, () =>
        {
            optimizer.ZeroGrad();
            lstm.Forward(words.Forward(batch)).Output.Mean().Backward();
            optimizer.Step();
        });
    });

    static Workload Transformer() => new("embedding → 2-layer transformer d 128, batch 16 × 64, 10,000 outputs, Adam", 1.1, () =>
    {
        var rng = new Rng(0);
        var words = new Embedding(10_000, 128, rng: rng);
        var encoder = new TransformerEncoder(new TransformerEncoderLayer(128, 4, new() { FeedForwardDim = 512, Dropout = 0 }, rng), 2);
        var head = new Linear(128, 10_000, rng: rng);
        var optimizer = new Adam([.. words.Parameters(), .. encoder.Parameters(), .. head.Parameters()]);
        var peerWords = Peers.Embedding(10_000, 128);
        var peerEncoder = Peers.TransformerEncoder(Peers.TransformerEncoderLayer(128, 4, 512, 0), 2);
        var peerHead = Peers.Linear(128, 10_000);
        var peerOptimizer = optim.Adam(peerWords.parameters().Concat(peerEncoder.parameters()).Concat(peerHead.parameters()));
        (Indices ids, TorchTensor torchIds) = TableWorkloads.Ids(10_000, 64 * 16);
        Indices batch = ids.Reshape(64, 16);
        TorchTensor torchBatch = torchIds.reshape(64, 16);
        return new(() =>
        {
            using var scope = NewDisposeScope();
            peerOptimizer.zero_grad();
            Peers.functional.cross_entropy(peerHead.call(peerEncoder.call(peerWords.call(torchBatch), null, null)).reshape(-1, 10_000),
                torchIds).backward();
            peerOptimizer.step();
        }, () =>
        {
            optimizer.ZeroGrad();
            Losses.CrossEntropy(head.Forward(encoder.Forward(words.Forward(batch))).Reshape(-1, 10_000), ids).Backward();
            optimizer.Step();
        });
    });
}
