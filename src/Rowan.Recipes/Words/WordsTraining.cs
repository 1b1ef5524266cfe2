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

    public WordsTraining(WordsCorpus corpus, WordsSettings settings)
    {
        (_corpus, _settings, _stride) = (corpus, settings, WordsKernel.StrideOf(settings.Dim));
        long rows = corpus.Words.Count + settings.Buckets;
        Require.That(rows * _stride < int.MaxValue, $"words: {rows:#,0} rows of {settings.Dim} values are more than an array holds; choose fewer words or buckets");
        (_x, _y) = (new float[rows * _stride], new float[corpus.Words.Count * _stride]);
        // As word2vec: uniform within ±½ / dim; what predicts begins at zero.
        var rng = new Rng(settings.Training.Seed);
        for (long row = 0; row < rows; row++) rng.Uniform(_x.AsSpan((int)(row * _stride), settings.Dim), -0.5f / settings.Dim, 0.5f / settings.Dim);
        double total = corpus.Counts.Sum();
        _keep = [.. corpus.Counts.Select(count => settings.Sample == 0 ? 1 : (float)Math.Min(1, Math.Sqrt(settings.Sample / (count / total)) + settings.Sample / (count / total)))];
        Parts = settings.Buckets == 0 ? null : [.. corpus.Words.Words.Select((word, id) => PartsOf(word, id))];
        double[] kept = [.. corpus.Counts.Select((count, word) => count * (double)_keep[word])];
        double all = kept.Sum();
        _kernel = new WordsKernel(_x, _y, settings.Dim, _stride, settings, new AliasTable([.. corpus.Counts.Select(count => (double)count)], 0.75), [.. kept.Select(count => count / all)], Parts);
        _touched = new ulong[(corpus.Words.Count + 63) / 64];
    }

    public long Examples => (_corpus.Tokens.Count + PieceWords - 1) / PieceWords;

    /// <summary>Rows of x that each word is the mean of; null for its own row.</summary>
    public int[][]? Parts { get; }

    public double? RowsTouched => _touched.Sum(word => (double)BitOperations.PopCount(word)) / _corpus.Words.Count;

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

    public StateDict StateDict() => new(StateEntry.Over("x", [_x.Length / _stride, _stride], _x), StateEntry.Over("y", [_y.Length / _stride, _stride], _y));

    public void LoadStateDict(StateDict state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Require.That(state.Contains("x") && state.Contains("y") && state["x"].Count == _x.Length && state["y"].Count == _y.Length, $"LoadStateDict: 'x' of {_x.Length} values and 'y' of {_y.Length} are expected", nameof(state));
        state["x"].Read(0, _x.AsSpan());
        state["y"].Read(0, _y.AsSpan());
    }

    public StateDict Weights() => StateDict();

    public void LoadWeights(StateDict weights) => LoadStateDict(weights);

    public string Describe(ReadOnlySpan<long> examples) => $"pieces of {PieceWords} words, number {string.Join(", ", examples[..Math.Min(5, examples.Length)].ToArray())}";

    /// <summary>The vectors of all words, n-grams in them [words, dim].</summary>
    public float[] Vectors()
    {
        int dim = _settings.Dim;
        var vectors = new float[_corpus.Words.Count * dim];
        for (int word = 0; word < _corpus.Words.Count; word++)
        {
            Span<float> into = vectors.AsSpan(word * dim, dim);
            foreach (int row in Parts?[word] ?? [word]) RowMath.AddScaled(_x.AsSpan(row * _stride, dim), 1f / (Parts?[word].Length ?? 1), into);
        }
        return vectors;
    }

    /// <summary>The rows of x by themselves [rows, dim]: words without their n-grams, then n-grams.</summary>
    public float[] Rows()
    {
        int dim = _settings.Dim, rows = _x.Length / _stride;
        var all = new float[rows * dim];
        for (int row = 0; row < rows; row++) _x.AsSpan(row * _stride, dim).CopyTo(all.AsSpan(row * dim));
        return all;
    }

    int[] PartsOf(string word, int id)
    {
        var rows = new List<long> { id };
        new Subwords(_settings.Buckets, _settings.ShortestNgram, _settings.LongestNgram).AddTo(rows, word, _corpus.Words.Count);
        return [.. rows.Select(row => (int)row)];
    }
}
