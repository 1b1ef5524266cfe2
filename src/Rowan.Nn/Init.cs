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
