namespace Rowan;

/// <summary>
/// Operations under the name of the class of what they take, as <c>torch.tril(x)</c> has them under that of the library.
/// </summary>
public static class TensorStatics
{
    extension(Tensor)
    {
        /// <inheritdoc cref="Ops.Tril"/>
        public static Tensor Tril(Tensor x, int diagonal = 0) => Ops.Tril(x, diagonal);

        /// <inheritdoc cref="Ops.Triu"/>
        public static Tensor Triu(Tensor x, int diagonal = 0) => Ops.Triu(x, diagonal);
    }
}
