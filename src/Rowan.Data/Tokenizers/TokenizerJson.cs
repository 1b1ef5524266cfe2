using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Rowan.Data;

/// <summary>The parts of a tokenizer.</summary>
sealed record TokenizerParts(TextNormalizer? Normalizer, PreTokenizer? Split, TokenModel Model, IReadOnlyList<AddedToken> Added,
    IReadOnlyList<int> Prefix, IReadOnlyList<int> Suffix, int? Padding);

/// <summary>Reads the parts of a tokenizer.json.</summary>
static class TokenizerJson
{
    // A pattern of a file could take exponential time.
    static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(10);

    /// <summary>The parts of a file.</summary>
    public static TokenizerParts Parts(JsonNode file)
    {
        AddedToken[] added = [.. Items(file["added_tokens"]).Select(Added)];
        (List<int> prefix, List<int> suffix) = ([], []);
        PostProcessor(file["post_processor"], prefix, suffix);
        TokenModel model = Model(file["model"] ?? throw Missing("model"));
        int? padding = file["padding"]?["pad_id"] is { } pad ? (int)pad : null;
        return new(Normalizer(file["normalizer"]), Split(file["pre_tokenizer"]), model, added, prefix, suffix, padding);
    }

    static AddedToken Added(JsonNode token) => new((int)(token["id"] ?? throw Missing("id")), Text(token, "content"),
        Flag(token, "single_word"), Flag(token, "lstrip"), Flag(token, "rstrip"), Flag(token, "normalized"), Flag(token, "special"));

    static TextNormalizer? Normalizer(JsonNode? node)
    {
        if (node is null) return null;
        switch (Text(node, "type"))
        {
            case "Sequence":
                return new NormalizerSequence([.. Items(node["normalizers"]).Select(Normalizer).OfType<TextNormalizer>()]);
            case "BertNormalizer":
                bool lower = Flag(node, "lowercase", true);
                return new BertNormalizer(Flag(node, "clean_text", true), Flag(node, "handle_chinese_chars", true),
                    Flag(node, "strip_accents", lower), lower);
            case "Lowercase": return new FunctionNormalizer(TextNormalizer.Lower);
            case "NFC": return new FunctionNormalizer(UnicodeNormalization.Nfc);
            case "NFD": return new FunctionNormalizer(UnicodeNormalization.Nfd);
            case "StripAccents": return new FunctionNormalizer(TextNormalizer.WithoutMarks);
            case "Strip":
                bool left = Flag(node, "strip_left", true), right = Flag(node, "strip_right", true);
                return new FunctionNormalizer(text => left && right ? text.Trim() : left ? text.TrimStart() : right ? text.TrimEnd()
                    : text);
            case "Prepend":
                string before = Text(node, "prepend");
                return new FunctionNormalizer(text => text.IsEmpty ? text : string.Concat(before, text));
            case "Replace":
                (string content, Regex pattern) = (Text(node, "content"), Pattern(node["pattern"]));
                return new FunctionNormalizer(
                    text => pattern.Replace(text.ToString(), content.Replace("$", "$$", StringComparison.Ordinal)));
            case var other:
                throw new InvalidDataException($"the normalizer '{other}' is not supported; supported are BertNormalizer, Lowercase, "
                    + "NFC, NFD, StripAccents, Strip, Prepend, Replace and Sequence");
        }
    }

    static PreTokenizer? Split(JsonNode? node)
    {
        if (node is null) return null;
        switch (Text(node, "type"))
        {
            case "Sequence":
                return new PreTokenizerSequence([.. Items(node["pretokenizers"]).Select(Split).OfType<PreTokenizer>()]);
            case "BertPreTokenizer": return new IsolatingSplit(atSpace: true, PreTokenizer.IsBertPunctuation);
            case "WhitespaceSplit": return new IsolatingSplit(atSpace: true, _ => false);
            case "Whitespace":
                return new PatternSplit(new Regex(@"\w+|[^\w\s]+", RegexOptions.CultureInvariant), SplitBehavior.Removed, invert: true);
            case "Punctuation" when Behavior(node) == SplitBehavior.Isolated:
                return new IsolatingSplit(atSpace: false, PreTokenizer.IsBertPunctuation);
            case "Digits": return new DigitSplit(Flag(node, "individual_digits"));
            case "ByteLevel": return new ByteLevelSplit(Flag(node, "add_prefix_space", true), Flag(node, "use_regex", true));
            case "Split": return new PatternSplit(Pattern(node["pattern"]), Behavior(node), Flag(node, "invert"));
            case var other:
                throw new InvalidDataException($"the pre-tokenizer '{other}' is not supported; supported are BertPreTokenizer, "
                    + "Whitespace, WhitespaceSplit, Punctuation (Isolated), Digits, ByteLevel, Split and Sequence");
        }
    }

    static SplitBehavior Behavior(JsonNode node) => node["behavior"] is null ? SplitBehavior.Isolated
        : Enum.TryParse(Text(node, "behavior"), out SplitBehavior behavior) ? behavior
        : throw new InvalidDataException($"the split behavior '{Text(node, "behavior")}' is not supported; supported are "
            + string.Join(", ", Enum.GetNames<SplitBehavior>()));

    static Regex Pattern(JsonNode? node)
    {
        if (node?["String"] is { } plain) return new Regex(Regex.Escape((string)plain!), RegexOptions.CultureInvariant);
        string pattern = (string?)node?["Regex"] ?? throw Missing("pattern");
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, LongestMatch);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"the pattern '{pattern}' is no regular expression of .NET: {error.Message}", error);
        }
    }

    static TokenModel Model(JsonNode node)
    {
        // Files of the first version do not name the type.
        string type = node["type"] is null ? node["merges"] is null ? "WordPiece" : "BPE" : Text(node, "type");
        if (type is not ("WordPiece" or "BPE" or "WordLevel"))
            throw new InvalidDataException($"the model '{type}' is not supported; supported are WordPiece, BPE and WordLevel");
        Dictionary<string, int> vocabulary = Vocabulary(node["vocab"]);
        string? unknownToken = (string?)node["unk_token"];
        int? unknown = unknownToken is null ? null : vocabulary.TryGetValue(unknownToken, out int id) ? id
            : throw new InvalidDataException($"the unknown token '{unknownToken}' is not in the vocabulary");
        switch (type)
        {
            case "WordLevel": return new WordLevelModel(vocabulary, unknown);
            case "WordPiece":
                return new WordPieceModel(vocabulary, (string?)node["continuing_subword_prefix"] ?? "##",
                    unknown ?? throw Missing("unk_token"), (int?)node["max_input_chars_per_word"] ?? 100);
            default:
                return new BpeModel(vocabulary, [.. Items(node["merges"]).Select(Merge)], new(unknown, Flag(node, "fuse_unk"),
                    Flag(node, "byte_fallback"), Flag(node, "ignore_merges"), (string?)node["continuing_subword_prefix"] ?? "",
                    (string?)node["end_of_word_suffix"] ?? ""));
        }
    }

    static Dictionary<string, int> Vocabulary(JsonNode? node)
    {
        if (node is not JsonObject tokens) throw Missing("model.vocab");
        var vocabulary = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        foreach ((string token, JsonNode? id) in tokens)
        {
            if (id is not JsonValue value || !value.TryGetValue(out int number) || number < 0)
                throw new InvalidDataException($"the token '{token}' has the id {id?.ToJsonString() ?? "null"}; ids are whole numbers "
                    + $"from 0");
            vocabulary[token] = number;
        }
        if (vocabulary.Count == 0) throw new InvalidDataException("the vocabulary is empty");
        return vocabulary;
    }

    static (string, string) Merge(JsonNode node, int rank)
    {
        if (node is JsonArray { Count: 2 } pair) return ((string)pair[0]!, (string)pair[1]!);
        string text = node is JsonValue value && value.TryGetValue(out string? line) ? line : "";
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 ? (text[..space], text[(space + 1)..])
            : throw new InvalidDataException($"merge {rank} is {node.ToJsonString()}; expected two tokens with a space between them");
    }

    /// <summary>The special tokens around one text.</summary>
    static void PostProcessor(JsonNode? node, List<int> prefix, List<int> suffix)
    {
        if (node is null) return;
        switch (Text(node, "type"))
        {
            case "Sequence":
                foreach (JsonNode part in Items(node["processors"])) PostProcessor(part, prefix, suffix);
                break;
            case "ByteLevel": break;
            case "BertProcessing" or "RobertaProcessing":
                prefix.Add((int)(node["cls"]?[1] ?? throw Missing("cls")));
                suffix.Add((int)(node["sep"]?[1] ?? throw Missing("sep")));
                break;
            case "TemplateProcessing":
                bool after = false;
                foreach (JsonNode part in Items(node["single"]))
                {
                    if (part["SpecialToken"] is not { } special) after = true;
                    else (after ? suffix : prefix)
                        .AddRange(Items(node["special_tokens"]?[Text(special, "id")]?["ids"]).Select(id => (int)id));
                }
                break;
            case var other:
                throw new InvalidDataException($"the post-processor '{other}' is not supported; supported are TemplateProcessing, "
                    + "BertProcessing, RobertaProcessing, ByteLevel and Sequence");
        }
    }

    static IEnumerable<JsonNode> Items(JsonNode? node) => node is JsonArray array ? array.OfType<JsonNode>() : [];

    static bool Flag(JsonNode node, string name, bool otherwise = false) => (bool?)node[name] ?? otherwise;

    static string Text(JsonNode node, string name) => (string?)node[name] ?? throw Missing(name);

    static InvalidDataException Missing(string name) => new($"'{name}' is missing");
}
