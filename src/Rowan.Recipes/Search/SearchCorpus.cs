using Rowan.Data;

namespace Rowan.Recipes;

/// <summary>
/// Members as rows of the text table: for each its name, summary, returns, remarks and details. A training pair asks one of these texts and
/// answers with the member as the other texts describe it.
/// </summary>
sealed class SearchCorpus
{
    const int Name = 0, Details = 4;
    const int LongestText = 96;        // Rows of one text that count: remarks run to thousands of words.

    readonly long[][][] _texts;
    readonly int[][] _siblings;
    readonly int _siblingsTogether;

    public SearchCorpus(IReadOnlyList<ApiMember> members, TextEncoder encoder, int siblingsTogether)
    {
        _texts = [.. members.Select(member => Texts(member).Select(text => First(encoder.Encode(text))).ToArray())];
        _siblings = [.. Enumerable.Range(0, members.Count).GroupBy(i => members[i].Owner, StringComparer.Ordinal).Select(group => group.ToArray())];
        _siblingsTogether = siblingsTogether;
    }

    public int Count => _texts.Length;

    /// <summary>All texts of a member, the name first.</summary>
    public static string[] Texts(ApiMember member) => [member.Name, member.Summary, member.Returns, member.Remarks, member.Details];

    /// <summary>How many members a row of the table occurs in.</summary>
    public int[] DocumentFrequencies(long rows)
    {
        var frequencies = new int[rows];
        var seen = new HashSet<long>();
        foreach (long[][] texts in _texts)
        {
            seen.Clear();
            foreach (long[] text in texts)
                foreach (long row in text)
                    if (seen.Add(row)) frequencies[row]++;
        }
        return frequencies;
    }

    /// <summary>All members in random order, a few of the same type side by side.</summary>
    public int[] Shuffled(Rng rng)
    {
        var together = new List<int[]>();
        foreach (int[] siblings in _siblings)
            together.AddRange(rng.RandPerm(siblings.Length).Select(place => siblings[place]).Chunk(_siblingsTogether));
        return [.. rng.RandPerm(together.Count).SelectMany(place => together[(int)place])];
    }

    /// <summary>One text of each member as its question, the rest as its description.</summary>
    public (Bags Questions, Bags Answers) Pairs(ReadOnlySpan<int> members, Rng rng)
    {
        Bags questions = new(), answers = new();
        foreach (int member in members)
        {
            long[][] texts = _texts[member];
            int asked = Asked(texts, rng);
            questions.Begin();
            questions.Add(texts[asked]);
            answers.Begin();
            for (int text = 0; text < texts.Length; text++)
                if (text != asked) answers.Add(texts[text]);
        }
        return (questions, answers);
    }

    /// <summary>Members with all of their texts.</summary>
    public Bags Descriptions(int from, int to)
    {
        var bags = new Bags();
        for (int member = from; member < to; member++)
        {
            bags.Begin();
            foreach (long[] text in _texts[member]) bags.Add(text);
        }
        return bags;
    }

    /// <summary>The bag of a question.</summary>
    public static long[] First(long[] rows) => rows.Length <= LongestText ? rows : rows[..LongestText];

    /// <summary>Which text is asked: any but the details, the name half as often as the others, since questions are mostly prose.</summary>
    static int Asked(long[][] texts, Rng rng)
    {
        Span<int> there = stackalloc int[Details];
        int count = 0;
        for (int text = Name; text < Details; text++)
            if (texts[text].Length > 0) there[count++] = text;
        int asked = there[(int)(rng.NextUInt32() % (uint)count)];
        if (asked == Name && count > 1 && rng.NextSingle() < 0.5f) asked = there[1 + (int)(rng.NextUInt32() % (uint)(count - 1))];
        return asked;
    }
}

/// <summary>Bags of rows as <see cref="Nn.EmbeddingBag"/> takes them: all rows in a line, and where each bag starts.</summary>
sealed class Bags
{
    readonly List<long> _rows = [], _offsets = [];

    public Indices Rows => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rows);

    public Indices Offsets => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_offsets);

    public void Begin() => _offsets.Add(_rows.Count);

    public void Add(ReadOnlySpan<long> rows) => _rows.AddRange(rows);
}
