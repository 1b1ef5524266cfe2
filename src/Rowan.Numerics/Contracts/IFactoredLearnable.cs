namespace Rowan.Numerics;

/// <summary>
/// A learnable that Adafactor can update. Adafactor sees a whole matrix at once, so it is not an update rule of single weights.
/// </summary>
interface IFactoredLearnable
{
    /// <summary>Adafactor's state for this learnable, starting from nothing.</summary>
    IUpdater<AdafactorRule> FactoredUpdater(RowUpdates rows);
}
