using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>The result of one check of a table.</summary>
/// <param name="Name">In lower case with hyphens: "never-touched".</param>
/// <param name="Value">How many, or how much.</param>
/// <param name="Said">The value in words.</param>
/// <param name="Why">Why it matters.</param>
/// <param name="Try">What to try; empty where nothing needs to be.</param>
/// <param name="Examples">Ids that it is about.</param>
public sealed record HealthCheck(string Name, double Value, string Said, string Why, string Try, IReadOnlyList<string> Examples);

/// <summary>Thresholds of the checks.</summary>
public sealed record HealthOptions
{
    /// <summary>An id with fewer training occurrences than this is rare.</summary>
    public long Few { get; init; } = 5;

    /// <summary>A cosine above this makes two rows near-duplicates.</summary>
    public float Duplicate { get; init; } = 0.999f;

    /// <summary>A robust z above this, of the log of the length among rows of like frequency, makes a row an outlier.</summary>
    public double Outlier { get; init; } = 6;

    /// <summary>A dimension of less than this share of the median variance is collapsed.</summary>
    public double Collapsed { get; init; } = 1e-4;

    /// <summary>Neighbours of each row that hubs are sought among.</summary>
    public int Neighbors { get; init; } = 10;

    /// <summary>Rows compared with one another; of more, a random sample.</summary>
    public int Compared { get; init; } = 20_000;

    /// <summary>Which sample.</summary>
    public ulong Seed { get; init; }
}

/// <summary>Embedding diagnostics: untrained rows, zero rows, near-duplicates, hubs, and how many dimensions are used.</summary>
public static class TableHealth
{
    const int Named = 5, RandomPairs = 100_000;
    const float DeadShare = 0.01f;

    /// <summary>Runs all checks on a table.</summary>
    public static IReadOnlyList<HealthCheck> Of(LearnedTable table, HealthOptions? options = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        options ??= new HealthOptions();
        var checks = new List<HealthCheck>();
        int rows = (int)table.Ids.Count, dim = table.Dim;
        bool counted = table.Counts.Length >= rows;
        var norms = new double[rows];
        for (int row = 0; row < rows; row++) norms[row] = RowMath.Norm(table.Row(row).Span, 2);
        string[] Ids(IEnumerable<int> some) => [.. some.Take(Named).Select(row => table.Ids[row])];
        void Add(string name, IReadOnlyCollection<int> found, string what, string why, string remedy) =>
            checks.Add(new(name, found.Count, string.Create(CultureInfo.InvariantCulture, $"{found.Count:#,0} of {rows:#,0} rows {what}"),
                why, found.Count == 0 ? "" : remedy, Ids(found)));

        if (counted)
        {
            int[] never = [.. Enumerable.Range(0, rows).Where(row => table.Counts[row] == 0)],
            few = [.. Enumerable.Range(0, rows).Where(row => table.Counts[row] > 0 && table.Counts[row] < options.Few)];
            double total = table.Counts.Take(rows).Sum(count => (double)count), lost = few.Sum(row => (double)table.Counts[row]);
            Add("never-touched", never, "do not occur in the training data",
                "They have their random initial values, and their neighbors mean nothing, unless features describe them.",
                "leave such ids out, or give them examples");
            Add("rarely-touched", few, string.Create(CultureInfo.InvariantCulture, $"occur fewer than {options.Few} times"),
                "A few examples hardly move a row from its initial values.",
                string.Create(CultureInfo.InvariantCulture,
                    $"`min-count` {options.Few} would remove {(never.Length + few.Length) / (double)rows * 100:0.#} % of the rows and "
                    + $"{(total > 0 ? lost / total * 100 : 0):0.##} % of the examples"));
        }
        if (table.Moved.Length >= rows)
        {
            int[] dead = [.. Enumerable.Range(0, rows).Where(row => !(counted && table.Counts[row] == 0) && table.Moved[row] < DeadShare)];
            Add("dead", dead, "moved by less than 1 % of their length", "They occur in the training data and learned nothing.",
                "a larger learning rate, or check that they get a gradient");
        }
        int[] broken = [.. Enumerable.Range(0, rows).Where(row => !double.IsFinite(norms[row]))],
        zero = [.. Enumerable.Range(0, rows).Where(row => norms[row] == 0)];
        Add("non-finite", broken, "hold NaN or infinity", "Everything computed from them becomes NaN.",
            "a smaller learning rate, or clip gradients with `clip-norm` 1");
        Add("zero", zero, "are zero", "A zero vector has no cosine similarity to anything.",
            "check whether these ids were masked or padded");

        int[] sound = [.. Enumerable.Range(0, rows).Where(row => norms[row] > 0 && double.IsFinite(norms[row]))];
        if (sound.Length >= 2)
        {
            if (counted) Norms(checks, table, options, sound, norms, Ids);
            float[] kept = Rows(table, sound);
            Room(checks, options, kept, dim);
            Compare(checks, table, options, sound, kept, dim, counted, stop);
        }
        return checks;
    }

    /// <summary>Lengths against frequency: outliers among rows of like frequency, and how far popularity shows in the length.</summary>
    static void Norms(List<HealthCheck> checks, LearnedTable table, HealthOptions options, int[] sound, double[] norms,
        Func<IEnumerable<int>, string[]> ids)
    {
        var outliers = new List<int>();
        foreach (IGrouping<int, int> bin in sound.GroupBy(row => (int)Math.Log2(1 + table.Counts[row])))
        {
            double[] logs = [.. bin.Select(row => Math.Log(norms[row])).Order()];
            double median = logs[logs.Length / 2],
            spread = logs.Select(log => Math.Abs(log - median)).Order().ElementAt(logs.Length / 2) * 1.4826;
            if (spread > 0) outliers.AddRange(bin.Where(row => Math.Abs(Math.Log(norms[row]) - median) / spread > options.Outlier));
        }
        checks.Add(new("norm-outliers", outliers.Count,
            string.Create(CultureInfo.InvariantCulture,
            $"{outliers.Count:#,0} of {sound.Length:#,0} rows are far longer or shorter than others of like frequency"),
            "A row that is too long wins every product, one that is too short none.", outliers.Count == 0
                ? "" : "regularization, or compare by cosine", ids(outliers)));
        double correlation = RankCorrelation.Spearman([.. sound.Select(row => (double)table.Counts[row])],
            [.. sound.Select(row => norms[row])]);
        checks.Add(new("popularity-in-norm", Finite(correlation),
            string.Create(CultureInfo.InvariantCulture, $"{Finite(correlation):0.00} rank correlation of frequency with length"),
            "Where it is high, products favour what is frequent.",
            Math.Abs(correlation) > 0.6 ? "compare by cosine, or add a bias that takes the popularity" : "", []));
    }

    /// <summary>Use of the dimensions: collapsed dimensions, effective rank, the component common to all rows.</summary>
    static void Room(List<HealthCheck> checks, HealthOptions options, float[] rows, int dim)
    {
        RowSpectrum spectrum = RowSpectrum.Of(rows, dim);
        IReadOnlyList<int> collapsed = spectrum.Collapsed(options.Collapsed);
        checks.Add(new("collapsed-dimensions", collapsed.Count, $"{collapsed.Count} of {dim} dimensions hardly vary",
            "They take memory and say nothing.", collapsed.Count == 0 ? "" : $"`dim` {Math.Max(1, dim - collapsed.Count)}",
            [.. collapsed.Take(Named).Select(d => d.ToString(CultureInfo.InvariantCulture))]));
        checks.Add(new("effective-rank", spectrum.EffectiveRank,
            string.Create(CultureInfo.InvariantCulture,
            $"{spectrum.EffectiveRank:0.0} of {dim} directions are in use (participation ratio {spectrum.ParticipationRatio:0.0})"),
            "Rows that differ in few directions could be as good with fewer values.", spectrum.EffectiveRank < dim / 4.0
                ? string.Create(CultureInfo.InvariantCulture,
                $"`dim` {Math.Max(2, Math.Ceiling(spectrum.EffectiveRank * 1.5)):0}, or less regularization") : "", []));
        var rng = new Rng(options.Seed);
        int n = rows.Length / dim;
        double cosines = 0;
        for (int pair = 0; pair < RandomPairs; pair++)
        {
            ReadOnlySpan<float> x = rows.AsSpan((int)(rng.NextUInt32() % (uint)n) * dim, dim),
            y = rows.AsSpan((int)(rng.NextUInt32() % (uint)n) * dim, dim);
            cosines += RowMath.Dot(x, y) / ((double)RowMath.Norm(x, 2) * RowMath.Norm(y, 2)) / RandomPairs;
        }
        checks.Add(new("anisotropy", spectrum.MeanShare,
            string.Create(CultureInfo.InvariantCulture,
            $"{spectrum.MeanShare * 100:0.0} % of the squared length is common to all rows; two random rows have cosine {cosines:0.00}"),
            "What all rows have in common tells none from another, and lifts every cosine.", spectrum.MeanShare > 0.3
                ? "subtract the mean row before comparing by cosine" : "", []));
    }

    /// <summary>Near-duplicates, hubs and orphans, among all rows or a sample.</summary>
    static void Compare(List<HealthCheck> checks, LearnedTable table, HealthOptions options, int[] sound, float[] kept, int dim,
        bool counted, CancellationToken stop)
    {
        string among = "";
        if (sound.Length > options.Compared)
        {
            int[] chosen = [.. new Rng(options.Seed).RandPerm(sound.Length).Take(options.Compared).Order().Select(place => sound[place])];
            among = string.Create(CultureInfo.InvariantCulture, $" (among a sample of {options.Compared:#,0})");
            (sound, kept) = (chosen, Rows(table, chosen));
        }
        NearestRows nearest = NearestRows.AmongAll(kept, dim, options.Neighbors, stop);
        var groups = new RowGroups(sound.Length);
        var indegree = new int[sound.Length];
        for (int row = 0; row < sound.Length; row++)
            for (int k = 0; k < nearest.Count; k++)
            {
                indegree[nearest.Of(row)[k]]++;
                if (nearest.CosinesOf(row)[k] > options.Duplicate) groups.Join(row, nearest.Of(row)[k]);
            }
        IReadOnlyList<int[]> same = groups.Several();
        int rows = same.Sum(group => group.Length);
        bool untouched = counted && same.Count > 0 && same.All(group => group.All(row => table.Counts[sound[row]] == 0));
        checks.Add(new("near-duplicates", rows,
            string.Create(CultureInfo.InvariantCulture,
            $"{rows:#,0} rows in {same.Count:#,0} groups have cosines above {options.Duplicate}{among}"),
            "One thing under several ids splits its examples; or nothing tells these ids apart.",
            rows == 0 ? "" : untouched
                ? "they have no training data: leave them out" : "check whether they are the same thing, and merge them",
                [.. same.Take(Named).Select(group => string.Join(" = ", group.Take(3).Select(row => table.Ids[sound[row]])))]));
        double mean = nearest.Count, deviation = Math.Sqrt(indegree.Average(count => (count - mean) * (count - mean)));
        double skew = deviation > 0 ? indegree.Average(count => Math.Pow((count - mean) / deviation, 3)) : 0;
        int orphans = indegree.Count(count => count == 0);
        int[] hubs = [.. Enumerable.Range(0, sound.Length).OrderByDescending(row => indegree[row]).Take(Named)];
        checks.Add(new("hubs", skew,
            string.Create(CultureInfo.InvariantCulture,
            $"skew {skew:0.0} of how often a row is among others' {nearest.Count} nearest; the most is {indegree.Max():#,0}{among}"),
            "A hub is a neighbor of many rows and so says little about any of them.",
            skew > 3 ? "subtract the mean row, or more negatives by popularity" : "",
            [.. hubs.Select(row => $"{table.Ids[sound[row]]} ({indegree[row]})")]));
        checks.Add(new("orphans", orphans,
            string.Create(CultureInfo.InvariantCulture,
            $"{orphans:#,0} of {sound.Length:#,0} rows are not among the {nearest.Count} nearest neighbors of any row{among}"),
            "They are never found as neighbors.", orphans > sound.Length / 3 ? "more epochs, or fewer dimensions" : "", []));
    }

    /// <summary>
    /// How much of some data a table covers: of its uses, and of its different values; and the unknown ones that come most often.
    /// </summary>
    public static HealthCheck Coverage(LearnedTable table, RecordReader reader, string column)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(reader);
        int place = reader.Column(column);
        var counter = new ValueCounter();
        while (reader.Read())
            if (!reader.IsMissing(place)) counter.Add(reader.Field(place));
        Vocabulary values = counter.Build();
        double known = 0, distinct = 0;
        var missing = new List<string>();
        foreach (string value in values.Words)
            if (table.Ids.TryGetId(value, out _))
            {
                known += counter[value];
                distinct++;
            }
            else if (missing.Count < Named)
                missing.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{value} ({counter[value]}{(table.Ids.Closest(value, 1) is [var like] ? $", like {like}" : "")})"));
        double share = counter.Total == 0 ? 1 : known / counter.Total;
        return new("coverage", share,
            string.Create(CultureInfo.InvariantCulture,
            $"{share * 100:0.0} % of the uses and {(values.Count == 0 ? 1 : distinct / values.Count) * 100:0.0} % of the "
            + $"{values.Count:#,0} different values are known"), "Unknown ids get no vector of their own.",
            share < 1 ? "train on data that holds them" : "", missing);
    }

    static float[] Rows(LearnedTable table, int[] rows)
    {
        // No array has more values: of larger tables every k-th row is taken.
        int step = (int)((rows.Length * (long)table.Dim + Array.MaxLength - 1) / Array.MaxLength);
        if (step > 1) rows = [.. rows.Where((_, i) => i % step == 0)];
        var kept = new float[rows.Length * table.Dim];
        for (int i = 0; i < rows.Length; i++) table.Row(rows[i]).Span.CopyTo(kept.AsSpan(i * table.Dim));
        return kept;
    }

    static double Finite(double value) => double.IsFinite(value) ? value : 0;
}
