using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rowan.Onnx;

/// <summary>What the files of an encoder's folder say, in the layout of sentence-transformers.</summary>
sealed class EncoderFolder
{
    const int DefaultMaxTokens = 512, MostMaxTokens = 1 << 20;

    readonly string _path;

    /// <param name="path">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">It has no model.</exception>
    public EncoderFolder(string path)
    {
        if (!Directory.Exists(path)) throw new DirectoryNotFoundException($"TextEncoder.Open: there is no folder '{path}'");
        _path = path;
        Model = ((string[])["model.onnx", "onnx/model.onnx"]).Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"TextEncoder.Open: the folder '{path}' has no model.onnx; expected model.onnx and "
                + "tokenizer.json or vocab.txt", Path.Combine(path, "model.onnx"));
    }

    /// <summary>The model file.</summary>
    public string Model { get; }

    /// <summary>The pooling, and the file that says it.</summary>
    public (TokenPooling Value, string From) Pooling()
    {
        const string file = "1_Pooling/config.json";
        if (Read(file) is not { } config) return (TokenPooling.Mean, "the default");
        (string Name, TokenPooling Value)[] modes =
            [("pooling_mode_cls_token", TokenPooling.Cls), ("pooling_mode_max_tokens", TokenPooling.Max),
            ("pooling_mode_mean_tokens", TokenPooling.Mean)];
        foreach ((string name, TokenPooling value) in modes)
            if (config[name]?.GetValueKind() == JsonValueKind.True) return (value, file);
        throw new InvalidDataException($"'{Path.Combine(_path, file)}' names no pooling that is supported; give "
            + "TextEncoderOptions.Pooling (mean, CLS or max)");
    }

    /// <summary>Whether vectors get length 1, and the file that says it.</summary>
    public (bool Value, string From) Normalize()
    {
        const string file = "modules.json";
        if (Read(file) is not JsonArray modules) return (true, "the default");
        return (modules.Any(module => module?["type"]?.ToString().EndsWith(".Normalize", StringComparison.Ordinal) == true), file);
    }

    /// <summary>Tokens that count, and the file that says it.</summary>
    public (int Value, string From) MaxTokens()
    {
        foreach ((string file, string name) in (ReadOnlySpan<(string, string)>)
            [("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length")])
        {
            // Files without a limit state a number beyond any model.
            if (Read(file)?[name] is JsonValue value && value.TryGetValue(out double most) && most is >= 1 and <= MostMaxTokens)
                return ((int)most, file);
        }
        return (DefaultMaxTokens, "the default");
    }

    JsonNode? Read(string file)
    {
        string path = Path.Combine(_path, file);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonNode.Parse(File.ReadAllText(path));
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}' is damaged JSON: {error.Message}", error);
        }
    }
}
