namespace Rowan.Numerics;

/// <summary>The normal distribution in double precision: for single draws, never for loops over tables.</summary>
public static class Distribution
{
    /// <summary>2/√π·∫₀ˣ e^−t² dt, within 10⁻¹⁵: its series near 0, the continued fraction of its complement beyond.</summary>
    public static double Erf(double x)
    {
        double a = Math.Abs(x);
        if (a > 6) return Math.Sign(x);
        if (a < 2.5)
        {
            double term = x, sum = x;
            for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
            {
                term *= -x * x / n;
                sum += term / (2 * n + 1);
            }
            return 2 / Math.Sqrt(Math.PI) * sum;
        }
        double fraction = a;
        for (int n = 60; n >= 1; n--) fraction = a + n / 2.0 / fraction;
        return Math.Sign(x) * (1 - Math.Exp(-a * a) / Math.Sqrt(Math.PI) / fraction);
    }

    /// <summary>
    /// The x whose <see cref="Erf"/> is y, −1 ≤ y ≤ 1: a closed approximation (Winitzki 2008), then three steps of Newton's method.
    /// </summary>
    public static double InverseErf(double y)
    {
        if (y is -1 or 1) return y * double.PositiveInfinity;
        const double A = 0.147;
        double log = Math.Log((1 - y) * (1 + y)), half = 2 / (Math.PI * A) + log / 2;
        double x = Math.CopySign(Math.Sqrt(Math.Sqrt(half * half - log / A) - half), y);
        for (int step = 0; step < 3; step++) x -= (Erf(x) - y) * Math.Sqrt(Math.PI) / 2 * Math.Exp(x * x);
        return x;
    }
}
