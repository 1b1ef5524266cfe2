using Rowan.TestSupport;

namespace Rowan.Architecture.Tests;

public class LayoutTests
{
    const int Columns = 140;

    static readonly string[] Folders = ["src", "apps", "tests", "examples", "benchmarks", "eng"];

    [Fact]
    public void LinesEndBeforeColumn140() => Assert.Empty(Folders.SelectMany(Sources).SelectMany(LongLines));

    [Fact]
    public void ALongLineIsFoundOutsideRawStrings()
    {
        string file = Path.GetTempFileName();
        try
        {
            string wide = new('x', Columns);
            File.WriteAllLines(file, ["// " + wide, "var text = \"\"\"", wide + wide, "\"\"\";", "short", "// " + wide]);
            Assert.Equal([$"{file}:1", $"{file}:6"], LongLines(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Lines over the limit. Raw strings hold text and data, so their lines are exempt.</summary>
    static IEnumerable<string> LongLines(string file)
    {
        bool raw = false;
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            int quotes = line.Split("\"\"\"").Length - 1;
            if (!raw && quotes == 0 && line.Length > Columns) yield return $"{file}:{number}";
            if (quotes % 2 == 1) raw = !raw;
        }
    }

    static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Repository.File(folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin" or "Goldens"));
}
