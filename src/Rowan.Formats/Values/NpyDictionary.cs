using System.Globalization;

namespace Rowan.Formats;

/// <summary>
/// Reads <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (3, 2), }</c>: the three keys, in any order, and nothing else.
/// </summary>
ref struct NpyDictionary(string text, string where, int start)
{
    int _at;

    public NpyHeader Read()
    {
        (NumberKind Kind, bool BigEndian)? type = null;
        bool? columnMajor = null;
        long[]? sizes = null;
        Expect('{');
        while (!Take('}'))
        {
            string key = Text();
            Expect(':');
            switch (key)
            {
                case "descr" when type is null: type = Type(); break;
                case "fortran_order" when columnMajor is null: columnMajor = Boolean(); break;
                case "shape" when sizes is null: sizes = Sizes(); break;
                default: throw Bad($"the key '{Short(key)}' is unknown or double");
            }
            if (Take(',')) continue;
            Expect('}');
            break;
        }
        SkipBlanks();
        if (_at < text.Length) throw Bad("text after the dictionary");
        if (type is not var (kind, bigEndian) || columnMajor is null || sizes is null)
            throw Bad("descr, fortran_order or shape is missing");
        return new(kind, bigEndian, columnMajor.Value, sizes);
    }

    (NumberKind, bool) Type()
    {
        SkipBlanks();
        if (_at < text.Length && text[_at] == '[')
            throw new NotSupportedException($"{where}: offset {start + _at}: an array of records; save its fields one by one");
        string spelled = Text();
        NumberKind? kind = spelled is not [_, .. var code] ? null : code switch
        {
            "f4" => NumberKind.Float32,
            "f8" => NumberKind.Float64,
            "f2" => NumberKind.Float16,
            "i8" => NumberKind.Int64,
            "i4" => NumberKind.Int32,
            "i2" => NumberKind.Int16,
            "i1" => NumberKind.Int8,
            "u4" => NumberKind.UInt32,
            "u2" => NumberKind.UInt16,
            "u1" => NumberKind.UInt8,
            "b1" => NumberKind.Bool,
            _ => null,
        };
        bool ordered = kind is not null && (spelled[0] is '<' or '>' || (spelled[0] == '|' && kind.Value.Bytes() == 1));
        if (kind is null || !ordered)
            throw new NotSupportedException($"{where}: offset {start + _at}: numbers of type '{Short(spelled)}'; f2, f4, f8, i1 to i8, "
                + $"u1 to u4 and b1 can be read");
        return (kind.Value, spelled[0] == '>');
    }

    bool Boolean()
    {
        SkipBlanks();
        foreach ((string word, bool value) in ((string, bool)[])[("True", true), ("False", false)])
            if (text.AsSpan(_at).StartsWith(word))
            {
                _at += word.Length;
                return value;
            }
        throw Bad("fortran_order is neither True nor False");
    }

    long[] Sizes()
    {
        var sizes = new List<long>();
        Expect('(');
        while (!Take(')'))
        {
            sizes.Add(Number());
            if (Take(',')) continue;
            if (sizes.Count == 1) throw Bad("a shape of one size needs a comma after it");
            Expect(')');
            break;
        }
        return [.. sizes];
    }

    long Number()
    {
        SkipBlanks();
        int from = _at;
        while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
        if (!long.TryParse(text.AsSpan(from, _at - from), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            throw Bad("no size from 0 to 2⁶³ − 1");
        Take('L');      // Python 2 wrote long integers so
        return number;
    }

    string Text()
    {
        SkipBlanks();
        if (_at == text.Length || text[_at] is not ('\'' or '"')) throw Bad("no quoted text");
        int from = _at + 1, end = text.IndexOf(text[_at], from);
        if (end < 0) throw Bad("a quote is not closed");
        _at = end + 1;
        return text[from..end];
    }

    void Expect(char c)
    {
        if (!Take(c)) throw Bad($"no '{c}'");
    }

    bool Take(char c)
    {
        SkipBlanks();
        if (_at == text.Length || text[_at] != c) return false;
        _at++;
        return true;
    }

    void SkipBlanks()
    {
        while (_at < text.Length && text[_at] is (' ' or '\n' or '\t' or '\r')) _at++;
    }

    static string Short(string name) => name.Length <= 40 ? name : name[..40] + "…";

    readonly InvalidDataException Bad(string what) =>
        new($"{where}: offset {start + _at}: the header is no dictionary of descr, fortran_order and shape: {what}; {ByteSource.Remedy}");
}
