using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Where the search job reads and writes.</summary>
public sealed record SearchJob
{
    /// <summary>A folder with XML documentation files; null for the reference packs of the SDK.</summary>
    public string? DocsDirectory { get; init; }

    /// <summary>The folder of all runs.</summary>
    public string RunsDirectory { get; init; } = "runs";

    /// <summary>The run's name; null for the time.</summary>
    public string? Name { get; init; }

    /// <summary>Sizes, rates and seed.</summary>
    public SearchSettings Settings { get; init; } = new();
}

/// <summary>What came of a search job.</summary>
/// <param name="Run">The run folder.</param>
/// <param name="Members">Members learned.</param>
/// <param name="Words">Words with a row of their own.</param>
/// <param name="Examples">Examples trained on.</param>
/// <param name="Finished">Whether all epochs were done; false when it was stopped.</param>
/// <param name="Questions">Questions held out and asked.</param>
/// <param name="Learned">How the trained vectors answered; null when stopped.</param>
/// <param name="Bm25">How BM25 over the same training text answered; null when stopped.</param>
/// <param name="Elapsed">Time in all.</param>
/// <param name="PeakMemory">Largest working set, in bytes.</param>
public sealed record SearchReport(
    string Run, long Members, long Words, long Examples, bool Finished, int Questions, RankingMetrics? Learned, RankingMetrics? Bm25, TimeSpan Elapsed, long PeakMemory);

/// <summary>The job behind <c>rowan train</c>: learns API documentation, so that a question in plain words finds the member that answers it.</summary>
public static class SearchRecipe
{
    internal const string Kind = "search";

    // Among the usual settings of BM25, these answered best on this kind of text; the weaker defaults are not what it is compared with.
    const float Bm25K1 = 2, Bm25B = 1;

    /// <summary>Reads, trains, asks the held-out questions of both the vectors and BM25, and writes the run.</summary>
    /// <param name="job">What to read, where to write, and the settings.</param>
    /// <param name="progress">Hears of every batch.</param>
    /// <param name="stop">Asks to finish the batch at hand and save; what was learned until then is a run like any other, without metrics.</param>
    /// <exception cref="DirectoryNotFoundException">There is no documentation.</exception>
    /// <exception cref="InvalidDataException">A file of it is not XML.</exception>
    /// <exception cref="IOException">The run exists, or can't be written.</exception>
    public static SearchReport Train(SearchJob job, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        var time = Stopwatch.StartNew();
        job.Settings.Check();
        using var run = RunFolder.Create(job.RunsDirectory, job.Name, Kind);
        var phase = new Phases(run, progress);

        IReadOnlyList<string> files = ApiDocs.Locate(job.DocsDirectory);
        phase.Begin("reading", files.Count);
        IReadOnlyList<ApiMember> members = ApiDocs.Read(files, read => phase.At(read), stop);
        (IReadOnlyList<ApiMember> training, IReadOnlyList<HeldOutQuery> queries) = HeldOutQueries.Split(members, Math.Min(job.Settings.HeldOut, members.Count / 10), new Rng(job.Settings.Seed));
        phase.Begin("preparing", 1);
        var trainer = new SearchTrainer(training, job.Settings);
        phase.At(1);

        phase.Begin("training", trainer.Examples);
        long done = 0;
        double smooth = double.NaN;
        bool finished = trainer.Train((examples, loss) =>
        {
            smooth = double.IsNaN(smooth) ? loss : 0.95 * smooth + 0.05 * loss;
            phase.At(done = examples, smooth);
        }, stop);

        float[] vectors = trainer.Vectors();
        RankingMetrics? learned = null, bm25 = null;
        if (finished)
        {
            phase.Begin("asking", 2);
            learned = trainer.Evaluate(vectors, queries);
            phase.At(1);
            bm25 = AskBm25(training, queries);
            phase.At(2);
        }
        phase.Begin("saving", 1);
        Save(run, trainer, training, vectors);
        var report = new SearchReport(run.Path, members.Count, trainer.Encoder.Vocabulary.Count, done, finished, finished ? queries.Count : 0, learned, bm25, time.Elapsed, Process.GetCurrentProcess().PeakWorkingSet64);
        phase.At(1);
        run.Complete(Kind, json => Describe(json, job.Settings, ApiDocs.Fingerprint(members), files.Count, report));
        return report;
    }

    static RankingMetrics AskBm25(IReadOnlyList<ApiMember> training, IReadOnlyList<HeldOutQuery> queries)
    {
        // The namespace repeats in every document and only lengthens it: BM25 answers better without.
        var bm25 = new Bm25([.. training.Select(member => TextTokenizer.Words(string.Join(' ', [member.ShortName, .. SearchCorpus.Texts(member).Skip(1)]), wholeIdentifiers: true))], Bm25K1, Bm25B);
        var scores = new float[training.Count];
        var ranks = new List<long>(queries.Count);
        foreach (HeldOutQuery query in queries)
        {
            bm25.Score(TextTokenizer.Words(query.Text, wholeIdentifiers: true), scores);
            ranks.Add(RankingMetrics.RankOf(scores, query.Member));
        }
        return RankingMetrics.Of(ranks);
    }

    static void Save(RunFolder run, SearchTrainer trainer, IReadOnlyList<ApiMember> members, float[] vectors)
    {
        StateEntry[] entries =
        [
            .. trainer.Model.StateDict(),
            StateEntry.Over("vectors", [members.Count, trainer.Model.Items.EmbeddingDim], vectors),
        ];
        Safetensors.Write(run.File("model.safetensors"), entries, new Dictionary<string, string>
        {
            ["kind"] = Kind,
            ["buckets"] = trainer.Encoder.Subwords.Buckets.ToString(System.Globalization.CultureInfo.InvariantCulture),
        });
        AtomicFile.Write(run.File("vocabulary.txt"), stream => Write(stream, trainer.Encoder.Vocabulary));
        // A member's name and summary on one line; neither holds a tab, since the reader made all white space one space.
        AtomicFile.WriteLines(run.File("members.tsv"), members.Select(member => $"{member.Name}\t{member.Summary}"));
    }

    static void Write(Stream stream, Vocabulary vocabulary)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
        vocabulary.Write(writer);
    }

    static void Describe(Utf8JsonWriter json, SearchSettings settings, string fingerprint, int files, SearchReport report)
    {
        json.WriteStartObject("settings");
        json.WriteNumber("dim", settings.Dim);
        json.WriteNumber("epochs", settings.Epochs);
        json.WriteNumber("batch_size", settings.BatchSize);
        json.WriteNumber("learning_rate", settings.LearningRate);
        json.WriteNumber("member_rate", settings.MemberRate);
        json.WriteNumber("scale", settings.Scale);
        json.WriteNumber("siblings", settings.Siblings);
        json.WriteNumber("min_count", settings.MinCount);
        json.WriteNumber("buckets", settings.Buckets);
        json.WriteNumber("held_out", settings.HeldOut);
        json.WriteNumber("seed", settings.Seed);
        json.WriteEndObject();
        json.WriteStartObject("data");
        json.WriteString("sha256", fingerprint);
        json.WriteNumber("files", files);
        json.WriteNumber("members", report.Members);
        json.WriteNumber("words", report.Words);
        json.WriteEndObject();
        json.WriteBoolean("finished", report.Finished);
        json.WriteNumber("examples", report.Examples);
        json.WriteNumber("seconds", Math.Round(report.Elapsed.TotalSeconds, 3));
        json.WriteNumber("threads", Workers.Threads);
        WriteMetrics(json, report);
    }

    /// <summary>The object "metrics": questions, and each ranking's figures; empty for a run that was stopped.</summary>
    public static void WriteMetrics(Utf8JsonWriter json, SearchReport report)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(report);
        json.WriteStartObject("metrics");
        if (report is { Learned: { } learned, Bm25: { } bm25 })
        {
            json.WriteNumber("questions", report.Questions);
            foreach ((string name, RankingMetrics metrics) in (ReadOnlySpan<(string, RankingMetrics)>)[("rowan", learned), ("bm25", bm25)])
            {
                json.WriteStartObject(name);
                json.WriteNumber("recall_at_1", Math.Round(metrics.RecallAt1, 6));
                json.WriteNumber("recall_at_10", Math.Round(metrics.RecallAt10, 6));
                json.WriteNumber("mrr", Math.Round(metrics.MeanReciprocalRank, 6));
                json.WriteEndObject();
            }
        }
        json.WriteEndObject();
    }

    /// <summary>Tells the screen of everything, and the log of every second.</summary>
    sealed class Phases(RunFolder run, IProgress<TrainingProgress>? progress)
    {
        readonly Stopwatch _time = new();
        string _name = "";
        long _total;
        double _logged;

        public void Begin(string name, long total)
        {
            (_name, _total, _logged) = (name, total, double.NegativeInfinity);
            _time.Restart();
            At(0);
        }

        public void At(long done, double? loss = null)
        {
            var now = new TrainingProgress(_name, done, _total, loss, _time.Elapsed);
            progress?.Report(now);
            if (_time.Elapsed.TotalSeconds < _logged + 1 && done < _total) return;
            _logged = _time.Elapsed.TotalSeconds;
            run.Log(now);
        }
    }
}
