using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// A few distinct rows that follow one another in the order of their ids, and their entries: the gradients of all are summed by one call, as bags are. A row of more than
/// <see cref="EntryGradients.Block"/> entries stands alone.
/// </summary>
ref struct RowBatch(EntryGradients gradients, Span<long> longs, Span<float> scales)
{
    // So few that asking for a batch is spread over time: at 32 rows the lines asked for at once are more than a core waits for, and a step takes a third longer.
    const int MostRows = 8;
    const int EnoughEntries = 24;
    const int Values = 1 << 11;       // Of sums, for longer rows.

    /// <summary>Room that a batch needs in longs.</summary>
    public const int Longs = 2 * MostRows + 1 + EntryGradients.Block;

    readonly Span<long> _rows = longs[..MostRows], _starts = longs.Slice(MostRows, MostRows + 1), _places = longs[(2 * MostRows + 1)..];
    readonly Span<float> _scales = scales;
    int _from, _to;

    /// <summary>Room for the sums of a batch of rows of some length, and for a part of one.</summary>
    public static int Room(int dim) => (RowsOf(dim) + 1) * dim;

    static int RowsOf(int dim) => Math.Clamp(Values / dim, 1, MostRows);

    /// <summary>Rows in the batch; none when all entries have passed.</summary>
    public int Rows { readonly get; private set; }

    public readonly long Row(int i) => _rows[i];

    /// <summary>Takes rows from an entry on, asks for them and for their gradients, and says where the next batch begins.</summary>
    public int Fill<TBody>(TBody body, int entry, int end) where TBody : struct, IRowGradientBody
    {
        SortedRows.Keys keys = gradients.Keys;
        (Rows, _from) = (0, entry);
        int most = RowsOf(gradients.Dim), count = 0;
        while (entry < end && Rows < most && count < EnoughEntries)
        {
            int after = keys.EndOfRow(entry);
            bool alone = after - entry > EntryGradients.Block;
            if ((alone || count + after - entry > EntryGradients.Block) && Rows > 0) break;
            long row = keys.Row(entry);
            body.Prefetch(row);
            _rows[Rows] = row;
            _starts[Rows++] = count;
            if (!alone)
                for (int e = entry; e < after; e++, count++) _places[count] = gradients.Ask(e, out _scales[count]);
            entry = after;
            if (alone) break;
        }
        _starts[Rows] = count;
        return _to = entry;
    }

    /// <summary>The summed gradients of all rows [rows, dim].</summary>
    /// <param name="hot">Rows that are summed already.</param>
    /// <param name="room">Where they may go.</param>
    public readonly ReadOnlySpan<float> Sum(HotRows hot, Span<float> room)
    {
        int dim = gradients.Dim, count = (int)_starts[Rows];
        Span<float> sums = room[..(Rows * dim)];
        if (count > 0) gradients.Sum(_places[..count], _starts[..(Rows + 1)], _scales[..count], sums);
        else if (!hot.Sum(_from, sums)) gradients.Sum(_from, _to, sums, room.Slice(dim, dim));
        return sums;
    }
}
