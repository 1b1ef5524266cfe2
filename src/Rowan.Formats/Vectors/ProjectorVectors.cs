using System.Globalization;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>
/// The two files of the TensorBoard projector: vectors.tsv with values alone, and metadata.tsv with the names and further columns.
/// </summary>
sealed class ProjectorVectors : VectorReader
{
    readonly ByteLines _lines;
    readonly NameSource _names;
    readonly float[] _values;

    public ProjectorVectors(string path, NameSource names, VectorReadOptions options) : base(path, options)
    {
        _names = names;
        using (var first = new ByteLines(path))
        {
            bool any = first.Next(out ReadOnlySpan<byte> line);
            int values = any ? VectorText.TrailingNumbers(line) : 0;
            Require.Data(values > 0 && values == VectorText.Fields(line),
                $"{path}: line 1: vectors of the projector are numbers with tabs between them and without names; for names in the same "
                    + $"file "
                    + $"use `format` glove");
            _values = new float[values];
        }
        _lines = new ByteLines(path);
    }

    /// <summary>Where the names of a file of vectors are, whether or not it exists: vectors.tsv → metadata.tsv, a.tsv →
    /// a.metadata.tsv.</summary>
    public static string MetadataFile(string path)
    {
        string file = System.IO.Path.GetFileName(path);
        foreach (string part in (string[])["vectors", "tensors", "tensor"])
            if (file.Contains(part, StringComparison.Ordinal))
                return System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? "",
                    file.Replace(part, "metadata", StringComparison.Ordinal));
        return System.IO.Path.ChangeExtension(path, ".metadata.tsv");
    }

    public override string Format => "tsv";

    public override string Dialect => $"TSV of the TensorBoard projector, {_names.Dialect}{_lines.File.Packing}";

    public override long? Count => null;

    public override int Dim => _values.Length;

    public override ReadOnlySpan<float> Vector => _values;

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"line {_lines.Number}");

    public override IReadOnlyList<string> FieldNames => _names.FieldNames;

    public override string Field(int field) => _names.Field(field);

    private protected override ReadOnlySpan<byte> RawName => _names.Name;

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        bool named = _names.Next();
        if (!_lines.Next(out ReadOnlySpan<byte> line))
        {
            Require.Data(!named || _names is NumberNames, $"{Path}: {_lines.Number} rows, and more names ({_names.Dialect}); the two files "
                + $"have a line per row");
            return false;
        }
        Require.Data(named, $"{Path}: line {_lines.Number}: no name for this row ({_names.Dialect}); the two files have a line per row");
        int values = VectorText.Fields(line);
        if (values != _values.Length) problem = $"{values} values instead of {_values.Length}";
        else problem = VectorText.ParseValues(line, _values);
        return true;
    }

    private protected override void Close()
    {
        _lines.Dispose();
        _names.Dispose();
    }
}
