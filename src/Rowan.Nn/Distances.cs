namespace Rowan.Nn;

/// <summary>y = x₁·x₂ / (max(|x₁|, ε)·max(|x₂|, ε)) along a dimension; a zero vector gives 0.</summary>
/// <param name="dim">The dimension; negative counts from the end.</param>
/// <param name="epsilon">The smallest norm divided by.</param>
public sealed class CosineSimilarity(int dim = 1, float epsilon = 1e-8f) : Module
{
    /// <summary>The cosine of each pair of vectors.  Shapes: […, n, …] twice → […, …], broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Forward(Tensor x1, Tensor x2) => Ops.CosineSimilarity(x1, x2, dim, epsilon);
}

/// <summary>y = (Σ |x₁ − x₂ + ε|ᵖ)^(1/p) along the last dimension.</summary>
/// <param name="p">Which norm.</param>
/// <param name="epsilon">Added to each difference, which keeps the derivative finite.</param>
/// <param name="keepDim">Keep the dimension, with size 1.</param>
public sealed class PairwiseDistance(float p = 2, float epsilon = 1e-6f, bool keepDim = false) : Module
{
    /// <summary>The distance of each pair of vectors.  Shapes: […, n] twice → […], broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Forward(Tensor x1, Tensor x2) => Ops.PairwiseDistance(x1, x2, p, epsilon, keepDim);
}
