using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>An item by its own name, and how well it fits.</summary>
/// <param name="Id">The item.</param>
/// <param name="Score">The higher, the better: a score, the expected rating, or a cosine.</param>
public sealed record Recommendation(string Id, float Score)
{
    /// <summary>The item's title; null where the run has none.</summary>
    public string? Title { get; init; }
}

/// <summary>A trained recommend run, verified and loaded: users in, items out.</summary>
public sealed class RecommendRun : Run, IRecommender, IEvaluator, IExportableRun
{
    readonly LearnedTable _users, _items;
    readonly Snapshot _scores;
    readonly long[] _ends, _seen;
    readonly IdMap _userRows, _itemRows;

    RecommendRun(string path, IReadOnlyList<LearnedTable> tables, LearnedTable users, LearnedTable items, Snapshot scores, long[] ends,
        long[] seen, bool isExplicit, IdMap userRows, IdMap itemRows) : base(path, RecommendRecipe.JobName, tables) =>
        (_users, _items, _scores, _ends, _seen, Explicit, _userRows, _itemRows) =
            (users, items, scores, ends, seen, isExplicit, userRows, itemRows);

    /// <summary>Whether scores are ratings.</summary>
    public bool Explicit { get; }

    /// <inheritdoc/>
    public Vocabulary Users => _users.Ids;

    /// <summary>The items.</summary>
    public Vocabulary Items => _items.Ids;

    /// <inheritdoc/>
    public bool HasTitles => _items.Titles.Count > 0;

    /// <inheritdoc/>
    public string UserColumn { get; private init; } = "user";

    /// <inheritdoc/>
    public bool Knows(string user) => _userRows.Unknown != UnknownIds.Error || _userRows.Known.TryGetId(user, out _);

    /// <summary>Rows of users.</summary>
    internal IdMap UserRows => _userRows;

    /// <summary>Titles of the items; none where the data had none.</summary>
    internal IReadOnlyList<string> ItemTitles => _items.Titles;

    ExportableModel IExportableRun.Exportable() => RecommendExport.Of(this, _scores);

    /// <summary>The newest recommend run in a folder of runs.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string Newest(string runsDirectory = "runs") => RunFolder.Newest(runsDirectory, RecommendRecipe.JobName);

    /// <summary>Loads a run.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, of another kind, or from a newer version.</exception>
    public static new RecommendRun Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Load(path, RunFolder.Open(path, RecommendRecipe.JobName));
    }

    internal static RecommendRun Load(string path, JsonElement info)
    {
        bool isExplicit = info.GetProperty("explicit").GetBoolean();
        RecommendSettings settings = RecommendSettings.List.Read(info);
        IReadOnlyList<LearnedTable> tables = LearnedTable.Read(path);
        LearnedTable users = Table(path, tables, RecommendRecipe.UsersTable), items = Table(path, tables, RecommendRecipe.ItemsTable);
        using SafetensorsFile model = Safetensors.Open(System.IO.Path.Combine(path, RecommendRecipe.ModelFile));
        StateDict seen = Safetensors.Read(System.IO.Path.Combine(path, RecommendRecipe.SeenFile));
        float mean = float.Parse(model.Metadata["mean"], CultureInfo.InvariantCulture);
        float[] userBias = model.Read("scores.user_bias"), itemBias = model.Read("scores.item_bias");
        long[] ends = seen["ends"].Integers(), seenItems = seen["items"].Integers();
        Require.Data(userBias.Length == users.Rows && itemBias.Length == items.Rows && ends.Length == users.Rows, $"the files of the " +
            $"run '{path}' do not match; train again with 'rowan train'");
        return new RecommendRun(path, tables, users, items,
            new Snapshot(items.Dim, mean, users.Vectors, userBias, items.Vectors, itemBias), ends, seenItems, isExplicit,
            settings.MapOf("user", users.Ids), settings.MapOf("item", items.Ids))
        {
            UserColumn = RunColumns.First(info, ColumnRole.User) ?? "user",
        };
    }

    /// <summary>The mean rating of a run.</summary>
    internal static float MeanOf(string path)
    {
        using SafetensorsFile model = Safetensors.Open(System.IO.Path.Combine(path, RecommendRecipe.ModelFile));
        return float.Parse(model.Metadata["mean"], CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Recommendation> Recommend(string user, int count = 10, bool excludeSeen = true)
    {
        long row = _userRows[user];
        HashSet<long> seen = excludeSeen ? [.. _seen[(int)(row == 0 ? 0 : _ends[row - 1])..(int)_ends[row]]] : [];
        var scores = new float[_items.Rows];
        _scores.Scores(new[] { row }, scores);
        float level = Explicit ? _scores.Mean + _scores.UserBias[row] : 0;
        return [.. RankingEvaluation.Best(scores, count, item => item < _items.Ids.Count && !seen.Contains(item))
            .Select(match => Of(match.Id, match.Score + level))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<Recommendation> Similar(string item, int count = 10)
    {
        if (!_items.TryFind(item, out long row)) row = _itemRows[item];
        return [.. Near(_items, row, count).Select(near => new Recommendation(near.Id, near.Cosine) { Title = near.Title })];
    }

    /// <summary>How well an item fits a user: the expected rating, or a score.</summary>
    /// <exception cref="KeyNotFoundException">The user or the item was not learned, and unknown ones have no row.</exception>
    public double Score(string user, string item) => _scores.Rating(_userRows[user], _itemRows[item]);

    /// <inheritdoc/>
    public EvaluationReport Evaluate(DataSource data)
    {
        ArgumentNullException.ThrowIfNull(data);
        JsonElement info = RunFolder.Open(Path);
        List<string> notes = [];
        var schema = new DataSchema(
            [.. RunColumns.Of(info).Columns.Select(
            (column, i) => new ColumnSchema { Name = column.Column, Index = i, Kind = ColumnKind.Name, Role = column.Role })], 0, false);
        Interactions records = RecommendReader.Records(data, schema, Explicit, _userRows, _itemRows, notes.Add);
        if (Explicit)
        {
            Require.That(schema.One(ColumnRole.Rating) is { } rating && HasColumn(data, rating.Name),
                $"evaluate: the run predicts ratings, and the file has no column '{schema.One(ColumnRole.Rating)?.Name ?? "rating"}'");
            (double least, double most) = info.TryGetProperty("rating_min", out JsonElement lowest)
                ? (lowest.GetDouble(), info.GetProperty("rating_max").GetDouble()) : (double.NegativeInfinity, double.PositiveInfinity);
            return new(records.Count,
                RecommendTraining.RatingFigures(records, (user, item) => Math.Clamp(_scores.Rating(user, item), least, most)), notes);
        }
        RankingResult result = RankingEvaluation.Of(records, Training(), null, _scores.Scores, _items.Rows, _items.Ids.Count,
            RecommendSettings.List.Read(info).Cutoffs);
        Require.Data(result.Queries > 0, $"evaluate: the file has no user with an item that is not in the training data");
        if (result.Known > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{result.Known:#,0} records are left out because "
            + $"the user has the item in the training data"));
        notes.Add(string.Create(CultureInfo.InvariantCulture, $"ranking metrics are means over {result.Queries:#,0} users"));
        return new(records.Count, result.Metrics, notes);
    }

    static bool HasColumn(DataSource data, string name)
    {
        using RecordReader reader = data.Open();
        return reader.Columns.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The items that each user has in the training data.</summary>
    TrainingItems Training()
    {
        var users = new long[_seen.Length];
        for (int user = 0, at = 0; user < _ends.Length; user++)
            for (; at < _ends[user]; at++) users[at] = user;
        return new TrainingItems(new UserItems(new Interactions(users, _seen, new float[_seen.Length], null), _ends.Length),
            _users.Ids.Count, new Interactions([], [], [], null));
    }

    Recommendation Of(long item, float score) => new(_items.Ids[item], score) { Title = _items.TitleOf(item) };
}
