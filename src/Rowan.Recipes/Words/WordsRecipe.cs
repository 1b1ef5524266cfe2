using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Learns word vectors from raw text: words that occur in similar contexts get similar vectors.</summary>
public sealed class WordsRecipe : Recipe
{
    internal const string JobName = "words", WordsTable = "words", OutputsFile = "outputs.safetensors", NgramsFile = "ngrams.safetensors",
    VectorsFile = "vectors.txt";

    const double LeastCovered = 0.7;
    const long FewWords = 100_000;

    static readonly string[] Analogy = ["king", "man", "woman"];

    /// <inheritdoc/>
    public override string Kind => JobName;

    /// <inheritdoc/>
    public override string Summary => "Word vectors from plain text.";

    /// <inheritdoc/>
    public override IReadOnlyList<Setting> Settings => WordsSettings.List.All;

    /// <inheritdoc/>
    public override IReadOnlyList<Preset> Presets => WordsSettings.Presets;

    private protected override (string Preset, string Because) AutoPreset(DataSize size) =>
        (WordsSettings.PresetFor(size.Characters), size.InWords(size.Characters, "characters"));

    /// <summary>No: word vectors are not measured on a test file.</summary>
    public override bool TakesTestFiles => false;

    /// <inheritdoc/>
    public override RecipeFit Fit(DataSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.One(ColumnRole.Text) is not { } text) return new(0, "needs plain text, or one text column");
        return new(schema.Columns.Count == 1 ? 0.7 : text.Stated ? 0.55 : 0.2, schema.Columns.Count == 1 ? "plain text"
            : "a text column") { Schema = schema.Only(ColumnRole.Text), Options =
            $"`task` {Kind} `text` {RoleChoice.Quoted(text.Name)}" };
    }

    internal override Type RunType(JsonElement info) => typeof(WordsRun);

    internal override Run Open(string path, JsonElement info) => WordsRun.Load(path, info);

    /// <inheritdoc/>
    public override TrainReport Train(TrainRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        request = Prepared(request);
        EarlierRun? earlier = EarlierRun.Of(request, Kind);
        WordsSettings settings = EarlierRun.Settings(WordsSettings.List, request, earlier);
        settings.Check();
        settings.Start.RequireFile(request);
        using var session = new RunSession(Kind, request, json => WordsSettings.List.Write(json, settings), progress);
        session.Begin("reading", 1);
        using WordsCorpus corpus = WordsCorpus.Read(request.Data, request.Schema.Need(ColumnRole.Text), settings, earlier, session, stop);
        settings = corpus.Settings;
        long words = corpus.Occurrences;
        session.Note(string.Create(CultureInfo.InvariantCulture, $"{words:#,0} words, {corpus.Words.Count:#,0} distinct words that " +
            $"occur at least {settings.MinCount} times"));
        double covered = words / (double)Math.Max(1, corpus.AllOccurrences);
        if (covered < LeastCovered)
            session.Warn(string.Create(CultureInfo.InvariantCulture,
                $"the vocabulary covers {covered:0 %} of the text; other words occur less than {settings.MinCount} times, or are "
                + $"beyond the {settings.MaxWords:#,0} most frequent: a smaller `min-count` keeps more"));
        PretrainedRows? pretrained = settings.Start.Read(corpus.Words, settings.Dim, request, session, stop);
        if (pretrained is not null) settings = settings with { Dim = pretrained.Dim };
        else if (words < FewWords)
            session.Warn(string.Create(CultureInfo.InvariantCulture, $"{words:#,0} words are too few for good word vectors: about a " +
                $"million give useful neighbors. Give more text, or begin with trained vectors (`vectors` FILE)"));
        session.At(1);
        var job = new WordsTraining(corpus, settings, earlier, pretrained);
        if (earlier is not null) session.Note(earlier.Note(("words", corpus.Words.Count - earlier.Table(WordsTable).Ids.Count)));
        TrainingOutcome outcome = session.Train(job, settings.Training, stop);
        double perSecond = words * (outcome.Examples / (double)job.Examples) / outcome.Elapsed.TotalSeconds;
        session.Note(string.Create(CultureInfo.InvariantCulture, $"{perSecond:#,0} words per second"));
        session.Begin("saving", 1);
        VectorRows vectors = job.Vectors();
        var table = new LearnedTable
        {
            Name = WordsTable, Ids = corpus.Words, Vectors = vectors, Counts = corpus.Counts,
            Moved = VectorRows.Moved(new WordsTraining(corpus, settings, earlier, pretrained).Vectors(), vectors),
        };
        TableFiles.Write(session.Run, table);
        Safetensors.Write(session.Run.File(OutputsFile), new StateDict(job.Outputs()));
        if (settings.Buckets > 0) Safetensors.Write(session.Run.File(NgramsFile), new StateDict(job.Rows()));
        VectorFiles.Format("word2vec").Write(session.Run.File(VectorsFile), () => VectorExport.Read(table, session.Run.Path));
        session.At(1);
        string some = corpus.Words[Math.Min(corpus.Words.Count - 1, 100)];
        return session.Complete(outcome, [new("loss", outcome.Loss, HigherIsBetter: false), new("words/s", perSecond)], null,
            [$"rowan neighbors {some} --run {{run}}", .. Analogy.Any(word => !corpus.Words.TryGetId(word, out _))
                ? [] : (string[])["rowan analogy king - man + woman --run {run}"]]);
    }
}
