using System.Globalization;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>One training of the words task.</summary>
sealed class WordsTask(TrainRequest request)
    : RecipeTask<WordsSettings, WordsCorpus, WordsTraining>(WordsRecipe.JobName, WordsSettings.List, request)
{
    const double LeastCovered = 0.7;
    const long FewWords = 100_000;

    static readonly string[] Analogy = ["king", "man", "woman"];

    PretrainedRows? _pretrained;

    protected override TrainerSettings Loop => Settings.Training;

    protected override void Check()
    {
        Settings.Check();
        Settings.Start.RequireFile(Request);
    }

    protected override WordsCorpus Read() =>
        WordsCorpus.Read(Request.Data, Request.Schema.Need(ColumnRole.Text), Settings, Earlier, Session, Stop);

    protected override void Review(WordsCorpus data)
    {
        Settings = data.Settings;
        long words = data.Occurrences;
        Session.Note(string.Create(CultureInfo.InvariantCulture, $"{words:#,0} words, {data.Words.Count:#,0} distinct words that " +
            $"occur at least {Settings.MinCount} times"));
        double covered = words / (double)Math.Max(1, data.AllOccurrences);
        if (covered < LeastCovered)
            Session.Warn(string.Create(CultureInfo.InvariantCulture,
                $"the vocabulary covers {covered:0 %} of the text; other words occur less than {Settings.MinCount} times, or are "
                + $"beyond the {Settings.MaxWords:#,0} most frequent: a smaller `min-count` keeps more"));
        _pretrained = Settings.Start.Read(data.Words, Settings.Dim, Request, Session, Stop);
        if (_pretrained is not null) Settings = Settings with { Dim = _pretrained.Dim };
        else if (words < FewWords)
            Session.Warn(string.Create(CultureInfo.InvariantCulture, $"{words:#,0} words are too few for good word vectors: about a " +
                $"million give useful neighbors. Give more text, or begin with trained vectors (`vectors` FILE)"));
    }

    protected override WordsTraining Build(WordsCorpus data)
    {
        WordsTraining job = Job(data);
        if (Earlier is not null) Session.Note(Earlier.Note(("words", data.Words.Count - Earlier.Table(WordsRecipe.WordsTable).Ids.Count)));
        return job;
    }

    /// <summary>The loss and the speed: word vectors are not measured on test data.</summary>
    protected override Measured Measure(WordsCorpus data, WordsTraining job, TrainingOutcome outcome)
    {
        double perSecond = data.Occurrences * (outcome.Examples / (double)job.Examples) / outcome.Elapsed.TotalSeconds;
        Session.Note(string.Create(CultureInfo.InvariantCulture, $"{perSecond:#,0} words per second"));
        return new Measured([new("loss", outcome.Loss, HigherIsBetter: false), new("words/s", perSecond)], []);
    }

    protected override void Save(RunFolder run, WordsCorpus data, WordsTraining job)
    {
        VectorRows vectors = job.Vectors();
        var table = new LearnedTable
        {
            Name = WordsRecipe.WordsTable, Ids = data.Words, Vectors = vectors, Counts = data.Counts,
            Moved = VectorRows.Moved(Job(data).Vectors(), vectors),
        };
        TableFiles.Write(run, table);
        Safetensors.Write(run.File(WordsRecipe.OutputsFile), new StateDict(job.Outputs()));
        if (Settings.Buckets > 0) Safetensors.Write(run.File(WordsRecipe.NgramsFile), new StateDict(job.Rows()));
        VectorFiles.Format("word2vec").Write(run.File(WordsRecipe.VectorsFile), () => VectorExport.Read(table, run.Path));
    }

    protected override IEnumerable<string> Next(WordsCorpus data)
    {
        yield return $"rowan neighbors {data.Words[Math.Min(data.Words.Count - 1, 100)]} --run {{run}}";
        if (Analogy.All(word => data.Words.TryGetId(word, out _))) yield return "rowan analogy king - man + woman --run {run}";
    }

    /// <summary>The model before its first step.</summary>
    WordsTraining Job(WordsCorpus data) => new(data, Settings, Earlier, _pretrained);
}
