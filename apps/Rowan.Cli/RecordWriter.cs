using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Rowan.Cli;

/// <summary>How rows are written.</summary>
enum RecordFormat
{
    /// <summary>Fields between commas, quoted where needed, with a header.</summary>
    Csv,

    /// <summary>Fields between tabs, with a header.</summary>
    Tsv,

    /// <summary>A JSON object per line.</summary>
    JsonLines,
}

/// <summary>Writes rows of named fields: texts, numbers, or nothing.</summary>
/// <param name="output">Where to.</param>
/// <param name="format">How.</param>
/// <param name="columns">The names of the fields.</param>
sealed class RecordWriter(TextWriter output, RecordFormat format, IReadOnlyList<string> columns)
{
    readonly StringBuilder _line = new();

    /// <summary>Writes the header, where the format has one.</summary>
    public void Begin()
    {
        if (format != RecordFormat.JsonLines) WriteFields([.. columns]);
    }

    /// <summary>Writes a row: a field for each column; null for none.</summary>
    public void Write(object?[] fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (format == RecordFormat.JsonLines) output.Write(AsJson(fields) + "\n");
        else WriteFields(fields);
    }

    void WriteFields(object?[] fields)
    {
        _line.Clear();
        for (int i = 0; i < fields.Length; i++)
        {
            if (i > 0) _line.Append(format == RecordFormat.Csv ? ',' : '\t');
            _line.Append(Quoted(Text(fields[i])));
        }
        output.Write(_line.Append('\n').ToString());
    }

    string Quoted(string text)
    {
        // A tab or a line end inside a field of a TSV file would be read as two fields or two rows.
        bool needed = format == RecordFormat.Csv
            ? text.AsSpan().IndexOfAny(",\"\r\n") >= 0 || text is [' ', ..] or [.., ' '] : text.AsSpan().IndexOfAny("\t\r\n\"") >= 0;
        return needed ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    static string Text(object? field) => field switch
    {
        null => "",
        float number => float.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "",
        double number => double.IsFinite(number) ? Math.Round(number, 6).ToString("R", CultureInfo.InvariantCulture) : "",
        _ => Convert.ToString(field, CultureInfo.InvariantCulture) ?? "",
    };

    string AsJson(object?[] fields)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream,
            new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            for (int i = 0; i < fields.Length; i++)
                switch (fields[i])
                {
                    case null: json.WriteNull(columns[i]); break;
                    case float number when float.IsFinite(number): json.WriteNumber(columns[i], number); break;
                    case float: json.WriteNull(columns[i]); break;
                    case double number when double.IsFinite(number): json.WriteNumber(columns[i], Math.Round(number, 6)); break;
                    case double: json.WriteNull(columns[i]); break;
                    case long number: json.WriteNumber(columns[i], number); break;
                    case var text: json.WriteString(columns[i], Convert.ToString(text, CultureInfo.InvariantCulture)); break;
                }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
