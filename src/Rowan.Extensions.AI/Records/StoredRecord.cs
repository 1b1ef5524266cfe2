namespace Rowan.Extensions.AI;

/// <summary>A record as it is stored, without its vectors. It never changes: an update replaces it.</summary>
/// <param name="Row">Its number, which no other version of any record has.</param>
/// <param name="Key">The key.</param>
/// <param name="Data">The values of the schema's data columns, in order; columns that came later may be missing at the end.</param>
sealed record StoredRecord(long Row, object Key, object?[] Data)
{
    /// <summary>The value of a column; null where the record is older than the column.</summary>
    public object? Value(int column) => column < Data.Length ? Data[column] : null;
}

/// <summary>A record that is to be stored: its data and its vectors.</summary>
/// <param name="Key">The key.</param>
/// <param name="Data">The values of the schema's data columns.</param>
/// <param name="Vectors">The vectors of the schema's vector columns.</param>
sealed record NewRecord(object Key, object?[] Data, float[]?[] Vectors);

/// <summary>A record that was found.</summary>
/// <param name="Record">The record.</param>
/// <param name="Vectors">Its vectors in the order of the schema, where they were asked for.</param>
sealed record FoundRecord(StoredRecord Record, float[]?[]? Vectors)
{
    /// <summary>How well its vector matches the query; higher is better.</summary>
    public float Better { get; init; }

    /// <summary>How well its words match the query.</summary>
    public float Bm25 { get; init; }
}
