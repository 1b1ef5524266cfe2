using System.CommandLine;
using Rowan.Onnx;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary><c>rowan export RUN --to onnx</c>: the whole model of a run.</summary>
static class OnnxModels
{
    /// <summary>The name of the format.</summary>
    public const string Format = "onnx";

    /// <summary>The option that leaves the comparison with ONNX Runtime out.</summary>
    public static Option<bool> NoVerify() => new("--no-verify") {
        Description = "onnx: write the file without running it in ONNX Runtime and comparing its outputs with the run's." };

    /// <summary>Whether a model is asked for, and not a table: by name, or by the ending of the file.</summary>
    public static bool IsAsked(string? to, string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return to is null ? file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)
            : to.Equals(Format, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Refuses options of the command that are for tables.</summary>
    /// <exception cref="ArgumentException">One is given.</exception>
    public static void RefuseOthers(ParseResult parsed, params ReadOnlySpan<Option> allowed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        foreach (Option option in parsed.CommandResult.Command.Options)
            if (!allowed.Contains(option) && parsed.GetResult(option) is { Implicit: false })
                throw new ArgumentException($"{option.Name}: it is for tables, and onnx is the whole model; leave it out");
    }

    /// <summary>Exports a run.</summary>
    /// <param name="terminal">Where the report goes.</param>
    /// <param name="run">The run folder.</param>
    /// <param name="file">The file to write.</param>
    /// <param name="verify">Whether to compare, where ONNX Runtime is there.</param>
    public static int Export(Terminal terminal, string run, string file, bool verify)
    {
        ArgumentNullException.ThrowIfNull(terminal);
        Run opened = Run.Open(run);
        OnnxExportReport report = opened.ExportOnnx(file, new OnnxExportOptions { Verify = verify ? null : false });
        terminal.Out.WriteLine(report.ToString());
        if (verify && report.LargestDifference is null) terminal.Error.WriteLine($"not verified: {OnnxExportReport.WhyNotVerified}");
        terminal.Error.WriteLine("the description in the file says how its inputs are made; ids, labels and settings are its metadata");
        return App.Ok;
    }
}
