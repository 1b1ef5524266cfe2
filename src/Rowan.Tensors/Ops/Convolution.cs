using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan;

public static partial class Ops
{
    /// <summary>
    /// y[n, o, i] = b[o] + Σ w[o, c, k]·x[n, c, s·i − p + d·k] over the channels of o's group and the kernel, x being 0 beyond its ends.
    /// Shapes: x [n, in, length], w [out, in / groups, kernel], b [out] → y [n, out, (length + 2p − d·(kernel − 1) − 1) / s + 1].
    /// </summary>
    /// <inheritdoc cref="Conv2d"/>
    public static Tensor Conv1d(this Tensor x, Tensor weight, Tensor? bias, int stride = 1, int padding = 0, int dilation = 1, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        Require.That(x.Rank == 3 && weight.Rank == 3, $"Conv1d: x {x.Shape} and weight {weight.Shape}; they are [n, in, length] and [out, in / groups, kernel]", nameof(x));
        return x.Unsqueeze(2).Conv2d(weight.Unsqueeze(2), bias, (1, stride), (0, padding), (1, dilation), groups).Squeeze(2);
    }

    /// <summary>
    /// y[n, o, i, j] = b[o] + Σ w[o, c, k, l]·x[n, c, s·i − p + d·k, s·j − p + d·l] over the channels of o's group and the kernel, x being 0
    /// beyond its edges. Shapes: x [n, in, height, width], w [out, in / groups, kernel height, kernel width], b [out] → y [n, out, …, …].
    /// </summary>
    /// <param name="x">The input.</param>
    /// <param name="weight">w.</param>
    /// <param name="bias">b; null for 0.</param>
    /// <param name="stride">s: how far the kernel moves.</param>
    /// <param name="padding">p: zeros at either end.</param>
    /// <param name="dilation">d: how far the kernel's values lie apart.</param>
    /// <param name="groups">Parts into which the channels are cut; each output channel sees its own part.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together, or the kernel is larger than the padded input.</exception>
    public static Tensor Conv2d(this Tensor x, Tensor weight, Tensor? bias, (int Height, int Width) stride, (int Height, int Width) padding, (int Height, int Width) dilation, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        var plan = new ConvolutionPlan(x.Shape, weight.Shape, stride, padding, dilation, groups);
        Require.That(bias is null || (bias.Rank == 1 && bias.Count == weight.Shape[0]), $"Convolution: bias {bias?.Shape} for {weight.Shape[0]} output channels", nameof(bias));
        Tensor y = plan.Forward(x, weight, bias);
        (Tensor, Pull<(ConvolutionPlan plan, Tensor x, Tensor weight)>) dx = (x, static (g, kept) => kept.plan.GradientOfInput(g, kept.weight)),
            dw = (weight, static (g, kept) => kept.plan.GradientOfWeight(g, kept.x));
        return bias is null
            ? Tensor.Record(y, (plan, x, weight), dx, dw)
            : Tensor.Record(y, (plan, x, weight), dx, dw, (bias, static (g, _) => g.Sum(3).Sum(2).Sum(0)));
    }

    /// <summary>
    /// A convolution as matrix products: the values each output sees are copied to a column (im2col), the kernel is a matrix, and the gradient of the
    /// columns is added back to where they came from.
    /// </summary>
    sealed class ConvolutionPlan
    {
        readonly Shape _input, _weight;
        readonly (int Height, int Width) _stride, _padding, _dilation;
        readonly int _groups, _height, _width;

        public ConvolutionPlan(Shape x, Shape weight, (int Height, int Width) stride, (int Height, int Width) padding, (int Height, int Width) dilation, int groups)
        {
            Require.That(x.Rank == 4 && weight.Rank == 4, $"Convolution: x {x} and weight {weight}; they are [n, in, height, width] and [out, in / groups, height, width]", nameof(x));
            Require.InRange(stride.Height > 0 && stride.Width > 0, $"Convolution: stride {stride}; it is positive", nameof(stride));
            Require.InRange(padding.Height >= 0 && padding.Width >= 0, $"Convolution: padding {padding}; it is not negative", nameof(padding));
            Require.InRange(dilation.Height > 0 && dilation.Width > 0, $"Convolution: dilation {dilation}; it is positive", nameof(dilation));
            Require.InRange(groups > 0, $"Convolution: {groups} groups; there is at least one", nameof(groups));
            Require.That(x[1] == weight[1] * groups, $"Convolution: x {x} has {x[1]} channels, and weight {weight} in {groups} groups takes {weight[1] * groups}", nameof(x));
            Require.That(weight[0] % groups == 0, $"Convolution: {weight[0]} output channels in {groups} groups; they are a multiple", nameof(groups));
            (_input, _weight, _stride, _padding, _dilation, _groups) = (x, weight, stride, padding, dilation, groups);
            _height = Out(x[2], weight[2], stride.Height, padding.Height, dilation.Height);
            _width = Out(x[3], weight[3], stride.Width, padding.Width, dilation.Width);
        }

        int Outs => (int)_weight[0] / _groups;

        int Depth => (int)(_weight[1] * _weight[2] * _weight[3]);

        int Places => _height * _width;

        public Tensor Forward(Tensor x, Tensor weight, Tensor? bias)
        {
            Tensor y = Tensor.Empty(_input[0], _weight[0], _height, _width);
            var columns = new float[Depth * Places];
            for (int n = 0; n < _input[0]; n++)
                for (int group = 0; group < _groups; group++)
                {
                    Fill(columns, x.Span, n, group);
                    Span<float> into = Output(y.WritableSpan, n, group);
                    if (bias is not null)
                        for (int o = 0; o < Outs; o++) into.Slice(o * Places, Places).Fill(bias.Span[group * Outs + o]);
                    Numerics.MatMul.Multiply(Kernel(weight.Span, group), false, columns, false, into, Outs, Places, Depth, accumulate: bias is not null);
                }
            return y;
        }

        public Tensor GradientOfInput(Tensor g, Tensor weight)
        {
            Tensor dx = Tensor.Zeros(_input.Sizes);
            var columns = new float[Depth * Places];
            for (int n = 0; n < _input[0]; n++)
                for (int group = 0; group < _groups; group++)
                {
                    Numerics.MatMul.Multiply(Kernel(weight.Span, group), true, Output(g.Span, n, group), false, columns, Depth, Places, Outs);
                    AddBack(columns, dx.WritableSpan, n, group);
                }
            return dx;
        }

        public Tensor GradientOfWeight(Tensor g, Tensor x)
        {
            Tensor dw = Tensor.Zeros(_weight.Sizes);
            var columns = new float[Depth * Places];
            for (int n = 0; n < _input[0]; n++)
                for (int group = 0; group < _groups; group++)
                {
                    Fill(columns, x.Span, n, group);
                    Numerics.MatMul.Multiply(Output(g.Span, n, group), false, columns, true, dw.WritableSpan.Slice(group * Outs * Depth, Outs * Depth), Outs, Depth, Places, accumulate: true);
                }
            return dw;
        }

        static int Out(long size, long kernel, int stride, int padding, int dilation)
        {
            long seen = dilation * (kernel - 1) + 1, padded = size + 2L * padding;
            Require.That(seen <= padded, $"Convolution: a kernel of {kernel} with dilation {dilation} spans {seen} values, and the padded input has {padded}", "x");
            return (int)((padded - seen) / stride) + 1;
        }

        ReadOnlySpan<float> Kernel(ReadOnlySpan<float> weight, int group) => weight.Slice(group * Outs * Depth, Outs * Depth);

        Span<float> Output(Span<float> y, int n, int group) => y.Slice((n * _groups + group) * Outs * Places, Outs * Places);

        ReadOnlySpan<float> Output(ReadOnlySpan<float> y, int n, int group) => y.Slice((n * _groups + group) * Outs * Places, Outs * Places);

        void Fill(Span<float> columns, ReadOnlySpan<float> x, int n, int group)
        {
            foreach ((int row, int channel, int k, int l) in Rows(n, group))
                for (int i = 0; i < _height; i++)
                {
                    Span<float> into = columns.Slice(row * Places + i * _width, _width);
                    int h = i * _stride.Height - _padding.Height + k * _dilation.Height;
                    if ((uint)h >= _input[2])
                    {
                        into.Clear();
                        continue;
                    }
                    ReadOnlySpan<float> line = x.Slice((channel * (int)_input[2] + h) * (int)_input[3], (int)_input[3]);
                    int w = l * _dilation.Width - _padding.Width;
                    for (int j = 0; j < into.Length; j++, w += _stride.Width) into[j] = (uint)w < (uint)line.Length ? line[w] : 0;
                }
        }

        void AddBack(ReadOnlySpan<float> columns, Span<float> dx, int n, int group)
        {
            foreach ((int row, int channel, int k, int l) in Rows(n, group))
                for (int i = 0; i < _height; i++)
                {
                    int h = i * _stride.Height - _padding.Height + k * _dilation.Height;
                    if ((uint)h >= _input[2]) continue;
                    ReadOnlySpan<float> from = columns.Slice(row * Places + i * _width, _width);
                    Span<float> line = dx.Slice((channel * (int)_input[2] + h) * (int)_input[3], (int)_input[3]);
                    int w = l * _dilation.Width - _padding.Width;
                    for (int j = 0; j < from.Length; j++, w += _stride.Width)
                        if ((uint)w < (uint)line.Length) line[w] += from[j];
                }
        }

        /// <summary>Each row of the columns: its channel of x, and its place in the kernel.</summary>
        IEnumerable<(int Row, int Channel, int K, int L)> Rows(int n, int group)
        {
            int row = 0;
            for (int c = 0; c < _weight[1]; c++)
                for (int k = 0; k < _weight[2]; k++)
                    for (int l = 0; l < _weight[3]; l++)
                        yield return (row++, n * (int)_input[1] + group * (int)_weight[1] + c, k, l);
        }
    }
}
