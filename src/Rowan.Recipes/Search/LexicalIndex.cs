using System.Globalization;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>BM25 over documents, with the way their texts are cut into words.</summary>
sealed record LexicalIndex(Bm25 Bm25, LexicalAnalysis Analysis)
{
    const string IndexFile = "bm25.safetensors", TermsFile = "bm25.terms.txt";

    // The first is the choice without validation questions.
    static readonly (float K1, float B)[] Tried = [(1.2f, 0.75f), (0.9f, 0.4f), (2, 1)];
    static readonly LexicalAnalysis[] Analyses = [LexicalAnalysis.English, LexicalAnalysis.Words];

    /// <summary>The index whose settings answer questions best, by the mean reciprocal rank.</summary>
    public static LexicalIndex Choose(IReadOnlyList<SearchDocument> documents, IReadOnlyList<SearchQuestion> questions)
    {
        LexicalIndex? best = null;
        double most = double.NegativeInfinity;
        var scores = new float[documents.Count];
        foreach (LexicalAnalysis analysis in questions.Count == 0 ? [LexicalAnalysis.English] : Analyses)
        {
            LexicalIndex index = Of(documents, analysis, Tried[0].K1, Tried[0].B);
            if (questions.Count == 0) return index;
            foreach ((float k1, float b) in Tried)
            {
                var tried = new LexicalIndex(index.Bm25.With(k1, b), analysis);
                var metrics = new RankingMetrics(10);
                foreach (SearchQuestion question in questions)
                {
                    tried.Score(question.Text, scores);
                    question.AddTo(metrics, scores);
                }
                if (metrics.MeanReciprocalRank > most) (best, most) = (tried, metrics.MeanReciprocalRank);
            }
        }
        return best!;
    }

    /// <summary>The index with the default settings of BM25.</summary>
    public static LexicalIndex Of(IReadOnlyList<SearchDocument> documents, LexicalAnalysis analysis) =>
        Of(documents, analysis, Tried[0].K1, Tried[0].B);

    /// <summary>The same settings over other documents.</summary>
    public LexicalIndex Over(IReadOnlyList<SearchDocument> documents) => Of(documents, Analysis, Bm25.K1, Bm25.B);

    /// <summary>The score of every document.</summary>
    public void Score(string question, Span<float> scores) => Bm25.Score(LexicalWords.Of(question, Analysis), scores);

    /// <summary>Its settings, for a report.</summary>
    public string Described =>
        string.Create(CultureInfo.InvariantCulture,
        $"k1 {Bm25.K1}, b {Bm25.B}, {(Analysis == LexicalAnalysis.English ? "English stems without stop words" : "whole words")}");

    /// <summary>Writes the index into a run.</summary>
    public void Write(RunFolder run)
    {
        AtomicFile.Write(run.File(TermsFile), stream =>
        {
            using var writer = new StreamWriter(stream, new System.Text.UTF8Encoding(false), leaveOpen: true);
            new Vocabulary(Bm25.Terms).Write(writer);
        });
        Safetensors.Write(run.File(IndexFile), Bm25.StateDict(), new Dictionary<string, string>
        {
            ["k1"] = Bm25.K1.ToString("R", CultureInfo.InvariantCulture), ["b"] = Bm25.B.ToString("R", CultureInfo.InvariantCulture),
            ["analysis"] = Analysis.ToString(),
        });
    }

    /// <summary>Reads the index of a run.</summary>
    /// <exception cref="InvalidDataException">The run has none, or it is damaged.</exception>
    public static LexicalIndex Read(string run)
    {
        string file = Path.Combine(run, IndexFile), terms = Path.Combine(run, TermsFile);
        Require.Data(File.Exists(file) && File.Exists(terms),
            $"the run '{run}' has no BM25 index (it was written by an earlier version, or is damaged); train again with 'rowan train'");
        using var reader = new StreamReader(terms);
        Vocabulary words = Vocabulary.Read(reader, terms);
        float k1, b;
        LexicalAnalysis analysis;
        using (SafetensorsFile model = Safetensors.Open(file))
        {
            b = 0;
            analysis = default;
            Require.Data(float.TryParse(model.Metadata.GetValueOrDefault("k1"), NumberStyles.Float, CultureInfo.InvariantCulture, out k1)
                && float.TryParse(model.Metadata.GetValueOrDefault("b"), NumberStyles.Float, CultureInfo.InvariantCulture, out b)
                && Enum.TryParse(model.Metadata.GetValueOrDefault("analysis"), out analysis),
                $"'{file}' has no valid settings of BM25; train again with 'rowan train'");
        }
        return new LexicalIndex(
            Bm25.FromState([.. Enumerable.Range(0, checked((int)words.Count)).Select(id => words[id])], Safetensors.Read(file), k1, b),
            analysis);
    }

    // A namespace repeats in every document and only lengthens it: BM25 answers better with the short name.
    static LexicalIndex Of(IReadOnlyList<SearchDocument> documents, LexicalAnalysis analysis, float k1, float b) =>
        new(new Bm25([.. documents.Select(
            document => LexicalWords.Of(
            string.Join(' ', [document.NameIsText ? document.ShortName : "", .. document.Texts, document.Extra]), analysis))], k1, b),
            analysis);
}
