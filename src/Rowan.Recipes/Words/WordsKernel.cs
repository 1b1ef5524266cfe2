using System.Numerics;
using System.Runtime.InteropServices;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Tables;
using V = System.Numerics.Vector<float>;

namespace Rowan.Recipes;

/// <summary>
/// One block of windows. For a word w with neighbours c and drawn words n:  s = x[c]·y[o] for o in {w, n…},  g = η·(1[o = w] − σ(s)),
/// x[c] += Σₒ g·y[o], y[o] += Σ꜀ g·x[c] (Mikolov et al. 2013; drawn words shared by a window as in Ji et al. 2016). In CBOW x is the mean
/// of the neighbours', and each takes the whole step. With n-grams x[c] is the mean of the rows of the word, and each takes the whole
/// step (Bojanowski et al. 2017).
/// </summary>
/// <remarks>
/// A block reads all rows as they were before it, keeps the steps, and then adds them, each row by one thread in the order of the
/// windows: so the bits do not depend on threads. All that is random is a function of (seed, epoch, place).
/// </remarks>
sealed class WordsKernel
{
    // Each block costs two meetings of the threads, so blocks are large; but the steps that a row takes in one block all start from the
    // same row, and if they are many they overshoot: 42 words in blocks of 512 went to infinity. So the most frequent row is to be used
    // about 32 times a block.
    const int LargestBlock = 512, SmallestBlock = 16, MostUses = 32;

    readonly int _stride, _block, _window, _negatives, _inputs, _outputs;
    readonly bool _cbow;
    readonly RowMemory<float> _x, _y;
    readonly AliasTable _draw;
    readonly int[][]? _parts;
    readonly ulong _seed;

    // Rows that learn.
    readonly int _from, _to;
    readonly float[]? _rates;

    // Steps of a block: for each window room for its neighbours (one in CBOW), then for its outputs.
    readonly float[] _steps;
    readonly int[] _neighbours, _counts, _targets;
    readonly int[] _tokens;
    readonly long[] _places;
    readonly double[] _losses;
    readonly float[] _composed;
    int _windows;

    /// <param name="x">Rows of words, then of n-grams, each <paramref name="stride"/> floats apart.</param>
    /// <param name="y">Output vectors of the words.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="stride">Floats from row to row: whole vectors, so that no loop has a tail.</param>
    /// <param name="settings">Windows, drawn words.</param>
    /// <param name="draw">Draws words.</param>
    /// <param name="shares">Each word's share of the words that are kept.</param>
    /// <param name="parts">Rows of x that a word is the mean of; null for its own row.</param>
    /// <param name="frozen">So many words, the first ones, and all n-grams stay as they are; 0 for none.</param>
    /// <param name="rates">What the step of each row of <paramref name="x"/> is multiplied by: 0 for a row that stays as it is; null for
    /// 1. Not with <paramref name="parts"/>.</param>
    public WordsKernel(RowMemory<float> x, RowMemory<float> y, int dim, int stride, WordsSettings settings, AliasTable draw,
        ReadOnlySpan<double> shares,
        int[][]? parts, int frozen = 0, float[]? rates = null)
    {
        _rates = rates;
        (_from, _to) = (frozen, frozen == 0 ? int.MaxValue : shares.Length);
        Require.That(stride % V.Count == 0 && stride >= dim, $"words: rows of {dim} values with stride {stride}; the stride must be a " +
            $"multiple of {V.Count} and at least {dim}");
        (_x, _y, _stride, _draw, _parts, _seed) = (x, y, stride, draw, parts, settings.Training.Seed);
        (_window, _negatives, _cbow) = (settings.Window, settings.Negatives, settings.Model == WordsModelKind.Cbow);
        (_inputs, _outputs) = (_cbow ? 1 : 2 * _window, 1 + _negatives);
        _block = BlockOf(shares);
        (_tokens, _places, _losses) = (new int[_block], new long[_block], new double[_block]);
        _steps = new float[_block * (_inputs + _outputs) * stride];
        _neighbours = new int[_block * 2 * _window];
        _counts = new int[_block];
        _targets = new int[_block * _outputs];
        _composed = parts is null && !_cbow ? [] : new float[_block * _inputs * stride];
    }

    int BlockOf(ReadOnlySpan<double> shares)
    {
        // A window has about window + 1 neighbours, the word itself, and what is drawn; parts are shared by words, and counted once each.
        double most = 0;
        for (int word = 0; word < shares.Length; word++)
            most = Math.Max(most, Math.Max(shares[word] * (_window + 1), shares[word] + _negatives * _draw.Probability(word)));
        if (_parts is not null)
        {
            var ofParts = new Dictionary<int, double>();
            for (int word = 0; word < shares.Length; word++)
                foreach (int row in _parts[word])
                    most = Math.Max(most, ofParts[row] = ofParts.GetValueOrDefault(row) + shares[word] * (_window + 1));
        }
        return (int)Math.Clamp(MostUses / most, SmallestBlock, LargestBlock);
    }

    /// <summary>Floats from row to row for a dim.</summary>
    public static int StrideOf(int dim) => (dim + V.Count - 1) / V.Count * V.Count;

    /// <summary>Trains on a run of kept words; lines end at <see cref="WordsCorpus.LineEnd"/>.</summary>
    /// <param name="tokens">Words.</param>
    /// <param name="place">The place of the first in the text, for what is random.</param>
    /// <param name="epoch">Epochs before this one.</param>
    /// <param name="rate">η.</param>
    /// <returns>The loss, summed over sampled windows, and the predictions that it is of.</returns>
    public (double Loss, long Predictions) Train(ReadOnlySpan<int> tokens, long place, int epoch, float rate)
    {
        double loss = 0;
        long predictions = 0;
        _windows = 0;
        ulong seed = Shuffle.Mix(_seed, (ulong)epoch);
        for (int at = 0; at < tokens.Length; at++)
        {
            if (tokens[at] == WordsCorpus.LineEnd) continue;
            ulong random = Shuffle.Mix(seed, (ulong)(place + at));
            int reach = 1 + (int)(random % (uint)_window), count = 0;
            Span<int> into = _neighbours.AsSpan(_windows * 2 * _window, 2 * _window);
            for (int before = at - 1; before >= 0 && before >= at - reach && tokens[before] != WordsCorpus.LineEnd; before--)
                into[count++] = tokens[before];
            for (int after = at + 1; after < tokens.Length && after <= at + reach && tokens[after] != WordsCorpus.LineEnd; after++)
                into[count++] = tokens[after];
            if (count == 0) continue;
            (_counts[_windows], _tokens[_windows], _places[_windows]) = (count, tokens[at], place + at);
            if (++_windows == _block) Flush();
        }
        Flush();
        return (loss, predictions);

        void Flush()
        {
            if (_windows == 0) return;
            Workers.For(_windows, 32, new Windows(this, seed, rate));
            int shards = Workers.Threads;
            Workers.For(shards, 1, new Shards(this, shards));
            for (int i = 0; i < _windows; i++)
            {
                if (double.IsNaN(_losses[i])) continue;
                loss += _losses[i];
                predictions += _cbow ? 1 : _counts[i];
            }
            _windows = 0;
        }
    }

    int WindowFloats => (_inputs + _outputs) * _stride;

    /// <summary>The steps of one window.</summary>
    void Window(int window, ulong seed, float rate, Span<float> scores)
    {
        int count = _counts[window], center = _tokens[window], inputs = _cbow ? 1 : count;
        ReadOnlySpan<int> neighbours = _neighbours.AsSpan(window * 2 * _window, count);
        Span<int> targets = _targets.AsSpan(window * _outputs, _outputs);
        targets[0] = center;
        ulong place = (ulong)_places[window];
        for (int k = 1; k < _outputs; k++)
        {
            int drawn = _draw.At(Shuffle.Mix(seed ^ 0x6e65_6761, place * 256 + (ulong)k));
            // A negative sample that equals the word itself is skipped.
            targets[k] = drawn == center ? -1 : drawn;
        }
        if (_composed.Length > 0) Compose(window, neighbours);
        Span<float> steps = _steps.AsSpan(window * WindowFloats, WindowFloats);
        // One window of eight tells how large the loss is.
        bool sampled = (place & 7) == 0;
        double loss = 0;
        for (int i = 0; i < inputs; i++)
        {
            ReadOnlySpan<float> x = Input(window, neighbours, i);
            for (int o = 0; o < _outputs; o++)
                scores[i * _outputs + o] = targets[o] < 0 ? 0 : Dot(x, _y[targets[o]]);
        }
        Span<float> used = scores[..(inputs * _outputs)];
        if (sampled)
            for (int i = 0; i < used.Length; i++)
                if (targets[i % _outputs] >= 0) loss += i % _outputs == 0 ? Softplus(-used[i]) : Softplus(used[i]);
        _losses[window] = sampled ? loss : double.NaN;
        Lanes.Map<Sigmoid>(used, used);
        for (int i = 0; i < used.Length; i++)
        {
            int o = i % _outputs;
            used[i] = targets[o] < 0 ? 0 : rate * ((o == 0 ? 1 : 0) - used[i]);
        }
        for (int i = 0; i < inputs; i++)
        {
            Span<float> step = steps.Slice(i * _stride, _stride);
            step.Clear();
            for (int o = 0; o < _outputs; o++)
                if (targets[o] >= 0) AddScaled(_y[targets[o]], used[i * _outputs + o], step);
        }
        for (int o = 0; o < _outputs; o++)
        {
            if (targets[o] < 0) continue;
            Span<float> step = steps.Slice((_inputs + o) * _stride, _stride);
            step.Clear();
            for (int i = 0; i < inputs; i++) AddScaled(Input(window, neighbours, i), used[i * _outputs + o], step);
        }
    }

    ReadOnlySpan<float> Input(int window, ReadOnlySpan<int> neighbours, int i) =>
        _composed.Length > 0 ? _composed.AsSpan((window * _inputs + i) * _stride, _stride) : _x[neighbours[i]];

    /// <summary>The inputs that are no row by themselves: words of several rows, or the mean of the neighbours.</summary>
    void Compose(int window, ReadOnlySpan<int> neighbours)
    {
        if (_cbow)
        {
            Span<float> into = _composed.AsSpan(window * _inputs * _stride, _stride);
            into.Clear();
            foreach (int neighbour in neighbours) AddWord(neighbour, 1f / neighbours.Length, into);
            return;
        }
        for (int i = 0; i < neighbours.Length; i++)
        {
            Span<float> into = _composed.AsSpan((window * _inputs + i) * _stride, _stride);
            into.Clear();
            AddWord(neighbours[i], 1, into);
        }
    }

    void AddWord(int word, float scale, Span<float> into)
    {
        if (_parts is null)
        {
            AddScaled(_x[word], scale, into);
            return;
        }
        int[] parts = _parts[word];
        foreach (int row in parts) AddScaled(_x[row], scale / parts.Length, into);
    }

    /// <summary>Adds the steps of all windows to the rows of one shard, in order.</summary>
    void Add(int shard, int shards)
    {
        for (int window = 0; window < _windows; window++)
        {
            ReadOnlySpan<float> steps = _steps.AsSpan(window * WindowFloats, WindowFloats);
            ReadOnlySpan<int> neighbours = _neighbours.AsSpan(window * 2 * _window, _counts[window]);
            for (int i = 0; i < neighbours.Length; i++)
            {
                ReadOnlySpan<float> step = steps.Slice(_cbow ? 0 : i * _stride, _stride);
                if (_parts is null)
                {
                    float rate = _rates is null ? 1 : _rates[neighbours[i]];
                    if (rate != 0 && Learns(neighbours[i], shard, shards)) AddScaled(step, rate, _x[neighbours[i]]);
                }
                else
                    foreach (int row in _parts[neighbours[i]])
                        if (Learns(row, shard, shards)) AddScaled(step, 1, _x[row]);
            }
            ReadOnlySpan<int> targets = _targets.AsSpan(window * _outputs, _outputs);
            for (int o = 0; o < targets.Length; o++)
                if (targets[o] >= 0 && Learns(targets[o], shard, shards))
                    AddScaled(steps.Slice((_inputs + o) * _stride, _stride), 1, _y[targets[o]]);
        }
    }

    bool Learns(int row, int shard, int shards) => row % shards == shard && row >= _from && row < _to;

    static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        ReadOnlySpan<V> a = MemoryMarshal.Cast<float, V>(x), b = MemoryMarshal.Cast<float, V>(y);
        V sum = V.Zero, other = V.Zero;
        int i = 0;
        for (; i + 1 < a.Length && i + 1 < b.Length; i += 2)
        {
            sum = Vector.MultiplyAddEstimate(a[i], b[i], sum);
            other = Vector.MultiplyAddEstimate(a[i + 1], b[i + 1], other);
        }
        if (i < a.Length && i < b.Length) sum = Vector.MultiplyAddEstimate(a[i], b[i], sum);
        return Vector.Sum(sum + other);
    }

    static void AddScaled(ReadOnlySpan<float> x, float scale, Span<float> into)
    {
        ReadOnlySpan<V> a = MemoryMarshal.Cast<float, V>(x);
        Span<V> b = MemoryMarshal.Cast<float, V>(into);
        var s = new V(scale);
        for (int i = 0; i < a.Length && i < b.Length; i++) b[i] = Vector.MultiplyAddEstimate(a[i], s, b[i]);
    }

    static double Softplus(float x) => x > 15 ? x : Math.Log(1 + Math.Exp(x));

    readonly struct Windows(WordsKernel kernel, ulong seed, float rate) : IRangeBody
    {
        public void Run(long from, long to)
        {
            Span<float> scores = stackalloc float[kernel._inputs * kernel._outputs];
            for (long window = from; window < to; window++) kernel.Window((int)window, seed, rate, scores);
        }
    }

    readonly struct Shards(WordsKernel kernel, int shards) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long shard = from; shard < to; shard++) kernel.Add((int)shard, shards);
        }
    }
}
