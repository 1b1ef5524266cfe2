using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>A batch as the network takes it.</summary>
/// <param name="Count">Records.</param>
/// <param name="Features">The bags of each table, by its name.</param>
/// <param name="Numbers">Quantities [n, columns]; 0 where one is missing, after standardising.</param>
/// <param name="Dense">What of them enters as it is [n, width]: standardised or piecewise, and for each column whether it is
/// missing.</param>
sealed record TabularBatch(int Count, IReadOnlyDictionary<string, JaggedIndices> Features, Tensor? Numbers, Tensor? Dense);

/// <summary>A further network of an ensemble, with its output layer.</summary>
sealed class TabularMember(ModuleList<Linear> network, Linear head) : Module
{
    public ModuleList<Linear> Network { get; } = network;

    public Linear Head { get; } = head;
}

/// <summary>
/// x = the vectors of all categorical columns, beside the quantities; output = network(x), with cross layers before it, or a
/// factorization machine beside it. Several networks share the vectors and the cross layers. Shapes: n records → [n, outputs] of each
/// network.
/// </summary>
sealed class TabularModel : Module
{
    /// <summary>Values per row with a factorization machine, if none are given.</summary>
    internal const int FactorDim = 16;

    readonly Interaction _interaction;

    public TabularModel(TabularEncoder encoder, TabularSettings settings, Rng rng, Rng layers)
    {
        _interaction = settings.Interaction;
        bool isFm = settings.Interaction == Interaction.FactorizationMachine;
        int Dim(int column) => encoder.Dims is { } dims ? dims[column] : encoder.IsText(column) && !isFm ? settings.TextDim
            : settings.Dim > 0 ? settings.Dim : isFm ? FactorDim
            : Math.Clamp((int)Math.Round(1.6 * Math.Pow(encoder.Maps[column].Rows, 0.56)), 2, 50);
        if (encoder.Maps.Count > 0)
        {
            Columns = new EmbeddingBagCollection(
                encoder.Maps.Select((map, i) => new EmbeddingBagConfig(Table(i), map.Rows, Dim(i), Table(i)) { Mode = BagMode.Mean }), rng);
            foreach (Table table in Columns.Parameters().OfType<Table>())
                foreach (Memory<float> values in table.Values) RowMath.Scale(values.Span, settings.FirstDeviation);
        }
        int numeric = encoder.NumberCount, width = encoder.Maps.Select((_, i) => Dim(i)).Sum() + DenseWidth(encoder, settings);
        if (settings.Numeric == NumericEmbedding.Periodic && numeric > 0)
        {
            Frequencies = Init.Normal(rng, [numeric, settings.Bins], 0, 0.3f);
            int each = FactorDim;
            Waves = new Conv1d(numeric * 2 * settings.Bins, numeric * each, 1, groups: numeric, rng: rng);
            width += numeric * each;
        }
        if (isFm)
        {
            FirstOrder = encoder.Maps.Count > 0
                ? new EmbeddingBagCollection(
                encoder.Maps.Select((map, i) => new EmbeddingBagConfig(Table(i), map.Rows, 1, Table(i)) { Mode = BagMode.Mean }), rng)
                : null;
            if (FirstOrder is not null)
                foreach (Table table in FirstOrder.Parameters().OfType<Table>())
                    foreach (Memory<float> values in table.Values) values.Span.Clear();
            Factors = numeric > 0 ? Init.Normal(rng, [numeric, settings.Dim > 0 ? settings.Dim : FactorDim], 0, settings.FirstDeviation)
                : null;
            FactorHead = new Linear(settings.Dim > 0 ? settings.Dim : FactorDim, encoder.Outputs, rng: rng);
        }
        if (settings.Interaction == Interaction.Cross)
            Crosses = new ModuleList<Linear>(Enumerable.Range(0, settings.CrossLayers).Select(_ => new Linear(width, width, rng: rng)));
        EmbeddingDropout = settings.EmbeddingDropout > 0 ? new Dropout(settings.EmbeddingDropout, layers) : null;
        Dropout = settings.Dropout is > 0 and var rate ? new Dropout(rate, layers) : null;
        int[] hidden = [.. settings.Layers.Split(',').Select(int.Parse)];
        ModuleList<Linear> Layers() => new(hidden.Select((size, i) => new Linear(i == 0 ? width : hidden[i - 1], size, rng: rng)));
        Linear Last() => new(hidden[^1] + (Crosses is null ? 0 : width), encoder.Outputs, rng: rng);
        (Network, Head) = (Layers(), Last());
        if (settings.Members > 1)
            Others = new ModuleList<TabularMember>(Enumerable.Range(1, settings.Members - 1)
                .Select(_ => new TabularMember(Layers(), Last())));
    }

    public EmbeddingBagCollection? Columns { get; }

    public EmbeddingBagCollection? FirstOrder { get; }

    public Parameter? Frequencies { get; }

    public Conv1d? Waves { get; }

    public Parameter? Factors { get; }

    public Linear? FactorHead { get; }

    public ModuleList<Linear>? Crosses { get; }

    public Dropout? EmbeddingDropout { get; }

    public Dropout? Dropout { get; }

    public ModuleList<Linear> Network { get; }

    public Linear Head { get; }

    /// <summary>The other networks of an ensemble; null for one network.</summary>
    public ModuleList<TabularMember>? Others { get; }

    /// <summary>The name of a column's table within the model.</summary>
    public static string Table(int column) => $"column{column}";

    /// <summary>The tables by their names in the model's file.</summary>
    public Dictionary<string, Table> TablesByName() => NamedParameters().Where(named => named.Learnable is Rowan.Table)
        .ToDictionary(named => named.Name, named => (Table)named.Learnable);

    /// <summary>
    /// The column whose table has a name within the model's state, in either collection: …column3.weight; null for other parts.
    /// </summary>
    public static int? ColumnOf(string name) =>
        name.Split('.') is [.., var table, _] && table.StartsWith("column", StringComparison.Ordinal)
            && int.TryParse(table.AsSpan("column".Length), System.Globalization.CultureInfo.InvariantCulture, out int column)
            ? column : null;

    /// <summary>Values per record of <see cref="TabularBatch.Dense"/>.</summary>
    public static int DenseWidth(TabularEncoder encoder, TabularSettings settings) =>
        encoder.NumberCount + settings.Numeric switch
        {
            NumericEmbedding.Piecewise => encoder.Scales.Sum(scale => scale.Edges.Length - 1),
            _ => encoder.NumberCount,
        };

    /// <summary>The output of each network of the ensemble, over the same embeddings.</summary>
    public IReadOnlyList<Tensor> Forward(TabularBatch batch)
    {
        var parts = new List<Tensor>();
        Tensor? vectors = Columns?.Forward(batch.Features).Values;
        if (vectors is not null) parts.Add(vectors);
        if (batch.Dense is not null) parts.Add(batch.Dense);
        if (Waves is not null) parts.Add(Periodic(batch));
        Tensor x = parts.Count == 1 ? parts[0] : Ops.Concat(parts, 1);
        if (EmbeddingDropout is not null) x = EmbeddingDropout.Forward(x);
        Tensor crossed = x;
        if (Crosses is not null)
            foreach (Linear cross in Crosses) crossed = x * cross.Forward(crossed) + crossed;
        Tensor? factored = _interaction == Interaction.FactorizationMachine ? Factored(batch, vectors) : null;
        var outputs = new List<Tensor>();
        foreach ((ModuleList<Linear> network, Linear head) in Others is null ? [(Network, Head)]
            : Others.Select(other => (other.Network, other.Head)).Prepend((Network, Head)))
        {
            Tensor hidden = x;
            foreach (Linear layer in network)
            {
                hidden = layer.Forward(hidden).Relu();
                if (Dropout is not null) hidden = Dropout.Forward(hidden);
            }
            Tensor output = head.Forward(Crosses is null ? hidden : Ops.Concat([crossed, hidden], 1));
            outputs.Add(factored is null ? output : output + factored);
        }
        return outputs;
    }

    /// <summary>relu(W · [sin 2πcx, cos 2πcx]) of each column by itself.</summary>
    Tensor Periodic(TabularBatch batch)
    {
        int n = batch.Count;
        Tensor angles = batch.Numbers!.Unsqueeze(2) * Frequencies!.Value * (2 * MathF.PI);
        Tensor waves = Ops.Concat([angles.Sin(), angles.Cos()], 2).Reshape(n, -1, 1);
        return Waves!.Forward(waves).Relu().Reshape(n, -1);
    }

    /// <summary>Σ w + W·½((Σ v)² − Σ v²), over the vectors of the columns and the quantities times vectors of theirs.</summary>
    Tensor Factored(TabularBatch batch, Tensor? vectors)
    {
        int n = batch.Count;
        var all = new List<Tensor>();
        long dim = Factors?.Value.Shape[1] ?? vectors!.Shape[1] / Columns!.Tables.Count;
        if (vectors is not null) all.Add(vectors.Reshape(n, -1, dim));
        if (Factors is not null) all.Add(batch.Numbers!.Unsqueeze(2) * Factors.Value);
        Tensor v = all.Count == 1 ? all[0] : Ops.Concat(all, 1);
        Tensor sum = v.Sum(1);
        Tensor pairs = FactorHead!.Forward((sum * sum - (v * v).Sum(1)) * 0.5f);
        return FirstOrder is null ? pairs : pairs + FirstOrder.Forward(batch.Features).Values.Sum(1, keepDim: true);
    }
}
