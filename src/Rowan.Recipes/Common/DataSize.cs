using System.Globalization;
using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>The size of training data, for the choice of a preset. It is counted when it is first asked for, up to a limit.</summary>
/// <param name="data">The data.</param>
/// <param name="schema">Its columns.</param>
sealed class DataSize(DataSource data, DataSchema schema)
{
    const long MostRecords = 1_000_000, MostCharacters = 100_000_000;

    (long Records, long Characters, bool More)? _counted;

    /// <summary>Records, at most a million.</summary>
    public long Records => Counted.Records;

    /// <summary>Characters of all text columns, at most about a hundred million.</summary>
    public long Characters => Counted.Characters;

    /// <summary>Different values of the label column among the records that were looked at; 0 without one.</summary>
    public long Labels => schema.Columns.FirstOrDefault(column => column.Role == ColumnRole.Label)?.Distinct ?? 0;

    /// <summary>Whether there is more data than was counted.</summary>
    public bool More => Counted.More;

    /// <summary>Bytes of all files, packed if they are.</summary>
    public long Bytes => data.Bytes;

    /// <summary>"25,000 texts", or "over 1,000,000 texts".</summary>
    public string InWords(long count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{(More ? "over " : "")}{count:#,0} {unit}");

    (long Records, long Characters, bool More) Counted => _counted ??= Count();

    (long, long, bool) Count()
    {
        using RecordReader reader = data.Open();
        int[] texts = [.. schema.Of(ColumnRole.Text).Where(column => column.Index < reader.Columns.Count).Select(column => column.Index)];
        long records = 0, characters = 0;
        while (records < MostRecords && characters < MostCharacters)
        {
            if (!reader.Read()) return (records, characters, false);
            records++;
            foreach (int text in texts) characters += reader.Field(text).Length;
        }
        return (records, characters, true);
    }
}
