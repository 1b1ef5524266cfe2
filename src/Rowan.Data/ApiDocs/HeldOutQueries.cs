using Rowan.Numerics;

namespace Rowan.Data;

/// <summary>A text that was taken out of a member's documentation, to be asked as a question whose answer is the member.</summary>
/// <param name="Text">The question.</param>
/// <param name="Member">Its answer: the place of the member in the list.</param>
public sealed record HeldOutQuery(string Text, int Member);

/// <summary>Members whose second text is never trained on.</summary>
public static class HeldOutQueries
{
    const int FewestWords = 5;

    /// <summary>
    /// Takes the second text, the longer of returns and remarks, of a number of members: it becomes a question and leaves the training text.
    /// </summary>
    /// <remarks>
    /// A text counts if it has at least five words and no other member has the same one in any place: then nothing else in the
    /// training text gives the question away, and it has one answer. Members are chosen by the seed.
    /// </remarks>
    /// <param name="members">All members.</param>
    /// <param name="count">How many questions; fewer where fewer members qualify.</param>
    /// <param name="rng">Chooses among the members that qualify.</param>
    /// <returns>The members as they are trained on, in the same order, and the questions.</returns>
    public static (IReadOnlyList<ApiMember> Training, IReadOnlyList<HeldOutQuery> Queries) Split(IReadOnlyList<ApiMember> members, int count, Rng rng)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(rng);
        Require.InRange(count >= 0, $"HeldOutQueries: {count} queries; the number is not negative", nameof(count));
        var occurrences = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (ApiMember member in members)
            foreach (string text in (string[])[member.Summary, member.Returns, member.Remarks])
                if (text.Length > 0) occurrences[text] = occurrences.GetValueOrDefault(text) + 1;

        int[] candidates = [.. Enumerable.Range(0, members.Count).Where(i => Second(members[i]) is var text && Words(text) >= FewestWords && occurrences[text] == 1)];
        long[] order = rng.RandPerm(candidates.Length);
        ApiMember[] training = [.. members];
        var queries = new List<HeldOutQuery>();
        foreach (long place in order.Take(count))
        {
            int i = candidates[place];
            string text = Second(members[i]);
            queries.Add(new HeldOutQuery(text, i));
            training[i] = text == members[i].Remarks ? members[i] with { Remarks = "" } : members[i] with { Returns = "" };
        }
        return (training, queries);
    }

    static string Second(ApiMember member) => member.Remarks.Length > member.Returns.Length ? member.Remarks : member.Returns;

    static int Words(string text) => text.Length == 0 ? 0 : text.AsSpan().Count(' ') + 1;
}
