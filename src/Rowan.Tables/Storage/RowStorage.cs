namespace Rowan;

/// <summary>How a table stores its values. Arithmetic is float32 in each case; precision after an update and memory differ.</summary>
public enum RowStorage
{
    /// <summary>4 bytes per value, exact.</summary>
    Float32,

    /// <summary>2 bytes per value: the range of a float with 8 bits of precision. Updated rows are rounded stochastically.</summary>
    BFloat16,

    /// <summary>
    /// 2 bytes per value: 11 bits of precision, between 6·10⁻⁸ and 65,504. Updated rows are rounded stochastically; larger values become
    /// infinity.
    /// </summary>
    Float16,

    /// <summary>
    /// 4 bytes per value in two arrays: lookups read the nearest bfloat16, half the bytes; an update joins both halves to the exact
    /// float. Trains as float32 does under gradients that were taken at bfloat16 weights.
    /// </summary>
    SplitBFloat16,
}
