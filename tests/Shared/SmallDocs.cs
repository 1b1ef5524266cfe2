using System.Globalization;
using System.Text;

namespace Rowan.TestSupport;

/// <summary>A small API's documentation, made on the spot: forty verbs times five nouns, each with a summary and a second text.</summary>
static class SmallDocs
{
    static readonly string[] Nouns = ["File", "Stream", "List", "Socket", "Image"];

    public static void Write(string folder)
    {
        var xml = new StringBuilder("<?xml version=\"1.0\"?><doc><members>\n");
        foreach (string noun in Nouns)
            for (int verb = 0; verb < 40; verb++)
                xml.Append(CultureInfo.InvariantCulture, $"""
                    <member name="M:Small.{noun}.Verb{Word(verb)}(System.Int32)">
                      <summary>Does the {Word(verb)} thing to a <see cref="T:Small.{noun}" />.</summary>
                      <returns>What the {Word(verb)} thing makes of the {noun}.</returns>
                    </member>

                    """);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "Small.xml"), xml.Append("</members></doc>").ToString());
    }

    /// <summary>A word of its own for each number: no digits, so that it is one word.</summary>
    static string Word(int number) => string.Concat("zu", (char)('a' + number / 10), "ki", (char)('a' + number % 10));
}
