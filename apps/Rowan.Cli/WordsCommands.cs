using System.CommandLine;
using System.Globalization;
using Rowan.Recipes;
using Spectre.Console;

namespace Rowan.Cli;

/// <summary>Commands for word vectors: <c>rowan analogy</c>, <c>rowan evaluate pairs</c> and <c>rowan evaluate analogies</c>.</summary>
static class WordsCommands
{
    static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static Command CreateAnalogy(Terminal terminal)
    {
        var words = new Argument<string[]>("words") {
            Description = "Words with + and - between them.", HelpName = "WORD", Arity = ArgumentArity.OneOrMore };
        var multiply = new Option<bool>("--multiply") { Description = "Score with 3CosMul instead of 3CosAdd." };
        var command = new Command("analogy", """
            Solve an analogy with word vectors: king - man + woman gives queen.

            Examples:
              rowan analogy king - man + woman
              rowan analogy paris - france + italy --multiply -n 3 --json
            """) { words, multiply };
        var options = RunOptions.For<IAnalogies>(command);
        command.SetAction(parsed =>
        {
            (List<string> positive, List<string> negative) = Signs(parsed.GetValue(words)!);
            if (positive.Count == 0) throw new ArgumentException("analogy: no word is added; ask such as 'king - man + woman'");
            Run run = options.Open(parsed, terminal);
            IReadOnlyList<WordMatch> answers =
                run.As<IAnalogies>().Analogy(positive, negative, options.Count(parsed), parsed.GetValue(multiply)
                    ? AnalogyRule.Multiply : AnalogyRule.Add);
            if (options.Json(parsed))
                JsonText.Write(terminal.Out, json =>
                {
                    json.WriteString("run", run.Path);
                    json.WriteStartArray("words");
                    foreach (WordMatch answer in answers)
                    {
                        json.WriteStartObject();
                        json.WriteString("word", answer.Word);
                        json.WriteNumber("score", Math.Round(answer.Score, 6));
                        json.WriteEndObject();
                    }
                    json.WriteEndArray();
                });
            else
                foreach (WordMatch answer in answers)
                    terminal.Out.WriteLine(string.Create(Culture, $"{answer.Score:0.000}  {answer.Word}"));
            return App.Ok;
        });
        return command;
    }

    /// <summary><c>rowan evaluate pairs</c>.</summary>
    public static Command CreatePairs(Terminal terminal)
    {
        var pairsFile = new Argument<string>("file") {
            Description = "Lines of two words and their similarity as judged by people; # begins a comment.", HelpName = "FILE" };
        var pairs = new Command("pairs", """
            Measure word vectors on word similarity: Spearman's rank correlation with human judgements.

            Examples:
              rowan evaluate pairs wordsim353.tsv
            """) { pairsFile };
        var pairsOptions = RunOptions.For<IAnalogies>(pairs, counted: false);
        pairs.SetAction(parsed =>
        {
            Run run = pairsOptions.Open(parsed, terminal);
            PairsReport report = run.As<IAnalogies>().EvaluatePairs(parsed.GetValue(pairsFile)!);
            if (pairsOptions.Json(parsed))
                JsonText.Write(terminal.Out, json =>
                {
                    json.WriteString("run", run.Path);
                    if (double.IsFinite(report.Spearman)) json.WriteNumber("spearman", Math.Round(report.Spearman, 6));
                    json.WriteNumber("known", report.Known);
                    json.WriteNumber("pairs", report.Pairs);
                });
            else terminal.Out.WriteLine(string.Create(Culture, $"Spearman {report.Spearman:0.0000} over {report.Known} of "
                + $"{report.Pairs} pairs; the others have an unknown word"));
            return App.Ok;
        });
        return pairs;
    }

    /// <summary><c>rowan evaluate analogies</c>.</summary>
    public static Command CreateAnalogies(Terminal terminal)
    {
        var analogiesFile = new Argument<string>("file") {
            Description = "Lines of four words, such as: king man queen woman. A line \": name\" begins a section.", HelpName = "FILE" };
        var restrict = new Option<int>("--restrict") {
            Description = "Consider only this many of the most frequent words. 0: all.", HelpName = "N", DefaultValueFactory = _ =>
            30_000 };
        var analogies = new Command("analogies", """
            Measure word vectors on analogies: accuracy by section, with 3CosAdd and 3CosMul.

            Examples:
              rowan evaluate analogies questions-words.txt --restrict 30000
            """) { analogiesFile, restrict };
        var analogiesOptions = RunOptions.For<IAnalogies>(analogies, counted: false);
        analogies.SetAction(parsed =>
        {
            Run run = analogiesOptions.Open(parsed, terminal);
            IReadOnlyList<AnalogySection> sections =
                run.As<IAnalogies>().EvaluateAnalogies(parsed.GetValue(analogiesFile)!, parsed.GetValue(restrict));
            if (analogiesOptions.Json(parsed))
                JsonText.Write(terminal.Out, json =>
                {
                    json.WriteString("run", run.Path);
                    json.WriteStartArray("sections");
                    foreach (AnalogySection section in sections)
                    {
                        json.WriteStartObject();
                        json.WriteString("name", section.Name);
                        json.WriteNumber("add", section.Add);
                        json.WriteNumber("multiply", section.Multiply);
                        json.WriteNumber("known", section.Known);
                        json.WriteNumber("questions", section.Questions);
                        json.WriteEndObject();
                    }
                    json.WriteEndArray();
                });
            else Write(terminal, sections);
            return App.Ok;
        });
        return analogies;
    }

    static void Write(Terminal terminal, IReadOnlyList<AnalogySection> sections)
    {
        var table = new Spectre.Console.Table { Border = TableBorder.Simple };
        table.AddColumns("section", "3CosAdd", "3CosMul", "known", "questions");
        foreach (AnalogySection section in sections.Append(
            new AnalogySection("all", sections.Sum(s => s.Add), sections.Sum(s => s.Multiply), sections.Sum(s => s.Known),
            sections.Sum(s => s.Questions))))
            table.AddRow(Markup.Escape(section.Name), Share(section.Add, section.Known), Share(section.Multiply, section.Known),
                section.Known.ToString("#,0", Culture), section.Questions.ToString("#,0", Culture));
        terminal.Write(table);
    }

    static string Share(int of, int all) => all == 0 ? "–" : (of / (double)all).ToString("0.0 %", Culture);

    static (List<string> Positive, List<string> Negative) Signs(string[] words)
    {
        List<string> positive = [], negative = [], to = positive;
        foreach (string word in words.SelectMany(word => word.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            if (word == "+") to = positive;
            else if (word is "-" or "−") to = negative;
            else to.Add(word);
        return (positive, negative);
    }
}
