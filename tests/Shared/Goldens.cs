using System.Reflection;
using System.Text.Json;

namespace Rowan.TestSupport;

/// <summary>Numbers that libtorch computed, read from a JSON file embedded in the test assembly.</summary>
sealed class Golden(JsonElement json)
{
    public string Name => json.GetProperty("name").GetString()!;

    public JsonElement Config => json.GetProperty("config");

    public override string ToString() => Name;

    public static Golden[] Read(string file)
    {
        var assembly = Assembly.GetExecutingAssembly();
        string resource = assembly.GetManifestResourceNames().Single(name => name.EndsWith($".{file}", StringComparison.Ordinal));
        using Stream stream = assembly.GetManifestResourceStream(resource)!;
        return [.. JsonDocument.Parse(stream).RootElement.GetProperty("cases").EnumerateArray().Select(c => new Golden(c.Clone()))];
    }

    public static Golden Read(string file, string name) => Read(file).Single(golden => golden.Name == name);

    public bool Has(string group, string name) => json.GetProperty(group).TryGetProperty(name, out _);

    public IEnumerable<string> Names(string group) => json.TryGetProperty(group, out JsonElement part)
        ? part.EnumerateObject().Select(value => value.Name) : [];

    public bool IsFloat(string group, string name) => json.GetProperty(group).GetProperty(name).GetProperty("dtype").GetString() == "f32";

    public long[] Shape(string group, string name) =>
        [.. json.GetProperty(group).GetProperty(name).GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];

    public float[] Floats(string group, string name) => [.. Values(group, name).Select(Number).Select(value => (float)value)];

    public double[] Doubles(string group, string name) => [.. Values(group, name).Select(Number)];

    public long[] Longs(string group, string name) => [.. Values(group, name).Select(value => value.GetInt64())];

    /// <summary>A number of the configuration, or null where it says null or nothing.</summary>
    public double? Setting(string name) =>
        Config.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? Number(value) : null;

    public int[] Ints(string name) => [.. Config.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];

    public bool Flag(string name) => Config.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    public string? Text(string name) => Config.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
        ? value.GetString() : null;

#if TENSORS
    public Rowan.Tensor Tensor(string group, string name) => new(Floats(group, name), Shape(group, name));
#endif

    IEnumerable<JsonElement> Values(string group, string name) =>
        json.GetProperty(group).GetProperty(name).GetProperty("data").EnumerateArray();

    static double Number(JsonElement value) => value.ValueKind != JsonValueKind.String ? value.GetDouble() : value.GetString() switch
    {
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.NaN,
    };

    /// <summary>
    /// Fails at the first value further from what libtorch computed than 10⁻⁵ of it and 10⁻⁶ of the largest in its tensor (at least 1):
    /// two kernels of libtorch differ by as much where large terms cancel.
    /// </summary>
    public static void Near(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        if (expected.Length != actual.Length)
            throw new Xunit.Sdk.XunitException($"{what}: {actual.Length} values, expected {expected.Length}");
        float largest = 1;
        foreach (float value in expected)
            if (float.IsFinite(value)) largest = MathF.Max(largest, MathF.Abs(value));
        for (int i = 0; i < expected.Length; i++)
            if (!(expected[i] == actual[i] || (float.IsNaN(expected[i]) && float.IsNaN(actual[i]))
                || MathF.Abs(expected[i] - actual[i]) <= 1e-6f * largest + 1e-5f * MathF.Abs(expected[i])))
                throw new Xunit.Sdk.XunitException($"{what}[{i}]: {actual[i]:R}, expected {expected[i]:R}");
    }

    /// <summary>Fails at the first value further than the tolerance, relative or absolute, from what libtorch computed.</summary>
    public static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance, string what)
    {
        if (expected.Length != actual.Length)
            throw new Xunit.Sdk.XunitException($"{what}: {actual.Length} values, expected {expected.Length}");
        for (int i = 0; i < expected.Length; i++)
        {
            if (float.IsNaN(expected[i]) && float.IsNaN(actual[i])) continue;
            float difference = MathF.Abs(expected[i] - actual[i]);
            if (!(difference <= tolerance * MathF.Max(1, MathF.Abs(expected[i]))))
                throw new Xunit.Sdk.XunitException($"{what}[{i}]: {actual[i]:R}, expected {expected[i]:R}");
        }
    }
}
