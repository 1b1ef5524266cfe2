namespace Rowan.Onnx;

/// <summary>How the vectors of a text's tokens become the vector of the text.</summary>
public enum TokenPooling
{
    /// <summary>Mean over the tokens, special tokens included.</summary>
    Mean,

    /// <summary>The first token, [CLS].</summary>
    Cls,

    /// <summary>Maximum of each value over the tokens.</summary>
    Max,
}

/// <summary>How a <see cref="TextEncoder"/> reads texts. What is null is read from the files of the folder.</summary>
public sealed record TextEncoderOptions
{
    /// <summary>Pooling; null for that of 1_Pooling/config.json, or the mean. A model that pools itself takes none.</summary>
    public TokenPooling? Pooling { get; init; }

    /// <summary>Whether vectors get length 1; null for what modules.json says, or yes without it.</summary>
    public bool? Normalize { get; init; }

    /// <summary>Tokens of a text that count, special tokens included; null for that of sentence_bert_config.json or
    /// tokenizer_config.json, or 512.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>
    /// Tokens of one run, padding included. Texts of similar length run together; more tokens than fit the cache make no faster runs.
    /// </summary>
    public int BatchTokens { get; init; } = 512;

    /// <summary>Threads of one run; 0 for the number that Rowan uses.</summary>
    public int Threads { get; init; }
}
