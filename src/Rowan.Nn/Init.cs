using System.Security.Cryptography;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>First weights, drawn in PyTorch's order by PyTorch's rules.</summary>
public static partial class Init
{
    /// <summary>
    /// A parameter from U(−1/√inputs, 1/√inputs): PyTorch's Kaiming uniform with a = √5, for weights and biases of linear layers.
    /// </summary>
    public static Parameter FanInUniform(Rng rng, long inputs, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(rng);
        Tensor values = Tensor.Zeros(shape);
        float bound = inputs > 0 ? (float)(1 / Math.Sqrt(inputs)) : 0;
        rng.Uniform(values.WritableSpan, -bound, bound);
        return new Parameter(values);
    }

    /// <summary>U(−b, b), b = gain·√(6 / (fan in + fan out)).  (Glorot and Bengio 2010.)</summary>
    public static Parameter XavierUniform(Rng rng, ReadOnlySpan<long> shape, double gain = 1)
    {
        (double fanIn, double fanOut) = Fans(shape, "XavierUniform");
        return Uniform(rng, shape, gain * Math.Sqrt(6 / (fanIn + fanOut)));
    }

    /// <summary>N(0, s²), s = gain·√(2 / (fan in + fan out)).  (Glorot and Bengio 2010.)</summary>
    public static Parameter XavierNormal(Rng rng, ReadOnlySpan<long> shape, double gain = 1)
    {
        (double fanIn, double fanOut) = Fans(shape, "XavierNormal");
        return Normal(rng, shape, 0, (float)(gain * Math.Sqrt(2 / (fanIn + fanOut))));
    }

    /// <summary>U(−b, b), b = gain·√(3 / fan).  (He et al. 2015.)</summary>
    /// <param name="rng">Where the weights are drawn from.</param>
    /// <param name="shape">[out, in, …].</param>
    /// <param name="gain">What the nonlinearity that follows asks for: <see cref="Gain"/>.</param>
    /// <param name="fanOut">Count outputs rather than inputs.</param>
    public static Parameter KaimingUniform(Rng rng, ReadOnlySpan<long> shape, double gain = 1.4142135623730951, bool fanOut = false) =>
        Uniform(rng, shape, Math.Sqrt(3) * gain / Math.Sqrt(Fan(shape, fanOut, "KaimingUniform")));

    /// <summary>N(0, s²), s = gain / √fan.  (He et al. 2015.)</summary>
    /// <inheritdoc cref="KaimingUniform(Rng, ReadOnlySpan{long}, double, bool)"/>
    public static Parameter KaimingNormal(Rng rng, ReadOnlySpan<long> shape, double gain = 1.4142135623730951, bool fanOut = false) =>
        Normal(rng, shape, 0, (float)(gain / Math.Sqrt(Fan(shape, fanOut, "KaimingNormal"))));

    /// <summary>N(mean, std²).</summary>
    public static Parameter Normal(Rng rng, ReadOnlySpan<long> shape, float mean = 0, float std = 1)
    {
        ArgumentNullException.ThrowIfNull(rng);
        Tensor values = Tensor.Zeros(shape);
        rng.Normal(values.WritableSpan, mean, std);
        return new Parameter(values);
    }

    /// <summary>U(low, high).</summary>
    public static Parameter Uniform(Rng rng, ReadOnlySpan<long> shape, float low, float high)
    {
        ArgumentNullException.ThrowIfNull(rng);
        Tensor values = Tensor.Zeros(shape);
        rng.Uniform(values.WritableSpan, low, high);
        return new Parameter(values);
    }

    /// <summary>1 on the diagonal, 0 elsewhere [rows, columns].</summary>
    public static Parameter Eye(int rows, int columns)
    {
        Tensor values = Tensor.Zeros(rows, columns);
        for (int i = 0; i < Math.Min(rows, columns); i++) values.WritableSpan[i * columns + i] = 1;
        return new Parameter(values);
    }

    /// <summary>
    /// 1 at the middle of each kernel where output and input channel are the same, 0 elsewhere: a convolution that changes nothing.
    /// </summary>
    /// <param name="shape">[out, in, kernel…].</param>
    /// <exception cref="ArgumentException">The shape has not three to five dimensions.</exception>
    public static Parameter Dirac(ReadOnlySpan<long> shape)
    {
        Require.That(shape.Length is >= 3 and <= 5, $"Dirac: shape {new Shape(shape)}; it is [out, in, kernel…], three to five dimensions",
            nameof(shape));
        Tensor values = Tensor.Zeros(shape);
        long middle = 0;
        for (int d = 2; d < shape.Length; d++) middle = middle * shape[d] + shape[d] / 2;
        long field = new Shape(shape[2..]).Count;
        for (long c = 0; c < Math.Min(shape[0], shape[1]); c++) values.WritableSpan[(int)((c * shape[1] + c) * field + middle)] = 1;
        return new Parameter(values);
    }

    /// <summary>N(mean, std²) between two bounds: uniform draws through the inverse of the distribution.</summary>
    /// <exception cref="ArgumentOutOfRangeException">low is not below high, or std not positive.</exception>
    public static Parameter TruncatedNormal(Rng rng, ReadOnlySpan<long> shape, double mean = 0, double std = 1, double low = -2,
        double high = 2)
    {
        ArgumentNullException.ThrowIfNull(rng);
        Require.InRange(low < high, $"TruncatedNormal: from {low} to {high}; the first is the smaller", nameof(low));
        Require.InRange(std > 0, $"TruncatedNormal: standard deviation {std}; it is positive", nameof(std));
        double Below(double x) => (1 + Distribution.Erf((x - mean) / std / Math.Sqrt(2))) / 2;
        Tensor values = Tensor.Zeros(shape);
        rng.Uniform(values.WritableSpan, (float)(2 * Below(low) - 1), (float)(2 * Below(high) - 1));
        foreach (ref float value in values.WritableSpan)
            value = (float)Math.Clamp(Distribution.InverseErf(value) * std * Math.Sqrt(2) + mean, low, high);
        return new Parameter(values);
    }

    /// <summary>
    /// A matrix whose rows (or columns, where they are fewer) are orthogonal and of length gain, drawn from N(0, 1) first. (Saxe,
    /// McClelland, Ganguli 2014.)
    /// </summary>
    /// <param name="rng">Where the weights are drawn from.</param>
    /// <param name="shape">[out, in…]: all but the first dimension count as columns.</param>
    /// <param name="gain">The length.</param>
    /// <exception cref="ArgumentException">The shape has fewer than two dimensions.</exception>
    public static Parameter Orthogonal(Rng rng, ReadOnlySpan<long> shape, double gain = 1)
    {
        ArgumentNullException.ThrowIfNull(rng);
        Require.That(shape.Length >= 2, $"Orthogonal: shape {new Shape(shape)}; it has at least two dimensions", nameof(shape));
        Tensor values = Tensor.Zeros(shape);
        rng.Randn(values.WritableSpan);
        int rows = (int)shape[0], columns = (int)(values.Count / Math.Max(1, rows));
        bool tall = rows >= columns;
        (int vectors, int length) = tall ? (columns, rows) : (rows, columns);
        // Gram and Schmidt twice over, in double: the Q of a QR whose R has a positive diagonal.
        var q = new double[vectors][];
        for (int v = 0; v < vectors; v++)
        {
            q[v] = new double[length];
            for (int i = 0; i < length; i++) q[v][i] = values.Span[tall ? i * columns + v : v * columns + i];
            for (int pass = 0; pass < 2; pass++)
                for (int before = 0; before < v; before++)
                {
                    double along = 0;
                    for (int i = 0; i < length; i++) along += q[v][i] * q[before][i];
                    for (int i = 0; i < length; i++) q[v][i] -= along * q[before][i];
                }
            double norm = Math.Sqrt(q[v].Sum(value => value * value));
            for (int i = 0; i < length; i++) q[v][i] /= norm;
        }
        for (int v = 0; v < vectors; v++)
            for (int i = 0; i < length; i++) values.WritableSpan[tall ? i * columns + v : v * columns + i] = (float)(gain * q[v][i]);
        return new Parameter(values);
    }

    /// <summary>New rows of a grown table from N(mean, std²), row after row.</summary>
    public static RowInitializer NormalRow(Rng rng, float mean = 0, float std = 1) => (_, row) => rng.Normal(row, mean, std);

    /// <summary>
    /// New rows of a grown table that equal the mean of the rows it has now: a neutral start for new words of a trained model.
    /// </summary>
    public static RowInitializer MeanRow(Table table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var sum = new double[table.Dim];
        var room = new float[table.Dim];
        for (long row = 0; row < table.Count; row++)
        {
            table.ReadValues(row * table.Dim, room);
            for (int i = 0; i < room.Length; i++) sum[i] += room[i];
        }
        float[] mean = [.. sum.Select(value => (float)(value / table.Count))];
        return (_, row) => mean.CopyTo(row);
    }

    /// <summary>
    /// The factor for initial weights with which a nonlinearity keeps the variance: 5/3 for tanh, √(2 / (1 + a²)) for a leaky rectifier
    /// of slope a.
    /// </summary>
    /// <param name="nonlinearity">"linear", "sigmoid", "tanh", "relu", "leaky_relu" or "selu".</param>
    /// <param name="slope">The slope of a leaky rectifier.</param>
    /// <exception cref="ArgumentException">No such nonlinearity.</exception>
    public static double Gain(string nonlinearity, double slope = 0.01) => nonlinearity switch
    {
        "linear" or "sigmoid" => 1,
        "tanh" => 5.0 / 3,
        "relu" => Math.Sqrt(2),
        "leaky_relu" => Math.Sqrt(2 / (1 + slope * slope)),
        "selu" => 0.75,
        _ => throw new ArgumentException($"Gain: '{nonlinearity}'; it is linear, sigmoid, tanh, relu, leaky_relu or selu",
            nameof(nonlinearity)),
    };

    static Parameter Uniform(Rng rng, ReadOnlySpan<long> shape, double bound) => Uniform(rng, shape, (float)-bound, (float)bound);

    static double Fan(ReadOnlySpan<long> shape, bool fanOut, string operation)
    {
        (double fanIn, double outs) = Fans(shape, operation);
        return fanOut ? outs : fanIn;
    }

    /// <summary>Inputs and outputs a weight of shape [out, in, kernel…] connects.</summary>
    static (double In, double Out) Fans(ReadOnlySpan<long> shape, string operation)
    {
        Require.That(shape.Length >= 2,
            $"{operation}: shape {new Shape(shape)}; inputs and outputs are counted from at least two dimensions", nameof(shape));
        double field = new Shape(shape[2..]).Count;
        return (shape[1] * field, shape[0] * field);
    }

    /// <summary>Rows from N(0, 1), the padding row then set to zero.</summary>
    internal static Table NormalRows(Rng? rng, long rows, int dim, EmbeddingOptions options, string name = "Table")
    {
        var table = new Table(rows, dim, name, storage: options.Storage);
        rng ??= FromSystem();
        if (options.Storage == RowStorage.Float32) rng.Randn(table.Values);
        else rng.Randn(rows * dim, table.WriteValues);
        if (options.PaddingIdx is { } padding) table.Write(padding, new float[dim]);
        return table;
    }

    /// <summary>A generator seeded by the system.</summary>
    internal static Rng FromSystem() => new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    static int FirstNotFinite(ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i])) return i;
        return -1;
    }

    internal static Table PretrainedRows(Tensor weights, bool freeze, EmbeddingOptions? options, string operation)
    {
        ArgumentNullException.ThrowIfNull(weights);
        Require.That(weights.Rank == 2,
            $"{operation}.FromPretrained: weights of shape {weights.Shape}; give a matrix with a vector in each row", nameof(weights));
        if (freeze)
        {
            int wrong = FirstNotFinite(weights.Span);
            Require.That(wrong < 0,
                $"{operation}.FromPretrained: {(wrong < 0 ? 0 : weights.Span[wrong])} at [{wrong / weights.Shape[1]}, "
                    + $"{wrong % weights.Shape[1]}]; frozen vectors must be finite numbers",
                nameof(weights));
        }
        var table = new Table(weights.Shape[0], checked((int)weights.Shape[1]), storage: (options ?? EmbeddingOptions.None).Storage) {
            Frozen = freeze };
        table.CopyFrom(weights.Span);
        return table;
    }
}
