using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>Plain text: a record is a line, its only column "text". There is no header, unless one is stated.</summary>
sealed class TextRecords : RecordReader
{
    readonly LineReader _lines;
    readonly string[] _column;
    string _line = "";

    public TextRecords(DataSource source) : base(source.Options)
    {
        _lines = new LineReader(source);
        SourceFile first = source.Files[0];
        Require.Data(source.Options.Header != true, $"'{first.Name}' is read as plain text, which has no header; state the format as " +
            $"`format` csv");
        Require.Data(source.Options.Separator is null, $"'{first.Name}' is read as plain text, which has no separator, so `separator` " +
            $"{source.Options.Separator} has no effect; state the format as `format` csv, or leave `separator` out");
        _column = ["text"];
        Layout = new() { Kind = "plain text", Format = DataFormat.Text, Header = false, Encoding = first.Encoding.WebName,
            Guesses = source.Options.Format is null ? [new("each line is a text", "`format` csv")] : [] };
    }

    public override IReadOnlyList<string> Columns => _column;

    public override SourceLayout Layout { get; }

    public override RecordPlace Place => _lines.Place;

    public override ReadOnlySpan<char> Field(int column) => _line;

    public override void Dispose() => _lines.Dispose();

    private protected override bool Next() => (_line = _lines.Next()!) is not null;
}
