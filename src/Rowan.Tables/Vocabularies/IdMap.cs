using Rowan.Numerics;

namespace Rowan;

/// <summary>How values without a row of their own are handled.</summary>
public enum UnknownIds
{
    /// <summary>It is an error that names the value.</summary>
    Error,

    /// <summary>All unknown values share one row, the one after the last known.</summary>
    Shared,

    /// <summary>Unknown values share a number of rows by their hash.</summary>
    Hashed,
}

/// <summary>Users' own ids ↔ rows: known values in the order of their vocabulary, then the rows that unknown ones share.</summary>
public sealed class IdMap
{
    /// <param name="name">What the values are, for messages: "user", "word".</param>
    /// <param name="known">Values with a row of their own.</param>
    /// <param name="unknown">How other values are handled.</param>
    /// <param name="buckets">Rows of <see cref="UnknownIds.Hashed"/>.</param>
    public IdMap(string name, Vocabulary known, UnknownIds unknown = UnknownIds.Shared, long buckets = 1_000)
    {
        ArgumentNullException.ThrowIfNull(known);
        Require.InRange(buckets >= 1, $"{name}: {buckets} rows for unknown values; there must be at least one", nameof(buckets));
        (Name, Known, Unknown) = (name, known, unknown);
        Shared = unknown switch { UnknownIds.Error => 0, UnknownIds.Shared => 1, _ => buckets };
    }

    /// <summary>What the values are.</summary>
    public string Name { get; }

    /// <summary>Values with a row of their own.</summary>
    public Vocabulary Known { get; }

    /// <summary>How values without a row of their own are handled.</summary>
    public UnknownIds Unknown { get; }

    /// <summary>Rows that unknown values share.</summary>
    public long Shared { get; }

    /// <summary>Rows in all.</summary>
    public long Rows => Known.Count + Shared;

    /// <summary>The row of a value.</summary>
    /// <exception cref="KeyNotFoundException">It is unknown, and that is an error; the message names the closest spellings.</exception>
    public long this[ReadOnlySpan<char> value]
    {
        get
        {
            if (Known.TryGetId(value, out long id)) return id;
            return Unknown switch
            {
                UnknownIds.Shared => Known.Count,
                UnknownIds.Hashed => Known.Count + Hash(value) % Shared,
                _ => throw Missing(value.ToString()),
            };
        }
    }

    /// <summary>The error that a value is not known.</summary>
    public KeyNotFoundException Missing(string value)
    {
        IReadOnlyList<string> closest = Known.Closest(value, 3);
        return new KeyNotFoundException($"unknown {Name} '{value}': not in the training "
            + $"data{(closest.Count > 0 ? $"; did you mean {string.Join(", ", closest)}?" : "")}");
    }

    /// <summary>FNV-1a over both bytes of each character.</summary>
    static uint Hash(ReadOnlySpan<char> value)
    {
        uint hash = 2_166_136_261;
        foreach (char c in value)
        {
            hash = (hash ^ (byte)c) * 16_777_619;
            hash = (hash ^ (byte)(c >> 8)) * 16_777_619;
        }
        return hash;
    }
}
