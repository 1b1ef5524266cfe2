using System.Buffers;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>Bytes whose checksum is verified once, in one pass, before the first of them is returned.</summary>
sealed class VerifiedBytes : ByteSource
{
    const int PieceBytes = 1 << 16;

    readonly ByteSource _inner;
    readonly Lazy<uint> _sum;
    readonly uint _expected;

    public VerifiedBytes(ByteSource inner, string path, string part, uint expected) : base(path, part, inner.Length)
    {
        (_inner, _expected) = (inner, expected);
        _sum = new(Sum);
    }

    public override ByteSource Unverified => _inner;

    /// <exception cref="InvalidDataException">The check sum is wrong.</exception>
    public override void Read(long offset, Span<byte> into)
    {
        Require.Data(_sum.Value == _expected, $"{Where}: the check sum is {_sum.Value:x8} instead of {_expected:x8}; {Remedy}");
        _inner.Read(offset, into);
    }

    uint Sum()
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent((int)Math.Min(PieceBytes, Length));
        try
        {
            var crc = new Crc32();
            for (long done = 0; done < Length;)
            {
                var part = piece.AsSpan(0, (int)Math.Min(piece.Length, Length - done));
                _inner.Read(done, part);
                crc.Append(part);
                done += part.Length;
            }
            return crc.Value;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
