using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan;

/// <summary>Counts values as they are read: the first step towards an <see cref="IdMap"/>.</summary>
sealed class ValueCounter
{
    readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    /// <summary>Starts empty.</summary>
    public ValueCounter() => _bySpan = _counts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Different values so far.</summary>
    public long Distinct => _counts.Count;

    /// <summary>Occurrences so far.</summary>
    public long Total { get; private set; }

    /// <summary>Counts an occurrence.</summary>
    public void Add(ReadOnlySpan<char> value)
    {
        Total++;
        CollectionsMarshal.GetValueRefOrAddDefault(_bySpan, value, out _)++;
    }

    /// <summary>Occurrences of a value.</summary>
    public long this[ReadOnlySpan<char> value] => _bySpan.TryGetValue(value, out long count) ? count : 0;

    /// <summary>The values that are kept, the most frequent first, ties in ordinal order.</summary>
    /// <param name="minCount">Fewest occurrences of a value that is kept.</param>
    /// <param name="maxSize">Most values kept.</param>
    public Vocabulary Build(long minCount = 1, int maxSize = int.MaxValue)
    {
        Require.InRange(minCount >= 1, $"minimum count {minCount}; it must be at least 1", nameof(minCount));
        Require.InRange(maxSize >= 1, $"maximum size {maxSize}; it must be at least 1", nameof(maxSize));
        return new Vocabulary(_counts.Where(entry => entry.Value >= minCount)
            .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Take(maxSize)
                .Select(entry => entry.Key));
    }
}
