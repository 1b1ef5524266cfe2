using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>
/// Zeros at either end of what a convolution reads: a number, or PyTorch's words "same" (as many as keep the length) and "valid" (none).
/// Both convert implicitly.
/// </summary>
public readonly record struct ConvPadding
{
    readonly int _zeros;
    readonly bool _same;

    ConvPadding(int zeros, bool same) => (_zeros, _same) = (zeros, same);

    /// <summary>As many zeros as keep the length; where that number is odd, one more at the end. The stride is 1.</summary>
    public static ConvPadding Same { get; } = new(0, true);

    /// <summary>No zeros.</summary>
    public static ConvPadding Valid => default;

    /// <summary>So many zeros at either end.</summary>
    public static implicit operator ConvPadding(int zeros) => new(zeros, false);

    /// <summary>"same" or "valid".</summary>
    /// <exception cref="ArgumentException">It is another word.</exception>
    public static implicit operator ConvPadding(string word) => word switch
    {
        "same" => Same,
        "valid" => Valid,
        _ => throw new ArgumentException($"padding '{word}'; it is a number, \"same\" or \"valid\"", nameof(word)),
    };

    /// <summary>Zeros before and after, for one dimension of a kernel.</summary>
    internal (int Before, int After) For(string layer, int kernel, int stride, int dilation)
    {
        if (!_same) return (_zeros, _zeros);
        Require.InRange(stride == 1, $"{layer}: padding \"same\" with stride {stride}; it keeps the length only with stride 1",
            nameof(stride));
        int all = dilation * (kernel - 1);
        return (all / 2, all - all / 2);
    }
}

/// <summary>As <see cref="ConvPadding"/>, for height and width: a number for both, two numbers, or a word.</summary>
public readonly record struct ConvPadding2d
{
    readonly ConvPadding _height, _width;

    ConvPadding2d(ConvPadding height, ConvPadding width) => (_height, _width) = (height, width);

    /// <summary>So many zeros at each end.</summary>
    public static implicit operator ConvPadding2d(int both) => new(both, both);

    /// <summary>Zeros at either end of the height and of the width.</summary>
    public static implicit operator ConvPadding2d((int Height, int Width) zeros) => new(zeros.Height, zeros.Width);

    /// <summary>Zeros at either end of the height and of the width.</summary>
    public static implicit operator ConvPadding2d(Size2d zeros) => new(zeros.Height, zeros.Width);

    /// <summary>"same" or "valid".</summary>
    /// <exception cref="ArgumentException">It is another word.</exception>
    public static implicit operator ConvPadding2d(string word) => new(word, word);

    /// <summary>Zeros before and after, of the height and of the width.</summary>
    internal ((int Before, int After) Height, (int Before, int After) Width) For(string layer, Size2d kernel, Size2d stride,
        Size2d dilation) =>
        (_height.For(layer, kernel.Height, stride.Height, dilation.Height), _width.For(layer, kernel.Width, stride.Width, dilation.Width));
}
