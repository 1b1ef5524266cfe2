using Rowan.Numerics;
using Rowan.TestSupport;
using Rowan.Training;

namespace Rowan.Tests;

public sealed class TrainerTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryExampleIsSeenOnceAnEpochInAnotherOrder()
    {
        var job = new Scripted(10);
        new Trainer(job, new TrainerSettings { Epochs = 3, BatchSize = 4 }).Run();
        Assert.Equal(9, job.Batches.Count);
        long[][] epochs = [.. Enumerable.Range(0, 3)
            .Select(epoch => job.Batches.Skip(3 * epoch).Take(3).SelectMany(batch => batch).ToArray())];
        foreach (long[] epoch in epochs) Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), epoch.Order());
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.Equal([4, 4, 2], job.Batches.Take(3).Select(batch => batch.Length));
    }

    [Fact]
    public void StepsStandInPlaceOfEpochs()
    {
        var job = new Scripted(10);
        TrainingOutcome outcome = new Trainer(job, new TrainerSettings { Steps = 7, BatchSize = 4 }).Run();
        Assert.Equal((7L, TrainingEnd.Finished), (outcome.Steps, outcome.End));
    }

    [Theory]
    [InlineData(RateSchedule.Constant, 0.0, new[] { 1.0, 1, 1, 1 })]
    [InlineData(RateSchedule.Linear, 0.0, new[] { 1, 0.75, 0.5, 0.25 })]
    [InlineData(RateSchedule.Cosine, 0.0, new[] { 1, 0.8535534, 0.5, 0.1464466 })]
    [InlineData(RateSchedule.Constant, 0.5, new[] { 1 / 3.0, 2 / 3.0, 1, 1 })]
    [InlineData(RateSchedule.Linear, 0.5, new[] { 1 / 3.0, 2 / 3.0, 1, 0.5 })]
    public void RatesFollowTheSchedule(RateSchedule schedule, double warmup, double[] expected)
    {
        var job = new Scripted(4);
        new Trainer(job, new TrainerSettings { Epochs = 1, BatchSize = 1, Schedule = schedule, Warmup = (float)warmup }).Run();
        Assert.Equal(expected, job.Rates.Select(rate => (double)rate), (x, y) => Math.Abs(x - y) < 1e-6);
    }

    [Fact]
    public void PatienceCountsChecksAndTheBestWeightsComeBack()
    {
        var job = new Scripted(4) { Scores = [0.1, 0.5, 0.4, 0.3, 0.9] };
        TrainingOutcome outcome = new Trainer(job, new TrainerSettings { Epochs = 10, BatchSize = 4, Patience = 2 }).Run();
        Assert.Equal((TrainingEnd.NoImprovement, 4L), (outcome.End, outcome.Steps));
        Assert.Equal(0.5, outcome.Metrics[0].Value);
        // The weight counts the steps: after the second it was 2.
        Assert.Equal(2, job.Weight);

        var other = new Scripted(4) { Scores = [0.1, 0.5, 0.4, 0.3, 0.9] };
        // The figures are those of the weights that the job is left with.
        Assert.Equal(0.3, new Trainer(other, new TrainerSettings { Epochs = 10, BatchSize = 4, Patience = 2, RestoreBest = false })
            .Run().Metrics[0].Value);
        Assert.Equal(4, other.Weight);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(7, 7)]
    [InlineData(10, 10)]
    public void EarlyStoppingWaitsForTheLeastNumberOfSteps(int least, long steps)
    {
        var job = new Scripted(4) { Scores = [0.5, 0.4] };
        TrainingOutcome outcome = new Trainer(job, new TrainerSettings { Epochs = 10, BatchSize = 4, Patience = 2, MinSteps = least })
            .Run();
        Assert.Equal((least == 10 ? TrainingEnd.Finished : TrainingEnd.NoImprovement, steps), (outcome.End, outcome.Steps));
        Assert.Equal(1, job.Weight);
    }

    [Fact]
    public void EqualScoresAreDecidedByTheLoss()
    {
        double[] losses = [0.9, 0.4, 0.2, 0.3, 0.2];
        var job = new Scripted(4) { Scores = [0.99], Losses = losses };
        TrainingOutcome outcome = new Trainer(job, new TrainerSettings { Epochs = 5, BatchSize = 4, Patience = 2 }).Run();
        Assert.Equal(3, job.Weight);
        Assert.Equal([0.99, 0.2], outcome.Metrics.Select(metric => metric.Value));
        // A better score wins whatever the loss.
        var score = new Scripted(4) { Scores = [0.7, 0.8, 0.7], Losses = [0.1, 5, 0.05] };
        new Trainer(score, new TrainerSettings { Epochs = 3, BatchSize = 4 }).Run();
        Assert.Equal(2, score.Weight);
        // The loss itself may be watched, and then stands first.
        var watched = new Scripted(4) { Scores = [0.7, 0.8, 0.7], Losses = [0.3, 0.5, 0.2] };
        Assert.Equal("loss", new Trainer(watched, new TrainerSettings { Epochs = 3, BatchSize = 4, Monitor = "loss" })
            .Run().Metrics[0].Name);
        Assert.Equal(3, watched.Weight);
    }

    [Fact]
    public void AScoreThatIsNoNumberIsWorseThanAnyNumber()
    {
        var never = new Scripted(4) { Scores = [double.NaN], Losses = [0.9, 0.3, 0.5] };
        new Trainer(never, new TrainerSettings { Epochs = 3, BatchSize = 4 }).Run();
        Assert.Equal(2, never.Weight);
        var once = new Scripted(4) { Scores = [double.NaN, 0.1, double.NaN], Losses = [0.3, 0.9, 0.1] };
        new Trainer(once, new TrainerSettings { Epochs = 3, BatchSize = 4 }).Run();
        Assert.Equal(2, once.Weight);
    }

    [Fact]
    public void ALossMayBeWatchedWhichImprovesDownward()
    {
        var job = new Scripted(4) { Scores = [0.5, 0.4, 0.6, 0.7] };
        TrainingOutcome outcome = new Trainer(job, new TrainerSettings { Epochs = 4, BatchSize = 4, Monitor = "loss" }).Run();
        Assert.Equal(2, job.Weight);
        Assert.Equal(TrainingEnd.Finished, outcome.End);
        var unknown = Assert.Throws<ArgumentException>(
            () => new Trainer(new Scripted(4) { Scores = [1] }, new TrainerSettings { Monitor = "f2" }).Run());
        Assert.Contains("there are score, loss", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALossThatIsNoNumberStopsAndNamesTheBatch()
    {
        var job = new Scripted(8) { NotANumberAt = 3 };
        var stopped = Assert.Throws<NonFiniteLossException>(() => new Trainer(job, new TrainerSettings { BatchSize = 2 }).Run());
        Assert.Equal(4, stopped.Step);
        Assert.Contains("example ", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(3, job.Weight);
    }

    [Fact]
    public void TheTimeLimitEndsTrainingAsAStopDoes()
    {
        var clock = new Clock();
        var job = new Scripted(1_000) { OnStep = () => clock.Now += TimeSpan.FromSeconds(1) };
        TrainingOutcome outcome =
            new Trainer(job, new TrainerSettings { BatchSize = 1, TimeLimit = TimeSpan.FromSeconds(5) }, clock: clock).Run();
        Assert.Equal((TrainingEnd.TimeLimit, 5L), (outcome.End, outcome.Steps));
        using var stop = new CancellationTokenSource();
        var other = new Scripted(1_000) { OnStep = stop.Cancel };
        Assert.Equal((TrainingEnd.Stopped, 1L), new Trainer(other, new TrainerSettings { BatchSize = 1 }).Run(stop.Token) is var o
            ? (o.End, o.Steps) : default);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    public void ARunThatIsCutOffAtAnyStepGoesOnToTheSameBits(int? averageFrom)
    {
        var settings = new TrainerSettings {
            Epochs = 4, BatchSize = 3, Patience = 3, CheckpointEvery = TimeSpan.Zero, AverageFrom = averageFrom };
        double[] scores = [0.1, 0.5, 0.4, 0.6];
        var whole = new Scripted(10) { StepsPerCheck = 4, Scores = scores };
        TrainingOutcome expected = new Trainer(whole, settings).Run();
        for (int cut = 1; cut < 16; cut++)
        {
            string folder = _folder[$"cut{cut}"];
            Directory.CreateDirectory(folder);
            int left = cut;
            var first = new Scripted(10) {
                StepsPerCheck = 4, Scores = scores, OnStep = () => { if (left-- == 0) throw new IOException("cut off"); } };
            Assert.Throws<IOException>(() => new Trainer(first, settings, checkpoints: new TrainingCheckpoint(folder)).Run());
            var second = new Scripted(10) { StepsPerCheck = 4, Scores = scores };
            TrainingOutcome outcome = new Trainer(second, settings, checkpoints: new TrainingCheckpoint(folder)).Run();
            Assert.Equal(whole.Weight, second.Weight);
            Assert.Equal(whole.Noise, second.Noise);
            Assert.Equal(expected with { Elapsed = default, Metrics = [] }, outcome with { Elapsed = default, Metrics = [] });
            Assert.Equal(expected.Metrics, outcome.Metrics);
            // The state, the best weights, and what names them; nothing older is left.
            Assert.InRange(Directory.GetFiles(folder).Length, 2, 3);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TheMeanOfTheWeightsIsCheckedAndKept(int from)
    {
        // The weight counts the steps, so its mean over steps a to b is (a + b) / 2; four steps an epoch, each of them a moment.
        var job = new Scripted(4) { Scores = [1] };
        TrainingOutcome outcome =
            new Trainer(job, new TrainerSettings { Epochs = 3, BatchSize = 1, AverageFrom = from, RestoreBest = false }).Run();
        double first = 4 * (from - 1) + 1;
        Assert.Equal((first + 12) / 2, job.Weight, 1e-4);
        double[] expected = from == 1 ? [2.5, 4.5, 6.5] : [4, 6.5, 8.5];
        Assert.Equal(expected, job.Checked.Select(weight => (double)weight), (x, y) => Math.Abs(x - y) < 1e-4);
        Assert.Equal(TrainingEnd.Finished, outcome.End);
        // The best check is the first: its mean comes back, though steps went on from the last weights.
        var best = new Scripted(4) { Scores = [1] };
        new Trainer(best, new TrainerSettings { Epochs = 3, BatchSize = 1, AverageFrom = from }).Run();
        Assert.Equal(expected[0], best.Weight, 1e-4);
        Assert.Equal(12, best.Batches.Count);
    }

    [Fact]
    public void ADamagedCheckpointIsSaid()
    {
        string folder = _folder["damaged"];
        Directory.CreateDirectory(folder);
        var settings = new TrainerSettings { Epochs = 2, BatchSize = 3, CheckpointEvery = TimeSpan.Zero };
        int left = 4;
        Assert.Throws<IOException>(
            () => new Trainer(new Scripted(10) { OnStep = () => { if (left-- == 0) throw new IOException("cut off"); } }, settings,
            checkpoints: new TrainingCheckpoint(folder)).Run());
        string info = Path.Combine(folder, "checkpoint.json"), whole = File.ReadAllText(info);
        foreach (int length in new[] { 0, 1, whole.Length / 2, whole.Length - 3 })
        {
            File.WriteAllText(info, whole[..length]);
            Assert.Throws<InvalidDataException>(() => new Trainer(new Scripted(10), settings, checkpoints: new TrainingCheckpoint(folder))
                .Run());
        }
        File.WriteAllText(info, whole);
        Assert.Throws<InvalidDataException>(() => new Trainer(new OtherJob(), settings, checkpoints: new TrainingCheckpoint(folder)).Run());
    }

    [Fact]
    public void TensorBoardReadsTheEvents()
    {
        using var stream = new MemoryStream();
        var events = new TensorBoardEvents(stream);
        events.Scalar("loss", 300, 1.5, 0.25f);
        byte[] bytes = stream.ToArray();
        // The first record says the version; the second is decoded field by field.
        int at = 0;
        byte[] first = Record(bytes, ref at), second = Record(bytes, ref at);
        Assert.Equal(bytes.Length, at);
        Assert.Contains("brain.Event:2", System.Text.Encoding.ASCII.GetString(first), StringComparison.Ordinal);
        Assert.Equal(1.5, BitConverter.ToDouble(second, 1));
        Assert.Equal([0x10, 0xac, 0x02], second[9..12]);
        Assert.Equal("loss", System.Text.Encoding.ASCII.GetString(second[18..22]));
        Assert.Equal(0.25f, BitConverter.ToSingle(second, 23));

        static byte[] Record(byte[] bytes, ref int at)
        {
            int length = (int)BitConverter.ToUInt64(bytes, at);
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BitConverter.ToUInt32(bytes, at + 8));
            byte[] message = bytes[(at + 12)..(at + 12 + length)];
            Assert.Equal(Masked(message), BitConverter.ToUInt32(bytes, at + 12 + length));
            at += 16 + length;
            return message;
        }

        // CRC-32C bit by bit, as its definition says.
        static uint Masked(ReadOnlySpan<byte> bytes)
        {
            uint crc = 0xffff_ffff;
            foreach (byte b in bytes)
            {
                crc ^= b;
                for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1;
            }
            crc = ~crc;
            return unchecked((crc >> 15 | crc << 17) + 0xa282_ead8);
        }
    }

    /// <summary>A job whose weight counts its steps, whose noise sums what it drew, and whose checks say what they are told to.</summary>
    sealed class Scripted(long examples) : ITrainingJob
    {
        readonly float[] _weight = new float[2];

        public double[] Scores { get; init; } = [];

        public double[] Losses { get; init; } = [];

        public int StepsPerCheck { get; init; } = 1;

        public int NotANumberAt { get; init; } = -1;

        public Action? OnStep { get; init; }

        public List<long[]> Batches { get; } = [];

        public List<float> Rates { get; } = [];

        public List<float> Checked { get; } = [];

        public float Weight => _weight[0];

        public float Noise => _weight[1];

        public long Examples => examples;

        public double? RowsTouched => null;

        public double? LearningRate => 1;

        public double Step(TrainingBatch batch)
        {
            if (batch.Number == NotANumberAt) return double.NaN;
            OnStep?.Invoke();
            Batches.Add(batch.Examples.ToArray());
            Rates.Add(batch.Rate);
            _weight[0]++;
            foreach (long example in batch.Examples) _weight[1] = 0.9f * _weight[1] + batch.Rng.NextSingle() * example;
            return 1.0 / (1 + batch.Number);
        }

        public IReadOnlyList<Metric> Validate(CancellationToken stop)
        {
            Checked.Add(Weight);
            if (Scores.Length == 0) return [];
            int check = (int)(_weight[0] / StepsPerCheck) - 1;
            double score = Scores[Math.Clamp(check, 0, Scores.Length - 1)];
            return [new("score", score),
                new("loss", Losses.Length == 0 ? score : Losses[Math.Clamp(check, 0, Losses.Length - 1)], HigherIsBetter: false)];
        }

        public StateDict StateDict() => new(StateEntry.Over("weight", [2], _weight));

        public void LoadStateDict(StateDict state) => state["weight"].Read(0, _weight.AsSpan());

        public StateDict Weights() => StateDict();

        public void LoadWeights(StateDict weights) => LoadStateDict(weights);

        public string Describe(ReadOnlySpan<long> examples) => $"example {string.Join(", ", examples.ToArray())}";
    }

    sealed class OtherJob : ITrainingJob
    {
        public long Examples => 10;

        public double? RowsTouched => null;

        public double? LearningRate => 1;

        public double Step(TrainingBatch batch) => 0;

        public IReadOnlyList<Metric> Validate(CancellationToken stop) => [];

        public StateDict StateDict() => new();

        public void LoadStateDict(StateDict state) => Require.That(state.Contains("other"), $"'other' is missing");

        public StateDict Weights() => new();

        public void LoadWeights(StateDict weights) { }

        public string Describe(ReadOnlySpan<long> examples) => "";
    }

    sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
