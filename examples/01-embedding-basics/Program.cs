// What an embedding layer is and does, claim by claim. Each claim is printed, then checked; a claim that does not hold ends the program.
using Rowan;
using Nn = Rowan.Nn;

namespace EmbeddingBasics;

public static class Program
{
    static int _claims;

    public static int Main()
    {
        Tensor vectors = IdsToVectors();
        Shapes();
        RowsAreTheOutput(vectors);
        GradientsReachTheRowsLookedUp();
        AStepMovesThoseRowsAndNoOther();
        Padding();
        TwoTablesInOneModel();
        FrozenBesideLearned();
        Console.WriteLine($"\n{_claims} claims hold.");
        return 0;
    }

    static Tensor IdsToVectors()
    {
        Claim("An embedding turns ids into vectors: here 10 different things, a vector of 3 numbers each");
        var embedding = new Nn.Embedding(10, 3, rng: new Rng(seed: 0));
        Tensor vectors = embedding.Forward(new[] { 4, 7 });
        Console.WriteLine(vectors);
        Check(vectors.Shape == new Shape(2, 3));
        return vectors;
    }

    static void Shapes()
    {
        Claim("Ids of any shape give the same shape plus the vector's: a sequence [4] gives [4, 3], a batch [2, 4] gives [2, 4, 3]");
        var embedding = new Nn.Embedding(10, 3, rng: new Rng(seed: 0));
        Tensor sequence = embedding.Forward(new[] { 1, 2, 4, 5 });
        Tensor batch = embedding.Forward(new[,] { { 1, 2, 4, 5 }, { 4, 3, 0, 9 } });
        Console.WriteLine($"sequence {sequence.Shape}, batch {batch.Shape}");
        Check(sequence.Shape == new Shape(4, 3) && batch.Shape == new Shape(2, 4, 3));
    }

    static void RowsAreTheOutput(Tensor vectors)
    {
        Claim("An output row is a row of the weight: id 4 gives row 4");
        var embedding = new Nn.Embedding(10, 3, rng: new Rng(seed: 0));
        Console.WriteLine($"Weight[4] = {string.Join(", ", embedding.Weight[4].ToArray())}");
        Check(vectors[0].Span.SequenceEqual(embedding.Weight[4]) && vectors[1].Span.SequenceEqual(embedding.Weight[7]));
    }

    static void GradientsReachTheRowsLookedUp()
    {
        Claim("Gradients flow back through the layer that follows, to the rows looked up and to no other");
        var rng = new Rng(seed: 0);
        var embedding = new Nn.Embedding(10, 3, rng: rng);
        var head = new Nn.Linear(3, 2, rng: rng);
        Losses.CrossEntropy(head.Forward(embedding.Forward(new[] { 2, 5, 2 })), new[] { 0, 1, 1 }).Backward();
        Console.WriteLine($"rows with a gradient: {string.Join(", ", embedding.Weight.Gradient.Rows)}; entries: "
            + $"{embedding.Weight.Gradient.Entries}, for row 2 came twice");
        Check(embedding.Weight.Gradient.Rows is [2, 5] && embedding.Weight.Gradient[2].Any(g => g != 0)
            && embedding.Weight.Gradient[0].All(g => g == 0));
        Check(head.Weight.Gradient is not null);
    }

    static void AStepMovesThoseRowsAndNoOther()
    {
        Claim("A step of the optimizer moves those rows and no other");
        var embedding = new Nn.Embedding(10, 3, rng: new Rng(seed: 0));
        float[][] before = Rows(embedding);
        var optimizer = new Sgd(embedding.Parameters()) { LearningRate = 0.1f };
        optimizer.ZeroGrad();
        embedding.Forward(new[] { 2, 5 }).Sum().Backward();
        optimizer.Step();
        long[] moved = [.. Enumerable.Range(0, 10).Where(row => !embedding.Weight[row].SequenceEqual(before[row]))
            .Select(row => (long)row)];
        Console.WriteLine($"rows that moved: {string.Join(", ", moved)}");
        Check(moved is [2, 5]);
    }

    static void Padding()
    {
        Claim("A padding row starts at zero and never learns: it fills up short sequences");
        var embedding = new Nn.Embedding(10, 3, new() { PaddingIdx = 0 }, new Rng(seed: 0));
        Tensor padded = embedding.Forward(new[,] { { 3, 7, 0, 0 } });
        padded.Sum().Backward();
        Console.WriteLine($"output of the padding: {string.Join(", ", padded[0, 3].ToArray())}; rows with a gradient: "
            + $"{string.Join(", ", embedding.Weight.Gradient.Rows)}");
        Check(padded[0, 3].Span.IndexOfAnyExcept(0f) < 0 && embedding.Weight.Gradient.Rows is [3, 7]);
    }

    static void TwoTablesInOneModel()
    {
        Claim("A model may have several tables, of different sizes and dims: here it learns which user likes which film");
        var model = new Taste(users: 100, films: 30, new Rng(seed: 0));
        foreach ((string name, var part) in model.NamedParameters()) Console.WriteLine($"{name,-14} [{string.Join(", ", part.Sizes)}]");
        var optimizer = new Adam(model.Parameters()) { LearningRate = 0.05f };
        float first = 0, last = 0;
        for (int step = 0; step < 50; step++)
        {
            optimizer.ZeroGrad();
            Tensor loss = Losses.BinaryCrossEntropyWithLogits(model.Forward(new[] { 3, 3, 57 }, new[] { 12, 5, 5 }),
                new Tensor([1, 0, 1], 3, 1));
            loss.Backward();
            optimizer.Step();
            (first, last) = (step == 0 ? loss.Item() : first, loss.Item());
        }
        Console.WriteLine($"loss {first:0.000} → {last:0.000}");
        Check(last < 0.1f * first && model.Parameters().Count() == 4);
    }

    static void FrozenBesideLearned()
    {
        Claim("A pretrained table can be kept frozen beside one that learns");
        var pretrained = Nn.Embedding.FromPretrained(new float[,] { { 1, 0 }, { 0, 1 }, { 1, 1 } }, freeze: true);
        var learned = new Nn.Embedding(3, 2, rng: new Rng(seed: 0));
        float[][] fixedBefore = Rows(pretrained), learnedBefore = Rows(learned);
        var optimizer = new Sgd([.. pretrained.Parameters(), .. learned.Parameters()]) { LearningRate = 0.1f };
        (pretrained.Forward(new[] { 0, 2 }) * learned.Forward(new[] { 0, 2 })).Sum().Backward();
        optimizer.Step();
        Console.WriteLine($"frozen moved: {!Same(pretrained, fixedBefore)}; learned moved: {!Same(learned, learnedBefore)}");
        Check(Same(pretrained, fixedBefore) && !Same(learned, learnedBefore));
    }

    static float[][] Rows(Nn.Embedding embedding) =>
        [.. Enumerable.Range(0, (int)embedding.NumEmbeddings).Select(row => embedding.Weight[row].ToArray())];

    static bool Same(Nn.Embedding embedding, float[][] rows) =>
        Rows(embedding).Zip(rows).All(pair => pair.First.SequenceEqual(pair.Second));

    static void Claim(string text) => Console.WriteLine($"\n{++_claims}. {text}.");

    static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException($"claim {_claims} does not hold");
    }

    /// <summary>A film's and a user's vectors side by side, and a layer that judges the pair.</summary>
    sealed class Taste(int users, int films, Rng rng) : Nn.Module
    {
        public Nn.Embedding Users { get; } = new(users, 4, rng: rng);
        public Nn.Embedding Films { get; } = new(films, 6, rng: rng);
        public Nn.Linear Judge { get; } = new(10, 1, rng: rng);

        public Tensor Forward(Indices user, Indices film) => Judge.Forward(Ops.Concat([Users.Forward(user), Films.Forward(film)], 1));
    }
}
