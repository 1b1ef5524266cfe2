using System.CommandLine;
using System.Globalization;
using Rowan.Numerics;
using Rowan.Onnx;
using Rowan.Recipes;
using TextEncoder = Rowan.Onnx.TextEncoder;

namespace Rowan.Cli;

/// <summary><c>rowan distill</c>.</summary>
static class DistillCommand
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    public static Command Create(Terminal terminal)
    {
        var encoder = new Argument<string>("encoder")
        {
            Description = "Folder of a text encoder: model.onnx with tokenizer.json or vocab.txt.", HelpName = "ENCODER",
        };
        var output = new Option<string>("--out", "-o") { Description = "Folder to write.", HelpName = "DIR", Required = true };
        var dim = new Option<int>("--dim") { Description = "Values per row.", HelpName = "N", DefaultValueFactory = _ => 256 };
        var vocabulary = new Option<string?>("--vocabulary")
        {
            Description = "Words that get a row of their own, one per line.", HelpName = "FILE",
        };
        var texts = new Option<string?>("--texts")
        {
            Description = "Texts of yours, one per line: how rare a token is in them weighs its row. Default: its rank in the vocabulary.",
            HelpName = "FILE",
        };
        var numbers = new Option<string>("--numbers")
        {
            Description = "How rows are stored: f32, f16 or i8.", HelpName = "NAME", DefaultValueFactory = _ => "f32",
        };
        numbers.AcceptOnlyFromAmong("f32", "f16", "i8");
        var pooling = new Option<string?>("--pooling")
        {
            Description = "mean, cls or max. Default: as the folder says.", HelpName = "NAME",
        };
        pooling.AcceptOnlyFromAmong("mean", "cls", "max");
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a folder that exists." };
        var threads = new Option<int?>("--threads") { Description = "Threads. Default: all processors.", HelpName = "N" };
        var command = new Command("distill", """
            Make a table of a text encoder: a row for each token, hundreds of times as fast as the encoder.

            Writes a folder that Model2Vec, sentence-transformers and 'rowan train --from' read. Needs the
            native library of ONNX Runtime; if it is missing, the error says how to get it.

            Examples:
              rowan distill all-MiniLM-L6-v2 --out minilm-256
              rowan distill all-MiniLM-L6-v2 --out small --dim 128 --texts documents.txt --vocabulary words.txt
              rowan train pairs.tsv --from minilm-256
            """) { encoder, output, dim, vocabulary, texts, numbers, pooling, overwrite, threads };
        command.SetAction((parsed, stop) =>
        {
            string folder = parsed.GetValue(output)!;
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !parsed.GetValue(overwrite))
                throw new ArgumentException($"the folder '{folder}' is not empty; choose another --out, or give --overwrite");
            if (parsed.GetValue(threads) is { } count) ComputeThreads.Count = count;
            var settings = new DistillSettings
            {
                Dim = parsed.GetValue(dim), Vocabulary = Lines(parsed.GetValue(vocabulary)), Texts = Lines(parsed.GetValue(texts)),
            };
            using var opened = TextEncoder.Open(parsed.GetValue(encoder)!, new TextEncoderOptions
            {
                Pooling = parsed.GetValue(pooling) is { } name ? Enum.Parse<TokenPooling>(name, ignoreCase: true) : null,
            });
            terminal.Error.WriteLine($"encoder: {opened.Description}");
            Distilled distilled = Distiller.Distill(opened, settings, new TokenProgress(terminal), stop);
            distilled.Encoder.Save(folder, StaticLayout.Model2Vec, parsed.GetValue(numbers) switch
            {
                "f16" => FloatFormat.Float16,
                "i8" => FloatFormat.Int8,
                _ => FloatFormat.Float32,
            });
            Write(terminal, folder, distilled);
            return Task.FromResult(App.Ok);
        });
        return command;
    }

    static void Write(Terminal terminal, string folder, Distilled distilled)
    {
        StaticEncoder encoder = distilled.Encoder;
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{folder}: {encoder.Rows.Count:#,0} rows of {encoder.Dim} values, "
            + $"{distilled.Kept:0.0%} of the variance{(distilled.Added > 0 ? $", {distilled.Added:#,0} words of your own" : "")}"));
        if (distilled.LeftOut.Count > 0)
        {
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{distilled.LeftOut.Count:#,0} words left out, "
                + $"because the "
                + $"tokenizer splits them, such as '{distilled.LeftOut[0]}'; a word has no spaces and no punctuation"));
        }
        terminal.Error.WriteLine($"next: rowan train pairs.tsv --from {folder}");
    }

    static string[]? Lines(string? file) =>
        file is null ? null : [.. File.ReadLines(file).Where(line => !string.IsNullOrWhiteSpace(line))];

    /// <summary>A line every few seconds.</summary>
    sealed class TokenProgress(Terminal terminal) : IProgress<int>
    {
        long _last = TimeProvider.System.GetTimestamp();

        public void Report(int value)
        {
            if (TimeProvider.System.GetElapsedTime(_last) < Every) return;
            _last = TimeProvider.System.GetTimestamp();
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"distilling: {value:#,0} tokens"));
        }
    }
}
