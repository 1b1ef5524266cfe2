using System.Globalization;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A column of numbers that describes users or items.</summary>
/// <param name="Name">The column.</param>
/// <param name="Mean">Of those that have one.</param>
/// <param name="Deviation">Their standard deviation; 1 where all are equal.</param>
sealed record Quantity(string Name, double Mean, double Deviation);

/// <summary>Features of the users or the items: a bag of categorical values, and numeric values.</summary>
/// <param name="Values">"column=value".</param>
/// <param name="Of">The values of each row.</param>
/// <param name="Quantities">Columns of numbers.</param>
/// <param name="Numbers">(x − mean) / deviation [rows, quantities]; NaN where a number is missing.</param>
sealed record EntityFeatures(Vocabulary Values, long[][] Of, IReadOnlyList<Quantity> Quantities, float[] Numbers)
{
    /// <summary>The quantities of a row.</summary>
    public ReadOnlySpan<float> NumbersOf(long row) => Numbers.AsSpan((int)row * Quantities.Count, Quantities.Count);

    /// <summary>Merges with the features of an earlier run: its values come first, and its rows keep their features unless there are new
    /// ones.</summary>
    /// <param name="earlier">Its features; null for none.</param>
    /// <param name="now">The new features, with numeric values on the scale of the earlier run.</param>
    /// <param name="known">Rows that the earlier run had; they are the first.</param>
    public static EntityFeatures? Grown(EntityFeatures? earlier, EntityFeatures? now, long known)
    {
        if (earlier is null || now is null) return now;
        Vocabulary values = EarlierRun.Grown(earlier.Values, now.Values);
        long[][] of = [.. now.Of.Select(own => own.Select(value => values.TryGetId(now.Values[value], out long id) ? id : -1).ToArray())];
        float[] numbers = [.. now.Numbers];
        for (int q = 0; q < now.Quantities.Count; q++)
        {
            int then = earlier.Quantities.ToList().FindIndex(quantity => quantity.Name == now.Quantities[q].Name);
            for (long row = 0; row < known && then >= 0; row++)
                if (float.IsNaN(now.NumbersOf(row)[q])) numbers[row * now.Quantities.Count + q] = earlier.NumbersOf(row)[then];
        }
        for (long row = 0; row < known; row++)
            if (of[row].Length == 0) of[row] = earlier.Of[row];
        return new EntityFeatures(values, of, now.Quantities, numbers);
    }

    /// <summary>Writes the names as lines, and the rest as arrays, all values in a line.</summary>
    public void Write(RunFolder run, string name)
    {
        AtomicFile.WriteLines(run.File(ValuesFile(name)), Values.Words);
        AtomicFile.WriteLines(run.File(QuantitiesFile(name)),
            Quantities.Select(quantity =>
            string.Create(CultureInfo.InvariantCulture, $"{quantity.Mean:R}\t{quantity.Deviation:R}\t{quantity.Name}")));
        long[] ends = new long[Of.Length], all = [.. Of.SelectMany(own => own)];
        for (int row = 0; row < ends.Length; row++) ends[row] = (row == 0 ? 0 : ends[row - 1]) + Of[row].Length;
        Safetensors.Write(run.File(ArraysFile(name)), new StateDict(
            StateEntry.Over("ends", [ends.Length], ends), StateEntry.Over("values", [all.Length], all),
            StateEntry.Over("numbers", [Of.Length, Quantities.Count], Numbers)));
    }

    /// <summary>Reads what <see cref="Write"/> wrote; null where a run has none.</summary>
    public static EntityFeatures? Read(EarlierRun run, string name)
    {
        if (!File.Exists(run.File(ValuesFile(name)))) return null;
        StateDict state = Safetensors.Read(run.File(ArraysFile(name)));
        long[] ends = state["ends"].Integers(), values = state["values"].Integers();
        Quantity[] quantities = [.. File.ReadLines(run.File(QuantitiesFile(name))).Select(line => line.Split('\t', 3))
            .Select(fields => new Quantity(fields[2], double.Parse(fields[0], CultureInfo.InvariantCulture),
            double.Parse(fields[1], CultureInfo.InvariantCulture)))];
        return new EntityFeatures(new Vocabulary(File.ReadAllLines(run.File(ValuesFile(name)))),
            [.. ends.Select((end, row) => values[(int)(row == 0 ? 0 : ends[row - 1])..(int)end])], quantities,
            state["numbers"].Floats());
    }

    static string ValuesFile(string name) => $"{name}.features.txt";

    static string QuantitiesFile(string name) => $"{name}.quantities.txt";

    static string ArraysFile(string name) => $"{name}.features.safetensors";
}

/// <summary>Collects features of users or items from records: the categorical values of several records are merged, and the first number
/// is kept.</summary>
sealed class EntityDescriptions
{
    readonly ValueCounter _counter = new();
    readonly SortedSet<string>?[] _values;
    readonly string[] _quantities;
    readonly float[] _numbers;

    /// <param name="rows">Users or items.</param>
    /// <param name="quantities">Columns of numbers.</param>
    public EntityDescriptions(long rows, string[] quantities)
    {
        (_values, _quantities, _numbers) = (new SortedSet<string>?[rows], quantities, new float[rows * quantities.Length]);
        Array.Fill(_numbers, float.NaN);
    }

    /// <summary>Adds the values of a field, between separators.</summary>
    public void Add(long row, string column, ReadOnlySpan<char> field, char separator)
    {
        foreach (Range part in field.Split(separator))
        {
            ReadOnlySpan<char> value = field[part].Trim();
            if (value.IsEmpty) continue;
            string named = $"{column}={value}";
            if ((_values[row] ??= new SortedSet<string>(StringComparer.Ordinal)).Add(named)) _counter.Add(named);
        }
    }

    /// <summary>Adds a number; NaN for none.</summary>
    public void Add(long row, int quantity, float number)
    {
        ref float kept = ref _numbers[row * _quantities.Length + quantity];
        if (float.IsNaN(kept)) kept = number;
    }

    /// <summary>All that was added.</summary>
    /// <param name="scales">Of an earlier run; null to take means and deviations of what was added.</param>
    public EntityFeatures Features(IReadOnlyList<Quantity>? scales)
    {
        Vocabulary vocabulary = _counter.Build();
        Quantity[] quantities = [.. _quantities.Select((name, q) => scales?.FirstOrDefault(scale => scale.Name == name) ?? Scale(name, q))];
        var numbers = new float[_numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            Quantity quantity = quantities[i % quantities.Length];
            numbers[i] = (float)((_numbers[i] - quantity.Mean) / quantity.Deviation);
        }
        return new EntityFeatures(vocabulary,
            [.. _values.Select(own => own is null
            ? Array.Empty<long>() : [.. own.Select(value => vocabulary.TryGetId(value, out long id) ? id : -1)])], quantities, numbers);
    }

    Quantity Scale(string name, int quantity)
    {
        double[] all = [.. Enumerable.Range(0, _values.Length).Select(row => (double)_numbers[row * _quantities.Length + quantity])
            .Where(number => !double.IsNaN(number))];
        double mean = all.Length == 0 ? 0 : all.Average(), deviation = all.Length == 0 ? 0
            : Math.Sqrt(all.Average(number => (number - mean) * (number - mean)));
        return new Quantity(name, mean, deviation > 0 ? deviation : 1);
    }
}
