using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rowan.Cli;

/// <summary>What <c>--json</c> prints.</summary>
static class JsonText
{
    /// <summary>Prints an object.</summary>
    public static void Write(TextWriter output, Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream,
            new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }
}
