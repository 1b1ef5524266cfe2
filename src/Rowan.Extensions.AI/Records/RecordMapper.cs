namespace Rowan.Extensions.AI;

/// <summary>
/// Records to property values and back, in the program's own code: no reflection, so it works under Native AOT and trimming.
/// </summary>
/// <typeparam name="TRecord">The type of the records.</typeparam>
/// <example><code>
/// var mapper = new RecordMapper&lt;Note&gt;
/// {
///     ToValues = note => new() { ["Id"] = note.Id, ["Text"] = note.Text, ["Vector"] = note.Vector },
///     FromValues = values => new Note { Id = (int)values["Id"]!, Text = (string?)values["Text"] },
/// };
/// </code></example>
public sealed class RecordMapper<TRecord> where TRecord : class
{
    /// <summary>The values of a record by the names of the definition's properties, the key and the vectors included.</summary>
    public required Func<TRecord, Dictionary<string, object?>> ToValues { get; init; }

    /// <summary>A record of such values. Vectors that were not asked for are missing.</summary>
    public required Func<Dictionary<string, object?>, TRecord> FromValues { get; init; }

    /// <summary>Writes a generated key into a record; needed where keys are generated.</summary>
    public Action<TRecord, object>? SetKey { get; init; }
}
