namespace Rowan.Numerics;

/// <summary>
/// Counts the changes of values that share one memory. An operation that needs its inputs again in the backward pass remembers the
/// number, and the pass throws if it has risen.
/// </summary>
/// <param name="name">The table whose values they are; null for a tensor.</param>
sealed class ValueVersion(string? name = null)
{
    long _number;
    string? _change;

    /// <summary>The table whose values they are; null for a tensor.</summary>
    public string? Name => name;

    /// <summary>Changes so far.</summary>
    public long Number => Volatile.Read(ref _number);

    /// <summary>What made the last change, such as "Table.Write"; null before the first.</summary>
    public string? LastChange => Volatile.Read(ref _change);

    /// <summary>Counts a change.</summary>
    /// <param name="by">What changes the values, such as "Table.Write".</param>
    public void Changed(string by)
    {
        _change = by;
        // Not atomic, because every step runs this. Simultaneous changes may count as one, and the number rises all the same.
        Volatile.Write(ref _number, _number + 1);
    }
}
