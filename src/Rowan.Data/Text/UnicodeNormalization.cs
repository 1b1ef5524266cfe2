using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;

namespace Rowan.Data;

/// <summary>
/// Unicode's canonical composition (NFC): letters and their marks as one code point where there is one, so that "ế" is the same word
/// however it was typed.
/// </summary>
/// <remarks>
/// <see cref="string.Normalize()"/> changes nothing where globalization is invariant, so the algorithm (Unicode Standard Annex 15) is
/// here, and its data is nfc.txt. Safe to call from any thread.
/// </remarks>
public static class UnicodeNormalization
{
    // No character below this code point combines with the one before it.
    const char FirstMark = '\u0300';

    const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7, Leads = 19, Vowels = 21, Tails = 28,
    Syllables = Leads * Vowels * Tails;

    static readonly Lazy<Tables> Data = new(Tables.Read);

    /// <summary>The text in NFC: itself if it is so already.</summary>
    /// <param name="text">Any text; surrogates without a partner are kept.</param>
    public static ReadOnlySpan<char> Nfc(ReadOnlySpan<char> text) => MayChange(text) ? Composed(text) : text;

    /// <summary>The text in NFC: itself if it is so already.</summary>
    public static string Nfc(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return MayChange(text) ? Composed(text).ToString() : text;
    }

    /// <summary>The text decomposed (NFD): letters apart from their marks.</summary>
    internal static ReadOnlySpan<char> Nfd(ReadOnlySpan<char> text) =>
        text.IndexOfAnyInRange('\u00c0', '\uffff') < 0 ? text : Units(Decomposed(text));

    static bool MayChange(ReadOnlySpan<char> text)
    {
        int first = text.IndexOfAnyInRange(FirstMark, '\uffff');
        if (first < 0) return false;
        Tables data = Data.Value;
        foreach (char c in text[first..])
            if (data.MayChange[c]) return true;
        return false;
    }

    static ReadOnlySpan<char> Composed(ReadOnlySpan<char> text)
    {
        List<(int Code, byte Class)> all = Decomposed(text);
        Compose(all);
        return Units(all);
    }

    static List<(int Code, byte Class)> Decomposed(ReadOnlySpan<char> text)
    {
        var all = new List<(int Code, byte Class)>(text.Length);
        for (int at = 0; at < text.Length;)
        {
            // A surrogate without a partner is a code point of its own here, and comes out as it came in.
            int code = Rune.DecodeFromUtf16(text[at..], out Rune rune, out int length) == OperationStatus.Done ? rune.Value : text[at];
            at += Math.Max(1, length);
            Decompose(code, all);
        }
        return all;
    }

    static ReadOnlySpan<char> Units(List<(int Code, byte Class)> all)
    {
        var units = new char[2 * all.Count];
        int count = 0;
        foreach ((int code, _) in all)
            if (code < 0x10000) units[count++] = (char)code;
            else count += new Rune(code).EncodeToUtf16(units.AsSpan(count));
        return units.AsSpan(0, count);
    }

    static void Decompose(int code, List<(int Code, byte Class)> into)
    {
        int syllable = code - SyllableBase;
        if (syllable is >= 0 and < Syllables)
        {
            into.Add((LeadBase + syllable / (Vowels * Tails), 0));
            into.Add((VowelBase + syllable / Tails % Vowels, 0));
            if (syllable % Tails > 0) into.Add((TailBase + syllable % Tails, 0));
            return;
        }
        if (Data.Value.Decompositions.TryGetValue(code, out int[]? parts))
        {
            foreach (int part in parts) Decompose(part, into);
            return;
        }
        byte own = Data.Value.Classes.GetValueOrDefault(code);
        int place = into.Count;
        // The marks of a letter are ordered by their combining class.
        if (own > 0)
            while (place > 0 && into[place - 1].Class > own) place--;
        into.Insert(place, (code, own));
    }

    static void Compose(List<(int Code, byte Class)> all)
    {
        int starter = -1, count = 0;
        for (int at = 0; at < all.Count; at++)
        {
            (int code, byte own) = all[at];
            // A mark joins the last letter unless another mark of its class, or a letter, stands between.
            bool blocked = starter >= 0 && starter < count - 1 && (all[count - 1].Class >= own || all[count - 1].Class == 0);
            if (starter >= 0 && !blocked && Pair(all[starter].Code, code) is { } joined)
            {
                all[starter] = (joined, 0);
                continue;
            }
            if (own == 0) starter = count;
            all[count++] = (code, own);
        }
        all.RemoveRange(count, all.Count - count);
    }

    static int? Pair(int first, int second)
    {
        int lead = first - LeadBase, vowel = second - VowelBase, syllable = first - SyllableBase, tail = second - TailBase;
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels) return SyllableBase + (lead * Vowels + vowel) * Tails;
        if (syllable is >= 0 and < Syllables && syllable % Tails == 0 && tail is > 0 and < Tails) return first + tail;
        return Data.Value.Pairs.TryGetValue((first, second), out int joined) ? joined : null;
    }

    /// <summary>What nfc.txt says.</summary>
    sealed class Tables
    {
        public Dictionary<int, int[]> Decompositions { get; } = [];

        public Dictionary<(int, int), int> Pairs { get; } = [];

        public Dictionary<int, byte> Classes { get; } = [];

        /// <summary>
        /// UTF-16 code units that a text with nothing to do does not hold: marks, second parts of pairs, and what never stays as it is.
        /// </summary>
        public BitArray MayChange { get; } = new(1 << 16);

        public static Tables Read()
        {
            var tables = new Tables();
            using Stream stream = typeof(UnicodeNormalization).Assembly.GetManifestResourceStream("nfc.txt")!;
            using var reader = new StreamReader(stream, Encoding.ASCII);
            while (reader.ReadLine() is { } line)
            {
                int sign = line.AsSpan().IndexOfAny("=>:");
                if (line[0] == '#' || sign < 0) continue;
                if (line[sign] == ':')
                {
                    int[] range = [.. line[..sign].Split('-').Select(Code)];
                    for (int code = range[0]; code <= range[1]; code++)
                    {
                        tables.Classes[code] = byte.Parse(line.AsSpan(sign + 1), CultureInfo.InvariantCulture);
                        tables.Mark(code);
                    }
                    continue;
                }
                int whole = Code(line[..sign]);
                int[] parts = [.. line[(sign + 1)..].Split(' ').Select(Code)];
                tables.Decompositions[whole] = parts;
                if (line[sign] == '>') tables.Mark(whole);
                else
                {
                    tables.Pairs[(parts[0], parts[1])] = whole;
                    tables.Mark(parts[1]);
                }
            }
            for (int code = VowelBase; code < VowelBase + Vowels; code++) tables.Mark(code);
            for (int code = TailBase + 1; code < TailBase + Tails; code++) tables.Mark(code);
            return tables;
        }

        void Mark(int code) => MayChange[code < 0x10000 ? code : new Rune(code).ToString()[0]] = true;

        static int Code(string hexadecimal) => int.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
