using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>Recommends items to users: <c>Run.Open(path).As&lt;IRecommender&gt;().Recommend("u7")</c>.</summary>
/// <remarks>Any number of threads may ask it.</remarks>
public interface IRecommender
{
    /// <summary>The users of the training data.</summary>
    Vocabulary Users { get; }

    /// <summary>The column of users in the training data.</summary>
    string UserColumn { get; }

    /// <summary>Whether items have titles.</summary>
    bool HasTitles { get; }

    /// <summary>Whether a user can be asked for: known from training, or mapped to a shared row.</summary>
    bool Knows(string user);

    /// <summary>The items that fit a user best, the best first.</summary>
    /// <param name="user">The user's own id.</param>
    /// <param name="count">How many.</param>
    /// <param name="excludeSeen">Leave out what the user has in the training records.</param>
    /// <exception cref="KeyNotFoundException">The user is unknown; the message names the closest spellings.</exception>
    IReadOnlyList<Recommendation> Recommend(string user, int count = 10, bool excludeSeen = true);

    /// <summary>The items whose vectors are nearest to an item's, itself left out, each with its cosine.</summary>
    /// <param name="item">The item's id or title.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="KeyNotFoundException">The item is unknown; the message names the closest spellings.</exception>
    IReadOnlyList<Recommendation> Similar(string item, int count = 10);
}

/// <summary>Predicts a label or a number for each record of a file.</summary>
/// <remarks>Any number of threads may ask it, each with a reader of its own.</remarks>
public interface IPredictor
{
    /// <summary>Columns that records must have.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>The labels, in order; none where numbers are predicted.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>The column of ids in the training data; null for none.</summary>
    string? IdColumn { get; }

    /// <summary>Predicts every record, in their order. A bad record that the reader may skip has an error in place of a
    /// prediction.</summary>
    /// <param name="reader">Records with the columns of <see cref="Columns"/>, by name.</param>
    /// <param name="keep">Columns whose fields are kept.</param>
    /// <param name="top">How many labels each prediction names.</param>
    /// <exception cref="ArgumentException">A column is missing.</exception>
    /// <exception cref="BadRecordException">A field is not what it must be.</exception>
    IEnumerable<PredictedRecord> PredictRecords(RecordReader reader, IReadOnlyList<string> keep, int top = 1);
}

/// <summary>Predicts the label of one text.</summary>
/// <remarks>Any number of threads may ask it.</remarks>
public interface ITextClassifier
{
    /// <summary>The most probable labels of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="top">How many labels the prediction names.</param>
    Prediction Predict(string text, int top = 1);
}

/// <summary>Finds texts that answer a question.</summary>
/// <remarks>Any number of threads may ask it.</remarks>
public interface ITextSearch
{
    /// <summary>Weight of the vectors in the fusion with BM25 where none is given: 0 is BM25 alone, 1 the vectors alone.</summary>
    float FusionWeight { get; }

    /// <summary>The documents that answer a question best, the best first.</summary>
    /// <param name="question">The question, in plain words.</param>
    /// <param name="count">How many documents.</param>
    /// <param name="fusionWeight">Weight of the vectors, from 0 to 1; null for <see cref="FusionWeight"/>.</param>
    /// <exception cref="ArgumentException">The question has no word.</exception>
    IReadOnlyList<SearchHit> Search(string question, int count = 10, float? fusionWeight = null);

    /// <summary>Measures the search on queries with relevance judgments.</summary>
    /// <param name="queries">A file with lines of id, tab and text, or JSON Lines with _id and text.</param>
    /// <param name="qrels">A file with lines of query, document and relevance (BEIR), or query, 0, document and relevance (TREC).</param>
    /// <param name="cutoffs">Cutoffs k of the metrics.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file has another layout, or no query has a relevant document.</exception>
    EvaluationReport Evaluate(string queries, string qrels, params IReadOnlyList<int> cutoffs);
}

/// <summary>Finds the ids whose vectors are nearest to that of an id.</summary>
/// <remarks>Any number of threads may ask it.</remarks>
public interface INeighbors
{
    /// <summary>The ids nearest to one, by cosine, the nearest first, itself left out.</summary>
    /// <param name="id">An id of the training data, or a title.</param>
    /// <param name="count">How many.</param>
    /// <param name="table">The table to search; null for the first that has the id.</param>
    /// <exception cref="KeyNotFoundException">The id is unknown; the message names the closest spellings.</exception>
    /// <exception cref="ArgumentException">There is no such table, or several ids have the title.</exception>
    NearestIds Neighbors(string id, int count = 10, string? table = null);
}

/// <summary>Gives the vectors themselves, with the ids of the training data: for exports, diagnostics and maps.</summary>
/// <remarks>Any number of threads may read them. Nobody may write to them.</remarks>
public interface IVectors
{
    /// <summary>The tables of the run: "users" and "items", "words", or one per column.</summary>
    IReadOnlyList<LearnedTable> Tables { get; }
}

/// <summary>Measures itself on new records.</summary>
public interface IEvaluator
{
    /// <summary>The metrics of the run's task on new records.</summary>
    /// <param name="data">Records with the columns of the training data; for a search run without scored pairs with the columns question
    /// and document.</param>
    /// <exception cref="ArgumentException">A column is missing.</exception>
    /// <exception cref="BadRecordException">A field is not what it must be.</exception>
    /// <exception cref="InvalidDataException">There is no record to measure.</exception>
    EvaluationReport Evaluate(DataSource data);
}

/// <summary>Answers analogies by vector arithmetic, and measures itself on published lists of them.</summary>
/// <remarks>Any number of threads may ask it.</remarks>
public interface IAnalogies
{
    /// <summary>Answers an analogy: king + woman − man.</summary>
    /// <param name="positive">Words added.</param>
    /// <param name="negative">Words taken away.</param>
    /// <param name="count">How many answers; the given words are excluded.</param>
    /// <param name="rule">How answers are scored.</param>
    /// <exception cref="KeyNotFoundException">A word is unknown.</exception>
    /// <exception cref="ArgumentException">No word is added.</exception>
    IReadOnlyList<WordMatch> Analogy(IReadOnlyList<string> positive, IReadOnlyList<string> negative, int count = 10,
        AnalogyRule rule = AnalogyRule.Add);

    /// <summary>The rank correlation with a file of word pairs and their similarity as judged by people.</summary>
    /// <exception cref="BadRecordException">A line is not two words and a number.</exception>
    PairsReport EvaluatePairs(string file);

    /// <summary>The accuracy on a file of analogies: lines "a b c d"; ": name" begins a section.</summary>
    /// <param name="file">The file.</param>
    /// <param name="restrict">Only so many of the most frequent words are known and may answer; 0 for all.</param>
    /// <exception cref="BadRecordException">A line is not four words.</exception>
    IReadOnlyList<AnalogySection> EvaluateAnalogies(string file, int restrict = 30_000);
}
