using Rowan.Numerics;

namespace Rowan.Tables;

/// <summary>
/// The rule as its owner set it at each step, equal neighbours kept once, so that a row can replay the steps it missed; and the
/// recent steps' rules, computed once, because most rows were away for a short time.
/// </summary>
sealed class RuleHistory<TRule> where TRule : struct, IUpdateRule<TRule>
{
    const int Recent = 1_024;

    readonly List<(long From, TRule Rule)> _spans = [];
    readonly (long Step, TRule Rule)[] _recent = new (long, TRule)[Recent];
    long _last;

    /// <summary>Notes the rule of a step; steps come in order.</summary>
    public void Append(TRule rule, long step)
    {
        if (_spans.Count == 0 || !EqualityComparer<TRule>.Default.Equals(_spans[^1].Rule, rule)) _spans.Add((step, rule));
        _recent[step % Recent] = (step, rule.At(step));
        _last = step;
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

    /// <summary>The rule as it stood at a step.</summary>
    public TRule Prepared(TRule rule, long step)
    {
        (long at, TRule prepared) = _recent[step % Recent];
        return at == step ? prepared : rule.At(step);
    }

    /// <summary>Drops what no row needs any more: all rows have been brought to <paramref name="step"/>.</summary>
    public void ForgetUpTo(long step)
    {
        if (_spans.Count > 1 && step == _last) _spans.RemoveRange(0, _spans.Count - 1);
    }
}
