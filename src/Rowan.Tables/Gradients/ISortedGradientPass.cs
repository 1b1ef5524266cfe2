namespace Rowan.Tables;

/// <summary>What is done with some of a table's sorted entries.</summary>
interface ISortedGradientPass
{
    /// <summary>Entries that a row and its gradient are asked for ahead: one at a time, as entries pass, since a core waits for so few lines at once that asking for some rows together holds it up.</summary>
    const int Ahead = 16;

    /// <summary>Handles entries from a first one, that begins a row, to an end, that ends one.</summary>
    void Run(DuplicateSums gradients, in HotRows hot, int entry, int end);
}
