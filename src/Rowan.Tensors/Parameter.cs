using System.Runtime.InteropServices;
using Rowan.Numerics;

namespace Rowan;

/// <summary>A dense tensor that learns: a layer's weight or bias. It stands wherever a tensor is wanted.</summary>
public sealed partial class Parameter : ILearnable, IFactoredLearnable
{
    readonly Tensor _value;

    /// <param name="value">The first values; kept, not copied.</param>
    /// <exception cref="InvalidOperationException">The tensor was computed from others.</exception>
    public Parameter(Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        value.RequiresGrad = true;
        _value = value;
    }

    /// <summary>
    /// The weights. Setting it copies the values of a tensor of the same shape into them, so that optimizers go on with the same memory.
    /// </summary>
    /// <exception cref="ArgumentException">Set to a tensor of another shape; nothing is written.</exception>
    /// <exception cref="InvalidOperationException">Set to a tensor that requires a gradient, which would be lost.</exception>
    public Tensor Value
    {
        get => _value;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (ReferenceEquals(value, _value)) return;
            Require.That(value.Shape == Shape, $"Value: a tensor of shape {value.Shape} for a parameter of shape {Shape}", nameof(value));
            Require.State(!value.RequiresGrad,
                $"Value: a tensor of shape {value.Shape} that requires a gradient is copied into a parameter, and its gradient "
                + $"would be lost; assign value.Detach()");
            CopyFrom(value.Span);
        }
    }

    /// <summary>What backward passes left since the last <see cref="ZeroGrad"/>; null where none came.</summary>
    public Tensor? Gradient => Value.Gradient;

    /// <summary>The sizes.</summary>
    public Shape Shape => Value.Shape;

    /// <summary>Values in all.</summary>
    public long Count => Value.Count;

    /// <inheritdoc/>
    public bool Frozen
    {
        get => !Value.RequiresGrad;
        set => Value.RequiresGrad = !value;
    }

    /// <inheritdoc/>
    public IReadOnlyList<long> Sizes => Shape.Sizes.ToArray();

    /// <inheritdoc/>
    public FloatFormat Format => FloatFormat.Float32;

    /// <inheritdoc/>
    public void ReadValues(long start, Span<float> into)
    {
        CheckRange(start, into.Length, "ReadValues");
        Value.Span.Slice((int)start, into.Length).CopyTo(into);
    }

    /// <inheritdoc/>
    public void WriteValues(long start, ReadOnlySpan<float> values)
    {
        CheckRange(start, values.Length, "WriteValues");
        values.CopyTo(Value.WritableSpan[(int)start..]);
    }

    /// <summary>Writes all values.</summary>
    /// <exception cref="ArgumentException">The length differs; nothing is written.</exception>
    public void CopyFrom(ReadOnlySpan<float> values)
    {
        Require.That(values.Length == Count, $"CopyFrom: {values.Length} values for a parameter of shape {Shape}", nameof(values));
        values.CopyTo(Value.WritableSpan);
    }

    /// <inheritdoc/>
    public void ZeroGrad() => Value.ZeroGrad();

    /// <inheritdoc/>
    public IUpdater<TRule> Updater<TRule>(RowUpdates rows) where TRule : struct, IUpdateRule<TRule> =>
        new DenseUpdater<TRule>(Weights, Shape.Rank < 2 || Count == 0 ? (int)Count : (int)(Count / Shape[0]), Own, Stepped);

    IUpdater<AdafactorRule> IFactoredLearnable.FactoredUpdater(RowUpdates rows) =>
        new DenseAdafactor(Weights, Shape.Sizes.ToArray(), Own, Stepped);

    /// <inheritdoc/>
    public Memory<float> GradientValues => Frozen || Gradient is null ? default : Gradient.WritableMemory;

    void CheckRange(long start, int length, string operation) =>
        Require.InRange(start >= 0 && start <= Count - length,
            $"{operation}: values {start} to {start + length} of a parameter of shape {Shape}", nameof(start));

    // An updater is made before its first step, which is what changes the values.
    Memory<float> Weights => MemoryMarshal.AsMemory(Value.Memory);

    void Stepped() => Value.Changed("a step of the optimizer");

    ReadOnlyMemory<float>? Own() => Frozen ? null : Gradient?.Memory;

    /// <summary>The weights as a tensor.</summary>
    public static implicit operator Tensor(Parameter parameter) => parameter.Value;
}
