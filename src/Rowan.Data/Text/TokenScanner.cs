using System.Globalization;
using System.Text;

namespace Rowan.Data;

/// <summary>What a token is.</summary>
enum TokenKind
{
    /// <summary>Letters with their marks, digits, and apostrophes between letters.</summary>
    Word,

    /// <summary>A character, marks included, of a script that puts no spaces between words, such as Chinese, Japanese or Thai.</summary>
    Character,

    /// <summary>An emoji with its modifiers, a flag, or several emoji that are joined to one.</summary>
    Emoji,

    /// <summary>A question mark or an exclamation mark.</summary>
    Sign,
}

/// <summary>
/// Goes through the tokens of a text in any script. Spaces and all other signs separate tokens and are none.
/// </summary>
/// <param name="text">The text in NFC (<see cref="UnicodeNormalization.Nfc(ReadOnlySpan{char})"/>).</param>
ref struct TokenScanner(ReadOnlySpan<char> text)
{
    const char NonJoiner = '\u200c', Joiner = '\u200d';

    readonly ReadOnlySpan<char> _text = text;
    int _at;

    /// <summary>Where the token starts.</summary>
    public int Start { get; private set; }

    /// <summary>The token as written in the text.</summary>
    public readonly ReadOnlySpan<char> Token => _text[Start.._at];

    /// <summary>What the token is.</summary>
    public TokenKind Kind { get; private set; }

    /// <summary>Goes to the next token; false after the last.</summary>
    public bool Next()
    {
        while (_at < _text.Length)
        {
            Start = _at;
            char c = _text[_at];
            if (char.IsAsciiLetterOrDigit(c))
            {
                ReadWord();
                return true;
            }
            if (c < 0x80)
            {
                _at++;
                if (c is not ('!' or '?')) continue;
                Kind = TokenKind.Sign;
                return true;
            }
            Rune.DecodeFromUtf16(_text[_at..], out Rune rune, out int length);
            if (Scripts.IsWordPart(rune) && !Scripts.IsUnspaced(rune))
            {
                ReadWord();
                return true;
            }
            bool character = Scripts.IsWordPart(rune), emoji = !character && Scripts.IsEmoji(rune), sign = rune.Value is '？' or '！' or '¿'
                or '¡' or '؟';
            _at += character || emoji ? StringInfo.GetNextTextElementLength(_text[_at..]) : length;
            if (!character && !emoji && !sign) continue;
            Kind = character ? TokenKind.Character : emoji ? TokenKind.Emoji : TokenKind.Sign;
            return true;
        }
        return false;
    }

    void ReadWord()
    {
        Kind = TokenKind.Word;
        while (_at < _text.Length)
        {
            char c = _text[_at];
            if (char.IsAsciiLetterOrDigit(c))
            {
                _at++;
                continue;
            }
            // Apostrophes and (non-)joiners belong to a word that goes on after them.
            if (c is '\'' or '’' or NonJoiner or Joiner)
            {
                if (_at + 1 >= _text.Length || !Continues(_at + 1)) return;
                _at++;
                continue;
            }
            if (c < 0x80) return;
            Rune.DecodeFromUtf16(_text[_at..], out Rune rune, out int length);
            if (!Scripts.IsMark(rune) && (!Scripts.IsWordPart(rune) || Scripts.IsUnspaced(rune))) return;
            _at += length;
        }
    }

    readonly bool Continues(int at)
    {
        Rune.DecodeFromUtf16(_text[at..], out Rune rune, out _);
        return Rune.IsLetter(rune) && !Scripts.IsUnspaced(rune);
    }
}
