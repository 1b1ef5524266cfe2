using System.Globalization;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Nn;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>A member found.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Summary">What it is.</param>
/// <param name="Score">The cosine with what was asked, from −1 to 1.</param>
public sealed record SearchHit(string Name, string Summary, float Score);

/// <summary>A name that the run does not know.</summary>
public sealed class UnknownNameException : KeyNotFoundException
{
    /// <param name="name">The name.</param>
    /// <param name="suggestions">Names spelled like it.</param>
    public UnknownNameException(string name, IReadOnlyList<string> suggestions)
        : base($"'{name}' is not a member that was learned" + (suggestions.Count == 0 ? "; find its full name with 'rowan search'" : $"; did you mean {string.Join(", ", suggestions)}?")) =>
        (Name, Suggestions) = (name, suggestions);

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>Names spelled like it, the likeliest first.</summary>
    public IReadOnlyList<string> Suggestions { get; }
}

/// <summary>A trained search run, verified and loaded: questions in, members out.</summary>
public sealed class SearchRun
{
    readonly TextEncoder _encoder;
    readonly EmbeddingBag _text;
    readonly float[] _vectors;
    readonly ExactIndex _index;
    readonly Vocabulary _names;
    readonly string[] _summaries;

    SearchRun(string path, TextEncoder encoder, EmbeddingBag text, float[] vectors, int dim, Vocabulary names, string[] summaries)
    {
        (Path, _encoder, _text, _vectors, _names, _summaries) = (path, encoder, text, vectors, names, summaries);
        _index = new ExactIndex(vectors, dim);
    }

    /// <summary>The run folder.</summary>
    public string Path { get; }

    /// <summary>The newest search run in a folder of runs.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string Newest(string runsDirectory = "runs") => RunFolder.Newest(runsDirectory, SearchRecipe.Kind);

    /// <summary>Loads a run.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, of another kind, or from a newer version.</exception>
    public static SearchRun Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        RunFolder.Open(path, SearchRecipe.Kind);
        string vocabularyFile = System.IO.Path.Combine(path, "vocabulary.txt");
        using var reader = new StreamReader(vocabularyFile);
        Vocabulary vocabulary = Vocabulary.Read(reader, vocabularyFile);
        string[][] lines = [.. File.ReadLines(System.IO.Path.Combine(path, "members.tsv")).Select(line => line.Split('\t', 2))];

        using SafetensorsFile model = Safetensors.Open(System.IO.Path.Combine(path, "model.safetensors"));
        Require.Data(model.Metadata.TryGetValue("buckets", out string? said) && long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out _), $"'{model.Path}' does not say how many buckets its n-grams share; train again with 'rowan train'");
        long buckets = long.Parse(said!, CultureInfo.InvariantCulture);
        IReadOnlyList<long> rows = model["text.weight"].Shape, vectors = model["vectors"].Shape;
        Require.Data(rows.Count == 2 && vectors.Count == 2 && rows[0] == vocabulary.Count + buckets && vectors[0] == lines.Length && rows[1] == vectors[1],
            $"the files of the run '{path}' do not fit together; train again with 'rowan train'");
        int dim = checked((int)rows[1]);
        var table = new Table(rows[0], dim, "text.weight") { Frozen = true };
        table.CopyFrom(model.Read("text.weight"));
        return new SearchRun(path, new TextEncoder(vocabulary, new Subwords(buckets)), new EmbeddingBag(table), model.Read("vectors"), dim,
            new Vocabulary(lines.Select(line => line[0])), [.. lines.Select(line => line[^1])]);
    }

    /// <summary>The members that answer a question best.</summary>
    /// <exception cref="ArgumentException">The question has no word.</exception>
    public IReadOnlyList<SearchHit> Search(string question, int count = 10)
    {
        ArgumentNullException.ThrowIfNull(question);
        Require.That(_encoder.Encode(question).Length > 0, $"the question '{question}' has no word in it; ask in words", nameof(question));
        return Hits(_index.Search(SearchTrainer.QuestionVector(_encoder, _text, question), count));
    }

    /// <summary>The members nearest to a member, itself left out.</summary>
    /// <exception cref="UnknownNameException">No member has that name.</exception>
    public IReadOnlyList<SearchHit> Neighbors(string name, int count = 10)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_names.TryGetId(name, out long id)) throw new UnknownNameException(name, _names.Closest(name, 3));
        int dim = _vectors.Length / _summaries.Length;
        return Hits(_index.Search(_vectors.AsMemory((int)(id * dim), dim), count + 1).Where(match => match.Id != id).Take(count));
    }

    SearchHit[] Hits(IEnumerable<Match> matches) => [.. matches.Select(match => new SearchHit(_names[match.Id], _summaries[match.Id], match.Score))];
}
