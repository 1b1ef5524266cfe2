namespace Rowan.Tables;

/// <summary>
/// How a loop over bags × tables is shared: item i is bag i / tables of table i % tables, and a range of items is done table by table, because a table's rows
/// stay in the cache while it is its turn.
/// </summary>
static class BagShare
{
    /// <summary>The first bag of a table that is not before an item: a range of items from … to is the table's bags Of(from) … Of(to).</summary>
    public static long Of(long item, int table, int tables) => (item - table + tables - 1) / tables;
}
