using System.Buffers;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// A table under one optimizer: state beside each row, and the step over the rows that have a gradient.
/// </summary>
/// <remarks>
/// In exact mode a row carries the step up to which it was brought. When it is next touched, read or saved, the steps it missed are
/// replayed at rest with the rule as it stood at each of them, until it no longer moves; the state then takes the closed form.
/// </remarks>
sealed class RowUpdater<TRule>(Table table, RowMemory<float> weights, RowUpdates mode) : IUpdater<TRule>, IRowsOwed
    where TRule : struct, IUpdateRule<TRule>
{
    const long CatchUpGrain = 256;

    readonly RuleHistory<TRule> _history = new();
    RowMemory<float>? _s0, _s1;
    RowMemory<long>? _broughtTo;
    long _step, _fullyBroughtTo;

    public void Step(TRule rule)
    {
        if (!table.Gradient.Exists || table.Frozen) return;
        if (_step == 0)
        {
            if (TRule.Slots > 0) _s0 = State(rule);
            if (TRule.Slots > 1) _s1 = State(rule);
        }
        table.Owe(this);
        _step++;
        if (mode == RowUpdates.Exact)
        {
            if (rule.MovesAtRest && _broughtTo is null)
            {
                // All earlier steps left rows at rest where they were: owed is only what follows.
                _broughtTo = new RowMemory<long>(table.Count, 1);
                if (_step > 1) _broughtTo.Fill(_step - 1);
            }
            if (_broughtTo is not null) _history.Append(rule, _step);
        }
        table.Gradient.ForEachRow(new Body(this, rule.At(_step), _step));
    }

    public void BringUpToDate(ReadOnlySpan<long> ids)
    {
        if (_broughtTo is null || _fullyBroughtTo == _step) return;
        if (ids.Length <= CatchUpGrain)
        {
            foreach (long id in ids) CatchUp(id, _step);
            return;
        }
        long[] rented = ArrayPool<long>.Shared.Rent(ids.Length);
        ids.CopyTo(rented);
        Workers.For(ids.Length, CatchUpGrain, new Owed(this, rented));
        ArrayPool<long>.Shared.Return(rented);
    }

    public void BringAllUpToDate()
    {
        if (_broughtTo is null || _fullyBroughtTo == _step) return;
        Workers.For(table.Count, CatchUpGrain, new Owed(this, null));
        _fullyBroughtTo = _step;
        _history.ForgetUpTo(_step);
    }

    RowMemory<float> State(TRule rule)
    {
        var state = new RowMemory<float>(table.Count, table.Dim);
        if (rule.InitialState != 0) state.Fill(rule.InitialState);
        return state;
    }

    /// <summary>Replays the steps a row missed, up to and including <paramref name="step"/>; of several claimants one does it.</summary>
    void CatchUp(long row, long step)
    {
        ref long broughtTo = ref _broughtTo!.At(row);
        long done = Volatile.Read(ref broughtTo);
        if (done >= step || Interlocked.CompareExchange(ref broughtTo, step, done) != done) return;

        Span<float> w = weights[row], s0 = TRule.Slots > 0 ? _s0![row] : [], s1 = TRule.Slots > 1 ? _s1![row] : [];
        while (done < step)
        {
            (TRule rule, long until) = _history.At(done + 1);
            until = Math.Min(until, step);
            bool still = false;
            while (done < until && !still) still = Update.StepAtRest(_history.Prepared(rule, ++done), w, s0, s1);
            if (still) Update.Rest(rule, until - done, s0, s1);
            done = until;
        }
    }

    readonly struct Body(RowUpdater<TRule> updater, TRule rule, long step) : IRowGradientBody
    {
        public void Row(long row, ReadOnlySpan<float> gradient)
        {
            if (updater._broughtTo is not null)
            {
                updater.CatchUp(row, step - 1);
                updater._broughtTo.At(row) = step;
            }
            Update.Step(rule, gradient, updater.Weights[row],
                TRule.Slots > 0 ? updater._s0![row] : [], TRule.Slots > 1 ? updater._s1![row] : []);
        }
    }

    RowMemory<float> Weights => weights;

    readonly struct Owed(RowUpdater<TRule> updater, long[]? ids) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long i = from; i < to; i++) updater.CatchUp(ids is null ? i : ids[i], updater._step);
        }
    }
}
