using System.Runtime.InteropServices;
using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>
    /// n = (x − μ) / √(σ² + ε) channel by channel,  y = n·w + b. With the batch's own statistics
    /// dx = w·(g − mean(g) − n·mean(g·n)) / √(σ² + ε); with given ones dx = w·g / √(σ² + ε). dw = Σ g·n, db = Σ g. (Ioffe and Szegedy
    /// 2015.)
    /// </summary>
    /// <param name="x">[n, channels, …].</param>
    /// <param name="mean">μ [channels].</param>
    /// <param name="variance">σ² [channels], the biased one where it is the batch's.</param>
    /// <param name="ofBatch">Whether mean and variance are those of x (<see cref="ChannelStatistics"/>), so that they move with it.</param>
    /// <param name="weight">w [channels]; null for 1.</param>
    /// <param name="bias">b [channels]; null for 0.</param>
    /// <param name="epsilon">Keeps the divisor away from 0.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public static Tensor BatchNorm(this Tensor x, ReadOnlyMemory<float> mean, ReadOnlyMemory<float> variance, bool ofBatch, Tensor? weight,
        Tensor? bias, float epsilon = 1e-5f)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.That(x.Rank >= 2 && mean.Length == x.Shape[1] && variance.Length == x.Shape[1],
            $"BatchNorm: x {x.Shape} with statistics of {mean.Length} and {variance.Length} channels; x is [n, channels, …]", nameof(x));
        Require.That((weight is null || weight.Count == mean.Length) && (bias is null || bias.Count == mean.Length),
            $"BatchNorm: weight {weight?.Shape} and bias {bias?.Shape} for {mean.Length} channels", nameof(weight));
        var kept = new ChannelNorm(x, mean, variance, weight, ofBatch, epsilon);
        (Tensor, Pull<ChannelNorm>) dx = (x, static (g, kept) => kept.GradientOfInput(g));
        (Tensor, Pull<ChannelNorm>) dw = (weight ?? x, static (g, kept) => kept.Sums(g).WithNormal),
        db = (bias ?? x, static (g, kept) => kept.Sums(g).Plain);
        Tensor y = kept.Forward(bias);
        y = (weight, bias) switch
        {
            (null, null) => Tensor.Record(y, kept, dx),
            (_, null) => Tensor.Record(y, kept, dx, dw),
            (null, _) => Tensor.Record(y, kept, dx, db),
            _ => Tensor.Record(y, kept, dx, dw, db),
        };
        return Trace.IsOn ? Trace.Op(y, "BatchNorm", [x, weight, bias, ofBatch ? null : Over(mean), ofBatch ? null : Over(variance)],
            default, [epsilon]) : y;
    }

    /// <summary>Numbers as a tensor, sharing the memory of an array.</summary>
    static Tensor Over(ReadOnlyMemory<float> values) => MemoryMarshal.TryGetArray(values, out ArraySegment<float> memory)
        ? Tensor.Over(memory.Array!, memory.Offset, [memory.Count]) : new Tensor(values.Span);

    /// <summary>Mean and biased variance of each channel of x [n, channels, …], summed in double.</summary>
    public static (float[] Mean, float[] Variance) ChannelStatistics(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.That(x.Rank >= 2, $"ChannelStatistics: x {x.Shape}; it is [n, channels, …]", nameof(x));
        (int n, int channels, int inner) = x.Shape.Around(1);
        float[] mean = new float[channels], variance = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, squares = 0;
            for (int i = 0; i < n; i++)
                foreach (float value in x.Span.Slice((i * channels + c) * inner, inner)) sum += value;
            double center = sum / ((double)n * inner);
            for (int i = 0; i < n; i++)
                foreach (float value in x.Span.Slice((i * channels + c) * inner, inner)) squares += (value - center) * (value - center);
            (mean[c], variance[c]) = ((float)center, (float)(squares / ((double)n * inner)));
        }
        return (mean, variance);
    }

    /// <summary>One batch normalization: what its backward pass needs, and both passes.</summary>
    sealed class ChannelNorm(Tensor x, ReadOnlyMemory<float> mean, ReadOnlyMemory<float> variance, Tensor? weight, bool ofBatch,
        float epsilon)
    {
        readonly int _n = (int)x.Shape[0], _channels = (int)x.Shape[1], _inner = (int)(x.Count / Math.Max(1, x.Shape[0] * x.Shape[1]));
        readonly float[] _mean = mean.ToArray(), _scale = [.. variance.ToArray().Select(v => 1 / MathF.Sqrt(v + epsilon))];

        public Tensor Forward(Tensor? bias)
        {
            Tensor y = Tensor.Empty(x.Shape);
            for (int at = 0; at < _n * _channels; at++)
            {
                int c = at % _channels;
                Span<float> into = y.WritableSpan.Slice(at * _inner, _inner);
                Lanes.Zip<Subtract>(x.Span.Slice(at * _inner, _inner), [_mean[c]], into);
                RowMath.Scale(into, _scale[c] * (weight is null ? 1 : weight.Span[c]));
                if (bias is not null) Lanes.Zip<Add>(into, [bias.Span[c]], into);
            }
            return y;
        }

        /// <summary>Σ g and Σ g·n, each [channels].</summary>
        public (Tensor Plain, Tensor WithNormal) Sums(Tensor g)
        {
            double[] plain = new double[_channels], withNormal = new double[_channels];
            for (int at = 0; at < _n * _channels; at++)
            {
                int c = at % _channels;
                ReadOnlySpan<float> values = x.Span.Slice(at * _inner, _inner), gs = g.Span.Slice(at * _inner, _inner);
                for (int i = 0; i < values.Length; i++)
                {
                    plain[c] += gs[i];
                    withNormal[c] += (double)gs[i] * (values[i] - _mean[c]) * _scale[c];
                }
            }
            return (Tensor.Over([.. plain.Select(sum => (float)sum)], _channels),
                Tensor.Over([.. withNormal.Select(sum => (float)sum)], _channels));
        }

        public Tensor GradientOfInput(Tensor g)
        {
            Tensor dx = Tensor.Empty(x.Shape);
            (Tensor plain, Tensor withNormal) = Sums(g);
            float count = _n * _inner;
            for (int at = 0; at < _n * _channels; at++)
            {
                int c = at % _channels;
                Span<float> into = dx.WritableSpan.Slice(at * _inner, _inner);
                g.Span.Slice(at * _inner, _inner).CopyTo(into);
                if (ofBatch)
                {
                    float along = withNormal.Span[c] / count * _scale[c], shift = plain.Span[c] / count - along * _mean[c];
                    RowMath.AddScaled(x.Span.Slice(at * _inner, _inner), -along, into);
                    Lanes.Zip<Subtract>(into, [shift], into);
                }
                RowMath.Scale(into, _scale[c] * (weight is null ? 1 : weight.Span[c]));
            }
            return dx;
        }
    }
}
