namespace Rowan.Formats;

/// <summary>A range of other bytes.</summary>
sealed class PartOfBytes(ByteSource whole, long start, long length) : ByteSource(whole.Path, whole.Part, length)
{
    public override void Read(long offset, Span<byte> into) => whole.Read(start + offset, into);
}

/// <summary>Bytes whose number is known and whose place is not yet.</summary>
sealed class UnreadBytes(string path, string part, long length) : ByteSource(path, part, length)
{
    public override void Read(long offset, Span<byte> into) =>
        throw new InvalidOperationException($"{Where}: read before its place is known");
}
