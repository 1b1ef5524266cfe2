namespace Rowan.Training;

/// <summary>A copy of weights in memory of its own, which the next copy reuses.</summary>
sealed class WeightCopy
{
    // Arrays are in pieces, since a table may have more values than an array.
    const int Piece = 1 << 28;

    readonly Dictionary<string, Memory<float>[]> _floats = [];
    readonly Dictionary<string, long[]> _integers = [];

    /// <summary>What was copied last; null before the first.</summary>
    public StateDict? Weights { get; private set; }

    /// <summary>Copies weights over what was copied before.</summary>
    public void Take(StateDict weights)
    {
        StateEntry[] entries = [.. weights.Select(Taken)];
        Weights = new StateDict(entries);
    }

    /// <summary>m ← (1 − a)·m + a·w of floats; whole numbers become those of w.</summary>
    public void MoveTowards(StateDict weights, float a)
    {
        const int Row = 1 << 14;
        var row = new float[Row];
        foreach (StateEntry entry in weights)
        {
            if (entry.IsInteger)
            {
                Taken(entry);
                continue;
            }
            long at = 0;
            foreach (Memory<float> piece in _floats[entry.Name])
                for (int from = 0; from < piece.Length; from += Row)
                {
                    Span<float> mean = piece.Span.Slice(from, Math.Min(Row, piece.Length - from)), now = row.AsSpan(0, mean.Length);
                    entry.Read(at, now);
                    Numerics.RowMath.Scale(mean, 1 - a);
                    Numerics.RowMath.AddScaled(now, a, mean);
                    at += mean.Length;
                }
        }
    }

    StateEntry Taken(StateEntry entry)
    {
        if (entry.IsInteger)
        {
            if (!_integers.TryGetValue(entry.Name, out long[]? numbers) || numbers.Length != entry.Count)
                _integers[entry.Name] = numbers = new long[entry.Count];
            entry.Read(0, numbers.AsSpan());
            return StateEntry.Over(entry.Name, entry.Sizes, numbers);
        }
        if (!_floats.TryGetValue(entry.Name, out Memory<float>[]? pieces) || pieces.Sum(piece => (long)piece.Length) != entry.Count)
            _floats[entry.Name] = pieces = Room(entry.Count);
        long at = 0;
        foreach (Memory<float> piece in pieces)
        {
            entry.Read(at, piece.Span);
            at += piece.Length;
        }
        return StateEntry.Over(entry.Name, entry.Sizes, pieces);
    }

    static Memory<float>[] Room(long count)
    {
        var pieces = new List<Memory<float>>();
        for (; count > 0; count -= pieces[^1].Length) pieces.Add(new float[Math.Min(count, Piece)]);
        return [.. pieces];
    }
}
