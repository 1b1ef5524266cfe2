using System.Globalization;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Text with a row per line: word2vec's and fastText's with a header, GloVe's without.</summary>
sealed class TextVectors : VectorReader
{
    readonly ByteLines _lines;
    readonly TextVectorLayout _layout;
    readonly float[] _values;
    byte[] _name = [];
    int _length;

    public TextVectors(string path, TextVectorLayout layout, VectorReadOptions options) : base(path, options)
    {
        (_layout, _values, _lines) = (layout, [], new ByteLines(path));
        long bytes = _lines.File.MostBytes;
        if (layout.HasHeader)
        {
            Require.Data(layout.Dim == layout.RowDim,
                $"{path}: line 1: the header states {layout.Dim} values per row, and most rows have {layout.RowDim}; correct the "
                    + $"header, or "
                    + $"state the values per row with `dim`");
            // A value takes a digit and a separator.
            Require.Data(layout.Dim > 0 && layout.Count <= bytes && layout.Dim <= bytes / 2,
                $"{path}: line 1: a header of {layout.Count} rows × {layout.Dim}, which do not fit the file's {bytes} bytes; "
                    + $"{ByteSource.Remedy}");
        }
        _values = new float[layout.Dim];
        if (layout.HasHeader) _lines.Next(out _);
    }

    public override string Format => _layout.HasHeader ? "word2vec" : "glove";

    public override string Dialect => _layout.HasHeader
        ? $"word2vec text (fastText .vec) with a header of {_layout.Count} × {_layout.Dim}, separated by {Separator}{_lines.File.Packing}"
        : $"GloVe text without a header, separated by {Separator}{_lines.File.Packing}";

    public override long? Count => _layout.Count;

    public override int Dim => _layout.Dim;

    public override ReadOnlySpan<float> Vector => _values;

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"line {_lines.Number}");

    private protected override ReadOnlySpan<byte> RawName => _name.AsSpan(0, _length);

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        ReadOnlySpan<byte> line;
        do
        {
            if (!_lines.Next(out line)) return false;
        }
        while (line.Trim(" \t"u8).Length == 0);
        problem = VectorText.Parse(line, _values, out ReadOnlySpan<byte> name);
        if (_name.Length < name.Length) _name = new byte[2 * name.Length];
        name.CopyTo(_name);
        _length = name.Length;
        return true;
    }

    private protected override bool AllowsEmptyNames => false;

    private protected override void Close() => _lines.Dispose();

    string Separator => _layout.HasTabs ? "tabs" : "spaces";
}
