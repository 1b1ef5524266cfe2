// A table that was trained before grows by new words. The old rows stay as they are, bit for bit, until they are let go.
using System.Runtime.InteropServices;
using Rowan;
using Nn = Rowan.Nn;

namespace FineTuning;

public static class Program
{
    const int Topics = 8, OldWords = 200, NewWords = 40, Dim = 16;
    const int TextLength = 6, Batch = 64;

    static int _claims;

    public static int Main()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fine-tuning");
        try
        {
            string path = Path.Combine(folder.FullName, "topics.safetensors");
            var rng = new Rng(seed: 6);
            Text[] old = MakeUp(rng, 1_000, 0, OldWords), added = MakeUp(rng, 1_000, OldWords, OldWords + NewWords);

            float before = TrainAndSave(path, old, rng);
            Classifier model = ReadAndGrow(path, old, added, before, rng);
            OnlyNewRowsLearn(model, old, added, before, rng);
            ThawedRowsMoveALittle(model, old, added, rng);
        }
        finally { folder.Delete(recursive: true); }
        Console.WriteLine($"\n{_claims} claims hold.");
        return 0;
    }

    static float TrainAndSave(string path, Text[] old, Rng rng)
    {
        Claim($"A small table of {OldWords} words learns to tell {Topics} topics, and is saved");
        var model = new Classifier(new Nn.Embedding(OldWords, Dim, rng: rng), rng);
        Train(model, new Adam(model.Parameters()) { LearningRate = 0.02f }, steps: 300, () => MakeUp(rng, Batch, 0, OldWords));
        float right = Accuracy(model, old);
        model.Save(path);
        Console.WriteLine($"accuracy {right:P1}; {Path.GetFileName(path)}: {new FileInfo(path).Length:N0} bytes, "
            + $"{string.Join(", ", Checkpoint.Read(path).Names)}");
        Check(right > 0.9f);
        return right;
    }

    static Classifier ReadAndGrow(string path, Text[] old, Text[] added, float before, Rng rng)
    {
        Claim("The saved rows become the first rows of a larger table; of the new words it knows nothing yet");
        StateDict saved = Checkpoint.Read(path);
        StateEntry rows = saved["words.weight"];
        var values = new float[rows.Count];
        rows.Read(0, values);
        Nn.Embedding words = Nn.Embedding.FromPretrained(new Tensor(values, rows.Sizes[0], rows.Sizes[1]), freeze: false);
        // As large as rows that a table draws itself: new words then stand among the old ones, not all at one place.
        words.Weight.Grow(OldWords + NewWords, (_, row) => rng.Randn(row));
        var model = new Classifier(words, rng);
        // What is left to load is the judge; strict would ask for the words, which are in already and are more now.
        Nn.LoadedState passedOver = model.LoadStateDict(saved.Rename(name => name == "words.weight" ? null : name), strict: false);

        float oldRight = Accuracy(model, old), addedRight = Accuracy(model, added);
        Console.WriteLine($"{words.NumEmbeddings} rows; not loaded by name: {string.Join(", ", passedOver.Missing)}");
        Console.WriteLine($"accuracy on old words {oldRight:P1}, on new words {addedRight:P1}; guessing gives {1f / Topics:P1}");
        Check(words.NumEmbeddings == OldWords + NewWords && passedOver.Missing is ["words.weight"]);
        Check(oldRight == before && addedRight < 0.3f);
        return model;
    }

    static void OnlyNewRowsLearn(Classifier model, Text[] old, Text[] added, float before, Rng rng)
    {
        Claim("Frozen rows are looked up like any other, and after many steps are what they were, bit for bit; the new rows have moved");
        model.Words.Weight.FreezeRows(0, OldWords);
        model.Judge.Freeze();
        Console.WriteLine(model.Summary());
        float[] atFirst = Copy(model);
        // Old and new words in one text: the old ones, five in six, say what the new ones are about; so the loss is low from the start.
        // Adam also moves rows that a step does not look up, along the mean of their past gradients; frozen rows have none.
        Train(model, new Adam(model.Parameters()) { LearningRate = 0.02f }, steps: 300, () => MakeUp(rng, Batch, 0, OldWords + NewWords));

        float[] now = Copy(model);
        float oldRight = Accuracy(model, old), addedRight = Accuracy(model, added);
        Console.WriteLine($"moved by, in the mean: old rows {Distance(atFirst, now, 0, OldWords):0.000}, new rows "
            + $"{Distance(atFirst, now, OldWords, OldWords + NewWords):0.000}");
        Console.WriteLine($"accuracy on old words {oldRight:P1}, on new words {addedRight:P1}");
        Check(SameBits(atFirst.AsSpan(0, OldWords * Dim), now.AsSpan(0, OldWords * Dim)));
        Check(Enumerable.Range(OldWords, NewWords).All(row => Distance(atFirst, now, row, row + 1) > 0));
        Check(oldRight == before && addedRight > 0.8f);
    }

    static void ThawedRowsMoveALittle(Classifier model, Text[] old, Text[] added, Rng rng)
    {
        Claim("Thawed, all learn together; a low learning rate keeps what was learned before");
        model.Words.Weight.ThawRows(0, OldWords);
        model.Judge.Freeze(false);
        float[] atFirst = Copy(model);
        float oldBefore = Accuracy(model, old), addedBefore = Accuracy(model, added);
        Train(model, new Adam(model.Parameters()) { LearningRate = 0.001f }, steps: 200, () => MakeUp(rng, Batch, 0, OldWords + NewWords));

        float[] now = Copy(model);
        float oldRight = Accuracy(model, old), addedRight = Accuracy(model, added);
        double oldMoved = Distance(atFirst, now, 0, OldWords), length = Distance(new float[now.Length], now, 0, OldWords);
        Console.WriteLine($"old rows moved by {oldMoved:0.000}, and are {length:0.000} long");
        Console.WriteLine($"accuracy on old words {oldBefore:P1} → {oldRight:P1}, on new words {addedBefore:P1} → {addedRight:P1}");
        Check(Enumerable.Range(0, OldWords).All(row => Distance(atFirst, now, row, row + 1) > 0) && oldMoved < 0.1 * length);
        Check(oldRight > oldBefore - 0.02f && addedRight > addedBefore - 0.02f);
    }

    static void Train(Classifier model, Adam optimizer, int steps, Func<Text[]> draw)
    {
        for (int step = 1; step <= steps; step++)
        {
            Text[] some = draw();
            optimizer.ZeroGrad();
            Tensor loss = Losses.CrossEntropy(model.Forward(Ids(some)), Labels(some));
            loss.Backward();
            optimizer.Step();
            if (step == 1 || step == steps) Console.WriteLine($"step {step,3}: loss {loss.Item():0.000}");
        }
    }

    static float Accuracy(Classifier model, Text[] texts)
    {
        using var off = Gradients.Off();
        Tensor scores = model.Forward(Ids(texts));
        return (float)texts.Where((text, i) => scores[i].Span.IndexOf(scores[i].Max().Item()) == text.Topic).Count() / texts.Length;
    }

    /// <summary>
    /// Words of a range: word w is about topic w mod 8. Of each text two words in three are about its topic, the others about anything.
    /// </summary>
    static Text[] MakeUp(Rng rng, int count, int from, int to)
    {
        int Draw(int below) => (int)(rng.NextUInt32() % (uint)below);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int topic = Draw(Topics);
            return new Text([.. Enumerable.Range(0, TextLength)
                .Select(_ => from + Draw((to - from) / Topics) * Topics + (Draw(3) < 2 ? topic : Draw(Topics)))], topic);
        })];
    }

    static Indices Ids(Text[] texts) => Indices.From(texts.SelectMany(text => text.Words).ToArray(), texts.Length, TextLength);

    static int[] Labels(Text[] texts) => [.. texts.Select(text => text.Topic)];

    static float[] Copy(Classifier model) => [.. model.Words.Weight.AsArray()];

    static bool SameBits(ReadOnlySpan<float> x, ReadOnlySpan<float> y) => MemoryMarshal.AsBytes(x).SequenceEqual(MemoryMarshal.AsBytes(y));

    /// <summary>How far rows from ≤ row &lt; to lie apart, in the mean.</summary>
    static double Distance(float[] x, float[] y, int from, int to) => Enumerable.Range(from, to - from)
        .Average(row => Math.Sqrt(Enumerable.Range(row * Dim, Dim).Sum(i => (double)(x[i] - y[i]) * (x[i] - y[i]))));

    static void Claim(string text) => Console.WriteLine($"\n{++_claims}. {text}.");

    static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException($"claim {_claims} does not hold");
    }

    sealed record Text(int[] Words, int Topic);

    /// <summary>The mean of the words' vectors, judged.  Shapes: ids [n, length] → scores [n, topics].</summary>
    sealed class Classifier(Nn.Embedding words, Rng rng) : Nn.Module
    {
        public Nn.Embedding Words { get; } = words;
        public Nn.Linear Judge { get; } = new(Dim, Topics, rng: rng);

        public Tensor Forward(Indices ids) => Judge.Forward(Words.Forward(ids).Mean(dim: 1));
    }
}
