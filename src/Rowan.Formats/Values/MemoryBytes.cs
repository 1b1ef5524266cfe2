namespace Rowan.Formats;

/// <summary>Bytes in memory, in pieces, so that there may be more than an array holds.</summary>
sealed class MemoryBytes : ByteSource
{
    // Below the large object heap's 85,000 bytes; also the most that a false length can cost.
    const int PieceBytes = 1 << 16;

    readonly List<byte[]> _pieces = [];

    /// <summary>Pieces are allocated as their bytes arrive: <paramref name="length"/> costs nothing before it is true.</summary>
    public MemoryBytes(string path, string? part, long length, RangeReader<byte> fill) : base(path, part, length)
    {
        for (long done = 0; done < length; done += PieceBytes)
        {
            var piece = new byte[(int)Math.Min(PieceBytes, length - done)];
            fill(done, piece);
            _pieces.Add(piece);
        }
    }

    public override ByteSource InMemory => this;

    public override void Read(long offset, Span<byte> into)
    {
        while (into.Length > 0)
        {
            var piece = _pieces[(int)(offset / PieceBytes)].AsSpan((int)(offset % PieceBytes));
            int count = Math.Min(piece.Length, into.Length);
            piece[..count].CopyTo(into);
            into = into[count..];
            offset += count;
        }
    }
}
