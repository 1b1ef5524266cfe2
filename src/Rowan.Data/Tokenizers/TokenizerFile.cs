using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>Reads and writes tokenizer.json, and reads vocab.txt.</summary>
static class TokenizerFile
{
    const string Unknown = "[UNK]";

    static readonly string[] Special = ["[PAD]", Unknown, "[CLS]", "[SEP]", "[MASK]"];

    static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a file: JSON, or one token per line.</summary>
    public static Tokenizer Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"Tokenizer.Open: there is no file '{path}'", path);
        byte[] bytes = File.ReadAllBytes(path);
        ReadOnlySpan<byte> text = bytes;
        if (text.StartsWith("\uFEFF"u8)) text = text[3..];
        if (text.TrimStart(" \t\r\n"u8) is not [(byte)'{', ..]) return Of(OfLines(path), $"'{path}'");
        JsonNode? file;
        try
        {
            file = JsonNode.Parse(text);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}' is damaged JSON: {error.Message}", error);
        }
        return Of(file as JsonObject ?? throw new InvalidDataException($"'{path}' is no JSON object"), $"'{path}'");
    }

    /// <summary>A tokenizer of a file's content.</summary>
    public static Tokenizer Of(JsonObject file, string name)
    {
        try
        {
            return new Tokenizer(file, TokenizerJson.Parts(file));
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{name} is no tokenizer that can be read: {error.Message}", error);
        }
    }

    static JsonObject OfLines(string path)
    {
        var tokens = new List<string>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        using var reader = new StreamReader(path, new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            while (reader.ReadLine() is { } token)
            {
                if (!lines.TryAdd(token, tokens.Count + 1))
                    throw new InvalidDataException($"'{path}', line {tokens.Count + 1}: the token '{token}' is also in line "
                        + $"{lines[token]}; each token has one line");
                tokens.Add(token);
            }
        }
        catch (System.Text.DecoderFallbackException error)
        {
            throw new InvalidDataException($"'{path}', line {tokens.Count + 1}: it is not UTF-8", error);
        }
        Require.Data(lines.ContainsKey(Unknown), $"'{path}' has {tokens.Count} lines, none of which is {Unknown}; expected a vocabulary "
            + $"of a WordPiece tokenizer, one token per line");
        // A cased vocabulary has words with capitals; an uncased one has none outside its special tokens.
        bool cased = tokens.Any(token => token is not ['[', ..] && token.AsSpan().IndexOfAnyInRange('A', 'Z') >= 0);
        return BertJson(tokens, !cased);
    }

    /// <summary>BERT's tokenizer as a file describes it.</summary>
    public static JsonObject BertJson(IReadOnlyList<string> tokens, bool lowerCase)
    {
        JsonObject vocabulary = Vocabulary(tokens);
        Require.Data(vocabulary.ContainsKey(Unknown), $"the vocabulary has no {Unknown}");
        var added = new JsonArray();
        foreach (string token in Special)
        {
            if (vocabulary[token] is not { } id) continue;
            JsonNode entry = new JsonObject
            {
                ["id"] = (int)id, ["content"] = token, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false,
                ["normalized"] = false, ["special"] = true,
            };
            added.Add(entry);
        }
        bool framed = vocabulary.ContainsKey("[CLS]") && vocabulary.ContainsKey("[SEP]");
        return new JsonObject
        {
            ["version"] = "1.0", ["truncation"] = null, ["padding"] = null, ["added_tokens"] = added,
            ["normalizer"] = new JsonObject
            {
                ["type"] = "BertNormalizer", ["clean_text"] = true, ["handle_chinese_chars"] = true, ["strip_accents"] = null,
                ["lowercase"] = lowerCase,
            },
            ["pre_tokenizer"] = new JsonObject { ["type"] = "BertPreTokenizer" },
            ["post_processor"] = framed ? Template((int)vocabulary["[CLS]"]!, (int)vocabulary["[SEP]"]!) : null,
            ["decoder"] = new JsonObject { ["type"] = "WordPiece", ["prefix"] = "##", ["cleanup"] = true },
            ["model"] = new JsonObject
            {
                ["type"] = "WordPiece", ["unk_token"] = Unknown, ["continuing_subword_prefix"] = "##",
                ["max_input_chars_per_word"] = 100, ["vocab"] = vocabulary,
            },
        };
    }

    static JsonObject Template(int cls, int sep)
    {
        static JsonObject Part(string kind, string name, int type) =>
            new() { [kind] = new JsonObject { ["id"] = name, ["type_id"] = type } };
        static JsonObject Token(string name, int type) => Part("SpecialToken", name, type);
        static JsonObject Text(string name, int type) => Part("Sequence", name, type);
        static JsonObject Ids(string name, int id) =>
            new() { ["id"] = name, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(name) };
        return new JsonObject
        {
            ["type"] = "TemplateProcessing", ["single"] = new JsonArray(Token("[CLS]", 0), Text("A", 0), Token("[SEP]", 0)),
            ["pair"] = new JsonArray(Token("[CLS]", 0), Text("A", 0), Token("[SEP]", 0), Text("B", 1), Token("[SEP]", 1)),
            ["special_tokens"] = new JsonObject { ["[CLS]"] = Ids("[CLS]", cls), ["[SEP]"] = Ids("[SEP]", sep) },
        };
    }

    static JsonObject Vocabulary(IReadOnlyList<string> tokens)
    {
        var vocabulary = new JsonObject();
        for (int id = 0; id < tokens.Count; id++)
            Require.Data(vocabulary.TryAdd(tokens[id], JsonValue.Create(id)), $"token {id}, '{tokens[id]}', is in the vocabulary twice");
        return vocabulary;
    }

    /// <summary>The same file with other tokens: ids of special tokens follow their tokens.</summary>
    public static JsonObject WithTokens(JsonObject file, IReadOnlyList<string> tokens)
    {
        var changed = (JsonObject)file.DeepClone();
        JsonObject vocabulary = Vocabulary(tokens);
        int IdOf(string token) => vocabulary[token] is { } id ? (int)id
            : throw new InvalidDataException($"the new vocabulary has no '{token}', which the tokenizer needs");
        foreach (JsonNode? token in changed["added_tokens"] as JsonArray ?? [])
            token!["id"] = IdOf((string)token["content"]!);
        foreach (JsonNode processor in Processors(changed["post_processor"]))
        {
            foreach ((_, JsonNode? special) in processor["special_tokens"] as JsonObject ?? [])
                special!["ids"] = new JsonArray(
                    [.. ((JsonArray)special["tokens"]!).Select(token => JsonValue.Create(IdOf((string)token!)))]);
            foreach (string end in (string[])["cls", "sep"])
                if (processor[end] is JsonArray pair) pair[1] = IdOf((string)pair[0]!);
        }
        if (changed["padding"]?["pad_token"] is { } padding) changed["padding"]!["pad_id"] = IdOf((string)padding!);
        changed["model"]!["vocab"] = vocabulary;
        return changed;
    }

    static IEnumerable<JsonNode> Processors(JsonNode? node) => node is null ? []
        : node["processors"] is JsonArray parts ? parts.SelectMany(Processors) : [node];

    /// <summary>Writes a file; it takes its name when it is complete.</summary>
    public static void Write(JsonObject file, string path)
    {
        string unfinished = path + ".part";
        using (FileStream stream = File.Create(unfinished))
        using (var writer = new Utf8JsonWriter(stream, Indented)) file.WriteTo(writer);
        File.Move(unfinished, path, overwrite: true);
    }
}
