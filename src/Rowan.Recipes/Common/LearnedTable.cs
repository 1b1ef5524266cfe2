using System.Text;
using System.Text.Json;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A table that a run learned, with its users' own ids: what neighbours, comparisons, health and exports go by, whichever recipe wrote it.</summary>
public sealed record LearnedTable
{
    const string TablesFile = "tables.safetensors";

    /// <summary>What its rows are, in the plural: "items".</summary>
    public required string Name { get; init; }

    /// <summary>The ids of the first rows, in order.</summary>
    public required Vocabulary Ids { get; init; }

    /// <summary>Values a row.</summary>
    public required int Dim { get; init; }

    /// <summary>Rows [rows, dim]: those of the ids, then any that unknown ids share.</summary>
    public required Memory<float> Values { get; init; }

    /// <summary>How often each row stands in the training data; empty where nobody counted.</summary>
    public long[] Counts { get; init; } = [];

    /// <summary>How far each row went in training: ‖row − first‖ / ‖first‖, its first values being those before the first step; empty where nobody measured.</summary>
    public float[] Moved { get; init; } = [];

    /// <summary>Rows.</summary>
    public int Rows => Values.Length / Dim;

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
        foreach (LearnedTable table in tables)
            AtomicFile.Write(run.File($"{table.Name}.ids.txt"), stream =>
            {
                using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
                table.Ids.Write(writer);
            });
        Safetensors.Write(run.File(TablesFile), new StateDict(tables.SelectMany(Entries)), new Dictionary<string, string> { ["tables"] = string.Join(',', tables.Select(table => table.Name)) });
    }

    /// <summary>Reads the tables of a run.</summary>
    /// <exception cref="InvalidDataException">The run has none, or its files do not fit together.</exception>
    public static IReadOnlyList<LearnedTable> Read(string run)
    {
        string file = Path.Combine(run, TablesFile);
        Require.Data(File.Exists(file), $"the run '{run}' keeps no tables; train again with 'rowan train'");
        using SafetensorsFile model = Safetensors.Open(file);
        var tables = new List<LearnedTable>();
        foreach (string name in model.Metadata.GetValueOrDefault("tables", "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string idsFile = Path.Combine(run, $"{name}.ids.txt");
            using var reader = new StreamReader(idsFile);
            Vocabulary ids = Vocabulary.Read(reader, idsFile);
            IReadOnlyList<long> shape = model[name].Shape;
            Require.Data(shape is [var rows, > 0] && rows >= ids.Count, $"the files of the run '{run}' do not fit together: {ids.Count} {name} and a table of [{string.Join(", ", shape)}]; train again with 'rowan train'");
            tables.Add(new LearnedTable
            {
                Name = name, Ids = ids, Dim = checked((int)shape[1]), Values = model.Read(name),
                Counts = model.Contains($"{name}.counts") ? Numbers(model.Entry($"{name}.counts")) : [], Moved = model.Contains($"{name}.moved") ? model.Read($"{name}.moved") : [],
            });
        }
        return tables;
    }

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
