using System.Globalization;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Encoders;

/// <summary>Vectors of texts, one after the other [texts · dim].</summary>
delegate float[] Encode(IReadOnlyList<string> texts);

/// <summary>Sentence pairs with human scores: tab-separated score, sentence, sentence.</summary>
sealed class SentencePairs
{
    readonly string[] _first, _second;
    readonly double[] _scores;

    public SentencePairs(string file)
    {
        string[][] lines = [.. File.ReadLines(file).Select(line => line.Split('\t'))];
        _scores = [.. lines.Select(line => double.Parse(line[0], CultureInfo.InvariantCulture))];
        (_first, _second) = ([.. lines.Select(line => line[1])], [.. lines.Select(line => line[2])]);
    }

    public IReadOnlyList<string> Texts => [.. _first, .. _second];

    /// <summary>Spearman's correlation of cosines with the scores.</summary>
    public double Spearman(Encode encode)
    {
        float[] first = encode(_first), second = encode(_second);
        int dim = first.Length / _first.Length;
        double[] cosines = [.. Enumerable.Range(0, _first.Length)
            .Select(i => Cosine(first.AsSpan(i * dim, dim), second.AsSpan(i * dim, dim)))];
        return RankCorrelation.Spearman(cosines, _scores);
    }

    static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double dot = 0, x = 0, y = 0;
        for (int d = 0; d < a.Length; d++) (dot, x, y) = (dot + a[d] * b[d], x + a[d] * a[d], y + b[d] * b[d]);
        return x > 0 && y > 0 ? dot / Math.Sqrt(x * y) : 0;
    }
}

/// <summary>Claims and abstracts with judgments, in BEIR's files.</summary>
sealed class Retrieval
{
    readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);

    public Retrieval(string folder)
    {
        Folder = folder;
        var documents = new List<string>();
        foreach (string line in File.ReadLines(Path.Combine(folder, "corpus.tsv")).Skip(1))
        {
            string[] fields = line.Split('\t');
            _rows.Add(fields[0], documents.Count);
            documents.Add($"{fields[1]} {fields[2]}");
        }
        Documents = documents;
    }

    public string Folder { get; }

    public IReadOnlyList<string> Documents { get; }

    /// <summary>Queries of a part, such as test, and the documents that answer each.</summary>
    public (string[] Texts, long[][] Answers) Queries(string part)
    {
        Dictionary<string, long[]> answers = File.ReadLines(Path.Combine(Folder, $"qrels.{part}.tsv")).Skip(1)
            .Select(line => line.Split('\t')).Where(line => line[2] != "0").GroupBy(line => line[0])
            .ToDictionary(group => group.Key, group => group.Select(line => (long)_rows[line[1]]).ToArray());
        (string Id, string Text)[] queries = [.. File.ReadLines(Path.Combine(Folder, $"queries.{part}.tsv")).Skip(1)
            .Select(line => line.Split('\t')).Select(line => (line[0], line[1])).Where(query => answers.ContainsKey(query.Item1))];
        return ([.. queries.Select(query => query.Text)], [.. queries.Select(query => answers[query.Id])]);
    }

    /// <summary>The training judgments as lines of a file, with a header.</summary>
    /// <param name="apart">Only judgments of claims that no abstract of the test answers: many claims are an opposite of a test
    /// claim.</param>
    public string[] TrainingJudgments(bool apart)
    {
        HashSet<string> tested = TestedDocuments();
        string[] lines = File.ReadAllLines(Path.Combine(Folder, "qrels.train.tsv"));
        HashSet<string> shared =
            [.. lines.Skip(1).Select(line => line.Split('\t')).Where(line => tested.Contains(line[1])).Select(line => line[0])];
        return apart ? [lines[0], .. lines.Skip(1).Where(line => !shared.Contains(line.Split('\t')[0]))] : lines;
    }

    /// <summary>How many test claims have an abstract that also answers a training claim.</summary>
    public string Overlap()
    {
        HashSet<string> trained = [.. File.ReadLines(Path.Combine(Folder, "qrels.train.tsv")).Skip(1).Select(line => line.Split('\t')[1])];
        var claims = File.ReadLines(Path.Combine(Folder, "qrels.test.tsv")).Skip(1).Select(line => line.Split('\t'))
            .GroupBy(line => line[0]).ToArray();
        return $"{claims.Count(claim => claim.Any(line => trained.Contains(line[1])))} of {claims.Length} test claims share an "
            + $"abstract with a "
            + "training claim, so the last row measures fitting to these abstracts as well.";
    }

    HashSet<string> TestedDocuments() =>
        [.. File.ReadLines(Path.Combine(Folder, "qrels.test.tsv")).Skip(1).Select(line => line.Split('\t')[1])];

    /// <summary>nDCG@10 of the cosine on the queries of a part.</summary>
    public double Ndcg(Encode encode, string part = "test")
    {
        (string[] texts, long[][] answers) = Queries(part);
        float[] documents = encode(Documents), queries = encode(texts);
        int dim = queries.Length / texts.Length;
        var index = new ExactIndex(documents, dim);
        var metrics = new RankingMetrics(10);
        var scores = new float[Documents.Count];
        for (int i = 0; i < texts.Length; i++)
        {
            index.Score(queries.AsMemory(i * dim, dim), scores);
            var ranks = new long[answers[i].Length];
            RankingMetrics.RanksOf(scores, answers[i], [], ranks);
            metrics.Add(ranks);
        }
        return metrics.Ndcg(10);
    }
}
