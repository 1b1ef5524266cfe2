using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Tests;

/// <summary>Values that change between forward and backward: gradients that would be wrong are refused, and nothing else is.</summary>
public class VersionTests
{
    static Table Small()
    {
        var table = new Table(3, 2, "words");
        table.CopyFrom([3, 4, 6, 8, 0, 2]);
        return table;
    }

    static Tensor Leaf(params float[] values) => new(values, 1, values.Length) { RequiresGrad = true };

    static void Refused(Tensor loss, params string[] parts)
    {
        string message = Assert.Throws<InvalidOperationException>(() => loss.Backward()).Message;
        foreach (string part in parts) Assert.Contains(part, message, StringComparison.Ordinal);
    }

    /// <summary>What changes a table's rows, and what the error calls it.</summary>
    static readonly Dictionary<string, (Action<Table> Change, string Named)> _tableChanges = new()
    {
        ["max norm"] = (table => new Embedding(table, new() { MaxNorm = 1 }).Forward(new[] { 0, 1 }), "MaxNorm"),
        ["max norm of a bag"] = (table =>
            new EmbeddingBag(table, BagMode.Sum, new() { MaxNorm = 1 }).Forward(new[,] { { 0, 1 } }), "MaxNorm"),
        ["max norm without recording"] = (table =>
        {
            using (Gradients.Off()) new Embedding(table, new() { MaxNorm = 1 }).Forward(new[] { 0, 1 });
        }, "MaxNorm"),
        ["write"] = (table => table.Write(0, [1, 1]), "Table.Write"),
        ["copy"] = (table => table.CopyFrom([1, 1, 1, 1, 1, 1]), "Table.WriteValues"),
        ["load"] = (table =>
            new Embedding(table).LoadStateDict(new StateDict([StateEntry.Over("weight", [3, 2], new float[6])])), "Table.WriteValues"),
        ["tensor"] = (table => { table.Frozen = true; table.AsTensor().WritableSpan[0] = 9; table.Frozen = false; }, "WritableSpan"),
        ["step"] = (table => Stepped(table, new Sgd(table)), "a step of the optimizer"),
        ["Adafactor"] = (table => Stepped(table, new Adafactor(table)), "a step of the optimizer"),
        ["average"] = (table =>
        {
            var average = WeightAverage.Exponential([table]);
            average.Update();
            average.Swap();
        }, "Table.WriteValues"),
    };

    public static TheoryData<string> TableChanges => [.. _tableChanges.Keys];

    static void Stepped(Table table, Optimizer optimizer)
    {
        new Embedding(table).Forward(new[] { 0 }).Sum().Backward();
        optimizer.Step();
        optimizer.ZeroGrad();
    }

    [Fact]
    public void ATiedLayerWhoseRowsALookupShrinksIsRefused()
    {
        Table table = Small();
        var embedding = new Embedding(table, new() { MaxNorm = 1 });
        var tied = new TiedLinear(table);
        Tensor x = Leaf(1, 1), y = tied.Forward(x), rows = embedding.Forward(new[] { 0, 1 });
        Refused(y.Sum() + rows.Sum(), "the table 'words'", "MaxNorm", "[1, 3]", "Call Backward before");
        Assert.Null(x.Gradient);
        Assert.False(table.Gradient.Exists);
        // In the other order, and without MaxNorm, the gradient is that of the rows as they were used.
        table.CopyFrom([3, 4, 6, 8, 0, 2]);
        x = Leaf(1, 1);
        (tied.Forward(x).Sum() + new Embedding(table).Forward(new[] { 0, 1 }).Sum()).Backward();
        Assert.Equal([9, 14], x.Gradient!.ToArray());
        x = Leaf(1, 1);
        rows = embedding.Forward(new[] { 0, 1 });
        (tied.Forward(x).Sum() + rows.Sum()).Backward();
        Golden(x.Gradient!, 1.2f, 3.6f);
    }

    static void Golden(Tensor actual, params float[] expected)
    {
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual.Span[i], 1e-5f);
    }

    [Theory, MemberData(nameof(TableChanges))]
    public void AChangeOfATableIsRefusedWhereItsValuesAreNeeded(string name)
    {
        (Action<Table> change, string named) = _tableChanges[name];
        Table table = Small();
        Tensor x = Leaf(1, 1), y = new TiedLinear(table).Forward(x);
        change(table);
        Refused(y.Sum(), named, name == "tensor" ? "table 'words'" : "the table 'words'");

        table = Small();
        Tensor weights = new Tensor([1, 2], 1, 2) { RequiresGrad = true };
        Tensor sums = new EmbeddingBag(table, BagMode.Sum).Forward(new[,] { { 0, 1 } }, weights);
        change(table);
        Refused(sums.Sum(), named);

        table = Small();
        var collection = new EmbeddingBagCollection([new("words", 3, 2, "a")]);
        Table own = collection.EmbeddingBags["words"].Weight;
        own.CopyFrom([3, 4, 6, 8, 0, 2]);
        weights = new Tensor([1, 2], 2) { RequiresGrad = true };
        var features = new Dictionary<string, JaggedIndices> { ["a"] = JaggedIndices.FromOffsets(new[] { 0, 1 }, new[] { 0 }, weights) };
        KeyedTensor many = collection.Forward(features);
        change(own);
        Refused(many.Values.Sum(), named);
    }

    /// <summary>Lookups and bags whose gradient does not read the rows may be followed by anything, as in PyTorch.</summary>
    [Theory, MemberData(nameof(TableChanges))]
    public void AChangeOfATableIsAllowedWhereItsValuesAreNotNeeded(string name)
    {
        Table table = Small();
        Tensor weights = new([1, 2], 1, 2);
        Tensor[] values =
        [
            new Embedding(table).Forward(new[] { 0, 2 }),
            new EmbeddingBag(table, BagMode.Sum).Forward(new[,] { { 0, 1 } }),
            new EmbeddingBag(table, BagMode.Mean).Forward(new[,] { { 0, 1 } }),
            new EmbeddingBag(table, BagMode.Max).Forward(new[,] { { 0, 1 } }),
            new EmbeddingBag(table, BagMode.Sum).Forward(new[,] { { 0, 1 } }, weights),
            // The rows' own gradient is x, whatever the rows are.
            new TiedLinear(table).Forward(new Tensor([1, 1], 1, 2)),
        ];
        _tableChanges[name].Change(table);
        foreach (Tensor value in values)
        {
            table.ZeroGrad();
            value.Sum().Backward();
            Assert.True(table.Gradient.Exists);
        }
    }

    [Fact]
    public void ALeafThatIsWrittenIsRefusedWhereItsValuesAreNeeded()
    {
        Tensor x = Leaf(2, 3), y = x * x;
        x.WritableSpan[0] = 5;
        Refused(y.Sum(), "a tensor of shape [1, 2]", "WritableSpan");
        Assert.Null(x.Gradient);

        // Through a view, a parameter, and a part of a recorded chain.
        x = Leaf(2, 3);
        y = x.Reshape(2).Power(2);
        x.WritableMemory.Span[0] = 5;
        Refused(y.Sum(), "WritableSpan");
        x = Leaf(2, 3);
        y = x.Power(2);
        x.Detach().WritableSpan[0] = 5;
        Refused(y.Sum(), "WritableSpan");
        var linear = new Linear(2, 2, rng: new Rng(1));
        y = linear.Forward(linear.Forward(new Tensor([1, 2], 1, 2)));
        linear.Weight.CopyFrom([1, 2, 3, 4]);
        Refused(y.Sum(), "[2, 2]");
        // Not an input that learns, but needed for the gradient of one.
        Tensor input = new([1, 2], 1, 2);
        y = linear.Forward(input);
        input.WritableSpan[0] = 7;
        Refused(y.Sum(), "[1, 2]");
        // Cells of a recurrent layer keep their weights too.
        var lstm = new Lstm(2, 3, rng: new Rng(2));
        Tensor hidden = lstm.Forward(Tensor.Randn(new Rng(3), 4, 1, 2)).Output;
        lstm.Parameters().OfType<Parameter>().First().CopyFrom(new float[24]);
        Refused(hidden.Sum(), "WritableSpan");
    }

    [Fact]
    public void AStepBetweenForwardAndBackwardOfDenseLayersIsRefused()
    {
        Func<Parameter[], Optimizer>[] makers = [p => new Sgd(p), p => new Adam(p), p => new Adafactor(p), p => new Lamb(p)];
        foreach (Func<Parameter[], Optimizer> make in makers)
        {
            var model = new Sequential(new Linear(2, 2, rng: new Rng(1)), new Linear(2, 1, rng: new Rng(2)));
            Optimizer optimizer = make([.. model.Parameters().OfType<Parameter>()]);
            Tensor first = model.Forward(Leaf(1, 2)), second = model.Forward(Leaf(2, 1));
            first.Sum().Backward();
            optimizer.Step();
            Refused(second.Sum(), "a step of the optimizer");
        }
    }

    /// <summary>What PyTorch allows, and training loops do.</summary>
    [Fact]
    public void OrdinaryTrainingIsNotRefused()
    {
        // Accumulated gradients, tied weights, MaxNorm, deferred updates, saving and evaluating between forward and backward.
        var table = new Table(50, 4, "tied");
        new Rng(1).Randn(table.Values);
        var embedding = new Embedding(table, new() { MaxNorm = 1.5f });
        var tied = new TiedLinear(table);
        var plain = new Embedding(50, 4, rng: new Rng(5));
        var optimizer = new Adam([table, plain.Weight]);
        for (int step = 0; step < 5; step++)
        {
            optimizer.ZeroGrad();
            Tensor first = tied.Forward(embedding.Forward(new[] { 3, step })).Sum() + plain.Forward(new[] { step }).Sum();
            first.Backward();
            Tensor second = tied.Forward(embedding.Forward(new[] { 3, step })).Sum();
            Tensor third = plain.Forward(new[] { step + 1, 49 }).Power(2).Sum();
            plain.StateDict();
            plain.Eval();
            plain.Train();
            plain.Weight.Grow(plain.Weight.Count + 1);
            optimizer.StateDict();
            using (Gradients.Off()) plain.Forward(new[] { 7 });
            second.Backward();
            third.Backward();
            optimizer.Step();
        }

        // Two forwards of rows with deferred updates, then both backwards.
        Tensor one = plain.Forward(new[] { 1, 40 }).Power(2).Sum(), two = plain.Forward(new[] { 2, 40 }).Power(2).Sum();
        one.Backward();
        two.Backward();

        // A bias, a sum and a factor without a partner that learns are not read.
        Tensor x = Leaf(1, 2), z = x + x.Sum() - 3 * x;
        x.WritableSpan[0] = 9;
        z.Sum().Backward();
        Assert.Equal([0, 0], x.Gradient!.ToArray());
        var linear = new Linear(2, 1, rng: new Rng(1));
        Tensor y = linear.Forward(new Tensor([1, 2], 1, 2));
        linear.Bias!.CopyFrom([4]);
        linear.Weight.CopyFrom([4, 5]);
        y.Sum().Backward();
        Assert.Equal([1, 2], linear.Weight.Gradient!.ToArray());
    }

    /// <summary>Operations that keep indices, or numbers of their own: the gradient is that of the values they were given.</summary>
    static readonly Dictionary<string, Func<Tensor, Tensor>> _keepNoInput = new()
    {
        ["part"] = x => x[1.., ..1],
        ["flip"] = x => x.Flip(0),
        ["repeat"] = x => x.Repeat(2, 1),
        ["pad"] = x => x.Pad(1, 1),
        ["connectionist temporal classification"] = x => Losses.Ctc(x, new long[] { 1 }),
        ["negative log-likelihood"] = x => Losses.NegativeLogLikelihood(x, new long[] { 1, 0, 1 }),
    };

    public static TheoryData<string> KeepNoInput => [.. _keepNoInput.Keys];

    [Theory, MemberData(nameof(KeepNoInput))]
    public void AnInputMayChangeAfterAnOperationThatDoesNotKeepIt(string name)
    {
        Tensor Gradient(bool change)
        {
            Tensor x = new([-0.5f, -1, -2, -0.25f, -1, -0.75f], 3, 2) { RequiresGrad = true }, y = _keepNoInput[name](x);
            if (change) x.WritableSpan.Fill(-3);
            y.Sum().Backward();
            return x.Gradient!;
        }

        Assert.Contains(Gradient(false).ToArray(), value => value != 0);
        Assert.Equal(Gradient(false).ToArray(), Gradient(true).ToArray());
    }

    [Fact]
    public void AWrittenViewOfAComputedTensorIsRefused()
    {
        Tensor y = Leaf(1, 2).Power(2);
        var error = Assert.Throws<InvalidOperationException>(() => y.Alias().WritableSpan.Length);
        Assert.Contains("computed from others", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MaxNormLeavesFrozenRowsAlone()
    {
        Table table = Small();
        table.FreezeRows(1, 2);
        var embedding = new Embedding(table, new() { MaxNorm = 1 });
        Golden(embedding.Forward(new[] { 0, 1 }), 0.6f, 0.8f, 6, 8);
        using (Gradients.Off()) Golden(embedding.Forward(new[] { 1, 0 }), 6, 8, 0.6f, 0.8f);
        new EmbeddingBag(table, BagMode.Sum, new() { MaxNorm = 1 }).Forward(new[,] { { 0, 1 } });
        Assert.Equal([6, 8], table[1].ToArray());
        // The write, and the one lookup that shrank a row.
        Assert.Equal(2, table.Version.Number);
    }
}
