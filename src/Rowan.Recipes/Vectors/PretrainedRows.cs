using System.Globalization;
using Rowan.Formats;
using Rowan.Nn;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>
/// Rows of a file of named vectors (GloVe, word2vec, fastText and others), aligned to a vocabulary. A word without a vector of its own
/// takes the one of its lower case, or of another spelling by case, or of its n-grams where the file has them.
/// </summary>
/// <remarks>Reading is safe from any thread.</remarks>
/// <example><code>
/// var rows = PretrainedRows.Read("glove.6B.100d.txt", vocabulary);
/// Console.WriteLine(rows.Coverage);
/// Embedding words = rows.ToEmbedding(freeze: true);
/// </code></example>
public sealed class PretrainedRows
{
    const int Examples = 3;

    enum Found : byte
    {
        Missing,
        ByNgrams,
        OtherCase,
        LowerCase,
        Exact,
    }

    readonly Vocabulary _vocabulary;
    readonly VectorRows _rows;
    readonly Found[] _found;

    PretrainedRows(string path, Vocabulary vocabulary, int dim)
    {
        (Path, _vocabulary, Dim) = (path, vocabulary, dim);
        _rows = VectorRows.Zeros(vocabulary.Count, dim);
        _found = new Found[vocabulary.Count];
    }

    /// <summary>Reads the vectors of the words of a vocabulary.</summary>
    /// <param name="path">A file of named vectors in any format that <see cref="VectorTables"/> reads.</param>
    /// <param name="vocabulary">The words, in the order of the rows.</param>
    /// <param name="options">How the file is read; null to detect all.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or has a vector for no word of the vocabulary.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static PretrainedRows Read(string path, Vocabulary vocabulary, VectorReadOptions? options = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(vocabulary);
        Require.That(vocabulary.Count > 0, $"PretrainedRows.Read: the vocabulary has no words", nameof(vocabulary));
        using VectorReader reader = VectorTables.Open(path, options);
        var rows = new PretrainedRows(path, vocabulary, reader.Dim) { Dialect = reader.Dialect };
        // The words that are spelled alike but for their case.
        ILookup<string, int> lower = Enumerable.Range(0, (int)vocabulary.Count)
            .ToLookup(word => vocabulary[word].ToLowerInvariant(), StringComparer.Ordinal);
        while (reader.Next())
        {
            stop.ThrowIfCancellationRequested();
            string name = reader.Name, form = name.ToLowerInvariant();
            foreach (int word in lower[form])
                rows.Take(word, vocabulary[word] == name ? Found.Exact : name == form ? Found.LowerCase : Found.OtherCase, reader.Vector);
        }
        if (reader.HasNgrams)
        {
            var vector = new float[reader.Dim];
            for (int word = 0; word < rows._found.Length; word++)
                if (rows._found[word] == Found.Missing && reader.TryUnknown(vocabulary[word], vector))
                    rows.Take(word, Found.ByNgrams, vector);
        }
        Require.Data(rows._found.Any(found => found != Found.Missing), $"'{path}' ({reader.Dialect}) has a vector for none of the "
            + $"{vocabulary.Count} words, such as '{vocabulary[0]}'; check that the file and the texts are of one language");
        double squares = 0;
        foreach (ReadOnlyMemory<float> piece in rows._rows.Pieces)
            foreach (float value in piece.Span) squares += (double)value * value;
        rows.Deviation = (float)Math.Sqrt(squares / ((double)rows.FoundCount * rows.Dim));
        return rows;
    }

    void Take(int word, Found found, ReadOnlySpan<float> vector)
    {
        // A spelling that is nearer wins; of equal ones the first in the file, which is the most frequent.
        if (_found[word] >= found) return;
        _found[word] = found;
        vector.CopyTo(_rows.Of(word).Span);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What was detected of the file, in words.</summary>
    public string Dialect { get; private init; } = "";

    /// <summary>Values per row.</summary>
    public int Dim { get; }

    /// <summary>Words of the vocabulary.</summary>
    public long Count => _found.Length;

    /// <summary>Words that have a vector.</summary>
    public long FoundCount => _found.Count(found => found != Found.Missing);

    /// <summary>Root of the mean square of the values that were found.</summary>
    public float Deviation { get; private set; }

    /// <summary>Whether a word has a vector.</summary>
    public bool Has(long word) => _found[word] != Found.Missing;

    /// <summary>The vector of a word [dim]; zeros where it has none.</summary>
    internal ReadOnlySpan<float> this[long word] => _rows.Of(word).Span;

    /// <summary>What was found, in words: "1,900 of 2,000 words: 1,800 as spelled, 100 in lower case; missing: …".</summary>
    public string Coverage
    {
        get
        {
            (string What, Found Kind)[] kinds = [("as spelled", Found.Exact), ("in lower case", Found.LowerCase),
                ("in another case", Found.OtherCase), ("by n-grams", Found.ByNgrams)];
            string parts = string.Join(", ", kinds.Select(kind => (kind.What, Words: _found.Count(found => found == kind.Kind)))
                .Where(kind => kind.Words > 0)
                    .Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Words:#,0} {kind.What}")));
            string[] missing = [.. Enumerable.Range(0, _found.Length).Where(word => !Has(word)).Take(Examples)
                .Select(word => $"'{_vocabulary[word]}'")];
            return string.Create(CultureInfo.InvariantCulture, $"{FoundCount:#,0} of {Count:#,0} words: {parts}")
                + (missing.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
                    $"; {Count - FoundCount:#,0} missing, such as {string.Join(", ", missing)}, begin at random"));
        }
    }

    /// <summary>Writes the rows that were found into a table; others keep their values.</summary>
    /// <param name="table">The table.</param>
    /// <param name="first">The row of the first word.</param>
    /// <param name="freeze">Whether these rows stay as they are in training; <see cref="Table.ThawRows"/> lets them learn.</param>
    /// <param name="learningRateFactor">What the learning rate of these rows is multiplied by, as
    /// <see cref="Table.SetLearningRateFactor"/> says; 1 for the whole. Not with <paramref name="freeze"/>.</param>
    /// <exception cref="ArgumentException">The rows have another length, or are to be frozen and to learn.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rows do not fit into the table, or the factor is not positive and
    /// finite.</exception>
    public void CopyTo(Table table, long first = 0, bool freeze = false, float learningRateFactor = 1) =>
        CopyTo(table, first, freeze, learningRateFactor, 1);

    /// <summary>The same with each value multiplied by a scale.</summary>
    internal void CopyTo(Table table, long first, bool freeze, float learningRateFactor, float scale)
    {
        ArgumentNullException.ThrowIfNull(table);
        Require.That(table.Dim == Dim, $"PretrainedRows.CopyTo: the rows have {Dim} values, those of '{table.Name}' {table.Dim}",
            nameof(table));
        Require.InRange(first >= 0 && first + Count <= table.Count,
            $"PretrainedRows.CopyTo: {Count} rows from row {first} on do not fit into "
            + $"the {table.Count} rows of '{table.Name}'", nameof(first));
        Require.That(!freeze || learningRateFactor == 1, $"PretrainedRows.CopyTo: rows that are frozen do not learn, and the factor of "
            + $"their learning rate is {learningRateFactor}; leave one of the two out", nameof(learningRateFactor));
        var row = new float[Dim];
        for (int word = 0; word < _found.Length; word++)
        {
            if (!Has(word)) continue;
            this[word].CopyTo(row);
            RowMath.Scale(row, scale);
            table.Write(first + word, row);
        }
        foreach ((int from, int to) in FoundRanges())
        {
            if (freeze) table.FreezeRows(first + from, first + to);
            table.SetLearningRateFactor(first + from, first + to, learningRateFactor);
        }
    }

    /// <summary>The words that were found, as ranges.</summary>
    IEnumerable<(int From, int To)> FoundRanges()
    {
        for (int from = 0, to; from < _found.Length; from = to + 1)
        {
            for (to = from; to < _found.Length && Has(to);) to++;
            if (to > from) yield return (from, to);
        }
    }

    /// <summary>An embedding of the vocabulary: the rows that were found, others drawn with the same deviation.</summary>
    /// <param name="freeze">Whether the rows that were found stay as they are in training; the others learn.</param>
    /// <param name="rng">Draws the other rows; null for a generator seeded by the system.</param>
    /// <param name="learningRateFactor">What the learning rate of the rows that were found is multiplied by; not with
    /// <paramref name="freeze"/>.</param>
    /// <exception cref="ArgumentException">The rows are to be frozen and to learn.</exception>
    public Embedding ToEmbedding(bool freeze = true, Rng? rng = null, float learningRateFactor = 1)
    {
        var embedding = new Embedding(Count, Dim, rng: rng);
        foreach (Memory<float> values in embedding.Weight.Values) RowMath.Scale(values.Span, Deviation);
        CopyTo(embedding.Weight, freeze: freeze, learningRateFactor: learningRateFactor);
        return embedding;
    }
}
