using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

/// <summary>A window that slides over one dimension: what pooling reduces to one value.</summary>
/// <param name="Kernel">Values in the window.</param>
/// <param name="Stride">How far it moves; null for its own width.</param>
/// <param name="Padding">Places added at either end: −∞ for a maximum, 0 for a mean. At most half the window.</param>
/// <param name="Dilation">How far its values lie apart; means have none.</param>
/// <param name="Ceiling">Count a last window that starts within the input, but does not fit, too.</param>
public readonly record struct PoolWindow(int Kernel, int? Stride = null, int Padding = 0, int Dilation = 1, bool Ceiling = false);

public static partial class Ops
{
    /// <summary>y = the largest value of each window, and where it stood;  dx = g at the first that is the largest.</summary>
    /// <param name="x">[…, height, width].</param>
    /// <param name="height">The window over the height.</param>
    /// <param name="width">The window over the width.</param>
    /// <returns>The largest values […, out height, out width], and the flat position of each within its [height, width].</returns>
    /// <exception cref="ArgumentException">A window does not fit the input.</exception>
    public static (Tensor Values, Indices Positions) MaxPool2d(this Tensor x, PoolWindow height, PoolWindow width)
    {
        ArgumentNullException.ThrowIfNull(x);
        (Tensor Values, Indices Positions) y = MaxPool(x, Windows.Sliding(SizeFor(x, 2), height, clip: false),
            Windows.Sliding(SizeFor(x, 1), width, clip: false));
        Trace.Several([y.Values, y.Positions], "MaxPool2d", [x], [.. Numbers(height), .. Numbers(width)]);
        return y;
    }

    /// <summary>
    /// y = the largest value of each of equal parts, and where it stood; part i runs from ⌊i·n / out⌋ to ⌈(i + 1)·n / out⌉.
    /// </summary>
    /// <inheritdoc cref="MaxPool2d"/>
    public static (Tensor Values, Indices Positions) AdaptiveMaxPool2d(this Tensor x, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(x);
        (Tensor Values, Indices Positions) y = MaxPool(x, Windows.Adaptive(SizeFor(x, 2), height), Windows.Adaptive(SizeFor(x, 1), width));
        Trace.Several([y.Values, y.Positions], "AdaptiveMaxPool2d", [x], [height, width]);
        return y;
    }

    /// <summary>y = the mean of each window;  dx = g / n at each of its values.</summary>
    /// <param name="x">[…, height, width].</param>
    /// <param name="height">The window over the height.</param>
    /// <param name="width">The window over the width.</param>
    /// <param name="countPadding">Whether padding counts in the divisor n.</param>
    /// <param name="divisor">A divisor instead of n; null for n.</param>
    /// <exception cref="ArgumentException">A window does not fit the input, or has a dilation.</exception>
    public static Tensor AveragePool2d(this Tensor x, PoolWindow height, PoolWindow width, bool countPadding = true, int? divisor = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        Require.That(height.Dilation == 1 && width.Dilation == 1,
            $"AveragePool: dilation {height.Dilation} × {width.Dilation}; means have none", nameof(height));
        Require.InRange(divisor is not 0, $"AveragePool: divisor {divisor}; it is not 0", nameof(divisor));
        Tensor y = AveragePool(x, Windows.Sliding(SizeFor(x, 2), height, clip: true), Windows.Sliding(SizeFor(x, 1), width, clip: true),
            countPadding, divisor);
        return Trace.Op(y, "AveragePool2d", [x], [.. Numbers(height), .. Numbers(width), countPadding ? 1 : 0, divisor ?? 0]);
    }

    /// <summary>
    /// y = the mean of each of equal parts; part i runs from ⌊i·n / out⌋ to ⌈(i + 1)·n / out⌉; dx = g / n at each of its values.
    /// </summary>
    /// <param name="x">[…, height, width].</param>
    /// <param name="height">Parts of the height.</param>
    /// <param name="width">Parts of the width.</param>
    public static Tensor AdaptiveAveragePool2d(this Tensor x, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(x);
        Tensor y = AveragePool(x, Windows.Adaptive(SizeFor(x, 2), height), Windows.Adaptive(SizeFor(x, 1), width), countPadding: false,
            divisor: null);
        return Trace.Op(y, "AdaptiveAveragePool2d", [x], [height, width]);
    }

    static long[] Numbers(PoolWindow window) =>
        [window.Kernel, window.Stride ?? window.Kernel, window.Padding, window.Dilation, window.Ceiling ? 1 : 0];

    static int SizeFor(Tensor x, int fromEnd)
    {
        Require.That(x.Rank >= 2, $"Pooling: x {x.Shape}; it is […, height, width]", nameof(x));
        return (int)x.Shape.Sizes[^fromEnd];
    }

    static (Tensor, Indices) MaxPool(Tensor x, Windows height, Windows width)
    {
        (int planes, int size) = Planes(x);
        int lineWidth = (int)x.Shape[^1];
        Tensor y = Tensor.Empty([.. x.Shape.Sizes[..^2], height.Count, width.Count]);
        var winner = new int[y.Count];
        int at = 0;
        for (int plane = 0; plane < planes; plane++)
        {
            ReadOnlySpan<float> values = x.Span.Slice(plane * size, size);
            for (int i = 0; i < height.Count; i++)
                for (int j = 0; j < width.Count; j++)
                {
                    int best = height.Start[i] * lineWidth + width.Start[j];
                    for (int h = height.Start[i]; h < height.End[i]; h += height.Step)
                        for (int w = width.Start[j]; w < width.End[j]; w += width.Step)
                            if (values[h * lineWidth + w] > values[best] || float.IsNaN(values[h * lineWidth + w]))
                                best = h * lineWidth + w;
                    (winner[at], y.WritableSpan[at]) = (best, values[best]);
                    at++;
                }
        }
        int outSize = height.Count * width.Count;
        var positions = Indices.From(winner, y.Shape.Sizes);
        return (Tensor.Record(y, (x.Shape, winner, size, outSize), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Zeros(kept.Shape.Sizes);
            for (int i = 0; i < kept.winner.Length; i++) dx.WritableSpan[i / kept.outSize * kept.size + kept.winner[i]] += g.Span[i];
            return dx;
        })), positions);
    }

    static Tensor AveragePool(Tensor x, Windows height, Windows width, bool countPadding, int? divisor)
    {
        (int planes, int size) = Planes(x);
        int lineWidth = (int)x.Shape[^1];
        Tensor y = Tensor.Zeros([.. x.Shape.Sizes[..^2], height.Count, width.Count]);
        int at = 0;
        for (int plane = 0; plane < planes; plane++)
            for (int i = 0; i < height.Count; i++)
                for (int j = 0; j < width.Count; j++)
                {
                    float sum = 0;
                    for (int h = height.Start[i]; h < height.End[i]; h++)
                        for (int w = width.Start[j]; w < width.End[j]; w++) sum += x.Span[plane * size + h * lineWidth + w];
                    y.WritableSpan[at++] = sum / Divisor(height, width, i, j, countPadding, divisor);
                }
        return Tensor.Record(y, (x.Shape, height, width, countPadding, divisor), (x, static (g, kept) =>
        {
            Tensor dx = Tensor.Zeros(kept.Shape.Sizes);
            (int planes, int size) = Planes(dx);
            int lineWidth = (int)kept.Shape[^1], at = 0;
            for (int plane = 0; plane < planes; plane++)
                for (int i = 0; i < kept.height.Count; i++)
                    for (int j = 0; j < kept.width.Count; j++)
                    {
                        float share = g.Span[at++] / Divisor(kept.height, kept.width, i, j, kept.countPadding, kept.divisor);
                        for (int h = kept.height.Start[i]; h < kept.height.End[i]; h++)
                            for (int w = kept.width.Start[j]; w < kept.width.End[j]; w++)
                                dx.WritableSpan[plane * size + h * lineWidth + w] += share;
                    }
            return dx;
        }));
    }

    static (int Planes, int Size) Planes(Tensor x)
    {
        int size = (int)(x.Shape.Sizes[^1] * x.Shape.Sizes[^2]);
        return (size == 0 ? 0 : (int)(x.Count / size), size);
    }

    static int Divisor(Windows height, Windows width, int i, int j, bool countPadding, int? divisor) => divisor ?? (countPadding
        ? height.Padded[i] * width.Padded[j]
        : (height.End[i] - height.Start[i]) * (width.End[j] - width.Start[j]));

    /// <summary>Where each window of one dimension starts and ends within the input, and how long it is with padding.</summary>
    sealed record Windows(int[] Start, int[] End, int[] Padded, int Step)
    {
        public int Count => Start.Length;

        public static Windows Sliding(int size, PoolWindow window, bool clip)
        {
            int stride = window.Stride ?? window.Kernel, padding = window.Padding, span = window.Dilation * (window.Kernel - 1) + 1;
            Require.InRange(window.Kernel > 0 && stride > 0 && window.Dilation > 0,
                $"Pooling: kernel {window.Kernel}, stride {stride}, dilation {window.Dilation}; each is positive", nameof(window));
            Require.InRange(padding >= 0 && padding <= window.Kernel / 2,
                $"Pooling: padding {padding} for a kernel of {window.Kernel}; it runs from 0 to half the kernel", nameof(window));
            Require.That(span <= size + 2 * padding || (window.Ceiling && size > 0),
                $"Pooling: a window that spans {span} values, and a padded input of {size + 2 * padding}", nameof(window));
            int count = (size + 2 * padding - span + (window.Ceiling ? stride - 1 : 0)) / stride + 1;
            if (window.Ceiling && (count - 1) * stride >= size + padding) count--;
            int[] start = new int[count], end = new int[count], padded = new int[count];
            for (int i = 0; i < count; i++)
            {
                int from = i * stride - padding, to = Math.Min(from + span, clip ? size + padding : size);
                padded[i] = to - from;
                while (from < 0) from += window.Dilation;
                (start[i], end[i]) = (from, Math.Min(to, size));
            }
            return new(start, end, padded, window.Dilation);
        }

        public static Windows Adaptive(int size, int count)
        {
            Require.InRange(count > 0, $"Pooling: {count} parts; there is at least one", nameof(count));
            Require.That(size > 0, $"Pooling: an input of {size} values in {count} parts; there is at least one value", nameof(size));
            int[] start = new int[count], end = new int[count];
            for (int i = 0; i < count; i++)
                (start[i], end[i]) = ((int)((long)i * size / count), (int)(((i + 1L) * size + count - 1) / count));
            return new(start, end, [.. start.Zip(end, (from, to) => to - from)], 1);
        }
    }
}
