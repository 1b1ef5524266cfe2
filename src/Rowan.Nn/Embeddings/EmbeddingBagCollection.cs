using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// Many tables looked up in one call: for each feature f with table t, y[b, f] = Σ W_t[id] over the ids of bag b, or their mean, side by
/// side in one tensor. Shapes: bags of ids for each feature → [batch, Σ dims].
/// </summary>
/// <remarks>
/// TorchRec's <c>EmbeddingBagCollection</c>. Values, gradients and training are those of one <see cref="EmbeddingBag"/> a feature, bit
/// for bit; the bags of all tables are summed in one parallel loop, and their gradients left by one. Features may share a table, whose
/// row then learns from all of them. With <see cref="EmbeddingOptions.MaxNorm"/> rows are shrunk for all features before any is summed.
/// Parts are named "embedding_bags.NAME.weight".
/// </remarks>
public sealed class EmbeddingBagCollection : Module<IReadOnlyDictionary<string, JaggedIndices>, KeyedTensor>
{
    readonly Feature[] _features;
    readonly HashSet<string> _known;
    readonly Dictionary<string, (int, int)> _columns = [];

    /// <summary>Tables drawn from N(0, 1) one after another, their padding rows zero.</summary>
    /// <param name="tables">Tables, each with its features.</param>
    /// <param name="rng">Where the weights are drawn from; null for generators seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentException">There is no table, two have one name, one names a feature twice, or one pools by
    /// maximum.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or a padding row is outside its table.</exception>
    public EmbeddingBagCollection(IEnumerable<EmbeddingBagConfig> tables, Rng? rng = null)
    {
        ArgumentNullException.ThrowIfNull(tables);
        Tables = [.. tables];
        Require.That(Tables.Count > 0, $"EmbeddingBagCollection: no tables were given", nameof(tables));
        var bags = new OrderedDictionary<string, EmbeddingBag>();
        var features = new List<Feature>();
        _known = [];
        foreach (string name in Tables.SelectMany(table => table.Features)) _known.Add(name);
        foreach (EmbeddingBagConfig table in Tables)
        {
            Require.That(bags.TryAdd(table.Name, table.Make(rng)), $"EmbeddingBagCollection: two tables are named '{table.Name}'",
                nameof(tables));
            foreach (string name in table.Features)
            {
                // TorchRec's spelling where several tables look one feature up.
                string key = Tables.Count(other => other.Features.Contains(name)) == 1 ? name : $"{name}@{table.Name}";
                Require.That(_columns.TryAdd(key, (OutputDim, table.EmbeddingDim)),
                    $"EmbeddingBagCollection: feature '{name}' stands twice with table '{table.Name}'", nameof(tables));
                features.Add(new Feature(name, key, bags[table.Name], OutputDim, $"EmbeddingBagCollection: feature '{name}'"));
                OutputDim = checked(OutputDim + table.EmbeddingDim);
            }
        }
        (EmbeddingBags, _features, Keys) = (bags, [.. features], [.. features.Select(feature => feature.Key)]);
    }

    /// <summary>The tables as they were described.</summary>
    public IReadOnlyList<EmbeddingBagConfig> Tables { get; }

    /// <summary>The tables by name, each a layer of its own.</summary>
    public IReadOnlyDictionary<string, EmbeddingBag> EmbeddingBags { get; }

    /// <summary>
    /// The names of the output's parts, in order: of the features, table by table; "feature@table" where a feature is looked up in
    /// several.
    /// </summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>Σ dims over the keys: values of an output row.</summary>
    public int OutputDim { get; }

    /// <summary>Looks up all features.  Shapes: the bags of each feature, as many for all → [bags, <see cref="OutputDim"/>].</summary>
    /// <param name="input">For each feature its bags.</param>
    /// <exception cref="ArgumentException">A feature is missing, unknown, or has another number of bags.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside its table; the message names feature, place, table and bound, and
    /// nothing has been changed.</exception>
    /// <exception cref="NotSupportedException">Weights for a mean.</exception>
    public override KeyedTensor Forward(IReadOnlyDictionary<string, JaggedIndices> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var given = new JaggedIndices[_features.Length];
        for (int f = 0; f < given.Length; f++) given[f] = Given(input, _features[f], given[0]);
        if (input.Count != _known.Count)
            Require.That(false, $"EmbeddingBagCollection: there is no feature '{input.Keys.First(name => !_known.Contains(name))}'; "
                + $"there are '{string.Join("', '", _known)}'", nameof(input));

        var bags = new FeatureBags[_features.Length];
        for (int f = 0; f < bags.Length; f++) bags[f] = FeatureBags.Of(_features[f].Bag, given[f], _features[f].Column);
        return new KeyedTensor(CollectionLookup.Sum(bags, given[0].Bags, OutputDim), Keys, _columns);
    }

    /// <summary>The bags of a feature, checked.</summary>
    static JaggedIndices Given(IReadOnlyDictionary<string, JaggedIndices> input, Feature feature, JaggedIndices? first)
    {
        (string name, _, EmbeddingBag bag, _, string operation) = feature;
        Require.That(input.TryGetValue(name, out JaggedIndices? ids) && ids is not null,
            $"EmbeddingBagCollection: feature '{name}' of table '{bag.Weight.Name}' is missing", nameof(input));
        Require.That(first is null || ids.Bags == first.Bags,
            $"{operation} has {ids.Bags} bags, and the first feature {first?.Bags}; there is one for each example of the batch",
            nameof(input));
        if (ids.Weights is not null && bag.Mode != BagMode.Sum)
            throw new NotSupportedException($"{operation}: weights with mode {bag.Mode}; they are for sums: divide by the count "
                + $"afterwards for a weighted mean");
        bag.Weight.CheckIds(ids.Ids.Memory, operation, ids.Describe);
        return ids;
    }

    private protected override IEnumerable<(string Name, object Part)> Parts() =>
        EmbeddingBags.Select(bag => ($"embedding_bags.{bag.Key}", (object)bag.Value));

    /// <summary>One feature of one table, and where its vectors begin in an output row.</summary>
    sealed record Feature(string Name, string Key, EmbeddingBag Bag, int Column, string Operation);
}
