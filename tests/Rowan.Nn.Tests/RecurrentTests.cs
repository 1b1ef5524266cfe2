using Rowan.Nn;

namespace Rowan.Tests;

/// <summary>
/// Recurrent layers against their formulas, one sequence and one step at a time, put together from ops that record themselves.
/// </summary>
public class RecurrentTests
{
    const int Time = 5, Batch = 6, Inputs = 3;

    public static TheoryData<string, int, bool> Cases =>
        [.. from kind in (string[])["lstm", "gru", "tanh", "relu"] from hidden in (int[])[1, 7, 8, 9, 16, 17,
            40] from both in (bool[])[false, true] select (kind, hidden, both)];

    [Theory, MemberData(nameof(Cases))]
    public void ValuesAndGradientsAreThoseOfTheFormulaStepByStep(string kind, int hidden, bool both)
    {
        var rng = new Rng(3);
        Recurrent layer = Make(kind, hidden, both, bias: hidden != 9, rng);
        long directions = both ? 2 : 1;
        int[]? lengths = both ? [5, 2, 3, 1, 5, 4] : null;
        Tensor x = Drawn(rng, Time, Batch, Inputs);
        Tensor[] first = [.. Enumerable.Range(0, kind == "lstm" ? 2 : 1).Select(_ => Drawn(rng, directions, Batch, hidden))];
        Tensor g = Tensor.Randn(rng, Time, Batch, directions * hidden), ends = Tensor.Randn(rng, directions, Batch, hidden);
        Tensor[] leaves = [x, .. first, .. layer.Parameters().Cast<Parameter>().Select(parameter => parameter.Value)];

        List<Tensor> Run(Func<(Tensor Output, Tensor[] Last)> forward)
        {
            foreach (Tensor leaf in leaves) leaf.ZeroGrad();
            (Tensor output, Tensor[] last) = forward();
            Tensor[] values = [output.Detach(), .. last.Select(state => state.Detach())];
            ((output * g).Sum() + last.Select(state => (state * ends).Sum()).Aggregate((a, b) => a + b)).Backward();
            return [.. values, .. leaves.Select(leaf => leaf.Gradient!.Detach())];
        }

        List<Tensor> fast = Run(() => Forward(layer, x, first, lengths)), slow = Run(() => Slow(kind, layer, hidden, x, first, lengths));
        for (int i = 0; i < slow.Count; i++)
        {
            Assert.Contains(slow[i].ToArray(), value => value != 0);
            Assert.True(fast[i].AllClose(slow[i], 1e-4f, 1e-5f), $"{i} of {slow.Count}: {fast[i]} for {slow[i]}");
        }
    }

    [Theory, InlineData("lstm"), InlineData("gru"), InlineData("tanh")]
    public void BatchFirstIsTheSameTurned(string kind)
    {
        Recurrent turned = Make(kind, 9, true, true, new Rng(3), batchFirst: true, layers: 2),
        straight = Make(kind, 9, true, true, new Rng(3), batchFirst: false, layers: 2);
        Tensor x = Drawn(new Rng(1), Time, Batch, Inputs), g = Tensor.Randn(new Rng(2), Time, Batch, 18);
        int[] lengths = [1, 2, 5, 3, 4, 4];
        (Tensor output, Tensor[] last) = Forward(straight, x, null, lengths);
        output.Backward(g);
        float[] dx = x.Gradient!.ToArray(), values = output.ToArray();
        x.ZeroGrad();
        (Tensor turnedOutput, Tensor[] turnedLast) = Forward(turned, x.Transpose(0, 1), null, lengths);
        Assert.Equal(values, turnedOutput.Transpose(0, 1).ToArray());
        for (int s = 0; s < last.Length; s++) Assert.True(last[s].SequenceEqual(turnedLast[s]));
        turnedOutput.Backward(g.Transpose(0, 1));
        Assert.Equal(dx, x.Gradient!.ToArray());
    }

    [Theory, InlineData("lstm"), InlineData("gru"), InlineData("tanh")]
    public void NothingIsKeptWhereNothingLearnsAndTheValuesAreTheSame(string kind)
    {
        Recurrent layer = Make(kind, 9, true, true, new Rng(3));
        Tensor x = Tensor.Randn(new Rng(1), Time, Batch, Inputs);
        (Tensor recorded, Tensor[] last) = Forward(layer, x, null, null);
        using (Gradients.Off())
        {
            (Tensor output, Tensor[] states) = Forward(layer, x, null, null);
            Assert.False(output.RequiresGrad);
            Assert.True(output.SequenceEqual(recorded));
            Assert.True(states[^1].SequenceEqual(last[^1]));
        }
    }

    [Fact]
    public void ABatchOfNoSequencesIsEmpty()
    {
        var lstm = new Lstm(Inputs, 4, bidirectional: true);
        (Tensor output, LstmState state) = lstm.Forward(Tensor.Zeros(Time, 0, Inputs));
        Assert.Equal((new Shape(Time, 0, 8), new Shape(2, 0, 4)), (output.Shape, state.Cell.Shape));
        output.Sum().Backward();
        Assert.All(lstm.Parameters().Cast<Parameter>().First().Gradient!.ToArray(), value => Assert.Equal(0, value));
    }

    internal static Recurrent Make(string kind, int hidden, bool both, bool bias, Rng rng, bool batchFirst = false, int layers = 1,
        int inputs = Inputs) => kind switch
    {
        "lstm" => new Lstm(inputs, hidden, layers, bias, batchFirst, bidirectional: both, rng: rng),
        "gru" => new Gru(inputs, hidden, layers, bias, batchFirst, bidirectional: both, rng: rng),
        _ => new Rnn(inputs, hidden, layers, kind == "relu" ? Nonlinearity.Relu : Nonlinearity.Tanh, bias, batchFirst, bidirectional: both,
            rng: rng),
    };

    internal static (Tensor Output, Tensor[] Last) Forward(Recurrent layer, Tensor x, Tensor[]? first, int[]? lengths)
    {
        Indices? ends = lengths is null ? null : (Indices)lengths;
        if (layer is Lstm lstm)
        {
            (Tensor output, LstmState state) = lstm.Forward(x, first is null ? null : new LstmState(first[0], first[1]), ends);
            return (output, [state.Hidden, state.Cell]);
        }
        (Tensor values, Tensor hidden) = layer is Gru gru ? gru.Forward(x, first?[0], ends) : ((Rnn)layer).Forward(x, first?[0], ends);
        return (values, [hidden]);
    }

    static Tensor Drawn(Rng rng, params long[] shape)
    {
        Tensor x = Tensor.Randn(rng, shape);
        x.RequiresGrad = true;
        return x;
    }

    static (Tensor Output, Tensor[] Last) Slow(string kind, Recurrent layer, int h, Tensor x, Tensor[] first, int[]? lengths)
    {
        int directions = (int)first[0].Shape[0];
        Parameter[] parameters = [.. layer.Parameters().Cast<Parameter>()];
        var outputs = new Tensor[Time, Batch, directions];
        Tensor[,,] last = new Tensor[first.Length, directions, Batch];
        for (int d = 0; d < directions; d++)
            for (int b = 0; b < Batch; b++)
            {
                Parameter[] own = parameters[(d * parameters.Length / directions)..];
                (Tensor? bias, Tensor? stateBias) = parameters.Length / directions == 4
                    ? (own[2].Value, own[3].Value) : ((Tensor?)null, (Tensor?)null);
                Tensor[] state = [.. first.Select(s => Ops.Select(s, d, b))];
                int steps = lengths?[b] ?? Time;
                for (int t = 0; t < Time; t++) outputs[t, b, d] = Tensor.Zeros(h);
                for (int i = 0; i < steps; i++)
                {
                    int t = d == 1 ? steps - 1 - i : i;
                    state = Step(kind, h, Ops.Affine(Ops.Select(x, t, b), own[0], bias), Ops.Affine(state[0], own[1], stateBias), state);
                    outputs[t, b, d] = state[0];
                }
                for (int s = 0; s < state.Length; s++) last[s, d, b] = state[s];
            }
        Tensor output = Ops.Stack(
            [.. Enumerable.Range(0, Time)
            .Select(t => Ops.Stack([.. Enumerable.Range(0, Batch)
            .Select(b => Ops.Concat([.. Enumerable.Range(0, directions).Select(d => outputs[t, b, d])]))]))]);
        return (output, [.. Enumerable.Range(0, first.Length)
            .Select(s => Ops.Stack([.. Enumerable.Range(0, directions)
            .Select(d => Ops.Stack([.. Enumerable.Range(0, Batch).Select(b => last[s, d, b])]))]))]);
    }

    static Tensor[] Step(string kind, int h, Tensor x, Tensor u, Tensor[] state)
    {
        Tensor Of(Tensor gates, int gate) => gates.Slice(0, gate * h, h);
        Tensor Sum(int gate) => Of(x, gate) + Of(u, gate);
        switch (kind)
        {
            case "lstm":
                Tensor c = Sum(1).Sigmoid() * state[1] + Sum(0).Sigmoid() * Sum(2).Tanh();
                return [Sum(3).Sigmoid() * c.Tanh(), c];
            case "gru":
                Tensor z = Sum(1).Sigmoid(), n = (Of(x, 2) + Sum(0).Sigmoid() * Of(u, 2)).Tanh();
                return [(1 - z) * n + z * state[0]];
            default:
                return [kind == "relu" ? (x + u).Relu() : (x + u).Tanh()];
        }
    }
}
