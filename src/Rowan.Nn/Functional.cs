namespace Rowan.Nn;

/// <summary>
/// What PyTorch has in <c>torch.nn.functional</c>, by its names there. Most of it is a method of a tensor or a loss of
/// <see cref="Losses"/>; these lead to the same code.
/// </summary>
public static class Functional
{
    /// <inheritdoc cref="Indices.OneHot"/>
    public static Tensor OneHot(Indices ids, long? classes = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return ids.OneHot(classes);
    }

    /// <inheritdoc cref="EmbeddingLookup.Forward"/>
    public static Tensor Embedding(Indices ids, Table weight, EmbeddingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(ids);
        return EmbeddingLookup.Forward(weight, ids, options);
    }

    /// <inheritdoc cref="Ops.Affine"/>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null) => Ops.Affine(x, weight, bias);

    /// <summary>As <see cref="Ops.Dropout"/> in training; in evaluation y = x.</summary>
    public static Tensor Dropout(Tensor x, float p = 0.5f, bool training = true, Rng? rng = null) => training ? x.Dropout(p, rng) : x;

    /// <inheritdoc cref="Ops.Relu"/>
    public static Tensor Relu(Tensor x) => x.Relu();

    /// <inheritdoc cref="Ops.Gelu"/>
    public static Tensor Gelu(Tensor x, bool approximate = false) => x.Gelu(approximate);

    /// <inheritdoc cref="Ops.Silu"/>
    public static Tensor Silu(Tensor x) => x.Silu();

    /// <inheritdoc cref="Ops.Sigmoid"/>
    public static Tensor Sigmoid(Tensor x) => x.Sigmoid();

    /// <inheritdoc cref="Ops.Softmax"/>
    public static Tensor Softmax(Tensor x, int dim = -1) => x.Softmax(dim);

    /// <inheritdoc cref="Ops.LogSoftmax"/>
    public static Tensor LogSoftmax(Tensor x, int dim = -1) => x.LogSoftmax(dim);

    /// <inheritdoc cref="Ops.Normalize"/>
    public static Tensor Normalize(Tensor x, float epsilon = 1e-12f) => x.Normalize(epsilon);

    /// <inheritdoc cref="Ops.CosineSimilarity"/>
    public static Tensor CosineSimilarity(Tensor x1, Tensor x2, int dim = 1, float epsilon = 1e-8f) =>
        Ops.CosineSimilarity(x1, x2, dim, epsilon);

    /// <inheritdoc cref="Ops.LayerNorm"/>
    public static Tensor LayerNorm(Tensor x, Shape shape, Tensor? weight = null, Tensor? bias = null, float epsilon = 1e-5f) =>
        x.LayerNorm(shape, weight, bias, epsilon);

    /// <inheritdoc cref="Ops.Pad(Tensor, ReadOnlySpan{int}, float)"/>
    public static Tensor Pad(Tensor x, ReadOnlySpan<int> widths, float value = 0) => x.Pad(widths, value);

    /// <inheritdoc cref="Losses.CrossEntropy(Tensor, Indices, Reduction, long, Tensor?, float)"/>
    public static Tensor CrossEntropy(Tensor logits, Indices targets, Reduction reduction = Reduction.Mean, long ignoreIndex = -100,
        Tensor? weight = null, float labelSmoothing = 0) =>
        Losses.CrossEntropy(logits, targets, reduction, ignoreIndex, weight, labelSmoothing);

    /// <inheritdoc cref="Losses.MeanSquaredError"/>
    public static Tensor MseLoss(Tensor predictions, Tensor targets, Reduction reduction = Reduction.Mean) =>
        Losses.MeanSquaredError(predictions, targets, reduction);

    /// <inheritdoc cref="Losses.BinaryCrossEntropyWithLogits"/>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor logits, Tensor targets, Reduction reduction = Reduction.Mean) =>
        Losses.BinaryCrossEntropyWithLogits(logits, targets, reduction);
}
