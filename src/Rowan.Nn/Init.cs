using System.Security.Cryptography;
using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>First weights, drawn in PyTorch's order by PyTorch's rules.</summary>
public static class Init
{
    /// <summary>A parameter from U(−1/√inputs, 1/√inputs): PyTorch's Kaiming uniform with a = √5, for weights and biases of linear layers.</summary>
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
    /// <inheritdoc cref="KaimingUniform"/>
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

    /// <summary>What to scale first weights by, so that a nonlinearity keeps the variance: 5/3 for tanh, √(2 / (1 + a²)) for a leaky rectifier of slope a.</summary>
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
        _ => throw new ArgumentException($"Gain: '{nonlinearity}'; it is linear, sigmoid, tanh, relu, leaky_relu or selu", nameof(nonlinearity)),
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
        Require.That(shape.Length >= 2, $"{operation}: shape {new Shape(shape)}; inputs and outputs are counted from at least two dimensions", nameof(shape));
        double field = new Shape(shape[2..]).Count;
        return (shape[1] * field, shape[0] * field);
    }

    /// <summary>Rows from N(0, 1), the padding row then set to zero.</summary>
    internal static Table NormalRows(Rng? rng, long rows, int dim, long? paddingIdx)
    {
        var table = new Table(rows, dim);
        (rng ?? FromSystem()).Randn(table.Values);
        if (paddingIdx is { } padding) table.Write(padding, new float[dim]);
        return table;
    }

    /// <summary>A generator seeded by the system.</summary>
    internal static Rng FromSystem() => new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    internal static Table PretrainedRows(Tensor weights, bool freeze, string operation)
    {
        ArgumentNullException.ThrowIfNull(weights);
        Require.That(weights.Rank == 2, $"{operation}.FromPretrained: weights of shape {weights.Shape}; give a matrix with a vector in each row", nameof(weights));
        if (freeze)
        {
            int nan = weights.Span.IndexOf(float.NaN);
            Require.That(nan < 0, $"{operation}.FromPretrained: NaN at [{nan / weights.Shape[1]}, {nan % weights.Shape[1]}]; frozen vectors must be numbers", nameof(weights));
        }
        var table = new Table(weights.Shape[0], checked((int)weights.Shape[1])) { Frozen = freeze };
        table.CopyFrom(weights.Span);
        return table;
    }
}
