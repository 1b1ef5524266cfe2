using Rowan.Numerics;

namespace Rowan.Tensors;

/// <summary>
/// y[i, j, …] = x[p₀[i], p₁[j], …]: which index of each dimension of x each index of y takes. Slices, flips, repeats and padding are all
/// of this kind; so value, derivative and assignment are written once, over runs of contiguous values.
/// </summary>
sealed class Picks : IHoldsNoInput
{
    /// <summary>A pick that takes no value of x: y gets the fill value there.</summary>
    public const int None = -1;

    readonly List<(int From, int Length)> _runs = [];
    readonly int[]?[] _picks;
    readonly int[] _strides;
    readonly int _last;

    /// <param name="from">The shape of x.</param>
    /// <param name="picks">For each dimension the indices of x that y takes, in order; null for all of them.</param>
    public Picks(Shape from, params int[]?[] picks)
    {
        (From, _picks, _strides, _last) = (from, picks, new int[from.Rank], -1);
        var to = new long[from.Rank];
        long stride = 1;
        for (int d = from.Rank - 1; d >= 0; d--)
        {
            (_strides[d], to[d]) = ((int)stride, picks[d]?.Length ?? from[d]);
            stride *= from[d];
            if (picks[d] is not null && _last < 0) _last = d;
        }
        To = new Shape(to);
        if (To.Count > 0) Walk(0, 0);
    }

    /// <summary>The shape of x.</summary>
    public Shape From { get; }

    /// <summary>The shape of y: as many indices of each dimension as are picked.</summary>
    public Shape To { get; }

    /// <summary>y.</summary>
    public void Take<T>(ReadOnlySpan<T> x, Span<T> y, T fill)
    {
        int at = 0;
        foreach ((int from, int length) in _runs)
        {
            if (from < 0) y.Slice(at, length).Fill(fill);
            else x.Slice(from, length).CopyTo(y[at..]);
            at += length;
        }
    }

    /// <summary>dx[p₀[i], p₁[j], …] += g[i, j, …].</summary>
    public void AddTo(ReadOnlySpan<float> g, Span<float> dx)
    {
        int at = 0;
        foreach ((int from, int length) in _runs)
        {
            if (from >= 0) RowMath.Add(g.Slice(at, length), dx.Slice(from, length));
            at += length;
        }
    }

    /// <summary>x[p₀[i], p₁[j], …] ← y[i, j, …].</summary>
    public void Assign(ReadOnlySpan<float> y, Span<float> x)
    {
        int at = 0;
        foreach ((int from, int length) in _runs)
        {
            y.Slice(at, length).CopyTo(x[from..]);
            at += length;
        }
    }

    /// <summary>Indices 0, 1, …, n − 1, each given times.</summary>
    public static int[] Each(long n, int times) => [.. Enumerable.Range(0, (int)n).SelectMany(i => Enumerable.Repeat(i, times))];

    void Walk(int d, int offset)
    {
        int inner = _last < 0 ? (int)From.Count : _strides[_last];
        if (_last < 0) _runs.Add((0, inner));
        else if (d < _last)
            for (int i = 0; i < To[d]; i++)
            {
                int pick = _picks[d] is { } picks ? picks[i] : i;
                // All below a pick of nothing is nothing.
                if (pick == None || offset == None) Walk(d + 1, None);
                else Walk(d + 1, offset + pick * _strides[d]);
            }
        else
        {
            int[] picks = _picks[d]!;
            for (int i = 0, next; i < picks.Length; i = next)
            {
                bool nothing = picks[i] == None || offset == None;
                for (next = i + 1; next < picks.Length
                    && (nothing ? picks[next] == None || offset == None : picks[next] == picks[next - 1] + 1);) next++;
                _runs.Add((nothing ? None : offset + picks[i] * inner, (next - i) * inner));
            }
        }
    }
}
