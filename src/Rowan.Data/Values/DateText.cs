using System.Globalization;

namespace Rowan.Data;

/// <summary>
/// A date as a field writes it: year, month and day in any of the usual forms, then perhaps a time of day and an offset from UTC. Two
/// numbers before the year stay as they
/// stand, since the column decides which of them is the month. Nothing depends on the culture or on today.
/// </summary>
readonly struct DateText
{
    // A year of two digits from 69 on is of the last century, as POSIX has it.
    const int Pivot = 69, MinutesOfHour = 60;
    static readonly string[] MonthNames = ["january", "february", "march", "april", "may", "june", "july", "august", "september",
        "october", "november", "december"];
    static readonly string[] Days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    readonly int _year, _first, _second;
    readonly long _ticks;

    DateText(int year, int first, int second, bool open, char separator, long ticks) => (_year, _first, _second, IsOpen, Separator,
        _ticks) = (year, first, second, open, separator, ticks);

    /// <summary>Whether both numbers before the year may be the month, as far as their order goes; otherwise the first is the
    /// month.</summary>
    public bool IsOpen { get; }

    /// <summary>The character between the numbers.</summary>
    public char Separator { get; }

    /// <summary>Whether the first of two open numbers may be the day.</summary>
    public bool CanBeDayFirst => IsDate(_year, _second, _first);

    /// <summary>Whether the first of two open numbers may be the month.</summary>
    public bool CanBeMonthFirst => IsDate(_year, _first, _second);

    /// <summary>Seconds since 1970; false where there is no such day.</summary>
    public bool TrySeconds(DateOrder order, out decimal seconds)
    {
        (int month, int day) = IsOpen && order == DateOrder.DayFirst ? (_second, _first) : (_first, _second);
        seconds = 0;
        if (!IsDate(_year, month, day)) return false;
        seconds = Seconds(new DateTime(_year, month, day, 0, 0, 0, DateTimeKind.Utc).Ticks + _ticks);
        return true;
    }

    /// <summary>.NET's ticks as seconds since 1970.</summary>
    public static decimal Seconds(long ticks) => (ticks - DateTime.UnixEpoch.Ticks) / (decimal)TimeSpan.TicksPerSecond;

    static bool IsDate(int year, int month, int day) => year is >= 1 and <= 9999 && month is >= 1 and <= 12 && day >= 1
        && day <= DateTime.DaysInMonth(year, month);

    /// <summary>Reads a date; false for anything else, such as 1-2, 12:30, 1.2.3 or 02-29.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateText date)
    {
        date = default;
        var at = new Cursor(text.Trim());
        if (at.Word(Days, 3) >= 0)
        {
            at.Skip(',');
            at.Spaces();
        }
        long ticks = 0;
        if (!Numbers(ref at, out date) && !Named(ref at, out date, ref ticks)) return false;
        if (!Rest(ref at, ref ticks)) return false;
        date = new DateText(date._year, date._first, date._second, date.IsOpen, date.Separator, date._ticks + ticks);
        return date.CanBeMonthFirst || (date.IsOpen && date.CanBeDayFirst);
    }

    /// <summary>2023-01-31, 31/01/2023, 31.1.2023, 1/31/23, 20230131T…, "01 31, 2023".</summary>
    static bool Numbers(ref Cursor at, out DateText date)
    {
        date = default;
        Cursor start = at;
        if (at.Digits(out int a) is var first and > 0 && at.Next is '-' or '/' or '.' or ' ' && at.Take() is var separator
            && at.Digits(out int b) is > 0 and <= 2)
        {
            if (separator == ' ')
            {
                if (first <= 2 && at.Skip(',') && at.Spaces() && at.Digits(out int last) == 4)
                    return Is(out date, new DateText(last, a, b, false, ' ', 0));
            }
            else if (at.Skip(separator) && at.Digits(out int c) is > 0 and var third)
            {
                if (first == 4 && third <= 2) return Is(out date, new DateText(a, b, c, false, separator, 0));
                if (first <= 2 && third == 4) return Is(out date, new DateText(c, a, b, true, separator, 0));
                if (first <= 2 && third == 2 && separator == '/')
                    return Is(out date, new DateText(c + (c >= Pivot ? 1900 : 2000), a, b, true, separator, 0));
            }
        }
        at = start;
        if (at.Digits(out int whole) == 8 && at.Next is 'T')
            return Is(out date, new DateText(whole / 10_000, whole / 100 % 100, whole % 100, false, '\0', 0));
        at = start;
        return false;
    }

    /// <summary>31-Jan-2023, 31 January 2023, Jan 31, 2023, Jan 31 10:00:00 +0000 2023.</summary>
    static bool Named(ref Cursor at, out DateText date, ref long ticks)
    {
        date = default;
        Cursor start = at;
        if (at.Digits(out int day) is 1 or 2)
        {
            at.Ordinal();
            char separator = at.Next;
            if (separator is '-' or '/' or '.') at.Take();
            else if (!at.Spaces()) separator = '\0';
            if (Month(ref at) is > 0 and var month)
            {
                if (separator is '-' or '/' or '.') at.Skip(separator);
                else
                {
                    at.Skip(',');
                    at.Spaces();
                }
                int digits = at.Digits(out int year);
                if (digits == 4) return Is(out date, new DateText(year, month, day, false, separator, 0));
                if (digits == 2 && separator is '-' or '/')
                    return Is(out date, new DateText(year + (year >= Pivot ? 1900 : 2000), month, day, false, separator, 0));
            }
        }
        at = start;
        if (Month(ref at) is > 0 and var named && at.Spaces() && at.Digits(out int of) is 1 or 2)
        {
            at.Ordinal();
            at.Skip(',');
            if (!at.Spaces()) return false;
            Cursor before = at;
            if (at.Digits(out int year) == 4 && at.Next != ':') return Is(out date, new DateText(year, named, of, false, ' ', 0));
            at = before;
            // The year last, as Twitter and C's ctime write it.
            if (Clock(ref at, ref ticks) && at.Spaces())
            {
                if (Zone(ref at, ref ticks) && !at.Spaces()) return false;
                if (at.Digits(out int last) == 4 && at.IsEnd) return Is(out date, new DateText(last, named, of, false, ' ', 0));
            }
            ticks = 0;
        }
        at = start;
        return false;
    }

    static bool Is(out DateText date, DateText value)
    {
        date = value;
        return true;
    }

    static int Month(ref Cursor at) => at.Word(MonthNames, 3) + 1;

    /// <summary>What may follow a date: a time of day and an offset.</summary>
    static bool Rest(ref Cursor at, ref long ticks)
    {
        if (at.IsEnd) return true;
        bool parted = at.Skip('T') || at.Skip(',') | at.Spaces();
        if (!parted) return Zone(ref at, ref ticks) && at.IsEnd;
        if (!Clock(ref at, ref ticks) && !Compact(ref at, ref ticks)) return Zone(ref at, ref ticks) && at.IsEnd;
        at.Spaces();
        return at.IsEnd || (Zone(ref at, ref ticks) && at.IsEnd);
    }

    /// <summary>H:mm, H:mm:ss, with a fraction and AM or PM.</summary>
    static bool Clock(ref Cursor at, ref long ticks)
    {
        Cursor start = at;
        if (at.Digits(out int hour) is not (1 or 2) || hour > 23 || !at.Skip(':') || at.Digits(out int minute) != 2 || minute > 59)
        {
            at = start;
            return false;
        }
        int second = 0;
        long fraction = 0;
        if (at.Skip(':'))
        {
            if (at.Digits(out second) != 2 || second > 59) return false;
            if (at.Next is '.' or ',' && !at.Fraction(out fraction)) return false;
        }
        Cursor before = at;
        at.Spaces();
        if (at.HalfDay() is { } afternoon)
        {
            if (hour is 0 or > 12) return false;
            hour = hour % 12 + (afternoon ? 12 : 0);
        }
        else at = before;
        ticks += ((hour * 60L + minute) * 60 + second) * TimeSpan.TicksPerSecond + fraction;
        return true;
    }

    /// <summary>HHmmss.</summary>
    static bool Compact(ref Cursor at, ref long ticks)
    {
        Cursor start = at;
        if (at.Digits(out int clock) is not (4 or 6))
        {
            at = start;
            return false;
        }
        if (at.Position - start.Position == 4) clock *= 100;
        if (clock / 10_000 > 23 || clock / 100 % 100 > 59 || clock % 100 > 59) return false;
        ticks += ((clock / 10_000 * 60L + clock / 100 % 100) * 60 + clock % 100) * TimeSpan.TicksPerSecond;
        return true;
    }

    /// <summary>Z, UTC, GMT, +hh, +hhmm, +hh:mm.</summary>
    static bool Zone(ref Cursor at, ref long ticks)
    {
        if (at.Skip('Z') || at.Text("UTC") || at.Text("GMT"))
        {
            if (at.IsEnd || at.Next is not ('+' or '-')) return true;
        }
        if (at.Next is not ('+' or '-')) return false;
        int sign = at.Take() == '+' ? 1 : -1, digits = at.Digits(out int offset), minutes = 0;
        if (digits == 4) (offset, minutes) = (offset / 100, offset % 100);
        else if (digits is not (1 or 2) || (at.Skip(':') && at.Digits(out minutes) != 2)) return false;
        if (offset > 14 || minutes > 59) return false;
        ticks -= sign * (offset * MinutesOfHour + minutes) * TimeSpan.TicksPerMinute;
        return true;
    }

    /// <summary>A place in a text.</summary>
    ref struct Cursor(ReadOnlySpan<char> text)
    {
        readonly ReadOnlySpan<char> _text = text;

        public int Position { get; private set; }

        public readonly bool IsEnd => Position == _text.Length;

        /// <summary>The character at hand; a zero at the end.</summary>
        public readonly char Next => IsEnd ? '\0' : _text[Position];

        public char Take() => _text[Position++];

        public bool Skip(char c)
        {
            bool here = Next == c && !IsEnd;
            if (here) Position++;
            return here;
        }

        public bool Spaces()
        {
            int start = Position;
            while (!IsEnd && char.IsWhiteSpace(_text[Position])) Position++;
            return Position > start;
        }

        public bool Text(string word)
        {
            bool here = _text[Position..].StartsWith(word, StringComparison.OrdinalIgnoreCase);
            if (here) Position += word.Length;
            return here;
        }

        /// <summary>Reads up to nine digits; the number of digits, 0 for none or more.</summary>
        public int Digits(out int value)
        {
            int start = Position;
            value = 0;
            while (!IsEnd && char.IsAsciiDigit(_text[Position]) && Position - start < 9) value = value * 10 + (_text[Position++] - '0');
            return !IsEnd && char.IsAsciiDigit(_text[Position]) ? 0 : Position - start;
        }

        /// <summary>A decimal mark and digits, as ticks; what is shorter than a tick is cut off.</summary>
        public bool Fraction(out long ticks)
        {
            Position++;
            int digits = 0;
            ticks = 0;
            for (; !IsEnd && char.IsAsciiDigit(_text[Position]); Position++, digits++)
                if (digits < 7) ticks = ticks * 10 + (_text[Position] - '0');
            for (int i = digits; i < 7; i++) ticks *= 10;
            return digits > 0;
        }

        /// <summary>st, nd, rd or th.</summary>
        public void Ordinal() => _ = Text("st") || Text("nd") || Text("rd") || Text("th");

        /// <summary>True for PM, false for AM, null for neither.</summary>
        public bool? HalfDay() => Text("am") || Text("a.m.") ? false : Text("pm") || Text("p.m.") ? true : null;

        /// <summary>The word at hand among some, whole or by its first letters; −1 where it is none.</summary>
        public int Word(string[] words, int fewest)
        {
            int length = 0;
            while (Position + length < _text.Length && char.IsAsciiLetter(_text[Position + length])) length++;
            if (length < fewest) return -1;
            ReadOnlySpan<char> word = _text.Slice(Position, length);
            for (int i = 0; i < words.Length; i++)
            {
                if (!word.Equals(words[i], StringComparison.OrdinalIgnoreCase) && !(length <= fewest + 1
                    && words[i].AsSpan().StartsWith(word, StringComparison.OrdinalIgnoreCase))) continue;
                Position += length;
                if (Next == '.') Position++;
                return i;
            }
            return -1;
        }
    }
}
