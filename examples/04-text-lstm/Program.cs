// An LSTM reads from left to right and must remember: do the brackets close in the order in which they were opened? Counting them is not
// enough, for every wrong line here is a right one with two brackets exchanged. Lines are of many lengths; a batch fills the short ones
// up.
using Rowan;
using Nn = Rowan.Nn;

namespace TextLstm;

public static class Program
{
    const string Alphabet = " ()[]";                            // The place of a character is its id; the blank, id 0, fills up.
    const int Padding = 0, Known = 6_000, HeldOut = 1_000, Deepest = 4, Longest = 20;
    const int Dim = 8, Memory = 48, Epochs = 9, Batch = 50;

    static int _claims;

    public static int Main()
    {
        var rng = new Rng(seed: 4);
        Line[] all = MakeUp(rng, Known + HeldOut, 4, Longest), known = all[..Known], heldOut = all[Known..];
        foreach (Line line in known[..4]) Console.WriteLine($"{(line.Closes ? "closes" : "does not"),-9} {line.Text}");

        var model = new Reader(rng);
        FillingUpChangesNothing(model, known);
        Learns(model, known, rng);
        Remembers(model, heldOut);
        LongerLines(model, rng);
        Console.WriteLine($"\n{_claims} claims hold.");
        return 0;
    }

    static void FillingUpChangesNothing(Reader model, Line[] known)
    {
        Claim("With lengths given, a short line means the same alone and beside a long one");
        Line shortest = known.MinBy(line => line.Text.Length)!, longest = known.MaxBy(line => line.Text.Length)!;
        using var off = Gradients.Off();
        float alone = model.Forward([shortest]).At(0), beside = model.Forward([shortest, longest]).At(0);
        Console.WriteLine($"{shortest.Text} alone {alone:0.000000}, beside {longest.Text} {beside:0.000000}");
        Check(MathF.Abs(alone - beside) < 1e-6f);
    }

    static void Learns(Reader model, Line[] known, Rng rng)
    {
        Claim("Gradients flow back through every step to the first bracket, and the loss falls");
        var optimizer = new Adam(model.Parameters()) { LearningRate = 0.005f };
        float first = 0, last = 0;
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            float sum = 0;
            foreach (long[] batch in rng.RandPerm(known.Length).Chunk(Batch))
            {
                Line[] some = [.. batch.Select(at => known[at])];
                optimizer.ZeroGrad();
                Tensor loss = Losses.BinaryCrossEntropyWithLogits(model.Forward(some),
                    (float[])[.. some.Select(line => line.Closes ? 1f : 0f)]);
                loss.Backward();
                optimizer.Step();
                sum += loss.Item() * some.Length;
            }
            last = sum / known.Length;
            if (epoch == 1) first = last;
            if (epoch == 1 || epoch % 3 == 0) Console.WriteLine($"epoch {epoch,2}: loss {last:0.000}");
        }
        Check(last < 0.3f * first);
    }

    static void Remembers(Reader model, Line[] heldOut)
    {
        Claim("It judges lines that it never saw; by counting alone it would be right on every second one");
        float right = Accuracy(model, heldOut);
        Console.WriteLine($"held-out accuracy {right:P1}");
        foreach (string text in (string[])["([])[]", "([)][]", "[[()]()]", "[[()])(]"])
            Console.WriteLine($"{text,-8} closes with probability {Probability(model, text):0.000}");
        Check(right > 0.9f);
        Check(Probability(model, "([])[]") > 0.5f && Probability(model, "([)][]") < 0.5f);
    }

    static void LongerLines(Reader model, Rng rng)
    {
        Claim("Lines longer than any it learned from are harder, and still no guesswork");
        float right = Accuracy(model, MakeUp(rng, HeldOut, Longest + 2, 2 * Longest));
        Console.WriteLine($"accuracy on lines of {Longest + 2} to {2 * Longest} brackets {right:P1}");
        Check(right > 0.6f);
    }

    static float Probability(Reader model, string text)
    {
        using var off = Gradients.Off();
        return model.Forward([new Line(text, false)]).Sigmoid().Item();
    }

    static float Accuracy(Reader model, Line[] lines)
    {
        model.Eval();
        using var off = Gradients.Off();
        float[] scores = model.Forward(lines).ToArray();
        return (float)scores.Zip(lines).Count(pair => pair.First > 0 == pair.Second.Closes) / lines.Length;
    }

    /// <summary>As many lines that close as lines that do not, each once; the lengths are even.</summary>
    static Line[] MakeUp(Rng rng, int count, int shortest, int longest)
    {
        var lines = new Dictionary<string, bool>();
        while (lines.Count < count)
        {
            string text = Closing(shortest + 2 * Draw((longest - shortest) / 2 + 1));
            bool closes = lines.Count % 2 == 0;
            lines.TryAdd(closes ? text : Spoiled(text), closes);
        }
        Line[] inTurn = [.. lines.Select(entry => new Line(entry.Key, entry.Value))];
        return [.. rng.RandPerm(count).Select(at => inTurn[at])];

        int Draw(int below) => (int)(rng.NextUInt32() % (uint)below);

        string Closing(int length)
        {
            var open = new Stack<char>();
            var text = new char[length];
            for (int t = 0; t < length; t++)
            {
                bool opens = open.Count == 0 || (open.Count < Deepest && open.Count < length - t && Draw(2) == 0);
                if (opens) open.Push(Draw(2) == 0 ? ')' : ']');
                text[t] = opens ? Alphabet[Alphabet.IndexOf(open.Peek()) - 1] : open.Pop();
            }
            return new string(text);
        }

        string Spoiled(string text)
        {
            // Two brackets change places. Where they were equal, or happen to fit there too, the line still closes, and two others are
            // drawn.
            for (; ; )
            {
                char[] spoiled = text.ToCharArray();
                int first = Draw(text.Length), second = Draw(text.Length);
                (spoiled[first], spoiled[second]) = (spoiled[second], spoiled[first]);
                if (!Closes(spoiled)) return new string(spoiled);
            }
        }
    }

    static bool Closes(ReadOnlySpan<char> text)
    {
        var open = new Stack<char>();
        foreach (char bracket in text)
        {
            if (bracket is '(' or '[') open.Push(bracket == '(' ? ')' : ']');
            else if (!open.TryPop(out char expected) || expected != bracket) return false;
        }
        return open.Count == 0;
    }

    static void Claim(string text) => Console.WriteLine($"\n{++_claims}. {text}.");

    static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException($"claim {_claims} does not hold");
    }

    sealed record Line(string Text, bool Closes);

    /// <summary>
    /// What the LSTM holds after a line's last bracket, judged. Shapes: n lines → scores [n], above 0 where a line closes.
    /// </summary>
    sealed class Reader(Rng rng) : Nn.Module
    {
        public Nn.Embedding Brackets { get; } = new(Alphabet.Length, Dim, new() { PaddingIdx = Padding }, rng);
        public Nn.Lstm Lstm { get; } = new(Dim, Memory, batchFirst: true, rng: rng);
        public Nn.Linear Judge { get; } = new(Memory, 1, rng: rng);

        public Tensor Forward(Line[] lines)
        {
            int[] lengths = [.. lines.Select(line => line.Text.Length)];
            var ids = new int[lines.Length, lengths.Max()];
            for (int i = 0; i < lines.Length; i++)
                for (int t = 0; t < lengths[i]; t++) ids[i, t] = Alphabet.IndexOf(lines[i].Text[t]);
            // The state is that of each line's own end, not of the batch's: no step is spent on what fills up.
            (_, Nn.LstmState state) = Lstm.Forward(Brackets.Forward(ids), lengths: lengths);
            return Judge.Forward(state.Hidden[0]).Squeeze(1);
        }
    }
}
