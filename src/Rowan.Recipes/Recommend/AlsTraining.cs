using System.Buffers;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// Matrix factorization of implicit feedback by alternating least squares (iALS: Hu, Koren and Volinsky 2008; in the form of Rendle et
/// al. 2021): <c>Σ over chosen (u, i) of (1 − p[u]·q[i])² + w Σ over all (u, i) of (p[u]·q[i])² + λ Σ over u of (n[u] +
/// w·items)·|p[u]|²</c>, and the same term for items, where n[u] is the number of the user's items. A step solves for all users, then for
/// all items: each row is the solution of <c>(Σ q·qᵀ over its items + w·QᵀQ + λ (n + w·items) I) p = Σ q</c>.
/// </summary>
/// <remarks>Each row is solved by one thread in an order that depends on the data alone: same bits for any number of threads.</remarks>
sealed class AlsTraining : RecommendTraining
{
    /// <summary>Where the choice by validation data starts, and what is used without such data.</summary>
    public const float DefaultUnobserved = 0.02f, DefaultRegularization = 0.03f;

    // Of the most chosen item; far below any score, it orders items for users without a vector and breaks ties.
    const float Popularity = 1e-6f;

    const int Grain = 16;

    readonly FactorModel _model;
    readonly Adjacency _byUser, _byItem;
    readonly float _unobserved, _regularization;
    readonly float[] _users, _items;

    public AlsTraining(FactorModel model, RecommendData data, RecommendSettings settings) : base(model, data, settings, new Rng(0))
    {
        (_model, _unobserved, _regularization) =
            (model, settings.UnobservedWeight ?? DefaultUnobserved, settings.Regularization ?? DefaultRegularization);
        (_byUser, _byItem) = Adjacency.Of(data.Seen, data.Users.Rows, data.Items.Rows);
        long[] counts = data.ItemCounts;
        float most = Math.Max(1, counts.Max());
        model.ItemBiases.Weight.WriteValues(0, counts.Select(count => Popularity * count / most).ToArray());
        (_users, _items) = (new float[data.Users.Rows * settings.Dim], new float[data.Items.Rows * settings.Dim]);
    }

    public override long Examples => Data.Train.Count;

    public override double? LearningRate => null;

    public override string Describe(ReadOnlySpan<long> examples) => "all records";

    /// <summary>Nothing to tell: every step solves for all rows.</summary>
    public override double? RowsTouched => null;

    /// <summary>One sweep over all rows, whatever the batch.</summary>
    public override double Step(TrainingBatch batch)
    {
        _model.Factors!.Weight.ReadValues(0, _users);
        _model.ItemFactors.Weight.ReadValues(0, _items);
        Solve(_byUser, _items, _users);
        Solve(_byItem, _users, _items);
        double loss = Loss();
        if (!double.IsFinite(loss)) return loss;
        _model.Factors.Weight.WriteValues(0, _users);
        _model.ItemFactors.Weight.WriteValues(0, _items);
        return loss;
    }

    protected override Tensor Loss(TrainingBatch batch) => throw new InvalidOperationException("alternating least squares has no gradient");

    void Solve(Adjacency rows, float[] others, float[] into)
    {
        int dim = Settings.Dim, count = others.Length / dim;
        var gram = new float[dim * dim];
        MatMul.Multiply(others, true, others, false, gram, dim, dim, count);
        RowMath.Scale(gram, _unobserved);
        Workers.For(rows.Count, Grain, new Rows(rows, others, into, gram, dim, _regularization, _unobserved * count));
    }

    /// <summary>The squared error, without the regularization, per record.</summary>
    double Loss()
    {
        int dim = Settings.Dim;
        float[] user = new float[dim * dim], item = new float[dim * dim];
        MatMul.Multiply(_users, true, _users, false, user, dim, dim, _users.Length / dim);
        MatMul.Multiply(_items, true, _items, false, item, dim, dim, _items.Length / dim);
        double all = 0, chosen = 0;
        for (int i = 0; i < user.Length; i++) all += (double)user[i] * item[i];
        for (int row = 0; row < _byUser.Count; row++)
            foreach (int other in _byUser[row])
            {
                double error = 1 - RowMath.Dot(_users.AsSpan(row * dim, dim), _items.AsSpan(other * dim, dim));
                chosen += error * error;
            }
        return (chosen + _unobserved * all) / Data.Train.Count;
    }

    readonly struct Rows(Adjacency rows, float[] others, float[] into, float[] gram, int dim, float regularization, float unobserved)
        : IRangeBody
    {
        public void Run(long from, long to)
        {
            float[] rented = ArrayPool<float>.Shared.Rent(dim * dim);
            Span<float> matrix = rented.AsSpan(0, dim * dim);
            for (int row = (int)from; row < to; row++)
            {
                ReadOnlySpan<int> own = rows[row];
                Span<float> solution = into.AsSpan(row * dim, dim);
                solution.Clear();
                if (own.Length == 0) continue;
                gram.CopyTo(matrix);
                foreach (int other in own)
                {
                    ReadOnlySpan<float> q = others.AsSpan(other * dim, dim);
                    RowMath.Add(q, solution);
                    Cholesky.AddOuterProduct(q, matrix);
                }
                float diagonal = regularization * (own.Length + unobserved);
                for (int i = 0; i < dim; i++) matrix[i * dim + i] += diagonal;
                // Not positive definite: rounding, or overflow. The row becomes NaN, the loss too, and training stops with a message.
                if (!Cholesky.TrySolve(matrix, solution)) solution.Fill(float.NaN);
            }
            ArrayPool<float>.Shared.Return(rented);
        }
    }
}
