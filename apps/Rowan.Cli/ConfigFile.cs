using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;

namespace Rowan.Cli;

/// <summary>
/// <c>--config FILE</c>: a JSON object whose keys are option names without their dashes, such as <c>{ "epochs": 5, "dim": 32, "quiet":
/// true }</c>. What the command line gives itself wins.
/// </summary>
static class ConfigFile
{
    /// <summary>The option, which every command has.</summary>
    public static Option<string?> Option() => new("--config")
    {
        Description = "JSON file with any options of the command, such as { \"epochs\": 5, \"quiet\": true }. Options on the command "
            + "line win.", HelpName = "FILE", Recursive = true,
    };

    /// <summary>The command line with the options of its config file, and without --config; as it is where it names none.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The file holds no JSON object, an option that the command does not have, or a value that is no
    /// option's.</exception>
    public static string[] Expand(string[] args, ParseResult parsed, Option<string?> config)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(parsed);
        ArgumentNullException.ThrowIfNull(config);
        if (parsed.GetResult(config) is not { Tokens: [{ Value: { } path }] }) return args;
        if (!File.Exists(path)) throw new FileNotFoundException($"--config: there is no file '{path}'", path);
        List<string> added = [];
        using (JsonDocument document = Parse(path))
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
                added.AddRange(Tokens(path, property, parsed, config));
        int end = Array.IndexOf(args, "--") is >= 0 and var dashes ? dashes : args.Length;
        return [.. WithoutConfig(args[..end]), .. added, .. args[end..]];
    }

    static JsonDocument Parse(string path)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(path),
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException broken)
        {
            throw new ArgumentException($"--config {path}: not valid JSON at line {broken.LineNumber + 1}, column "
                + $"{broken.BytePositionInLine + 1}; correct it", broken);
        }
        if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        document.Dispose();
        throw new ArgumentException($"--config {path}: it must hold a JSON object, such as {{ \"epochs\": 5 }}");
    }

    static IEnumerable<string> Tokens(string path, JsonProperty property, ParseResult parsed, Option<string?> config)
    {
        Command command = parsed.CommandResult.Command;
        IEnumerable<Option> all =
            command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options)
            .Where(option => option.Recursive));
        Option? option = all.FirstOrDefault(one => one != config
            && (one.Name == $"--{property.Name}" || one.Aliases.Contains($"--{property.Name}")));
        if (option is null)
        {
            string name = string.Join(' ', HelpText.Path(command).Skip(1));
            throw new ArgumentException($"--config {path}: '{name}' has no option "
                + $"\"{property.Name}\"{Nearest.Question(property.Name, Usage.Options(command).Select(known => known[2..]))}");
        }
        if (parsed.GetResult(option) is { Implicit: false }) return [];
        JsonElement[] values = property.Value.ValueKind == JsonValueKind.Array ? [.. property.Value.EnumerateArray()] : [property.Value];
        string[] texts = [.. values.Select(value => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => throw new ArgumentException($"--config {path}: \"{property.Name}\" is {value.GetRawText()}; it must be a text, a "
                + $"number, true, false or a list of them"),
        })];
        return option.Arity.MaximumNumberOfValues > 1
            ? texts.SelectMany(text => (string[])[option.Name, text]) : [option.Name, string.Join(',', texts)];
    }

    static IEnumerable<string> WithoutConfig(string[] args)
    {
        for (int i = 0; i < args.Length; i++)
            if (args[i] == "--config") i++;
            else if (!args[i].StartsWith("--config=", StringComparison.Ordinal)
                && !args[i].StartsWith("--config:", StringComparison.Ordinal)) yield return args[i];
    }
}
