using Rowan.Data;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary>Recommendations for many users as rows: user, kept columns, rank, item, title, score.</summary>
/// <param name="run">What is asked.</param>
/// <param name="count">Items per user.</param>
/// <param name="excludeSeen">Whether items of the training data are left out.</param>
/// <param name="gaps">Whether an unknown user or a bad record is a row with an error.</param>
sealed class RecommendRows(IRecommender run, int count, bool excludeSeen, bool gaps)
{
    /// <summary>The names of the fields.</summary>
    public string[] Columns(string[] keep) =>
        ["user", .. keep, "rank", "item", .. run.HasTitles ? ["title"] : Array.Empty<string>(), "score", .. gaps ? ["error"]
        : Array.Empty<string>()];

    /// <summary>The rows of every user of the run.</summary>
    public IEnumerable<object?[]> OfAll() => run.Users.Words.SelectMany(user => Of(user, []));

    /// <summary>The rows of the users of a file.</summary>
    /// <param name="reader">Records with a column of users: of the name that the training data had, or the only one.</param>
    /// <param name="keep">Columns that are copied.</param>
    public IEnumerable<object?[]> Of(RecordReader reader, string[] keep)
    {
        ArgumentNullException.ThrowIfNull(reader);
        int user = reader.Columns.Count == 1 ? 0 : reader.Column(run.UserColumn);
        int[] kept = [.. keep.Select(reader.Column)];
        long skipped = 0;
        bool more = true;
        while (more)
        {
            more = reader.Read();
            for (; skipped < reader.Skipped; skipped++)
                yield return Gap("", [.. keep.Select(_ => "")], skipped < reader.SkippedMessages.Count
                ? reader.SkippedMessages[(int)skipped].WithOptions() : "bad record");
            if (!more) yield break;
            string id = reader.Field(user).ToString();
            string[] fields = [.. kept.Select(column => reader.Field(column).ToString())];
            object?[][] rows = OfRecord(reader, user, id, fields);
            skipped = reader.Skipped;
            foreach (object?[] row in rows) yield return row;
        }
    }

    object?[][] OfRecord(RecordReader reader, int column, string user, string[] fields)
    {
        try
        {
            if (!run.Knows(user)) throw reader.Bad(column, "a user of the training data");
            return [.. Of(user, fields)];
        }
        catch (BadRecordException bad) when (reader.Skip(bad)) { return [Gap(user, fields, bad.Message.WithOptions())]; }
    }

    IEnumerable<object?[]> Of(string user, string[] fields) => run.Recommend(user, count, excludeSeen).Select((item, i) => (object?[])
        [user, .. fields, (long)(i + 1), item.Id, .. run.HasTitles ? [item.Title] : Array.Empty<object?>(), (double)item.Score, .. gaps
            ? new object?[1] : []]);

    object?[] Gap(string user, string[] fields, string error) =>
        [user, .. fields, null, null, .. run.HasTitles ? new object?[1] : [], null, error];
}
