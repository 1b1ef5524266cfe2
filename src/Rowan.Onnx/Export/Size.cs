namespace Rowan.Onnx;

/// <summary>One integer of the computation as it was in each trace: fixed if it was the same in all.</summary>
/// <param name="Each">The integer in each trace.</param>
sealed record Size(long[] Each)
{
    /// <summary>Whether it was the same in all traces.</summary>
    public bool IsFixed => Each.AsSpan().IndexOfAnyExcept(Each[0]) < 0;

    /// <summary>The integer in the first trace.</summary>
    public long First => Each[0];

    /// <summary>Whether two were equal in all traces.</summary>
    public bool Same(Size other) => Each.AsSpan().SequenceEqual(other.Each);

    /// <summary>Whether it was a number in all traces.</summary>
    public bool Is(long value) => IsFixed && First == value;

    /// <summary>The sizes of a shape as it was in each trace.</summary>
    public static Size[] Of(IReadOnlyList<Shape> shapes)
    {
        var sizes = new Size[shapes[0].Rank];
        for (int d = 0; d < sizes.Length; d++) sizes[d] = new Size([.. shapes.Select(shape => shape[d])]);
        return sizes;
    }

    /// <summary>"4", or "3, 5, 9" where it varied.</summary>
    public override string ToString() => IsFixed ? $"{First}" : string.Join(", ", Each);
}
