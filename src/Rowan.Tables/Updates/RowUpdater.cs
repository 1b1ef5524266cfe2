using System.Buffers;
using System.Runtime.CompilerServices;
using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// A table under one optimizer: the state of each row, and the step over the rows that have a gradient.
/// </summary>
/// <remarks>
/// In exact mode each row records the last step applied to it. When it is next touched, read or saved, the steps it missed are replayed
/// without a gradient, each with the rule of that step, until the row no longer moves; the state then takes the closed form.
/// Frozen rows miss no steps: steps that pass while a row is frozen are never applied to it. Rows whose learning rate has a factor are
/// stepped group by group, each group in a pass through the gradient with a rule of its own. Rows that are not stored as float32 are
/// decoded, moved and encoded in one pass, with the random bits of the step; a run of missed steps is replayed in float32 and rounded
/// once, at its end.
/// </remarks>
sealed class RowUpdater<TRule>(Table table, RowStore weights, RowUpdates mode) : IUpdater<TRule>, IDeferredUpdates, IRowsTouched
    where TRule : struct, IUpdateRule<TRule>
{
    const long CatchUpGrain = 4_096;

    readonly RowMemory<float>? _floats = weights.Floats;

    // The rules of past steps, for each group of RowRates.
    readonly List<DeferredSteps<TRule>> _histories = [new()];
    readonly RowMemory<float>?[] _slots = new RowMemory<float>?[3];
    readonly bool[] _named = new bool[3];
    RowMemory<float>? _rowValues;
    RowMemory<long>? _updatedTo;
    long _step, _allUpdatedTo;
    bool _allocated;

    public long Pending => table.Frozen ? 0 : table.Gradient.Entries * table.Dim;

    public void Step(TRule rule, bool maximize)
    {
        if (!table.Gradient.Exists || table.Frozen) return;
        using TableGuard.Hold writer = table.HoldToWrite("Step");
        Allocate(rule);
        Grow(rule);
        table.Version.Changed("a step of the optimizer");
        _step++;
        if (mode == RowUpdates.Exact)
        {
            if (rule.MovesWithoutGradient && _updatedTo is null)
            {
                // Earlier steps did not change rows without a gradient, so every row is up to date as of the previous step.
                _updatedTo = new RowMemory<long>(table.Count, 1, TRule.Slots + 2, weights.BackEnd);
                if (_step > 1) _updatedTo.Fill(_step - 1);
            }
            if (_updatedTo is not null) Remember(rule);
        }
        table.Defer(_updatedTo is null ? null : this);
        if (Counters.CountsUpdates) Counters.Updated(table.Name, table.Gradient.Entries, table.Gradient.Rows.Length, table.RowBytes);
        if (Counters.CountsCatchUp) CountDeferred(table.Gradient.Rows, _step - 1);
        float sign = maximize ? -1 : 1;
        if (table.Rates is not { } rates)
        {
            Apply(rule, sign, _updatedTo is null && !AnyFrozen ? null : this);
            return;
        }
        for (int group = 0; group < rates.Groups; group++)
            if (!rates.IsEmpty(group)) Apply(Of(group, rule), sign, new GroupRows(this, rates, group));
    }

    void Apply(TRule rule, float sign, IRowsTouched? touched)
    {
        if (TRule.ByRow || _floats is null) table.Gradient.ForEachRow(new WholeRows(this, rule.At(_step), sign, touched));
        else TRule.Specialize(rule.At(_step), new FloatRows(this, sign, touched));
    }

    /// <summary>The rule as the rows of a group see it.</summary>
    TRule Of(int group, TRule rule) => group == 0 ? rule : rule with { LearningRate = rule.LearningRate * table.Rates!.Factor(group) };

    void Remember(TRule rule)
    {
        int groups = table.Rates?.Groups ?? 1;
        while (_histories.Count < groups) _histories.Add(new());
        for (int group = 0; group < groups; group++) _histories[group].Append(Of(group, rule), _step);
    }

    void ForgetUpTo(long step)
    {
        foreach (DeferredSteps<TRule> history in _histories) history.ForgetUpTo(step);
    }

    public bool Any => _updatedTo is not null && _allUpdatedTo != _step;

    public Rounding Rounding => Rounding.Stochastic(table.RoundingKey, _step);

    public bool IsBehind(long row) => row < _updatedTo!.Rows && _updatedTo.At(row) < _step && !IsFrozen(row);

    public void UpToDate(long row, Span<float> into)
    {
        Span<float> w = weights.Open(row, into), scratch = RowScratch.State(TRule.Slots * table.Dim);
        if (_floats is not null) w.CopyTo(into);
        StateSpans kept = StateOf(row), state = new(Copy(kept.S0, ref scratch), Copy(kept.S1, ref scratch), Copy(kept.S2, ref scratch));
        float value = TRule.ByRow ? _rowValues!.At(row) : 0;
        Replay(row, _updatedTo!.At(row), _step, into, state, ref value);

        static Span<float> Copy(Span<float> slot, ref Span<float> scratch)
        {
            Span<float> copy = scratch[..slot.Length];
            slot.CopyTo(copy);
            scratch = scratch[slot.Length..];
            return copy;
        }
    }

    public void Apply(ReadOnlySpan<long> ids)
    {
        if (!Any) return;
        if (Counters.CountsCatchUp) CountDeferred(ids.ToArray().Distinct(), _step);
        long start = Counters.Start();
        if (ids.Length <= CatchUpGrain)
            foreach (long id in ids) CatchUp(id, _step);
        else
        {
            long[] rented = ArrayPool<long>.Shared.Rent(ids.Length);
            ids.CopyTo(rented);
            Workers.For(ids.Length, CatchUpGrain, new DeferredRows(this, rented));
            ArrayPool<long>.Shared.Return(rented);
        }
        Counters.Phase("catch-up", table.Name, start);
    }

    public void ApplyAll()
    {
        if (!Any) return;
        if (Counters.CountsCatchUp) CountDeferred(Everything(), _step);
        long start = Counters.Start();
        Workers.For(table.Count, CatchUpGrain, new DeferredRows(this, null));
        Counters.Phase("catch-up", table.Name, start);
        _allUpdatedTo = _step;
        ForgetUpTo(_step);
    }

    IEnumerable<long> Everything()
    {
        for (long row = 0; row < _updatedTo!.Rows; row++) yield return row;
    }

    /// <summary>Counts the deferred steps of distinct rows, up to a step, before they are applied.</summary>
    void CountDeferred(IEnumerable<long> rows, long step)
    {
        long owing = 0, steps = 0;
        foreach (long row in rows)
            if (_updatedTo is not null && row < _updatedTo.Rows && _updatedTo.At(row) is var done && done < step && !IsFrozen(row))
                (owing, steps) = (owing + 1, steps + step - done);
        Counters.CaughtUp(table.Name, owing, steps);
    }

    public IEnumerable<StateEntry> State(TRule rule, string name)
    {
        if (_step == 0) yield break;
        using (table.HoldToWrite("StateDict"))
        {
            Grow(rule);
            ApplyAll();
        }
        yield return StateEntry.Over($"{name}.step", [], [_step]);
        foreach ((string slot, RowMemory<float> memory) in Named(rule))
            yield return StateEntry.Over($"{name}.{slot}", [memory.Rows, memory.Dim], memory.Pieces());
    }

    public IEnumerable<string> Faults(TRule rule, StateDict state, string name)
    {
        if (UpdaterState.Step(state, name) == 0) return [];
        return UpdaterState.Faults(rule.StateNames, state, name, s => [table.Count, s == TRule.Slots ? 1 : table.Dim]);
    }

    public void Load(TRule rule, StateDict state, string name)
    {
        using TableGuard.Hold writer = table.HoldToWrite("LoadStateDict");
        // Updates that were deferred before the load belong to the old state; a saved state has none.
        ApplyAll();
        ForgetUpTo(_step);
        (_step, _updatedTo, _allUpdatedTo) = (UpdaterState.Step(state, name), null, 0);
        if (_step == 0) return;
        Allocate(rule);
        foreach ((string slot, RowMemory<float> memory) in Named(rule))
        {
            long start = 0;
            foreach (Memory<float> piece in memory.Pieces())
            {
                state[$"{name}.{slot}"].Read(start, piece.Span);
                start += piece.Length;
            }
        }
    }

    IEnumerable<(string Name, RowMemory<float> Memory)> Named(TRule rule)
    {
        for (int s = 0; s < TRule.Slots; s++)
            if (rule.StateNames[s] is { } slot) yield return (slot, _slots[s]!);
        if (TRule.ByRow && rule.StateNames[^1] is { } row) yield return (row, _rowValues!);
    }

    /// <summary>Allocates state for the slots that the settings use; unused slots cost nothing.</summary>
    void Allocate(TRule rule)
    {
        RowMemory<float> Fresh(int dim, int beside)
        {
            var state = new RowMemory<float>(table.Count, dim, beside, weights.BackEnd);
            if (rule.InitialState != 0) state.Fill(rule.InitialState);
            return state;
        }
        IReadOnlyList<string?> names = rule.StateNames;
        if (!_allocated) table.CheckStateMemory(typeof(TRule).Name, BytesPerRow(names, rule));
        _allocated = true;
        for (int s = 0; s < TRule.Slots; s++)
        {
            _named[s] = names[s] is not null;
            if (_named[s]) _slots[s] ??= Fresh(table.Dim, s + 1);
        }
        if (TRule.ByRow) _rowValues ??= Fresh(1, TRule.Slots + 1);
    }

    long BytesPerRow(IReadOnlyList<string?> names, TRule rule)
    {
        long values = TRule.ByRow ? 1 : 0;
        for (int s = 0; s < TRule.Slots; s++)
            if (names[s] is not null) values += table.Dim;
        return values * sizeof(float) + (mode == RowUpdates.Exact && rule.MovesWithoutGradient ? sizeof(long) : 0);
    }

    /// <summary>Adds state for rows that were added to the table since the last step; they missed no steps.</summary>
    void Grow(TRule rule)
    {
        foreach (RowMemory<float>? slot in _slots) slot?.Grow(table.Count, rule.InitialState);
        _rowValues?.Grow(table.Count, rule.InitialState);
        _updatedTo?.Grow(table.Count, _step);
    }

    StateSpans StateOf(long row) => new(
        TRule.Slots > 0 && _named[0] ? _slots[0]![row] : [], TRule.Slots > 1 && _named[1] ? _slots[1]![row] : [], TRule.Slots > 2
            && _named[2] ? _slots[2]![row] : []);

    /// <summary>
    /// Replays the steps that a row missed, up to and including <paramref name="step"/>, and stores the row. If several threads of a loop
    /// catch up the same row, one of them does it.
    /// </summary>
    void CatchUp(long row, long step)
    {
        if (row >= _updatedTo!.Rows) return;
        ref long updatedTo = ref _updatedTo.At(row);
        long done = Volatile.Read(ref updatedTo);
        if (done >= step || Interlocked.CompareExchange(ref updatedTo, step, done) != done) return;
        if (table.FrozenRows.Count > 0 && table.FrozenRows.Contains(row)) return;

        float none = 0;
        Span<float> w = _floats is { } floats ? floats[row] : weights.Open(row, RowScratch.Floats(table.Dim));
        Replay(row, done, step, w, StateOf(row), ref TRule.ByRow ? ref _rowValues!.At(row) : ref none);
        if (_floats is null) weights.Close(row, w, Rounding.Stochastic(table.RoundingKey, step));
    }

    /// <summary>
    /// Replays steps of a row without a gradient, from the one after <paramref name="done"/> up to and including <paramref name="step"/>.
    /// </summary>
    void Replay(long row, long done, long step, Span<float> w, StateSpans state, ref float value)
    {
        DeferredSteps<TRule> history = _histories[table.Rates?.Of(row) ?? 0];
        while (done < step)
        {
            (TRule rule, long until) = history.At(done + 1);
            until = Math.Min(until, step);
            ReadOnlySpan<TRule> steps = history.Prepared(rule, done + 1, until);
            bool still = Update.StepsWithoutGradient(steps, rule, w, state, ref value);
            done += steps.Length;
            if (!still) continue;
            Update.Rest(rule, until - done, state);
            done = until;
        }
    }

    /// <summary>Rows stored as float32, under a rule that does not need whole rows.</summary>
    readonly struct FloatRows(RowUpdater<TRule> updater, float sign, IRowsTouched? touched) : IStepUse
    {
        public void With<TStep>(TStep step) where TStep : struct, IStep
        {
            RowMemory<float> w = updater._floats!;
            RowMemory<float>? s0 = updater.Slot(0), s1 = updater.Slot(1), s2 = updater.Slot(2);
            if (FusedRowUpdate<TStep>.Reach(w.Dim)) updater.Gradient.Walk(new FusedRowUpdate<TStep>(w, s0, s1, s2, step, sign, touched));
            else updater.Gradient.ForEachRow(new FloatRow<TStep>(w, s0, s1, s2, step, sign, touched));
        }
    }

    readonly struct FloatRow<TStep>(RowMemory<float> w, RowMemory<float>? s0, RowMemory<float>? s1, RowMemory<float>? s2, TStep step,
        float sign, IRowsTouched? touched) : ISummedGradientBody
        where TStep : struct, IStep
    {
        readonly TStep _step = step;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Prefetch(long row)
        {
            if (!w.ExceedsCache) return;
            w.Prefetch(row);
            s0?.Prefetch(row);
            s1?.Prefetch(row);
            s2?.Prefetch(row);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public unsafe void Row(long row, ReadOnlySpan<float> gradient)
        {
            if (touched is not null && !touched.Touch(row)) return;
            fixed (float* g = gradient) Update.Step(in _step, g, sign, At(w, row), At(s0, row), At(s1, row), At(s2, row), gradient.Length);
        }

        /// <summary>The address of a row; its chunk is pinned.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static unsafe float* At(RowMemory<float>? rows, long row) => rows is null ? null : (float*)Unsafe.AsPointer(ref rows.At(row));
    }

    /// <summary>Rows whose rule needs the whole row, or that are not stored as float32.</summary>
    readonly struct WholeRows(RowUpdater<TRule> updater, TRule rule, float sign, IRowsTouched? touched) : ISummedGradientBody
    {
        readonly TRule _rule = rule;
        readonly bool _far = updater.ExceedsCache;

        public void Prefetch(long row)
        {
            if (_far) updater.Prefetch(row);
        }

        public void Row(long row, ReadOnlySpan<float> gradient)
        {
            if (touched is null || touched.Touch(row)) updater.StepRow(_rule, row, gradient, sign);
        }
    }

    /// <summary>The rows of one group; the others are left to the passes of theirs.</summary>
    sealed class GroupRows(RowUpdater<TRule> updater, RowRates rates, int group) : IRowsTouched
    {
        public bool Touch(long row) => rates.Of(row) == group && updater.Touch(row);
    }

    SparseGradient Gradient => table.Gradient;

    /// <summary>Brings a row up to date as of the previous step; returns false if it is frozen.</summary>
    public bool Touch(long row)
    {
        if (_updatedTo is not null)
        {
            ref long updatedTo = ref _updatedTo.At(row);
            if (updatedTo < _step - 1) CatchUp(row, _step - 1);
            updatedTo = _step;
        }
        return !IsFrozen(row);
    }

    RowMemory<float>? Slot(int s) => s < TRule.Slots && _named[s] ? _slots[s] : null;

    void StepRow(TRule rule, long row, ReadOnlySpan<float> gradient, float sign)
    {
        float none = 0;
        Span<float> w = _floats is { } floats ? floats[row] : weights.Open(row, RowScratch.Floats(gradient.Length));
        Update.Step(rule, gradient, sign, w, StateOf(row), ref TRule.ByRow ? ref _rowValues!.At(row) : ref none);
        if (_floats is null) weights.Close(row, w, Rounding.Stochastic(table.RoundingKey, _step));
    }

    void Prefetch(long row)
    {
        if (_floats is { } floats) floats.Prefetch(row);
        else weights.Prefetch(row);
        for (int s = 0; s < TRule.Slots; s++)
            if (_named[s]) _slots[s]!.Prefetch(row);
        if (TRule.ByRow) _rowValues!.Prefetch(row);
    }

    bool ExceedsCache => weights.ExceedsCache;

    bool AnyFrozen => table.FrozenRows.Count > 0;

    bool IsFrozen(long row) => AnyFrozen && table.FrozenRows.Contains(row);

    readonly struct DeferredRows(RowUpdater<TRule> updater, long[]? ids) : IRangeBody
    {
        public void Run(long from, long to)
        {
            bool ahead = ids is not null && updater.ExceedsCache;
            for (long i = from; i < to; i++)
            {
                if (ahead && i + RowKernels.Ahead < to && ids![i + RowKernels.Ahead] is var next && next < updater._updatedTo!.Rows
                    && updater._updatedTo.At(next) < updater._step)
                    updater.Prefetch(next);
                updater.CatchUp(ids is null ? i : ids[i], updater._step);
            }
        }
    }
}
