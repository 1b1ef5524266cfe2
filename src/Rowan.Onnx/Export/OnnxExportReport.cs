using System.Globalization;
using System.Text;

namespace Rowan.Onnx;

/// <summary>What an export wrote.</summary>
/// <param name="Path">The model file.</param>
/// <param name="DataPath">The file with its constants; null where they are in the model file.</param>
/// <param name="Inputs">Its inputs, as "ids: int64 [batch, length]".</param>
/// <param name="Outputs">Its outputs, likewise.</param>
/// <param name="Nodes">Operators in the graph.</param>
/// <param name="Bytes">Bytes of constants.</param>
/// <param name="LargestDifference">The largest difference from ONNX Runtime, relative above 1; null if not verified.</param>
/// <param name="FixedSizes">Sizes that cannot vary, each with the reason.</param>
public sealed record OnnxExportReport(string Path, string? DataPath, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs,
    int Nodes, long Bytes, float? LargestDifference, IReadOnlyList<string> FixedSizes)
{
    /// <summary>The operator set that the file states.</summary>
    public int Opset => OnnxFile.Opset;

    /// <summary>Why a file that should be verified was not, and what to do: the program has no native library of ONNX Runtime.</summary>
    public static string? WhyNotVerified => OnnxRuntimeLibrary.Problem();

    /// <summary>The report as lines of text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Path}: {Nodes} operators of opset {Opset}, {Bytes:N0} bytes of weights")
            .Append(DataPath is null ? "" : $" in {System.IO.Path.GetFileName(DataPath)}").Append('\n');
        foreach (string input in Inputs) text.Append("  input   ").Append(input).Append('\n');
        foreach (string output in Outputs) text.Append("  output  ").Append(output).Append('\n');
        foreach (string one in FixedSizes) text.Append("  fixed   ").Append(one).Append('\n');
        text.Append(LargestDifference is { } difference
            ? string.Create(CultureInfo.InvariantCulture, $"  verified in ONNX Runtime: largest difference {difference:0.0e+0}")
            : "  not verified");
        return text.ToString();
    }
}
