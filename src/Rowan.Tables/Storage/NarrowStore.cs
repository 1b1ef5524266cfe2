using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>Rows whose lookups read 16-bit codes.</summary>
abstract class CodeStore<TCode>(long rows, int dim, RowBackEnd backEnd) : RowStore where TCode : struct, INarrowFloat
{
    protected RowMemory<ushort> Codes { get; } = new(rows, dim, backEnd: backEnd);

    public sealed override RowBackEnd BackEnd => backEnd;

    public sealed override long Rows => Codes.Rows;

    public sealed override int Dim => Codes.Dim;

    public sealed override bool ExceedsCache => Codes.ExceedsCache;

    public sealed override float Largest => TCode.Largest;

    public sealed override int LookupBytes => sizeof(ushort);

    public sealed override RowReader Under(RowOverlay overlay) => new OverlaidRows<TCode, ushort>(Codes, overlay);

    public sealed override void Gather(ReadOnlySpan<long> ids, Span<float> into, bool streams = false)
    {
        if (Codes.Chunks == 1) RowKernels.Gather<TCode, SingleChunk<ushort>>(new(Codes), ids, into, dim, ExceedsCache, streams);
        else RowKernels.Gather<TCode, Chunks<ushort>>(new(Codes), ids, into, dim, ExceedsCache, streams);
    }

    public sealed override void SumBags(ReadOnlySpan<long> ids, ReadOnlySpan<long> starts, ReadOnlySpan<float> scale, bool mean,
        Span<float> into, int stride)
    {
        if (Codes.Chunks == 1) RowKernels.SumBags<TCode,
        SingleChunk<ushort>>(new(Codes), ids, starts, scale, mean, into, dim, stride, ExceedsCache);
        else RowKernels.SumBags<TCode, Chunks<ushort>>(new(Codes), ids, starts, scale, mean, into, dim, stride, ExceedsCache);
    }
}

/// <summary>Rows of 16-bit codes.</summary>
sealed class NarrowStore<TCode>(long rows, int dim, RowStorage storage, FloatFormat format, RowBackEnd backEnd)
    : CodeStore<TCode>(rows, dim, backEnd) where TCode : struct, INarrowFloat
{
    public override RowStorage Storage => storage;

    public override FloatFormat Format => format;

    public override Span<float> Open(long row, Span<float> room)
    {
        NarrowRows.Widen<TCode>(Codes[row], room);
        return room;
    }

    public override void Close(long row, ReadOnlySpan<float> values, Rounding rounding) => Encode(row, values, rounding, Codes[row]);

    public override void Encode(long row, ReadOnlySpan<float> values, Rounding rounding, Span<byte> into) =>
        Encode(row, values, rounding, MemoryMarshal.Cast<byte, ushort>(into));

    public override void Round(long row, Span<float> values, Rounding rounding)
    {
        Span<ushort> codes = RowScratch.Codes(values.Length);
        Encode(row, values, rounding, codes);
        NarrowRows.Widen<TCode>(codes, values);
    }

    static void Encode(long row, ReadOnlySpan<float> values, Rounding rounding, Span<ushort> codes)
    {
        switch (rounding.Mode)
        {
            case RoundingMode.Nearest: NarrowRows.Nearest<TCode>(values, codes); break;
            case RoundingMode.TowardZero: NarrowRows.TowardZero<TCode>(values, codes); break;
            default:
                Span<uint> random = RowScratch.Words(NarrowRows.Words<TCode>(values.Length));
                Philox.Fill(rounding.Key, rounding.Step, row, random);
                NarrowRows.Rounded<TCode>(values, random, codes);
                break;
        }
    }

    public override void Prefetch(long row) => Codes.Prefetch(row);

    public override void Read(long start, Span<float> into)
    {
        while (into.Length > 0)
        {
            Span<ushort> run = Codes.Run(start, into.Length);
            NarrowRows.Widen<TCode>(run, into[..run.Length]);
            into = into[run.Length..];
            start += run.Length;
        }
    }

    public override void Write(long start, ReadOnlySpan<float> values)
    {
        while (values.Length > 0)
        {
            Span<ushort> run = Codes.Run(start, values.Length);
            NarrowRows.Nearest<TCode>(values[..run.Length], run);
            values = values[run.Length..];
            start += run.Length;
        }
    }

    public override void Grow(long rows) => Codes.Grow(rows);
}

/// <summary>Rows of floats in two halves: lookups read the high ones alone.</summary>
sealed class SplitStore(long rows, int dim, RowBackEnd backEnd) : CodeStore<BFloat16Code>(rows, dim, backEnd)
{
    readonly RowMemory<ushort> _low = new(rows, dim, backEnd: backEnd);

    public override RowStorage Storage => RowStorage.SplitBFloat16;

    public override FloatFormat Format => FloatFormat.Float32;

    public override Span<float> Open(long row, Span<float> room)
    {
        SplitBFloat16Rows.Join(Codes[row], _low[row], room);
        return room;
    }

    public override void Close(long row, ReadOnlySpan<float> values, Rounding rounding) =>
        SplitBFloat16Rows.Split(values, Codes[row], _low[row]);

    public override void Encode(long row, ReadOnlySpan<float> values, Rounding rounding, Span<byte> into) =>
        SplitBFloat16Rows.Split(values, MemoryMarshal.Cast<byte, ushort>(into), RowScratch.Codes(values.Length));

    public override void RoundAsLookedUp(long row, Span<float> values, Rounding rounding)
    {
        Span<ushort> halves = RowScratch.Codes(2 * values.Length), high = halves[..values.Length];
        SplitBFloat16Rows.Split(values, high, halves[values.Length..]);
        NarrowRows.Widen<BFloat16Code>(high, values);
    }

    public override void Prefetch(long row)
    {
        Codes.Prefetch(row);
        _low.Prefetch(row);
    }

    public override void Read(long start, Span<float> into)
    {
        while (into.Length > 0)
        {
            Span<ushort> high = Codes.Run(start, into.Length);
            SplitBFloat16Rows.Join(high, _low.Run(start, into.Length), into[..high.Length]);
            into = into[high.Length..];
            start += high.Length;
        }
    }

    public override void Write(long start, ReadOnlySpan<float> values)
    {
        while (values.Length > 0)
        {
            Span<ushort> high = Codes.Run(start, values.Length);
            SplitBFloat16Rows.Split(values[..high.Length], high, _low.Run(start, values.Length));
            values = values[high.Length..];
            start += high.Length;
        }
    }

    public override void Grow(long rows)
    {
        Codes.Grow(rows);
        _low.Grow(rows);
    }
}
