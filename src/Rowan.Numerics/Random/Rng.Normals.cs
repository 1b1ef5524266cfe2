using System.Numerics;
using Rowan.Numerics;

namespace Rowan;

// Normal numbers. The random words are drawn in sequence, but each block of them is transformed independently of the others: many blocks
// are transformed on all threads, with the same bits.
public sealed partial class Rng
{
    const int Piece = 1 << 18;         // Values whose words are drawn before they are transformed: a megabyte, which stays in cache.
    const int Range = 1 << 16;         // Values that are handed to a writer at a time.
    const int Grain = 1 << 12;         // Values that are worth a thread: some 50 µs.

    /// <summary>N(0, 1), as <c>torch.randn</c>: Box–Muller in blocks of 16, or one pair at a time below 16 values.</summary>
    public void Randn(Span<float> into)
    {
        using var held = new Hold(this);
        if (into.Length < Block)
        {
            for (int i = 0; i < into.Length; i++) into[i] = (float)NextNormal();
            return;
        }
        Blocks(into);
        if (into.Length % Block > 0) Blocks(into[^Block..]);
    }

    /// <summary>N(0, 1), as <c>torch.randn</c> in float64.</summary>
    public void Randn(Span<double> into)
    {
        using var held = new Hold(this);
        if (into.Length < Block)
        {
            for (int i = 0; i < into.Length; i++) into[i] = NextNormal();
            return;
        }
        foreach (ref double value in into) value = Double(_words.NextPair());
        for (int i = 0; i + Block <= into.Length; i += Block) BoxMuller(into.Slice(i, Block));
        if (into.Length % Block == 0) return;
        foreach (ref double value in into[^Block..]) value = Double(_words.NextPair());
        BoxMuller(into[^Block..]);
    }

    /// <summary>N(0, 1) over pieces of memory, as one draw over all of them: for tables larger than one span.</summary>
    /// <param name="pieces">All but the last are whole blocks of 16 values.</param>
    /// <exception cref="ArgumentException">A piece before the last is not a whole number of blocks.</exception>
    public void Randn(IReadOnlyList<Memory<float>> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        for (int p = 0; p < pieces.Count - 1; p++)
            Require.That(pieces[p].Length > 0 && pieces[p].Length % Block == 0,
                $"Randn: piece {p} has {pieces[p].Length} values; all but the last are multiples of {Block}", nameof(pieces));
        if (pieces.Count == 1) Randn(pieces[0].Span);
        else
            Randn(pieces.Sum(piece => (long)piece.Length), (start, values) =>
            {
                for (int p = 0; values.Length > 0; start -= pieces[p++].Length)
                {
                    if (start >= pieces[p].Length) continue;
                    int length = (int)Math.Min(values.Length, pieces[p].Length - start);
                    values[..length].CopyTo(pieces[p].Span[(int)start..]);
                    values = values[length..];
                    start += length;
                }
            });
    }

    /// <summary>N(0, 1) by ranges, as one draw over all of them: for values that do not lie as floats in memory.</summary>
    /// <param name="count">Values in all.</param>
    /// <param name="write">
    /// Takes the values in order, at most 65,536 at a time; the last 16 come a second time, where the number is no multiple of 16, as
    /// <c>torch.randn</c> draws them.
    /// </param>
    public void Randn(long count, RangeWriter<float> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var piece = new float[Math.Min(count, Range)];
        if (count < Block)
        {
            Randn(piece);
            write(0, piece);
            return;
        }
        // Not held while the values are written, which may take long, or draw.
        for (long start = 0; start < count; start += piece.Length)
        {
            Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, count - start));
            using (new Hold(this)) Blocks(values);
            write(start, values);
        }
        if (count % Block == 0) return;
        Span<float> last = piece.AsSpan(0, Block);
        using (new Hold(this)) Blocks(last);
        write(count - Block, last);
    }

    /// <summary>N(mean, std²) = randn·std + mean, as <c>normal_</c>.</summary>
    public void Normal(Span<float> into, float mean, float std)
    {
        Require.InRange(std >= 0, $"Normal: standard deviation {std}; it is not negative", nameof(std));
        Randn(into);
        int i = 0;
        for (; i + Vector<float>.Count <= into.Length; i += Vector<float>.Count)
            (new Vector<float>(into[i..]) * std + new Vector<float>(mean)).CopyTo(into[i..]);
        for (; i < into.Length; i++) into[i] = into[i] * std + mean;
    }

    /// <summary>
    /// Draws a word for each value, and makes normals of whole blocks of them; uniforms stay in what is left at the end.
    /// </summary>
    unsafe void Blocks(Span<float> into)
    {
        for (int start = 0; start < into.Length; start += Piece)
        {
            Span<float> values = into.Slice(start, Math.Min(Piece, into.Length - start));
            Singles(values, 1, 0);
            fixed (float* first = values) Workers.For(values.Length / Block, Grain / Block, new Transform(first));
        }
    }

    readonly unsafe struct Transform(float* first) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (long block = from; block < to; block++) BoxMuller(new Span<float>(first + block * Block, Block));
        }
    }

    /// <summary>One of a Box–Muller pair in double precision; the second is kept for the next call.</summary>
    double NextNormal()
    {
        if (_secondNormal is { } kept)
        {
            _secondNormal = null;
            return kept;
        }
        double u1 = Double(_words.NextPair()), u2 = Double(_words.NextPair());
        double radius = Math.Sqrt(-2 * Math.Log(1 - u2));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * u1);
        _secondNormal = radius * sin;
        return radius * cos;
    }

    /// <summary>Sixteen uniforms to sixteen normals: value j and j + 8 make a pair.</summary>
    static void BoxMuller(Span<float> u)
    {
        for (int j = 0; j < Block / 2; j++)
        {
            float radius = MathF.Sqrt(-2 * MathF.Log(1 - u[j]));
            (float sin, float cos) = MathF.SinCos(2 * MathF.PI * u[j + Block / 2]);
            (u[j], u[j + Block / 2]) = (radius * cos, radius * sin);
        }
    }

    static void BoxMuller(Span<double> u)
    {
        for (int j = 0; j < Block / 2; j++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - u[j]));
            (double sin, double cos) = Math.SinCos(2 * Math.PI * u[j + Block / 2]);
            (u[j], u[j + Block / 2]) = (radius * cos, radius * sin);
        }
    }
}
