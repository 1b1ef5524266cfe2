namespace Rowan.Numerics;

/// <summary>The first of the places that the ranges of a loop offer: the same for any number of threads.</summary>
sealed class FirstPlace
{
    long _place = long.MaxValue;

    /// <summary>The smallest place offered; null where none was.</summary>
    public long? Place => _place < long.MaxValue ? _place : null;

    /// <summary>Keeps a place that is before all others.</summary>
    public void Offer(long place)
    {
        for (long seen = Volatile.Read(ref _place); place < seen;) seen = Interlocked.CompareExchange(ref _place, place, seen);
    }
}
