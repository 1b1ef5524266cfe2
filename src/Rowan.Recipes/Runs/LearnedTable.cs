namespace Rowan.Recipes;

/// <summary>
/// A trained embedding table with the user's own ids: neighbours, comparisons, diagnostics and exports read it, whatever the task.
/// </summary>
public sealed record LearnedTable
{
    /// <summary>What its rows are, in the plural: "items".</summary>
    public required string Name { get; init; }

    /// <summary>The ids of the first rows, in order.</summary>
    public required Vocabulary Ids { get; init; }

    /// <summary>A title of each id, such as the name of a film, empty for none; no titles at all where the data had none.</summary>
    public IReadOnlyList<string> Titles { get; init; } = [];

    /// <summary>The vectors: those of the ids, then any that unknown ids share.</summary>
    public required VectorRows Vectors { get; init; }

    /// <summary>Embedding dimension.</summary>
    public int Dim => Vectors.Dim;

    /// <summary>Rows.</summary>
    public long Rows => Vectors.Rows;

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

    /// <summary>The vector of a row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlyMemory<float> Row(long row) => Vectors[row];

    /// <summary>
    /// The weight of the model that may have the same rows, by its name in the model's file, and the first of these rows.
    /// </summary>
    internal (string Tensor, long FirstRow)? Weight { get; init; }

    /// <summary>Reads the tables of a run.</summary>
    /// <exception cref="InvalidDataException">The run has none, or its files do not fit together.</exception>
    public static IReadOnlyList<LearnedTable> Read(string run) => TableFiles.Open(run).Load();
}
