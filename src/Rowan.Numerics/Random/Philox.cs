using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Rowan.Numerics;

/// <summary>
/// Random bits that are a pure function of where they are used: Philox4x32 of (key, step, row, block), so that no thread, no order and no
/// restart changes them. (Salmon, Moraes, Dror, Shaw 2011: "Parallel random numbers: as easy as 1, 2, 3"; 7 rounds are the fewest that
/// pass BigCrush.)
/// </summary>
/// <remarks>
/// Eight blocks of 128 bits side by side, sixteen where vectors have 512 bits; about 17 ns for 32 words on a current core.
/// </remarks>
static class Philox
{
    /// <summary>Words come in groups of this many: eight blocks of four.</summary>
    public const int Group = 32;

    const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;
    const int Rounds = 7;

    /// <summary>The key of a seed and a name: FNV-1a over the name, then the finalizer of MurmurHash3 over both.</summary>
    public static ulong Key(ulong seed, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ulong hash = 0xCBF29CE484222325;
        foreach (byte value in Encoding.UTF8.GetBytes(name)) hash = (hash ^ value) * 0x100000001B3;
        hash ^= seed * 0x9E3779B97F4A7C15;
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        return hash ^ (hash >> 33);
    }

    /// <summary>The random words of a row at a step. Word 8·k + lane of a group is word k of block 8·group + lane.</summary>
    /// <param name="key">The key.</param>
    /// <param name="step">The step; 48 bits of it count.</param>
    /// <param name="row">The row; 48 bits of it count.</param>
    /// <param name="into">Words, a multiple of <see cref="Group"/>.</param>
    public static void Fill(ulong key, long step, long row, Span<uint> into)
    {
        Require.That(into.Length % Group == 0, $"Philox: {into.Length} words; they come in groups of {Group}", nameof(into));
        Fill((uint)key, (uint)(key >> 32), (uint)row, (uint)(row >> 32) & 0xFFFF | (uint)(step >> 32) << 16, (uint)step, into);
    }

    /// <summary>
    /// Blocks whose counters are (block, c1, c2, c3), under the key (k0, k1): two groups at a time where vectors are wide enough.
    /// </summary>
    static void Fill(uint k0, uint k1, uint c1, uint c2, uint c3, Span<uint> into)
    {
        ref uint word = ref MemoryMarshal.GetReference(into);
        int i = 0;
        if (Avx512F.IsSupported)
            for (; i + 2 * Group <= into.Length; i += 2 * Group)
            {
                Vector512<uint> a = Vector512<uint>.Indices + Vector512.Create((uint)i / 4), b = Vector512.Create(c1),
                c = Vector512.Create(c2), d = Vector512.Create(c3);
                (uint first, uint second) = (k0, k1);
                for (int round = 0; round < Rounds; round++, first += W0, second += W1)
                {
                    Vector512<ulong> even0 = Avx512F.Multiply(a, Vector512.Create(M0)),
                    odd0 = Avx512F.Multiply((a.AsUInt64() >>> 32).AsUInt32(), Vector512.Create(M0));
                    Vector512<ulong> even1 = Avx512F.Multiply(c, Vector512.Create(M1)),
                    odd1 = Avx512F.Multiply((c.AsUInt64() >>> 32).AsUInt32(), Vector512.Create(M1));
                    a = High(even1, odd1) ^ b ^ Vector512.Create(first);
                    b = Low(even1, odd1);
                    c = High(even0, odd0) ^ d ^ Vector512.Create(second);
                    d = Low(even0, odd0);
                }
                Store(a, ref word, i);
                Store(b, ref word, i + 8);
                Store(c, ref word, i + 16);
                Store(d, ref word, i + 24);
            }
        for (; i + Group <= into.Length; i += Group)
        {
            Vector256<uint> a = Vector256<uint>.Indices + Vector256.Create((uint)i / 4), b = Vector256.Create(c1),
            c = Vector256.Create(c2), d = Vector256.Create(c3);
            (uint first, uint second) = (k0, k1);
            for (int round = 0; round < Rounds; round++, first += W0, second += W1)
            {
                Vector256<ulong> even0 = Products(a, Vector256.Create(M0)),
                odd0 = Products((a.AsUInt64() >>> 32).AsUInt32(), Vector256.Create(M0));
                Vector256<ulong> even1 = Products(c, Vector256.Create(M1)),
                odd1 = Products((c.AsUInt64() >>> 32).AsUInt32(), Vector256.Create(M1));
                a = High(even1, odd1) ^ b ^ Vector256.Create(first);
                b = Low(even1, odd1);
                c = High(even0, odd0) ^ d ^ Vector256.Create(second);
                d = Low(even0, odd0);
            }
            a.StoreUnsafe(ref word, (nuint)i);
            b.StoreUnsafe(ref word, (nuint)i + 8);
            c.StoreUnsafe(ref word, (nuint)i + 16);
            d.StoreUnsafe(ref word, (nuint)i + 24);
        }
    }

    /// <summary>The products of the even lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<ulong> Products(Vector256<uint> x, Vector256<uint> m) => Avx2.IsSupported ? Avx2.Multiply(x, m)
        : (x.AsUInt64() & Vector256.Create(0xFFFFFFFFUL)) * (m.AsUInt64() & Vector256.Create(0xFFFFFFFFUL));

    /// <summary>The upper halves of 64-bit products, lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> High(Vector256<ulong> even, Vector256<ulong> odd) =>
        ((even >>> 32) | (odd & Vector256.Create(0xFFFFFFFF00000000UL))).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> High(Vector512<ulong> even, Vector512<ulong> odd) =>
        ((even >>> 32) | (odd & Vector512.Create(0xFFFFFFFF00000000UL))).AsUInt32();

    /// <summary>Their lower halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> Low(Vector256<ulong> even, Vector256<ulong> odd) =>
        ((even & Vector256.Create(0xFFFFFFFFUL)) | (odd << 32)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Low(Vector512<ulong> even, Vector512<ulong> odd) =>
        ((even & Vector512.Create(0xFFFFFFFFUL)) | (odd << 32)).AsUInt32();

    /// <summary>Words of one group, and of the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(Vector512<uint> words, ref uint into, int at)
    {
        words.GetLower().StoreUnsafe(ref into, (nuint)at);
        words.GetUpper().StoreUnsafe(ref into, (nuint)at + Group);
    }
}
