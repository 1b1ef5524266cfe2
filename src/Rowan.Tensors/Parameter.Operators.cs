namespace Rowan;

public sealed partial class Parameter
{
    /// <summary>As <see cref="Gradient"/>: PyTorch's name.</summary>
    public Tensor? Grad => Gradient;

    /// <summary>The opposite of <see cref="Frozen"/>: whether the parameter receives a gradient and is moved.</summary>
    public bool RequiresGrad
    {
        get => !Frozen;
        set => Frozen = !value;
    }

    /// <summary>A matrix with rows and columns exchanged; gradients pass.</summary>
    public Tensor T => Value.T;

    /// <inheritdoc cref="Tensor.RegisterHook(Func{Tensor, Tensor?})"/>
    public IDisposable RegisterHook(Func<Tensor, Tensor?> hook) => Value.RegisterHook(hook);

    /// <summary>p + x, broadcast.</summary>
    public static Tensor operator +(Parameter p, Tensor x) => p.Value + x;

    /// <summary>x + p.</summary>
    public static Tensor operator +(float x, Parameter p) => x + p.Value;

    /// <summary>p − x, broadcast.</summary>
    public static Tensor operator -(Parameter p, Tensor x) => p.Value - x;

    /// <summary>x − p.</summary>
    public static Tensor operator -(float x, Parameter p) => x - p.Value;

    /// <summary>p·x, value by value, broadcast.</summary>
    public static Tensor operator *(Parameter p, Tensor x) => p.Value * x;

    /// <summary>x·p.</summary>
    public static Tensor operator *(float x, Parameter p) => x * p.Value;

    /// <summary>p / x, broadcast.</summary>
    public static Tensor operator /(Parameter p, Tensor x) => p.Value / x;

    /// <summary>x / p.</summary>
    public static Tensor operator /(float x, Parameter p) => x / p.Value;

    /// <summary>−p.</summary>
    public static Tensor operator -(Parameter p) => -p.Value;
}
