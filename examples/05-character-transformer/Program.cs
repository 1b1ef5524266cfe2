// A small transformer learns to spell: which letter comes next, given those before? Then it makes up names of its own.
// Give it a text file with a line for each name, word or title, and it learns those:  dotnet run -c Release -- towns.txt
using Rowan;
using nn = Rowan.Nn;

namespace CharacterTransformer;

public static class Program
{
    const int Dim = 48, Heads = 4, Layers = 2, MaxLength = 24;
    const int Steps = 300, Batch = 32;
    const char End = '\n';

    static int _claims;

    public static int Main(params string[] arguments)
    {
        string[] names = [.. (arguments.Length > 0 ? File.ReadAllLines(arguments[0]) : Names.Split(' ', '\n', '\r'))
            .Select(name => name.Trim()).Where(name => name.Length is > 0 and < MaxLength).Distinct()];
        if (names.Length < 20)
        {
            Console.Error.WriteLine($"{names.Length} lines of 1 to {MaxLength - 1} letters; give at least 20");
            return 2;
        }
        var rng = new Rng(seed: 5);
        names = [.. rng.RandPerm(names.Length).Select(at => names[at])];
        string[] heldOut = names[..(names.Length / 10)], known = names[heldOut.Length..];
        char[] letters = [End, .. names.SelectMany(name => name).Distinct().Where(letter => letter != End).Order()];
        var model = new Speller(letters.Length, rng);

        TheMaskHidesTheFuture(model, letters, names[0]);
        LossFalls(model, letters, known, heldOut, rng);
        NewNames(model, letters, names, new Rng(seed: 6));
        Console.WriteLine($"\n{_claims} claims hold.");
        return 0;
    }

    static void TheMaskHidesTheFuture(Speller model, char[] letters, string name)
    {
        Claim("With a causal mask a letter sees those before it and no other: changing the last one changes no prediction before it");
        model.Eval();
        using var off = Gradients.Off();
        Indices ids = Ids(letters, [name]).Inputs;
        long[] changed = [.. ids];
        changed[^1] = (changed[^1] + 1) % letters.Length;
        Tensor one = model.Forward(ids), other = model.Forward(Indices.From(changed, ids.Shape.Sizes));
        long before = ids.Count - 1;
        Check(one.Slice(1, 0, before).AllClose(other.Slice(1, 0, before), 1e-5f, 1e-6f) && !one.Slice(1, before, 1).AllClose(other.Slice(1, before, 1), 1e-5f, 1e-6f));
    }

    static void LossFalls(Speller model, char[] letters, string[] known, string[] heldOut, Rng rng)
    {
        Claim("It learns to spell, also names it never saw");
        model.Train();
        var optimizer = new AdamW(model.Parameters()) { LearningRate = 3e-3f };
        var schedule = new SequentialSchedule(optimizer, [new LinearSchedule(optimizer, 0.1, 1, 50), new CosineSchedule(optimizer, Steps - 50, 1e-4)], [50]);
        double blind = Math.Log(letters.Length);
        for (int step = 1; step <= Steps; step++)
        {
            string[] some = [.. rng.RandPerm(known.Length).Take(Batch).Select(at => known[at])];
            optimizer.ZeroGrad();
            Tensor loss = Loss(model, letters, some);
            loss.Backward();
            GradientClipping.ByNorm(model.Parameters(), 1);
            optimizer.Step();
            schedule.Step();
            if (step is 1 or 50 || step % 100 == 0) Console.WriteLine($"step {step,3}: {loss.Item():0.000} a letter; learning rate {optimizer.LearningRate:0.0000}");
        }
        model.Eval();
        using var off = Gradients.Off();
        float last = Loss(model, letters, heldOut).Item();
        Console.WriteLine($"held out: {last:0.000}; guessing blindly would be {blind:0.000}");
        Check(last < 0.85 * blind);
    }

    static void NewNames(Speller model, char[] letters, string[] names, Rng rng)
    {
        Claim("It makes up names of its own, letter by letter");
        model.Eval();
        using var off = Gradients.Off();
        string[] made = [.. Enumerable.Range(0, 20).Select(_ => MakeUp(model, letters, rng))];
        Console.WriteLine(string.Join(", ", made));
        Console.WriteLine($"{made.Distinct().Count(name => !names.Contains(name))} of {made.Length} are new");
        Check(made.Distinct().Count(name => !names.Contains(name)) >= 5);
    }

    static string MakeUp(Speller model, char[] letters, Rng rng)
    {
        var ids = new List<long> { 0 };
        while (ids.Count < MaxLength)
        {
            Tensor scores = model.Forward(Indices.From(ids.ToArray(), 1, ids.Count))[0, ids.Count - 1];
            // A little colder than it learned: fewer odd letters.
            var next = new long[1];
            rng.Multinomial((scores / 0.8f).Softmax(-1).Span, next, replacement: true);
            if (next[0] == 0) break;
            ids.Add(next[0]);
        }
        return string.Concat(ids.Skip(1).Select(id => letters[id]));
    }

    static Tensor Loss(Speller model, char[] letters, string[] names)
    {
        (Indices inputs, Indices targets) = Ids(letters, names);
        // Scores [n, length, letters] with targets [n, length]: classes stand in dimension 1. What stands beyond a name's end is ignored.
        return Losses.CrossEntropy(model.Forward(inputs).Transpose(1, 2), targets);
    }

    /// <summary>"ada" as inputs ⏎ada and targets ada⏎, filled up to the longest.</summary>
    static (Indices Inputs, Indices Targets) Ids(char[] letters, string[] names)
    {
        int length = names.Max(name => name.Length) + 1;
        long[] inputs = new long[names.Length * length], targets = new long[inputs.Length];
        Array.Fill(targets, -100);
        for (int n = 0; n < names.Length; n++)
            for (int i = 0; i <= names[n].Length; i++)
            {
                inputs[n * length + i] = i == 0 ? 0 : Array.IndexOf(letters, names[n][i - 1]);
                targets[n * length + i] = i == names[n].Length ? 0 : Array.IndexOf(letters, names[n][i]);
            }
        return (Indices.From(inputs, names.Length, length), Indices.From(targets, names.Length, length));
    }

    static void Claim(string text) => Console.WriteLine($"\n{++_claims}. {text}.");

    static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException($"claim {_claims} does not hold");
    }

    /// <summary>Letter and place are looked up and added; two encoder layers, each letter seeing those before it; a score for each next letter.</summary>
    sealed class Speller(int letters, Rng rng) : nn.Module
    {
        public nn.Embedding Letters { get; } = new(letters, Dim, rng: rng);
        public nn.LearnedPositions Positions { get; } = new(MaxLength + 1, Dim, batchFirst: true, rng);
        public nn.TransformerEncoder Encoder { get; } = new(
            new nn.TransformerEncoderLayer(Dim, Heads, new() { FeedForwardDim = 2 * Dim, Dropout = 0.3f, BatchFirst = true, NormFirst = true, Activation = nn.TransformerActivation.Gelu }, rng),
            Layers, new nn.LayerNorm(Dim));
        public nn.Linear Head { get; } = new(Dim, letters, rng: rng);

        public Tensor Forward(Indices ids) => Head.Forward(Encoder.Forward(Positions.Forward(Letters.Forward(ids)), nn.AttentionMask.Causal((int)ids.Shape[1])));
    }

    const string Names = """
        ada adele agnes alan albert alice alma amelia amos andrea anna annabel anton april arthur astrid audrey august barbara basil beatrice bella ben benedict bernard bertha
        bianca boris brenda bruno camilla carl carla carmen caroline cecil cecilia charles charlotte clara clarence claudia clement cora cornelia cyril dagmar daisy daniel daphne
        david deborah diana dora dorothy duncan edgar edith edmund edna edward eleanor elena elias elisabeth ella ellen elsa emil emilia emma eric erika ernest esther eugene eva
        evelyn felix flora florence frances frank freda frederick gabriel gerald gerda gertrude gilbert gloria grace greta gustav hannah harold harriet hazel hector heidi helen
        helena henry herbert herman hilda howard hubert hugo ida ingrid irene iris irma isabel isabella ivan jacob james jane jasmine jerome joan johanna john jonas josephine
        judith julia julian juliet karen katherine kenneth klara laura laurence lena leo leonard leonora lewis lilian linda linus lisa lorna louis louisa lucas lucia lucy luther
        mabel magda magnus marcel margaret maria marian marina marion marius martha martin matilda maurice max melanie mercedes michael mildred miranda miriam molly monica morris
        muriel myra nadia natalie nathan nelly nicholas nina noel nora norman olaf olga oliver olivia oscar otto pamela patricia paul paula pauline percy peter philip phyllis rachel
        ralph raymond rebecca regina renata richard rita robert robin roderick roger roland romeo rosa rosalind rosamund rose rudolf rufus rupert ruth sabina samuel sandra sarah
        selma sibyl sidney sigrid silvia simon solomon sonia sophia stella stephen susan susanna sven tamara thelma theodor theodora theresa thomas tobias ulrich ursula valentin
        valerie vanessa vera verena veronica victor victoria vincent viola violet virginia vivian walter wanda wilfred wilhelmina william winifred wolfgang xavier yolanda yvonne zelda zoe
        """;
}
