using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>Documents of which one text is never trained on.</summary>
static class HeldOutQuestions
{
    const int FewestWords = 5, FewestToCut = 20;

    /// <summary>
    /// Takes a text out of a number of documents: the longest beside the main one; where no document has another, a third of the main
    /// one, from its end.
    /// </summary>
    /// <remarks>
    /// A text counts if it has at least five words and no other document has the same one in any place: then nothing else in the
    /// training text gives the question away, and it has one answer. Documents are chosen by the seed.
    /// </remarks>
    /// <param name="documents">All documents.</param>
    /// <param name="count">How many questions; fewer where fewer documents qualify.</param>
    /// <param name="rng">Chooses among the documents that qualify.</param>
    /// <returns>The documents as they are trained on, in the same order, and the questions.</returns>
    public static (IReadOnlyList<SearchDocument> Training,
        IReadOnlyList<SearchQuestion> Questions) Split(IReadOnlyList<SearchDocument> documents, int count, Rng rng)
    {
        var occurrences = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (string text in documents.SelectMany(document => document.Texts))
            if (text.Length > 0) occurrences[text] = occurrences.GetValueOrDefault(text) + 1;

        int[] candidates = [.. Enumerable.Range(0, documents.Count)
            .Where(i => Second(documents[i]) > 0 && Qualifies(documents[i], occurrences))];
        if (candidates.Length == 0) candidates = [.. Enumerable.Range(0, documents.Count).Where(i => Qualifies(documents[i], occurrences))];
        long[] order = rng.RandPerm(candidates.Length);
        SearchDocument[] training = [.. documents];
        var questions = new List<SearchQuestion>();
        foreach (long place in order.Take(count))
        {
            int i = candidates[place];
            (string question, training[i]) = Cut(documents[i]);
            questions.Add(new SearchQuestion(question, i));
        }
        return (training, questions);
    }

    static bool Qualifies(SearchDocument document, Dictionary<string, int> occurrences)
    {
        int second = Second(document);
        string text = document.Texts[second];
        return Words(text) >= (second == 0 ? FewestToCut : FewestWords) && occurrences[text] == 1;
    }

    static (string Question, SearchDocument Left) Cut(SearchDocument document)
    {
        int second = Second(document);
        string text = document.Texts[second], left = "";
        if (second == 0)
        {
            string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int cut = words.Length - words.Length / 3;
            (left, text) = (string.Join(' ', words[..cut]), string.Join(' ', words[cut..]));
        }
        return (text, document with { Texts = [.. document.Texts.Select((kept, i) => i == second ? left : kept)] });
    }

    /// <summary>The longest text beside the main one; the main one where all others are empty.</summary>
    static int Second(SearchDocument document)
    {
        int longest = 0;
        for (int i = 1; i < document.Texts.Count; i++)
            if (document.Texts[i].Length > (longest == 0 ? 0 : document.Texts[longest].Length)) longest = i;
        return longest;
    }

    static int Words(string text) => text.Length == 0 ? 0 : text.AsSpan().Count(' ') + 1;
}
