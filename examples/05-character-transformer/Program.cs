// A transformer that writes names, a character at a time: each place sees those before it, and says which character comes next.
// Give it a text file of some hundred short lines, and it learns those instead.
using Rowan;
using Nn = Rowan.Nn;

namespace CharacterTransformer;

public static class Program
{
    const int FewestLines = 200, LongestLine = 24;
    const int Places = LongestLine + 1;                        // One place more: a line begins with its mark.
    const int Dim = 48, Heads = 4, Layers = 2;
    const int Steps = 300, Batch = 32, Samples = 20;
    // Every line begins and ends with the mark; what lies beyond the end counts nothing.
    const long Mark = 0, Ignored = -100;

    static int _claims;

    public static int Main(params string[] args)
    {
        var rng = new Rng(seed: 5);
        string[] lines = [.. (args.Length > 0 ? File.ReadLines(args[0]) : Names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Select(line => line.Trim()).Where(line => line.Length > 0).Select(line => line[..Math.Min(line.Length, LongestLine)])
                .Distinct()];
        if (lines.Length < FewestLines)
        {
            Console.Error.WriteLine($"'{args[0]}' has {lines.Length} different lines; {FewestLines} are the fewest to learn from.");
            return 1;
        }
        lines = [.. rng.RandPerm(lines.Length).Select(at => lines[at])];
        string[] heldOut = lines[..(lines.Length / 10)], known = lines[heldOut.Length..];
        var characters = new Vocabulary(
            ["\n", .. lines.SelectMany(line => line).Distinct().Order().Select(character => character.ToString())]);
        Console.WriteLine($"{known.Length} lines to learn from, {heldOut.Length} held out, {characters.Count} different characters, "
            + $"for example {string.Join(", ", known[..5])}");

        var model = new Writer(characters.Count, rng);
        LaterIsHidden(model, characters, known);
        Learns(model, characters, known, heldOut, rng);
        BetterThanFrequencies(model, characters, known, heldOut);
        Writes(model, characters, lines, rng);
        Console.WriteLine($"\n{_claims} claims hold.");
        return 0;
    }

    static void LaterIsHidden(Writer model, Vocabulary characters, string[] known)
    {
        Claim("The causal mask hides what comes later: another last character changes the last place's scores and no other");
        model.Eval();                                           // Dropout would change every score.
        using var off = Gradients.Off();
        string line = known[0], other = line[..^1] + (characters[1] == line[^1..] ? characters[2] : characters[1]);
        Tensor before = model.Forward(Inputs(characters, [line]))[0], after = model.Forward(Inputs(characters, [other]))[0];
        int[] changed = [.. Enumerable.Range(0, line.Length + 1).Where(place => !before[place].AllClose(after[place]))];
        Console.WriteLine($"{line} → {other}: of places 0 to {line.Length} the scores changed at {string.Join(", ", changed)}");
        Check(changed is [var only] && only == line.Length);
    }

    static void Learns(Writer model, Vocabulary characters, string[] known, string[] heldOut, Rng rng)
    {
        Claim($"The loss, in nats a character, begins near log {characters.Count} = {Math.Log(characters.Count):0.00}, where it knows "
            + $"nothing, and falls");
        var optimizer = new AdamW(model.Parameters()) { LearningRate = 0.001f, WeightDecay = 0.1f };
        float first = 0, last = 0;
        for (int step = 1; step <= Steps; step++)
        {
            model.Train();
            string[] some = [.. rng.RandPerm(known.Length)[..Math.Min(Batch, known.Length)].Select(at => known[at])];
            optimizer.ZeroGrad();
            Tensor loss = Loss(model, characters, some);
            loss.Backward();
            optimizer.Step();
            (first, last) = (step == 1 ? loss.Item() : first, loss.Item());
            if (step == 1 || step % 100 == 0)
                Console.WriteLine($"step {step,3}: loss {last:0.000}, held out {Judged(model, characters, heldOut):0.000}");
        }
        Check(last < 0.8f * first);
    }

    static void BetterThanFrequencies(Writer model, Vocabulary characters, string[] known, string[] heldOut)
    {
        Claim("Lines that it never saw surprise it less than they surprise who knows how frequent each character is");
        var counts = new double[characters.Count];
        foreach (long id in Targets(characters, known).Where(id => id != Ignored)) counts[id]++;
        // Each count one larger, so that a character which is new is a surprise, and no infinite one.
        double total = counts.Sum() + counts.Length;
        double frequencies = Targets(characters, heldOut).Where(id => id != Ignored).Average(id => -Math.Log((counts[id] + 1) / total));
        float learned = Judged(model, characters, heldOut);
        Console.WriteLine($"held-out nats a character: frequencies {frequencies:0.000}, transformer {learned:0.000}");
        Check(learned < 0.95 * frequencies);
    }

    static void Writes(Writer model, Vocabulary characters, string[] lines, Rng rng)
    {
        Claim("Drawn a character at a time, most lines are new");
        model.Eval();
        using var off = Gradients.Off();
        string[] written = [.. Enumerable.Range(0, Samples).Select(_ => Write(model, characters, rng))];
        int isNew = written.Except(lines).Count();
        Console.WriteLine($"{string.Join(", ", written)}\n{isNew} of {Samples} stand in no list");
        Check(isNew > Samples / 4);
    }

    static string Write(Writer model, Vocabulary characters, Rng rng)
    {
        // Below 1, the likely becomes likelier: fewer oddities, less variety.
        const float Temperature = 0.7f;
        var ids = new List<long> { Mark };
        while (ids.Count < Places)
        {
            Tensor scores = model.Forward(Indices.From(ids.ToArray(), 1, ids.Count))[0, ids.Count - 1];
            long next = Draw((scores / Temperature).Softmax(0).Span, rng);
            if (next == Mark) break;
            ids.Add(next);
        }
        return string.Concat(ids.Skip(1).Select(id => characters[id]));
    }

    static long Draw(ReadOnlySpan<float> probabilities, Rng rng)
    {
        float left = rng.NextSingle();
        for (int id = 0; id < probabilities.Length; id++)
            if ((left -= probabilities[id]) < 0) return id;
        return Mark;                                            // Rounding may leave a crumb.
    }

    /// <summary>The loss without dropout, and without a record of how it came about: for reading, not for learning.</summary>
    static float Judged(Writer model, Vocabulary characters, string[] lines)
    {
        model.Eval();
        using var off = Gradients.Off();
        return Loss(model, characters, lines).Item();
    }

    static Tensor Loss(Writer model, Vocabulary characters, string[] lines)
    {
        // Places of all lines one below the other: a row of scores for each, and the character that follows it.
        Tensor scores = model.Forward(Inputs(characters, lines));
        Indices targets = Targets(characters, lines);
        return Losses.CrossEntropy(scores.Reshape(targets.Count, characters.Count), targets.Reshape(targets.Count), ignoreIndex: Ignored);
    }

    /// <summary>The mark, then the line: [n, longest + 1]. What fills up stands behind the line, where a causal mask hides it.</summary>
    static Indices Inputs(Vocabulary characters, string[] lines) =>
        Filled(lines, (line, place) => place > 0 && place <= line.Length ? Id(characters, line[place - 1]) : Mark);

    /// <summary>The line, then the mark, each character at the place that is to say it: [n, longest + 1].</summary>
    static Indices Targets(Vocabulary characters, string[] lines) =>
        Filled(lines, (line, place) => place < line.Length ? Id(characters, line[place]) : place == line.Length ? Mark : Ignored);

    static Indices Filled(string[] lines, Func<string, int, long> id)
    {
        var ids = new long[lines.Length, lines.Max(line => line.Length) + 1];
        for (int i = 0; i < lines.Length; i++)
            for (int place = 0; place < ids.GetLength(1); place++) ids[i, place] = id(lines[i], place);
        return ids;
    }

    static long Id(Vocabulary characters, char character) => characters.TryGetId([character], out long id) ? id : Mark;

    static void Claim(string text) => Console.WriteLine($"\n{++_claims}. {text}.");

    static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException($"claim {_claims} does not hold");
    }

    /// <summary>Shapes: ids [n, length] → scores of the next character [n, length, characters].</summary>
    sealed class Writer(long characters, Rng rng) : Nn.Module
    {
        public Nn.Embedding Characters { get; } = new(characters, Dim, rng: rng);
        public Nn.LearnedPositions Positions { get; } = new(Places, Dim, batchFirst: true, rng);
        // Each layer norms what it takes in; what the last one gives out needs a norm of its own.
        public Nn.TransformerEncoder Encoder { get;
        } = new(new Nn.TransformerEncoderLayer(Dim, Heads, Options, rng), Layers, new Nn.LayerNorm(Dim));
        public Nn.Linear Next { get; } = new(Dim, (int)characters, rng: rng);

        static Nn.TransformerOptions Options => new()
        {
            FeedForwardDim = 4 * Dim,
            Activation = Nn.TransformerActivation.Gelu,
            BatchFirst = true,
            NormFirst = true,
            Dropout = 0.3f,     // Much, because a few hundred names are soon known by heart.
        };

        public Tensor Forward(Indices ids)
        {
            // Attention by itself knows no order: the place is added to the character.
            Tensor placed = Positions.Forward(Characters.Forward(ids));
            return Next.Forward(Encoder.Forward(placed, Nn.AttentionMask.Causal((int)ids.Shape[1])));
        }
    }

    const string Names = """
        aaron abigail ada adam adele adrian agnes alan albert alexander alfred alice alison amanda amber amelia amy andrea andrew angela anita ann anna
        anthony arthur ashley audrey barbara beatrice benjamin bernard bertha bethany beverly bonnie bradley brandon brenda brian bridget bruce caleb
        cameron carl carla carmen carol caroline catherine cecilia charles charlotte chester christian christina christopher clara clarence claudia
        clifford colin constance cora cynthia daisy daniel daphne david dawn deborah dennis diana dominic donald donna dora doris dorothy douglas
        dylan edgar edith edmund edward edwin elaine eleanor elizabeth ella ellen elsie emily emma eric ernest esther ethan eugene eva evelyn felix
        fiona florence frances francis frank frederick gabriel george gerald gilbert gloria gordon grace graham gregory gwendolyn hannah harold
        harriet harry harvey hazel heather helen henry herbert herman hilda holly howard hugh ida irene iris isaac isabel ivan ivy jack jacob
        james janet jasmine jason jeffrey jennifer jeremy jessica joan joel john jonathan joseph joshua joyce judith julia julian june justin karen
        katherine keith kenneth kevin laura lawrence leonard leslie lewis lillian linda logan lois louis louise lucas lucy luther lydia mabel madeline
        marcus margaret maria marian marie marilyn mark martha martin mary matilda matthew maurice megan melissa michael mildred miles milton miriam
        molly monica morris nancy natalie nathan neil nicholas nina nora norman olive oliver olivia oscar owen pamela patricia patrick paul paula
        pauline peggy peter philip phoebe phyllis rachel ralph raymond rebecca reginald richard robert robin roger roland rosalind rose rosemary roy
        russell ruth samantha samuel sandra sarah sebastian sharon sheila shirley sidney simon sophia stanley stella stephen susan sybil sylvia
        teresa theodore thomas timothy tina toby tracy ursula valerie vera veronica victor victoria vincent viola violet virginia vivian walter
        wanda warren wendy wesley wilfred william winifred yvonne zachary zoe
        """;
}
