namespace Rowan.Recipes;

/// <summary>
/// English words to their stems, so that "searches", "searching" and "searched" are one word (M. F. Porter, <i>An algorithm for suffix
/// stripping</i>, Program 14(3), 1980). Words with other characters than a to z stay as they are.
/// </summary>
/// <remarks>The measure m of a stem counts its vowel-consonant sequences: [C](VC)ᵐ[V].</remarks>
static class EnglishStemmer
{
    // Of each pair of suffixes the first is replaced by the second if m > 0. The first that a word ends in decides.
    static readonly (string Suffix, string By)[] Step2 =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"), ("alli", "al"),
        ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
        ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"),
        ("aliti", "al"), ("iviti", "ive"),
        ("biliti", "ble"), ("logi", "log"),
    ];

    static readonly (string Suffix, string By)[] Step3 =
        [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

    // Removed if m > 1; "ion" only after s or t.
    static readonly string[] Step4 =
    [
        "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive",
        "ize",
    ];

    /// <summary>The stem of a word in lower case.</summary>
    public static string Stem(string word)
    {
        if (word.Length < 3 || word.AsSpan().ContainsAnyExceptInRange('a', 'z')) return word;
        string stem = Plural(word);
        stem = PastAndGerund(stem);
        if (stem.EndsWith('y') && HasVowel(stem.AsSpan(0, stem.Length - 1))) stem = stem[..^1] + "i";
        stem = Replaced(Replaced(stem, Step2), Step3);
        return WithoutFinalE(WithoutSuffix(stem));
    }

    static string Plural(string x)
    {
        if (x.EndsWith("sses", StringComparison.Ordinal) || x.EndsWith("ies", StringComparison.Ordinal)) return x[..^2];
        return x.EndsWith('s') && !x.EndsWith("ss", StringComparison.Ordinal) ? x[..^1] : x;
    }

    static string PastAndGerund(string x)
    {
        if (x.EndsWith("eed", StringComparison.Ordinal)) return Measure(x.AsSpan(0, x.Length - 3)) > 0 ? x[..^1] : x;
        int cut = x.EndsWith("ed", StringComparison.Ordinal) ? 2 : x.EndsWith("ing", StringComparison.Ordinal) ? 3 : 0;
        if (cut == 0 || !HasVowel(x.AsSpan(0, x.Length - cut))) return x;
        string stem = x[..^cut];
        if (stem.EndsWith("at", StringComparison.Ordinal) || stem.EndsWith("bl", StringComparison.Ordinal)
            || stem.EndsWith("iz", StringComparison.Ordinal)) return stem + "e";
        if (EndsInDouble(stem) && stem[^1] is not ('l' or 's' or 'z')) return stem[..^1];
        return Measure(stem) == 1 && EndsInShortSyllable(stem) ? stem + "e" : stem;
    }

    static string Replaced(string x, (string Suffix, string By)[] rules)
    {
        foreach ((string suffix, string by) in rules)
            if (x.EndsWith(suffix, StringComparison.Ordinal))
                return Measure(x.AsSpan(0, x.Length - suffix.Length)) > 0 ? x[..^suffix.Length] + by : x;
        return x;
    }

    static string WithoutSuffix(string x)
    {
        // Of several suffixes the longest counts: "ement" before "ment" before "ent".
        foreach (string suffix in Step4)
        {
            if (!x.EndsWith(suffix, StringComparison.Ordinal)) continue;
            string stem = x[..^suffix.Length];
            return Measure(stem) > 1 && (suffix != "ion" || (stem.Length > 0 && stem[^1] is 's' or 't')) ? stem : x;
        }
        return x;
    }

    static string WithoutFinalE(string x)
    {
        if (x.EndsWith('e'))
        {
            string stem = x[..^1];
            int measure = Measure(stem);
            if (measure > 1 || (measure == 1 && !EndsInShortSyllable(stem))) x = stem;
        }
        return x.EndsWith("ll", StringComparison.Ordinal) && Measure(x) > 1 ? x[..^1] : x;
    }

    static int Measure(ReadOnlySpan<char> x)
    {
        int measure = 0;
        for (int i = 1; i < x.Length; i++)
            if (IsConsonant(x, i) && !IsConsonant(x, i - 1)) measure++;
        return measure;
    }

    static bool HasVowel(ReadOnlySpan<char> x)
    {
        for (int i = 0; i < x.Length; i++)
            if (!IsConsonant(x, i)) return true;
        return false;
    }

    /// <summary>y is a vowel after a consonant.</summary>
    static bool IsConsonant(ReadOnlySpan<char> x, int i) => x[i] switch
    {
        'a' or 'e' or 'i' or 'o' or 'u' => false,
        'y' => i == 0 || !IsConsonant(x, i - 1),
        _ => true,
    };

    static bool EndsInDouble(string x) => x.Length >= 2 && x[^1] == x[^2] && IsConsonant(x, x.Length - 1);

    /// <summary>Consonant, vowel, consonant other than w, x and y: "hop".</summary>
    static bool EndsInShortSyllable(string x) => x.Length >= 3 && x[^1] is not ('w' or 'x' or 'y')
        && IsConsonant(x, x.Length - 1) && !IsConsonant(x, x.Length - 2) && IsConsonant(x, x.Length - 3);
}
