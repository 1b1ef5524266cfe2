namespace Rowan;

/// <summary>The narrowest format that holds every value of an array of floats.</summary>
public enum FloatFormat
{
    /// <summary>IEEE single.</summary>
    Float32,

    /// <summary>The upper half of an IEEE single.</summary>
    BFloat16,

    /// <summary>IEEE half.</summary>
    Float16,

    /// <summary>Whole numbers from −128 to 127.</summary>
    Int8,
}
