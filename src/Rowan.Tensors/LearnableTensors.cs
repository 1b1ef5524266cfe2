using Rowan.Numerics;

namespace Rowan;

/// <summary>What a loop over the parameters of a model reads, whichever kind of learnable each is.</summary>
public static class LearnableTensors
{
    extension(ILearnable learnable)
    {
        /// <summary>The weights: of a parameter its own tensor, of a table a copy of its rows, for reading.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The table is larger than a tensor holds; read parts of it.</exception>
        public Tensor Value
        {
            get
            {
                ArgumentNullException.ThrowIfNull(learnable);
                if (learnable is Parameter parameter) return parameter.Value;
                Tensor copy = Tensor.Zeros([.. learnable.Sizes]);
                learnable.ReadValues(0, copy.WritableSpan);
                return copy;
            }
        }

        /// <summary>The sizes.</summary>
        public Shape Shape => new([.. learnable.Sizes]);

        /// <summary>Values in all.</summary>
        public long ValueCount => learnable.Sizes.Aggregate(1L, (count, size) => checked(count * size));
    }
}
