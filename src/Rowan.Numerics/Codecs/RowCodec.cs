namespace Rowan.Numerics;

/// <summary>A row format: the size of a row, and the loops that encode floats to bytes and decode them. Spans in, spans out.</summary>
abstract class RowCodec
{
    static readonly RowCodec[] _all =
    [
        new RowCodec<Codes8, SinglesAfter>(RowFormat.Fused8Bit, "pytorch-fused-8bit-rowwise"),
        new RowCodec<Codes4, HalvesAfter>(RowFormat.Fused4Bit, "pytorch-fused-4bit-rowwise"),
        new RowCodec<Codes2, HalvesAfter>(RowFormat.Fused2Bit, "pytorch-fused-2bit-rowwise"),
        new RowCodec<Codes8, HalvesBefore>(RowFormat.TbeInt8, "fbgemm-tbe-int8"),
        new RowCodec<Codes4, HalvesBefore>(RowFormat.TbeInt4, "fbgemm-tbe-int4"),
        new RowCodec<Codes2, HalvesBefore>(RowFormat.TbeInt2, "fbgemm-tbe-int2"),
        new RowCodec<Float8, NoScale>(RowFormat.TbeFp8, "fbgemm-tbe-fp8-e4-bias7"),
    ];

    private protected RowCodec(RowFormat format, string name) => (Format, Name) = (format, name);

    /// <summary>The format.</summary>
    public RowFormat Format { get; }

    /// <summary>The name used in files.</summary>
    public string Name { get; }

    /// <summary>The codec of a format.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public static RowCodec Of(RowFormat format)
    {
        Require.InRange((uint)format < (uint)_all.Length,
            $"RowCodec: format {(int)format} is none; there are {string.Join(", ", Enum.GetNames<RowFormat>())}", nameof(format));
        return _all[(int)format];
    }

    /// <summary>The codec with a name used in files; null if this version does not know it.</summary>
    public static RowCodec? Named(string name) => Array.Find(_all, codec => codec.Name == name);

    /// <summary>Bytes of a row of values.</summary>
    public abstract int Bytes(int dim);

    /// <summary>
    /// Encodes a row. Returns false and writes nothing if the format cannot represent its values; <see cref="Fault"/> says why.
    /// </summary>
    /// <param name="row">Values [dim].</param>
    /// <param name="into">Its bytes [Bytes(dim)].</param>
    public abstract bool TryEncode(ReadOnlySpan<float> row, Span<byte> into);

    /// <summary>value = scale·q + bias, each rounded.</summary>
    /// <param name="row">Its bytes [Bytes(dim)].</param>
    /// <param name="into">Values [dim].</param>
    public abstract void Decode(ReadOnlySpan<byte> row, Span<float> into);

    /// <summary>
    /// into[b] ← Σ wᵢ·scaleᵢ·qᵢ + Σ wᵢ·biasᵢ over starts[b] ≤ i &lt; starts[b + 1], the row of entry i being ids[i]; divided by the
    /// entries of the bag for a mean.
    /// </summary>
    /// <remarks>
    /// Each value is summed in the order of the entries, w·scale·q added with one rounding: the bits are the same for vectors of any
    /// width.
    /// </remarks>
    /// <param name="rows">The rows.</param>
    /// <param name="ids">Row of each entry of all bags; already checked.</param>
    /// <param name="starts">Bag offsets, non-decreasing, with the end of the last bag [bags + 1].</param>
    /// <param name="weights">w [ids]; empty for 1.</param>
    /// <param name="mean">Divide each sum by the number of its entries.</param>
    /// <param name="into">The sums [bags, dim].</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="far">Whether the rows are larger than the cache: each entry then prefetches the row
    /// <see cref="RowKernels.Ahead"/> entries later, also across the end of the bag.</param>
    /// <exception cref="ArgumentException">The destination or the weights have the wrong length.</exception>
    public abstract void SumBags(in PackedRows rows, ReadOnlySpan<long> ids, ReadOnlySpan<long> starts, ReadOnlySpan<float> weights,
        bool mean, Span<float> into, int dim, bool far = false);

    /// <summary>Whether the scale and bias of a row are finite; in a file they may not be.</summary>
    public abstract bool HasNumbers(ReadOnlySpan<byte> row, int dim);

    /// <summary>Why a row cannot be encoded, as text that follows the table's name and row number; null if it can.</summary>
    public abstract string? Fault(ReadOnlySpan<float> row);
}
