using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Rowan.Data;
using Rowan.Recipes;
using Rowan.Training;

namespace Rowan.Accuracy;

/// <summary>
/// Word vectors beside fastText's and gensim's, of Debian's packages fasttext and python3-gensim, on the same file, in the same run, two
/// threads each.
/// </summary>
sealed class WordVectorsTask : RecipeTask
{
    const int Dim = 100, Window = 5, Negatives = 5, Epochs = 5, MinCount = 5, Restrict = 30_000;

    public override string Name => "words";

    public override string Protocol =>
        "wikinews and IMDB, lower-case a–z, an article a line; skip-gram, d 100, window 5, 5 negatives, 5 epochs, sample 1e-4; "
        + "analogies among the 30,000 most frequent words";

    public override string Needs => "wikinews/wikinews.norm.txt.gz imdb/imdb_train.tsv.gz imdb/imdb_test.tsv.gz wordvec-eval";

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        string folder = Directory.CreateTempSubdirectory("rowan-words-").FullName, corpus = Path.Combine(folder, "corpus.txt");
        try
        {
            WriteCorpus(data, corpus);
            using DataSource source = DataSource.Of(corpus);
            TrainReport report = new WordsRecipe().Train(new TrainRequest
            {
                Data = source, Schema = SchemaInference.Infer(source), RunsDirectory = folder, Name = "ours", Preset = Preset.None,
                Settings = new Dictionary<string,
                string> { ["dim"] = $"{Dim}", ["window"] = $"{Window}", ["negatives"] = $"{Negatives}", ["epochs"] = $"{Epochs}",
                ["min-count"] = $"{MinCount}", ["negative-power"] = "0.5", ["learning-rate"] = "0.05" },
            });
            var ours = Scores(WordsRun.Open(report.Run), data, Figure(report, "words/s"));
            double words = File.ReadLines(corpus).Sum(line => (double)line.AsSpan().Count(' ') + 1);

            string fast = Path.Combine(folder, "fast"), gensim = Path.Combine(folder, "gensim.txt");
            double fastSeconds = Seconds("fasttext",
                $"skipgram -input {corpus} -output {fast} -dim {Dim} -ws {Window} -neg {Negatives} -epoch {Epochs} -minCount "
                + $"{MinCount} -t 1e-4 -thread 2 -maxn 0 -verbose 0", log);
            string program = Path.Combine(folder, "peer.py");
            File.WriteAllText(program, $"""
                from gensim.models import Word2Vec
                m = Word2Vec(corpus_file='{corpus}', vector_size={Dim}, window={Window}, negative={Negatives}, epochs={Epochs}, sg=1, sample=1e-4, workers=2, min_count={MinCount})
                m.wv.save_word2vec_format('{gensim}')
                """);
            double gensimSeconds = Seconds("/usr/bin/python3", program, log);
            var fasts = Scores(Read(fast + ".vec"), data, words * Epochs / fastSeconds);
            var gensims = Scores(Read(gensim), data, words * Epochs / gensimSeconds);
            string Both(Func<double[], double> figure, string format) =>
                string.Create(CultureInfo.InvariantCulture,
                $"fastText {figure(fasts).ToString(format, CultureInfo.InvariantCulture)}, gensim "
                + $"{figure(gensims).ToString(format, CultureInfo.InvariantCulture)} (this run)");
            return
            [
                new(Name, "WordSim-353, Spearman", ours[0], Both(scores => scores[0], "0.0000"), Math.Max(fasts[0], gensims[0])),
                new(Name, "SimLex-999, Spearman", ours[1], Both(scores => scores[1], "0.0000"), Math.Max(fasts[1], gensims[1])),
                new(Name, "analogies, 3CosAdd", ours[2], Both(scores => scores[2], "0.0000"), Math.Max(fasts[2], gensims[2])),
                new(Name, "words a second", ours[3], Both(scores => scores[3], "#,0"), 1.3 * Math.Max(fasts[3], gensims[3])),
            ];
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    static double[] Scores(WordsRun run, string data, double pace)
    {
        IReadOnlyList<AnalogySection> sections = run.EvaluateAnalogies(Path.Combine(data, "wordvec-eval", "questions-words.txt"), Restrict);
        return [run.EvaluatePairs(Path.Combine(data, "wordvec-eval", "wordsim353.tsv")).Spearman,
            run.EvaluatePairs(Path.Combine(data, "wordvec-eval", "simlex999.txt")).Spearman,
            sections.Sum(s => s.Add) / (double)sections.Sum(s => s.Known), pace];
    }

    /// <summary>word2vec's text format.</summary>
    static WordsRun Read(string file)
    {
        List<string> words = [];
        List<float> values = [];
        foreach (string line in File.ReadLines(file).Skip(1))
        {
            string[] fields = line.TrimEnd().Split(' ');
            words.Add(fields[0]);
            foreach (string field in fields.AsSpan(1)) values.Add(float.Parse(field, CultureInfo.InvariantCulture));
        }
        return WordsRun.Of(new Vocabulary(words), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(values), Dim);
    }

    static void WriteCorpus(string data, string path)
    {
        using var into = new StreamWriter(path) { NewLine = "\n" };
        foreach (string line in Lines(Path.Combine(data, "wikinews", "wikinews.norm.txt.gz"))) into.WriteLine(line.Trim());
        foreach (string part in (string[])["train", "test"])
            foreach (string line in Lines(Path.Combine(data, "imdb", $"imdb_{part}.tsv.gz")))
                into.WriteLine(PeerText.Plain(line[(line.LastIndexOf('\t') + 1)..]));
    }

    static IEnumerable<string> Lines(string packed)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(packed), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line) yield return line;
    }

    /// <summary>How long a program takes, its own start and reading within.</summary>
    internal static double Seconds(string program, string arguments, TextWriter log)
    {
        var time = Stopwatch.StartNew();
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{program} does not start; install Debian's packages fasttext and python3-gensim");
        string last = "";
        process.ErrorDataReceived += (_, line) => last = line.Data is { Length: > 0 } said ? said : last;
        process.BeginErrorReadLine();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with code {process.ExitCode}: {last}; are Debian's packages fasttext "
            + $"and python3-gensim there?");
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{program}: {time.Elapsed.TotalSeconds:0} s"));
        return time.Elapsed.TotalSeconds;
    }
}

/// <summary>Text as the peers are given it.</summary>
static class PeerText
{
    /// <summary>Runs of a–z in lower case, blanks between; escapes and line breaks are blanks.</summary>
    public static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        text = text.Replace("\\n", " ", StringComparison.Ordinal).Replace("\\t", " ", StringComparison.Ordinal)
            .Replace("<br />", " ", StringComparison.Ordinal);
        foreach (char c in text)
            if (char.IsAsciiLetter(c)) plain.Append(char.ToLowerInvariant(c));
            else if (plain.Length > 0 && plain[^1] != ' ') plain.Append(' ');
        return plain.ToString().TrimEnd();
    }
}

/// <summary>Bags of n-grams beside <c>fasttext supervised</c>: accuracy, and time to train, the files' reading within.</summary>
sealed class FastTextTask : RecipeTask
{
    public override string Name => "fasttext";

    public override string Protocol =>
        "words of a–z and their pairs; fastText with word n-grams of 2, the best of its rates 0.1, 0.5 and 1 by the test file (to its "
        + "advantage), 2 threads; time of that one training, reading within";

    public override string Needs =>
        "imdb/imdb_train.tsv.gz imdb/imdb_test.tsv.gz 20newsgroups/20news-bydate-train.tsv.gz 20newsgroups/20news-bydate-test.tsv.gz";

    public override IReadOnlyList<AccuracyRow> Run(string data, TextWriter log)
    {
        string folder = Directory.CreateTempSubdirectory("rowan-fasttext-").FullName;
        try
        {
            return
            [
                .. Compare("imdb", Path.Combine(data, "imdb", "imdb_train.tsv.gz"), Path.Combine(data, "imdb", "imdb_test.tsv.gz"), 3,
                    "ngrams=2 weights=tfidf dim=10 min-count=2 learning-rate=0.003 word-dropout=0.3 dropout=0.3 epochs=4 patience=none "
                    + "batch-size=128 buckets=2000000 validation-share=0", folder, log),
                .. Compare("20news", Path.Combine(data, "20newsgroups", "20news-bydate-train.tsv.gz"),
                    Path.Combine(data, "20newsgroups", "20news-bydate-test.tsv.gz"), 2,
                    "ngrams=2 weights=tfidf dim=32 min-count=2 learning-rate=0.006 word-dropout=0.3 dropout=0.3 epochs=5 patience=none "
                    + "batch-size=128 buckets=500000 validation-share=0", folder, log),
            ];
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    AccuracyRow[] Compare(string set, string train, string test, int column, string settings, string folder, TextWriter log)
    {
        string[] files = [.. ((string[])[train, test]).Select((packed, i) =>
        {
            string file = Path.Combine(folder, $"{set}{i}.tsv");
            using var reader = new StreamReader(new GZipStream(File.OpenRead(packed), CompressionMode.Decompress));
            var lines = new List<string>();
            while (reader.ReadLine() is { } line) lines.Add($"{line[..line.IndexOf('\t')]}\t{PeerText.Plain(line.Split('\t')[column])}");
            // fastText goes through the file in its order; ours shuffles by itself.
            if (i == 0) lines = [.. new Rng(1).RandPerm(lines.Count).Select(place => lines[(int)place])];
            File.WriteAllLines(file, lines);
            return file;
        })];
        string[] marked = [.. files.Select(file =>
        {
            string other = Path.ChangeExtension(file, "fast");
            File.WriteAllLines(other, File.ReadLines(file).Select(line => "__label__" + line.Replace('\t', ' ')));
            return other;
        })];
        (double best, double seconds) = (0, 0);
        foreach (string rate in (string[])["0.1", "0.5", "1"])
        {
            string model = Path.Combine(folder, "model");
            double time = WordVectorsTask.Seconds("fasttext",
                $"supervised -input {marked[0]} -output {model} -wordNgrams 2 -dim 100 -epoch 10 -lr {rate} -minCount 2 -bucket "
                + $"2000000 -thread 2 -verbose 0", log);
            double accuracy = Accuracy(model + ".bin", marked[1]);
            if (accuracy > best) (best, seconds) = (accuracy, time);
        }
        TrainReport report = Train(new ClassifyRecipe(), files[0], files[1],
            new ReadOptions { Header = false, Columns = ["label", "text"], NoQuotes = true }, new StatedRoles(), settings, log);
        return
        [
            new($"{set}, beside fastText", "accuracy", Figure(report, "accuracy"),
                string.Create(CultureInfo.InvariantCulture, $"{best:0.0000} (this run)"), best + 0.005),
            new($"{set}, beside fastText", "seconds", report.Elapsed.TotalSeconds,
                string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} (this run)"), seconds, HigherIsBetter: false),
        ];
    }

    static double Accuracy(string model, string test)
    {
        using Process process = Process.Start(new ProcessStartInfo("fasttext", $"test {model} {test}") { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.Parse(output.Split('\n').First(line => line.StartsWith("P@1", StringComparison.Ordinal)).Split('\t')[1],
            CultureInfo.InvariantCulture);
    }
}
