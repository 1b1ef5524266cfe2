using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>A user and an item as vectors:  score(u, i) = b + b[u] + b[i] + u·i.</summary>
abstract class RecommendModel : Module
{
    /// <summary>Users as vectors, each with the items chosen before.  Shapes: users [n] → [n, dim].</summary>
    /// <param name="users">Rows of users.</param>
    /// <param name="without">An item of each user that is not to be known, since it is to be predicted; empty for none.</param>
    /// <param name="rng">Chooses among the items of long histories; null takes the last ones.</param>
    public abstract Tensor Users(ReadOnlySpan<long> users, ReadOnlySpan<long> without = default, Rng? rng = null);

    /// <summary>Items as vectors.  Shapes: items […] → […, dim].</summary>
    public abstract Tensor Items(Indices items);

    /// <summary>b[i].  Shapes: items […] → […].</summary>
    public abstract Tensor ItemBias(Indices items);

    /// <summary>b[u].  Shapes: users [n] → [n]; null where users have none.</summary>
    public virtual Tensor? UserBias(Indices users) => null;

    private protected static Embedding Rows(long rows, int dim, float deviation, Rng rng)
    {
        var embedding = new Embedding(rows, dim, rng: rng);
        foreach (Memory<float> values in embedding.Weight.Values) RowMath.Scale(values.Span, deviation);
        return embedding;
    }
}

/// <summary>
/// Matrix factorization (Koren, Bell, Volinsky 2009): u = p[u] + Σ y[j] / √n over the user's items j (SVD++, Koren 2008), score = b +
/// b[u] + b[i] + u·q[i]. Either part of u may be left out. With a loss over cosines u and q are normalized, and there is no b[i].
/// </summary>
sealed class FactorModel : RecommendModel
{
    readonly UserItems _seen;
    readonly int _longest;
    readonly bool _cosine;

    public FactorModel(RecommendData data, RecommendSettings settings, Rng rng, Rng layers)
    {
        Require.That(settings.UserVectors || settings.History > 0, $"`user-vectors` false needs `history` N: without either, users " +
            $"have no representation");
        (_seen, _longest, _cosine) = (data.Seen, settings.History, settings.Cosine);
        Factors = settings.UserVectors ? Rows(data.Users.Rows, settings.Dim, settings.FirstDeviation, rng) : null;
        ItemFactors = Rows(data.Items.Rows, settings.Dim, settings.FirstDeviation, rng);
        UserBiases = data.Explicit ? Rows(data.Users.Rows, 1, 0, rng) : null;
        ItemBiases = Rows(data.Items.Rows, 1, 0, rng);
        if (settings.History > 0)
        {
            History = new EmbeddingBag(data.Items.Rows, settings.Dim, BagMode.Sum, rng: rng);
            foreach (Memory<float> values in History.Weight.Values) RowMath.Scale(values.Span, settings.FirstDeviation);
        }
        Dropout = settings.Dropout > 0 ? new Dropout(settings.Dropout, layers) : null;
    }

    public Embedding? Factors { get; }

    public Embedding ItemFactors { get; }

    public Embedding? UserBiases { get; }

    public Embedding ItemBiases { get; }

    public EmbeddingBag? History { get; }

    public Dropout? Dropout { get; }

    public override Tensor Users(ReadOnlySpan<long> users, ReadOnlySpan<long> without = default, Rng? rng = null)
    {
        Tensor? own = Factors?.Forward(Indices.Create(users));
        Tensor? history = History is null ? null : OfHistory(users, without, rng);
        Tensor vectors = own is null ? history! : history is null ? own : own + history;
        if (_cosine) vectors = vectors.Normalize();
        return Dropout is null ? vectors : Dropout.Forward(vectors);
    }

    public override Tensor Items(Indices items) => _cosine ? ItemFactors.Forward(items).Normalize() : ItemFactors.Forward(items);

    public override Tensor ItemBias(Indices items) => ItemBiases.Forward(items).Squeeze(-1);

    public override Tensor? UserBias(Indices users) => UserBiases?.Forward(users).Squeeze(-1);

    Tensor OfHistory(ReadOnlySpan<long> users, ReadOnlySpan<long> without, Rng? rng)
    {
        var (rows, offsets, scales) = (new List<long>(), new long[users.Length], new float[users.Length]);
        var drawn = new long[_longest];
        for (int i = 0; i < users.Length; i++)
        {
            offsets[i] = rows.Count;
            ReadOnlySpan<long> items = _seen[users[i]];
            if (items.Length > _longest && rng is not null)
            {
                for (int k = 0; k < _longest; k++) drawn[k] = items[(int)(rng.NextUInt32() % (uint)items.Length)];
                items = drawn;
            }
            foreach (long item in items)
                if (without.IsEmpty || item != without[i]) rows.Add(item);
            int count = rows.Count - (int)offsets[i];
            scales[i] = count == 0 ? 0 : 1 / MathF.Sqrt(count);
        }
        return History!.Forward(rows.ToArray(), offsets) * new Tensor(scales, users.Length, 1);
    }
}

/// <summary>
/// Two towers (Covington et al. 2016): u = layers(p[u] + Σ f[v]/n + W·x over the values v and quantities x that describe the user), the
/// item likewise, score = b[i] + u·i. Of an id without records p is 0.
/// </summary>
sealed class TwoTowerModel : RecommendModel
{
    readonly bool _cosine;

    public TwoTowerModel(RecommendData data, RecommendSettings settings, Rng rng, Rng layers)
    {
        _cosine = settings.Cosine;
        UserTower = new Tower(data.UserCounts, data.UserFeatures, settings, rng, layers);
        ItemTower = new Tower(data.ItemCounts, data.ItemFeatures, settings, rng, layers);
        ItemBiases = Rows(data.Items.Rows, 1, 0, rng);
        UserBiases = data.Explicit ? Rows(data.Users.Rows, 1, 0, rng) : null;
    }

    public Tower UserTower { get; }

    public Tower ItemTower { get; }

    public Embedding ItemBiases { get; }

    public Embedding? UserBiases { get; }

    public override Tensor Users(ReadOnlySpan<long> users, ReadOnlySpan<long> without = default, Rng? rng = null) =>
        Scored(UserTower.Forward(Indices.Create(users)));

    public override Tensor Items(Indices items) => Scored(ItemTower.Forward(items));

    public override Tensor ItemBias(Indices items) => ItemBiases.Forward(items).Squeeze(-1);

    public override Tensor? UserBias(Indices users) => UserBiases?.Forward(users).Squeeze(-1);

    Tensor Scored(Tensor vectors) => _cosine ? vectors.Normalize() : vectors;

    /// <summary>One side.</summary>
    public sealed class Tower : Module, IRandomModule
    {
        readonly EntityFeatures? _features;
        readonly float _idDropout;

        public Tower(long[] counts, EntityFeatures? features, RecommendSettings settings, Rng rng, Rng layers)
        {
            (_features, _idDropout, Rng) = (features, features is null ? 0 : settings.IdDropout, layers);
            Ids = Rows(counts.Length, settings.Dim, settings.FirstDeviation, rng);
            // Rows without training records are zero instead of random.
            var nothing = new float[settings.Dim];
            for (long row = 0; row < counts.Length; row++)
                if (counts[row] == 0) Ids.Weight.WriteValues(row * settings.Dim, nothing);
            if (features is not null && features.Values.Count > 0)
            {
                Features = new EmbeddingBag(features.Values.Count, settings.Dim, BagMode.Mean, rng: rng);
                foreach (Memory<float> values in Features.Weight.Values) RowMath.Scale(values.Span, settings.FirstDeviation);
            }
            if (features is not null && features.Quantities.Count > 0)
                Quantities = new Linear(features.Quantities.Count, settings.Dim, bias: false, rng: rng);
            if (settings.Hidden > 0)
                (First, Second) = (new Linear(settings.Dim, settings.Hidden, rng: rng),
                new Linear(settings.Hidden, settings.Dim, rng: rng));
            Dropout = settings.Dropout > 0 ? new Dropout(settings.Dropout, layers) : null;
        }

        /// <summary>Chooses the ids that are dropped.</summary>
        public Rng Rng { get; set; }

        public Embedding Ids { get; }

        public EmbeddingBag? Features { get; }

        public Linear? Quantities { get; }

        public Linear? First { get; }

        public Linear? Second { get; }

        public Dropout? Dropout { get; }

        public Tensor Forward(Indices ids)
        {
            Tensor vectors = Ids.Forward(ids);
            if (_idDropout > 0 && Training) vectors *= Kept(ids);
            if (Features is not null) vectors += Described(ids).Reshape(vectors.Shape.Sizes);
            if (Quantities is not null) vectors += Quantities.Forward(Numbers(ids)).Reshape(vectors.Shape.Sizes);
            // Residual connection: the id embeddings already carry information without the layers.
            if (First is not null) vectors += Second!.Forward(First.Forward(vectors).Relu());
            return Dropout is null ? vectors : Dropout.Forward(vectors);
        }

        /// <summary>A mask: 0 for the ids whose own embedding is dropped, 1 for the others. It trains the features for new ids (Volkovs
        /// et al. 2017).  […, 1]</summary>
        Tensor Kept(Indices ids)
        {
            var kept = new float[ids.Count];
            for (int i = 0; i < kept.Length; i++) kept[i] = Rng.NextSingle() >= _idDropout ? 1 : 0;
            return new Tensor(kept, [.. ids.Shape.Sizes, 1]);
        }

        Tensor Described(Indices ids)
        {
            var (rows, offsets) = (new List<long>(), new long[ids.Count]);
            for (int i = 0; i < offsets.Length; i++)
            {
                offsets[i] = rows.Count;
                rows.AddRange(_features!.Of[ids.Span[i]]);
            }
            return Features!.Forward(rows.ToArray(), offsets);
        }

        /// <summary>The numeric features of users or items; a missing one is the mean, 0.</summary>
        Tensor Numbers(Indices ids)
        {
            int width = _features!.Quantities.Count;
            var numbers = new float[ids.Count * width];
            for (int i = 0; i < ids.Count; i++) _features.NumbersOf(ids.Span[i]).CopyTo(numbers.AsSpan(i * width));
            numbers.AsSpan().Replace(float.NaN, 0);
            return new Tensor(numbers, ids.Count, width);
        }
    }
}

/// <summary>
/// A transformer over a user's items in their order (SASRec, Kang and McAuley 2018): the state after an item predicts the next; score =
/// b[i] + state·q[i].
/// </summary>
sealed class SequenceModel : RecommendModel
{
    readonly UserItems _seen;
    readonly int _length, _dim;

    public SequenceModel(RecommendData data, RecommendSettings settings, Rng rng, Rng layers)
    {
        Require.That(settings.Dim % settings.Heads == 0, $"`dim` {settings.Dim}: it must be a multiple of `heads` {settings.Heads}");
        (_seen, _length, _dim) = (data.Seen, settings.Length, settings.Dim);
        ItemFactors = Rows(data.Items.Rows, settings.Dim, settings.FirstDeviation, rng);
        ItemBiases = Rows(data.Items.Rows, 1, 0, rng);
        Positions = new LearnedPositions(settings.Length, settings.Dim, batchFirst: true, rng);
        foreach (Memory<float> values in Positions.Weight.Values) RowMath.Scale(values.Span, settings.FirstDeviation);
        var options = new TransformerOptions {
            FeedForwardDim = 4 * settings.Dim, Activation = TransformerActivation.Gelu, BatchFirst = true, NormFirst = true,
            Dropout = settings.Dropout };
        Encoder = new TransformerEncoder(new TransformerEncoderLayer(settings.Dim, settings.Heads, options, rng), settings.Layers,
            new LayerNorm(settings.Dim));
        Dropout = settings.Dropout > 0 ? new Dropout(settings.Dropout, layers) : null;
    }

    public Embedding ItemFactors { get; }

    public Embedding ItemBiases { get; }

    public LearnedPositions Positions { get; }

    public TransformerEncoder Encoder { get; }

    public Dropout? Dropout { get; }

    /// <summary>The state after each item.  Shapes: items [n, length] → [n, length, dim].</summary>
    public Tensor States(Indices items)
    {
        Tensor placed = Positions.Forward(ItemFactors.Forward(items) * MathF.Sqrt(_dim));
        return Encoder.Forward(Dropout is null ? placed : Dropout.Forward(placed), AttentionMask.Causal((int)items.Shape[1]));
    }

    /// <summary>The state after each user's last items.</summary>
    public override Tensor Users(ReadOnlySpan<long> users, ReadOnlySpan<long> without = default, Rng? rng = null)
    {
        var sequences = new long[users.Length][];
        for (int i = 0; i < sequences.Length; i++)
        {
            ReadOnlySpan<long> items = _seen[users[i]];
            sequences[i] = items[^Math.Min(_length, items.Length)..].ToArray();
        }
        return After(sequences);
    }

    /// <summary>The state after each sequence's last item.</summary>
    public Tensor After(long[][] sequences)
    {
        int longest = Math.Max(1, sequences.Max(sequence => sequence.Length));
        var (items, last) = (new long[sequences.Length, longest], new long[sequences.Length]);
        for (int i = 0; i < sequences.Length; i++)
        {
            for (int place = 0; place < sequences[i].Length; place++) items[i, place] = sequences[i][place];
            last[i] = (long)i * longest + Math.Max(0, sequences[i].Length - 1);
        }
        return States(items).Reshape((long)sequences.Length * longest, _dim).IndexSelect(0, last);
    }

    public override Tensor Items(Indices items) => ItemFactors.Forward(items);

    public override Tensor ItemBias(Indices items) => ItemBiases.Forward(items).Squeeze(-1);
}
