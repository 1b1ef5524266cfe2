using Rowan.Numerics;
using Rowan.Tensors;

namespace Rowan.Tensors
{
    /// <summary>
    /// How the gradients of several values, null where none came, become those of the inputs, in their order; null for one that does not
    /// learn.
    /// </summary>
    public delegate IReadOnlyList<Tensor?> PullTogether<in TKept>(IReadOnlyList<Tensor?> gradients, TKept kept);
}

namespace Rowan
{
    public sealed partial class Tensor
    {
        /// <summary>
        /// As <see cref="Record{TKept}(Tensor, TKept, ReadOnlySpan{ValueTuple{Tensor, Pull{TKept}}})"/>, for an op of several values: one
        /// rule takes the gradients of all of them and gives those of all inputs.
        /// </summary>
        /// <param name="values">What the op computed.</param>
        /// <param name="kept">All that the rule needs.</param>
        /// <param name="inputs">What it was computed from.</param>
        /// <param name="pull">The rule, called once in a backward pass that reaches any of the values.</param>
        /// <returns>
        /// What the values share, a tensor without values: <see cref="Keeping"/> lets scratch, and values, go back when the rule has run.
        /// </returns>
        public static Tensor RecordTogether<TKept>(ReadOnlySpan<Tensor> values, TKept kept, ReadOnlySpan<Tensor> inputs,
            PullTogether<TKept> pull)
        {
            // The values are computed from one tensor, and that from the inputs: so its turn comes after all of theirs.
            Tensor shared = Empty(0);
            if (Trace.IsOn)
                foreach (Tensor value in values) Trace.Recorded(value, inputs);
            if (Gradients.AreOff) return shared;
            bool learns = false;
            foreach (Tensor input in inputs) learns |= input.RequiresGrad;
            if (!learns) return shared;
            var node = new SharedNode<TKept>(kept, inputs.ToArray(), values.Length, pull);
            node.Watched = WatchedOf(inputs);
            shared._node = node;
            for (int i = 0; i < values.Length; i++) values[i]._node = new PartNode(shared, node, i);
            return shared;
        }

        /// <summary>One of several values: it hands its gradient to what they share.</summary>
        sealed class PartNode(Tensor shared, SharedNode node, int place) : Node
        {
            static readonly Tensor _nothing = new([], 0, new Shape(0));

            public override Tensor? Input(int i) => i == 0 ? shared : null;

            public override void Pull(Tensor g, BackwardPass pass)
            {
                node.Take(g, place, pass);
                pass.Add(shared, _nothing);
            }
        }

        abstract class SharedNode(int values) : Node
        {
            BackwardPass? _pass;

            protected Tensor?[] Taken { get; } = new Tensor?[values];

            public void Take(Tensor g, int place, BackwardPass pass)
            {
                // What a pass that threw left behind is not this one's.
                if (_pass != pass) System.Array.Clear(Taken);
                _pass = pass;
                g.PooledBuffer?.Hold();
                Taken[place] = g;
            }

            protected void Drop()
            {
                foreach (Tensor? g in Taken) g?.PooledBuffer?.Drop();
                System.Array.Clear(Taken);
                _pass = null;
            }
        }

        sealed class SharedNode<TKept>(TKept kept, Tensor[] inputs, int values, PullTogether<TKept> pull) : SharedNode(values)
        {
            TKept? _kept = kept;
            Tensor[] _inputs = inputs;

            public override Tensor? Input(int i) => i < _inputs.Length ? _inputs[i] : null;

            public override void Pull(Tensor g, BackwardPass pass)
            {
                IReadOnlyList<Tensor?> parts = pull(Taken, _kept!);
                for (int i = 0; i < _inputs.Length; i++)
                    if (_inputs[i].RequiresGrad && parts[i] is { } part) pass.Add(_inputs[i], Broadcast.SumTo(part, _inputs[i].Shape));
                Drop();
            }

            public override PooledBuffer? UseUp()
            {
                (_kept, _inputs) = (default, []);
                return base.UseUp();
            }
        }
    }
}
