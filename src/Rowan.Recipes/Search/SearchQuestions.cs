using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>Questions to train on, to choose settings with, and to test: given ones first, else texts taken out of the documents.</summary>
/// <param name="Documents">The documents as they are trained on.</param>
/// <param name="Training">Given questions that are trained on.</param>
/// <param name="Validation">Questions that choose the settings of BM25 and the weight of the fusion.</param>
/// <param name="Test">Questions that are measured.</param>
/// <param name="Notes">What was left out of the given files.</param>
sealed record SearchQuestions(
    IReadOnlyList<SearchDocument> Documents, IReadOnlyList<SearchQuestion> Training, IReadOnlyList<SearchQuestion> Validation,
    IReadOnlyList<SearchQuestion> Test, IReadOnlyList<string> Notes)
{
    const int DefaultValidation = 500;

    /// <summary>Refuses options that belong together and are not together.</summary>
    public static void Check(SearchSettings settings)
    {
        Require.That(settings.Qrels.Length == 0 || settings.Queries.Length > 0,
            $"`qrels` {settings.Qrels}: there are no queries to judge; name them as `queries` FILE", "queries");
        Require.That(settings.TestQrels.Length == 0 || settings.Queries.Length + settings.TestQueries.Length > 0,
            $"`test-qrels` {settings.TestQrels}: there are no queries to judge; name them as `test-queries` FILE", "test-queries");
        Require.That(settings.Queries.Length == 0 || settings.Qrels.Length + settings.TestQrels.Length > 0,
            $"`queries` {settings.Queries}: their relevant documents are unknown; name the judgments as `qrels` FILE (training) or "
                + $"`test-qrels` FILE (test)", "qrels");
        Require.That(settings.TestQueries.Length == 0 || settings.TestQrels.Length > 0,
            $"`test-queries` {settings.TestQueries}: their relevant documents are unknown; name the judgments as `test-qrels` FILE",
            "test-qrels");
        Require.That(settings.TestQueries.Length == 0 || settings.Queries.Length == 0 || settings.Qrels.Length > 0,
            $"`queries` {settings.Queries}: nothing uses them, because `test-queries` is given; add `qrels` FILE to train on them",
            "qrels");
    }

    /// <summary>Reads given questions, and takes texts out of documents for what is not given.</summary>
    public static SearchQuestions Of(IReadOnlyList<SearchDocument> documents, SearchSettings settings)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < documents.Count; i++) index[documents[i].Name] = i;
        var notes = new List<string>();
        SearchQuestion[] Read(string queries, string qrels)
        {
            JudgedQueries judged = JudgedQueries.Read(queries, qrels, index);
            notes.AddRange(judged.Notes);
            return [.. judged.Questions];
        }
        var rng = new Rng(settings.Training.Seed);
        IReadOnlyList<SearchQuestion> training = [], validation = [], test = [];
        if (settings.TestQrels.Length > 0)
            test = Read(settings.TestQueries.Length > 0 ? settings.TestQueries : settings.Queries, settings.TestQrels);
        bool judgedTest = test.Count > 0, judgedTraining = settings.Qrels.Length > 0;
        if (judgedTraining)
        {
            SearchQuestion[] given = Read(settings.Queries, settings.Qrels);
            SearchQuestion[] shuffled = [.. new Rng(settings.Training.Seed).RandPerm(given.Length).Select(i => given[i])];
            int tested = judgedTest ? 0 : Math.Min(settings.HeldOut, given.Length / 5),
            validated = Math.Min(settings.ValidationQuestions ?? DefaultValidation, given.Length / 5);
            if (!judgedTest) test = shuffled[..tested];
            validation = shuffled[tested..(tested + validated)];
            training = shuffled[(tested + validated)..];
            judgedTest = true;
        }
        int heldOut = judgedTest ? 0 : Math.Min(settings.HeldOut, documents.Count / 10);
        int choosing = judgedTraining ? 0 : Math.Min(settings.ValidationQuestions ?? DefaultValidation, documents.Count / 10);
        (IReadOnlyList<SearchDocument> trained, IReadOnlyList<SearchQuestion> cut) =
            HeldOutQuestions.Split(documents, heldOut + choosing, rng);
        if (!judgedTest) test = [.. cut.Take(heldOut)];
        if (!judgedTraining) validation = [.. cut.Skip(heldOut)];
        return new SearchQuestions(trained, training, validation, test, notes);
    }
}
