using System.Text;
using System.Text.Json;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// A trained embedding table with the user's own ids: neighbours, comparisons, diagnostics and exports read it, whatever the task.
/// </summary>
public sealed record LearnedTable
{
    const string TablesFile = "tables.safetensors";

    /// <summary>What its rows are, in the plural: "items".</summary>
    public required string Name { get; init; }

    /// <summary>The ids of the first rows, in order.</summary>
    public required Vocabulary Ids { get; init; }

    /// <summary>A title of each id, such as the name of a film, empty for none; no titles at all where the data had none.</summary>
    public IReadOnlyList<string> Titles { get; init; } = [];

    /// <summary>Embedding dimension.</summary>
    public required int Dim { get; init; }

    /// <summary>Rows [rows, dim]: those of the ids, then any that unknown ids share.</summary>
    public required Memory<float> Values { get; init; }

    /// <summary>Occurrences of each row in the training data; empty if not counted.</summary>
    public long[] Counts { get; init; } = [];

    /// <summary>How far each row moved in training: ‖row − first‖ / ‖first‖, where first is the initial row; empty if not
    /// measured.</summary>
    public float[] Moved { get; init; } = [];

    /// <summary>The title of a row; null for none.</summary>
    public string? TitleOf(long row) => row < Titles.Count && Titles[(int)row].Length > 0 ? Titles[(int)row] : null;

    /// <summary>The row of an id, or of a title, whose case may differ.</summary>
    /// <exception cref="ArgumentException">Several ids have the title; the message names them.</exception>
    public bool TryFind(string name, out long row)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Ids.TryGetId(name, out row)) return true;
        foreach (StringComparison comparison in (StringComparison[])[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            int[] found = [.. Enumerable.Range(0, Titles.Count).Where(i => string.Equals(Titles[i], name, comparison))];
            if (found.Length > 1) throw new ArgumentException(
                $"{found.Length} {Name} have the title '{name}'; name one by its id: "
                + $"{string.Join(", ", found.Take(5).Select(i => Ids[i]))}");
            if (found.Length == 0) continue;
            row = found[0];
            return true;
        }
        row = -1;
        return false;
    }

    /// <summary>The ids and titles that are spelled most like a name.</summary>
    public IReadOnlyList<string> Closest(string name, int count)
    {
        if (Titles.Count == 0) return Ids.Closest(name, count);
        IReadOnlyList<string> titles = new Vocabulary(Titles.Where(title => title.Length > 0).Distinct()).Closest(name, count);
        return [.. titles.Concat(Ids.Closest(name, count)).Take(count)];
    }

    /// <summary>Rows.</summary>
    public long Rows => Values.Length / Dim;

    /// <summary>The vector of a row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlyMemory<float> Row(long row)
    {
        Require.InRange(row >= 0 && row < Rows, $"LearnedTable: row {row} is outside '{Name}' with {Rows} rows", nameof(row));
        return Values.Slice(checked((int)(row * Dim)), Dim);
    }

    /// <summary>‖now − first‖ / ‖first‖ of each row; 1 where the first is zero.</summary>
    internal static float[] MovedFrom(ReadOnlySpan<float> first, ReadOnlySpan<float> now, int dim)
    {
        var moved = new float[now.Length / dim];
        var step = new float[dim];
        for (int row = 0; row < moved.Length; row++)
        {
            ReadOnlySpan<float> before = first.Slice(row * dim, dim);
            now.Slice(row * dim, dim).CopyTo(step);
            RowMath.AddScaled(before, -1, step);
            float length = RowMath.Norm(before, 2);
            moved[row] = length > 0 ? RowMath.Norm(step, 2) / length : 1;
        }
        return moved;
    }

    /// <summary>Writes tables into a run: their ids as NAME.ids.txt, the rest as tables.safetensors.</summary>
    public static void Write(RunFolder run, params IReadOnlyList<LearnedTable> tables)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(tables);
        foreach (LearnedTable table in tables.Where(table => table.Titles.Count > 0))
            AtomicFile.WriteLines(run.File(TitlesFile(table.Name)), table.Titles);
        foreach (LearnedTable table in tables)
            AtomicFile.Write(run.File($"{table.Name}.ids.txt"), stream =>
            {
                using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
                table.Ids.Write(writer);
            });
        Safetensors.Write(run.File(TablesFile), new StateDict(tables.SelectMany(Entries)), new Dictionary<string,
            string> { ["tables"] = string.Join(',', tables.Select(table => table.Name)) });
    }

    /// <summary>Reads the tables of a run.</summary>
    /// <exception cref="InvalidDataException">The run has none, or its files do not fit together.</exception>
    public static IReadOnlyList<LearnedTable> Read(string run)
    {
        string file = Path.Combine(run, TablesFile);
        Require.Data(File.Exists(file), $"the run '{run}' has no tables; train again with 'rowan train'");
        using SafetensorsFile model = Safetensors.Open(file);
        var tables = new List<LearnedTable>();
        foreach (string name in model.Metadata.GetValueOrDefault("tables", "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string idsFile = Path.Combine(run, $"{name}.ids.txt");
            using var reader = new StreamReader(idsFile);
            Vocabulary ids = Vocabulary.Read(reader, idsFile);
            IReadOnlyList<long> shape = model[name].Shape;
            Require.Data(shape is [var rows, > 0] && rows >= ids.Count, $"the files of the run '{run}' do not match: {ids.Count} " +
                $"{name}, but a table of shape [{string.Join(", ", shape)}]; train again with 'rowan train'");
            string titlesFile = Path.Combine(run, TitlesFile(name));
            string[] titles = File.Exists(titlesFile) ? File.ReadAllLines(titlesFile) : [];
            Require.Data(titles.Length == 0 || titles.Length == ids.Count,
                $"'{titlesFile}' has {titles.Length} titles for {ids.Count} {name}; train again with 'rowan train'");
            tables.Add(new LearnedTable
            {
                Titles = titles, Name = name, Ids = ids, Dim = checked((int)shape[1]), Values = model.Read(name),
                Counts = model.Contains($"{name}.counts") ? Numbers(model.Entry($"{name}.counts")) : [],
                Moved = model.Contains($"{name}.moved") ? model.Read($"{name}.moved") : [],
            });
        }
        return tables;
    }

    static string TitlesFile(string table) => $"{table}.titles.txt";

    static long[] Numbers(StateEntry entry)
    {
        var numbers = new long[entry.Count];
        entry.Read(0, numbers.AsSpan());
        return numbers;
    }

    static IEnumerable<StateEntry> Entries(LearnedTable table)
    {
        yield return StateEntry.Over(table.Name, [table.Rows, table.Dim], table.Values);
        if (table.Counts.Length > 0) yield return StateEntry.Over($"{table.Name}.counts", [table.Rows], table.Counts);
        if (table.Moved.Length > 0) yield return StateEntry.Over($"{table.Name}.moved", [table.Rows], table.Moved);
    }
}
