using System.Globalization;

namespace Rowan.Data;

/// <summary>What the fields of one column have in common.</summary>
/// <param name="separator">The character between fields, where the format has one.</param>
/// <param name="dates">How dates are written, where that was stated.</param>
/// <param name="decimalComma">Whether 4,5 is the number 4.5, where that was stated.</param>
sealed class ColumnProfile(char? separator, ValueFormat? dates, bool? decimalComma)
{
    const int RatingsAtMost = 21, FewValues = 50;
    const double FewestWordsOfProse = 3, FewestWordsOfRepeatedProse = 4, OldestSeconds = 1e8;
    static readonly char[] BetweenValues = ['|', ';'];
    static readonly string[][] Flags = [["0", "1"], ["true", "false"], ["yes", "no"], ["y", "n"], ["t", "f"], ["-1", "1"], ["0.0", "1.0"]];

    readonly long[] _parted = new long[BetweenValues.Length];
    long _integers, _points, _commas, _clearPoints, _clearCommas, _times, _dayFirst, _monthFirst, _open, _padded, _previous,
        _openNumbers, _commaMarked;
    double _words, _largest;
    bool _counts = true;
    char _openSeparator;

    public long Values { get; private set; }

    /// <summary>Fields without a value, whatever the column is.</summary>
    public long Empty { get; set; }

    /// <summary>Fields that say in a numeric column that the value is missing.</summary>
    public long Marked { get; private set; }

    public HashSet<string> Distinct { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the fields are lists in the file.</summary>
    public bool IsList { get; set; }

    /// <summary>The share of numbers among the values.</summary>
    public double NumberShare => Share(Math.Max(_points, _commas));

    public double TimeShare => Share(_times);

    /// <summary>Words per value; a character of a script without spaces counts as half a word.</summary>
    public double Words => Values == 0 ? 0 : _words / Values;

    /// <summary>Whether values occur again, at least once on average.</summary>
    public bool Repeats => Values >= 2 * Distinct.Count;

    /// <summary>Whether hardly any value occurs twice.</summary>
    public bool IsUnique => Distinct.Count >= Math.Min(Values, SchemaInference.DistinctLimit) * 0.95;

    /// <summary>Whether the values are 0, 1, 2 … in order: the number of the record.</summary>
    public bool IsCount => _counts && Values >= 3;

    /// <summary>Whether there are two values that mean yes and no.</summary>
    public bool IsFlag => Distinct.Count == 2 && Array.Exists(Flags, flag => Distinct.All(value =>
        flag.Contains(value, StringComparer.OrdinalIgnoreCase)));

    /// <summary>Whether there are few different numbers, as of stars.</summary>
    public bool LooksLikeRating => Kind is ColumnKind.Integer or ColumnKind.Number && Distinct.Count is >= 2 and <= RatingsAtMost
        && _largest <= 100;

    /// <summary>Whether these are dates, or numbers as large as seconds since 1970 are.</summary>
    public bool LooksLikeTime => Kind == ColumnKind.Time || (Kind is ColumnKind.Integer or ColumnKind.Number && _largest >= OldestSeconds);

    /// <summary>Whether all values but those that say that one is missing are numbers or dates.</summary>
    public bool OthersAreNumbersOrTimes => Values > Marked && Math.Max(Math.Max(_points, _commas), _times) >= (Values - Marked) * 0.9;

    /// <summary>What separates a fifth of the fields or more into several values.</summary>
    public char? Separator => Array.FindIndex(_parted, count => Values > 0 && count * 5 >= Values) is var index and >= 0
        ? BetweenValues[index] : null;

    public ColumnKind Kind
    {
        get
        {
            if (IsList) return ColumnKind.Name;
            if (Values == 0) return Marked > 0 ? ColumnKind.Number : ColumnKind.Empty;
            // A code such as 00123 is written with digits and is no quantity.
            if (dates?.DatePattern is not null && _times == Values) return ColumnKind.Time;
            if (_integers == Values) return _padded > 0 ? ColumnKind.Name : ColumnKind.Integer;
            if (Math.Max(_points, _commas) == Values) return ColumnKind.Number;
            if (_times == Values) return ColumnKind.Time;
            return Words >= (Distinct.Count <= FewValues && Values >= 5 * Distinct.Count ? FewestWordsOfRepeatedProse
                : FewestWordsOfProse) ? ColumnKind.Prose : ColumnKind.Name;
        }
    }

    /// <summary>How numbers and dates are written.</summary>
    public ValueFormat Format => (dates ?? ValueFormat.Default with
    {
        DateOrder = _dayFirst != _monthFirst ? _dayFirst > _monthFirst ? DateOrder.DayFirst : DateOrder.MonthFirst : _open > 0
            && _openSeparator is '.' or '-' ? DateOrder.DayFirst : DateOrder.MonthFirst,
    }) with
    {
        DecimalComma = decimalComma ?? (_commas > _points || (_commas == _points && (ClearDecimalComma ?? DecimalCommaOfOthers
            ?? (IsDecimalOpen && _commaMarked > 0 && separator == ';')))),
    };

    /// <summary>Whether dates are open to both orders of day and month.</summary>
    public bool IsDateOrderOpen => dates is null && _open > 0 && _dayFirst == _monthFirst && TimeShare >= 0.5;

    /// <summary>Which decimal mark the numbers leave no doubt of; null where they leave it open.</summary>
    public bool? ClearDecimalComma => _clearCommas == _clearPoints ? null : _clearCommas > _clearPoints;

    /// <summary>The decimal mark of the file's other columns, which decides where this one leaves it open.</summary>
    public bool? DecimalCommaOfOthers { get; set; }

    /// <summary>Whether every number with a mark may be of either decimal mark: "1,234".</summary>
    public bool IsDecimalOpen => decimalComma is null && DecimalCommaOfOthers is null && _commas == _points && _clearCommas == 0
        && _clearPoints == 0 && _openNumbers > 0;

    double Share(long count) => Values == 0 ? 0 : (double)count / Values;

    /// <summary>Counts a field that is not empty.</summary>
    /// <param name="field">The field.</param>
    /// <param name="marksMissing">Whether it says in a numeric column that the value is missing.</param>
    public void Add(ReadOnlySpan<char> field, bool marksMissing)
    {
        if (marksMissing) Marked++;
        Values++;
        if (long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer))
        {
            _integers++;
            if (field.Length > 1 && field[0] == '0') _padded++;
            _counts &= Values == 1 ? integer is 0 or 1 : integer == _previous + 1;
            _previous = integer;
        }
        else _counts = false;
        if (!marksMissing) AddNumberOrTime(field);
        AddWords(field);
        for (int i = 0; i < BetweenValues.Length; i++)
            if (field.Contains(BetweenValues[i])) _parted[i]++;
        if (Distinct.Count < SchemaInference.DistinctLimit) Distinct.GetAlternateLookup<ReadOnlySpan<char>>().Add(field);
    }

    /// <summary>Takes the fields that say that a value is missing out of the values: for a column whose others are numbers.</summary>
    public void LeaveOutMarked(Func<string, bool> marksMissing)
    {
        Values -= Marked;
        Distinct.RemoveWhere(value => marksMissing(value));
    }

    void AddNumberOrTime(ReadOnlySpan<char> field)
    {
        // A stated pattern may be digits alone, as yyyyMMdd is.
        if (dates?.DatePattern is not null && TimeText.TryParse(field, dates, out _)) _times++;
        bool point = NumberText.TryParseAs(field, decimalComma: false, out double asPoint);
        // Between commas, a comma in a field would be in quotes: a list sooner than a decimal mark. A point is then the decimal mark.
        bool comma = NumberText.TryParseAs(field, decimalComma: true, out double asComma)
            && (separator != ',' || decimalComma == true || field.IndexOfAny(",.") < 0);
        if (point) _points++;
        if (comma) _commas++;
        if (point || comma)
        {
            _largest = Math.Max(_largest, Math.Abs(point ? asPoint : asComma));
            if (point && !comma) _clearPoints++;
            else if (comma && !point) _clearCommas++;
            else if (asPoint != asComma)
            {
                _openNumbers++;
                if (field.Contains(',')) _commaMarked++;
            }
            return;
        }
        if (dates?.DatePattern is not null || !DateText.TryParse(field, out DateText date)) return;
        _times++;
        if (!date.IsOpen) return;
        (bool dayFirst, bool monthFirst) = (date.CanBeDayFirst, date.CanBeMonthFirst);
        if (dayFirst && monthFirst)
        {
            _open++;
            _openSeparator = date.Separator;
        }
        else if (dayFirst) _dayFirst++;
        else _monthFirst++;
    }

    void AddWords(ReadOnlySpan<char> field)
    {
        bool inWord = false;
        foreach (char c in field)
        {
            if (IsUnspaced(c)) _words += 0.5;
            bool letter = !char.IsWhiteSpace(c) && !IsUnspaced(c);
            if (letter && !inWord) _words++;
            inWord = letter;
        }
    }

    /// <summary>Whether a character is of Thai, Lao, Khmer, Chinese or Japanese script, which write no spaces.</summary>
    static bool IsUnspaced(char c) => c is (>= '\u0e00' and <= '\u0eff') or (>= '\u1780' and <= '\u17ff')
        or (>= '\u3040' and <= '\u30ff') or (>= '\u3400' and <= '\u9fff');
}
