namespace Rowan.Nn;

/// <summary>y = max(x, 0).</summary>
public sealed class Relu : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Relu();
}

/// <summary>y = min(max(x, 0), 6).</summary>
public sealed class Relu6 : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Relu6();
}

/// <summary>y = x where x &gt; 0, else a·x.</summary>
/// <param name="slope">a.</param>
public sealed class LeakyRelu(float slope = 0.01f) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.LeakyRelu(slope);
}

/// <summary>y = x where x &gt; 0, else a·(eˣ − 1).</summary>
/// <param name="alpha">a.</param>
public sealed class Elu(float alpha = 1) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Elu(alpha);
}

/// <summary>y = x where x &gt; 0, else a·(eˣᐟᵃ − 1).</summary>
/// <param name="alpha">a.</param>
public sealed class Celu(float alpha = 1) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Celu(alpha);
}

/// <summary>y = 1.0507·x where x &gt; 0, else 1.0507·1.6733·(eˣ − 1).</summary>
public sealed class Selu : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Selu();
}

/// <summary>y = x·Φ(x), or its approximation by tanh.</summary>
/// <param name="approximate">Take the approximation.</param>
public sealed class Gelu(bool approximate = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Gelu(approximate);
}

/// <summary>y = x·σ(x).</summary>
public sealed class Silu : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Silu();
}

/// <summary>y = x·tanh(log(1 + eˣ)).</summary>
public sealed class Mish : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Mish();
}

/// <summary>y = log(1 + eᵇˣ) / b, and x where b·x is above a threshold.</summary>
/// <param name="beta">b.</param>
/// <param name="threshold">Where y becomes x.</param>
public sealed class Softplus(float beta = 1, float threshold = 20) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Softplus(beta, threshold);
}

/// <summary>y = log σ(x).</summary>
public sealed class LogSigmoid : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.LogSigmoid();
}

/// <summary>y = x / (1 + |x|).</summary>
public sealed class Softsign : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Softsign();
}

/// <summary>y = tanh x.</summary>
public sealed class Tanh : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Tanh();
}

/// <summary>y = min(max(x, low), high).</summary>
/// <param name="low">The smallest value.</param>
/// <param name="high">The largest value.</param>
public sealed class HardTanh(float low = -1, float high = 1) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.HardTanh(low, high);
}

/// <summary>y = 1 / (1 + e⁻ˣ).</summary>
public sealed class Sigmoid : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Sigmoid();
}

/// <summary>y = min(max(x / 6 + 1/2, 0), 1).</summary>
public sealed class HardSigmoid : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.HardSigmoid();
}

/// <summary>y = x·min(max(x + 3, 0), 6) / 6.</summary>
public sealed class HardSwish : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.HardSwish();
}

/// <summary>y = a·σ(b), a and b the halves of x along a dimension.</summary>
/// <param name="dim">The dimension; negative counts from the end.</param>
public sealed class Glu(int dim = -1) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Glu(dim);
}

/// <summary>y = eˣ / Σ eˣ along a dimension.</summary>
/// <param name="dim">The dimension; negative counts from the end.</param>
public sealed class Softmax(int dim) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Softmax(dim);
}

/// <summary>y = x − log Σ eˣ along a dimension.</summary>
/// <param name="dim">The dimension; negative counts from the end.</param>
public sealed class LogSoftmax(int dim) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.LogSoftmax(dim);
}

/// <summary>y = x.</summary>
public sealed class Identity : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input;
}

/// <summary>Dimensions first to last as one; by default all but the batch's.</summary>
/// <param name="first">The first of them; negative counts from the end.</param>
/// <param name="last">The last of them; negative counts from the end.</param>
public sealed class Flatten(int first = 1, int last = -1) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => input.Flatten(first, last);
}
