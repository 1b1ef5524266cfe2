namespace Rowan.Tables;

/// <summary>Ids that were checked against their table. A layer checks ids once per forward pass and hands them on in this form.</summary>
/// <param name="Memory">The ids. A table never shrinks, so they stay valid.</param>
readonly record struct CheckedIds(ReadOnlyMemory<long> Memory)
{
    public ReadOnlySpan<long> Span => Memory.Span;

    public int Length => Memory.Length;
}
