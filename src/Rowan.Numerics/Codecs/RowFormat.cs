namespace Rowan;

/// <summary>
/// How a row of floats is stored in fewer bytes. Each name says whose format it is, byte for byte; D is the number of values.
/// </summary>
public enum RowFormat
{
    /// <summary>PyTorch and FBGEMM, fused row-wise: D codes of 8 bits, then scale and bias in float32.  D + 8 bytes.</summary>
    Fused8Bit,

    /// <summary>
    /// PyTorch and FBGEMM, fused row-wise: codes of 4 bits, the first in the low bits, then scale and bias in float16. ⌈D/2⌉ + 4 bytes.
    /// </summary>
    Fused4Bit,

    /// <summary>
    /// PyTorch and FBGEMM, fused row-wise: codes of 2 bits, the first in the low bits, then scale and bias in float16. ⌈D/4⌉ + 4 bytes.
    /// </summary>
    Fused2Bit,

    /// <summary>FBGEMM table-batched inference: scale and bias in float16, then D codes of 8 bits.  D + 4 bytes.</summary>
    TbeInt8,

    /// <summary>FBGEMM table-batched inference: scale and bias in float16, then codes of 4 bits.  ⌈D/2⌉ + 4 bytes.</summary>
    TbeInt4,

    /// <summary>FBGEMM table-batched inference: scale and bias in float16, then codes of 2 bits.  ⌈D/4⌉ + 4 bytes.</summary>
    TbeInt2,

    /// <summary>
    /// FBGEMM table-batched inference, 8-bit floats of 4 exponent bits with bias 7, without scale: ±2⁻⁹ to ±240. D bytes.
    /// </summary>
    TbeFp8,
}
