using System.Globalization;
using System.Text;
using Rowan.Formats;

namespace Rowan.Recipes;

/// <summary>The rows of a learned table that have ids, as named vectors, with titles and counts as further values.</summary>
sealed class LearnedTableVectors : VectorReader
{
    public const string TitleField = "title", CountField = "count";

    readonly LearnedTable _table;
    byte[] _name = [];
    long _row = -1;

    public LearnedTableVectors(LearnedTable table, string run, VectorReadOptions options) : base(run, options)
    {
        _table = table;
        FieldNames = [.. table.Titles.Count > 0 ? (string[])[TitleField] : [], .. table.Counts.Length > 0 ? (string[])[CountField] : []];
    }

    public override string Format => "run";

    public override string Dialect => $"table '{_table.Name}' of the run";

    public override long? Count => _table.Ids.Count;

    public override int Dim => _table.Dim;

    public override ReadOnlySpan<float> Vector => _table.Row(_row).Span;

    public override string Place => string.Create(CultureInfo.InvariantCulture, $"table '{_table.Name}', row {_row}");

    public override IReadOnlyList<string> FieldNames { get; }

    public override string Field(int field) => FieldNames[field] == TitleField ? _table.TitleOf(_row) ?? ""
        : _table.Counts[_row].ToString(CultureInfo.InvariantCulture);

    private protected override ReadOnlySpan<byte> RawName => _name;

    private protected override bool Advance(out string? problem)
    {
        problem = null;
        if (++_row >= _table.Ids.Count) return false;
        _name = Encoding.UTF8.GetBytes(_table.Ids[_row]);
        return true;
    }

    private protected override void Close()
    {
    }
}
