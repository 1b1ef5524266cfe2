using Rowan.Numerics;
using Rowan.Training;
using Nn = Rowan.Nn;

namespace Rowan.Accuracy;

/// <summary>
/// A character predicts the next one through a table of its own scores: what is learned is the table of counts, so it is known what it
/// can reach.
/// </summary>
abstract class BigramTask : AccuracyTask
{
    const double Tolerance = 0.005;

    private protected abstract string Published { get; }

    private protected abstract int Epochs { get; }

    /// <summary>What is trained on, and what is measured on.</summary>
    private protected abstract (Pairs Train, Pairs Measured, int Characters) Read(string text);

    /// <summary>What counts are raised by, so that a pair which is new is a surprise, and no infinite one.</summary>
    private protected abstract double Smoothing { get; }

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        (Pairs train, Pairs measured, int characters) = Read(File.ReadAllText(Path.Combine(data, Needs)));
        double counted = Counted(train, measured, characters, Smoothing);
        var job = new Job(train, measured, characters);
        new Trainer(job, new TrainerSettings {
            Epochs = Epochs, BatchSize = 4_096, Schedule = RateSchedule.Linear, RestoreBest = false, Seed = 1 }).Run();
        log.WriteLine($"{train.From.Length:#,0} pairs of {characters} characters; counted, they give {counted:0.0000}");
        return [new(Name, "nats a character, learned bigram table", job.Validate(default)[0].Value, Published, counted + Tolerance,
            HigherIsBetter: false)];
    }

    static double Counted(Pairs train, Pairs measured, int characters, double smoothing)
    {
        var counts = new double[characters, characters];
        var totals = new double[characters];
        for (int i = 0; i < train.From.Length; i++)
        {
            counts[train.From[i], train.To[i]]++;
            totals[train.From[i]]++;
        }
        double sum = 0;
        for (int i = 0; i < measured.From.Length; i++)
            sum -= Math.Log((counts[measured.From[i], measured.To[i]] + smoothing) / (totals[measured.From[i]] + smoothing * characters));
        return sum / measured.From.Length;
    }

    /// <summary>A character and the one after it, by place.</summary>
    private protected sealed record Pairs(long[] From, long[] To);

    sealed class Table : Nn.Module
    {
        public Table(int characters)
        {
            Scores = new(characters, characters, rng: new Rng(1));
            // All are equally likely until a count says otherwise.
            foreach (Memory<float> values in Scores.Weight.Values) values.Span.Clear();
        }

        public Nn.Embedding Scores { get; }
    }

    sealed class Job : ModuleJob
    {
        readonly Pairs _train, _measured;
        readonly Table _model;

        public Job(Pairs train, Pairs measured, int characters) : this(train, measured, new Table(characters)) { }

        Job(Pairs train, Pairs measured, Table model) : base(model, new Adam(model.Parameters()) { LearningRate = 0.1f }) =>
            (_train, _measured, _model) = (train, measured, model);

        public override long Examples => _train.From.Length;

        protected override Tensor Loss(TrainingBatch batch)
        {
            var (from, to) = (new long[batch.Examples.Length], new long[batch.Examples.Length]);
            for (int i = 0; i < from.Length; i++) (from[i], to[i]) = (_train.From[batch.Examples[i]], _train.To[batch.Examples[i]]);
            return Losses.CrossEntropy(_model.Scores.Forward(from), to);
        }

        public override IReadOnlyList<Metric> Validate(CancellationToken stop)
        {
            const int Piece = 1 << 15;
            using var off = Gradients.Off();
            double sum = 0;
            for (int start = 0; start < _measured.From.Length; start += Piece)
            {
                int end = Math.Min(_measured.From.Length, start + Piece);
                sum += Losses.CrossEntropy(_model.Scores.Forward(_measured.From[start..end]), _measured.To[start..end])
                    .Item() * (double)(end - start);
            }
            return [new("loss", sum / _measured.From.Length, HigherIsBetter: false)];
        }

        public override string Describe(ReadOnlySpan<long> examples) =>
            $"pairs {string.Join(", ", examples[..Math.Min(5, examples.Length)].ToArray())} …";
    }
}

/// <summary>Names, each between two marks.</summary>
sealed class NamesTask : BigramTask
{
    public override string Name => "names";

    public override string Protocol =>
        "all pairs of neighbouring characters of all names, the mark at both ends included, trained and measured on all of them";

    public override string Needs => "names/names.txt";

    private protected override string Published => "2.454 (counted: the optimum)";

    private protected override int Epochs => 10;

    private protected override double Smoothing => 0;

    private protected override (Pairs, Pairs, int) Read(string text)
    {
        List<long> from = [], to = [];
        foreach (string name in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            long before = 0;
            foreach (char character in name)
            {
                from.Add(before);
                to.Add(before = character - 'a' + 1);
            }
            from.Add(before);
            to.Add(0);
        }
        var all = new Pairs([.. from], [.. to]);
        return (all, all, 27);
    }
}

/// <summary>Tiny Shakespeare as one line of characters.</summary>
sealed class ShakespeareBigramTask : BigramTask
{
    public override string Name => "shakespeare-bigram";

    public override string Protocol =>
        "pairs of neighbouring characters: trained on the first 90 %, measured on the last 10 %; the counts that it is compared with "
        + "are raised by one";

    public override string Needs => "tinyshakespeare/input.txt";

    private protected override string Published => "2.482 (counted, raised by one)";

    private protected override int Epochs => 5;

    private protected override double Smoothing => 1;

    private protected override (Pairs, Pairs, int) Read(string text)
    {
        (long[] ids, int characters) = ShakespeareTask.Ids(text);
        int cut = ids.Length * 9 / 10;
        return (new Pairs(ids[..(cut - 1)], ids[1..cut]), new Pairs(ids[cut..^1], ids[(cut + 1)..]), characters);
    }
}

/// <summary>A transformer over characters in nanoGPT's setting for a CPU.</summary>
sealed class ShakespeareTask : AccuracyTask
{
    const int Context = 64, Dim = 128, Heads = 4, Layers = 4, Batch = 12, Steps = 2_000;

    public override string Name => "shakespeare";

    public override string Protocol =>
        "first 90 % to train, last 10 % to validate, whole, in windows of 64; 4 layers of 4 heads × 128, batch 12, 2,000 steps, AdamW "
        + "at 0.003 (chosen on the last tenth of the training part), no dropout";

    public override string Needs => "tinyshakespeare/input.txt";

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        (long[] ids, int characters) = Ids(File.ReadAllText(Path.Combine(data, Needs)));
        int cut = ids.Length * 9 / 10;
        var job = new Job(ids[..cut], ids[cut..], characters);
        TrainingOutcome outcome =
            new Trainer(job, new TrainerSettings {
            Steps = Steps, BatchSize = Batch, Schedule = RateSchedule.Cosine, Warmup = 0.05f, ClipNorm = 1, RestoreBest = false,
            Seed = 1 }).Run();
        log.WriteLine($"{outcome.Elapsed.TotalSeconds:0} s of training, last loss {outcome.Loss:0.000}");
        return [new(Name, "validation loss, nats a character", outcome.Metrics[0].Value, "1.88 (nanoGPT's CPU setting)", 1.88,
            HigherIsBetter: false)];
    }

    /// <summary>Characters as ids in order of their codes.</summary>
    public static (long[] Ids, int Characters) Ids(string text)
    {
        char[] characters = [.. text.Distinct().Order()];
        return ([.. text.Select(character => (long)Array.BinarySearch(characters, character))], characters.Length);
    }

    sealed class Writer(int characters, Rng rng) : Nn.Module
    {
        public Nn.Embedding Characters { get; } = new(characters, Dim, rng: rng);
        public Nn.LearnedPositions Positions { get; } = new(Context, Dim, batchFirst: true, rng);
        public Nn.TransformerEncoder Encoder { get;
        } = new(new Nn.TransformerEncoderLayer(Dim, Heads, Options, rng), Layers, new Nn.LayerNorm(Dim));
        public Nn.Linear Next { get; } = new(Dim, characters, bias: false, rng: rng);

        static Nn.TransformerOptions Options =>
            new() { FeedForwardDim = 4 * Dim, Activation = Nn.TransformerActivation.Gelu, BatchFirst = true, NormFirst = true,
            Dropout = 0 };

        public Tensor Forward(Indices ids) =>
            Next.Forward(Encoder.Forward(Positions.Forward(Characters.Forward(ids)), Nn.AttentionMask.Causal(Context)));
    }

    sealed class Job : ModuleJob
    {
        readonly long[] _train, _validation;
        readonly Writer _model;
        readonly int _characters;

        public Job(long[] train, long[] validation, int characters) : this(train, validation, characters, First(characters)) { }

        Job(long[] train, long[] validation, int characters, Writer model)
            : base(model, new AdamW(model.Parameters()) { LearningRate = 3e-3f, WeightDecay = 0.1f, Beta2 = 0.99f }) =>
            (_train, _validation, _characters, _model) = (train, validation, characters, model);

        public override long Examples => _train.Length - Context;

        protected override Tensor Loss(TrainingBatch batch) => Loss(_train, batch.Examples);

        public override IReadOnlyList<Metric> Validate(CancellationToken stop)
        {
            const int Piece = 64;
            using var off = Gradients.Off();
            _model.Eval();
            long[] windows = [.. Enumerable.Range(0, (_validation.Length - 1) / Context).Select(window => (long)window * Context)];
            double sum = 0;
            foreach (long[] some in windows.Chunk(Piece)) sum += Loss(_validation, some).Item() * (double)some.Length;
            return [new("loss", sum / windows.Length, HigherIsBetter: false)];
        }

        public override string Describe(ReadOnlySpan<long> examples) => $"windows from {string.Join(", ", examples.ToArray())} on";

        Tensor Loss(long[] text, ReadOnlySpan<long> windows)
        {
            var (inputs, targets) = (new long[windows.Length, Context], new long[windows.Length * Context]);
            for (int i = 0; i < windows.Length; i++)
                for (int place = 0; place < Context; place++)
                    (inputs[i, place], targets[i * Context + place]) = (text[windows[i] + place], text[windows[i] + place + 1]);
            return Losses.CrossEntropy(_model.Forward(inputs).Reshape(targets.Length, _characters), targets);
        }

        /// <summary>GPT-2's first weights: N(0, 0.02), no bias; what is added to the stream is smaller by √(2·layers).</summary>
        static Writer First(int characters)
        {
            var rng = new Rng(1);
            var model = new Writer(characters, rng);
            foreach ((string name, ILearnable learnable) in model.NamedParameters())
            {
                long count = 1;
                foreach (long size in learnable.Sizes) count *= size;
                var values = new float[count];
                if (name.EndsWith("weight", StringComparison.Ordinal) && learnable.Sizes.Count > 1)
                    rng.Normal(values, 0, name.EndsWith("out_proj.weight", StringComparison.Ordinal)
                        || name.EndsWith("linear2.weight", StringComparison.Ordinal) ? 0.02f / MathF.Sqrt(2 * Layers) : 0.02f);
                else if (name.EndsWith("weight", StringComparison.Ordinal) && name.Contains("norm", StringComparison.Ordinal))
                    Array.Fill(values, 1f);
                learnable.WriteValues(0, values);
            }
            return model;
        }
    }
}
