using System.Buffers.Binary;

namespace Rowan.Formats;

/// <summary>What a fastText model was trained for.</summary>
public enum FastTextKind
{
    /// <summary>Word vectors, a word predicted from its neighbours.</summary>
    Cbow = 1,

    /// <summary>Word vectors, the neighbours predicted from a word.</summary>
    SkipGram = 2,

    /// <summary>A classifier of texts.</summary>
    Supervised = 3,
}

/// <summary>The settings at the beginning of a fastText model, in the order of the file.</summary>
sealed record FastTextSettings(int Dim, int Window, int Epochs, int MinCount, int Negatives, int WordNgrams, int Loss, FastTextKind Kind,
    int Buckets, int Shortest, int Longest, int UpdateRate, double Sample)
{
    public const int Bytes = 12 * sizeof(int) + sizeof(double), Magic = 793_712_314, Version = 12;

    /// <summary>The settings of vectors that were not trained by fastText: whole words without n-grams.</summary>
    public static FastTextSettings Plain(int dim) => new(dim, 5, 5, 1, 5, 1, 2, FastTextKind.SkipGram, 0, 0, 0, 100, 1e-4);

    public static FastTextSettings Read(ReadOnlySpan<byte> from)
    {
        var numbers = new int[12];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadInt32LittleEndian(from[(i * sizeof(int))..]);
        return new(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], (FastTextKind)numbers[7], numbers[8],
            numbers[9], numbers[10], numbers[11], BinaryPrimitives.ReadDoubleLittleEndian(from[(12 * sizeof(int))..]));
    }

    public void Write(Span<byte> into)
    {
        int[] numbers = [Dim, Window, Epochs, MinCount, Negatives, WordNgrams, Loss, (int)Kind, Buckets, Shortest, Longest, UpdateRate];
        for (int i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(into[(i * sizeof(int))..], numbers[i]);
        BinaryPrimitives.WriteDoubleLittleEndian(into[(12 * sizeof(int))..], Sample);
    }

    /// <summary>Whether the numbers may be settings: how a model without a magic number, from before version 11, is recognized.</summary>
    public bool IsPlausible => Dim is > 0 and <= 1 << 20 && Loss is >= 1 and <= 4 && Kind is >= FastTextKind.Cbow
        and <= FastTextKind.Supervised
        && Buckets >= 0 && Shortest >= 0 && Longest is >= 0 and <= 1_000 && Window >= 0 && Epochs >= 0 && MinCount >= 0 && Negatives >= 0
        && WordNgrams is >= 0 and <= 1_000 && UpdateRate >= 0 && Sample is >= 0 and <= 1;

    /// <summary>Whether words have n-grams.</summary>
    public bool HasNgrams => Longest > 0 && Buckets > 0;
}
