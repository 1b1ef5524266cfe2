namespace Rowan.Tensors;

/// <summary>Gradients that one walk back computes together: the first rule that asks sets it off, and each takes its own.</summary>
abstract class JointGradients
{
    Tensor?[]? _gradients;
    int _learning, _taken;

    /// <summary>Records a value computed from inputs; null for one that is not there.</summary>
    public static Tensor Record(Tensor value, JointGradients kept, params ReadOnlySpan<Tensor?> inputs)
    {
        var edges = new (Tensor, Pull<JointGradients>)[inputs.Length];
        int count = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is not { } input) continue;
            int which = i;
            edges[count++] = (input, (g, kept) => kept.Take(g, which));
            if (input.RequiresGrad) kept._learning++;
        }
        return Tensor.Record(value, kept, edges.AsSpan(0, count));
    }

    /// <summary>The gradient of each input; null where it does not learn, or is not there.</summary>
    protected abstract Tensor?[] Walk(Tensor g);

    Tensor Take(Tensor g, int which)
    {
        Tensor?[] gradients = _gradients ??= Walk(g);
        if (++_taken == _learning) (_gradients, _taken) = (null, 0);
        return gradients[which]!;
    }
}
