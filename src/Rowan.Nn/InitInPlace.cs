using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// The same rules in place: they overwrite an existing parameter or table, like PyTorch's <c>xavier_uniform_(weight)</c>.
/// </summary>
/// <remarks>As in PyTorch, all values are written, including a table's padding row; write zeros to that row afterwards.</remarks>
public static partial class Init
{
    const int Piece = 1 << 16;

    /// <summary>Draws all weights from U(low, high).</summary>
    /// <param name="weights">A parameter or a table.</param>
    /// <param name="low">The smallest value.</param>
    /// <param name="high">Above the largest.</param>
    /// <param name="rng">Where they are drawn from; null for a generator seeded by the system, different in every run.</param>
    public static void Uniform(ILearnable weights, float low = 0, float high = 1, Rng? rng = null)
    {
        rng ??= new Rng();
        Write(weights, (_, values) => rng.Uniform(values, low, high));
    }

    /// <summary>Draws all weights from N(mean, std²).</summary>
    /// <param name="weights">A parameter or a table.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="std">The standard deviation.</param>
    /// <param name="rng">Where they are drawn from; null for a generator seeded by the system, different in every run.</param>
    public static void Normal(ILearnable weights, float mean = 0, float std = 1, Rng? rng = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        Require.InRange(std >= 0, $"Normal: standard deviation {std}; it is not negative", nameof(std));
        var scaled = new float[Piece];
        (rng ?? new Rng()).Randn(weights.ValueCount, (start, values) =>
        {
            for (int i = 0; i < values.Length; i++) scaled[i] = values[i] * std + mean;
            weights.WriteValues(start, scaled.AsSpan(0, values.Length));
        });
    }

    /// <summary>Draws all weights from U(−b, b), b = gain·√(6 / (fan in + fan out)).  (Glorot and Bengio 2010.)</summary>
    /// <exception cref="ArgumentException">The weights have fewer than two dimensions.</exception>
    public static void XavierUniform(ILearnable weights, double gain = 1, Rng? rng = null)
    {
        (double fanIn, double fanOut) = FansOf(weights, "XavierUniform");
        float bound = (float)(gain * Math.Sqrt(6 / (fanIn + fanOut)));
        Uniform(weights, -bound, bound, rng);
    }

    /// <summary>Draws all weights from N(0, s²), s = gain·√(2 / (fan in + fan out)).  (Glorot and Bengio 2010.)</summary>
    /// <exception cref="ArgumentException">The weights have fewer than two dimensions.</exception>
    public static void XavierNormal(ILearnable weights, double gain = 1, Rng? rng = null)
    {
        (double fanIn, double fanOut) = FansOf(weights, "XavierNormal");
        Normal(weights, 0, (float)(gain * Math.Sqrt(2 / (fanIn + fanOut))), rng);
    }

    /// <summary>Draws all weights from U(−b, b), b = gain·√(3 / fan).  (He et al. 2015.)</summary>
    /// <param name="weights">A parameter or a table.</param>
    /// <param name="gain">The gain of the nonlinearity that follows: <see cref="Gain"/>.</param>
    /// <param name="fanOut">Count outputs rather than inputs.</param>
    /// <param name="rng">Where they are drawn from; null for a generator seeded by the system, different in every run.</param>
    /// <exception cref="ArgumentException">The weights have fewer than two dimensions.</exception>
    public static void KaimingUniform(ILearnable weights, double gain = 1.4142135623730951, bool fanOut = false, Rng? rng = null)
    {
        (double ins, double outs) = FansOf(weights, "KaimingUniform");
        float bound = (float)(Math.Sqrt(3) * gain / Math.Sqrt(fanOut ? outs : ins));
        Uniform(weights, -bound, bound, rng);
    }

    /// <summary>Draws all weights from N(0, s²), s = gain / √fan.  (He et al. 2015.)</summary>
    /// <inheritdoc cref="KaimingUniform(ILearnable, double, bool, Rng?)"/>
    public static void KaimingNormal(ILearnable weights, double gain = 1.4142135623730951, bool fanOut = false, Rng? rng = null)
    {
        (double ins, double outs) = FansOf(weights, "KaimingNormal");
        Normal(weights, 0, (float)(gain / Math.Sqrt(fanOut ? outs : ins)), rng);
    }

    /// <summary>Writes one value everywhere.</summary>
    public static void Constant(ILearnable weights, float value) => Write(weights, (_, values) => values.Fill(value));

    /// <summary>Writes zeros.</summary>
    public static void Zeros(ILearnable weights) => Constant(weights, 0);

    /// <summary>Writes ones.</summary>
    public static void Ones(ILearnable weights) => Constant(weights, 1);

    /// <summary>w ← a·w, for example to make the initial weights of a table smaller.</summary>
    public static void Scale(ILearnable weights, float factor) => Write(weights, (start, values) =>
    {
        weights.ReadValues(start, values);
        RowMath.Scale(values, factor);
    });

    static void Write(ILearnable weights, RangeReader<float> fill)
    {
        ArgumentNullException.ThrowIfNull(weights);
        long count = weights.ValueCount;
        var piece = new float[Math.Min(Piece, count)];
        for (long start = 0; start < count; start += piece.Length)
        {
            Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, count - start));
            fill(start, values);
            weights.WriteValues(start, values);
        }
    }

    static (double In, double Out) FansOf(ILearnable weights, string operation)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Fans([.. weights.Sizes], operation);
    }
}
