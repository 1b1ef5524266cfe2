using System.Buffers;
using Rowan.Numerics;

namespace Rowan.Tensors;

/// <summary>
/// A convolution as matrix products, a block of examples at a time: the values each output sees are copied to a column (im2col), the
/// kernel is a matrix, and the gradient of the columns is added back to where they came from.
/// </summary>
sealed class ConvolutionPlan
{
    const int BlockColumns = 256;      // Of a block that one thread takes: the kernel is packed once for all of them.
    const int SummedColumns = 1_024;   // Of a block whose gradient of the kernel all threads compute together.
    const long Grain = 1 << 18;        // Multiplications that are worth a thread.

    readonly Shape _input, _weight;
    readonly (int Height, int Width) _stride, _padding, _dilation;
    readonly int _groups, _height, _width;

    public ConvolutionPlan(Shape x, Shape weight, (int Height, int Width) stride, (int Height, int Width) padding,
        (int Height, int Width) dilation, int groups)
    {
        Require.That(x.Rank == 4 && weight.Rank == 4,
            $"Convolution: x {x} and weight {weight}; they are [n, in, height, width] and [out, in / groups, height, width]", nameof(x));
        Require.InRange(stride.Height > 0 && stride.Width > 0, $"Convolution: stride {stride}; it is positive", nameof(stride));
        Require.InRange(padding.Height >= 0 && padding.Width >= 0, $"Convolution: padding {padding}; it is not negative", nameof(padding));
        Require.InRange(dilation.Height > 0 && dilation.Width > 0, $"Convolution: dilation {dilation}; it is positive", nameof(dilation));
        Require.InRange(groups > 0, $"Convolution: {groups} groups; there is at least one", nameof(groups));
        Require.That(x[1] == weight[1] * groups,
            $"Convolution: x {x} has {x[1]} channels, and weight {weight} in {groups} groups takes {weight[1] * groups}", nameof(x));
        Require.That(weight[0] % groups == 0, $"Convolution: {weight[0]} output channels in {groups} groups; they are a multiple",
            nameof(groups));
        (_input, _weight, _stride, _padding, _dilation, _groups) = (x, weight, stride, padding, dilation, groups);
        _height = Out(x[2], weight[2], stride.Height, padding.Height, dilation.Height);
        _width = Out(x[3], weight[3], stride.Width, padding.Width, dilation.Width);
    }

    int Examples => (int)_input[0];

    int Outs => (int)_weight[0] / _groups;

    int Depth => (int)(_weight[1] * _weight[2] * _weight[3]);

    int Places => _height * _width;

    public Tensor Forward(Tensor x, Tensor weight, Tensor? bias)
    {
        Tensor y = Tensor.Empty(new Shape(_input[0], _weight[0], _height, _width));
        ForBlocks(new ForwardBlocks(this, x, weight, bias, y));
        return y;
    }

    public Tensor GradientOfInput(Tensor g, Tensor weight)
    {
        Tensor dx = Tensor.Empty(_input);
        ForBlocks(new InputBlocks(this, g, weight, dx));
        return dx;
    }

    public Tensor GradientOfWeight(Tensor g, Tensor x)
    {
        Tensor dw = Tensor.Zeros(_weight.Sizes);
        int size = ExamplesIn(SummedColumns);
        float[] columns = ArrayPool<float>.Shared.Rent(Depth * size * Places), gs = ArrayPool<float>.Shared.Rent(Outs * size * Places);
        for (int first = 0; first < Examples; first += size)
            for (int group = 0; group < _groups; group++)
            {
                int count = Math.Min(size, Examples - first), length = count * Places;
                Workers.For(count, Math.Max(1, Grain / 16 / Math.Max(1, (long)Depth * Places)),
                    new FillExamples(this, x, g, first, group, length, columns, gs));
                MatMul.Multiply(gs, false, columns, true, dw.WritableSpan.Slice(group * Outs * Depth, Outs * Depth), Outs, Depth, length,
                    accumulate: true);
            }
        ArrayPool<float>.Shared.Return(columns);
        ArrayPool<float>.Shared.Return(gs);
        return dw;
    }

    static int Out(long size, long kernel, int stride, int padding, int dilation)
    {
        long seen = dilation * (kernel - 1) + 1, padded = size + 2L * padding;
        Require.That(seen <= padded,
            $"Convolution: a kernel of {kernel} with dilation {dilation} spans {seen} values, and the padded input has {padded}", "x");
        return (int)((padded - seen) / stride) + 1;
    }


    int ExamplesIn(int columns) => Math.Max(1, Math.Min(Examples, columns / Math.Max(1, Places)));

    void ForBlocks<TBody>(TBody body) where TBody : struct, IRangeBody
    {
        int size = ExamplesIn(BlockColumns);
        Workers.For((Examples + size - 1) / size, Math.Max(1, Grain / Math.Max(1, (long)size * Places * Depth * Outs * _groups)), body);
    }

    ReadOnlySpan<float> Kernel(Tensor weight, int group) => weight.Span.Slice(group * Outs * Depth, Outs * Depth);

    /// <summary>Where an example's outputs of a group begin: [Outs, Places].</summary>
    int Output(int example, int group) => (example * _groups + group) * Outs * Places;

    /// <summary>What the outputs of an example see, as columns at of a matrix [Depth, length].</summary>
    void Fill(Span<float> columns, int length, int at, ReadOnlySpan<float> x, int example, int group)
    {
        for (int row = 0; row < Depth; row++)
        {
            Line line = LineOf(row);
            for (int i = 0; i < _height; i++)
            {
                Span<float> into = columns.Slice(row * length + at + i * _width, _width);
                if (Source(example, group, line, i) is not { } start)
                {
                    into.Clear();
                    continue;
                }
                into[..line.From].Clear();
                into[line.To..].Clear();
                if (_stride.Width == 1) x.Slice(start + line.First + line.From, line.To - line.From).CopyTo(into[line.From..]);
                else
                    for (int j = line.From; j < line.To; j++) into[j] = x[start + line.First + j * _stride.Width];
            }
        }
    }

    /// <summary>Adds the gradient of the columns to where they came from.</summary>
    void AddBack(ReadOnlySpan<float> columns, int length, int at, Span<float> dx, int example, int group)
    {
        for (int row = 0; row < Depth; row++)
        {
            Line line = LineOf(row);
            for (int i = 0; i < _height; i++)
            {
                if (Source(example, group, line, i) is not { } start) continue;
                ReadOnlySpan<float> from = columns.Slice(row * length + at + i * _width, _width);
                if (_stride.Width == 1) RowMath.Add(from[line.From..line.To],
                    dx.Slice(start + line.First + line.From, line.To - line.From));
                else
                    for (int j = line.From; j < line.To; j++) dx[start + line.First + j * _stride.Width] += from[j];
            }
        }
    }

    /// <summary>
    /// A row of the columns: its channel and height in the kernel, the place that the first output sees, and the outputs From ≤ j &lt; To
    /// that see no padding.
    /// </summary>
    readonly record struct Line(int Channel, int K, int First, int From, int To);

    Line LineOf(int row)
    {
        (row, int l) = Math.DivRem(row, (int)_weight[3]);
        (int channel, int k) = Math.DivRem(row, (int)_weight[2]);
        int first = l * _dilation.Width - _padding.Width;
        int from = Math.Min(_width, Math.Max(0, (-first + _stride.Width - 1) / _stride.Width));
        int to = Math.Clamp(((int)_input[3] - first + _stride.Width - 1) / _stride.Width, from, _width);
        // Where all see padding, any place serves that exists.
        return from == to ? new(channel, k, -from, from, to) : new(channel, k, first, from, to);
    }

    /// <summary>Where the line of x begins that row i of the outputs sees; null where it is padding.</summary>
    int? Source(int example, int group, Line line, int i)
    {
        int h = i * _stride.Height - _padding.Height + line.K * _dilation.Height;
        if ((uint)h >= _input[2]) return null;
        return ((example * (int)_input[1] + group * (int)_weight[1] + line.Channel) * (int)_input[2] + h) * (int)_input[3];
    }

    /// <summary>The outputs' gradients of an example as columns of a matrix [Outs, length].</summary>
    void Gather(Span<float> into, int length, int at, ReadOnlySpan<float> g, int example, int group)
    {
        for (int o = 0; o < Outs; o++) g.Slice(Output(example, group) + o * Places, Places).CopyTo(into[(o * length + at)..]);
    }

    readonly struct ForwardBlocks(ConvolutionPlan plan, Tensor x, Tensor weight, Tensor? bias, Tensor y) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int outs = plan.Outs, depth = plan.Depth, places = plan.Places, size = plan.ExamplesIn(BlockColumns);
            float[] columns = ArrayPool<float>.Shared.Rent(depth * size * places), ys = ArrayPool<float>.Shared.Rent(outs * size * places);
            for (int first = (int)from * size; first < Math.Min(to * size, plan.Examples); first += size)
                for (int group = 0; group < plan._groups; group++)
                {
                    int count = Math.Min(size, plan.Examples - first), length = count * places;
                    for (int e = 0; e < count; e++) plan.Fill(columns, length, e * places, x.Span, first + e, group);
                    MatMul.Multiply(plan.Kernel(weight, group), false, columns, false, ys, outs, length, depth);
                    for (int e = 0; e < count; e++)
                        for (int o = 0; o < outs; o++)
                        {
                            ReadOnlySpan<float> values = ys.AsSpan(o * length + e * places, places);
                            Span<float> into = y.WritableMemory.Span.Slice(plan.Output(first + e, group) + o * places, places);
                            if (bias is null) values.CopyTo(into);
                            else Lanes.Zip<Add>(values, bias.Span.Slice(group * outs + o, 1), into);
                        }
                }
            ArrayPool<float>.Shared.Return(columns);
            ArrayPool<float>.Shared.Return(ys);
        }
    }

    readonly struct InputBlocks(ConvolutionPlan plan, Tensor g, Tensor weight, Tensor dx) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int outs = plan.Outs, depth = plan.Depth, places = plan.Places, size = plan.ExamplesIn(BlockColumns),
            values = (int)(dx.Count / Math.Max(1, plan.Examples));
            float[] columns = ArrayPool<float>.Shared.Rent(depth * size * places), gs = ArrayPool<float>.Shared.Rent(outs * size * places);
            for (int first = (int)from * size; first < Math.Min(to * size, plan.Examples); first += size)
            {
                int count = Math.Min(size, plan.Examples - first), length = count * places;
                dx.WritableMemory.Span.Slice(first * values, count * values).Clear();
                for (int group = 0; group < plan._groups; group++)
                {
                    for (int e = 0; e < count; e++) plan.Gather(gs, length, e * places, g.Span, first + e, group);
                    MatMul.Multiply(plan.Kernel(weight, group), true, gs, false, columns, depth, length, outs);
                    for (int e = 0; e < count; e++) plan.AddBack(columns, length, e * places, dx.WritableMemory.Span, first + e, group);
                }
            }
            ArrayPool<float>.Shared.Return(columns);
            ArrayPool<float>.Shared.Return(gs);
        }
    }

    readonly struct FillExamples(ConvolutionPlan plan, Tensor x, Tensor g, int first, int group, int length, float[] columns, float[] gs)
        : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (int e = (int)from; e < to; e++)
            {
                plan.Fill(columns, length, e * plan.Places, x.Span, first + e, group);
                plan.Gather(gs, length, e * plan.Places, g.Span, first + e, group);
            }
        }
    }
}
