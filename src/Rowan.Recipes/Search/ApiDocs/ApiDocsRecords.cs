using Rowan.Data;
namespace Rowan.Recipes;

/// <summary>The XML documentation of .NET as records: a member each, overloads merged, in order of names.</summary>
sealed class ApiDocsRecords : RecordReader
{
    static readonly string[] Names = ["name", "owner", "summary", "returns", "remarks", "details"];

    readonly IReadOnlyList<string> _files;
    IReadOnlyList<ApiMember>? _members;
    int _at = -1;

    public ApiDocsRecords(DataSource source) : base(source.Options) => _files = source.Names;

    public override IReadOnlyList<string> Columns => Names;

    public override SourceLayout Layout { get; } = new() { Kind = "XML documentation of .NET", Format = DataFormat.Other };

    public override RecordPlace Place => new("the documentation", _at + 1, "member");

    public override ReadOnlySpan<char> Field(int column)
    {
        ApiMember member = _members![_at];
        return column switch { 0 => member.Name, 1 => member.Owner, 2 => member.Summary, 3 => member.Returns, 4 => member.Remarks,
            _ => member.Details };
    }

    public override void Dispose() { }

    private protected override bool Next()
    {
        _members ??= ApiDocs.Read(_files);
        return ++_at < _members.Count;
    }
}
