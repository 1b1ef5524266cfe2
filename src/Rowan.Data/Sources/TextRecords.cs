using System.Text;

namespace Rowan.Data;

/// <summary>Plain text: a record is a line, its only column "text".</summary>
sealed class TextRecords : RecordReader
{
    static readonly string[] OneColumn = ["text"];

    readonly DataSource _source;
    StreamReader? _text;
    string _lineText = "";
    int _file = -1;
    long _line;

    public TextRecords(DataSource source) : base(source.Options) => _source = source;

    public override IReadOnlyList<string> Columns => OneColumn;

    public override SourceLayout Layout { get; } = new() { Kind = "plain text", Format = DataFormat.Text };

    public override RecordPlace Place => new(_source.NameOf(Math.Max(0, _file)), _line);

    public override ReadOnlySpan<char> Field(int column) => _lineText;

    public override void Dispose() => _text?.Dispose();

    private protected override bool Next()
    {
        while (true)
        {
            if (_text is not null && _source.LineOf(_text, Place) is { } line)
            {
                _line++;
                _lineText = line;
                return true;
            }
            _text?.Dispose();
            if (_file + 1 == _source.Count) return false;
            _text = _source.TextOf(++_file);
            _line = 0;
        }
    }
}
