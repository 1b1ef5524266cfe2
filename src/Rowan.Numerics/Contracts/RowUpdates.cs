namespace Rowan.Numerics;

/// <summary>How rows of a table move that a step brings no gradient.</summary>
public enum RowUpdates
{
    /// <summary>
    /// As under a dense optimizer: the decay of momentum and the pull of weight decay reach every row, but are paid for only
    /// when the row is next touched or read. Equal to the dense result within float rounding.
    /// </summary>
    Exact,

    /// <summary>
    /// Rows that were not looked up stay where they are, and so does their state (as PyTorch's SparseAdam and FBGEMM do).
    /// </summary>
    Lazy,
}
