using System.CommandLine;
using Rowan.Formats;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary>The options of commands that read a file of vectors.</summary>
sealed class VectorOptions
{
    readonly Option<string?> _format = new("--format") {
        Description = $"Format of the file: {string.Join(", ", VectorTables.Formats.Select(format => format.Name))}. "
            + "Default: detected from the content.", HelpName = "NAME" };
    readonly Option<bool> _skipBad = new("--skip-bad") { Description = "Skip and count bad rows. Default: the first one is an error." };
    readonly Option<string?> _names = new("--names") {
        Description = "File with one name per line, for npy, safetensors and tsv. Default: the one next to the vectors.",
        HelpName = "FILE" };
    readonly Option<string?> _array = new("--array") {
        Description = "Array, tensor or column of the vectors, where a file has several.", HelpName = "NAME" };
    readonly Option<int?> _dim = new("--dim") {
        Description = "Values per row, for text without a header whose names contain spaces.", HelpName = "N" };
    readonly Option<string> _encoding = new("--encoding") {
        Description = "Encoding of the names: utf-8 or latin-1.", HelpName = "NAME", DefaultValueFactory = _ => "utf-8" };
    readonly Option<bool> _labels = new("--labels") {
        Description = "Read the labels of a supervised fastText model instead of its words." };

    /// <param name="command">Which gets the options.</param>
    public VectorOptions(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        _format.CompletionSources.Add([.. VectorTables.Formats.Select(format => format.Name)]);
        _encoding.AcceptOnlyFromAmong("utf-8", "latin-1");
        foreach (Option option in (Option[])[_format, _skipBad, _names, _array, _dim, _encoding, _labels]) command.Options.Add(option);
    }

    /// <summary>The first of the options that describe a file and was given; null for none.</summary>
    public string? Given(ParseResult parsed) => ((Option[])[_format, _names, _array, _dim, _encoding, _labels])
        .FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>How to read, as the command line says.</summary>
    public VectorReadOptions Read(ParseResult parsed)
    {
        if (parsed.GetValue(_format) is { } format) VectorTables.Format(format);
        if (parsed.GetValue(_dim) is < 1) throw new ArgumentException($"--dim {parsed.GetValue(_dim)}: it must be at least 1");
        return new VectorReadOptions
        {
            Format = parsed.GetValue(_format), SkipBad = parsed.GetValue(_skipBad), Names = parsed.GetValue(_names),
            Array = parsed.GetValue(_array), Dim = parsed.GetValue(_dim), Latin1 = parsed.GetValue(_encoding) == "latin-1",
            Labels = parsed.GetValue(_labels),
        };
    }

    /// <summary>Says how many rows were skipped, and why the first of them.</summary>
    public static void TellSkipped(Terminal terminal, long skipped, IReadOnlyList<string> problems)
    {
        foreach (string problem in problems) terminal.Error.WriteLine($"  {problem.WithOptions()}");
        if (skipped > 0) terminal.Error.WriteLine($"skipped {skipped} bad row{(skipped == 1 ? "" : "s")}"
            + (skipped > problems.Count ? $"; the first {problems.Count} are above" : ""));
    }
}
