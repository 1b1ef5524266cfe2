using System.Text.Json.Nodes;
using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>
/// Texts to token ids, as a pretrained encoder expects them: WordPiece and byte-pair encoding, read from tokenizer.json (Hugging Face) or
/// vocab.txt (BERT).
/// </summary>
/// <remarks>Safe to call from any thread. The ids are those of Hugging Face's tokenizers.</remarks>
/// <example><code>
/// Tokenizer tokenizer = Tokenizer.Open("model-folder");
/// int[] ids = tokenizer.Encode("a short text");
/// </code></example>
public sealed class Tokenizer
{
    readonly JsonObject _file;
    readonly TextNormalizer? _normalizer;
    readonly PreTokenizer? _split;
    readonly TokenModel _model;
    readonly AddedTokens _raw, _normalized;
    readonly int[] _prefix, _suffix;
    readonly string?[] _tokens;
    readonly Dictionary<string, int> _added;

    internal Tokenizer(JsonObject file, TokenizerParts parts)
    {
        (_file, _normalizer, _split, _model) = (file, parts.Normalizer, parts.Split, parts.Model);
        (_prefix, _suffix) = ([.. parts.Prefix], [.. parts.Suffix]);
        _raw = new(parts.Added.Where(token => !token.Normalized));
        _normalized = new(parts.Added.Where(token => token.Normalized)
            .Select(token => token with { Content = Normalize(token.Content).ToString() }));
        _added = new(StringComparer.Ordinal);
        foreach (AddedToken token in parts.Added) _added.TryAdd(token.Content, token.Id);
        Special = parts.Added.Where(token => token.Special).Select(token => token.Id).ToHashSet();
        int count = 0;
        foreach (int id in _model.Vocabulary.Values.Concat(_added.Values)) count = Math.Max(count, id + 1);
        _tokens = new string?[count];
        foreach ((string token, int id) in _model.Vocabulary.Concat(_added)) _tokens[id] = token;
        Padding = parts.Padding ?? FirstOf("[PAD]", "<pad>");
    }

    /// <summary>Opens a tokenizer.</summary>
    /// <param name="path">A tokenizer.json, a vocab.txt, or a folder with one of them.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or needs what is not supported; the message names it.</exception>
    public static Tokenizer Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!Directory.Exists(path)) return TokenizerFile.Read(path);
        string json = Path.Combine(path, "tokenizer.json"), text = Path.Combine(path, "vocab.txt");
        if (File.Exists(json)) return TokenizerFile.Read(json);
        if (File.Exists(text)) return TokenizerFile.Read(text);
        throw new FileNotFoundException($"Tokenizer.Open: the folder '{path}' has neither tokenizer.json nor vocab.txt", json);
    }

    /// <summary>BERT's tokenizer over a vocabulary.</summary>
    /// <param name="tokens">The tokens, in the order of their ids; those that continue a word begin with ##.</param>
    /// <param name="lowerCase">Whether texts become lower case, without accents, as in uncased models.</param>
    /// <exception cref="InvalidDataException">[UNK] is missing, or a token occurs twice.</exception>
    public static Tokenizer Bert(IReadOnlyList<string> tokens, bool lowerCase = true)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return TokenizerFile.Of(TokenizerFile.BertJson(tokens, lowerCase), "the vocabulary");
    }

    /// <summary>Number of ids: the highest id and one more.</summary>
    public int Count => _tokens.Length;

    /// <summary>Ids of special tokens, such as [CLS].</summary>
    public IReadOnlySet<int> Special { get; }

    /// <summary>The id of what is not in the vocabulary; null if there is none.</summary>
    public int? Unknown => _model.Unknown;

    /// <summary>The id that fills short texts of a batch; null if the file names none.</summary>
    public int? Padding { get; }

    /// <summary>Special tokens that one text gets, before and after its own.</summary>
    public int SpecialTokens => _prefix.Length + _suffix.Length;

    /// <summary>A token; null if no token has this id.</summary>
    public string? this[int id]
    {
        get
        {
            Require.InRange(id >= 0 && id < Count, $"Tokenizer: id {id}; the ids are 0 to {Count - 1}", nameof(id));
            return _tokens[id];
        }
    }

    /// <summary>The id of a token.</summary>
    public bool TryGetId(string token, out int id)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _added.TryGetValue(token, out id) || _model.Vocabulary.TryGetValue(token, out id);
    }

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="specialTokens">Whether to add the special tokens of the model, such as [CLS] and [SEP].</param>
    /// <param name="maxTokens">Ids at most, special tokens included; the end of the text is cut off. 0 for no limit.</param>
    public int[] Encode(string text, bool specialTokens = true, int maxTokens = 0)
    {
        ArgumentNullException.ThrowIfNull(text);
        Require.InRange(maxTokens >= 0, $"Encode: maxTokens {maxTokens}; it is 0 for no limit, or positive", nameof(maxTokens));
        var ids = new List<int>(text.Length / 3 + 2);
        if (specialTokens) ids.AddRange(_prefix);
        AddTo(ids, text);
        int most = maxTokens == 0 ? int.MaxValue : Math.Max(0, maxTokens - (specialTokens ? _suffix.Length : 0));
        if (ids.Count > most) ids.RemoveRange(most, ids.Count - most);
        if (specialTokens) ids.AddRange(_suffix);
        return [.. ids];
    }

    /// <summary>Adds the ids of a text, without special tokens.</summary>
    internal void AddTo(List<int> ids, ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            AddedToken? added = _raw.Find(text, out int start, out int end);
            AddNormalized(ids, Normalize(text[..start]));
            if (added is not null) ids.Add(added.Id);
            text = text[end..];
        }
    }

    void AddNormalized(List<int> ids, ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            AddedToken? added = _normalized.Find(text, out int start, out int end);
            if (start > 0)
            {
                if (_split is null) _model.AddTo(ids, text[..start]);
                else _split.Split(text[..start], piece => _model.AddTo(ids, piece));
            }
            if (added is not null) ids.Add(added.Id);
            text = text[end..];
        }
    }

    /// <summary>A text as its words are looked up.</summary>
    internal ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text) =>
        _normalizer is null || text.IsEmpty ? text : _normalizer.Apply(text);

    /// <summary>Special tokens before the text.</summary>
    internal int PrefixTokens => _prefix.Length;

    /// <summary>Whether a normalized text is one piece before the model cuts it.</summary>
    internal bool IsOnePiece(string text)
    {
        if (_raw.Find(text, out _, out _) is not null || _normalized.Find(text, out _, out _) is not null) return false;
        int pieces = 0;
        bool whole = false;
        PieceSink count = piece => (pieces, whole) = (pieces + 1, piece.SequenceEqual(text));
        if (_split is null) return true;
        _split.Split(text, count);
        return pieces == 1 && whole;
    }

    /// <summary>Whether words can be added, and tokens left out: the tokens of a word do not depend on merges.</summary>
    internal bool CanChangeVocabulary => _model is WordPieceModel or WordLevelModel;

    /// <summary>The same tokenizer with other tokens, in the order of their ids; special tokens keep their meaning.</summary>
    /// <exception cref="InvalidDataException">A special token, or the unknown token, is missing; or the model depends on
    /// merges.</exception>
    internal Tokenizer WithTokens(IReadOnlyList<string> tokens)
    {
        Require.Data(CanChangeVocabulary, $"the vocabulary of a tokenizer with merges (BPE) cannot be changed; use one with WordPiece");
        return TokenizerFile.Of(TokenizerFile.WithTokens(_file, tokens), "the tokenizer");
    }

    /// <summary>Writes tokenizer.json. An existing file is replaced when the new one is complete.</summary>
    /// <param name="path">The file.</param>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        TokenizerFile.Write(_file, path);
    }

    int? FirstOf(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (TryGetId(name, out int id)) return id;
        return null;
    }
}
