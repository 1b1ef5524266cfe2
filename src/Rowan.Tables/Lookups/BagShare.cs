namespace Rowan.Tables;

/// <summary>
/// Division of a loop over bags × tables among threads. Item i is bag i / tables of table i % tables. A range of items is processed table
/// by table, so that rows of one table stay in cache.
/// </summary>
static class BagShare
{
    /// <summary>The first bag of a table at or after an item. The items from … to contain the table's bags Of(from) … Of(to).</summary>
    public static long Of(long item, int table, int tables) => (item - table + tables - 1) / tables;
}
