using System.Globalization;
using System.Text.Json;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Retrieval;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>How the answer of an analogy is scored.</summary>
public enum AnalogyRule
{
    /// <summary>3CosAdd: cos(d, Σ positive − Σ negative), all vectors of length 1 (Mikolov et al. 2013).</summary>
    Add,

    /// <summary>3CosMul: Π cos(d, positive) / (Π cos(d, negative) + 0.001), cosines shifted to 0 … 1 (Levy and Goldberg 2014).</summary>
    Multiply,
}

/// <summary>A word and how well it fits.</summary>
/// <param name="Word">The word.</param>
/// <param name="Score">The higher, the better.</param>
public sealed record WordMatch(string Word, float Score);

/// <summary>How similarities of a run compare with those that people gave.</summary>
/// <param name="Spearman">The rank correlation over the pairs that are known.</param>
/// <param name="Known">Pairs of which both words are known.</param>
/// <param name="Pairs">Pairs in all.</param>
public sealed record PairsReport(double Spearman, int Known, int Pairs);

/// <summary>Results on one section of analogies.</summary>
/// <param name="Name">The section.</param>
/// <param name="Add">Answered by 3CosAdd.</param>
/// <param name="Multiply">Answered by 3CosMul.</param>
/// <param name="Known">Questions of which all words are known.</param>
/// <param name="Questions">Questions in all.</param>
public sealed record AnalogySection(string Name, int Add, int Multiply, int Known, int Questions);

/// <summary>Trained word vectors, verified and loaded.</summary>
public sealed class WordsRun : Run, IAnalogies
{
    const float MulEpsilon = 0.001f;

    readonly LearnedTable _words;
    readonly VectorRows _units;
    readonly int _dim;
    readonly VectorRows? _ngrams;
    readonly Subwords? _subwords;

    WordsRun(string path, IReadOnlyList<LearnedTable> tables, VectorRows? ngrams, Subwords? subwords)
        : base(path, WordsRecipe.JobName, tables)
    {
        _words = Table(path, tables, WordsRecipe.WordsTable);
        (_dim, _ngrams, _subwords) = (_words.Dim, ngrams, subwords);
        // A copy of length 1: an analogy compares all words with a sum, and would else scale every word again for each question.
        _units = VectorRows.Zeros(Words.Count, _dim);
        for (long word = 0; word < Words.Count; word++)
        {
            Span<float> unit = _units.Of(word).Span;
            _words.Row(word).Span.CopyTo(unit);
            Unit(unit);
        }
    }

    /// <summary>The words, the most frequent first.</summary>
    public Vocabulary Words => _words.Ids;

    /// <summary>The newest words run in a folder of runs.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string Newest(string runsDirectory = "runs") => RunFolder.Newest(runsDirectory, WordsRecipe.JobName);

    /// <summary>Loads a run.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The run is incomplete, damaged, of another kind, or from a newer version.</exception>
    public static new WordsRun Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Load(path, RunFolder.Open(path, WordsRecipe.JobName));
    }

    internal static WordsRun Load(string path, JsonElement info)
    {
        WordsSettings settings = WordsSettings.List.Read(info);
        IReadOnlyList<LearnedTable> tables = LearnedTable.Read(path);
        if (settings.Buckets == 0) return new WordsRun(path, tables, null, null);
        return new WordsRun(path, tables, VectorRows.Read(System.IO.Path.Combine(path, WordsRecipe.NgramsFile), "rows"),
            new Subwords(settings.Buckets, settings.ShortestNgram, settings.LongestNgram));
    }

    /// <summary>Vectors by their words, such as those of another program.</summary>
    /// <param name="words">The words.</param>
    /// <param name="values">Their vectors [words, dim]; copied.</param>
    /// <param name="dim">Values per vector.</param>
    public static WordsRun Of(Vocabulary words, ReadOnlySpan<float> values, int dim)
    {
        ArgumentNullException.ThrowIfNull(words);
        Require.That(values.Length == words.Count * dim, $"WordsRun: {values.Length} values for {words.Count} words of {dim}",
            nameof(values));
        var table = new LearnedTable { Name = WordsRecipe.WordsTable, Ids = words, Vectors = VectorRows.Over(values.ToArray(), dim) };
        return new WordsRun("", [table], null, null);
    }

    /// <summary>The vector of a word, of length 1; of an unknown one the mean of its n-grams, where the run has them.</summary>
    /// <exception cref="KeyNotFoundException">The word is unknown; the message names the closest spellings.</exception>
    public float[] this[string word]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(word);
            return TryVector(word) ?? throw new IdMap("word", Words, UnknownIds.Error).Missing(Folded(word));
        }
    }

    /// <summary>The vector of a word, as the indexer gives it; null for an unknown one.</summary>
    internal float[]? TryVector(string word)
    {
        if (Words.TryGetId(word, out long id) || Words.TryGetId(word = Folded(word), out id)) return _units[id].ToArray();
        if (_ngrams is null) return null;
        var rows = new List<long>();
        _subwords!.AddTo(rows, word, Words.Count);
        var vector = new float[_dim];
        foreach (long row in rows) RowMath.AddScaled(_ngrams[row].Span, 1f / rows.Count, vector);
        Unit(vector);
        return vector;
    }

    /// <inheritdoc/>
    public IReadOnlyList<WordMatch> Analogy(IReadOnlyList<string> positive, IReadOnlyList<string> negative, int count = 10,
        AnalogyRule rule = AnalogyRule.Add)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        Require.That(positive.Count > 0, $"analogy: no word is added; ask such as 'king - man + woman'", nameof(positive));
        float[] scores = Scores([.. positive.Select(word => this[word])], [.. negative.Select(word => this[word])], (int)Words.Count, rule);
        HashSet<string> asked = [.. positive, .. negative];
        return [.. RankingEvaluation.Best(scores, count, word => !asked.Contains(Words[word]))
            .Select(match => new WordMatch(Words[match.Id], match.Score))];
    }

    /// <summary>The words nearest to a word. An unknown word is spelled in NFC and lower case, or has the vector of its n-grams where the
    /// run has them.</summary>
    /// <exception cref="KeyNotFoundException">The word is unknown; the message names the closest spellings.</exception>
    public override NearestIds Neighbors(string id, int count = 10, string? table = null)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (table is null or WordsRecipe.WordsTable && !Words.TryGetId(id, out _))
        {
            if (Words.TryGetId(Folded(id), out long row)) return new(_words.Name, Near(_words, row, count));
            if (_ngrams is not null) return new(_words.Name, Near(_words, this[id], count));
        }
        return base.Neighbors(id, count, table);
    }

    /// <inheritdoc/>
    public PairsReport EvaluatePairs(string file)
    {
        List<double> people = [], own = [];
        int number = 0, pairs = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            if (line.Length == 0 || line[0] == '#') continue;
            string[] fields = line.Split((char[]?)['\t', ' ', ','], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 3 || !double.TryParse(fields[2], CultureInfo.InvariantCulture, out double said))
                throw new BadRecordException(new RecordPlace(file, number), null,
                    $"'{(line.Length <= 40 ? line : line[..39] + "…")}' is not two words and a number", "correct it");
            pairs++;
            if (!Known(fields[0], out float[] x) || !Known(fields[1], out float[] y)) continue;
            people.Add(said);
            own.Add(RowMath.Dot(x, y));
        }
        return new PairsReport(RankCorrelation.Spearman(people.ToArray(), own.ToArray()), people.Count, pairs);
    }

    /// <inheritdoc/>
    public IReadOnlyList<AnalogySection> EvaluateAnalogies(string file, int restrict = 30_000)
    {
        int words = restrict == 0 ? (int)Words.Count : (int)Math.Min(restrict, Words.Count);
        var sections = new List<AnalogySection>();
        var questions = new List<int[]>();
        string name = "";
        int number = 0, all = 0;
        foreach (string line in File.ReadLines(file).Append(":"))
        {
            number++;
            if (line.Length == 0) continue;
            if (line[0] == ':')
            {
                if (all > 0) sections.Add(Section(name, questions, all, words));
                (name, all) = (line[1..].Trim(), 0);
                questions.Clear();
                continue;
            }
            string[] asked = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (asked.Length != 4) throw new BadRecordException(new RecordPlace(file, number), null,
                $"'{(line.Length <= 40 ? line : line[..39] + "…")}' is not four words", "correct it");
            all++;
            int[] ids = [.. asked.Select(word => Words.TryGetId(word, out long id) || Words.TryGetId(word.ToLowerInvariant(), out id)
                ? (int)id : int.MaxValue)];
            if (ids.All(id => id < words)) questions.Add(ids);
        }
        return sections;
    }

    AnalogySection Section(string name, List<int[]> questions, int all, int words)
    {
        int add = 0, multiply = 0;
        foreach (int[] q in questions)
        {
            float[][] vectors = [.. q.Select(id => _units[id].ToArray())];
            if (Answer(Scores([vectors[1], vectors[2]], [vectors[0]], words, AnalogyRule.Add), q) == q[3]) add++;
            if (Answer(Scores([vectors[1], vectors[2]], [vectors[0]], words, AnalogyRule.Multiply), q) == q[3]) multiply++;
        }
        return new AnalogySection(name, add, multiply, questions.Count, all);
    }

    static int Answer(float[] scores, int[] question)
    {
        int best = -1;
        for (int word = 0; word < scores.Length; word++)
            if ((best < 0 || scores[word] > scores[best]) && word != question[0] && word != question[1] && word != question[2]) best = word;
        return best;
    }

    float[] Scores(float[][] positive, float[][] negative, int words, AnalogyRule rule)
    {
        var scores = new float[words];
        float[] sum = new float[_dim];
        foreach (float[] vector in positive) RowMath.AddScaled(vector, 1, sum);
        foreach (float[] vector in negative) RowMath.AddScaled(vector, -1, sum);
        Unit(sum);
        Workers.For(words, 1_024, new Scored(this, positive, negative, sum, rule, scores));
        return scores;
    }

    bool Known(string word, out float[] vector)
    {
        if (!Words.TryGetId(word, out _)) word = Folded(word);
        bool known = _ngrams is not null || Words.TryGetId(word, out _);
        vector = known ? this[word] : [];
        return known;
    }

    /// <summary>A word as the vocabulary holds it: in NFC, and in lower case.</summary>
    static string Folded(string word) => UnicodeNormalization.Nfc(word).ToLowerInvariant();

    static void Unit(Span<float> vector)
    {
        float norm = RowMath.Norm(vector, 2);
        if (norm > 0) RowMath.Scale(vector, 1 / norm);
    }

    readonly struct Scored(WordsRun run, float[][] positive, float[][] negative, float[] sum, AnalogyRule rule, float[] into) : IRangeBody
    {
        public void Run(long from, long to)
        {
            for (int word = (int)from; word < to; word++)
            {
                ReadOnlySpan<float> row = run._units[word].Span;
                if (rule == AnalogyRule.Add)
                {
                    into[word] = RowMath.Dot(row, sum);
                    continue;
                }
                float above = 1, below = 1;
                foreach (float[] vector in positive) above *= (1 + RowMath.Dot(row, vector)) / 2;
                foreach (float[] vector in negative) below *= (1 + RowMath.Dot(row, vector)) / 2;
                into[word] = above / (below + MulEpsilon);
            }
        }
    }
}
