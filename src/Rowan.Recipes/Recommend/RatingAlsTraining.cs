using System.Buffers;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>
/// Matrix factorization of ratings by alternating least squares with weighted λ (Zhou et al. 2008), and biases:
/// <c>Σ over ratings of (r − μ − b[u] − b[i] − p[u]·q[i])² + λ Σ over u of n[u]·|p[u]|² + c Σ over u of b[u]²</c>, and the same terms for
/// items, where n[u] is the number of the user's ratings. A step solves for p and b of all users, then for q and b of all items.
/// </summary>
/// <remarks>Each row is solved by one thread in an order that depends on the data alone: same bits for any number of threads.</remarks>
sealed class RatingAlsTraining : RecommendTraining
{
    /// <summary>Where the choice by validation data starts, and what is used without such data.</summary>
    public const float DefaultRegularization = 0.1f;

    // A bias is pulled to 0 as if by so many average ratings.
    const float BiasDamping = 5;
    const int Grain = 16;

    readonly FactorModel _model;
    readonly Adjacency _byUser, _byItem;
    readonly float[] _users, _items;
    readonly int _width;

    public RatingAlsTraining(FactorModel model, RecommendData data, RecommendSettings settings) : base(model, data, settings, new Rng(0))
    {
        (_model, _width) = (model, settings.Dim + 1);
        (_byUser, _byItem) = Adjacency.Of(data.Train, i => data.Train.Ratings[i] - data.Mean, data.Users.Rows, data.Items.Rows);
        (_users, _items) = (new float[data.Users.Rows * _width], new float[data.Items.Rows * _width]);
    }

    public override long Examples => Data.Train.Count;

    public override double? LearningRate => null;

    public override string Describe(ReadOnlySpan<long> examples) => "all records";

    /// <summary>Nothing to tell: every step solves for all rows.</summary>
    public override double? RowsTouched => null;

    /// <summary>One sweep over all rows, whatever the batch.</summary>
    public override double Step(TrainingBatch batch)
    {
        Read(_model.ItemFactors, _model.ItemBiases, _items);
        Solve(_byUser, _items, _users);
        Solve(_byItem, _users, _items);
        double loss = Loss();
        if (!double.IsFinite(loss)) return loss;
        Write(_model.Factors!, _model.UserBiases!, _users);
        Write(_model.ItemFactors, _model.ItemBiases, _items);
        return loss;
    }

    protected override Tensor Loss(TrainingBatch batch) => throw new InvalidOperationException("alternating least squares has no gradient");

    void Solve(Adjacency rows, float[] others, float[] into) =>
        Workers.For(rows.Count, Grain, new Rows(rows, others, into, _width, Settings.Regularization ?? DefaultRegularization));

    double Loss()
    {
        double sum = 0;
        int dim = _width - 1;
        for (int row = 0; row < _byUser.Count; row++)
        {
            ReadOnlySpan<float> user = _users.AsSpan(row * _width, _width), ratings = _byUser.Values(row);
            ReadOnlySpan<int> own = _byUser[row];
            for (int i = 0; i < own.Length; i++)
            {
                ReadOnlySpan<float> item = _items.AsSpan(own[i] * _width, _width);
                double error = ratings[i] - user[dim] - item[dim] - RowMath.Dot(user[..dim], item[..dim]);
                sum += error * error;
            }
        }
        return sum / Data.Train.Count;
    }

    void Read(Nn.Embedding factors, Nn.Embedding biases, float[] into)
    {
        var bias = new float[into.Length / _width];
        biases.Weight.ReadValues(0, bias);
        for (int row = 0; row < bias.Length; row++)
        {
            factors.Weight.ReadValues((long)row * (_width - 1), into.AsSpan(row * _width, _width - 1));
            into[row * _width + _width - 1] = bias[row];
        }
    }

    void Write(Nn.Embedding factors, Nn.Embedding biases, float[] from)
    {
        int rows = from.Length / _width, dim = _width - 1;
        var (values, bias) = (new float[rows * dim], new float[rows]);
        for (int row = 0; row < rows; row++)
        {
            from.AsSpan(row * _width, dim).CopyTo(values.AsSpan(row * dim));
            bias[row] = from[row * _width + dim];
        }
        factors.Weight.WriteValues(0, values);
        biases.Weight.WriteValues(0, bias);
    }

    /// <summary>Rows of vectors with the bias last: the other side's bias goes to the target, and 1 stands for the own bias.</summary>
    readonly struct Rows(Adjacency rows, float[] others, float[] into, int width, float regularization) : IRangeBody
    {
        public void Run(long from, long to)
        {
            float[] rented = ArrayPool<float>.Shared.Rent(width * width + width);
            Span<float> matrix = rented.AsSpan(0, width * width), features = rented.AsSpan(width * width, width);
            for (int row = (int)from; row < to; row++)
            {
                ReadOnlySpan<int> own = rows[row];
                ReadOnlySpan<float> ratings = rows.Values(row);
                Span<float> solution = into.AsSpan(row * width, width);
                solution.Clear();
                if (own.Length == 0) continue;
                matrix.Clear();
                for (int k = 0; k < own.Length; k++)
                {
                    others.AsSpan(own[k] * width, width).CopyTo(features);
                    float target = ratings[k] - features[^1];
                    features[^1] = 1;
                    RowMath.AddScaled(features, target, solution);
                    Cholesky.AddOuterProduct(features, matrix);
                }
                for (int i = 0; i < width; i++) matrix[i * width + i] += i < width - 1 ? regularization * own.Length : BiasDamping;
                // Not positive definite: rounding, or overflow. The row becomes NaN, the loss too, and training stops with a message.
                if (!Cholesky.TrySolve(matrix, solution)) solution.Fill(float.NaN);
            }
            ArrayPool<float>.Shared.Return(rented);
        }
    }
}
