using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Rowan.Numerics;

namespace Rowan.Recipes;

/// <summary>
/// Queries with relevance judgments, as research data has them. Queries: lines of id, tab, text, or JSON Lines with _id and text.
/// Judgments: lines of query, document, relevance (BEIR), or query, 0, document, relevance (TREC). Headers are recognized; .gz is unpacked.
/// </summary>
/// <param name="Questions">Queries with at least one relevant document.</param>
/// <param name="Notes">What was left out, counted and explained.</param>
sealed record JudgedQueries(IReadOnlyList<SearchQuestion> Questions, IReadOnlyList<string> Notes)
{
    static readonly string[] QueryIds = ["_id", "id", "query_id", "query-id", "queryid", "qid", "topic", "topic_id", "number"];
    static readonly string[] QueryTexts = ["text", "query", "question", "title"];

    /// <summary>Reads both files.</summary>
    /// <param name="queries">The file of queries.</param>
    /// <param name="qrels">The file of judgments.</param>
    /// <param name="documents">Indices of the documents by name.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file has another layout, or no query has a relevant document.</exception>
    public static JudgedQueries Read(string queries, string qrels, IReadOnlyDictionary<string, int> documents)
    {
        var notes = new List<string>();
        Dictionary<string, string> texts = Texts(queries, notes);
        var judged = new Dictionary<string, List<(string Document, float Gain)>>(StringComparer.Ordinal);
        int line = 0, ragged = 0, judgments = 0;
        string example = "";
        foreach (string said in Lines(qrels))
        {
            line++;
            if (string.IsNullOrWhiteSpace(said)) continue;
            string[] fields = said.Contains('\t', StringComparison.Ordinal)
                ? said.Split('\t', StringSplitOptions.TrimEntries) : said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            bool number = float.TryParse(fields[^1], NumberStyles.Float, CultureInfo.InvariantCulture, out float gain)
                && float.IsFinite(gain);
            if (line == 1 && fields.Length is 3 or 4 && !number) continue;
            if (fields.Length is not (3 or 4) || !number)
            {
                if (ragged++ == 0) example = $"line {line}: {fields.Length} fields, '{Shortened(said)}'";
                continue;
            }
            judgments++;
            if (!judged.TryGetValue(fields[0], out var list)) judged.Add(fields[0], list = []);
            if (gain > 0) list.Add((fields[^2], gain));
        }
        Require.Data(judgments > 0,
            $"'{qrels}' has no judgment: its lines must be query, document and relevance, or query, 0, document and relevance, "
            + $"separated by tabs or spaces{(ragged > 0 ? $" ({example})" : "")}");
        if (ragged > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{qrels}: {ragged:#,0} lines left out, each must have 3 "
            + $"or 4 fields and end in a number "
            + $"({example})"));
        int unknownQueries = judged.Keys.Count(id => !texts.ContainsKey(id)), unjudged = texts.Keys.Count(id => !judged.ContainsKey(id)),
        without = 0, unknown = 0, pairs = 0;
        string? unknownExample = null;
        var questions = new List<SearchQuestion>();
        foreach ((string id, string text) in texts)
        {
            if (!judged.TryGetValue(id, out var list)) continue;
            var relevant = list.GroupBy(pair => pair.Document, StringComparer.Ordinal)
                .Select(group => (Document: group.Key, group.Last().Gain)).ToArray();
            if (relevant.Length == 0)
            {
                without++;
                continue;
            }
            pairs += relevant.Length;
            foreach (var pair in relevant.Where(pair => !documents.ContainsKey(pair.Document)))
            {
                unknown++;
                unknownExample ??= pair.Document;
            }
            questions.Add(new SearchQuestion(text,
                [.. relevant.Select(pair => documents.TryGetValue(pair.Document, out int index) ? index : -1)],
                [.. relevant.Select(pair => pair.Gain)]));
        }
        Require.Data(questions.Count > 0,
            $"no query of '{queries}' has a relevant document in '{qrels}': the ids of the two files do not match "
            + $"('{texts.Keys.First()}' and '{judged.Keys.First()}')");
        Require.Data(unknown < pairs,
            $"none of the {pairs} relevant documents of '{qrels}' is in the corpus; '{unknownExample}' is not the id of a document, "
            + $"such as '{documents.Keys.First()}': "
            + $"name the corpus's column of ids as `id` COLUMN");
        if (unknownQueries > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{qrels}: {unknownQueries:#,0} judged queries "
            + $"are not in {queries} and left out"));
        if (unjudged > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{queries}: {unjudged:#,0} queries without a judgment "
            + $"in {qrels} left out"));
        if (without > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{qrels}: {without:#,0} queries without a relevant "
            + $"document left out"));
        if (unknown > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{qrels}: {unknown:#,0} relevant documents are not in "
            + $"the corpus, such as '{unknownExample}'; "
            + $"they count as never found"));
        return new JudgedQueries(questions, notes);
    }

    static Dictionary<string, string> Texts(string file, List<string> notes)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        int line = 0, ragged = 0, twice = 0;
        string example = "";
        foreach (string said in Lines(file))
        {
            line++;
            if (string.IsNullOrWhiteSpace(said)) continue;
            (string? id, string? text) = said.TrimStart().StartsWith('{') ? Json(said) : Tabbed(said);
            if (line == 1 && id is not null && QueryIds.Contains(id.ToLowerInvariant())) continue;
            if (string.IsNullOrEmpty(id) || string.IsNullOrWhiteSpace(text))
            {
                if (ragged++ == 0) example = $"line {line}: '{Shortened(said)}'";
            }
            else if (!texts.TryAdd(id, text.Trim())) twice++;
        }
        Require.Data(texts.Count > 0,
            $"'{file}' has no query: its lines must be id, tab and text, or JSON objects with _id and "
            + $"text{(ragged > 0 ? $" ({example})" : "")}");
        if (ragged > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{file}: {ragged:#,0} lines without an id and a text "
            + $"left out ({example})"));
        if (twice > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{file}: {twice:#,0} queries whose id occurs earlier "
            + $"left out"));
        return texts;
    }

    static (string? Id, string? Text) Tabbed(string line) => line.Split('\t', 3) is [var id, var text, ..]
        ? (id.Trim(), text) : (null, null);

    static (string? Id, string? Text) Json(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            string? Value(string[] names) =>
                names.Select(name => document.RootElement.TryGetProperty(name, out JsonElement value) ? value.ToString() : null)
                .FirstOrDefault(value => value is not null);
            return (Value(QueryIds), Value(QueryTexts));
        }
        catch (JsonException) { return (null, null); }
    }

    static IEnumerable<string> Lines(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no file '{path}'; check the spelling and the folder", path);
        using Stream file = File.OpenRead(path);
        using Stream bytes = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(bytes);
        while (reader.ReadLine() is { } line) yield return line;
    }

    static string Shortened(string text) => text.Length <= 60 ? text : text[..60] + "…";

}
