using System.CommandLine;
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
            .csv, .tsv, .npy, .npz, .parquet, .safetensors; 'rowan export' describes those of databases.

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
            VectorReadOptions read = options.Read(parsed) with { SpacesAs = Space(parsed, spaces) };
            Write(terminal, FormatOf(parsed.GetValue(to), file), file, parsed.GetValue(input)!, read, new VectorWriteOptions(), stop);
            return Task.FromResult(App.Ok);
        });
        return command;
    }

    /// <summary>The format that is asked for, or that the ending of a file chooses.</summary>
    public static VectorFormat FormatOf(string? named, string file)
    {
        if (file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"'{file}': vectors are written unpacked; leave .gz out, and pack the file with 'gzip' afterwards");
        return named is not null ? VectorTables.Format(named) : VectorTables.ByExtension(file) ?? throw new ArgumentException(
            $"'{file}' does not end in the ending of a vector format; name the format with --to NAME");
    }

    /// <summary>Writes a file of vectors in another format, and says what was read and written.</summary>
    public static void Write(Terminal terminal, VectorFormat format, string to, string from, VectorReadOptions read,
        VectorWriteOptions write,
        CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(terminal);
        ArgumentNullException.ThrowIfNull(format);
        bool hasNgrams;
        IReadOnlyList<string> fields;
        using (VectorReader first = VectorTables.Open(from, read))
        {
            terminal.Error.WriteLine($"reading {first.Dialect.WithOptions()} (another with --format)");
            (hasNgrams, fields) = (first.HasNgrams, first.FieldNames);
        }
        VectorSurvey written = format.Write(to, () => VectorTables.Open(from, read), write, stop);
        if (hasNgrams && (format.Name != "fasttext" || written.Skipped > 0 || read is { Latin1: true } or { SpacesAs: not null }))
            terminal.Error.WriteLine("the n-grams of the fastText model are left out: unknown words have no vectors in the new file");
        ExportCommand.Tell(terminal, format, to, written, fields, write);
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
