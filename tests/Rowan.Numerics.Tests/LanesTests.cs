using System.Reflection;
using Rowan.Numerics;

namespace Rowan.Tests;

public class LanesTests
{
    /// <summary>An operator, what it should be, and where it has no derivative.</summary>
    static readonly (IUnary Op, Func<double, double> Oracle, double[] Kinks)[] Oracles =
    [
        (default(Negate), x => -x, []), (default(Exp), Math.Exp, []), (new SquareFrom(0.5f), x => (x - 0.5) * (x - 0.5), []),
        (new ShiftedExp(1.5f, 0.7f), x => 0.7f * Math.Exp(x - 1.5), []), (default(Log), Math.Log, []), (default(Sqrt), Math.Sqrt, []),
        (default(Abs), Math.Abs, [0]),
        (default(Square), x => x * x, []), (default(Rsqrt), x => 1 / Math.Sqrt(x), []), (default(Sign), x => Math.Sign(x), [0]),
        (default(Relu), x => Math.Max(x, 0), [0]), (default(Tanh), Math.Tanh, []), (default(Sigmoid), Sigmoid, []),
        (new LeakyRelu(0.2f), x => x > 0 ? x : 0.2f * x, [0]), (new HardTanh(-1.1f, 0.7f), x => Math.Clamp(x, -1.1f, 0.7f), [-1.1, 0.7]),
        (new Clamp(-1.1f, 0.7f), x => Math.Clamp(x, -1.1f, 0.7f), [-1.1, 0.7]),
        (default(HardSigmoid), x => Math.Clamp(x / 6 + 0.5, 0, 1), [-3, 3]),
        (default(HardSwish), x => x * Math.Clamp(x + 3, 0, 6) / 6, [-3, 3]), (default(Softsign), x => x / (1 + Math.Abs(x)), []),
        (default(Silu), x => x * Sigmoid(x), []),
        (default(LogSigmoid), x => Math.Log(Sigmoid(x)), []), (default(Mish), x => x * Math.Tanh(Math.Log(1 + Math.Exp(x))), []),
        (new Elu(0.5f), x => x > 0 ? x : 0.5 * (Math.Exp(x) - 1), [0]),
        (new Elu(1.5f, 1.1f, 1 / 1.5f), x => x > 0 ? 1.1f * x : 1.1f * 1.5 * (Math.Exp(x / 1.5) - 1), [0]),
        (new Softplus(2, 5), x => 2 * x > 5 ? x : Math.Log(1 + Math.Exp(2 * x)) / 2, [2.5]), (default(Erf), Erf, []),
        (default(Sin), Math.Sin, []), (default(Cos), Math.Cos, []), (default(Gelu), x => x * (1 + Erf(x / Math.Sqrt(2))) / 2, []),
        (new Hinge(0.7f), x => Math.Max(x - 0.7, 0), [0.7]), (new StepAbove(0.7f, 1.5f), x => x > 0.7f ? 1.5 : 0, [0.7]),
        (default(GeluTanh), x => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))), []),
    ];

    public static TheoryData<Type> Operators =>
        [.. typeof(IUnary).Assembly.GetTypes().Where(type => type.IsValueType && typeof(IUnary).IsAssignableFrom(type))];

    [Theory, MemberData(nameof(Operators))]
    public void EveryUnaryOperatorAtEveryLength(Type op)
    {
        (IUnary Op, Func<double, double> Oracle, double[] Kinks)[] cases = [.. Oracles.Where(oracle => oracle.Op.GetType() == op)];
        Assert.True(cases.Length > 0, $"{op.Name} has no oracle; add one");
        foreach ((IUnary one, Func<double, double> oracle, double[] kinks) in cases)
            typeof(LanesTests).GetMethod(nameof(Check), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(op)
                .Invoke(null, [one, oracle, kinks]);
    }

    static void Check<TOp>(TOp op, Func<double, double> oracle, double[] kinks) where TOp : struct, IUnary
    {
        bool positive = typeof(TOp) == typeof(Log) || typeof(TOp) == typeof(Sqrt) || typeof(TOp) == typeof(Rsqrt);
        for (int n = 0; n <= 110; n++)
        {
            float[] x = [.. Enumerable.Range(0, n).Select(i => (positive ? 0.05f : -4f) + i * 0.0831f)], y = new float[n],
            dx = new float[n], g = new float[n];
            g.AsSpan().Fill(2);
            Lanes.Map(op, x, y);
            Lanes.MapBackward(op, g, x, y, dx);
            for (int i = 0; i < n; i++)
            {
                Assert.Equal(oracle(x[i]), y[i], 6e-7 * Math.Max(1, Math.Abs(y[i])));
                double h = 1e-4, slope = 2 * (oracle(x[i] + h) - oracle(x[i] - h)) / (2 * h);
                if (kinks.All(kink => Math.Abs(x[i] - kink) > 2 * h)) Assert.Equal(slope, dx[i], 1e-4 * Math.Max(1, Math.Abs(slope)));
            }
        }
    }

    static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>The integral itself, by Simpson's rule.</summary>
    static double Erf(double x)
    {
        const int Steps = 400;
        double h = x / Steps, sum = 1 + Math.Exp(-x * x);
        for (int i = 1; i < Steps; i++) sum += (i % 2 == 0 ? 2 : 4) * Math.Exp(-(i * h) * (i * h));
        return 2 / Math.Sqrt(Math.PI) * sum * h / 3;
    }

    [Fact]
    public void SmallValuesKeepTheirDigits()
    {
        float[] x = [1e-20f, 1e-6f, -1e-6f, 1e-3f], y = new float[4];
        Lanes.Map<Erf>(x, y);
        for (int i = 0; i < 4; i++) Assert.Equal(1.1283791670955126 * x[i], y[i], 1e-6 * Math.Abs(y[i]));
        Lanes.Map(new Softplus(1, 20), [-40f], y);
        Assert.Equal(Math.Exp(-40), y[0], 1e-6 * Math.Exp(-40));
    }

    [Fact]
    public void TheExponentialIsRightToTheLastPlaceFromZeroToInfinity()
    {
        float[] x = [.. Enumerable.Range(0, 200_001).Select(i => -105 + i * 0.00097f)], y = new float[x.Length];
        Lanes.Map<Exp>(x, y);
        for (int i = 0; i < x.Length; i++)
        {
            float exact = (float)Math.Exp(x[i]);
            if (float.IsInfinity(exact)) Assert.Equal(exact, y[i]);
            else Assert.InRange(y[i], MathF.BitDecrement(exact), MathF.BitIncrement(exact));
        }
        float[] edges = [0, -0f, float.NegativeInfinity, float.PositiveInfinity, float.NaN, 1000, -1000],
        expected = [1, 1, 0, float.PositiveInfinity, float.NaN, float.PositiveInfinity, 0];
        Lanes.Map<Exp>(edges, edges);
        Assert.Equal(expected, edges);
    }

    [Fact]
    public void ZipTakesOneValueForMany()
    {
        for (int n = 1; n <= 40; n++)
        {
            float[] x = [.. Enumerable.Range(1, n).Select(i => (float)i)], z = new float[n];
            Lanes.Zip<Subtract>(x, [10], z);
            Assert.Equal(x.Select(value => value - 10), z);
            Lanes.Zip<Subtract>([10], x, z);
            Assert.Equal(x.Select(value => 10 - value), z);
            Lanes.Zip<Divide>(x, x, z);
            Assert.All(z, value => Assert.Equal(1, value));
        }
    }

    [Fact]
    public void RowsAddScaleAndMultiplyAtEveryLength()
    {
        var rng = new Rng(0);
        for (int n = 0; n <= 70; n++)
        {
            float[] x = new float[n], y = new float[n];
            rng.Randn(x);
            rng.Randn(y);
            float[] sum = [.. y], scaled = [.. y], times = [.. x];
            RowMath.Add(x, sum);
            RowMath.AddScaled(x, 0.5f, scaled);
            RowMath.Scale(times, 3);
            for (int i = 0; i < n; i++)
            {
                Assert.Equal(x[i] + y[i], sum[i]);
                Assert.Equal(y[i] + x[i] * 0.5f, scaled[i]);
                Assert.Equal(x[i] * 3, times[i]);
            }
            Assert.Equal(x.Zip(y, (a, b) => (double)a * b).Sum(), RowMath.Dot(x, y), 1e-5 * (n + 1));
            Assert.Equal(x.Sum(value => (double)value), Lanes.Sum(x), 1e-5 * (n + 1));
            Assert.Equal(x.Sum(value => Math.Exp(value)), Lanes.Sum(default(Exp), x), 1e-5 * (n + 1));
            Assert.Equal(x.Append(float.NegativeInfinity).Max(), RowMath.Largest(x));
        }
    }

    [Theory]
    [InlineData(0, 2), InlineData(1, 7), InlineData(2, 5), InlineData(float.PositiveInfinity, 4)]
    public void NormsAreTheirDefinition(float p, float expected) => Assert.Equal(expected, RowMath.Norm([3, 0, -4], p), 1e-6f);
}
