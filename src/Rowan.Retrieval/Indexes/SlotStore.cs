using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan.Retrieval;

/// <summary>What an index keeps per row.</summary>
enum Column
{
    /// <summary>The id, 8 bytes.</summary>
    Ids,

    /// <summary>1 for a row that may be returned, 0 for one that was removed or is not there yet.</summary>
    Live,

    /// <summary>The values; of 8-bit rows their scale alone.</summary>
    Rows,

    /// <summary>1 / |r| of rows that are scanned by cosine; 0 of rows of zeros.</summary>
    Norms,

    /// <summary>8-bit codes, padded.</summary>
    Codes,

    /// <summary>The score of codes is scale·Σ q·c: 1/|r| is in it for the cosine, 2 for L2.</summary>
    Scales,

    /// <summary>|r|² for L2, whose score of codes is 2·q·r − |r|², and for the dot product, whose graph needs it.</summary>
    Offsets,

    /// <summary>|r − r̂|: how far codes are from their row, in the scale of scores.</summary>
    Residuals,

    /// <summary>Slots of neighbours, ended by <see cref="SlotStore.NoSlot"/> where there are fewer.</summary>
    Edges,
}

/// <summary>
/// Rows by slot, a 31-bit number, in one block of memory per column. A writer that needs more memory copies it aside first;
/// readers see the old blocks until <see cref="Publish"/>.
/// </summary>
sealed unsafe class SlotStore : IDisposable
{
    /// <summary>The end of a list of neighbours.</summary>
    public const uint NoSlot = uint.MaxValue;

    /// <summary>Rows that an index can hold: a slot has 31 bits.</summary>
    public const long MaxRows = int.MaxValue;

    public const int Columns = 9;

    readonly NativeBlock?[] _blocks = new NativeBlock?[Columns];
    readonly int[] _widths = new int[Columns];

    public SlotStore(int dim, IndexOptions options, IndexKind kind)
    {
        (Dim, Options, Kind) = (dim, options, kind);
        bool codes = kind != IndexKind.Flat || options.Precision == RowPrecision.Int8;
        CodeLength = Int8Dots.Padded(dim);
        _widths[(int)Column.Ids] = sizeof(long);
        _widths[(int)Column.Live] = 1;
        _widths[(int)Column.Rows] = RowBytes(dim, options.Precision);
        _widths[(int)Column.Norms] = !codes && options.Metric == IndexMetric.Cosine ? sizeof(float) : 0;
        _widths[(int)Column.Codes] = codes ? CodeLength : 0;
        _widths[(int)Column.Scales] = codes ? sizeof(float) : 0;
        _widths[(int)Column.Offsets] = codes && options.Metric != IndexMetric.Cosine ? sizeof(float) : 0;
        _widths[(int)Column.Residuals] = codes ? sizeof(float) : 0;
        _widths[(int)Column.Edges] = kind == IndexKind.Graph ? options.Degree * sizeof(uint) : 0;
    }

    public int Dim { get; }

    public IndexOptions Options { get; }

    /// <summary>How rows are found: never <see cref="IndexKind.Auto"/>.</summary>
    public IndexKind Kind { get; }

    /// <summary>Codes per row, padding included.</summary>
    public int CodeLength { get; }

    /// <summary>Slots that memory is there for.</summary>
    public long Capacity { get; private set; }

    /// <summary>Slots that were ever used: those from here on are free.</summary>
    public long Used { get; set; }

    public static int RowBytes(int dim, RowPrecision precision) => precision switch
    {
        RowPrecision.Float32 => dim * sizeof(float),
        RowPrecision.BFloat16 => dim * sizeof(ushort),
        _ => sizeof(float),
    };

    public int Width(Column column) => _widths[(int)column];

    public NativeBlock? Block(Column column) => _blocks[(int)column];

    public byte* At(Column column) => _blocks[(int)column]!.Address;

    public byte* At(Column column, long slot) => _blocks[(int)column]!.Address + slot * _widths[(int)column];

    public long* Ids => (long*)At(Column.Ids);

    public byte* Live => At(Column.Live);

    public float* Norms => (float*)At(Column.Norms);

    public sbyte* Codes => (sbyte*)At(Column.Codes);

    public float* Scales => (float*)At(Column.Scales);

    public float* Offsets => Width(Column.Offsets) == 0 ? null : (float*)At(Column.Offsets);

    public float* Residuals => (float*)At(Column.Residuals);

    public uint* Edges => (uint*)At(Column.Edges);

    public uint* EdgesOf(long slot) => Edges + slot * Options.Degree;

    /// <summary>Bytes per row of memory, without those of mapped files.</summary>
    public long ResidentBytes
    {
        get
        {
            long sum = 0;
            foreach (NativeBlock? block in _blocks)
                if (block is { IsMapped: false, IsWritable: true }) sum += block.Bytes;
            return sum;
        }
    }

    /// <summary>
    /// New blocks for more slots, with what the old ones hold: for <see cref="Publish"/>. Blocks that are large enough and may be
    /// written stay; null where all do.
    /// </summary>
    public NativeBlock?[]? Grown(long slots)
    {
        bool writable = true;
        foreach (NativeBlock? block in _blocks) writable &= block is null or { IsWritable: true };
        if (slots <= Capacity && writable) return null;
        long capacity = slots <= Capacity ? Capacity : Math.Max(slots, Math.Min(MaxRows, Capacity + Capacity / 2 + 8));
        var grown = new NativeBlock?[Columns];
        for (int c = 0; c < Columns; c++)
        {
            if (_widths[c] == 0) continue;
            grown[c] = new NativeBlock(capacity * _widths[c]);
            if (_blocks[c] is { } old)
                Buffer.MemoryCopy(old.Address, grown[c]!.Address, grown[c]!.Bytes, Used * _widths[c]);
        }
        return grown;
    }

    /// <summary>Puts new blocks in place of the old ones, which no reader may still use.</summary>
    public void Publish(NativeBlock?[] grown)
    {
        for (int c = 0; c < Columns; c++)
        {
            if (_widths[c] == 0) continue;
            _blocks[c]?.Dispose();
            _blocks[c] = grown[c];
            Capacity = grown[c]!.Bytes / _widths[c];
        }
    }

    /// <summary>Puts blocks there that hold rows already.</summary>
    public void Adopt(NativeBlock?[] blocks, long capacity, long used)
    {
        blocks.CopyTo(_blocks, 0);
        (Capacity, Used) = (capacity, used);
    }

    /// <summary>Takes a block out, so that it outlives this store.</summary>
    public NativeBlock? Detach(Column column)
    {
        NativeBlock? block = _blocks[(int)column];
        _blocks[(int)column] = null;
        return block;
    }

    public void Dispose()
    {
        foreach (NativeBlock? block in _blocks) block?.Dispose();
    }

    /// <summary>Writes a row, its norm and its codes; the slot stays as live as it was.</summary>
    public void Write(long slot, long id, ReadOnlySpan<float> row)
    {
        Ids[slot] = id;
        WriteRow(slot, row);
        Derive(slot);
    }

    /// <summary>Computes what follows from a stored row: norm, codes, scale and residual.</summary>
    public void Derive(long slot)
    {
        Span<float> row = Dim <= 1024 ? stackalloc float[Dim] : new float[Dim];
        Read(slot, row);
        float squares = RowMath.Dot(row, row), inverse = squares > 0 ? 1 / MathF.Sqrt(squares) : 0;
        if (_widths[(int)Column.Norms] > 0) Norms[slot] = inverse;
        if (_widths[(int)Column.Codes] == 0) return;
        var codes = new Span<sbyte>(At(Column.Codes, slot), CodeLength);
        float scale = Options.Precision == RowPrecision.Int8 ? *(float*)At(Column.Rows, slot) : Int8Dots.Encode(row, codes);
        float factor = Options.Metric == IndexMetric.Cosine ? inverse : Options.Metric == IndexMetric.L2 ? 2 : 1;
        Scales[slot] = scale * factor;
        if (Offsets is not null) Offsets[slot] = squares;
        double error = 0;
        for (int i = 0; i < row.Length; i++)
        {
            double difference = row[i] - (double)scale * codes[i];
            error += difference * difference;
        }
        Residuals[slot] = (float)(Math.Sqrt(error) * factor);
    }

    /// <summary>The values of a slot, as they are stored.</summary>
    public void Read(long slot, Span<float> row)
    {
        byte* from = At(Column.Rows, slot);
        switch (Options.Precision)
        {
            case RowPrecision.Float32:
                new ReadOnlySpan<float>(from, Dim).CopyTo(row);
                break;
            case RowPrecision.BFloat16:
                for (int i = 0; i < row.Length; i++) row[i] = BFloat16Code.Widen(((ushort*)from)[i]);
                break;
            default:
                float scale = *(float*)from;
                sbyte* codes = (sbyte*)At(Column.Codes, slot);
                for (int i = 0; i < row.Length; i++) row[i] = scale * codes[i];
                break;
        }
    }

    /// <summary>The same without a copy where rows are floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<float> Row(long slot, Span<float> scratch)
    {
        if (Options.Precision == RowPrecision.Float32) return new ReadOnlySpan<float>(At(Column.Rows, slot), Dim);
        Read(slot, scratch);
        return scratch;
    }

    void WriteRow(long slot, ReadOnlySpan<float> row)
    {
        byte* into = At(Column.Rows, slot);
        switch (Options.Precision)
        {
            case RowPrecision.Float32:
                row.CopyTo(new Span<float>(into, Dim));
                break;
            case RowPrecision.BFloat16:
                for (int i = 0; i < row.Length; i++) ((ushort*)into)[i] = Nearest(row[i]);
                break;
            default:
                *(float*)into = Int8Dots.Encode(row, new Span<sbyte>(At(Column.Codes, slot), CodeLength));
                break;
        }
    }

    /// <summary>bfloat16 rounded to nearest even; the largest stays finite.</summary>
    static ushort Nearest(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(Math.Clamp(value, -BFloat16Code.Largest, BFloat16Code.Largest));
        return (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
}
