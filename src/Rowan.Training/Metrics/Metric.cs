namespace Rowan.Training;

/// <summary>A named metric.</summary>
/// <param name="Name">In lower case: "hr@10", "accuracy", "log loss".</param>
/// <param name="Value">The value.</param>
/// <param name="HigherIsBetter">Which way it improves.</param>
public sealed record Metric(string Name, double Value, bool HigherIsBetter = true)
{
    /// <summary>The value as shown in tables: four decimals, or none from 1,000 on.</summary>
    public static string Text(double value) =>
        value.ToString(Math.Abs(value) < 1_000 ? "0.0000" : "#,0", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether a value is an improvement over another.</summary>
    public bool Improves(double over) => HigherIsBetter ? Value > over : Value < over;
}
