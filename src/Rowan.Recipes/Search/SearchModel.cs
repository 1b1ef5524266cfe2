using Rowan.Nn;

namespace Rowan.Recipes;

/// <summary>
/// Two towers into one space. The text of a question is the mean of its rows; an item is its own row plus the mean of the rows of its text:
/// q = normalize(Σ T[words]/n),  d = normalize(I[item] + Σ T[words]/n),  score = q·d.
/// </summary>
public sealed class SearchModel : Module
{
    /// <param name="textRows">Rows of the text table: words and n-grams.</param>
    /// <param name="items">Items.</param>
    /// <param name="dim">Values per row.</param>
    /// <param name="rng">Where the rows are drawn from.</param>
    public SearchModel(long textRows, long items, int dim, Rng rng)
    {
        Text = new EmbeddingBag(textRows, dim, BagMode.Mean, rng: rng);
        Items = new Embedding(items, dim, rng: rng);
        // An item begins as its text alone; what sets it apart from others with the same words is learned.
        foreach (Memory<float> values in Items.Weight.Values) values.Span.Clear();
    }

    /// <summary>The rows of words and n-grams.</summary>
    public EmbeddingBag Text { get; }

    /// <summary>A row for each item.</summary>
    public Embedding Items { get; }

    /// <summary>Questions as unit vectors.  Shapes: ids [n], offsets [batch] → [batch, dim].</summary>
    public Tensor Questions(Indices ids, Indices offsets) => Text.Forward(ids, offsets).Normalize();

    /// <summary>Items as unit vectors.  Shapes: items [batch], ids [n], offsets [batch] → [batch, dim].</summary>
    public Tensor Answers(Indices items, Indices ids, Indices offsets) => (Items.Forward(items) + Text.Forward(ids, offsets)).Normalize();
}
