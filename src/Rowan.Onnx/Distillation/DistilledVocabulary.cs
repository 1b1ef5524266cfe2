using System.Text.RegularExpressions;
using Rowan.Data;
using Rowan.Numerics;

namespace Rowan.Onnx;

/// <summary>The tokens of a distilled encoder.</summary>
/// <param name="Tokenizer">Texts to the ids of the rows.</param>
/// <param name="Ids">What goes through the encoder for each row: ids of the encoder, special tokens included.</param>
/// <param name="Added">Words that got a row of their own.</param>
/// <param name="LeftOut">Words that the tokenizer would split.</param>
sealed partial record DistilledVocabulary(Tokenizer Tokenizer, int[][] Ids, int Added, IReadOnlyList<string> LeftOut)
{
    /// <summary>The encoder's tokens without those that are not in use, then the words.</summary>
    public static DistilledVocabulary Of(Tokenizer tokenizer, IReadOnlyList<string>? words)
    {
        int[] frame = tokenizer.Encode("");
        int[] Framed(int[] own) => [.. frame[..tokenizer.PrefixTokens], .. own, .. frame[tokenizer.PrefixTokens..]];
        if (!tokenizer.CanChangeVocabulary)
        {
            Require.That(words is null,
                $"Distill: the tokenizer has merges (BPE), so it takes no words of its own; leave the vocabulary out",
                nameof(words));
            return new(tokenizer, [.. Enumerable.Range(0, tokenizer.Count).Select(id => Framed([id]))], 0, []);
        }
        (List<string> tokens, List<int[]> ids, List<string> leftOut) = ([], [], []);
        for (int id = 0; id < tokenizer.Count; id++)
        {
            if (tokenizer[id] is not { } token || Unused().IsMatch(token)) continue;
            tokens.Add(token);
            ids.Add(Framed([id]));
        }
        var known = tokens.ToHashSet(StringComparer.Ordinal);
        int before = tokens.Count;
        foreach (string word in words ?? [])
        {
            string form = tokenizer.Normalize(word.Trim()).ToString();
            if (form.Length == 0 || known.Contains(form)) continue;
            if (!tokenizer.IsOnePiece(form))
            {
                leftOut.Add(word);
                continue;
            }
            known.Add(form);
            tokens.Add(form);
            ids.Add(tokenizer.Encode(form));
        }
        return new(tokenizer.WithTokens(tokens), [.. ids], tokens.Count - before, leftOut);
    }

    [GeneratedRegex(@"^\[unused\d+\]$")]
    private static partial Regex Unused();
}
