using Rowan.Numerics;
using Rowan.Tables;

namespace Rowan;

// Rows with a learning rate of their own.
public sealed partial class Table
{
    /// <summary>The factors; null as long as none was set.</summary>
    internal RowRates? Rates { get; private set; }

    /// <summary>
    /// Multiplies the learning rate of rows from ≤ row &lt; to by a factor: they move as under the same optimizer with the learning rate
    /// η·factor, weight decay included. The other rows move by η. For rows that begin with pretrained values, a factor below 1.
    /// </summary>
    /// <param name="from">The first row.</param>
    /// <param name="to">The row after the last.</param>
    /// <param name="factor">The factor, above 0; 1 is the whole learning rate again. For rows that stay as they are,
    /// <see cref="FreezeRows(long, long)"/>.</param>
    /// <remarks>
    /// Works with every optimizer; the state of the rows stays. A table without factors costs nothing more; each distinct factor other than
    /// 1 costs a step one more pass through the batch's gradient, so there are at most 16. Like frozen rows, factors are not saved:
    /// set them before training resumes.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the table, the factor is not positive and finite, or it would
    /// be the 17th.</exception>
    public void SetLearningRateFactor(long from, long to, float factor)
    {
        CheckRange(from, to, "SetLearningRateFactor");
        Require.InRange(factor > 0 && float.IsFinite(factor), $"SetLearningRateFactor: factor {factor}; it must be positive and finite. "
            + $"For rows that stay as they are, use FreezeRows", nameof(factor));
        if (from == to || (Rates is null && factor == 1)) return;
        using TableGuard.Hold writer = HoldToWrite("SetLearningRateFactor");
        Rates ??= new RowRates();
        Require.InRange(factor == 1 || Rates.Takes(factor), $"SetLearningRateFactor: factor {factor} would be another besides "
            + $"{RowRates.Most} of rows of '{Name}', and each costs a pass; use fewer distinct factors", nameof(factor));
        _deferred?.ApplyAll();
        Rates.Set(from, to, factor);
    }

    /// <summary>What the learning rate of a row is multiplied by.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public float LearningRateFactor(long row)
    {
        CheckRow(row, "LearningRateFactor");
        return Rates is { } rates ? rates.Factor(rates.Of(row)) : 1;
    }
}
