using System.Numerics;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Word vectors from pieces of a text. An example is a piece; frequent words are thinned anew in each epoch.</summary>
sealed class WordsTraining : ITrainingJob
{
    /// <summary>Words of a piece before thinning.</summary>
    public const int PieceWords = 2_048;

    readonly WordsCorpus _corpus;
    readonly WordsSettings _settings;
    readonly WordsKernel _kernel;
    readonly float[] _x, _y;
    readonly float[] _keep;
    readonly int[] _piece = new int[PieceWords], _kept = new int[PieceWords];
    readonly int _stride;
    readonly ulong[] _touched;
    double _loss = double.NaN;

    public WordsTraining(WordsCorpus corpus, WordsSettings settings, EarlierRun? earlier = null)
    {
        (_corpus, _settings, _stride) = (corpus, settings, WordsKernel.StrideOf(settings.Dim));
        long rows = corpus.Words.Count + settings.Buckets;
        Require.That(rows * _stride < int.MaxValue,
            $"words: {rows:#,0} rows of {settings.Dim} values are more than an array holds; choose fewer words or buckets");
        (_x, _y) = (new float[rows * _stride], new float[corpus.Words.Count * _stride]);
        // As word2vec: uniform within ±½ / dim; what predicts begins at zero.
        var rng = new Rng(settings.Training.Seed);
        for (long row = 0; row < rows; row++)
            rng.Uniform(_x.AsSpan((int)(row * _stride), settings.Dim), -0.5f / settings.Dim, 0.5f / settings.Dim);
        if (earlier is not null) Load(earlier);
        double total = corpus.Counts.Sum(), sample = settings.Sample!.Value;
        _keep = [.. corpus.Counts.Select(count => sample == 0
            ? 1 : (float)Math.Min(1, Math.Sqrt(sample / (count / total)) + sample / (count / total)))];
        Parts = settings.Buckets == 0 ? null : [.. corpus.Words.Words.Select((word, id) => PartsOf(word, id))];
        double[] kept = [.. corpus.Counts.Select((count, word) => count * (double)_keep[word])];
        double all = kept.Sum();
        _kernel = new WordsKernel(_x, _y, settings.Dim, _stride, settings,
            new AliasTable([.. corpus.Counts.Select(count => (double)count)], settings.NegativePower),
            [.. kept.Select(count => count / all)], Parts, earlier is { Frozen: true }
            ? (int)earlier.Table(WordsRecipe.WordsTable).Ids.Count : 0);
        _touched = new ulong[(corpus.Words.Count + 63) / 64];
    }

    public long Examples => (_corpus.Tokens.Count + PieceWords - 1) / PieceWords;

    /// <summary>Rows of x that each word is the mean of; null for its own row.</summary>
    public int[][]? Parts { get; }

    public double? RowsTouched => _touched.Sum(word => (double)BitOperations.PopCount(word)) / _corpus.Words.Count;

    public double LearningRate => _settings.LearningRate;

    public double Step(TrainingBatch batch)
    {
        double loss = 0;
        long predictions = 0;
        foreach (long piece in batch.Examples)
        {
            long place = piece * PieceWords;
            Span<int> tokens = _piece.AsSpan(0, (int)Math.Min(PieceWords, _corpus.Tokens.Count - place));
            _corpus.Tokens.Read(place, tokens);
            int count = 0;
            ulong seed = Shuffle.Mix(_settings.Training.Seed ^ 0x7468_696e, (ulong)batch.Epoch);
            for (int i = 0; i < tokens.Length; i++)
            {
                int token = tokens[i];
                if (token >= 0)
                {
                    if (_keep[token] < 1 && (Shuffle.Mix(seed, (ulong)(place + i)) >> 40) * (1f / (1 << 24)) >= _keep[token]) continue;
                    _touched[token >> 6] |= 1UL << (token & 63);
                }
                _kept[count++] = token;
            }
            (double sum, long own) = _kernel.Train(_kept.AsSpan(0, count), place, batch.Epoch, _settings.LearningRate * batch.Rate);
            loss += sum;
            predictions += own;
        }
        // A piece without a sampled window says nothing of the loss; the last that said something stands.
        return _loss = predictions > 0 ? loss / predictions : double.IsNaN(_loss) ? 0 : _loss;
    }

    public IReadOnlyList<Metric> Validate(CancellationToken stop) => [];

    public StateDict StateDict() =>
        new(StateEntry.Over("x", [_x.Length / _stride, _stride], _x), StateEntry.Over("y", [_y.Length / _stride, _stride], _y));

    public void LoadStateDict(StateDict state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Require.That(state.Contains("x") && state.Contains("y") && state["x"].Count == _x.Length && state["y"].Count == _y.Length,
            $"LoadStateDict: 'x' of {_x.Length} values and 'y' of {_y.Length} are expected", nameof(state));
        state["x"].Read(0, _x.AsSpan());
        state["y"].Read(0, _y.AsSpan());
    }

    public StateDict Weights() => StateDict();

    public void LoadWeights(StateDict weights) => LoadStateDict(weights);

    public string Describe(ReadOnlySpan<long> examples) =>
        $"pieces of {PieceWords} words, number {string.Join(", ", examples[..Math.Min(5, examples.Length)].ToArray())}";

    /// <summary>The vectors of all words, n-grams in them [words, dim].</summary>
    public float[] Vectors()
    {
        int dim = _settings.Dim;
        var vectors = new float[_corpus.Words.Count * dim];
        for (int word = 0; word < _corpus.Words.Count; word++)
        {
            Span<float> into = vectors.AsSpan(word * dim, dim);
            foreach (int row in Parts?[word] ?? [word])
                RowMath.AddScaled(_x.AsSpan(row * _stride, dim), 1f / (Parts?[word].Length ?? 1), into);
        }
        return vectors;
    }

    /// <summary>The rows of x by themselves [rows, dim]: words without their n-grams, then n-grams.</summary>
    public float[] Rows() => Packed(_x);

    /// <summary>The rows of what is predicted [words, dim].</summary>
    public float[] Outputs() => Packed(_y);

    /// <summary>Rows without what fills them up to whole vectors.</summary>
    float[] Packed(float[] strided)
    {
        int dim = _settings.Dim, rows = strided.Length / _stride;
        var all = new float[rows * dim];
        for (int row = 0; row < rows; row++) strided.AsSpan(row * _stride, dim).CopyTo(all.AsSpan(row * dim));
        return all;
    }

    /// <summary>Rows of an earlier run: words first, then n-grams, new words between.</summary>
    void Load(EarlierRun earlier)
    {
        LearnedTable words = earlier.Table(WordsRecipe.WordsTable);
        Require.That(words.Dim == _settings.Dim, $"--dim {_settings.Dim}: the vectors of '{earlier.Path}' have {words.Dim} values; a " +
            $"grown run keeps the settings that shape the model", "dim");
        long first = words.Ids.Count, added = _corpus.Words.Count - first;
        Require.Data(added > 0 || !earlier.Frozen, $"the text has no word that is new to '{earlier.Path}', and the earlier rows are " +
            $"frozen, so there is nothing to train; leave out --freeze");
        float[] rows = _settings.Buckets == 0 ? words.Values.ToArray() : Read(earlier, WordsRecipe.NgramsFile),
        outputs = Read(earlier, WordsRecipe.OutputsFile);
        int dim = _settings.Dim;
        Require.That(rows.Length / dim + added == _x.Length / _stride && outputs.Length / dim == first, $"--buckets " +
            $"{_settings.Buckets}: '{earlier.Path}' has {rows.Length / dim - first} rows for n-grams; a grown run keeps the settings " +
            $"that shape the model", "buckets");
        for (int row = 0; row < rows.Length / dim; row++)
            rows.AsSpan(row * dim, dim).CopyTo(_x.AsSpan((int)EarlierRun.Moved(row, first, added) * _stride));
        for (int row = 0; row < first; row++) outputs.AsSpan(row * dim, dim).CopyTo(_y.AsSpan(row * _stride));
    }

    static float[] Read(EarlierRun earlier, string file)
    {
        using Formats.SafetensorsFile state = Formats.Safetensors.Open(earlier.File(file));
        return state.Read("rows");
    }

    int[] PartsOf(string word, int id)
    {
        var rows = new List<long> { id };
        new Subwords(_settings.Buckets, _settings.ShortestNgram, _settings.LongestNgram).AddTo(rows, word, _corpus.Words.Count);
        return [.. rows.Select(row => (int)row)];
    }
}
