using Rowan.Nn;

namespace Rowan.Recipes;

/// <summary>
/// The model of a classify run as a function of arrays. A text is a row of word rows, a row of n-grams for each word, and a bag, as far
/// as its models read them. All are filled up with 0, which is no word and no n-gram.
/// </summary>
static class ClassifyExport
{
    /// <summary>The arrays of a batch.</summary>
    /// <param name="Words">Rows of words [n, length].</param>
    /// <param name="Lengths">Words of each text, at least 1 [n].</param>
    /// <param name="Ngrams">Buckets of character n-grams, each and one [n, length, n-grams].</param>
    /// <param name="Bag">Rows of words and word n-grams [n, entries].</param>
    /// <param name="Counts">How often each is in the text [n, entries].</param>
    sealed record Arrays(Indices? Words, Indices? Lengths, Indices? Ngrams, Indices? Bag, Tensor? Counts);

    /// <summary>Which arrays the models of a run read.</summary>
    sealed record Needs(bool Words, bool Lengths, bool Ngrams, bool Bag, bool Counts, bool Once)
    {
        public static Needs Of(ClassifyModel model, ClassifySettings settings)
        {
            ClassifyModel[] parts = [.. Parts(model)];
            bool words = parts.Any(part => part is not BagModel);
            return new(words, parts.Any(part => part is LstmModel), words && settings.Subwords, parts.Any(part => part is BagModel),
                parts.Any(part => part is BagModel { Inverse: not null }), settings.Weights != BagWeights.Mean);
        }
    }

    /// <summary>The model of a run.</summary>
    public static ExportableModel Of(ClassifyRun run, ClassifyModel model, TextRows rows, ClassifySettings settings)
    {
        Needs needs = Needs.Of(model, settings);
        string[] words = [.. rows.Words.Words.Take(3), "?"];
        object[] examples = Encoded(run, model, rows, settings, [string.Join(' ', words), $"{words[^2]} {words[^2]}"]);
        (bool Needed, string Name, string?[] Axes)[] all =
        [
            (needs.Words, "words", ["batch", "length"]), (needs.Lengths, "lengths", ["batch"]),
            (needs.Ngrams, "ngrams", ["batch", "length", "grams"]), (needs.Bag, "bag", ["batch", "entries"]),
            (needs.Counts, "counts", ["batch", "entries"]),
        ];
        ExportableInput[] inputs = [.. all.Where(one => one.Needed).Zip(examples)
            .Select(pair => new ExportableInput(pair.First.Name, pair.Second, pair.First.Axes))];
        return new ExportableModel(model, given =>
        {
            int at = 0;
            T? Next<T>(bool isThere) where T : class => isThere ? (T)given[at++] : null;
            var arrays = new Arrays(Next<Indices>(needs.Words), Next<Indices>(needs.Lengths), Next<Indices>(needs.Ngrams),
                Next<Indices>(needs.Bag), Next<Tensor>(needs.Counts));
            Tensor scores = Scores(model, arrays);
            return run.HasSeveralLabels ? scores.Sigmoid() : scores.Softmax(1);
        }, inputs, ["probabilities"], new ExportMetadata(run).Add("labels", run.Labels).Add("words", rows.Words.Words).Values,
            Described(run, rows, settings));
    }

    /// <summary>The arrays of texts, in the order of the model's inputs.</summary>
    public static object[] Encoded(ClassifyRun run, ClassifyModel model, TextRows rows, ClassifySettings settings,
        IReadOnlyList<string> texts)
    {
        Needs needs = Needs.Of(model, settings);
        var unknown = new UnknownWords();
        var batch = new TextBatch([.. texts.Select(text => run.Encoded(text, unknown))], rows, unknown);
        int[][] words = batch.Sequences().Texts, bags = batch.Bags().Texts;
        if (needs.Once) bags = [.. bags.Select(bag => bag.Distinct().ToArray())];
        int length = Math.Max(1, words.Max(text => text.Length));
        var arrays = new List<object>();
        if (needs.Words)
            arrays.Add(Indices.Pad([.. words.Select(text => text.Select(code => (long)rows.RowOf(code)).ToArray())], length: length));
        if (needs.Lengths) arrays.Add((Indices)words.Select(text => (long)Math.Max(1, text.Length)).ToArray());
        if (needs.Ngrams)
        {
            int[][][] grams = [.. words.Select(text => text.Select(code => rows.NgramsOf(code, unknown)).ToArray())];
            int most = Math.Max(1, grams.SelectMany(text => text).Select(word => word.Length).DefaultIfEmpty().Max());
            var ids = new long[texts.Count * length * most];
            for (int i = 0; i < grams.Length; i++)
                for (int w = 0; w < grams[i].Length; w++)
                    for (int g = 0; g < grams[i][w].Length; g++) ids[(i * length + w) * most + g] = grams[i][w][g] + 1;
            arrays.Add(Indices.From(ids, texts.Count, length, most));
        }
        int entries = Math.Max(1, bags.Max(bag => bag.Length));
        if (needs.Bag) arrays.Add(Indices.Pad([.. bags.Select(bag => bag.Select(row => (long)row).ToArray())], length: entries));
        if (needs.Counts)
        {
            int[][] all = batch.Bags().Texts;
            var counts = new float[texts.Count * entries];
            for (int i = 0; i < bags.Length; i++)
                for (int e = 0; e < bags[i].Length; e++) counts[i * entries + e] = all[i].Count(row => row == bags[i][e]);
            arrays.Add(new Tensor(counts, texts.Count, entries));
        }
        return [.. arrays];
    }

    static string Described(ClassifyRun run, TextRows rows, ClassifySettings settings) =>
        $"A text classifier. The row of a word is its place in the metadata words, plus {TextRows.FirstWord}; row {TextRows.Unknown} "
            + $"is any "
        + $"other word, row {TextRows.Filler} fills up. Words are "
        + settings.Tokens switch
        {
            TextTokens.Words => "runs of letters and digits in lower case, and ! and ?",
            TextTokens.Spaces => "what stands between white space, in lower case",
            _ => "single characters",
        } + $"; the first {settings.Length} are read. "
        + (settings.HasSequence ? "Input words: the rows of the words in order. " : "")
        + (settings.HasSequence && settings.Model == ClassifyModelKind.Lstm ? "Input lengths: how many words, at least 1. " : "")
        + (settings.HasSequence && settings.Subwords ? "Input ngrams: for each word the buckets of its character n-grams, plus 1. " : "")
        + (settings.HasBag ? "Input bag: the rows of known words"
            + (settings.Ngrams > 1 ? $" and of the buckets of word n-grams, from row {rows.SequenceRows} on" : "")
                    + (settings.Weights == BagWeights.Mean ? ". " : ", each once. ") : "")
        + (settings is { HasBag: true, HasFrequencies: true } ? "Input counts: how often each is in the text. " : "")
        + $"Output [batch, labels]: probabilities in the order of labels{(run.HasSeveralLabels ? ", each for itself" : "")}.";

    static IEnumerable<ClassifyModel> Parts(ClassifyModel model) =>
        model is TogetherModel together ? together.Models.SelectMany(Parts) : [model];

    static Tensor Scores(ClassifyModel model, Arrays given) => model switch
    {
        TogetherModel together => together.Together(part => Scores(part, given)),
        BagModel bag => bag.Head.Forward(BagOf(bag, given)),
        ConvolutionModel convolution => convolution.Scores(
            Vectors(convolution.Embedding, convolution.Ngrams, given).Pad(0, 0, convolution.Widest, convolution.Widest), LengthsOf(given)),
        LstmModel lstm => lstm.Scores(Vectors(lstm.Embedding, lstm.Ngrams, given), given.Lengths!),
        TransformerModel transformer => Scores(transformer, given),
        _ => throw new NotSupportedException($"ExportOnnx: a classify model of type {model.GetType().Name} has no function of arrays"),
    };

    /// <summary>e[word] + Σ g[n-gram]/n  [n, length, dim].</summary>
    static Tensor Vectors(Embedding words, EmbeddingBag? ngrams, Arrays given)
    {
        Tensor own = words.Forward(given.Words!);
        if (ngrams is null) return own;
        // A row of zeros stands for no n-gram.
        Tensor table = Ops.Concat([Tensor.Zeros(1, ngrams.Weight.Dim), ngrams.Weight.AsTensor()]);
        Tensor count = given.Ngrams!.NotEqual(0).ToTensor().Sum(-1, keepDim: true).Clamp(low: 1);
        return own + table[given.Ngrams].Sum(2) / count;
    }

    /// <summary>Words of each text [n, 1].</summary>
    static Tensor LengthsOf(Arrays given) => given.Words!.NotEqual(0).ToTensor().Sum(1, keepDim: true);

    static Tensor BagOf(BagModel model, Arrays given)
    {
        var padded = new EmbeddingOptions { PaddingIdx = TextRows.Filler };
        if (model.Inverse is not { } inverse) return new EmbeddingBag(model.Bag.Weight, BagMode.Mean, padded).Forward(given.Bag!);
        Tensor idf = Tensor.Over(inverse, inverse.Length)[given.Bag!];
        Tensor weights = (given.Counts!.Clamp(low: 1).Log() + 1) * idf * given.Bag!.NotEqual(0).ToTensor();
        Tensor sum = new EmbeddingBag(model.Bag.Weight, BagMode.Sum, padded).Forward(given.Bag!, weights);
        return sum / weights.Square().Sum(1, keepDim: true).Clamp(low: 1e-30f).Sqrt();
    }

    static Tensor Scores(TransformerModel model, Arrays given)
    {
        Tensor length = LengthsOf(given).Clamp(low: 1), at = Tensor.Arange(given.Words!.Shape[1]);
        Tensor words = Vectors(model.Embedding, model.Ngrams, given);
        // Beyond the text nothing is attended to; a text without a word keeps its first place.
        Mask fill = at >= length;
        return model.Scores(words, fill, (!fill).ToTensor() / length);
    }
}
