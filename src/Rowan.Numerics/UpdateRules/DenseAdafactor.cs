namespace Rowan.Numerics;

/// <summary>Adafactor over one block of memory: a stack of matrices, or a vector.</summary>
/// <param name="weights">The weights [n].</param>
/// <param name="sizes">Their sizes; from two on, the last two are a matrix.</param>
/// <param name="gradient">The gradient [n], or null where no backward pass left one.</param>
/// <param name="stepped">Called when a step changes the weights.</param>
sealed class DenseAdafactor(Memory<float> weights, long[] sizes, Func<ReadOnlyMemory<float>?> gradient, Action? stepped = null)
    : IUpdater<AdafactorRule>
{
    readonly int _rows = sizes.Length < 2 ? 1 : (int)sizes[^2], _columns = sizes.Length == 0 ? 1 : (int)sizes[^1];
    float[] _row = [], _column = [], _square = [];
    long _step;

    bool Factored => sizes.Length >= 2;

    int Matrices => weights.Length / Math.Max(1, _rows * _columns);

    /// <inheritdoc/>
    public void Step(AdafactorRule rule, bool maximize)
    {
        if (gradient() is not { } gradients || weights.Length == 0) return;
        if (_step == 0) Allocate();
        stepped?.Invoke();
        _step++;
        float sign = maximize ? -1 : 1;
        ReadOnlySpan<float> g = gradients.Span;
        Span<float> w = weights.Span;
        double beta = rule.Beta(_step), alpha = rule.Alpha(_step, Math.Sqrt(Squares(w) / w.Length)), sum = 0;
        var u = new float[w.Length];
        if (!Factored)
            for (int i = 0; i < u.Length; i++)
            {
                _square[i] = (float)(beta * _square[i] + (1 - beta) * ((double)g[i] * g[i]));
                u[i] = sign * g[i] * rule.RootOf(_square[i]);
            }
        for (int matrix = 0; Factored && matrix < Matrices; matrix++) Factor(rule, beta, sign, g, u, matrix);
        foreach (float value in u) sum += (double)value * value;
        float scale = (float)(alpha / rule.Clip(sum, u.Length));
        if (rule.WeightDecay != 0) RowMath.Scale(w, 1 - rule.LearningRate * rule.WeightDecay);
        RowMath.AddScaled(u, -scale, w);
    }

    /// <inheritdoc/>
    public IEnumerable<StateEntry> State(AdafactorRule rule, string name)
    {
        if (_step == 0) yield break;
        yield return StateEntry.Over($"{name}.step", [], [_step]);
        foreach ((string slot, float[] values) in Slots()) yield return StateEntry.Over($"{name}.{slot}", [values.Length], values);
    }

    /// <inheritdoc/>
    public IEnumerable<string> Faults(AdafactorRule rule, StateDict state, string name)
    {
        if (UpdaterState.Step(state, name) == 0) return [];
        return UpdaterState.Faults(Factored ? ["row_var", "col_var"] : ["variance"], state, name, s => !Factored ? [weights.Length]
            : [s == 0 ? Matrices * _rows : Matrices * _columns]);
    }

    /// <inheritdoc/>
    public void Load(AdafactorRule rule, StateDict state, string name)
    {
        _step = UpdaterState.Step(state, name);
        if (_step == 0) return;
        Allocate();
        foreach ((string slot, float[] values) in Slots()) state[$"{name}.{slot}"].Read(0, values.AsSpan());
    }

    void Factor(AdafactorRule rule, double beta, float sign, ReadOnlySpan<float> g, float[] u, int matrix)
    {
        int start = matrix * _rows * _columns;
        var columns = new double[_columns];
        double rows = 0;
        for (int i = 0; i < _rows; i++)
        {
            double sum = 0;
            for (int j = 0; j < _columns; j++)
            {
                double square = (double)g[start + i * _columns + j] * g[start + i * _columns + j];
                sum += square;
                columns[j] += square;
            }
            ref float row = ref _row[matrix * _rows + i];
            row = (float)(beta * row + (1 - beta) * sum / _columns);
            rows += row;
        }
        for (int j = 0; j < _columns; j++)
        {
            ref float column = ref _column[matrix * _columns + j];
            column = (float)(beta * column + (1 - beta) * columns[j] / _rows);
        }
        double mean = Math.Max(rows / _rows, rule.Epsilon1);
        for (int i = 0; i < _rows; i++)
            for (int j = 0; j < _columns; j++)
            {
                int at = start + i * _columns + j;
                u[at] = sign * g[at] * rule.RootOf((double)_row[matrix * _rows + i] * _column[matrix * _columns + j] / mean);
            }
    }

    void Allocate()
    {
        if (Factored) (_row, _column) = (new float[Matrices * _rows], new float[Matrices * _columns]);
        else _square = new float[weights.Length];
    }

    (string Name, float[] Values)[] Slots() => Factored ? [("row_var", _row), ("col_var", _column)] : [("variance", _square)];

    static double Squares(ReadOnlySpan<float> x)
    {
        double sum = 0;
        foreach (float value in x) sum += (double)value * value;
        return sum;
    }
}
