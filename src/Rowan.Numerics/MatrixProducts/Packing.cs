using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rowan.Numerics;

/// <summary>
/// A matrix as a product reads it: value p of line i lies at At + i·Line + p·Step. Lines are the rows of A, or the columns of B; p runs
/// over the depth.
/// </summary>
readonly unsafe struct Operand(float* at, nint line, nint step)
{
    public nint Line => line;

    public nint Step => step;

    public float* At(int i, int p) => at + i * line + p * step;

    /// <summary>
    /// Copies lines [from, to) over a depth to strips [length, width], one after the other: for each depth the strip's lines side by
    /// side, zeros beyond the last.
    /// </summary>
    public void Pack(int from, int to, int depth, int length, int width, float* into)
    {
        // Depths that lie on pages of their own are taken a few at a time through all strips, so that pages and lines are still near when
        // the next strip wants them.
        int chunk = line == 1 ? 8 : length;
        for (int p = 0; p < length; p += chunk)
            for (int first = from; first < to; first += width)
            {
                float* strip = into + (first - from) * (nint)length + p * width;
                if (line == 1) PackAcross(At(first, depth + p), Math.Min(width, to - first), Math.Min(chunk, length - p), width, strip);
                else PackAlong(At(first, depth), Math.Min(width, to - first), length, width, strip);
            }
    }

    /// <summary>Lines side by side in memory: a copy for each depth.</summary>
    void PackAcross(float* source, int lines, int length, int width, float* into)
    {
        if (lines == width && width == Tile.Rows)
            for (int p = 0; p < length; p++, source += step, into += width)
            {
                Vector128<float> first = Vector128.Load(source), last = Vector128.Load(source + 2);
                first.Store(into);
                last.Store(into + 2);
            }
        else if (lines == width && width % 8 == 0)
            for (int p = 0; p < length; p++, source += step, into += width)
                for (int l = 0; l < width; l += 8) Vector256.Load(source + l).Store(into + l);
        else
            for (int p = 0; p < length; p++, source += step, into += width)
                for (int l = 0; l < width; l++) into[l] = l < lines ? source[l] : 0;
    }

    /// <summary>Lines along the depth: turned in blocks of 8 × 8, which reads and writes whole vectors.</summary>
    void PackAlong(float* source, int lines, int length, int width, float* into)
    {
        int whole = Avx.IsSupported ? length & ~7 : 0, l = 0;
        for (; l + 8 <= lines; l += 8, source += 8 * line)
        {
            for (int p = 0; p < whole; p += 8) Turn(source + p, line, into + (nint)p * width + l, width);
            for (int p = whole; p < length; p++)
                for (int i = 0; i < 8; i++) into[(nint)p * width + l + i] = source[i * line + p];
        }
        if (lines == Tile.Rows && width == Tile.Rows && Avx.IsSupported)
        {
            // Each store of eight is followed by one that begins two values before its end; the last eight depths are put value by value,
            // so that nothing is written past them.
            int turned = Math.Max(0, length - 8) & ~7;
            for (int p = 0; p < turned; p += 8) TurnSix(source + p, line, into + (nint)p * Tile.Rows);
            for (int p = turned; p < length; p++)
                for (int i = 0; i < Tile.Rows; i++) into[(nint)p * Tile.Rows + i] = source[i * line + p];
            return;
        }
        for (; l < width; l++, source += line)
            for (int p = 0; p < length; p++) into[(nint)p * width + l] = l < lines ? source[p] : 0;
    }

    /// <summary>into[j, i] = from[i, j]: the transpose of [rows, columns].</summary>
    public static void Transpose(float* from, int rows, int columns, float* into) =>
        new Operand(from, columns, 1).PackAlong(from, rows, columns, rows, into);

    /// <summary>into[j, i] = from[i, j], 8 × 8.</summary>
    static void Turn(float* from, nint line, float* into, nint width)
    {
        float* half = from + 4 * line;
        Turn(Vector256.Load(from), Vector256.Load(from + line), Vector256.Load(from + 2 * line), Vector256.Load(from + 3 * line),
            Vector256.Load(half), Vector256.Load(half + line), Vector256.Load(half + 2 * line), Vector256.Load(half + 3 * line), into,
            width);
    }

    /// <summary>The same for a tile's six rows: eight times six values, and two zeros after the last.</summary>
    static void TurnSix(float* from, nint line, float* into) =>
        Turn(Vector256.Load(from), Vector256.Load(from + line), Vector256.Load(from + 2 * line), Vector256.Load(from + 3 * line),
            Vector256.Load(from + 4 * line), Vector256.Load(from + 5 * line), default, default, into, Tile.Rows);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Turn(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, Vector256<float> e,
        Vector256<float> f, Vector256<float> g, Vector256<float> h, float* into, nint width)
    {
        // Pairs, fours, then halves.
        (a, b, c, d) = (Avx.UnpackLow(a, b), Avx.UnpackHigh(a, b), Avx.UnpackLow(c, d), Avx.UnpackHigh(c, d));
        (e, f, g, h) = (Avx.UnpackLow(e, f), Avx.UnpackHigh(e, f), Avx.UnpackLow(g, h), Avx.UnpackHigh(g, h));
        (a, b, c, d) = (Avx.Shuffle(a, c, 0x44), Avx.Shuffle(a, c, 0xEE), Avx.Shuffle(b, d, 0x44), Avx.Shuffle(b, d, 0xEE));
        (e, f, g, h) = (Avx.Shuffle(e, g, 0x44), Avx.Shuffle(e, g, 0xEE), Avx.Shuffle(f, h, 0x44), Avx.Shuffle(f, h, 0xEE));
        Avx.Permute2x128(a, e, 0x20).Store(into);
        Avx.Permute2x128(b, f, 0x20).Store(into + width);
        Avx.Permute2x128(c, g, 0x20).Store(into + 2 * width);
        Avx.Permute2x128(d, h, 0x20).Store(into + 3 * width);
        into += 4 * width;
        Avx.Permute2x128(a, e, 0x31).Store(into);
        Avx.Permute2x128(b, f, 0x31).Store(into + width);
        Avx.Permute2x128(c, g, 0x31).Store(into + 2 * width);
        Avx.Permute2x128(d, h, 0x31).Store(into + 3 * width);
    }
}
