using System.Globalization;
using System.IO.Compression;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Rowan.Retrieval;

namespace Rowan.Encoders;

/// <summary>What the paths of the vector index find of the ten nearest rows, on vectors of texts.</summary>
static class IndexRecall
{
    const int K = 10, Queries = 1_000;

    static readonly int[] Candidates = [16, 48, 128];

    /// <summary>Posts of 20 Newsgroups by a static encoder: training posts are rows, test posts ask.</summary>
    public static IEnumerable<string> Newsgroups(string folder, StaticEncoder encoder) => Rows("20 Newsgroups, distilled table",
        encoder.Encode(Posts(folder, "train")), encoder.Encode(Spread(Posts(folder, "test"))), encoder.Dim);

    /// <summary>Members of the .NET API by a static encoder: each with one of its texts taken out, which asks.</summary>
    public static IEnumerable<string> Api(StaticEncoder encoder)
    {
        (IReadOnlyList<SearchDocument> documents, string[] questions) = Members();
        return Rows(".NET API documentation, distilled table",
            encoder.Encode([.. documents.Select(one => $"{one.ShortName} {string.Join(' ', one.Texts)}")]), encoder.Encode(questions),
            encoder.Dim);
    }

    /// <summary>The same by the vectors of <c>rowan train</c> without a file. A run that is in the cache is not trained again.</summary>
    public static IEnumerable<string> TrainedApi(string cache, Action<string> say)
    {
        string path = Path.Combine(cache, "api");
        if (!Directory.Exists(path))
        {
            say("training on the .NET API documentation");
            using DataSource data = ApiDocs.Source();
            path = new SearchRecipe().Train(new TrainRequest
            {
                Data = data, Schema = ApiDocs.Schema, Settings = new Dictionary<string, string>(), RunsDirectory = cache, Name = "api",
            }).Run;
        }
        SearchRun run = SearchRun.Open(path);
        LearnedTable table = run.Tables.Single(one => one.Name == SearchRun.DocumentsTable);
        var rows = new float[table.Ids.Count * table.Dim];
        foreach ((long first, ReadOnlyMemory<float> piece) in table.Vectors.PiecesFrom())
            piece.Span.CopyTo(rows.AsSpan((int)first * table.Dim));
        return Rows(".NET API documentation, trained run", rows, [.. Members().Questions.SelectMany(text => run.VectorOf(text).ToArray())],
            table.Dim);
    }

    /// <summary>Writes a Markdown table.</summary>
    public static void Write(TextWriter into, IEnumerable<string> rows)
    {
        into.WriteLine("| vectors | rows | dim | path | candidates | recall@10 | rows compared per query |");
        into.WriteLine("|---|---:|---:|---|---:|---:|---:|");
        foreach (string row in rows) into.WriteLine(row);
    }

    static IEnumerable<string> Rows(string name, float[] rows, float[] queries, int dim)
    {
        using var flat = VectorIndex.Over(rows, dim, new IndexOptions { Kind = IndexKind.Flat });
        SearchResult[] truth = flat.SearchMany(queries, K);
        using var int8 = VectorIndex.Over(rows, dim, new IndexOptions { Kind = IndexKind.Int8 });
        yield return Row(int8, null);
        using var graph = VectorIndex.Over(rows, dim, new IndexOptions { Kind = IndexKind.Graph });
        foreach (int candidates in Candidates) yield return Row(graph, candidates);

        string Row(VectorIndex index, int? candidates)
        {
            SearchResult[] found = index.SearchMany(queries, K, new SearchOptions { Candidates = candidates });
            // Rows that tie with the tenth count.
            double recall = found.Select((own, i) =>
                Math.Min(1, own.Matches.Count(match => match.Score >= truth[i].Matches[^1].Score) / (double)K)).Average();
            return string.Create(CultureInfo.InvariantCulture, $"| {name} | {index.Count:#,0} | {dim} | {index.Kind} | {candidates} | "
                + $"{recall:0.0000} | {found.Average(own => own.Compared):#,0} |");
        }
    }

    static (IReadOnlyList<SearchDocument> Documents, string[] Questions) Members()
    {
        using DataSource data = ApiDocs.Source();
        using RecordReader reader = data.Open();
        List<SearchDocument> documents = SearchDocument.Read(reader, ApiDocs.Schema, [], out _, default);
        (IReadOnlyList<SearchDocument> left, IReadOnlyList<SearchQuestion> questions) =
            HeldOutQuestions.Split(documents, Queries, new Rng(1));
        return (left, [.. questions.Select(question => question.Text)]);
    }

    static string[] Posts(string folder, string part)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(folder, $"20news-bydate-{part}.tsv.gz")),
            CompressionMode.Decompress));
        var posts = new List<string>();
        while (reader.ReadLine() is { } line)
            if (line.Split('\t', 3)[2].Replace(@"\n", "\n", StringComparison.Ordinal) is { Length: > 0 } text) posts.Add(text);
        return [.. posts];
    }

    /// <summary>As many queries, from all of the file: it is sorted by group.</summary>
    static string[] Spread(string[] texts) => [.. Enumerable.Range(0, Queries).Select(i => texts[(int)((long)i * texts.Length / Queries)])];
}
