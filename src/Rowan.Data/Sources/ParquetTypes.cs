namespace Rowan.Data;

/// <summary>The types of the fields of Parquet's metadata (parquet.thrift, format 2.11), by struct and number.</summary>
static class ParquetTypes
{
    // "name: number type, number type …". Structs without fields that matter are "any".
    static readonly Dictionary<string, Dictionary<int, string>> Structs = Parse(
        """
        FileMetaData: 1 i32, 2 list SchemaElement, 3 i64, 4 list RowGroup, 5 list KeyValue, 6 binary, 7 list any, 8 any, 9 binary
        SchemaElement: 1 i32, 2 i32, 3 i32, 4 binary, 5 i32, 6 i32, 7 i32, 8 i32, 9 i32, 10 LogicalType
        LogicalType: 1 any, 2 any, 3 any, 4 any, 5 DecimalType, 6 any, 7 TimeType, 8 TimeType, 10 IntType, 11 any, 12 any, 13 any, 14 any, 15 any, 16 any, 17 any, 18 any
        DecimalType: 1 i32, 2 i32
        TimeType: 1 bool, 2 TimeUnit
        TimeUnit: 1 any, 2 any, 3 any
        IntType: 1 i8, 2 bool
        KeyValue: 1 binary, 2 binary
        RowGroup: 1 list ColumnChunk, 2 i64, 3 i64, 4 list SortingColumn, 5 i64, 6 i64, 7 i16
        SortingColumn: 1 i32, 2 bool, 3 bool
        ColumnChunk: 1 binary, 2 i64, 3 ColumnMetaData, 4 i64, 5 i32, 6 i64, 7 i32, 8 any, 9 binary
        ColumnMetaData: 1 i32, 2 list i32, 3 list binary, 4 i32, 5 i64, 6 i64, 7 i64, 8 list KeyValue, 9 i64, 10 i64, 11 i64, 12 Statistics, 13 list PageEncodingStats, 14 i64, 15 i32, 16 SizeStatistics, 17 any
        Statistics: 1 binary, 2 binary, 3 i64, 4 i64, 5 binary, 6 binary, 7 bool, 8 bool
        SizeStatistics: 1 i64, 2 list i64, 3 list i64
        PageEncodingStats: 1 i32, 2 i32, 3 i32
        PageHeader: 1 i32, 2 i32, 3 i32, 4 i32, 5 DataPageHeader, 6 any, 7 DictionaryPageHeader, 8 DataPageHeaderV2
        DataPageHeader: 1 i32, 2 i32, 3 i32, 4 i32, 5 Statistics
        DictionaryPageHeader: 1 i32, 2 i32, 3 bool
        DataPageHeaderV2: 1 i32, 2 i32, 3 i32, 4 i32, 5 i32, 6 i32, 7 bool, 8 Statistics
        """);

    /// <summary>The type of a field; null if none is known.</summary>
    public static string? Of(string structure, int field) => Structs.TryGetValue(structure, out Dictionary<int, string>? fields)
        ? fields.GetValueOrDefault(field) : null;

    /// <summary>Whether a type is written by a type code of the compact protocol.</summary>
    public static bool IsWritten(string type, int code) => type switch
    {
        "bool" => code is 1 or 2,
        "i8" => code == 3,
        "i16" => code == 4,
        "i32" => code == 5,
        "i64" => code == 6,
        "binary" => code == 8,
        _ => type.StartsWith("list ", StringComparison.Ordinal) ? code == 9 : code == 12,
    };

    static Dictionary<string, Dictionary<int, string>> Parse(string text)
    {
        var structs = new Dictionary<string, Dictionary<int, string>>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            string[] parts = line.Split(": ");
            structs[parts[0]] = parts[1].Split(", ").Select(field => field.Split(' ', 2))
                .ToDictionary(field => int.Parse(field[0], System.Globalization.CultureInfo.InvariantCulture), field => field[1]);
        }
        return structs;
    }
}
