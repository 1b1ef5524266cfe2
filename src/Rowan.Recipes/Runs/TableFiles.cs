using System.Globalization;
using System.Text;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// The files of a run's tables: NAME.ids.txt, NAME.titles.txt, and tables.safetensors with vectors, counts and distances.
/// </summary>
/// <remarks>
/// A vector is stored once. Where the rows of a table are those of a weight bit for bit, as the factors of a recommender are,
/// tables.safetensors names the weight (metadata NAME.file, NAME.tensor, NAME.first_row, NAME.rows) and leaves them out. Other vectors
/// are computed from weights: outputs of towers, means over n-grams. There both are stored, because a run is searched by its vectors
/// without the model, and grown from its weights.
/// </remarks>
sealed class TableFiles
{
    const string TablesFile = "tables.safetensors";
    const int Compared = 1 << 16;

    readonly string _run;
    readonly List<Entry> _entries = [];

    TableFiles(string run) => _run = run;

    /// <summary>What a table has besides its vectors, and where these are.</summary>
    sealed record Entry(string Name, Vocabulary Ids, string[] Titles, long Rows, int Dim, long[] Counts, float[] Moved, string File,
        string Tensor, long FirstRow);

    /// <summary>Reads everything but the vectors.</summary>
    /// <exception cref="InvalidDataException">The run has no tables, or its files do not fit together.</exception>
    public static TableFiles Open(string run)
    {
        string file = Path.Combine(run, TablesFile);
        Require.Data(File.Exists(file), $"the run '{run}' has no tables; train again with 'rowan train'");
        using SafetensorsFile stored = Safetensors.Open(file);
        var files = new TableFiles(run);
        foreach (string name in stored.Metadata.GetValueOrDefault("tables", "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string idsFile = Path.Combine(run, $"{name}.ids.txt"), titlesFile = Path.Combine(run, TitlesFile(name));
            using var reader = new StreamReader(idsFile);
            Vocabulary ids = Vocabulary.Read(reader, idsFile);
            string[] titles = File.Exists(titlesFile) ? File.ReadAllLines(titlesFile) : [];
            Require.Data(titles.Length == 0 || titles.Length == ids.Count,
                $"'{titlesFile}' has {titles.Length} titles for {ids.Count} {name}; train again with 'rowan train'");
            files._entries.Add(files.EntryOf(stored, name, ids, titles));
        }
        return files;
    }

    Entry EntryOf(SafetensorsFile stored, string name, Vocabulary ids, string[] titles)
    {
        string file = stored.Metadata.GetValueOrDefault($"{name}.file", TablesFile),
        tensor = stored.Metadata.GetValueOrDefault($"{name}.tensor", name);
        Require.Data(long.TryParse(stored.Metadata.GetValueOrDefault($"{name}.first_row", "0"), NumberStyles.None,
            CultureInfo.InvariantCulture, out long first),
            $"'{stored.Path}' has no valid first row of '{name}'; train again with 'rowan train'");
        using SafetensorsFile? other = file == TablesFile ? null : Safetensors.Open(Path.Combine(_run, file));
        IReadOnlyList<long> shape = (other ?? stored)[tensor].Shape;
        if (!long.TryParse(stored.Metadata.GetValueOrDefault($"{name}.rows", ""), NumberStyles.None, CultureInfo.InvariantCulture,
            out long rows))
            rows = shape[0];
        Require.Data(shape is [var all, > 0] && rows >= ids.Count && first + rows <= all, $"the files of the run '{_run}' do not match: "
            + $"{ids.Count} {name}, but a table of shape [{string.Join(", ", shape)}]; train again with 'rowan train'");
        return new(name, ids, titles, rows, checked((int)shape[1]),
            stored.Contains($"{name}.counts") ? stored.Entry($"{name}.counts").Integers() : [],
            stored.Contains($"{name}.moved") ? stored.Read($"{name}.moved") : [], file, tensor, first);
    }

    /// <summary>The ids of a table.</summary>
    /// <exception cref="InvalidDataException">There is no such table.</exception>
    public Vocabulary Ids(string name) => _entries.FirstOrDefault(entry => entry.Name == name)?.Ids
        ?? throw new InvalidDataException($"the run '{_run}' has no table '{name}'; train again with 'rowan train'");

    /// <summary>The ids and the dim of each table, in order.</summary>
    public IReadOnlyList<(Vocabulary Ids, int Dim)> All => [.. _entries.Select(entry => (entry.Ids, entry.Dim))];

    /// <summary>Reads the vectors.</summary>
    /// <param name="weights">
    /// Tables of a model that was loaded from the run, by their names: they are shared, so that their rows are in memory once.
    /// </param>
    public IReadOnlyList<LearnedTable> Load(IReadOnlyDictionary<string, Table>? weights = null) => [.. _entries.Select(entry =>
    {
        VectorRows vectors;
        if (weights?.GetValueOrDefault(entry.Tensor) is { } table && entry.File != TablesFile && entry.FirstRow == 0
            && table.Count == entry.Rows)
            vectors = VectorRows.Of(table);
        else
        {
            using SafetensorsFile file = Safetensors.Open(Path.Combine(_run, entry.File));
            StateEntry values = file.Entry(entry.Tensor);
            vectors = VectorRows.Zeros(entry.Rows, entry.Dim);
            vectors.Fill((row, into) => values.Read((entry.FirstRow + row) * entry.Dim, into.Span));
        }
        return new LearnedTable
        {
            Name = entry.Name, Ids = entry.Ids, Titles = entry.Titles, Vectors = vectors, Counts = entry.Counts, Moved = entry.Moved,
        };
    })];

    /// <summary>Writes tables into a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="modelFile">The file of the model, which is written already; empty for none.</param>
    /// <param name="model">The weights of the model.</param>
    /// <param name="tables">The tables.</param>
    public static void Write(RunFolder run, string modelFile, StateDict model, params IReadOnlyList<LearnedTable> tables)
    {
        var metadata = new Dictionary<string, string> { ["tables"] = string.Join(',', tables.Select(table => table.Name)) };
        var entries = new List<StateEntry>();
        foreach (LearnedTable table in tables)
        {
            if (table.Titles.Count > 0) AtomicFile.WriteLines(run.File(TitlesFile(table.Name)), table.Titles);
            AtomicFile.Write(run.File($"{table.Name}.ids.txt"), stream =>
            {
                using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
                table.Ids.Write(writer);
            });
            if (table.Weight is { } weight && model.Contains(weight.Tensor) && Same(table.Vectors, model[weight.Tensor], weight.FirstRow))
            {
                metadata[$"{table.Name}.file"] = modelFile;
                metadata[$"{table.Name}.tensor"] = weight.Tensor;
                metadata[$"{table.Name}.first_row"] = weight.FirstRow.ToString(CultureInfo.InvariantCulture);
                metadata[$"{table.Name}.rows"] = table.Rows.ToString(CultureInfo.InvariantCulture);
            }
            else entries.Add(new StateEntry(table.Name, [table.Rows, table.Dim], Read(table.Vectors)));
            if (table.Counts.Length > 0) entries.Add(StateEntry.Over($"{table.Name}.counts", [table.Counts.Length], table.Counts));
            if (table.Moved.Length > 0) entries.Add(StateEntry.Over($"{table.Name}.moved", [table.Rows], table.Moved));
        }
        Safetensors.Write(run.File(TablesFile), new StateDict(entries), metadata);
    }

    /// <summary>Writes tables of which no weight has the rows.</summary>
    public static void Write(RunFolder run, params IReadOnlyList<LearnedTable> tables) => Write(run, "", new StateDict(), tables);

    /// <summary>Whether a weight has the rows of a table, bit for bit.</summary>
    static bool Same(VectorRows rows, StateEntry weight, long first)
    {
        if (weight.Sizes is not [var all, var dim] || dim != rows.Dim || first + rows.Rows > all) return false;
        int some = Math.Max(1, Compared / rows.Dim);
        float[] own = new float[some * rows.Dim], other = new float[own.Length];
        for (long row = 0; row < rows.Rows; row += some)
        {
            int length = (int)Math.Min(some, rows.Rows - row) * rows.Dim;
            rows.CopyTo(row, own.AsSpan(0, length));
            weight.Read((first + row) * dim, other.AsSpan(0, length));
            for (int i = 0; i < length; i++)
                if (BitConverter.SingleToInt32Bits(own[i]) != BitConverter.SingleToInt32Bits(other[i])) return false;
        }
        return true;
    }

    static RangeReader<float> Read(VectorRows rows) => (start, into) =>
    {
        for (long row = start / rows.Dim; into.Length > 0; row++, start = row * rows.Dim)
        {
            ReadOnlySpan<float> rest = rows[row].Span[(int)(start - row * rows.Dim)..];
            rest = rest[..Math.Min(rest.Length, into.Length)];
            rest.CopyTo(into);
            into = into[rest.Length..];
        }
    };

    static string TitlesFile(string table) => $"{table}.titles.txt";
}
