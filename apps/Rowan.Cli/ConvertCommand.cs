using System.CommandLine;
using System.Globalization;
using Rowan.Formats;
using Rowan.Recipes;

namespace Rowan.Cli;

/// <summary><c>rowan convert</c>.</summary>
static class ConvertCommand
{
    public static Command Create(Terminal terminal)
    {
        var input = new Argument<string>("in") { Description = "File of named vectors.", HelpName = "IN" };
        var output = new Argument<string>("out") { Description = "File to write, completely or not at all.", HelpName = "OUT" };
        var to = new Option<string?>("--to") {
            Description = "Format to write: "
                + $"{string.Join(", ", VectorTables.Formats.Select(format => format.Name))}. Default: by the ending of OUT.",
            HelpName = "NAME" };
        Option<string?> spaces = SpacesAs();
        var command = new Command("convert", """
            Convert a file of named vectors to another format. The format of IN is detected from its content, that of
            OUT is chosen by its ending: .vec word2vec text, .txt GloVe, .bin word2vec binary, .ftbin fastText,
            .csv, .tsv, .npy, .npz, .parquet, .safetensors.

            Examples:
              rowan convert glove.6B.100d.txt glove.parquet
              rowan convert cc.en.300.bin vectors.npy --skip-bad
              rowan convert items.csv items.bin --to word2vec-binary --spaces-as _
            """) { input, output, to, spaces };
        var options = new VectorOptions(command);
        to.CompletionSources.Add([.. VectorTables.Formats.Select(format => format.Name)]);
        command.SetAction((parsed, stop) =>
        {
            string file = parsed.GetValue(output)!;
            VectorFormat format = parsed.GetValue(to) is { } named ? VectorTables.Format(named) : VectorTables.ByExtension(file)
                ?? throw new ArgumentException($"'{file}' does not end in the ending of a vector format; name the format with --to NAME");
            VectorReadOptions read = options.Read(parsed) with { SpacesAs = Space(parsed, spaces) };
            string path = parsed.GetValue(input)!;
            bool hasNgrams;
            using (VectorReader first = VectorTables.Open(path, read))
            {
                terminal.Error.WriteLine($"reading {first.Dialect} (another with --format)");
                hasNgrams = first.HasNgrams;
            }
            VectorSurvey written = format.Write(file, () => VectorTables.Open(path, read), stop);
            VectorOptions.TellSkipped(terminal, written.Skipped, written.Problems);
            if (hasNgrams && (format.Name != "fasttext" || written.Skipped > 0 || read is { Latin1: true } or { SpacesAs: not null }))
                terminal.Error.WriteLine("the n-grams of the fastText model are left out: unknown words have no vectors in the new file");
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"wrote {written.Count:#,0} × {written.Dim} as {format.Name} to {file}"));
            return Task.FromResult(App.Ok);
        });
        return command;
    }

    /// <summary>The option that replaces spaces in names.</summary>
    public static Option<string?> SpacesAs() => new("--spaces-as") {
        Description = "Replace spaces in names by this character, for formats in which a space ends a name.", HelpName = "CHARACTER" };

    /// <summary>The character that replaces spaces; null for none.</summary>
    public static char? Space(ParseResult parsed, Option<string?> option)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        return parsed.GetValue(option) switch
        {
            null => null,
            [var one] => one,
            var other => throw new ArgumentException($"--spaces-as {other}: it must be one visible ASCII character, such as _"),
        };
    }
}
