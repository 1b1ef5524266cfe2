namespace Rowan.Formats.Tests;

/// <summary>Arrays that are hard on a format, and how they are compared: bit for bit.</summary>
static class Arrays
{
    public static StateDict Hard => new(
        StateEntry.Over("words.weight", [3, 2], new float[] { 1, 2, 3, 4, -0f, float.NaN }),
        StateEntry.Over("payload", [3],
            ((int[])[0x7fc12345, 0x00000001, unchecked((int)0xff800000)]).Select(BitConverter.Int32BitsToSingle).ToArray()),
        StateEntry.Over("ids", [2, 2], [1, -1, long.MaxValue, long.MinValue]),
        StateEntry.Over("empty", [0, 3], Array.Empty<float>()),
        StateEntry.Over("scalar", [], new float[] { 42 }),
        StateEntry.Over("steps", [], [1L << 40]),
        StateEntry.Over("a.b.é", [1], new float[] { float.MaxValue }),
        StateEntry.Over("pieces", [5], new float[] { 1, 2 }.AsMemory(), Memory<float>.Empty, new float[] { 3, 4, 5 }.AsMemory()));

    public static void AreSame(StateDict expected, StateDict found)
    {
        Assert.Equal(expected.Names.Order(StringComparer.Ordinal), found.Names.Order(StringComparer.Ordinal));
        foreach (StateEntry entry in expected)
        {
            Assert.Equal(entry.Sizes, found[entry.Name].Sizes);
            Assert.Equal(entry.IsInteger, found[entry.Name].IsInteger);
            if (entry.IsInteger) Assert.Equal(Integers(entry), Integers(found[entry.Name]));
            else Assert.Equal(Floats(entry).Select(BitConverter.SingleToInt32Bits),
                Floats(found[entry.Name]).Select(BitConverter.SingleToInt32Bits));
        }
    }

    public static float[] Floats(StateEntry entry)
    {
        var values = new float[entry.Count];
        entry.Read(0, values.AsSpan());
        return values;
    }

    public static long[] Integers(StateEntry entry)
    {
        var values = new long[entry.Count];
        entry.Read(0, values.AsSpan());
        return values;
    }

    /// <summary>A file embedded in the tests, written anew.</summary>
    public static string Embedded(string folder, string name)
    {
        using Stream stream = typeof(Arrays).Assembly.GetManifestResourceStream($"Rowan.Formats.Tests.Files.{name}")!;
        using FileStream file = File.Create(Path.Combine(folder, name));
        stream.CopyTo(file);
        return file.Name;
    }
}
