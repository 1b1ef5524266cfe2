using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// The rule at each past step, so that a row can replay the steps it missed. Consecutive equal rules are stored once. The rules of recent
/// steps are computed once, because most rows missed only a few.
/// </summary>
sealed class DeferredSteps<TRule> where TRule : struct, IUpdateRule<TRule>
{
    const int Recent = 1_024;

    readonly List<(long From, TRule Rule)> _spans = [];
    const int Batch = 64;

    [ThreadStatic] static TRule[]? _older;

    readonly TRule[] _recent = new TRule[Recent];
    long _last, _first, _noted;

    /// <summary>Records the rule of a step. Steps are recorded in order.</summary>
    public void Append(TRule rule, long step)
    {
        if (_spans.Count == 0 || !EqualityComparer<TRule>.Default.Equals(_spans[^1].Rule, rule)) _spans.Add((step, rule));
        _recent[step % Recent] = rule.At(step);
        _last = step;
        if (_noted++ == 0) _first = step;
    }

    /// <summary>The rule of a step, and the last step up to which it stayed the same.</summary>
    public (TRule Rule, long Until) At(long step)
    {
        int low = 0, high = _spans.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_spans[middle].From <= step) low = middle;
            else high = middle - 1;
        }
        return (_spans[low].Rule, low + 1 < _spans.Count ? _spans[low + 1].From - 1 : _last);
    }

    /// <summary>
    /// The rule as it stood at steps from ≤ step ≤ until, or at the first of them; at least one. Valid until the next call on this
    /// thread.
    /// </summary>
    public ReadOnlySpan<TRule> Prepared(TRule rule, long from, long until)
    {
        int at = (int)(from % Recent), count = (int)Math.Min(until - from + 1, Recent - at);
        if (from >= _first && from > _last - Recent) return _recent.AsSpan(at, count);
        TRule[] older = _older ??= new TRule[Batch];
        count = (int)Math.Min(until - from + 1, Batch);
        for (int i = 0; i < count; i++) older[i] = rule.At(from + i);
        return older.AsSpan(0, count);
    }

    /// <summary>Drops rules that no row needs: all rows are up to date as of <paramref name="step"/>.</summary>
    public void ForgetUpTo(long step)
    {
        if (_spans.Count > 1 && step == _last) _spans.RemoveRange(0, _spans.Count - 1);
    }
}
