using System.Globalization;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Nn;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A document found.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Summary">What it is.</param>
/// <param name="Score">The fused score, from 0 to 1.</param>
public sealed record SearchHit(string Name, string Summary, float Score)
{
    /// <summary>The score of BM25.</summary>
    public float Bm25 { get; init; }

    /// <summary>The cosine of the question's vector with the document's, from −1 to 1.</summary>
    public float Cosine { get; init; }
}

/// <summary>A name that the run does not know.</summary>
public sealed class UnknownNameException : KeyNotFoundException
{
    /// <param name="name">The name.</param>
    /// <param name="suggestions">Names spelled like it.</param>
    public UnknownNameException(string name, IReadOnlyList<string> suggestions)
        : base($"unknown name '{name}': not in the training data"
            + (suggestions.Count == 0 ? "" : $"; did you mean {string.Join(", ", suggestions)}?")) =>
        (Name, Suggestions) = (name, suggestions);

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>Names spelled like it, the likeliest first.</summary>
    public IReadOnlyList<string> Suggestions { get; }
}

/// <summary>A trained search run, verified and loaded: questions in, documents out.</summary>
public sealed class SearchRun : Run, ITextSearch, IEvaluator
{
    /// <summary>The name of the table of documents.</summary>
    public const string DocumentsTable = SearchRecipe.ItemsTable;

    readonly SearchEncoder _encoder;
    readonly EmbeddingBag _text;
    readonly LearnedTable _items;
    readonly FusedIndex _fused;
    readonly string[] _summaries;

    SearchRun(string path, IReadOnlyList<LearnedTable> tables, SearchEncoder encoder, EmbeddingBag text, LearnedTable items,
        string[] summaries, LexicalIndex lexical, float weight) : base(path, SearchRecipe.JobName, tables)
    {
        FusionWeight = weight;
        (_encoder, _text, _items, _summaries) = (encoder, text, items, summaries);
        _fused = new FusedIndex(lexical, new PiecewiseIndex(items.Vectors, items.Rows));
    }

    /// <summary>
    /// Weight of the vectors in the fusion with BM25 where none is given: 0 is BM25 alone, 1 the vectors alone. Chosen on validation
    /// questions in training, unless it was given.
    /// </summary>
    public float FusionWeight { get; }

    /// <summary>Scores of pairs, of a run that was trained on them; null for another.</summary>
    internal PairScorer? Scorer { get; private init; }

    /// <summary>The newest search run in a folder of runs.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string Newest(string runsDirectory = "runs") => RunFolder.Newest(runsDirectory, SearchRecipe.JobName);

    /// <summary>Loads a run.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, of another kind, or from a newer version.</exception>
    public static new SearchRun Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        RunFolder.Open(path, SearchRecipe.JobName);
        return Load(path);
    }

    internal static SearchRun Load(string path)
    {
        IReadOnlyList<LearnedTable> tables = LearnedTable.Read(path);
        string[] summaries = File.ReadAllLines(System.IO.Path.Combine(path, SearchRecipe.SummariesFile));
        using SafetensorsFile model = Safetensors.Open(System.IO.Path.Combine(path, SearchRecipe.ModelFile));
        Require.Data(model.Metadata.TryGetValue("buckets", out string? said)
            && long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            $"'{model.Path}' has no valid number of n-gram buckets; train again with 'rowan train'");
        long buckets = long.Parse(said!, CultureInfo.InvariantCulture);
        Require.Data(float.TryParse(model.Metadata.GetValueOrDefault("fusion_weight"), NumberStyles.Float, CultureInfo.InvariantCulture,
            out float weight) && weight is >= 0 and <= 1,
            $"'{model.Path}' has no fusion weight from 0 to 1 (it was written by an earlier version, or is damaged); train again with "
                + $"'rowan train'");
        LexicalIndex lexical = LexicalIndex.Read(path);
        LearnedTable? items = tables.FirstOrDefault(table => table.Name == SearchRecipe.ItemsTable),
        words = tables.FirstOrDefault(table => table.Name == SearchRecipe.WordsTable);
        Require.Data(items is not null && words is not null && items.Dim == words.Dim && items.Rows == summaries.Length
            && items.Rows == lexical.Bm25.Count && words.Rows == words.Ids.Count + buckets,
            $"the files of the run '{path}' do not match; train again with 'rowan train'");
        var table = new Table(words.Rows, words.Dim, "text.weight") { Frozen = true };
        foreach ((long first, ReadOnlyMemory<float> piece) in words.Vectors.PiecesFrom()) table.WriteValues(first * words.Dim, piece.Span);
        // The model's table has the rows from here on; those that were read are given up.
        tables = [.. tables.Select(one => one == words ? one with { Vectors = VectorRows.Of(table) } : one)];
        var (encoder, text) = (StaticStart.Read(path, table) is { } start
            ? new SearchEncoder(start) : new SearchEncoder(words.Ids, new Subwords(buckets)), new EmbeddingBag(table));
        return new SearchRun(path, tables, encoder, text, items, summaries, lexical, weight)
        {
            Scorer = PairScorer.Read(model.Path, new PairEncoder(encoder, lexical.Analysis), text, lexical, weight),
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<SearchHit> Search(string question, int count = 10, float? fusionWeight = null)
    {
        float weight = fusionWeight ?? FusionWeight;
        Require.InRange(weight is >= 0 and <= 1, $"Search: fusion weight {weight}; it must be from 0 (BM25 alone) to 1 (vectors alone)",
            nameof(fusionWeight));
        ArgumentNullException.ThrowIfNull(question);
        Require.That(Rows(question).Length > 0, $"the question '{question}' has no word in it; ask in words", nameof(question));
        float[] bm25 = new float[_fused.Count], cosines = new float[_fused.Count], scores = new float[_fused.Count];
        _fused.Score(question, VectorOf(question), bm25, cosines);
        FusedIndex.Fuse(bm25, cosines, weight, scores);
        var best = new TopK(count);
        for (int row = 0; row < scores.Length; row++) best.Add(row, scores[row]);
        return [.. best.Take().Select(match => HitOf(match) with { Bm25 = bm25[match.Id], Cosine = cosines[match.Id] })];
    }

    /// <inheritdoc/>
    public override NearestIds Neighbors(string id, int count = 10, string? table = null)
    {
        NearestIds near = base.Neighbors(id, count, table);
        return near.Table != DocumentsTable ? near : near with
        {
            Found = [.. near.Found.Select(one => _items.Ids.TryGetId(one.Id, out long row) ? one with { Summary = _summaries[row] } : one)],
        };
    }

    /// <inheritdoc/>
    public EvaluationReport Evaluate(DataSource data)
    {
        ArgumentNullException.ThrowIfNull(data);
        using RecordReader reader = data.Open();
        return Evaluate(reader).WithSkipped(reader);
    }

    /// <summary>How well the documents that questions are meant for are found, by the fusion, by BM25 and by the vectors.</summary>
    /// <param name="reader">Records with the columns "question" and "document", the full name of the document.</param>
    /// <exception cref="ArgumentException">A column is missing.</exception>
    /// <exception cref="BadRecordException">A document is unknown, or a question has no word.</exception>
    /// <exception cref="InvalidDataException">There is no record.</exception>
    public EvaluationReport Evaluate(RecordReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        int question = reader.Column("question"), document = reader.Column("document");
        var questions = new List<SearchQuestion>();
        while (reader.Read())
            try
            {
                if (!_items.Ids.TryGetId(reader.Field(document), out long row))
                    throw reader.Bad(document, "the name of a document of the run");
                string text = reader.Field(question).ToString();
                if (Rows(text).Length == 0) throw reader.Bad(question, "a question with a word");
                questions.Add(new SearchQuestion(text, (int)row));
            }
            catch (BadRecordException bad) when (reader.Skip(bad)) { }
        Require.Data(questions.Count > 0, $"evaluate: the file has no question");
        return Measured(questions, [], [1, 10]);
    }

    /// <inheritdoc/>
    public EvaluationReport Evaluate(string queries, string qrels, params IReadOnlyList<int> cutoffs)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(qrels);
        var documents = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int row = 0; row < _items.Ids.Count; row++) documents[_items.Ids[row]] = row;
        JudgedQueries judged = JudgedQueries.Read(queries, qrels, documents);
        return Measured(judged.Questions, judged.Notes, cutoffs is { Count: > 0 } ? cutoffs : [1, 10]);
    }

    EvaluationReport Measured(IReadOnlyList<SearchQuestion> questions, IReadOnlyList<string> notes, IReadOnlyList<int> cutoffs)
    {
        (RankingMetrics fused, RankingMetrics bm25, RankingMetrics vectors) = _fused.Measure(questions, VectorOf, FusionWeight, cutoffs);
        return new(fused.Queries, SearchQuestion.Figures(fused), notes)
        {
            Baselines = [(SearchRecipe.Bm25Name, SearchQuestion.Figures(bm25)),
                (SearchRecipe.VectorsName, SearchQuestion.Figures(vectors))],
        };
    }

    /// <summary>Values per vector.</summary>
    internal int Dim => _items.Dim;

    /// <summary>The vector of a question; zero where none of it has a row.</summary>
    internal ReadOnlyMemory<float> VectorOf(string question) => SearchTraining.QuestionVector(_encoder, _text, Read(question));

    long[] Rows(string question) => _encoder.Encode(Read(question));

    /// <summary>The text that is read: scored pairs are learned by the words of their word overlap.</summary>
    string Read(string question) => Scorer is { Encoder.Analysis: var analysis } ? PairEncoder.WordsOf(question, analysis) : question;

    SearchHit HitOf(Match match) => new(_items.Ids[match.Id], _summaries[match.Id], match.Score);
}
