using Rowan.Nn;

namespace Rowan.Recipes;

/// <summary>Texts as unit vectors: the mean of the rows of a text's words and n-grams, normalized.</summary>
sealed class PairModel : Module
{
    /// <param name="rows">Rows of the text table.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="rng">Where the rows are drawn from.</param>
    public PairModel(long rows, int dim, Rng rng) => Text = new EmbeddingBag(rows, dim, BagMode.Mean, rng: rng);

    /// <summary>The rows of words and n-grams.</summary>
    public EmbeddingBag Text { get; }

    /// <summary>Unit vectors.  Shapes: ids [n], offsets [batch] → [batch, dim].</summary>
    public Tensor Vectors(Indices ids, Indices offsets) => Text.Forward(ids, offsets).Normalize();
}
