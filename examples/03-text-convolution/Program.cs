// A convolution reads phrases, a bag reads words. Reviews in which every word is fair, and only the order tells praise from blame.
// The model is Kim's (2014): embedding → convolution → maximum over time → linear.
using Rowan;
using Nn = Rowan.Nn;

namespace TextConvolution;

public static class Program
{
    const int Known = 2_000, HeldOut = 500, Dim = 16, Filters = 32, Width = 3;
    const int Epochs = 12, Batch = 50, Length = 12;
    const long Padding = 0;

    static readonly string[] _verdicts = ["praise", "blame", "mixed"];
    static readonly string[] _things = ["plot", "music", "ending", "cast", "camera", "dialogue", "hero", "villain"];
    static readonly string[] _good = ["good", "charming", "clever", "moving", "funny", "bold", "fresh", "tender"];
    static readonly string[] _bad = ["bad", "dull", "clumsy", "cold", "silly", "timid", "stale", "loud"];
    static readonly string[] _degrees = ["really", "very", "quite", "so"];
    static int _claims;

    public static int Main()
    {
        var rng = new Rng(seed: 3);
        Review[] all = MakeUp(rng, Known + HeldOut), known = all[..Known], heldOut = all[Known..];
        // Id 0 is what short sentences are filled up with.
        var words = new Vocabulary([" ", .. Vocabulary.Build(known.SelectMany(review => review.Text.Split(' '))).Words]);
        foreach (Review review in known[..3]) Console.WriteLine($"{_verdicts[review.Verdict],-7} {review.Text}");

        var bag = new Bag(words.Count, rng);
        var convolution = new Convolution(words.Count, rng);
        Shapes(convolution, words, known);
        BagCannot(bag, words, known, heldOut, rng);
        ConvolutionCan(convolution, words, known, heldOut, rng);
        OrderDecides(bag, convolution, words);
        Console.WriteLine($"\n{_claims} claims hold.");
        return 0;
    }

    static void Shapes(Convolution model, Vocabulary words, Review[] known)
    {
        Claim("A convolution slides over places: it wants channels before places, and the table gives them after");
        Tensor vectors = model.Words.Forward(Ids(words, known[..2]));
        Tensor channels = vectors.Transpose(1, 2);
        Tensor phrases = model.Phrases.Forward(channels);
        Tensor strongest = phrases.Max(dim: 2);
        Console.WriteLine($"vectors {vectors.Shape} → channels {channels.Shape} → phrases {phrases.Shape} → strongest {strongest.Shape}");
        Check(phrases.Shape == new Shape(2, Filters, Length) && strongest.Shape == new Shape(2, Filters));
    }

    static void BagCannot(Bag model, Vocabulary words, Review[] known, Review[] heldOut, Rng rng)
    {
        Claim("A bag of words tells a mixed review from the rest, and then can only guess: two in three is all it can expect");
        Train(model, words, known, rng);
        float right = Accuracy(model, words, heldOut);
        Console.WriteLine($"held-out accuracy of the bag: {right:P1}");
        Check(right is > 0.5f and < 0.75f);
    }

    static void ConvolutionCan(Convolution model, Vocabulary words, Review[] known, Review[] heldOut, Rng rng)
    {
        Claim($"Filters of {Width} words see what 'not' belongs to");
        Train(model, words, known, rng);
        float right = Accuracy(model, words, heldOut);
        Console.WriteLine($"held-out accuracy of the convolution: {right:P1}");
        Check(right > 0.97f);
    }

    static void OrderDecides(Bag bag, Convolution convolution, Vocabulary words)
    {
        Claim("The same words in another order: the bag says the same of both, the convolution does not");
        Review praise = new("the plot was really good and the music was not dull", 0),
        blame = new("the plot was not good and the music was really dull", 1);
        long[] fromBag = Verdicts(bag, words, [praise, blame]), fromConvolution = Verdicts(convolution, words, [praise, blame]);
        foreach ((Review review, int i) in new[] { praise, blame }.Select((review, i) => (review, i)))
            Console.WriteLine($"{review.Text}: bag {_verdicts[fromBag[i]]}, convolution {_verdicts[fromConvolution[i]]}");
        Check(fromBag[0] == fromBag[1] && fromConvolution is [0, 1]);
    }

    static void Train(Nn.Module<Indices, Tensor> model, Vocabulary words, Review[] known, Rng rng)
    {
        var optimizer = new Adam(model.Parameters()) { LearningRate = 0.005f };
        model.Train();
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            float sum = 0;
            foreach (long[] batch in rng.RandPerm(known.Length).Chunk(Batch))
            {
                Review[] some = [.. batch.Select(at => known[at])];
                optimizer.ZeroGrad();
                Tensor loss = Losses.CrossEntropy(model.Forward(Ids(words, some)), some.Select(review => review.Verdict).ToArray());
                loss.Backward();
                optimizer.Step();
                sum += loss.Item() * some.Length;
            }
            if (epoch is 1 or 3 or 6 or Epochs) Console.WriteLine($"epoch {epoch,2}: loss {sum / known.Length:0.000}");
        }
    }

    static float Accuracy(Nn.Module<Indices, Tensor> model, Vocabulary words, Review[] reviews) =>
        (float)Verdicts(model, words, reviews).Zip(reviews).Count(pair => pair.First == pair.Second.Verdict) / reviews.Length;

    static long[] Verdicts(Nn.Module<Indices, Tensor> model, Vocabulary words, Review[] reviews)
    {
        // Dropout drops in training only, and what is only read need not be recorded.
        model.Eval();
        using var off = Gradients.Off();
        Tensor scores = model.Forward(Ids(words, reviews));
        return [.. Enumerable.Range(0, reviews.Length).Select(i => (long)scores[i].Span.IndexOf(scores[i].Max().Item()))];
    }

    /// <summary>
    /// Reviews as ids [n, Length]. All have one length, so that what a filter sees at the end does not depend on the batch.
    /// </summary>
    static Indices Ids(Vocabulary words, Review[] reviews)
    {
        var ids = new long[reviews.Length, Length];
        for (int i = 0; i < reviews.Length; i++)
        {
            string[] text = reviews[i].Text.Split(' ');
            for (int t = 0; t < Length; t++) ids[i, t] = t < text.Length && words.TryGetId(text[t], out long id) ? id : Padding;
        }
        return ids;
    }

    /// <summary>
    /// Two clauses with exactly one 'not': (good, not bad) praises, (not good, bad) blames, and both have the same words.
    /// </summary>
    static Review[] MakeUp(Rng rng, int count)
    {
        var reviews = new Dictionary<string, int>();
        while (reviews.Count < count)
        {
            int verdict = Draw(3);
            bool firstIsGood = Draw(2) == 0, notFirst = Draw(2) == 0;
            bool firstPraises = verdict == 2 ? firstIsGood != notFirst : verdict == 0;
            firstIsGood = firstPraises != notFirst;
            bool secondPraises = verdict == 2 ? !firstPraises : verdict == 0, secondIsGood = secondPraises == notFirst;
            reviews[$"{Clause(firstIsGood, notFirst)} and {Clause(secondIsGood, !notFirst)}"] = verdict;
        }
        return [.. reviews.Select(entry => new Review(entry.Key, entry.Value))];

        int Draw(int below) => (int)(rng.NextUInt32() % (uint)below);
        string Pick(string[] from) => from[Draw(from.Length)];
        string Clause(bool good, bool not) =>
            $"the {Pick(_things)} was {(not ? "not " : "")}{(Draw(2) == 0 ? Pick(_degrees) + " " : "")}{Pick(good ? _good : _bad)}";
    }

    static void Claim(string text) => Console.WriteLine($"\n{++_claims}. {text}.");

    static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException($"claim {_claims} does not hold");
    }

    sealed record Review(string Text, int Verdict);

    /// <summary>
    /// The mean of the words' vectors, judged through a hidden layer: reviews with two fair words of one kind are mixed, with one of each
    /// they are not, which no linear judge can tell. Shapes: ids [n, length] → scores [n, 3].
    /// </summary>
    sealed class Bag(long words, Rng rng) : Nn.Module<Indices, Tensor>
    {
        public Nn.EmbeddingBag Words { get; } = new(words, Dim, options: new() { PaddingIdx = Padding }, rng: rng);
        public Nn.Linear Hidden { get; } = new(Dim, Filters, rng: rng);
        public Nn.Linear Judge { get; } = new(Filters, _verdicts.Length, rng: rng);

        public override Tensor Forward(Indices input) => Judge.Forward(Hidden.Forward(Words.Forward(input)).Relu());
    }

    /// <summary>The strongest answer of each filter, wherever it came, judged.  Shapes: ids [n, length] → scores [n, 3].</summary>
    sealed class Convolution(long words, Rng rng) : Nn.Module<Indices, Tensor>
    {
        public Nn.Embedding Words { get; } = new(words, Dim, new() { PaddingIdx = Padding }, rng);
        public Nn.Conv1d Phrases { get; } = new(Dim, Filters, Width, padding: Width / 2, rng: rng);
        public Nn.Dropout Dropout { get; } = new(0.2f, rng);
        public Nn.Linear Judge { get; } = new(Filters, _verdicts.Length, rng: rng);

        public override Tensor Forward(Indices input)
        {
            Tensor phrases = Phrases.Forward(Words.Forward(input).Transpose(1, 2)).Relu();
            return Judge.Forward(Dropout.Forward(phrases.Max(dim: 2)));
        }
    }
}
