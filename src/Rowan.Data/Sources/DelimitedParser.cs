using System.Buffers;

namespace Rowan.Data;

/// <summary>How the fields of a line are written.</summary>
/// <param name="Separator">The string between fields.</param>
/// <param name="Runs">Whether any run of spaces and tabs separates fields; <paramref name="Separator"/> is then a space.</param>
/// <param name="Quotes">Whether a field in quotation marks is taken without them, and may hold separators and line ends; a doubled mark
/// is one.</param>
/// <param name="Escapes">Whether a backslash takes away the meaning of the next character: \" within quotes, \t, \n, \r, \\.</param>
readonly record struct DelimitedDialect(string Separator, bool Runs = false, bool Quotes = true, bool Escapes = false)
{
    /// <summary>Runs of spaces and tabs.</summary>
    public static DelimitedDialect Spaces { get; } = new(" ", Runs: true, Quotes: false);

    /// <summary>The separator as <c>--separator</c> takes it.</summary>
    public string InWords => Runs ? "spaces" : Separator switch { "\t" => "tab", " " => "space", _ => Separator };
}

/// <summary>
/// Cuts text into records and records into fields. It is ours, and no package's, for three things that everyday files need: separators
/// of several characters and runs of spaces, marks escaped by a
/// backslash, and a record that is broken (a quotation mark that is never closed) must not take the rest of the file with it.
/// </summary>
/// <remarks>A record is a span of one buffer, which grows to the longest record. Fields are found in one pass with a vectorized search;
/// no string is made.</remarks>
sealed class DelimitedParser : IDisposable
{
    public const int LargestRecord = 1 << 24;

    readonly TextReader _text;
    readonly DelimitedDialect _dialect;
    readonly SearchValues<char> _ends;
    readonly char _first;
    char[] _buffer;
    int _start, _next, _length;
    (int Start, int Length, bool Quoted)[] _fields = new (int, int, bool)[16];
    char[] _unescaped = [];
    bool _ended;

    public DelimitedParser(TextReader text, DelimitedDialect dialect, int bufferChars = 1 << 16)
    {
        (_text, _dialect, _buffer, _first) = (text, dialect, new char[bufferChars], dialect.Separator[0]);
        _ends = SearchValues.Create(dialect.Runs ? [' ', '\t', '\n', '\r'] : [_first, '\n', '\r']);
    }

    /// <summary>Fields of the record at hand.</summary>
    public int Count { get; private set; }

    /// <summary>The line in which the record at hand begins; the first is 1.</summary>
    public long Line { get; private set; }

    /// <summary>The line after the record at hand.</summary>
    public long NextLine { get; private set; } = 1;

    /// <summary>What is wrong with the record at hand; null if nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether a quotation mark of the record at hand is open and not closed.</summary>
    public bool HasOpenMark { get; private set; }

    /// <summary>Whether a field of the record at hand is quoted.</summary>
    public bool HasQuotedField { get; private set; }

    /// <summary>Goes to the next record; false at the end of the text. An empty line is a record with one empty field.</summary>
    public bool Read()
    {
        if (_next > _buffer.Length / 2)
        {
            _buffer.AsSpan(_next, _length - _next).CopyTo(_buffer);
            (_length, _next) = (_length - _next, 0);
        }
        _start = _next;
        Line = NextLine;
        (Count, Problem, HasOpenMark, HasQuotedField) = (0, null, false, false);
        if (!Has(_start)) return false;
        int at = _start;
        while (Field(ref at)) { }
        _next = at;
        NextLine = Line + Math.Max(1, HasQuotedField || Problem is not null ? LineEnds(_buffer.AsSpan(_start, at - _start)) : 1);
        return true;
    }

    /// <summary>A field of the record at hand, without quotes, escapes and surrounding spaces; valid until the next read.</summary>
    public ReadOnlySpan<char> this[int field]
    {
        get
        {
            (int start, int length, bool quoted) = _fields[field];
            ReadOnlySpan<char> text = _buffer.AsSpan(_start + start, length);
            bool marks = quoted && text.Contains('"'), escaped = _dialect.Escapes && text.Contains('\\');
            return (marks || escaped ? Unescaped(text, marks) : text).Trim(' ');
        }
    }

    /// <summary>Gives up the record at hand: the next one begins on the line after its first.</summary>
    public void EndAtFirstLine()
    {
        int end = _start;
        while (Has(end) && _buffer[end] is not ('\n' or '\r')) end++;
        if (Has(end)) EndLine(ref end);
        (_next, NextLine) = (end, Line + 1);
    }

    public void Dispose() => _text.Dispose();

    /// <summary>Takes one field and what ends it; false if the record ends with it.</summary>
    bool Field(ref int at)
    {
        if (_dialect.Runs || _dialect.Quotes)
            while (Has(at) && (_buffer[at] == ' ' || (_dialect.Runs && _buffer[at] == '\t')) && (_dialect.Runs || _first != ' ')) at++;
        int start = at;
        if (_dialect.Runs && Count > 0 && (!Has(at) || _buffer[at] is '\n' or '\r')) return Ended(ref at);
        bool quoted = _dialect.Quotes && Has(at) && _buffer[at] == '"';
        if (quoted)
        {
            if (!Close(ref at)) return false;
            Add(start + 1, at - start - 1, true);
            at++;
            while (_first != ' ' && Has(at) && _buffer[at] == ' ') at++;
            if (Has(at) && _buffer[at] is not ('\n' or '\r') && !SeparatorAt(at))
            {
                Problem ??= _dialect.Escapes || !_buffer.AsSpan(start, at - start).Contains('\\')
                    ? "text follows a closing quotation mark; double the marks within a field (\"\"), or take marks as text with " +
                        "`no-quotes`"
                    : "text follows a closing quotation mark; if \\\" stands for a mark within a field, say `escapes`";
                Skip(ref at);
            }
        }
        else
        {
            Skip(ref at);
            Add(start, at - start, false);
        }
        if (!Has(at) || !SeparatorAt(at)) return Ended(ref at);
        at += _dialect.Separator.Length;
        return true;
    }

    bool Ended(ref int at)
    {
        if (Has(at)) EndLine(ref at);
        return false;
    }

    /// <summary>Goes to the next separator or line end, or to the end of the text.</summary>
    void Skip(ref int at)
    {
        while (Has(at))
        {
            int end = _buffer.AsSpan(at, _length - at).IndexOfAny(_ends);
            if (end < 0)
            {
                at = _length;
                continue;
            }
            at += end;
            if (_buffer[at] is '\n' or '\r') return;
            if (SeparatorAt(at) && !(_dialect.Escapes && IsEscaped(at))) return;
            at++;
        }
    }

    /// <summary>From an opening mark to the closing one; false, with a problem, where there is none.</summary>
    bool Close(ref int at)
    {
        for (at++; ; at++)
        {
            while (Has(at) && at - _start < LargestRecord)
            {
                int mark = _buffer.AsSpan(at, _length - at).IndexOf('"');
                if (mark < 0)
                {
                    at = _length;
                    continue;
                }
                at += mark;
                break;
            }
            if (!Has(at) || at - _start >= LargestRecord)
            {
                HasOpenMark = true;
                Problem = $"a quotation mark is open that is not closed within {LargestRecord:#,0} characters or the file; close it, " +
                    $"or take marks as text with `no-quotes`";
                return false;
            }
            if (_dialect.Escapes && IsEscaped(at)) continue;
            if (!Has(at + 1) || _buffer[at + 1] != '"') return true;
            at++;
        }
    }

    /// <summary>Whether an odd number of backslashes precedes a place.</summary>
    bool IsEscaped(int at)
    {
        int before = at;
        while (before > _start && _buffer[before - 1] == '\\') before--;
        return ((at - before) & 1) == 1;
    }

    bool SeparatorAt(int at)
    {
        if (_dialect.Runs) return _buffer[at] is ' ' or '\t';
        if (_buffer[at] != _first) return false;
        string separator = _dialect.Separator;
        return separator.Length == 1 || (Has(at + separator.Length - 1) && _buffer.AsSpan(at, separator.Length).SequenceEqual(separator));
    }

    void EndLine(ref int at)
    {
        if (_buffer[at] == '\r' && Has(at + 1) && _buffer[at + 1] == '\n') at++;
        at++;
    }

    void Add(int start, int length, bool quoted)
    {
        if (Count == _fields.Length) Array.Resize(ref _fields, 2 * Count);
        _fields[Count++] = (start - _start, length, quoted);
        HasQuotedField |= quoted;
    }

    static int LineEnds(ReadOnlySpan<char> text)
    {
        int count = text.Count('\n');
        for (int at; (at = text.IndexOf('\r')) >= 0; text = text[(at + 1)..])
            if (at + 1 == text.Length || text[at + 1] != '\n') count++;
        return count;
    }

    ReadOnlySpan<char> Unescaped(ReadOnlySpan<char> field, bool marks)
    {
        if (_unescaped.Length < field.Length) _unescaped = new char[field.Length * 2];
        int length = 0;
        for (int i = 0; i < field.Length; i++)
        {
            char c = field[i];
            if (_dialect.Escapes && c == '\\' && i + 1 < field.Length)
                c = field[++i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', var other => other };
            else if (marks && c == '"' && i + 1 < field.Length && field[i + 1] == '"') i++;
            _unescaped[length++] = c;
        }
        return _unescaped.AsSpan(0, length);
    }

    /// <summary>Whether the buffer holds a place, after reading on where it does not.</summary>
    bool Has(int at)
    {
        while (at >= _length && !_ended)
        {
            if (_length == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
            int read = _text.Read(_buffer, _length, _buffer.Length - _length);
            _ended = read == 0;
            _length += read;
        }
        return at < _length;
    }
}
