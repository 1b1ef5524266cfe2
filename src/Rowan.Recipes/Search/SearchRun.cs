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
/// <param name="Score">The cosine with what was asked, from −1 to 1.</param>
public sealed record SearchHit(string Name, string Summary, float Score);

/// <summary>A name that the run does not know.</summary>
public sealed class UnknownNameException : KeyNotFoundException
{
    /// <param name="name">The name.</param>
    /// <param name="suggestions">Names spelled like it.</param>
    public UnknownNameException(string name, IReadOnlyList<string> suggestions)
        : base($"unknown name '{name}': not in the training data" + (suggestions.Count == 0 ? "" : $"; did you mean {string.Join(", ", suggestions)}?")) =>
        (Name, Suggestions) = (name, suggestions);

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>Names spelled like it, the likeliest first.</summary>
    public IReadOnlyList<string> Suggestions { get; }
}

/// <summary>A trained search run, verified and loaded: questions in, documents out.</summary>
public sealed class SearchRun
{
    /// <summary>The name of the table of documents.</summary>
    public const string DocumentsTable = SearchRecipe.ItemsTable;

    readonly TextEncoder _encoder;
    readonly EmbeddingBag _text;
    readonly LearnedTable _items;
    readonly ExactIndex _index;
    readonly string[] _summaries;

    SearchRun(string path, TextEncoder encoder, EmbeddingBag text, LearnedTable items, string[] summaries)
    {
        (Path, _encoder, _text, _items, _summaries) = (path, encoder, text, items, summaries);
        _index = new ExactIndex(items.Values, items.Dim);
    }

    /// <summary>The run folder.</summary>
    public string Path { get; }

    /// <summary>The newest search run in a folder of runs.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string Newest(string runsDirectory = "runs") => RunFolder.Newest(runsDirectory, SearchRecipe.JobName);

    /// <summary>Loads a run.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, of another kind, or from a newer version.</exception>
    public static SearchRun Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        RunFolder.Open(path, SearchRecipe.JobName);
        IReadOnlyList<LearnedTable> tables = LearnedTable.Read(path);
        string[] summaries = File.ReadAllLines(System.IO.Path.Combine(path, SearchRecipe.SummariesFile));
        using SafetensorsFile model = Safetensors.Open(System.IO.Path.Combine(path, SearchRecipe.ModelFile));
        Require.Data(model.Metadata.TryGetValue("buckets", out string? said)
            && long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            $"'{model.Path}' has no valid number of n-gram buckets; train again with 'rowan train'");
        long buckets = long.Parse(said!, CultureInfo.InvariantCulture);
        LearnedTable? items = tables.FirstOrDefault(table => table.Name == SearchRecipe.ItemsTable), words = tables.FirstOrDefault(table => table.Name == SearchRecipe.WordsTable);
        Require.Data(items is not null && words is not null && items.Dim == words.Dim && items.Rows == summaries.Length && words.Rows == words.Ids.Count + buckets,
            $"the files of the run '{path}' do not match; train again with 'rowan train'");
        var table = new Table(words.Rows, words.Dim, "text.weight") { Frozen = true };
        table.CopyFrom(words.Values.Span);
        return new SearchRun(path, new TextEncoder(words.Ids, new Subwords(buckets)), new EmbeddingBag(table), items, summaries);
    }

    /// <summary>The documents that answer a question best.</summary>
    /// <exception cref="ArgumentException">The question has no word.</exception>
    public IReadOnlyList<SearchHit> Search(string question, int count = 10)
    {
        ArgumentNullException.ThrowIfNull(question);
        Require.That(_encoder.Encode(question).Length > 0, $"the question '{question}' has no word in it; ask in words", nameof(question));
        return Hits(_index.Search(SearchTraining.QuestionVector(_encoder, _text, question), count));
    }

    /// <summary>The documents nearest to a document, itself left out.</summary>
    /// <exception cref="UnknownNameException">No document has that name.</exception>
    public IReadOnlyList<SearchHit> Neighbors(string name, int count = 10)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_items.Ids.TryGetId(name, out long id)) throw new UnknownNameException(name, _items.Ids.Closest(name, 3));
        return Hits(_index.Search(_items.Values.Slice((int)id * _items.Dim, _items.Dim), count + 1).Where(match => match.Id != id).Take(count));
    }

    /// <summary>How well the documents that questions are meant for are found: MRR, recall@1, recall@10.</summary>
    /// <param name="reader">Records with the columns "question" and "document", the full name of the document.</param>
    /// <exception cref="ArgumentException">A column is missing.</exception>
    /// <exception cref="BadRecordException">A document is unknown, or a question has no word.</exception>
    /// <exception cref="InvalidDataException">There is no record.</exception>
    public EvaluationReport Evaluate(RecordReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        int question = reader.Column("question"), document = reader.Column("document");
        var (scores, metrics) = (new float[_index.Count], new RankingMetrics(1, 10));
        while (reader.Read())
            try
            {
                if (!_items.Ids.TryGetId(reader.Field(document), out long row)) throw reader.Bad(document, "the name of a document of the run");
                string text = reader.Field(question).ToString();
                if (_encoder.Encode(text).Length == 0) throw reader.Bad(question, "a question with a word");
                _index.Score(SearchTraining.QuestionVector(_encoder, _text, text), scores);
                metrics.Add([RankingMetrics.RankOf(scores, row)]);
            }
            catch (BadRecordException bad) when (reader.Skip(bad)) { }
        Require.Data(metrics.Queries > 0, $"evaluate: the file has no question");
        return new(metrics.Queries, SearchTraining.Figures(metrics), []);
    }

    SearchHit[] Hits(IEnumerable<Match> matches) => [.. matches.Select(match => new SearchHit(_items.Ids[match.Id], _summaries[match.Id], match.Score))];
}
