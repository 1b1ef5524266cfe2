using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

// Reductions of bags of rows.
public sealed partial class Table
{
    /// <summary>
    /// Bag sums:  into[b] = Σ w[ids[i]] over i in [starts[b], starts[b + 1]), divided by the entries of the bag for a mean.
    /// </summary>
    /// <param name="ids">Rows [n].</param>
    /// <param name="starts">Bag offsets, non-decreasing, with n at the end [bags + 1].</param>
    /// <param name="scale">What each entry is multiplied by [n]; empty for 1.</param>
    /// <param name="mean">Divide each sum by the number of its entries. An empty bag is zeros either way.</param>
    /// <param name="into">Sums [bags, dim].</param>
    /// <param name="store">Whether rows that have deferred updates are also stored up to date; see
    /// <see cref="Gather(ReadOnlyMemory{long}, Memory{float}, bool)"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    public void SumBags(
        ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> scale, bool mean, Memory<float> into,
        bool store = false)
    {
        SumBags(Checked(ids, "SumBags"), starts, scale, mean, into, store);
    }

    internal void SumBags(
        CheckedIds ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> scale, bool mean, Memory<float> into, bool store)
    {
        int bags = starts.Length - 1;
        Require.That(into.Length == (long)bags * Dim,
            $"SumBags: {bags} bags of '{Name}' with dim {Dim} need {(long)bags * Dim} values, not {into.Length}", nameof(into));
        using RowLookup lookup = Look(ids, store);
        ForBags("bag", ids.Length, bags, new BagRange(lookup.Rows, lookup.Ids, starts, scale, mean, into, Dim));
    }

    /// <summary>
    /// The element-wise maximum of each bag's rows:  into[b, d] = max w[ids[i], d] over i in [starts[b], starts[b + 1]); zeros for an
    /// empty bag.
    /// </summary>
    /// <remarks>As in PyTorch, a NaN in the first entry of a bag is kept, and a NaN in a later entry is ignored.</remarks>
    /// <param name="ids">Rows [n].</param>
    /// <param name="starts">Bag offsets, non-decreasing, with n at the end [bags + 1].</param>
    /// <param name="into">The largest values [bags, dim].</param>
    /// <param name="places">Index within the bag of each maximum (argmax) [bags, dim]; not written for an empty bag.
    /// Optional.</param>
    /// <param name="store">Whether rows that have deferred updates are also stored up to date; see
    /// <see cref="Gather(ReadOnlyMemory{long}, Memory{float}, bool)"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    /// <exception cref="ArgumentException">A destination has the wrong length, or a bag has more entries than a float counts.</exception>
    public void MaxBags(
        ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, Memory<float> into, Memory<float> places = default, bool store = false)
    {
        MaxBags(Checked(ids, "MaxBags"), starts, into, places, store);
    }

    internal void MaxBags(CheckedIds ids, ReadOnlyMemory<long> starts, Memory<float> into, Memory<float> places, bool store)
    {
        int bags = starts.Length - 1;
        Require.That(into.Length == (long)bags * Dim && (places.IsEmpty || places.Length == into.Length),
            $"MaxBags: {bags} bags of '{Name}' with dim {Dim} need {(long)bags * Dim} values and as many "
            + $"places, not {into.Length} and {places.Length}", nameof(into));
        const int Counted = 1 << 24;
        for (int bag = 0; bag < bags && !places.IsEmpty && ids.Length > Counted; bag++)
            Require.That(starts.Span[bag + 1] - starts.Span[bag] <= Counted,
                $"MaxBags: bag {bag} of '{Name}' has {starts.Span[bag + 1] - starts.Span[bag]} entries; "
                + $"places are floats, which count up to {Counted}", nameof(starts));
        using RowLookup lookup = Look(ids, store);
        ForBags("bag", ids.Length, bags, new BagLoops.Largest(lookup.Rows, lookup.Ids, starts, into, places));
    }

    /// <summary>
    /// The product of each entry's row with its bag's vector:  into[i] = w[ids[i]] · vectors[b·stride …] for i in [starts[b], starts[b +
    /// 1]): the gradient of
    /// the weights of a weighted sum.
    /// </summary>
    /// <param name="ids">Rows [n].</param>
    /// <param name="starts">Bag offsets, non-decreasing, with n at the end [bags + 1].</param>
    /// <param name="vectors">A vector for each bag.</param>
    /// <param name="stride">Values from one vector to the next.</param>
    /// <param name="into">The products [n].</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table; nothing is written.</exception>
    /// <exception cref="ArgumentException">A vector is missing, or the destination has the wrong length.</exception>
    public void DotBags(
        ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> vectors, int stride, Memory<float> into)
    {
        DotBags(Checked(ids, "DotBags"), starts, vectors, stride, into);
    }

    internal void DotBags(
        CheckedIds ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> vectors, int stride, Memory<float> into)
    {
        int bags = starts.Length - 1;
        Require.That(into.Length == ids.Length && stride >= Dim && (bags == 0 || vectors.Length >= (bags - 1L) * stride + Dim),
            $"DotBags: {bags} bags of {ids.Length} entries of '{Name}' with dim {Dim} need {ids.Length} values, "
            + $"not {into.Length}, and as many vectors, {stride} values apart, not {vectors.Length} values", nameof(into));
        using RowLookup lookup = Look(ids, store: false);
        ForBags("weight-gradient", ids.Length, bags, new BagLoops.Products(lookup.Rows, lookup.Ids, starts, vectors, stride, into));
    }

    void ForBags<TBody>(string phase, int ids, int bags, TBody body) where TBody : struct, IRangeBody
    {
        long time = Counters.Start();
        Workers.For(bags, Math.Max(1, GatherGrain * bags / Math.Max(1, ids)), body);
        Counters.Phase(phase, Name, time);
        Counters.Read(Name, ids, RowBytes);
    }

    internal readonly struct BagRange(
        RowReader rows, ReadOnlyMemory<long> ids, ReadOnlyMemory<long> starts, ReadOnlyMemory<float> scale, bool mean, Memory<float> into,
        int stride) : IRangeBody
    {
        public void Run(long from, long to)
        {
            int first = (int)from, bags = (int)(to - from);
            if (bags <= 0) return;
            rows.SumBags(ids.Span, starts.Span.Slice(first, bags + 1), scale.Span, mean, into.Span[(first * stride)..], stride);
        }
    }
}
