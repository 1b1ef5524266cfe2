using System.Reflection;
using Rowan.Numerics;

namespace Rowan.Tests;

public class LanesTests
{
    static readonly Dictionary<Type, Func<double, double>> Oracles = new()
    {
        [typeof(Negate)] = x => -x, [typeof(Exp)] = Math.Exp, [typeof(Log)] = Math.Log, [typeof(Sqrt)] = Math.Sqrt, [typeof(Abs)] = Math.Abs,
        [typeof(Relu)] = x => Math.Max(x, 0), [typeof(Tanh)] = Math.Tanh, [typeof(Sigmoid)] = x => 1 / (1 + Math.Exp(-x)),
    };

    public static TheoryData<Type> Operators =>
        [.. typeof(IUnary).Assembly.GetTypes().Where(type => type.IsValueType && typeof(IUnary).IsAssignableFrom(type))];

    [Theory, MemberData(nameof(Operators))]
    public void EveryUnaryOperatorAtEveryLength(Type op) => typeof(LanesTests).GetMethod(nameof(Check), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(op).Invoke(null, null);

    static void Check<TOp>() where TOp : struct, IUnary
    {
        Assert.True(Oracles.TryGetValue(typeof(TOp), out var oracle), $"{typeof(TOp).Name} has no oracle; add one");
        bool positive = typeof(TOp) == typeof(Log) || typeof(TOp) == typeof(Sqrt);
        for (int n = 0; n <= 70; n++)
        {
            float[] x = [.. Enumerable.Range(0, n).Select(i => (positive ? 0.05f : -3f) + i * 0.0831f)], y = new float[n], dx = new float[n], g = new float[n];
            g.AsSpan().Fill(2);
            Lanes.Map<TOp>(x, y);
            Lanes.MapBackward<TOp>(g, x, y, dx);
            for (int i = 0; i < n; i++)
            {
                Assert.Equal(oracle!(x[i]), y[i], 3e-7 * Math.Max(1, Math.Abs(y[i])));
                double h = 1e-4, slope = 2 * (oracle(x[i] + h) - oracle(x[i] - h)) / (2 * h);
                if (Math.Abs(x[i]) > 2 * h) Assert.Equal(slope, dx[i], 1e-4 * Math.Max(1, Math.Abs(slope)));
            }
        }
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
        }
    }

    [Theory]
    [InlineData(0, 2), InlineData(1, 7), InlineData(2, 5), InlineData(float.PositiveInfinity, 4)]
    public void NormsAreTheirDefinition(float p, float expected) => Assert.Equal(expected, RowMath.Norm([3, 0, -4], p), 1e-6f);
}
