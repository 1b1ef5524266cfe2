namespace Rowan.Recipes;

/// <summary>
/// Documents as rows of the text table: for each its name, its texts, and what else describes it. A training pair asks one of these texts
/// and answers with the document as the others describe it; a document of one text is asked by a part of it.
/// </summary>
sealed class SearchCorpus
{
    const int Name = 0;

    readonly long[][][] _texts;
    readonly int[][] _groups;
    readonly (long[] Rows, int Document, HashSet<int> Relevant)[] _pairs;
    readonly int _together;

    /// <param name="documents">The documents.</param>
    /// <param name="encoder">Text to rows.</param>
    /// <param name="together">Documents of a group put side by side.</param>
    /// <param name="questions">Given questions: each with each of its documents is a training pair.</param>
    public SearchCorpus(IReadOnlyList<SearchDocument> documents, SearchEncoder encoder, int together,
        IReadOnlyList<SearchQuestion> questions)
    {
        _pairs =
        [
            .. questions.SelectMany(question => question.Documents.Where(document => document >= 0)
                .Select(document => (encoder.Encode(question.Text), document, question.Documents.ToHashSet()))),
        ];
        _texts = [.. documents.Select(document => Texts(document).Select(encoder.Encode).ToArray())];
        _groups = [.. Enumerable.Range(0, documents.Count)
            .GroupBy(i => documents[i].Group.Length > 0 ? documents[i].Group : $"\0{i}", StringComparer.Ordinal)
            .Select(group => group.ToArray())];
        _together = together;
    }

    public int Count => _texts.Length;

    /// <summary>What is trained on: documents, each asked by a text of its own, then pairs of a given question and a document.</summary>
    public int Examples => _texts.Length + _pairs.Length;

    /// <summary>The document that answers an example.</summary>
    public int DocumentOf(int example) => example < Count ? example : _pairs[example - Count].Document;

    /// <summary>Whether a document answers an example.</summary>
    public bool Answers(int example, int document) => example < Count
        ? example == document : _pairs[example - Count].Relevant.Contains(document);

    /// <summary>All texts of a document: its name, what may be asked, what else describes it.</summary>
    public static string[] Texts(SearchDocument document) => [document.NameIsText ? document.Name : "", .. document.Texts, document.Extra];

    /// <summary>How many documents a row of the table occurs in, and how often it occurs in all.</summary>
    public (int[] Documents, long[] Occurrences) Frequencies(long rows)
    {
        var (documents, occurrences) = (new int[rows], new long[rows]);
        var seen = new HashSet<long>();
        foreach ((long[] words, _, _) in _pairs)
            foreach (long row in words) occurrences[row]++;
        foreach (long[][] texts in _texts)
        {
            seen.Clear();
            foreach (long[] text in texts)
                foreach (long row in text)
                {
                    occurrences[row]++;
                    if (seen.Add(row)) documents[row]++;
                }
        }
        return (documents, occurrences);
    }

    /// <summary>All examples in random order, a few documents of the same group side by side.</summary>
    public int[] Shuffled(Rng rng)
    {
        var together = new List<int[]>();
        foreach (int[] group in _groups)
            together.AddRange(rng.RandPerm(group.Length).Select(place => group[place]).Chunk(_together));
        for (int pair = 0; pair < _pairs.Length; pair++) together.Add([Count + pair]);
        return [.. rng.RandPerm(together.Count).SelectMany(place => together[(int)place])];
    }

    /// <summary>One text of each document as its question, the rest as its description.</summary>
    public (Bags Questions, Bags Answers) Pairs(ReadOnlySpan<int> examples, Rng rng)
    {
        Bags questions = new(), answers = new();
        foreach (int example in examples)
        {
            long[][] texts = _texts[DocumentOf(example)];
            questions.Begin();
            answers.Begin();
            if (example >= Count)
            {
                questions.Add(_pairs[example - Count].Rows);
                foreach (long[] text in texts) answers.Add(text);
                continue;
            }
            if (Only(texts) is { } only)
            {
                // A run of a third to two thirds of the words asks for the rest.
                int length = Math.Max(1, only.Length / 3 + (int)(rng.NextUInt32() % (uint)(only.Length / 3 + 1)));
                int start = (int)(rng.NextUInt32() % (uint)(only.Length - length + 1));
                questions.Add(only.AsSpan(start, length));
                answers.Add(only.AsSpan(0, start));
                answers.Add(only.AsSpan(start + length));
                continue;
            }
            int asked = Asked(texts, rng);
            questions.Add(texts[asked]);
            for (int text = 0; text < texts.Length; text++)
                if (text != asked) answers.Add(texts[text]);
        }
        return (questions, answers);
    }

    /// <summary>Adds documents with all of their texts.</summary>
    public void Describe(ReadOnlySpan<int> documents, Bags into)
    {
        foreach (int document in documents)
        {
            into.Begin();
            foreach (long[] text in _texts[document]) into.Add(text);
        }
    }

    /// <summary>Documents with all of their texts.</summary>
    public Bags Descriptions(int from, int to)
    {
        var bags = new Bags();
        for (int document = from; document < to; document++)
        {
            bags.Begin();
            foreach (long[] text in _texts[document]) bags.Add(text);
        }
        return bags;
    }

    /// <summary>The only text there is, where there is only one.</summary>
    static long[]? Only(long[][] texts)
    {
        long[]? only = null;
        foreach (long[] text in texts)
        {
            if (text.Length == 0) continue;
            if (only is not null) return null;
            only = text;
        }
        return only;
    }

    /// <summary>
    /// Which text is asked: any but what only describes, the name half as often as the others, since questions are mostly prose.
    /// </summary>
    static int Asked(long[][] texts, Rng rng)
    {
        Span<int> there = stackalloc int[texts.Length - 1];
        int count = 0;
        for (int text = Name; text < there.Length; text++)
            if (texts[text].Length > 0) there[count++] = text;
        // Words without letters or digits leave a document with its extras alone.
        if (count == 0) return texts.Length - 1;
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
