using System.Globalization;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Encoders;

/// <summary>BM25, vectors, and both fused, on SciFact. Settings of BM25 and weights are chosen on the training claims.</summary>
sealed class Fusion
{
    // Of Cormack, Clarke and Büttcher (2009).
    const int RankOffset = 60;

    readonly Retrieval _retrieval;
    readonly LexicalIndex _lexical;
    readonly SearchQuestion[] _training, _test;
    readonly double[] _bm25;
    readonly List<string> _rows = [];

    public Fusion(Retrieval retrieval)
    {
        _retrieval = retrieval;
        (_training, _test) = (Questions("train"), Questions("test"));
        _lexical = LexicalIndex.Choose([.. retrieval.Documents.Select((text, i) => new SearchDocument($"{i}", false, "", [text], ""))],
            _training);
        _bm25 = Ndcg((text, scores) => _lexical.Score(text, scores));
        Add("BM25 alone", null, _bm25);
    }

    /// <summary>The settings of BM25.</summary>
    public string Bm25 => _lexical.Described;

    /// <summary>Adds vectors alone, and both ways to fuse them with BM25.</summary>
    public void Add(string name, Encode encode)
    {
        float[] documents = encode(_retrieval.Documents);
        int dim = documents.Length / _retrieval.Documents.Count;
        string[] texts = [.. _training.Concat(_test).Select(question => question.Text).Distinct()];
        float[] vectors = encode(texts);
        var vectorOf = texts.Select((text, i) => (text, (ReadOnlyMemory<float>)vectors.AsMemory(i * dim, dim))).ToDictionary();
        var index = new FusedIndex(_lexical, PiecewiseIndex.Over(documents, dim));
        float[] bm25 = new float[index.Count], cosines = new float[index.Count];

        Add($"{name} alone", null, Ndcg((text, scores) =>
        {
            index.Vectors.Score(vectorOf[text], cosines);
            cosines.CopyTo(scores);
        }));
        float weight = index.Choose(_training, text => vectorOf[text]);
        Add($"BM25 + {name}, weighted", weight, Ndcg((text, scores) =>
        {
            index.Score(text, vectorOf[text], bm25, cosines);
            FusedIndex.Fuse(bm25, cosines, weight, scores);
        }));
        Add($"BM25 + {name}, reciprocal ranks", null, Ndcg((text, scores) =>
        {
            index.Score(text, vectorOf[text], bm25, cosines);
            scores.Clear();
            AddReciprocalRanks(bm25, 0, scores);
            AddReciprocalRanks(cosines, float.NegativeInfinity, scores);
        }));
    }

    /// <summary>Writes a Markdown table.</summary>
    public void Write(TextWriter into)
    {
        into.WriteLine("| ranking | weight of the vectors | nDCG@10, test | against BM25 | claims better : worse |");
        into.WriteLine("|---|---:|---:|---:|---:|");
        foreach (string row in _rows) into.WriteLine(row);
    }

    delegate void Score(string question, Span<float> scores);

    /// <summary>nDCG@10 of each test claim.</summary>
    double[] Ndcg(Score score)
    {
        var scores = new float[_retrieval.Documents.Count];
        return [.. _test.Select(question =>
        {
            score(question.Text, scores);
            var metrics = new RankingMetrics(10);
            question.AddTo(metrics, scores);
            return metrics.Ndcg(10);
        })];
    }

    void Add(string name, float? weight, double[] ndcg)
    {
        double[] more = [.. ndcg.Zip(_bm25, (own, bm25) => own - bm25)];
        double mean = more.Average(), error = Math.Sqrt(more.Sum(one => (one - mean) * (one - mean)) / (more.Length - 1) / more.Length);
        _rows.Add(string.Create(CultureInfo.InvariantCulture, $"| {name} | {weight:0.0} | {ndcg.Average():0.0000} | ")
            + (ReferenceEquals(ndcg, _bm25) ? "| |" : string.Create(CultureInfo.InvariantCulture,
                $"{mean:+0.0000;−0.0000} ± {error:0.0000} | {more.Count(one => one > 0)} : {more.Count(one => one < 0)} |")));
    }

    /// <summary>score += 1 / (60 + rank), with ranks from 1; what scores no more than a bound has no rank.</summary>
    static void AddReciprocalRanks(float[] by, float above, Span<float> scores)
    {
        int rank = 0;
        foreach (int document in Enumerable.Range(0, by.Length).Where(document => by[document] > above)
            .OrderByDescending(document => by[document]).ThenBy(document => document))
            scores[document] += 1f / (RankOffset + ++rank);
    }

    SearchQuestion[] Questions(string part)
    {
        (string[] texts, long[][] answers) = _retrieval.Queries(part);
        return [.. texts.Select((text, i) => new SearchQuestion(text, [.. answers[i].Select(answer => (int)answer)],
            [.. answers[i].Select(_ => 1f)]))];
    }
}
