using System.Buffers.Binary;

namespace Rowan.Fuzz;

/// <summary>Spoils files: the same seed, number and samples give the same bytes.</summary>
static class Mutator
{
    static readonly long[] Values =
        [0, 1, 2, -1, -2, 4, 8, 64, 127, 128, 255, 256, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 40,
        long.MaxValue, long.MinValue];

    /// <summary>One of the samples, spoiled in one to four places.</summary>
    public static byte[] Mutate(IReadOnlyList<byte[]> samples, int seed, int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        byte[] bytes = samples[random.Next(samples.Count)];
        for (int places = random.Next(1, 5); places > 0 && bytes.Length > 0; places--) bytes = Spoil(bytes, random);
        return bytes;
    }

    static byte[] Spoil(byte[] old, Random random)
    {
        int at = random.Next(old.Length), length = random.Next(1, Math.Min(64, old.Length - at) + 1);
        byte[] bytes = [.. old];
        switch (random.Next(9))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes[at] = (byte)random.Next(256); break;
            case 2 or 3:
                Span<byte> eight = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(eight, Values[random.Next(Values.Length)]);
                if (random.Next(2) == 0) eight.Reverse();
                eight[..Math.Min(1 << random.Next(4), bytes.Length - at)].CopyTo(bytes.AsSpan(at));
                break;
            case 4: return bytes[..at];
            case 5: return [.. bytes[..at], .. bytes[(at + length)..]];
            case 6: return [.. bytes[..(at + length)], .. bytes[at..]];
            case 7: bytes.AsSpan(at, length).CopyTo(bytes.AsSpan(random.Next(bytes.Length - length + 1))); break;
            default: bytes[at] = (byte)"0123456789'(){}[],.tQRbuXKc\n"[random.Next(28)]; break;
        }
        return bytes;
    }
}
