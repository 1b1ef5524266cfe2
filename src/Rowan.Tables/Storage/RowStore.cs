using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>The rows of a table in one storage format: decoding, encoding and lookups. Ids have been checked.</summary>
abstract class RowStore : RowReader
{
    public static RowStore Of(RowStorage storage, long rows, int dim, RowBackEnd backEnd) => storage switch
    {
        RowStorage.BFloat16 => new NarrowStore<BFloat16Code>(rows, dim, storage, FloatFormat.BFloat16, backEnd),
        RowStorage.Float16 => new NarrowStore<Float16Code>(rows, dim, storage, FloatFormat.Float16, backEnd),
        RowStorage.SplitBFloat16 => new SplitStore(rows, dim, backEnd),
        _ => new FloatStore(rows, dim, backEnd),
    };

    /// <summary>What the memory of the rows comes from, and of the optimizer state.</summary>
    public abstract RowBackEnd BackEnd { get; }

    public static int BytesPerValue(RowStorage storage) => storage is RowStorage.BFloat16 or RowStorage.Float16 ? 2 : 4;

    public abstract RowStorage Storage { get; }

    /// <summary>The narrowest format of a file that holds every value.</summary>
    public abstract FloatFormat Format { get; }

    public abstract long Rows { get; }

    /// <summary>The memory, if rows are stored as floats; otherwise null.</summary>
    public virtual RowMemory<float>? Floats => null;

    /// <summary>The largest float that stays finite.</summary>
    public abstract float Largest { get; }

    /// <summary>Bytes per value that lookups read.</summary>
    public abstract int LookupBytes { get; }

    /// <summary>The rows as lookups read them, with an overlay over them.</summary>
    public abstract RowReader Under(RowOverlay overlay);

    /// <summary>
    /// A row at full precision, to be changed: in place, or decoded into the given buffer. <see cref="Close"/> stores it.
    /// </summary>
    public abstract Span<float> Open(long row, Span<float> room);

    /// <summary>Stores a row.</summary>
    public abstract void Close(long row, ReadOnlySpan<float> values, Rounding rounding);

    /// <summary>Encodes values as a lookup would read them after <see cref="Close"/>.</summary>
    public abstract void Encode(long row, ReadOnlySpan<float> values, Rounding rounding, Span<byte> into);

    /// <summary>Rounds values as <see cref="Close"/> does.</summary>
    public virtual void Round(long row, Span<float> values, Rounding rounding) { }

    /// <summary>The values that lookups would read after <see cref="Close"/>.</summary>
    public virtual void RoundAsLookedUp(long row, Span<float> values, Rounding rounding) => Round(row, values, rounding);

    /// <summary>Prefetches all that <see cref="Open"/> reads.</summary>
    public abstract void Prefetch(long row);

    /// <summary>Values with all their bits, from a flat position on.</summary>
    public abstract void Read(long start, Span<float> into);

    /// <summary>Writes values from a flat position on, each rounded to the nearest.</summary>
    public abstract void Write(long start, ReadOnlySpan<float> values);

    public abstract void Grow(long rows);
}

/// <summary>Rows of floats.</summary>
sealed class FloatStore(long rows, int dim, RowBackEnd backEnd) : RowStore
{
    readonly RowMemory<float> _rows = new(rows, dim, backEnd: backEnd);

    public override RowBackEnd BackEnd => backEnd;

    public override RowStorage Storage => RowStorage.Float32;

    public override FloatFormat Format => FloatFormat.Float32;

    public override long Rows => _rows.Rows;

    public override int Dim => _rows.Dim;

    public override bool ExceedsCache => _rows.ExceedsCache;

    public override RowMemory<float>? Floats => _rows;

    public override int LookupBytes => sizeof(float);

    public override RowReader Under(RowOverlay overlay) => new OverlaidRows<Float32Code, float>(_rows, overlay);

    public override void Encode(long row, ReadOnlySpan<float> values, Rounding rounding, Span<byte> into) =>
        MemoryMarshal.AsBytes(values).CopyTo(into);

    public override float Largest => float.MaxValue;

    public override void Gather(ReadOnlySpan<long> ids, Span<float> into, bool streams = false)
    {
        if (_rows.Chunks == 1) RowKernels.Gather<Float32Code, SingleChunk<float>>(new(_rows), ids, into, dim, _rows.ExceedsCache, streams);
        else RowKernels.Gather<Float32Code, Chunks<float>>(new(_rows), ids, into, dim, _rows.ExceedsCache, streams);
    }

    public override void SumBags(ReadOnlySpan<long> ids, ReadOnlySpan<long> starts, ReadOnlySpan<float> scale, bool mean, Span<float> into,
        int stride)
    {
        if (_rows.Chunks == 1) RowKernels.SumBags<Float32Code,
        SingleChunk<float>>(new(_rows), ids, starts, scale, mean, into, dim, stride, _rows.ExceedsCache);
        else RowKernels.SumBags<Float32Code, Chunks<float>>(new(_rows), ids, starts, scale, mean, into, dim, stride, _rows.ExceedsCache);
    }

    public override Span<float> Open(long row, Span<float> room) => _rows[row];

    public override void Close(long row, ReadOnlySpan<float> values, Rounding rounding)
    {
        // Open returned the row in place, so it is already stored.
        Span<float> at = _rows[row];
        if (!System.Runtime.CompilerServices.Unsafe.AreSame(ref at[0], in values[0])) values.CopyTo(at);
    }

    public override void Prefetch(long row) => _rows.Prefetch(row);

    public override void Read(long start, Span<float> into)
    {
        while (into.Length > 0)
        {
            Span<float> run = _rows.Run(start, into.Length);
            run.CopyTo(into);
            into = into[run.Length..];
            start += run.Length;
        }
    }

    public override void Write(long start, ReadOnlySpan<float> values)
    {
        while (values.Length > 0)
        {
            Span<float> run = _rows.Run(start, values.Length);
            values[..run.Length].CopyTo(run);
            values = values[run.Length..];
            start += run.Length;
        }
    }

    public override void Grow(long rows) => _rows.Grow(rows);
}
