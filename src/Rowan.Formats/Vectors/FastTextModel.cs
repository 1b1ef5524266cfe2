using System.Text;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// A fastText model (.bin), versions 11 and 12 and the one before: the vectors of its words, of unknown words by their character n-grams,
/// and of the labels of a classifier. The matrices are mapped into memory, not read.
/// </summary>
/// <remarks>May be read from several threads; not after it was disposed.</remarks>
/// <example><code>
/// using FastTextModel model = FastTextModel.Open("cc.en.300.bin");
/// float[] vector = model["embeddding"];           // an unknown word: the mean of its n-grams
/// </code></example>
public sealed class FastTextModel : IDisposable
{
    static readonly byte[] EndOfSentence = "</s>"u8.ToArray();

    readonly FastTextFile _file;

    FastTextModel(FastTextFile file) => _file = file;

    /// <summary>Opens a model; settings, dictionary and sizes are checked.</summary>
    /// <exception cref="InvalidDataException">The file is no whole fastText model.</exception>
    /// <exception cref="NotSupportedException">The model is quantized (.ftz), or from a newer version.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static FastTextModel Open(string path) => new(FastTextFile.Open(path));

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>What it was trained for.</summary>
    public FastTextKind Kind => _file.Settings.Kind;

    /// <summary>Values per vector.</summary>
    public int Dim => _file.Settings.Dim;

    /// <summary>Words in the dictionary.</summary>
    public long Words => _file.WordCount;

    /// <summary>The labels of a classifier, as the training data has them: "__label__good".</summary>
    public IReadOnlyList<string> Labels => _file.Labels;

    /// <summary>Whether unknown words have vectors, by their n-grams.</summary>
    public bool HasNgrams => _file.Settings.HasNgrams;

    /// <summary>A word of the dictionary, the most frequent first.</summary>
    public string Word(long number) => Encoding.UTF8.GetString(WordBytes(number));

    /// <summary>Whether a word is in the dictionary.</summary>
    public bool Contains(string word) => _file.Find(Encoding.UTF8.GetBytes(word)) >= 0;

    /// <summary>The vector of a word, in the dictionary or not.</summary>
    /// <exception cref="KeyNotFoundException">The word is unknown and has no n-grams in the model.</exception>
    public float[] this[string word]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(word);
            var vector = new float[Dim];
            if (TryRead(Encoding.UTF8.GetBytes(word), vector)) return vector;
            throw new KeyNotFoundException($"{Path}: '{word}' is not one of the {Words} words"
                + (HasNgrams ? ", and it is too short to have n-grams"
                    : ", and the model has no n-grams, which give vectors to unknown words"));
        }
    }

    /// <summary>The vector of a word; false if it is unknown and has no n-grams.</summary>
    public bool TryRead(string word, Span<float> into) => TryRead(Encoding.UTF8.GetBytes(word), into);

    /// <summary>The vector of a label: its row of the output matrix.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such label.</exception>
    /// <exception cref="NotSupportedException">The model was trained with hierarchical softmax, which has no vectors of labels.</exception>
    public void ReadLabel(int label, Span<float> into)
    {
        Require.InRange(label >= 0 && label < Labels.Count, $"ReadLabel: label {label} of {Labels.Count}", nameof(label));
        if (_file.Settings.Loss == 1)
            throw new NotSupportedException($"{Path}: trained with hierarchical softmax, which has a vector per inner node of a tree "
                + $"and none "
                + "per label; train with -loss softmax, ns or ova");
        _file.Output.Read(label, into);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    internal FastTextFile File => _file;

    internal ReadOnlySpan<byte> WordBytes(long number) => _file.Word(number);

    /// <summary>Mean of the word's own row and the rows of its n-grams; of the n-grams alone if the word is unknown.</summary>
    internal bool TryRead(ReadOnlySpan<byte> word, Span<float> into, Scratch? scratch = null)
    {
        Require.That(into.Length == Dim, $"TryRead: a span of {into.Length}; vectors have {Dim} values", nameof(into));
        into.Clear();
        (List<long> rows, float[] row) = scratch ?? new Scratch(Dim);
        rows.Clear();
        if (_file.Find(word) is var number and >= 0) rows.Add(number);
        if (!word.SequenceEqual(EndOfSentence))
        {
            int own = rows.Count;
            FastTextNgrams.AddTo(rows, word, _file.Settings.Shortest, _file.Settings.Longest, _file.Settings.Buckets);
            for (int i = own; i < rows.Count; i++) rows[i] += _file.WordCount;
        }
        if (rows.Count == 0) return false;
        if (rows.Count == 1)
        {
            _file.Input.Read(rows[0], into);
            return true;
        }
        foreach (long each in rows)
        {
            _file.Input.Read(each, row);
            RowMath.Add(row, into);
        }
        RowMath.Scale(into, 1f / rows.Count);
        return true;
    }

    /// <summary>Memory of a loop over words.</summary>
    internal sealed record Scratch(List<long> Rows, float[] Row)
    {
        public Scratch(int dim) : this([], new float[dim])
        {
        }
    }
}
