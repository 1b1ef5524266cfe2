namespace Rowan;

/// <summary>Named arrays as tensors.</summary>
public static class StateTensors
{
    /// <summary>The values in a tensor of their own.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more values than a tensor holds.</exception>
    public static Tensor ToTensor(this StateEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Tensor tensor = Tensor.Empty([.. entry.Sizes]);
        entry.Read(0, tensor.WritableSpan);
        return tensor;
    }
}
