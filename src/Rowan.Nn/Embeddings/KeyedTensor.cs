using Rowan.Numerics;

namespace Rowan.Nn;

/// <summary>Vectors of several features side by side [batch, Σ dims], each found by its name. TorchRec's class of the same name.</summary>
public sealed class KeyedTensor
{
    readonly IReadOnlyDictionary<string, (int Column, int Dim)> _columns;

    internal KeyedTensor(Tensor values, IReadOnlyList<string> keys, IReadOnlyDictionary<string, (int, int)> columns) =>
        (Values, Keys, _columns) = (values, keys, columns);

    /// <summary>All vectors [batch, Σ dims], in the order of the keys.</summary>
    public Tensor Values { get; }

    /// <summary>The names of the features, in order.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The vectors of one feature [batch, dim]; gradients pass.</summary>
    /// <exception cref="ArgumentException">There is no such feature; the message lists those that are.</exception>
    public Tensor this[string key]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(key);
            Require.That(_columns.TryGetValue(key, out (int Column, int Dim) at),
                $"KeyedTensor: there is no '{key}'; there are '{string.Join("', '", Keys)}'", nameof(key));
            return Values.Slice(1, at.Column, at.Dim);
        }
    }
}
