namespace Rowan.Tensors
{
    /// <summary>How the gradient of a value becomes the gradient of one input, given what the op kept.</summary>
    public delegate Tensor Pull<in TKept>(Tensor gradient, TKept kept);
}

namespace Rowan
{
    /// <summary>Whether ops are recorded for a backward pass.</summary>
    public static class Gradients
    {
        [ThreadStatic] static int _off;

        /// <summary>Whether nothing is recorded on this thread just now.</summary>
        public static bool AreOff => _off > 0;

        /// <summary>Nothing is recorded on this thread until the scope is disposed: <c>using (Gradients.Off()) { … }</c>.</summary>
        /// <remarks>The scope is a ref struct, so that it cannot be carried over an await to another thread.</remarks>
        public static Scope Off()
        {
            _off++;
            return default;
        }

        /// <summary>As <see cref="Off"/>: PyTorch's name.</summary>
        public static Scope NoGrad() => Off();

        /// <summary>Ends with the block that opened it.</summary>
        public readonly ref struct Scope
        {
            /// <summary>Records again, unless an outer scope is open.</summary>
            public void Dispose() => _off--;
        }
    }
}
