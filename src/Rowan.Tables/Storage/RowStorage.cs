namespace Rowan;

/// <summary>How a table keeps its values. Arithmetic is float32 with each; what differs is what a row remembers after it moved, and what it weighs.</summary>
public enum RowStorage
{
    /// <summary>4 bytes a value, exact.</summary>
    Float32,

    /// <summary>2 bytes a value: the range of a float with 8 bits of precision. Moved rows are rounded stochastically.</summary>
    BFloat16,

    /// <summary>2 bytes a value: 11 bits of precision, between 6·10⁻⁸ and 65,504. Moved rows are rounded stochastically; beyond the largest lies infinity.</summary>
    Float16,

    /// <summary>
    /// 4 bytes a value in two arrays: lookups read the nearest bfloat16, half the bytes; an update joins both halves to the exact float. Trains as float32 does under gradients that
    /// were taken at bfloat16 weights.
    /// </summary>
    SplitBFloat16,
}
