// New words for a table that is trained already. The old rows are frozen while the new ones find their place among them; then all go on together,
// slowly. The model is skip-gram with negative sampling (Mikolov et al. 2013): a word and its neighbour score high, a word and a drawn one low.
using Rowan;
using Rowan.Retrieval;
using nn = Rowan.Nn;

namespace FineTuning;

public static class Program
{
    const int Topics = 8, OldOfATopic = 24, NewOfATopic = 2, Dim = 16;
    const int Old = Topics * OldOfATopic, New = Topics * NewOfATopic;
    const int Negatives = 5, Batch = 128;

    static int _claims;

    public static int Main()
    {
        string file = Path.Combine(Path.GetTempPath(), $"words-{Guid.NewGuid():N}.safetensors");
        try
        {
            PretrainedIsSaved(file);
            (SkipGram model, float[] before) = TheTableGrows(file);
            OnlyNewRowsMove(model, before);
            NewWordsFindTheirTopic(model);
            ThawedRowsGoOnSlowly(model, before);
        }
        finally { File.Delete(file); }
        Console.WriteLine($"\n{_claims} claims hold.");
        return 0;
    }

    static void PretrainedIsSaved(string file)
    {
        Claim($"{Old} words in {Topics} topics are learned from sentences, and saved");
        var rng = new Rng(seed: 1);
        var model = new SkipGram(Old, Dim, rng);
        float loss = Train(model, new Adam(model.Parameters()) { LearningRate = 0.02f }, Sentences(rng, 4_000, withNew: false), rng);
        model.Save(file);
        Console.WriteLine($"loss {loss:0.000}; {new FileInfo(file).Length:N0} bytes: {string.Join(", ", model.StateDict())}");
        double share = InTopic(model, 0, Old);
        Console.WriteLine($"of the three nearest words {share:P0} are of the same topic; by chance it would be {1.0 / Topics:P0}");
        Check(share > 0.9);
    }

    static (SkipGram Model, float[] Before) TheTableGrows(string file)
    {
        Claim("Loaded elsewhere, the tables grow; a new row begins as the mean of the old ones");
        var model = new SkipGram(Old, Dim, new Rng(seed: 2));
        model.Load(file);
        float[] before = model.Words.Weight.AsTensor().ToArray();
        foreach (nn.Embedding table in (nn.Embedding[])[model.Words, model.Contexts]) table.Weight.Grow(Old + New, nn.Init.MeanRow(table.Weight));
        Console.WriteLine($"{Old} rows have become {model.Words.NumEmbeddings}");
        Check(model.Words.NumEmbeddings == Old + New && model.Words.Weight[Old].SequenceEqual(model.Words.Weight[Old + New - 1]));
        return (model, before);
    }

    static void OnlyNewRowsMove(SkipGram model, float[] before)
    {
        Claim("Frozen rows receive no gradient and do not move, to the last bit, weight decay or not; the new ones learn");
        var rng = new Rng(seed: 3);
        foreach (nn.Embedding table in (nn.Embedding[])[model.Words, model.Contexts]) table.Weight.FreezeRows(0, Old);
        float[] fresh = model.Words.Weight[Old].ToArray();
        // AdamW in exact mode would pull at every row in every step, if it were not frozen.
        float loss = Train(model, new AdamW(model.Parameters()) { LearningRate = 0.02f }, Sentences(rng, 400, withNew: true), rng);
        Console.WriteLine(model.Summary());
        Console.WriteLine($"loss {loss:0.000}");
        Check(model.Words.Weight.AsTensor().Span[..before.Length].SequenceEqual(before));
        Check(!model.Words.Weight[Old].SequenceEqual(fresh));
    }

    static void NewWordsFindTheirTopic(SkipGram model)
    {
        Claim("400 sentences are enough for the new words to find their topic");
        double share = InTopic(model, Old, Old + New);
        Console.WriteLine($"of the three nearest words of a new one {share:P0} are of its topic");
        Check(share > 0.8);
    }

    static void ThawedRowsGoOnSlowly(SkipGram model, float[] before)
    {
        Claim("Thawed, and with a tenth of the learning rate, all rows go on together without losing what they knew");
        var rng = new Rng(seed: 4);
        foreach (nn.Embedding table in (nn.Embedding[])[model.Words, model.Contexts]) table.Weight.ThawRows(0, Old);
        Train(model, new Adam(model.Parameters()) { LearningRate = 0.002f }, Sentences(rng, 400, withNew: true), rng);
        float[] after = model.Words.Weight.AsTensor().ToArray();
        double moved = Math.Sqrt(before.Select((value, i) => Math.Pow(after[i] - value, 2)).Sum() / before.Sum(value => value * value));
        double share = InTopic(model, 0, Old + New);
        Console.WriteLine($"old rows moved by {moved:P1} of their length; {share:P0} of all nearest words are of the same topic");
        Check(moved is > 0 and < 0.2 && share > 0.9);
    }

    /// <summary>One pass over all pairs of neighbours, in random order; the mean loss of the last hundred batches.</summary>
    static float Train(SkipGram model, Optimizer optimizer, long[][] sentences, Rng rng)
    {
        (long Word, long Context)[] pairs = [.. sentences.SelectMany(sentence => sentence[1..].Select((word, i) => (word, sentence[i])))];
        var draws = new AliasTable([.. Enumerable.Range(0, (int)model.Words.NumEmbeddings).Select(word => (double)pairs.Count(pair => pair.Context == word))], power: 0.75);
        var losses = new List<float>();
        foreach (long[] batch in rng.RandPerm(pairs.Length).Chunk(Batch))
        {
            var negatives = new long[batch.Length * Negatives];
            draws.Draw(rng, negatives);
            optimizer.ZeroGrad();
            Tensor loss = model.Loss([.. batch.Select(at => pairs[at].Word)], [.. batch.Select(at => pairs[at].Context)], Indices.From(negatives, batch.Length, Negatives));
            loss.Backward();
            optimizer.Step();
            losses.Add(loss.Item());
        }
        return losses.TakeLast(100).Average();
    }

    /// <summary>Sentences of eight words of one topic; with new words, two of them are new.</summary>
    static long[][] Sentences(Rng rng, int count, bool withNew)
    {
        var sentences = new long[count][];
        for (int i = 0; i < count; i++)
        {
            long topic = rng.NextUInt32() % Topics;
            sentences[i] = new long[8];
            rng.RandInt(sentences[i], 0, OldOfATopic);
            for (int at = 0; at < 8; at++) sentences[i][at] = withNew && at % 4 == 1 ? Old + topic * NewOfATopic + sentences[i][at] % NewOfATopic : topic * OldOfATopic + sentences[i][at];
        }
        return sentences;
    }

    static long Topic(long word) => word < Old ? word / OldOfATopic : (word - Old) / NewOfATopic;

    /// <summary>How many of the three nearest words of each are of its topic.</summary>
    static double InTopic(SkipGram model, int from, int to)
    {
        var index = new ExactIndex(model.Words.Weight.AsArray(), Dim);
        int alike = 0;
        for (int word = from; word < to; word++)
            alike += index.Search(model.Words.Weight[word].ToArray(), 4).Where(match => match.Id != word).Take(3).Count(match => Topic(match.Id) == Topic(word));
        return alike / (3.0 * (to - from));
    }

    static void Claim(string text) => Console.WriteLine($"\n{++_claims}. {text}.");

    static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException($"claim {_claims} does not hold");
    }

    /// <summary>Two vectors a word: what it is, and what it stands beside.</summary>
    sealed class SkipGram(int words, int dim, Rng rng) : nn.Module
    {
        public nn.Embedding Words { get; } = nn.Embedding.FromPretrained(Tensor.Randn(rng, words, dim) * 0.1f, freeze: false);
        public nn.Embedding Contexts { get; } = nn.Embedding.FromPretrained(Tensor.Randn(rng, words, dim) * 0.1f, freeze: false);

        public Tensor Loss(long[] words, long[] contexts, Indices negatives)
        {
            Tensor word = Words.Forward(words);
            Tensor right = (word * Contexts.Forward(contexts)).Sum(dim: 1);
            Tensor wrong = word.Unsqueeze(1).MatMulTransposed(Contexts.Forward(negatives)).Squeeze(1);
            return Losses.NegativeSampling(right, wrong);
        }
    }
}
