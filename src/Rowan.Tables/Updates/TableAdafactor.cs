using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// Adafactor over a table as over a dense matrix, in time that follows the rows touched: decay of a row's mean square and of its weights
/// is a product over the steps it missed, the mean over all rows and the size of all weights are kept as sums. What depends on the
/// learning rate is kept for each group of <see cref="RowRates"/>.
/// </summary>
/// <remarks>
/// The first step reads the table once, for the size of its weights. Lazy, a row that a step does not touch decays in neither.
/// </remarks>
sealed class TableAdafactor(Table table, RowStore weights, RowUpdates mode) : IUpdater<AdafactorRule>, IDeferredUpdates
{
    RowMemory<float>? _row;
    RowMemory<long>? _updatedTo;
    float[] _column = [];

    // Products of β, and for each group of 1 − η·λ, up to each step since the last time all rows were brought up to date, as logarithms.
    readonly List<double> _logBeta = [0];
    readonly List<List<double>> _logDecay = [[0]];
    double[] _sumOfWeights = [0];
    double _sumOfRows;
    long _step, _from, _changes;
    bool _allUpToDate = true;

    bool Exact => mode == RowUpdates.Exact;

    public long Pending => table.Frozen ? 0 : table.Gradient.Entries * table.Dim;

    public void Step(AdafactorRule rule, bool maximize)
    {
        if (!table.Gradient.Exists || table.Frozen) return;
        using TableGuard.Hold writer = table.HoldToWrite("Step");
        if (_step == 0) Allocate();
        Grow();
        Regroup();
        table.Defer(this);
        table.Version.Changed("a step of the optimizer");
        long entries = table.Gradient.Entries;
        (ReadOnlyMemory<long> ids, Memory<float> rows) = table.Gradient.Coalesce();
        Counters.Updated(table.Name, entries, ids.Length, table.RowBytes);
        Apply(ids.Span);
        long start = Counters.Start();
        _step++;
        _allUpToDate = false;
        double beta = rule.Beta(_step), size = Math.Sqrt(Math.Max(0, _sumOfWeights.Sum()) / ((double)table.Count * table.Dim));
        var alpha = new double[_sumOfWeights.Length];
        var decay = new double[alpha.Length];
        for (int group = 0; group < alpha.Length; group++)
        {
            AdafactorRule own = rule with { LearningRate = rule.LearningRate * (table.Rates?.Factor(group) ?? 1) };
            (alpha[group], decay[group]) = (own.Alpha(_step, size), 1 - (double)own.LearningRate * own.WeightDecay);
            _logDecay[group].Add(_logDecay[group][^1] + Math.Log(decay[group]));
        }
        _logBeta.Add(_logBeta[^1] + (beta > 0 ? Math.Log(beta) : 0));
        int dim = table.Dim;

        MeanSquares(ids.Span, rows.Span, beta);
        double mean = Math.Max(_sumOfRows / table.Count, rule.Epsilon1), sum = 0;
        var u = new float[rows.Length];
        for (int i = 0; i < ids.Length; i++)
            for (int j = 0; j < dim; j++)
            {
                float value = u[i * dim + j] = rows.Span[i * dim + j] * rule.RootOf((double)_row!.At(ids.Span[i]) * _column[j] / mean);
                sum += (double)value * value;
            }
        double clip = rule.Clip(sum, (double)table.Count * dim);
        double[] before = new double[alpha.Length], after = new double[alpha.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            long id = ids.Span[i];
            int group = GroupOf(id);
            float scale = (float)(alpha[group] / clip) * (maximize ? -1 : 1);
            Span<float> w = Open(id);
            before[group] += Squares(w);
            if (decay[group] != 1) RowMath.Scale(w, (float)decay[group]);
            RowMath.AddScaled(u.AsSpan(i * dim, dim), -scale, w);
            weights.Close(id, w, Rounding.Stochastic(table.RoundingKey, _step));
            after[group] += Squares(Open(id));
            _updatedTo!.At(id) = _step;
        }
        // The other rows shrink by the decay, in exact mode; frozen ones do not, and are counted as if they did.
        for (int group = 0; group < alpha.Length; group++)
            _sumOfWeights[group] = (_sumOfWeights[group] - before[group]) * (Exact ? decay[group] * decay[group] : 1) + after[group];
        Counters.Phase("update", table.Name, start);
    }

    public bool Any => _row is not null && !_allUpToDate;

    public Rounding Rounding => Rounding.Stochastic(table.RoundingKey, _step);

    public bool IsBehind(long row) => Exact && row < _row!.Rows && _updatedTo!.At(row) < _step && !IsFrozen(row);

    public void UpToDate(long row, Span<float> into)
    {
        Span<float> w = weights.Open(row, into);
        if (weights.Floats is not null) w.CopyTo(into);
        double decay = DecaySince(row, _updatedTo!.At(row));
        if (decay != 1) RowMath.Scale(into, (float)decay);
    }

    public void Apply(ReadOnlySpan<long> ids)
    {
        if (!Any) return;
        long start = Counters.Start(), rows = 0, steps = 0;
        foreach (long id in ids) CatchUp(id, ref rows, ref steps);
        Counters.CaughtUp(table.Name, rows, steps);
        Counters.Phase("catch-up", table.Name, start);
    }

    public void ApplyAll()
    {
        if (!Any) return;
        long start = Counters.Start(), rows = 0, steps = 0;
        for (long row = 0; row < _row!.Rows; row++) CatchUp(row, ref rows, ref steps);
        Counters.CaughtUp(table.Name, rows, steps);
        Counters.Phase("catch-up", table.Name, start);
        _allUpToDate = true;
        _from = _step;
        foreach (List<double> logs in (List<double>[])[_logBeta, .. _logDecay])
        {
            logs.Clear();
            logs.Add(0);
        }
    }

    public IEnumerable<StateEntry> State(AdafactorRule rule, string name)
    {
        if (_step == 0) yield break;
        using (table.HoldToWrite("StateDict"))
        {
            Grow();
            ApplyAll();
        }
        yield return StateEntry.Over($"{name}.step", [], [_step]);
        yield return StateEntry.Over($"{name}.row_var", [table.Count, 1], _row!.Pieces());
        yield return StateEntry.Over($"{name}.col_var", [table.Dim], _column);
    }

    public IEnumerable<string> Faults(AdafactorRule rule, StateDict state, string name) => UpdaterState.Step(state, name) == 0 ? []
        : UpdaterState.Faults(["row_var", "col_var"], state, name, s => s == 0 ? [table.Count, 1] : [table.Dim]);

    public void Load(AdafactorRule rule, StateDict state, string name)
    {
        using TableGuard.Hold writer = table.HoldToWrite("LoadStateDict");
        ApplyAll();
        _step = UpdaterState.Step(state, name);
        if (_step == 0) return;
        Allocate();
        (_from, _allUpToDate) = (_step, true);
        long start = 0;
        foreach (Memory<float> piece in _row!.Pieces())
        {
            state[$"{name}.row_var"].Read(start, piece.Span);
            start += piece.Length;
            foreach (float value in piece.Span) _sumOfRows += value;
        }
        state[$"{name}.col_var"].Read(0, _column.AsSpan());
        _updatedTo!.Fill(_step);
    }

    void MeanSquares(ReadOnlySpan<long> ids, ReadOnlySpan<float> g, double beta)
    {
        int dim = table.Dim;
        var columns = new double[dim];
        if (Exact) _sumOfRows *= beta;
        for (int i = 0; i < ids.Length; i++)
        {
            double sum = 0;
            for (int j = 0; j < dim; j++)
            {
                double square = (double)g[i * dim + j] * g[i * dim + j];
                sum += square;
                columns[j] += square;
            }
            ref float row = ref _row!.At(ids[i]);
            double next = beta * row + (1 - beta) * sum / dim;
            _sumOfRows += next - (Exact ? beta * row : row);
            row = (float)next;
        }
        for (int j = 0; j < dim; j++) _column[j] = (float)(beta * _column[j] + (1 - beta) * columns[j] / table.Count);
    }

    void CatchUp(long row, ref long rows, ref long steps)
    {
        if (row >= _row!.Rows) return;
        ref long updatedTo = ref _updatedTo!.At(row);
        if (Exact && updatedTo < _step && !IsFrozen(row))
        {
            (rows, steps) = (rows + 1, steps + _step - updatedTo);
            int from = (int)(updatedTo - _from), to = (int)(_step - _from);
            // β is 0 at the first step: what came before it is forgotten, and was 0.
            double kept = updatedTo == 0 ? 0 : Math.Exp(_logBeta[to] - _logBeta[from]);
            _row.At(row) = (float)(_row.At(row) * kept);
            double decay = DecaySince(row, updatedTo);
            if (decay != 1)
            {
                Span<float> w = Open(row);
                RowMath.Scale(w, (float)decay);
                weights.Close(row, w, Rounding.Stochastic(table.RoundingKey, _step));
            }
        }
        updatedTo = _step;
    }

    double DecaySince(long row, long step)
    {
        List<double> logs = _logDecay[GroupOf(row)];
        return Math.Exp(logs[(int)(_step - _from)] - logs[(int)(step - _from)]);
    }

    int GroupOf(long row) => table.Rates?.Of(row) ?? 0;

    /// <summary>Sums the weights of each group anew where rows changed theirs; the table brought all rows up to date before that.</summary>
    void Regroup()
    {
        if (table.Rates is not { } rates || rates.Changes == _changes) return;
        _changes = rates.Changes;
        while (_logDecay.Count < rates.Groups) _logDecay.Add([.. Enumerable.Repeat(0.0, _logBeta.Count)]);
        SumWeights();
    }

    void SumWeights()
    {
        _sumOfWeights = new double[table.Rates?.Groups ?? 1];
        for (long row = 0; row < table.Count; row++) _sumOfWeights[GroupOf(row)] += Squares(Open(row));
    }

    bool IsFrozen(long row) => table.FrozenRows.Count > 0 && table.FrozenRows.Contains(row);

    void Allocate()
    {
        _row = new RowMemory<float>(table.Count, 1, backEnd: weights.BackEnd);
        _updatedTo = new RowMemory<long>(table.Count, 1, backEnd: weights.BackEnd);
        _column = new float[table.Dim];
        _sumOfRows = 0;
        SumWeights();
    }

    Span<float> Open(long row) => weights.Open(row, RowScratch.Floats(table.Dim));

    static double Squares(ReadOnlySpan<float> w)
    {
        double sum = 0;
        foreach (float value in w) sum += (double)value * value;
        return sum;
    }

    void Grow()
    {
        long before = _row!.Rows;
        if (before == table.Count) return;
        _row.Grow(table.Count);
        _updatedTo!.Grow(table.Count, _step);
        // New rows have the factor 1.
        for (long row = before; row < table.Count; row++) _sumOfWeights[0] += Squares(Open(row));
    }
}
