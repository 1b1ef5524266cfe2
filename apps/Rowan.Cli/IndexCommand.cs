using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rowan.Formats;
using Rowan.Recipes;
using Rowan.Retrieval;

namespace Rowan.Cli;

/// <summary><c>rowan index</c>.</summary>
static class IndexCommand
{
    const string Ending = ".index", NamesEnding = ".names";
    const int RecallQueries = 1_000;

    static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    static readonly string[] Metrics = ["cosine", "dot", "l2"], Kinds = ["auto", "flat", "int8", "graph"],
        Precisions = ["float32", "bfloat16", "int8"];

    public static Command Create(Terminal terminal)
    {
        var source = new Argument<string>("source") {
            Description = "Run folder or name of a run, file of named vectors, or index file.", HelpName = "RUN|FILE" };
        var table = new Option<string?>("--table") { Description = "Table of the run. Default: its first.", HelpName = "NAME" };
        var output = new Option<string?>("--out", "-o") {
            Description = $"Index file to write. Default: RUN/TABLE{Ending}, or FILE{Ending}.", HelpName = "FILE" };
        Option<string> metric = Choice("--metric", "How rows are compared", Metrics),
            kind = Choice("--kind", "How rows are found; auto chooses by their number", Kinds),
            precision = Choice("--precision", "How values are stored", Precisions);
        var defaults = new IndexOptions();
        var degree = new Option<int>("--degree") {
            Description = "Most neighbors per row of a graph.", HelpName = "N", DefaultValueFactory = _ => defaults.Degree };
        var build = new Option<int>("--build-candidates") {
            Description = "Candidates for the neighbors of a new row of a graph.", HelpName = "N",
            DefaultValueFactory = _ => defaults.BuildCandidates };
        var search = new Option<int>("--candidates") {
            Description = "Candidates that a search of the graph keeps.", HelpName = "N",
            DefaultValueFactory = _ => defaults.SearchCandidates };
        var neighbors = new Option<string?>("--neighbors") {
            Description = "Print the nearest rows of this name, in an index file.", HelpName = "NAME" };
        var count = new Option<int>("--count", "-n") {
            Description = "Number of neighbors.", HelpName = "N", DefaultValueFactory = _ => 10 };
        Option<string> runs = RunOptions.Runs();
        var command = new Command("index", """
            Build an index of vectors for fast search, with the recall that it reaches; or show an index file, whose
            checksums are verified, and ask it for neighbors.

            Examples:
              rowan index films --table items
              rowan index glove.6B.100d.txt --kind graph --out glove.index
              rowan index glove.index --neighbors king -n 5
            """) { source, table, output, metric, kind, precision, degree, build, search, neighbors, count, runs };
        RunOptions.AtLeastOne(count);
        var reading = new VectorOptions(command);
        command.SetAction((parsed, stop) =>
        {
            string path = parsed.GetValue(source)!;
            Option[] building = [table, output, metric, kind, precision, degree, build, search];
            if (IsIndex(path))
            {
                foreach (Option option in building)
                    if (parsed.GetResult(option) is { Implicit: false })
                        throw new ArgumentException($"{option.Name}: '{path}' is an index; give a run or a file of vectors to build one");
                if (parsed.GetValue(neighbors) is { } name) Neighbors(terminal, path, name, parsed.GetValue(count));
                else Show(terminal, path);
                return Task.FromResult(App.Ok);
            }
            if (parsed.GetResult(neighbors) is { Implicit: false } || parsed.GetResult(count) is { Implicit: false })
                throw new ArgumentException($"--neighbors and --count: '{path}' is no index; build one with 'rowan index {path}' first");
            var options = new IndexOptions
            {
                Metric = (IndexMetric)Array.IndexOf(Metrics, parsed.GetValue(metric)),
                Kind = (IndexKind)Array.IndexOf(Kinds, parsed.GetValue(kind)),
                Precision = (RowPrecision)Array.IndexOf(Precisions, parsed.GetValue(precision)),
                Degree = parsed.GetValue(degree), BuildCandidates = parsed.GetValue(build), SearchCandidates = parsed.GetValue(search),
            };
            bool isFile = File.Exists(path);
            if (isFile && parsed.GetResult(table) is { Implicit: false })
                throw new ArgumentException($"--table: '{path}' is a file; tables are those of runs");
            string folder = isFile ? path : RunOptions.Named(path, parsed.GetValue(runs)!);
            NamedRows rows = isFile ? OfFile(terminal, path, reading.Read(parsed), stop)
                : OfRun(terminal, folder, parsed.GetValue(table));
            string into = parsed.GetValue(output) ?? (isFile ? path + Ending : Path.Combine(folder, rows.Name + Ending));
            Build(terminal, rows, options, into);
            return Task.FromResult(App.Ok);
        });
        return command;
    }

    sealed record NamedRows(string Name, IReadOnlyList<string> Names, int Dim, IEnumerable<ReadOnlyMemory<float>> Pieces);

    static Option<string> Choice(string name, string description, string[] values)
    {
        var option = new Option<string>(name) {
            Description = $"{description}: {string.Join(", ", values)}.", HelpName = "NAME", DefaultValueFactory = _ => values[0] };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    static bool IsIndex(string path)
    {
        if (!File.Exists(path)) return false;
        using FileStream stream = File.OpenRead(path);
        return VectorIndex.IsIndexFile(stream);
    }

    static NamedRows OfRun(Terminal terminal, string path, string? named)
    {
        IReadOnlyList<LearnedTable> tables = Run.Open(path).As<IVectors>().Tables;
        LearnedTable table = tables.FirstOrDefault(one => named is null || one.Name == named) ?? throw new ArgumentException(
            $"--table {named}: the run has no such table; it has {string.Join(", ", tables.Select(one => one.Name))}");
        if (named is null && tables.Count > 1)
            terminal.Error.WriteLine($"table: {table.Name} (choose another of {string.Join(", ", tables.Select(one => one.Name))} with "
                + $"--table)");
        // Rows past the ids belong to unknown ids.
        string[] names = [.. Enumerable.Range(0, (int)table.Ids.Count).Select(i => table.Ids[i])];
        return new NamedRows(table.Name, names, table.Dim, Whole(table.Vectors.Pieces, names.LongLength * table.Dim));
    }

    static IEnumerable<ReadOnlyMemory<float>> Whole(IEnumerable<ReadOnlyMemory<float>> pieces, long values)
    {
        foreach (ReadOnlyMemory<float> piece in pieces)
        {
            if (values <= 0) yield break;
            yield return piece[..(int)Math.Min(values, piece.Length)];
            values -= piece.Length;
        }
    }

    static NamedRows OfFile(Terminal terminal, string path, VectorReadOptions options, CancellationToken stop)
    {
        using VectorReader reader = VectorTables.Open(path, options);
        var (names, pieces, piece) = (new List<string>(), new List<ReadOnlyMemory<float>>(), new List<float>());
        while (reader.Next())
        {
            if ((reader.Row & 0xFFF) == 0) stop.ThrowIfCancellationRequested();
            names.Add(reader.Name);
            piece.AddRange(reader.Vector);
            if (piece.Count < 1 << 26) continue;
            pieces.Add(piece.ToArray());
            piece.Clear();
        }
        pieces.Add(piece.ToArray());
        terminal.Error.WriteLine(reader.Dialect.WithOptions());
        VectorOptions.TellSkipped(terminal, reader.Skipped, reader.Problems);
        return new NamedRows(Path.GetFileName(path), names, reader.Dim, pieces);
    }

    static void Build(Terminal terminal, NamedRows rows, IndexOptions options, string path)
    {
        var watch = Stopwatch.StartNew();
        using var index = new VectorIndex(rows.Dim, options);
        long first = 0;
        foreach (ReadOnlyMemory<float> piece in rows.Pieces)
        {
            var ids = new long[piece.Length / rows.Dim];
            for (int i = 0; i < ids.Length; i++) ids[i] = first + i;
            index.Add(ids, piece.Span);
            first += ids.Length;
        }
        double seconds = watch.Elapsed.TotalSeconds;
        if (index.Kind == IndexKind.Graph && first > 0)
        {
            int step = (int)Math.Max(1, first / RecallQueries), count = (int)Math.Min(RecallQueries, first);
            var queries = new float[count * rows.Dim];
            for (int i = 0; i < count; i++) index.TryGet((long)i * step, queries.AsSpan(i * rows.Dim, rows.Dim));
            index.MeasureRecall(queries);
        }
        index.Save(path);
        AtomicFile.WriteLines(path + NamesEnding, rows.Names);
        terminal.Error.WriteLine(string.Create(Culture, $"built in {seconds:0.0} s; wrote {path} and {path}{NamesEnding}"));
        Write(terminal.Out, index);
    }

    static void Show(Terminal terminal, string path)
    {
        using VectorIndex index = VectorIndex.Open(path, verify: true);
        Write(terminal.Out, index);
    }

    static void Write(TextWriter output, VectorIndex index)
    {
        output.WriteLine(string.Create(Culture, $"rows       {index.Count:#,0}"));
        output.WriteLine(string.Create(Culture, $"dim        {index.Dim}"));
        output.WriteLine($"metric     {Metrics[(int)index.Metric]}");
        output.WriteLine($"kind       {Kinds[(int)index.Kind]}{(index.Options.Kind == IndexKind.Auto ? " (auto)" : "")}");
        output.WriteLine($"precision  {Precisions[(int)index.Options.Precision]}");
        if (index.Kind == IndexKind.Graph)
            output.WriteLine(string.Create(Culture, $"graph      {index.Options.Degree} neighbors per row, "
                + $"{index.Options.BuildCandidates} candidates when built, {index.Options.SearchCandidates} when searched"));
        if (index.MeasuredRecall is { } recall)
            output.WriteLine(string.Create(Culture, $"recall     {recall.Recall:0.0000} of the {recall.Count} nearest, with "
                + $"{recall.Candidates} candidates, of {recall.Queries:#,0} rows"));
        else output.WriteLine(index.Kind == IndexKind.Graph ? "recall     not measured" : "recall     1 (exact)");
    }

    static void Neighbors(Terminal terminal, string path, string name, int count)
    {
        string names = path + NamesEnding;
        if (!File.Exists(names)) throw new FileNotFoundException(
            $"--neighbors: there is no '{names}' with the names of the rows; 'rowan index' writes it next to the index", names);
        string[] all = File.ReadAllLines(names);
        long row = Array.IndexOf(all, name);
        if (row < 0) throw new UnknownNameException(name, new Vocabulary(all.Distinct()).Closest(name, 3));
        using VectorIndex index = VectorIndex.Open(path);
        var query = new float[index.Dim];
        if (index.Count != all.Length || !index.TryGet(row, query)) throw new InvalidDataException(
            $"'{names}' has {all.Length} names and '{path}' {index.Count} rows; build the index again");
        SearchResult found = index.Search(query, count == int.MaxValue ? count : count + 1);
        terminal.Error.WriteLine(found.IsExact ? "exact"
            : found.Recall is { } recall ? string.Create(Culture, $"recall {recall:0.0000}, as measured") : "recall not measured");
        foreach (Match match in found.Matches.Where(match => match.Id != row).Take(count))
            terminal.Out.WriteLine(NeighborsCommand.Line(match.Score, all[match.Id], null));
    }
}
