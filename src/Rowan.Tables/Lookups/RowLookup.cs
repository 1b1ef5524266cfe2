using System.Buffers;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// The rows and ids of one lookup. Rows with deferred updates are computed in an overlay under new ids; nothing is stored. Holds the
/// table's guard until it is disposed.
/// </summary>
readonly struct RowLookup : IDisposable
{
    const int Grain = 64;              // Minimum rows per thread.

    readonly TableGuard.Hold? _hold;
    readonly RowOverlay? _overlay;
    readonly long[]? _rented;

    /// <param name="hold">Disposed with the lookup; null if the caller holds it.</param>
    /// <param name="rows">The table's rows.</param>
    /// <param name="ids">Their ids, checked.</param>
    /// <param name="deferred">The optimizer state with their deferred updates; null if rows are up to date.</param>
    public RowLookup(TableGuard.Hold? hold, RowStore rows, ReadOnlyMemory<long> ids, IDeferredUpdates? deferred)
    {
        (_hold, Rows, Ids) = (hold, rows, ids);
        if (deferred is not { Any: true }) return;
        ReadOnlySpan<long> given = ids.Span;
        int first = 0;
        while (first < given.Length && !deferred.IsBehind(given[first])) first++;
        if (first == given.Length) return;

        var at = new Dictionary<long, int>();
        var behind = new List<long>();
        _rented = ArrayPool<long>.Shared.Rent(given.Length);
        given[..first].CopyTo(_rented);
        for (int i = first; i < given.Length; i++)
        {
            long id = given[i];
            if (!deferred.IsBehind(id))
            {
                _rented[i] = id;
                continue;
            }
            if (at.TryAdd(id, behind.Count)) behind.Add(id);
            _rented[i] = rows.Rows + at[id];
        }
        _overlay = new RowOverlay(rows.Rows, behind.Count, checked(rows.Dim * rows.LookupBytes));
        Workers.For(behind.Count, Grain, new Computing(rows, deferred, behind, _overlay));
        (Rows, Ids) = (rows.Under(_overlay), _rented.AsMemory(0, given.Length));
    }

    public RowReader Rows { get; }

    public ReadOnlyMemory<long> Ids { get; }

    public void Dispose()
    {
        _overlay?.Dispose();
        if (_rented is not null) ArrayPool<long>.Shared.Return(_rented);
        _hold?.Dispose();
    }

    readonly struct Computing(RowStore rows, IDeferredUpdates deferred, List<long> behind, RowOverlay overlay) : IRangeBody
    {
        public void Run(long from, long to)
        {
            float[] rented = ArrayPool<float>.Shared.Rent(rows.Dim);
            Span<float> row = rented.AsSpan(0, rows.Dim);
            for (int i = (int)from; i < to; i++)
            {
                deferred.UpToDate(behind[i], row);
                rows.Encode(behind[i], row, deferred.Rounding, overlay[i]);
            }
            ArrayPool<float>.Shared.Return(rented);
        }
    }
}

/// <summary>
/// Optimizer state with deferred updates of rows that had no gradient in recent steps. Callers hold the table's guard.
/// </summary>
interface IDeferredUpdates
{
    /// <summary>Whether any row may be behind.</summary>
    bool Any { get; }

    /// <summary>How rows that are brought up to date now are rounded, where they are not kept as floats.</summary>
    Rounding Rounding { get; }

    /// <summary>Whether a row has deferred updates.</summary>
    bool IsBehind(long row);

    /// <summary>The values of a row that is behind, brought up to date, before they are rounded; nothing is stored.</summary>
    void UpToDate(long row, Span<float> into);

    /// <summary>Brings rows up to date and stores them. The table is held as a writer.</summary>
    void Apply(ReadOnlySpan<long> ids);

    /// <summary>Brings all rows up to date and stores them. The table is held as a writer.</summary>
    void ApplyAll();
}
