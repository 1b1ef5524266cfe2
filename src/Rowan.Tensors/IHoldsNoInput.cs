namespace Rowan.Tensors;

/// <summary>
/// A type that an operation keeps for its backward pass and that holds no values of the inputs: indices, or numbers computed from them.
/// The inputs may change before the backward pass.
/// </summary>
interface IHoldsNoInput;
