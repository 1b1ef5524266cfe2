using System.Globalization;
using Rowan.Formats;
using Rowan.Nn;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// How similar two texts are:  (1 − w)·overlap + w·cos, with the cosine of the trained vectors and the word overlap without
/// training. As a score in the units of the file:  a + b·similarity, by least squares, within the range of the training scores.
/// </summary>
/// <param name="Encoder">Text to rows.</param>
/// <param name="Text">The rows.</param>
/// <param name="Overlap">Word overlap.</param>
/// <param name="Weight">Weight w of the vectors, from 0 to 1.</param>
/// <param name="Line">a and b, and the range of the training scores.</param>
sealed record PairScorer(PairEncoder Encoder, EmbeddingBag Text, WordOverlap Overlap, float Weight, ScoreLine Line)
{
    const int TextsAtOnce = 1_024;
    const string OverlapEntry = "overlap.weights", LineEntry = "score.line";

    /// <summary>Writes what is not in the tables: the weights of words, w, and the line of scores.</summary>
    public void Write(string file, IReadOnlyList<string> words)
    {
        float[] weights = Overlap.Weights(words), line = [Line.Intercept, Line.Slope, Line.Low, Line.High];
        Safetensors.Write(file, new StateDict(
            [
                StateEntry.Over(OverlapEntry, [weights.Length], weights), StateEntry.Over(LineEntry, [line.Length], line),
            ]),
            new Dictionary<string, string>
            {
                ["kind"] = SearchRecipe.JobName, ["fusion_weight"] = Weight.ToString("R", CultureInfo.InvariantCulture),
                ["buckets"] = Encoder.Rows.Buckets.ToString(CultureInfo.InvariantCulture),
            });
    }

    /// <summary>Reads what <see cref="Write"/> wrote; null if the run was not trained on scored pairs.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static PairScorer? Read(string file, PairEncoder encoder, EmbeddingBag text, LexicalIndex lexical, float weight)
    {
        StateDict state = Safetensors.Read(file);
        if (!state.Any(entry => entry.Name == OverlapEntry)) return null;
        float[] line = state[LineEntry].Floats();
        Require.Data(line.Length == 4 && line.All(float.IsFinite) && line[2] <= line[3],
            $"'{file}' has no valid line of scores; train again with 'rowan train'");
        return new(encoder, text, WordOverlap.FromWeights(lexical.Bm25.Terms, state[OverlapEntry].Floats(), lexical.Analysis), weight,
            new ScoreLine(line[0], line[1], line[2], line[3]));
    }

    /// <summary>How similar the texts of each pair are: fused, by overlap alone, by cosine alone.</summary>
    public (float[] Fused, float[] Overlaps, float[] Cosines) Similarities(IReadOnlyList<ScoredPair> pairs)
    {
        float[] overlaps = Overlap.Cosines(pairs), cosines = Cosines(Encoder, Text, pairs);
        return (Fuse(overlaps, cosines, Weight), overlaps, cosines);
    }

    /// <summary>The scores of pairs in the units of the training data.</summary>
    public float[] Scores(IReadOnlyList<ScoredPair> pairs) => [.. Similarities(pairs).Fused.Select(Line.Score)];

    /// <summary>(1 − w)·overlap + w·cos.</summary>
    public static float[] Fuse(float[] overlaps, float[] cosines, float weight) =>
        [.. overlaps.Zip(cosines, (overlap, cosine) => (1 - weight) * overlap + weight * cosine)];

    /// <summary>The weight of the vectors with the best Spearman correlation; of equal ones the largest.</summary>
    public static float Choose(float[] overlaps, float[] cosines, IReadOnlyList<ScoredPair> pairs)
    {
        (float best, double most) = (1, double.NegativeInfinity);
        foreach (float weight in FusedIndex.Weights)
        {
            double correlation = Figures(Fuse(overlaps, cosines, weight), pairs)[0].Value;
            if (correlation >= most) (best, most) = (weight, correlation);
        }
        return best;
    }

    /// <summary>Spearman's and Pearson's correlation with the scores of the pairs.</summary>
    public static IReadOnlyList<Metric> Figures(float[] similarities, IReadOnlyList<ScoredPair> pairs)
    {
        double[] own = [.. similarities.Select(similarity => (double)similarity)], given = [.. pairs.Select(pair => (double)pair.Score)];
        return [new("spearman", RankCorrelation.Spearman(own, given)), new("pearson", RankCorrelation.Pearson(own, given))];
    }

    /// <summary>The cosine of the vectors of each pair.</summary>
    public static float[] Cosines(PairEncoder encoder, EmbeddingBag text, IReadOnlyList<ScoredPair> pairs)
    {
        float[] first = Vectors(encoder, text, [.. pairs.Select(pair => pair.First)]);
        float[] second = Vectors(encoder, text, [.. pairs.Select(pair => pair.Second)]);
        int dim = text.Weight.Dim;
        var cosines = new float[pairs.Count];
        for (int i = 0; i < cosines.Length; i++)
        {
            double sum = 0;
            for (int d = i * dim; d < (i + 1) * dim; d++) sum += (double)first[d] * second[d];
            cosines[i] = (float)sum;
        }
        return cosines;
    }

    /// <summary>The unit vector of each text [texts · dim]; zeros where no word of a text has a row.</summary>
    public static float[] Vectors(PairEncoder encoder, EmbeddingBag text, IReadOnlyList<string> texts)
    {
        using var off = Gradients.Off();
        int dim = text.Weight.Dim;
        var vectors = new float[texts.Count * dim];
        for (int from = 0; from < texts.Count; from += TextsAtOnce)
        {
            var bags = new Bags();
            for (int i = from; i < Math.Min(from + TextsAtOnce, texts.Count); i++)
            {
                bags.Begin();
                bags.Add(encoder.Encode(texts[i]));
            }
            text.Forward(bags.Rows, bags.Offsets).Normalize().Span.CopyTo(vectors.AsSpan(from * dim));
        }
        return vectors;
    }
}

/// <summary>A score from a similarity:  a + b·similarity, clipped to the range of the training scores.</summary>
/// <param name="Intercept">a.</param>
/// <param name="Slope">b.</param>
/// <param name="Low">The lowest training score.</param>
/// <param name="High">The highest training score.</param>
sealed record ScoreLine(float Intercept, float Slope, float Low, float High)
{
    /// <summary>The score of a similarity.</summary>
    public float Score(float similarity) => Math.Clamp(Intercept + Slope * similarity, Low, High);

    /// <summary>Least squares on pairs; the mean score where all similarities are equal.</summary>
    public static ScoreLine Fit(float[] similarities, IReadOnlyList<ScoredPair> pairs, float low, float high)
    {
        double meanX = similarities.Average(x => (double)x), meanY = pairs.Average(pair => (double)pair.Score), xy = 0, xx = 0;
        for (int i = 0; i < similarities.Length; i++)
        {
            xy += (similarities[i] - meanX) * (pairs[i].Score - meanY);
            xx += (similarities[i] - meanX) * (similarities[i] - meanX);
        }
        double slope = xx > 0 ? xy / xx : 0;
        return new((float)(meanY - slope * meanX), (float)slope, low, high);
    }
}
