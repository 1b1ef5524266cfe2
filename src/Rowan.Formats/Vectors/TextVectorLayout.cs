
namespace Rowan.Formats;

/// <summary>What the first lines of a text of vectors tell: whether there is a header, values per row, and the separator.</summary>
/// <param name="HasHeader">Whether the first line states rows and values per row.</param>
/// <param name="Count">Rows that it states.</param>
/// <param name="Dim">Values per row.</param>
/// <param name="RowDim">Values of most rows.</param>
/// <param name="HasTabs">Whether tabs separate.</param>
/// <param name="HasNames">Whether rows begin with names; if most begin with a decimal number, all their numbers are values.</param>
sealed record TextVectorLayout(bool HasHeader, long? Count, int Dim, int RowDim, bool HasTabs, bool HasNames)
{
    const int Looked = 1_000;

    /// <summary>The layout of a file; null if its first lines are no text of vectors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dim">Values per row, where the caller states them.</param>
    public static TextVectorLayout? Detect(string path, int? dim)
    {
        using var lines = new ByteLines(path);
        if (!lines.Next(out ReadOnlySpan<byte> first)) return null;
        bool maybeHeader = VectorText.TryHeader(first, out long count, out int stated);
        (int firstDim, bool tabs) = (DimOf(first), first.Contains((byte)'\t'));
        var rows = new Dictionary<int, int>();
        (int all, int decimals) = (1, VectorText.BeginsWithDecimal(first) ? 1 : 0);
        for (int read = 0; read < Looked && lines.Next(out ReadOnlySpan<byte> line);)
        {
            if (line.Trim(" \t"u8).Length == 0) continue;
            read++;
            tabs |= line.Contains((byte)'\t');
            all++;
            if (VectorText.BeginsWithDecimal(line)) decimals++;
            int values = DimOf(line);
            rows[values] = rows.GetValueOrDefault(values) + 1;
        }
        // "17 5" is a header, unless the rows below have one value too: then it is a row whose name is a number.
        bool hasHeader = maybeHeader && (stated == 1 || MostFrequent(rows) != 1);
        if (hasHeader)
        {
            int common = rows.Count == 0 || rows.ContainsKey(stated) ? stated : MostFrequent(rows);
            return common == 0 ? null : new TextVectorLayout(true, count, dim ?? stated, dim ?? common, tabs, true);
        }
        rows[firstDim] = rows.GetValueOrDefault(firstDim) + 1;
        int frequent = MostFrequent(rows);
        return frequent == 0 ? null : new TextVectorLayout(false, null, dim ?? frequent, dim ?? frequent, tabs,
            2 * decimals <= all);
    }

    /// <summary>The most frequent number of values: names with spaces and damaged rows are rare. 0 if there are no rows.</summary>
    static int MostFrequent(Dictionary<int, int> rows) =>
        rows.OrderByDescending(pair => pair.Value).ThenByDescending(pair => pair.Key).Select(pair => pair.Key).FirstOrDefault();

    /// <summary>Numbers at the end of a line, without the first text, which is the name.</summary>
    static int DimOf(ReadOnlySpan<byte> line) =>
        Math.Max(0, Math.Min(VectorText.TrailingNumbers(line), VectorText.Fields(line) - 1));
}
