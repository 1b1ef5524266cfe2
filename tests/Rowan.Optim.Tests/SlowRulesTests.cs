using Rowan.Numerics;
using Rowan.TestSupport;

namespace Rowan.Tests;

/// <summary>Rules that libtorch's C++ side lacks, against their papers written out in double, one weight at a time.</summary>
public class SlowRulesTests
{
    const int Rows = 4, Dim = 5, Steps = 30;
    const double Rate = 0.05, B1 = 0.9, B2 = 0.99, Epsilon = 1e-6, Decay = 0.1;

    delegate void Slow(double[,] w, double[,] g, int step);

    [Fact]
    public void RAdamIsItsPaper()
    {
        (double[,] m, double[,] v) = (new double[Rows, Dim], new double[Rows, Dim]);
        Compare(p => new RAdam(p) { LearningRate = (float)Rate, Beta2 = (float)B2, Epsilon = (float)Epsilon, WeightDecay = (float)Decay },
            (w, g, t) => Each((i, j) =>
        {
            double gradient = g[i, j] + Decay * w[i, j];
            m[i, j] = B1 * m[i, j] + (1 - B1) * gradient;
            v[i, j] = B2 * v[i, j] + (1 - B2) * gradient * gradient;
            double limit = 2 / (1 - B2) - 1, length = limit - 2 * t * Math.Pow(B2, t) / (1 - Math.Pow(B2, t)),
            mean = m[i, j] / (1 - Math.Pow(B1, t));
            double r = length > 5 ? Math.Sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)) * Math.Sqrt(1
                - Math.Pow(B2, t)) / (Math.Sqrt(v[i, j]) + Epsilon) : 1;
            w[i, j] -= Rate * r * mean;
        }));
    }

    /// <summary>Against PyTorch too (numbers made by eng/torch-goldens.py).</summary>
    [Theory, InlineData("RAdam_plain"), InlineData("RAdam_weight_decay")]
    public void RAdamIsPyTorchs(string name)
    {
        Golden golden = Golden.Read("optim_torch.json", name);
        var parameter = new Parameter(golden.Tensor("params", "p"));
        var optimizer = new RAdam(parameter) {
            LearningRate = 0.05f, Beta1 = 0.8f, Beta2 = 0.9f, Epsilon = 1e-6f, WeightDecay = (float)golden.Setting("weight_decay")! };
        Tensor gradients = golden.Tensor("inputs", "grads"), after = golden.Tensor("outputs", "p_after");
        for (int step = 0; step < 12; step++)
        {
            optimizer.ZeroGrad();
            (parameter.Value * gradients[step]).Sum().Backward();
            optimizer.Step();
            Golden.Close(after[step].Span, parameter.Value.Span, 1e-6f * (step + 1), $"step {step}");
        }
    }

    /// <summary>Against PyTorch too (numbers made by eng/torch-goldens.py).</summary>
    [Theory, InlineData("Adamax_plain"), InlineData("Adamax_decay")]
    public void AdamaxIsPyTorchs(string name)
    {
        Golden golden = Golden.Read("optim_torch.json", name);
        var parameter = new Parameter(golden.Tensor("params", "p"));
        var optimizer = new Adamax(parameter) { LearningRate = 0.05f, Beta1 = 0.8f, Beta2 = 0.9f, Epsilon = 1e-6f,
            WeightDecay = (float)(golden.Setting("weight_decay") ?? 0) };
        Tensor gradients = golden.Tensor("inputs", "grads"), after = golden.Tensor("outputs", "p_after");
        for (int step = 0; step < 12; step++)
        {
            optimizer.ZeroGrad();
            (parameter.Value * gradients[step]).Sum().Backward();
            optimizer.Step();
            Golden.Close(after[step].Span, parameter.Value.Span, 1e-6f * (step + 1), $"step {step}");
        }
    }

    [Fact]
    public void RowWiseAdagradIsItsFormula()
    {
        var s = new double[Rows];
        Compare(p => new RowWiseAdagrad(p) {
            LearningRate = (float)Rate, Epsilon = (float)Epsilon, WeightDecay = (float)Decay, InitialAccumulator = 0.2f }, (w, g, t) =>
        {
            for (int i = 0; i < Rows; i++)
            {
                double mean = 0;
                for (int j = 0; j < Dim; j++) mean += Math.Pow(g[i, j] + Decay * w[i, j], 2) / Dim;
                s[i] += mean;
                for (int j = 0; j < Dim; j++) w[i, j] -= Rate * (g[i, j] + Decay * w[i, j]) / (Math.Sqrt(s[i] + 0.2f) + Epsilon);
            }
        });
    }

    [Fact]
    public void RowWiseAdamIsItsFormula()
    {
        (double[,] m, double[] v) = (new double[Rows, Dim], new double[Rows]);
        Compare(p => new RowWiseAdam(p) {
            LearningRate = (float)Rate, Beta2 = (float)B2, Epsilon = (float)Epsilon, WeightDecay = (float)Decay }, (w, g, t) =>
        {
            for (int i = 0; i < Rows; i++)
            {
                double mean = 0;
                for (int j = 0; j < Dim; j++) mean += g[i, j] * g[i, j] / Dim;
                v[i] = B2 * v[i] + (1 - B2) * mean;
                for (int j = 0; j < Dim; j++)
                {
                    m[i, j] = B1 * m[i, j] + (1 - B1) * g[i, j];
                    w[i, j] = w[i, j] * (1 - Rate * Decay)
                        - Rate * m[i, j] / (1 - Math.Pow(B1, t)) / (Math.Sqrt(v[i] / (1 - Math.Pow(B2, t))) + Epsilon);
                }
            }
        });
    }

    [Theory, InlineData(false), InlineData(true)]
    public void LambIsItsPaper(bool byRow)
    {
        (double[,] m, double[,] v, double[,] u) = (new double[Rows, Dim], new double[Rows, Dim], new double[Rows, Dim]);
        Compare(p => new Lamb(p) {
            LearningRate = (float)Rate, Beta2 = (float)B2, Epsilon = (float)Epsilon, WeightDecay = (float)Decay, ByRow = byRow },
            (w, g, t) =>
        {
            (double[] weights, double[] updates) = (new double[Rows], new double[Rows]);
            Each((i, j) =>
            {
                m[i, j] = B1 * m[i, j] + (1 - B1) * g[i, j];
                v[i, j] = B2 * v[i, j] + (1 - B2) * g[i, j] * g[i, j];
                u[i, j] = m[i, j] / (1 - Math.Pow(B1, t)) / (Math.Sqrt(v[i, j] / (1 - Math.Pow(B2, t))) + Epsilon) + Decay * w[i, j];
                weights[i] += w[i, j] * w[i, j];
                updates[i] += u[i, j] * u[i, j];
            });
            Each((i, j) => w[i, j] -= Rate * Math.Sqrt(byRow ? weights[i] / updates[i] : weights.Sum() / updates.Sum()) * u[i, j]);
        });
    }

    [Fact]
    public void AdadeltaIsItsPaper()
    {
        (double[,] v, double[,] u) = (new double[Rows, Dim], new double[Rows, Dim]);
        Compare(p => new Adadelta(p) { LearningRate = (float)Rate, Rho = (float)B1, Epsilon = (float)Epsilon, WeightDecay = (float)Decay },
            (w, g, t) => Each((i, j) =>
        {
            double gradient = g[i, j] + Decay * w[i, j];
            v[i, j] = B1 * v[i, j] + (1 - B1) * gradient * gradient;
            double delta = Math.Sqrt(u[i, j] + Epsilon) / Math.Sqrt(v[i, j] + Epsilon) * gradient;
            u[i, j] = B1 * u[i, j] + (1 - B1) * delta * delta;
            w[i, j] -= Rate * delta;
        }));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void NAdamIsItsPaper(bool decoupled)
    {
        (double[,] m, double[,] v) = (new double[Rows, Dim], new double[Rows, Dim]);
        double product = 1;
        Compare(p => new NAdam(p)
        {
            LearningRate = (float)Rate, Beta1 = (float)B1, Beta2 = (float)B2, Epsilon = (float)Epsilon, WeightDecay = (float)Decay,
                MomentumDecay = 0.5f, DecoupledWeightDecay = decoupled,
        }, (w, g, t) =>
        {
            double now = B1 * (1 - 0.5 * Math.Pow(0.96, t * 0.5)), next = B1 * (1 - 0.5 * Math.Pow(0.96, (t + 1) * 0.5));
            product *= now;
            Each((i, j) =>
            {
                double gradient = decoupled ? g[i, j] : g[i, j] + Decay * w[i, j];
                if (decoupled) w[i, j] *= 1 - Rate * Decay;
                m[i, j] = B1 * m[i, j] + (1 - B1) * gradient;
                v[i, j] = B2 * v[i, j] + (1 - B2) * gradient * gradient;
                double divisor = Math.Sqrt(v[i, j] / (1 - Math.Pow(B2, t))) + Epsilon;
                w[i, j] -= Rate * (1 - now) / (1 - product) * gradient / divisor + Rate * next / (1 - product * next) * m[i, j] / divisor;
            });
        });
    }

    [Fact]
    public void AdamaxIsItsPaper()
    {
        (double[,] m, double[,] u) = (new double[Rows, Dim], new double[Rows, Dim]);
        Compare(p => new Adamax(p) { LearningRate = (float)Rate, Beta1 = (float)B1, Beta2 = (float)B2, Epsilon = (float)Epsilon,
            WeightDecay = (float)Decay }, (w, g, t) => Each((i, j) =>
        {
            double gradient = g[i, j] + Decay * w[i, j];
            m[i, j] = B1 * m[i, j] + (1 - B1) * gradient;
            u[i, j] = Math.Max(B2 * u[i, j], Math.Abs(gradient) + Epsilon);
            w[i, j] -= Rate / (1 - Math.Pow(B1, t)) * m[i, j] / u[i, j];
        }));
    }

    [Fact]
    public void FtrlIsItsPaper()
    {
        (double[,] z, double[,] n) = (new double[Rows, Dim], new double[Rows, Dim]);
        Compare(p => new Ftrl(p) { LearningRate = (float)Rate, Beta = 0.5f, L1 = 0.3f, L2 = 0.2f }, (w, g, t) => Each((i, j) =>
        {
            double sigma = (Math.Sqrt(n[i, j] + g[i, j] * g[i, j]) - Math.Sqrt(n[i, j])) / Rate;
            z[i, j] += g[i, j] - sigma * w[i, j];
            n[i, j] += g[i, j] * g[i, j];
            w[i, j] = Math.Abs(z[i, j]) <= 0.3f ? 0 : -(z[i, j] - Math.Sign(z[i, j]) * 0.3f) / ((0.5 + Math.Sqrt(n[i, j])) / Rate + 0.2f);
        }));
    }

    [Fact]
    public void AdafactorIsItsPaper()
    {
        (double[] r, double[] c) = (new double[Rows], new double[Dim]);
        Compare(p => new Adafactor(p) { LearningRate = (float)Rate, WeightDecay = (float)Decay }, (w, g, t) =>
        {
            double beta = 1 - Math.Pow(t, -0.8), size = 0, sum = 0;
            Each((i, j) => size += w[i, j] * w[i, j]);
            for (int i = 0; i < Rows; i++) r[i] = beta * r[i] + (1 - beta) * Enumerable.Range(0, Dim).Sum(j => g[i, j] * g[i, j]) / Dim;
            for (int j = 0; j < Dim; j++) c[j] = beta * c[j] + (1 - beta) * Enumerable.Range(0, Rows).Sum(i => g[i, j] * g[i, j]) / Rows;
            var u = new double[Rows, Dim];
            Each((i, j) => sum += Math.Pow(u[i, j] = g[i, j] / Math.Sqrt(r[i] * c[j] / r.Average()), 2));
            double alpha = Math.Max(1e-3, Math.Sqrt(size / (Rows * Dim))) * Math.Min(Rate, 1 / Math.Sqrt(t));
            Each((i, j) => w[i, j] = w[i, j] * (1 - Rate * Decay) - alpha * u[i, j] / Math.Max(1, Math.Sqrt(sum / (Rows * Dim))));
        });
    }

    /// <summary>A vector keeps all its mean squares.</summary>
    [Fact]
    public void AdafactorOfAVectorIsNotFactored()
    {
        var rng = new Rng(3);
        var p = new Parameter(Tensor.Ones(7));
        var optimizer = new Adafactor(p) { LearningRate = 0.05f };
        (double[] w, double[] v) = ([.. Enumerable.Repeat(1.0, 7)], new double[7]);
        for (int t = 1; t <= 20; t++)
        {
            Tensor g = Tensor.Randn(rng, 7);
            optimizer.ZeroGrad();
            (p.Value * g).Sum().Backward();
            optimizer.Step();
            double beta = 1 - Math.Pow(t, -0.8), size = w.Sum(value => value * value);
            double[] u = new double[7];
            for (int i = 0; i < 7; i++)
            {
                v[i] = beta * v[i] + (1 - beta) * Math.Pow(g.Span[i], 2);
                u[i] = g.Span[i] / Math.Sqrt(v[i]);
            }
            double alpha = Math.Max(1e-3, Math.Sqrt(size / 7)) * Math.Min(0.05, 1 / Math.Sqrt(t)),
            clip = Math.Max(1, Math.Sqrt(u.Sum(value => value * value) / 7));
            for (int i = 0; i < 7; i++) w[i] -= alpha * u[i] / clip;
        }
        Golden.Close([.. w.Select(value => (float)value)], p.Value.Span, 1e-5f, "weights");
    }

    static void Compare(Func<ILearnable, Optimizer> make, Slow slow)
    {
        var rng = new Rng(9);
        Tensor start = Tensor.Randn(rng, Rows, Dim);
        var parameter = new Parameter(start.Clone());
        Optimizer optimizer = make(parameter);
        var w = new double[Rows, Dim];
        Each((i, j) => w[i, j] = start.At(i, j));
        for (int t = 1; t <= Steps; t++)
        {
            Tensor g = Tensor.Randn(rng, Rows, Dim);
            optimizer.ZeroGrad();
            (parameter.Value * g).Sum().Backward();
            optimizer.Step();
            var gradient = new double[Rows, Dim];
            Each((i, j) => gradient[i, j] = g.At(i, j));
            slow(w, gradient, t);
        }
        Golden.Close([.. w.Cast<double>().Select(value => (float)value)], parameter.Value.Span, 2e-5f, "weights");
    }

    static void Each(Action<int, int> at)
    {
        for (int i = 0; i < Rows; i++)
            for (int j = 0; j < Dim; j++) at(i, j);
    }
}
