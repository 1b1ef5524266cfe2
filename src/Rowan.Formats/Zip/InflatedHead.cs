using System.IO.Compression;
using Rowan.Numerics;

namespace Rowan.Formats;

/// <summary>The first bytes of a deflated entry, for its header: nothing more is inflated.</summary>
/// <param name="entry">The entry; its length is the one that the directory states.</param>
/// <param name="stored">Its deflated bytes.</param>
sealed class InflatedHead(ZipEntry entry, ByteSource stored) : ByteSource(stored.Path, entry.Name, entry.Bytes)
{
    /// <exception cref="InvalidDataException">The entry ends early, or is not well deflated.</exception>
    public override void Read(long offset, Span<byte> into)
    {
        using var inflater = new DeflateStream(new SourceStream(stored), CompressionMode.Decompress);
        Span<byte> passed = stackalloc byte[256];
        for (long left = offset; left > 0;)
        {
            int read = inflater.Read(passed[..(int)Math.Min(passed.Length, left)]);
            Require.Data(read > 0, $"{Where}: inflates to {offset - left} bytes instead of {Length}; {Remedy}");
            left -= read;
        }
        int last = inflater.ReadAtLeast(into, into.Length, throwOnEndOfStream: false);
        Require.Data(last == into.Length, $"{Where}: inflates to {offset + last} bytes instead of {Length}; {Remedy}");
    }
}
