namespace Rowan.Data;

/// <summary>
/// A label and a text a line, with a space or tab between them: fastText's <c>__label__x text</c>, with one label or several, or a plain
/// <c>x text</c>. Several labels are joined by
/// <see cref="ReadOptions.ListSeparator"/>. Columns are "label" and "text".
/// </summary>
sealed class LabelledRecords : RecordReader
{
    public const string FastTextPrefix = "__label__";

    static readonly string[] TwoColumns = ["label", "text"];

    readonly LineReader _lines;
    readonly bool _fastText;
    readonly char _between;
    string _label = "", _text = "";

    public LabelledRecords(DataSource source) : base(source.Options)
    {
        SourceFile first = source.Files[0];
        string[] sample = [.. first.Lines.Where(line => !string.IsNullOrWhiteSpace(line))];
        _fastText = sample.Any(line => line.StartsWith(FastTextPrefix, StringComparison.Ordinal));
        _between = source.Options.ListSeparator;
        _lines = new LineReader(source);
        bool several = _fastText && sample.Any(line => Labels(line) > 1);
        Layout = new()
        {
            Kind = _fastText ? "lines of fastText labels and a text" : "lines of a label and a text", Format = DataFormat.Labelled,
                Encoding = first.Encoding.WebName,
            ListColumns = several ? ["label"] : [], ListSeparator = _between,
            Guesses = source.Options.Format is not null ? []
                : [new(_fastText ? $"words that begin with {FastTextPrefix} are " +
                $"labels{(several ? $", several are joined by '{_between}' (`label-separator` '{_between}' learns each)" : "")}"
                : "the first word of each line is a label, the rest is a text", "`format` text")],
        };
    }

    public override IReadOnlyList<string> Columns => TwoColumns;

    public override SourceLayout Layout { get; }

    public override RecordPlace Place => _lines.Place;

    public override ReadOnlySpan<char> Field(int column) => column == 0 ? _label : _text;

    public override void Dispose() => _lines.Dispose();

    private protected override bool Next()
    {
        while (_lines.Next() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (_fastText) FastText(line);
            else
            {
                int end = line.AsSpan().IndexOfAny(' ', '\t');
                if (end <= 0) throw new BadRecordException(Place, null, $"'{Shortened(line)}' is not a label, a space and a text");
                (_label, _text) = (line[..end], line[(end + 1)..].Trim());
            }
            return true;
        }
        return false;
    }

    /// <summary>Takes the labels from the words of a line. A line without one has no label, as when it is to be predicted.</summary>
    void FastText(string line)
    {
        var labels = new List<string>();
        var words = new List<string>();
        foreach (string word in line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            if (word.StartsWith(FastTextPrefix, StringComparison.Ordinal)
                && word.Length > FastTextPrefix.Length) labels.Add(word[FastTextPrefix.Length..]);
            else words.Add(word);
        if (labels.Count > 1 && labels.Find(label => label.Contains(_between, StringComparison.Ordinal)) is { } holds)
            throw new BadRecordException(Place, "label", $"the label '{holds}' holds '{_between}', which separates several labels",
                "state another separator, such as `value-separator` ;");
        (_label, _text) = (string.Join(_between, labels), string.Join(' ', words));
    }

    static int Labels(string line) => line.Split([' ', '\t'],
        StringSplitOptions.RemoveEmptyEntries).Count(word => word.StartsWith(FastTextPrefix, StringComparison.Ordinal));
}
