using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Shared by the training of all models: users' scores, and the metrics computed from them.</summary>
abstract class RecommendTraining : ModuleJob
{
    const int UsersAtOnce = 256;
    const float DefaultLambda = 0.001f;

    private protected RecommendTraining(RecommendModel model, RecommendData data, RecommendSettings settings, Rng layers)
        : base(model, new Adam(model.Parameters()) { LearningRate = settings.LearningRate, Rows = RowUpdates.Lazy }, layers)
    {
        (Towers, Data, Settings) = (model, data, settings);
        (Least, Most) = (data.Train.Ratings.Min(), data.Train.Ratings.Max());
    }

    public RecommendModel Towers { get; }

    /// <summary>The mean rating.</summary>
    public float Mean => Data.Mean;

    protected RecommendData Data { get; }

    protected RecommendSettings Settings { get; }

    /// <summary>λ of the regularization.</summary>
    private protected float Lambda => Settings.Regularization ?? DefaultLambda;

    float Least { get; }

    float Most { get; }

    public sealed override IReadOnlyList<Metric> Validate(CancellationToken stop) =>
        Figures(Data.Validation, Data.ValidationNegatives).Metrics;

    /// <summary>The metrics over some records.</summary>
    public RankingResult Figures(Interactions records, long[][]? negatives)
    {
        if (records.Count == 0) return new([], 0, 0);
        Snapshot now = Now();
        if (Data.Explicit) return new(RatingFigures(records, (user, item) => Math.Clamp(now.Rating(user, item), Least, Most)),
            records.Count, 0);
        return RankingEvaluation.Of(records, Data.TrainingItems, negatives, now.Scores, Data.Items.Rows, Data.Items.Known.Count,
            Settings.Cutoffs);
    }

    /// <summary>Root of the mean squared, and mean absolute error.</summary>
    public static IReadOnlyList<Metric> RatingFigures(Interactions records, Func<long, long, double> rating)
    {
        double squares = 0, absolutes = 0;
        for (int i = 0; i < records.Count; i++)
        {
            double error = rating(records.Users[i], records.Items[i]) - records.Ratings[i];
            squares += error * error;
            absolutes += Math.Abs(error);
        }
        return [new("rmse", Math.Sqrt(squares / records.Count), HigherIsBetter: false),
            new("mae", absolutes / records.Count, HigherIsBetter: false)];
    }

    /// <summary>All vectors as they stand.</summary>
    public Snapshot Now()
    {
        using var off = Gradients.Off();
        Towers.Eval();
        int dim = Settings.Dim;
        long users = Data.Users.Rows, items = Data.Items.Rows;
        var (userVectors, userBias) = (VectorRows.Zeros(users, dim), new float[users]);
        for (long from = 0; from < users; from += UsersAtOnce)
        {
            long[] some = [.. Enumerable.Range(0, (int)Math.Min(UsersAtOnce, users - from)).Select(i => from + i)];
            userVectors.Write(from, Towers.Users(some).Span);
            Towers.UserBias(some)?.Span.CopyTo(userBias.AsSpan(checked((int)from)));
        }
        long[] all = [.. Enumerable.Range(0, (int)items).Select(i => (long)i)];
        return new Snapshot(dim, Data.Explicit ? Mean : 0, userVectors, userBias, VectorRows.Over(Towers.Items(all).ToArray(), dim),
            Towers.ItemBias(all).ToArray());
    }

    /// <summary>The squared lengths of the rows of a batch, weighed by λ, a mean over the batch.</summary>
    private protected Tensor Regularized(Tensor loss, params ReadOnlySpan<Tensor> vectors)
    {
        if (Lambda == 0 || Settings.Cosine) return loss;
        foreach (Tensor vector in vectors) loss += (vector * vector).Sum() * (Lambda / vectors[0].Shape[0]);
        return loss;
    }
}

/// <summary>Vectors and biases of a model at a moment.</summary>
sealed record Snapshot(int Dim, float Mean, VectorRows Users, float[] UserBias, VectorRows Items, float[] ItemBias)
{
    /// <summary>
    /// Scores of all items for some users [users, items]: u·i + b[i]. An unknown user, −1, has the scores b[i]: what is liked by all.
    /// </summary>
    public void Scores(ReadOnlyMemory<long> users, Memory<float> scores)
    {
        var vectors = new float[users.Length * Dim];
        for (int i = 0; i < users.Length; i++)
            if (users.Span[i] >= 0) Users[users.Span[i]].Span.CopyTo(vectors.AsSpan(i * Dim));
        int items = ItemBias.Length, first = 0;
        if (Items.Pieces is [var all])
        {
            MatMul.Multiply(vectors, false, all.Span, true, scores.Span, users.Length, items, Dim, bias: ItemBias);
            return;
        }
        foreach (ReadOnlyMemory<float> piece in Items.Pieces)
        {
            int own = piece.Length / Dim;
            for (int i = 0; i < users.Length; i++)
                MatMul.Multiply(vectors.AsSpan(i * Dim, Dim), false, piece.Span, true, scores.Span.Slice(i * items + first, own), 1, own,
                    Dim,
                    bias: ItemBias.AsSpan(first, own));
            first += own;
        }
    }

    /// <summary>b + b[u] + b[i] + u·i; what is unknown counts nothing.</summary>
    public double Rating(long user, long item) => Mean + (user < 0 ? 0 : UserBias[user]) + (item < 0 ? 0 : ItemBias[item])
        + (user < 0 || item < 0 ? 0 : RowMath.Dot(Users[user].Span, Items[item].Span));
}

/// <summary>Learns from single records: a user and the item that was chosen or rated.</summary>
sealed class RecordTraining : RecommendTraining
{
    readonly RecommendLoss _loss;
    readonly AliasTable _draw;
    readonly long[] _chosen, _places;
    readonly bool _all;

    // Of each item the place, from 1 on, at which it was drawn last, and of each place the one before with the same item; 0 for none.
    readonly int[] _last, _next;
    readonly List<long> _own = [];

    public RecordTraining(RecommendModel model, RecommendData data, RecommendSettings settings, Rng layers)
        : base(model, data, settings, layers)
    {
        _loss = settings.Loss != RecommendLoss.Auto ? settings.Loss : data.Explicit ? RecommendLoss.Squared : RecommendLoss.Softmax;
        _all = _loss == RecommendLoss.Softmax && (settings.Negatives == 0 || settings.Negatives >= data.Items.Rows);
        Require.That(settings.Negatives > 0 || _loss is RecommendLoss.Softmax or RecommendLoss.Squared, $"`negatives` 0 uses all " +
            $"items, which only `loss` softmax supports; give a number of sampled items");
        Require.That(!settings.Cosine || !data.Explicit,
            $"{(settings.Loss == RecommendLoss.Ccl ? "`loss` ccl" : "`temperature`")}: scores are cosines, not ratings; "
            + $"add `feedback` implicit, or leave it out");
        // An item without training records is never drawn as a negative: nobody could have chosen it.
        long[] counts = data.ItemCounts;
        (_draw, _chosen) = (new AliasTable([.. counts.Select(count => (double)count)], settings.NegativePower),
            [.. Enumerable.Range(0, counts.Length).Where(item => counts[item] > 0).Select(item => (long)item)]);
        (_last, _next) = _loss == RecommendLoss.Ccl ? (new int[data.Items.Rows], new int[settings.Negatives]) : ([], []);
        _places = new long[data.Items.Rows];
        for (int place = 0; place < _chosen.Length; place++) _places[_chosen[place]] = place;
    }

    /// <summary>Options of losses over cosines are given with such a loss alone.</summary>
    public static void CheckCosine(RecommendSettings settings)
    {
        RecommendLoss loss = settings.Loss;
        RecommendSettings untouched = RecommendSettings.List.Defaults;
        Require.That(settings.Temperature is null || loss is RecommendLoss.Softmax or RecommendLoss.Auto,
            $"`temperature` {settings.Temperature}: only `loss` softmax uses it; leave it out, or choose that loss");
        Require.That(settings.Margin == untouched.Margin || loss == RecommendLoss.Ccl,
            $"`margin` {settings.Margin}: only `loss` ccl uses it; leave it out, or choose that loss");
        Require.That(settings.NegativeWeight == untouched.NegativeWeight || loss == RecommendLoss.Ccl,
            $"`negative-weight` {settings.NegativeWeight}: only `loss` ccl uses it; leave it out, or choose that loss");
        Require.That(!settings.Cosine || settings.Regularization is null or 0,
            $"`regularization` {settings.Regularization}: scores are cosines with `loss` ccl and `temperature`, so the length of a vector "
            + $"has no effect; leave it out");
    }

    public override long Examples => Data.Train.Count;

    public override string Describe(ReadOnlySpan<long> examples) =>
        string.Join("; ", examples[..Math.Min(5, examples.Length)].ToArray()
            .Select(i => $"user {Name(Data.Users, Data.Train.Users[i])}, item {Name(Data.Items, Data.Train.Items[i])}"))
            + (examples.Length > 5 ? " …" : "");

    protected override Tensor Loss(TrainingBatch batch)
    {
        int n = batch.Examples.Length;
        var (users, items) = (new long[n], new long[n]);
        for (int i = 0; i < n; i++) (users[i], items[i]) = (Data.Train.Users[batch.Examples[i]], Data.Train.Items[batch.Examples[i]]);
        Tensor user = Towers.Users(users, _loss == RecommendLoss.Squared ? [] : items, batch.Rng);
        return _loss switch
        {
            RecommendLoss.Squared => Squared(batch, user, users, items),
            RecommendLoss.Softmax when _all => OverAll(user, items),
            RecommendLoss.Softmax => OverDrawn(batch, user, items),
            RecommendLoss.Ccl => Contrastive(batch, user, users, items),
            _ => AgainstDrawn(batch, user, users, items),
        };
    }

    Tensor Squared(TrainingBatch batch, Tensor user, long[] users, long[] items)
    {
        var ratings = new float[items.Length];
        for (int i = 0; i < ratings.Length; i++) ratings[i] = Data.Train.Ratings[batch.Examples[i]] - Mean;
        Tensor item = Towers.Items(items), itemBias = Towers.ItemBias(items);
        Tensor predicted = (user * item).Sum(1) + itemBias;
        if (Towers.UserBias(users) is not { } userBias)
            return Regularized(Losses.MeanSquaredError(predicted, new Tensor(ratings, ratings.Length)), user, item, itemBias);
        return Regularized(Losses.MeanSquaredError(predicted + userBias, new Tensor(ratings, ratings.Length)), user, item, itemBias,
            userBias);
    }

    Tensor OverAll(Tensor user, long[] items)
    {
        Tensor every = Towers.Items(_chosen);
        long[] places = [.. items.Select(item => _places[item])];
        Tensor loss = Losses.CrossEntropy(Scores(user, every, _chosen), places);
        return Regularized(loss, user, Lambda == 0 || Settings.Cosine ? user : every.IndexSelect(0, places));
    }

    Tensor OverDrawn(TrainingBatch batch, Tensor user, long[] items)
    {
        var drawn = new long[Settings.Negatives];
        _draw.Draw(batch.Rng, drawn);
        Tensor item = Towers.Items(items);
        if (Settings.Cosine)
            return Losses.SampledSoftmax(
                (user * item).Sum(1) / Settings.Temperature!.Value, Scores(user, Towers.Items(drawn), drawn),
                items, drawn, _draw.Probability);
        Tensor own = (user * item).Sum(1) + Towers.ItemBias(items);
        Tensor others = Scores(user, Towers.Items(drawn), drawn);
        return Regularized(Losses.SampledSoftmax(own, others, items, drawn, _draw.Probability), user, item);
    }

    /// <summary>Scores of all users and items [users, items]: cosine/τ, or the dot product and b[i].</summary>
    Tensor Scores(Tensor user, Tensor vectors, long[] items) => Settings.Temperature is { } temperature
        ? (user / temperature).MatMulTransposed(vectors) : user.MatMulTransposed(vectors) + Towers.ItemBias(items);

    /// <summary>
    /// All users of a batch share the drawn negatives, so their cosines are one matrix product. A user's own items are no negatives.
    /// </summary>
    Tensor Contrastive(TrainingBatch batch, Tensor user, long[] users, long[] items)
    {
        var drawn = new long[Settings.Negatives];
        _draw.Draw(batch.Rng, drawn);
        Tensor positive = (user * Towers.Items(items)).Sum(1), negative = user.MatMulTransposed(Towers.Items(drawn));
        return Losses.CosineContrastive(positive, negative, Settings.Margin, Settings.NegativeWeight, OwnAmong(drawn, users));
    }

    /// <summary>Flat indices [users, drawn], where a drawn item is one that the user has.</summary>
    long[] OwnAmong(long[] drawn, long[] users)
    {
        _own.Clear();
        for (int j = 0; j < drawn.Length; j++)
        {
            _next[j] = _last[drawn[j]];
            _last[drawn[j]] = j + 1;
        }
        for (int i = 0; i < users.Length; i++)
        {
            long before = -1;
            foreach (long item in Data.Seen.Sorted(users[i]))
            {
                if (item == before) continue;
                for (int j = _last[before = item]; j > 0; j = _next[j - 1]) _own.Add((long)i * drawn.Length + j - 1);
            }
        }
        foreach (long item in drawn) _last[item] = 0;
        return [.. _own];
    }

    Tensor AgainstDrawn(TrainingBatch batch, Tensor user, long[] users, long[] items)
    {
        int n = items.Length, drawn = Settings.Negatives, width = drawn + 1;
        var all = new long[n, width];
        for (int i = 0; i < n; i++)
        {
            all[i, 0] = items[i];
            for (int k = 1; k < width; k++) all[i, k] = Other(users[i], batch.Rng);
        }
        Tensor item = Towers.Items(all);
        Tensor scores = item.MatMul(user.Unsqueeze(2)).Squeeze(-1) + Towers.ItemBias(all);
        if (_loss == RecommendLoss.Bpr)
            return Regularized(Losses.BayesianPersonalizedRanking(scores.Slice(1, 0, 1), scores.Slice(1, 1, drawn)), user, item);
        var targets = new float[n * width];
        for (int i = 0; i < n; i++) targets[i * width] = 1;
        return Regularized(Losses.BinaryCrossEntropyWithLogits(scores, new Tensor(targets, n, width)) * width, user, item);
    }

    /// <summary>A drawn item that the user has not; after some tries any.</summary>
    long Other(long user, Rng rng)
    {
        const int Tries = 16;
        long item = _draw.Draw(rng);
        for (int tries = 0; tries < Tries && Data.Seen.Has(user, item); tries++) item = _draw.Draw(rng);
        return item;
    }

    static string Name(IdMap map, long row) => row < map.Known.Count ? map.Known[row] : "(rare)";
}

/// <summary>Learns from whole users: after each item the next.</summary>
sealed class SequenceTraining : RecommendTraining
{
    const long Ignored = -100;

    readonly SequenceModel _model;
    readonly long[] _users;
    readonly AliasTable _draw;

    public SequenceTraining(SequenceModel model, RecommendData data, RecommendSettings settings, Rng layers)
        : base(model, data, settings, layers)
    {
        Require.That(!data.Explicit, $"`model` sequence learns from interactions, not ratings; add `feedback` implicit");
        Require.That(settings.Loss is RecommendLoss.Auto or RecommendLoss.Softmax or RecommendLoss.Bce, $"`model` sequence needs " +
            $"`loss` softmax or `loss` bce");
        _model = model;
        _users = [.. Enumerable.Range(0, (int)data.Users.Rows).Select(user => (long)user).Where(user => data.Seen[user].Length >= 2)];
        Require.Data(_users.Length > 0, $"no user has two training records, so there are no sequences; choose `model` factors");
        _draw = new AliasTable([.. data.ItemCounts.Select(count => (double)count)], settings.NegativePower);
    }

    public override long Examples => _users.Length;

    public override string Describe(ReadOnlySpan<long> examples) => "users "
        + string.Join(", ", examples[..Math.Min(5, examples.Length)].ToArray().Select(i => Data.Users.Known[_users[i]]))
        + (examples.Length > 5 ? " …" : "");

    protected override Tensor Loss(TrainingBatch batch)
    {
        int n = batch.Examples.Length, longest = 1;
        for (int i = 0; i < n; i++) longest = Math.Max(longest, Math.Min(Settings.Length, Data.Seen[_users[batch.Examples[i]]].Length - 1));
        var (inputs, targets) = (new long[n, longest], new long[n * longest]);
        Array.Fill(targets, Ignored);
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<long> items = Data.Seen[_users[batch.Examples[i]]];
            items = items[^Math.Min(longest + 1, items.Length)..];
            for (int place = 0; place + 1 < items.Length; place++)
                (inputs[i, place], targets[i * longest + place]) = (items[place], items[place + 1]);
        }
        Tensor states = _model.States(inputs).Reshape((long)n * longest, Settings.Dim);
        return Settings.Loss == RecommendLoss.Bce ? AgainstDrawn(batch, states, targets) : OverAll(states, targets);
    }

    Tensor OverAll(Tensor states, long[] targets)
    {
        long[] all = new long[Data.Items.Rows];
        for (int item = 0; item < all.Length; item++) all[item] = item;
        return Losses.CrossEntropy(states.MatMulTransposed(_model.Items(all)) + _model.ItemBias(all), targets, ignoreIndex: Ignored);
    }

    Tensor AgainstDrawn(TrainingBatch batch, Tensor states, long[] targets)
    {
        long[] places = [.. Enumerable.Range(0, targets.Length).Where(place => targets[place] != Ignored).Select(place => (long)place)];
        int width = Math.Max(1, Settings.Negatives) + 1;
        var (items, labels) = (new long[places.Length, width], new float[places.Length * width]);
        for (int i = 0; i < places.Length; i++)
        {
            (items[i, 0], labels[i * width]) = (targets[places[i]], 1);
            for (int k = 1; k < width; k++) items[i, k] = _draw.Draw(batch.Rng);
        }
        Tensor scores = _model.Items(items).MatMul(states.IndexSelect(0, places).Unsqueeze(2)).Squeeze(-1) + _model.ItemBias(items);
        return Losses.BinaryCrossEntropyWithLogits(scores, new Tensor(labels, places.Length, width)) * width;
    }
}
