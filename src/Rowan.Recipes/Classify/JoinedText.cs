using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>The text of a record: one column, or several with a space between them.</summary>
sealed class JoinedText
{
    readonly int[] _columns;
    char[] _joined = new char[256];

    /// <param name="reader">The records.</param>
    /// <param name="names">The columns. Where the records have one column only, it is the text, whatever its name.</param>
    /// <exception cref="ArgumentException">A column is missing.</exception>
    public JoinedText(RecordReader reader, IReadOnlyList<string> names) => _columns = reader.Columns.Count == 1 ? [0]
        : [.. names.Select(reader.Column)];

    /// <summary>The text of the record that was read last; valid until the next one is read.</summary>
    public ReadOnlySpan<char> Of(RecordReader reader)
    {
        if (_columns.Length == 1) return reader.Field(_columns[0]);
        int length = 0;
        foreach (int column in _columns)
        {
            ReadOnlySpan<char> field = reader.Field(column);
            if (field.IsEmpty) continue;
            if (length + field.Length + 1 > _joined.Length) Array.Resize(ref _joined, 2 * (length + field.Length + 1));
            if (length > 0) _joined[length++] = ' ';
            field.CopyTo(_joined.AsSpan(length));
            length += field.Length;
        }
        return _joined.AsSpan(0, length);
    }
}
