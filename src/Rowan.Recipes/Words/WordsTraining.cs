using System.Numerics;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Tables;
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
    readonly RowMemory<float> _x, _y;
    readonly float[] _keep;
    readonly int[] _piece = new int[PieceWords], _kept = new int[PieceWords];
    readonly int _stride;
    readonly ulong[] _touched;
    double _loss = double.NaN;

    public WordsTraining(WordsCorpus corpus, WordsSettings settings, EarlierRun? earlier = null, PretrainedRows? pretrained = null)
    {
        (_corpus, _settings, _stride) = (corpus, settings, WordsKernel.StrideOf(settings.Dim));
        long rows = corpus.Words.Count + settings.Buckets;
        Require.That(rows <= int.MaxValue, $"words: {rows:#,0} rows; n-grams keep row numbers of 32 bits, so there are at most "
            + $"{int.MaxValue:#,0}; choose fewer words or buckets");
        (_x, _y) = (new RowMemory<float>(rows, _stride), new RowMemory<float>(corpus.Words.Count, _stride, beside: 1));
        // As word2vec: uniform within ±½ / dim; what predicts begins at zero.
        var rng = new Rng(settings.Training.Seed);
        for (long row = 0; row < rows; row++)
            rng.Uniform(_x[row][..settings.Dim], -0.5f / settings.Dim, 0.5f / settings.Dim);
        if (earlier is not null) Load(earlier);
        for (long row = 0; row < pretrained?.Count; row++)
            if (pretrained.Has(row)) pretrained[row].CopyTo(_x[row]);
        double total = corpus.Counts.Sum(), sample = settings.Sample!.Value;
        _keep = [.. corpus.Counts.Select(count => sample == 0
            ? 1 : (float)Math.Min(1, Math.Sqrt(sample / (count / total)) + sample / (count / total)))];
        Parts = settings.Buckets == 0 ? null : [.. corpus.Words.Words.Select((word, id) => PartsOf(word, id))];
        double[] kept = [.. corpus.Counts.Select((count, word) => count * (double)_keep[word])];
        double all = kept.Sum();
        _kernel = new WordsKernel(_x, _y, settings.Dim, _stride, settings,
            new AliasTable([.. corpus.Counts.Select(count => (double)count)], settings.NegativePower),
            [.. kept.Select(count => count / all)], Parts, earlier is { Frozen: true }
            ? (int)earlier.Table(WordsRecipe.WordsTable).Ids.Count : 0, RatesOf(pretrained, settings));
        _touched = new ulong[(corpus.Words.Count + 63) / 64];
    }

    /// <summary>What the steps of the words' vectors are multiplied by; null for 1.</summary>
    static float[]? RatesOf(PretrainedRows? pretrained, WordsSettings settings)
    {
        if (pretrained is null || (!settings.FreezeVectors && settings.VectorsRate == 1)) return null;
        Require.Data(!settings.FreezeVectors || pretrained.FoundCount < pretrained.Count,
            $"'{pretrained.Path}' has a vector for each of the {pretrained.Count} words, and they are frozen, so there is nothing to "
            + $"train; leave out `freeze-vectors`");
        return [.. Enumerable.Range(0, (int)pretrained.Count).Select(word =>
            !pretrained.Has(word) ? 1 : settings.FreezeVectors ? 0 : settings.VectorsRate)];
    }

    public long Examples => (_corpus.Tokens.Count + PieceWords - 1) / PieceWords;

    /// <summary>Rows of x that each word is the mean of; null for its own row.</summary>
    public int[][]? Parts { get; }

    public double? RowsTouched => _touched.Sum(word => (double)BitOperations.PopCount(word)) / _corpus.Words.Count;

    public double? LearningRate => _settings.LearningRate;

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
        new(StateEntry.Over("x", [_x.Rows, _stride], _x.Pieces()), StateEntry.Over("y", [_y.Rows, _stride], _y.Pieces()));

    public void LoadStateDict(StateDict state)
    {
        ArgumentNullException.ThrowIfNull(state);
        long x = _x.Rows * _stride, y = _y.Rows * _stride;
        Require.That(state.Contains("x") && state.Contains("y") && state["x"].Count == x && state["y"].Count == y,
            $"LoadStateDict: 'x' of {x} values and 'y' of {y} are expected", nameof(state));
        for (long row = 0; row < _x.Rows; row++) state["x"].Read(row * _stride, _x[row]);
        for (long row = 0; row < _y.Rows; row++) state["y"].Read(row * _stride, _y[row]);
    }

    public StateDict Weights() => StateDict();

    public void LoadWeights(StateDict weights) => LoadStateDict(weights);

    public string Describe(ReadOnlySpan<long> examples) =>
        $"pieces of {PieceWords} words, number {string.Join(", ", examples[..Math.Min(5, examples.Length)].ToArray())}";

    /// <summary>The vectors of all words, n-grams in them [words, dim].</summary>
    public VectorRows Vectors()
    {
        VectorRows vectors = VectorRows.Zeros(_corpus.Words.Count, _settings.Dim);
        for (int word = 0; word < _corpus.Words.Count; word++)
        {
            Span<float> into = vectors.Of(word).Span;
            if (Parts is null) _x[word][..into.Length].CopyTo(into);
            else
                foreach (int row in Parts[word]) RowMath.AddScaled(_x[row][..into.Length], 1f / Parts[word].Length, into);
        }
        return vectors;
    }

    /// <summary>The rows of x by themselves [rows, dim]: words without their n-grams, then n-grams.</summary>
    public StateEntry Rows() => Packed(_x);

    /// <summary>The rows of what is predicted [words, dim].</summary>
    public StateEntry Outputs() => Packed(_y);

    /// <summary>Rows without what fills them up to whole vectors.</summary>
    StateEntry Packed(RowMemory<float> strided)
    {
        int dim = _settings.Dim;
        return new("rows", [strided.Rows, dim], (RangeReader<float>)((start, into) =>
        {
            while (into.Length > 0)
            {
                (long row, long at) = Math.DivRem(start, dim);
                Span<float> rest = strided[row][(int)at..dim];
                rest = rest[..Math.Min(rest.Length, into.Length)];
                rest.CopyTo(into);
                start += rest.Length;
                into = into[rest.Length..];
            }
        }));
    }

    /// <summary>Rows of an earlier run: words first, then n-grams, new words between.</summary>
    void Load(EarlierRun earlier)
    {
        LearnedTable words = earlier.Table(WordsRecipe.WordsTable);
        Require.That(words.Dim == _settings.Dim, $"`dim` {_settings.Dim}: the vectors of '{earlier.Path}' have {words.Dim} values; a " +
            $"grown run keeps the settings that shape the model", "dim");
        long first = words.Ids.Count, added = _corpus.Words.Count - first;
        Require.Data(added > 0 || !earlier.Frozen, $"the text has no word that is new to '{earlier.Path}', and the earlier rows are " +
            $"frozen, so there is nothing to train; leave out `freeze`");
        VectorRows rows = _settings.Buckets == 0 ? words.Vectors : Read(WordsRecipe.NgramsFile), outputs = Read(WordsRecipe.OutputsFile);
        Require.That(rows.Rows + added == _x.Rows && outputs.Rows == first, $"`buckets` " +
            $"{_settings.Buckets}: '{earlier.Path}' has {rows.Rows - first} rows for n-grams; a grown run keeps the settings " +
            $"that shape the model", "buckets");
        for (long row = 0; row < rows.Rows; row++) rows[row].Span.CopyTo(_x[EarlierRun.Moved(row, first, added)]);
        for (long row = 0; row < first; row++) outputs[row].Span.CopyTo(_y[row]);

        VectorRows Read(string file) => VectorRows.Read(earlier.File(file), "rows");
    }

    int[] PartsOf(string word, int id)
    {
        var rows = new List<long> { id };
        new Subwords(_settings.Buckets, _settings.ShortestNgram, _settings.LongestNgram).AddTo(rows, word, _corpus.Words.Count);
        return [.. rows.Select(row => (int)row)];
    }
}
