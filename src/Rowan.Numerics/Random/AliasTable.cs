using Rowan.Numerics;

namespace Rowan;

/// <summary>
/// Draws ids with given weights in constant time, however many there are: what negative sampling draws from.
/// (Walker 1977; built in linear time as Vose 1991 shows.)
/// </summary>
public sealed class AliasTable
{
    readonly float[] _keep;
    readonly int[] _alias;
    readonly double[] _probability;

    /// <param name="weights">How often each id should come, in any unit; 0 for never.</param>
    /// <param name="power">What weights are raised to first: 3/4 of word counts makes rare words come more often (Mikolov et al.
    /// 2013).</param>
    /// <exception cref="ArgumentException">There are no weights, or all are 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative or not a number.</exception>
    public AliasTable(ReadOnlySpan<double> weights, double power = 1)
    {
        int n = weights.Length;
        _probability = new double[n];
        double total = 0;
        for (int i = 0; i < n; i++)
        {
            Require.InRange(weights[i] >= 0 && double.IsFinite(weights[i]),
                $"AliasTable: weight {weights[i]} at [{i}]; weights are finite and not negative", nameof(weights));
            total += _probability[i] = weights[i] == 0 ? 0 : Math.Pow(weights[i], power);
        }
        Require.That(total > 0, $"AliasTable: {n} weights that sum to {total}; at least one is positive", nameof(weights));
        (_keep, _alias) = (new float[n], new int[n]);
        var small = new Stack<int>();
        var large = new Stack<int>();
        var share = new double[n];
        for (int i = n - 1; i >= 0; i--)
        {
            _probability[i] /= total;
            share[i] = _probability[i] * n;
            (share[i] < 1 ? small : large).Push(i);
        }
        while (small.Count > 0 && large.Count > 0)
        {
            (int less, int more) = (small.Pop(), large.Peek());
            (_keep[less], _alias[less]) = ((float)share[less], more);
            share[more] -= 1 - share[less];
            if (share[more] < 1) small.Push(large.Pop());
        }
        foreach (int left in (int[])[.. small, .. large]) (_keep[left], _alias[left]) = (1, left);
        // What rounding left over must not bring back an id that is never to come.
        for (int i = 0; i < n; i++)
            if (_probability[i] == 0 && _alias[i] == i) (_keep[i], _alias[i]) = (0, Array.FindIndex(_probability, p => p > 0));
    }

    /// <summary>Ids.</summary>
    public int Count => _keep.Length;

    /// <summary>How likely a draw is an id.</summary>
    public double Probability(long id) => _probability[id];

    /// <summary>One id: two words of the generator.</summary>
    public long Draw(Rng rng)
    {
        ArgumentNullException.ThrowIfNull(rng);
        ulong words = rng.NextUInt64();
        int column = (int)((words >> 32) * (ulong)_keep.Length >> 32);
        return (words & 0xff_ffff) * (1f / (1 << 24)) < _keep[column] ? column : _alias[column];
    }

    /// <summary>
    /// The id of 64 random bits, for draws that are a function of a place: the upper half chooses a column, the lower one within it.
    /// </summary>
    public int At(ulong bits)
    {
        int column = (int)((bits >> 32) * (ulong)_keep.Length >> 32);
        return (uint)bits * (1.0 / (1UL << 32)) < _keep[column] ? column : _alias[column];
    }

    /// <summary>Ids, each drawn for itself.</summary>
    public void Draw(Rng rng, Span<long> into)
    {
        for (int i = 0; i < into.Length; i++) into[i] = Draw(rng);
    }
}
