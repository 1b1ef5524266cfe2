using System.CommandLine;
using System.Globalization;
using Rowan.Data;
using Rowan.Numerics;
using Rowan.Recipes;
using Spectre.Console;

namespace Rowan.Cli;

/// <summary><c>rowan tune</c>.</summary>
static class TuneCommand
{
    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("file") {
            Description = "Files, as for train.", HelpName = "FILE", Arity = ArgumentArity.OneOrMore };
        var job = new Option<string?>("--task", "--job") {
            Description = "What to train. Detected from the columns if omitted.", HelpName = "NAME" };
        Option<string> preset = PresetOption.Create();
        var budget = new Option<double>("--budget") {
            Description = "Time budget in seconds.", HelpName = "S", DefaultValueFactory = _ => 600 };
        var trials = new Option<int?>("--trials") { Description = "Maximum number of trials.", HelpName = "N" };
        var seed = new Option<ulong>("--seed") { Description = "Random seed of the search.", HelpName = "N" };
        var set = new Option<string[]>("--set") {
            Description = "A fixed setting, such as dim=64. Can be repeated.", HelpName = "NAME=VALUE" };
        var threads = new Option<int>("--threads") {
            Description = "Number of threads.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount };
        var json = new Option<bool>("--json") { Description = "Print the trials as JSON." };
        Option<string> runs = RunOptions.Runs();
        var name = new Option<string?>("--name") {
            Description = "Name of the best run. Default: the time and the task.", HelpName = "NAME" };
        var command = new Command("tune", """
            Search for good settings (hyperparameters) within a time budget.
            The validation data decides; the test data is not used. Only settings that have an effect are tried.
            The best run so far is kept in the folder of runs; Ctrl-C ends the search with it.

            Examples:
              rowan tune ratings.csv --budget 300
              rowan tune reviews.tsv --task classify --set model=bag --trials 20 --json
            """) { files, job, preset, budget, trials, seed, set, runs, name };
        var data = new DataOptions(command);
        foreach (Option option in (Option[])[threads, json]) command.Options.Add(option);
        command.SetAction((parsed, stop) =>
        {
            if (parsed.GetValue(budget) is not > 0)
                throw new ArgumentException($"--budget {parsed.GetValue(budget)}: it must be a number of seconds above 0");
            if (parsed.GetValue(trials) is < 1) throw new ArgumentException($"--trials {parsed.GetValue(trials)}: it must be at least 1");
            if (parsed.GetValue(threads) < 1) throw new ArgumentException($"--threads {parsed.GetValue(threads)}: it must be at least 1");
            ComputeThreads.Count = parsed.GetValue(threads);
            using DataSource source = DataSource.Of(parsed.GetValue(files)!, data.Read(parsed));
            DataSchema schema = SchemaInference.Infer(source, data.Stated(parsed));
            Recipe recipe;
            try { recipe = ChosenTask.Of(schema, parsed.GetValue(job)).Recipe; }
            catch (NoTaskException none)
            {
                SchemaTable.WriteNoTask(terminal, terminal.Error, parsed.GetValue(files)!, none);
                return Task.FromResult(App.WrongUsage);
            }
            Dictionary<string, string> kept = [];
            foreach (string one in parsed.GetValue(set) ?? [])
                kept[one.Split('=')[0]] = one.Contains('=', StringComparison.Ordinal)
                    ? one[(one.IndexOf('=', StringComparison.Ordinal) + 1)..]
                    : throw new ArgumentException($"--set {one}: it must be a setting, = and its value");
            terminal.Error.WriteLine($"task: {recipe.Kind}");
            var request = new TrainRequest {
                Data = source, Schema = schema, Settings = kept, RunsDirectory = parsed.GetValue(runs)!, Name = parsed.GetValue(name),
                Preset = parsed.GetValue(preset)! };
            var tuner = new Tuner(recipe, request, parsed.GetValue(seed));
            IReadOnlyList<Trial> ranked = tuner.Run(TimeSpan.FromSeconds(parsed.GetValue(budget)), parsed.GetValue(trials),
                trial => terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"trial {trial.Number}: "
                    + $"{(trial.Failure.Length > 0 ? trial.Failure.WithOptions() : Figures(trial))}  {Given(trial.Settings)}  "
                    + $"{trial.Seconds:0.0} s")),
                    stop);
            string command = string.Join(' ',
                ["rowan train", .. parsed.GetValue(files)!, $"--task {recipe.Kind} --preset {tuner.PresetName}",
                .. kept.Concat(ranked[0].Settings).Select(pair => $"--{pair.Key} {pair.Value}")]);
            if (parsed.GetValue(json))
                JsonText.Write(terminal.Out, writer =>
                {
                    writer.WriteString("task", recipe.Kind);
                    // Scripts read the former name.
                    writer.WriteString("job", recipe.Kind);
                    writer.WriteString("command", command);
                    writer.WriteString("run", ranked[0].Run);
                    writer.WriteStartArray("trials");
                    foreach (Trial trial in ranked)
                    {
                        writer.WriteStartObject();
                        writer.WriteNumber("number", trial.Number);
                        writer.WriteStartObject("settings");
                        foreach ((string name, string value) in trial.Settings) writer.WriteString(name, value);
                        writer.WriteEndObject();
                        writer.WriteStartObject("validation");
                        foreach (var metric in trial.Validation)
                            if (double.IsFinite(metric.Value)) writer.WriteNumber(metric.Name, Math.Round(metric.Value, 6));
                        writer.WriteEndObject();
                        writer.WriteNumber("seconds", Math.Round(trial.Seconds, 3));
                        writer.WriteEndObject();
                    }
                    writer.WriteEndArray();
                });
            else
            {
                var table = new Spectre.Console.Table { Border = TableBorder.Simple };
                table.AddColumns("trial", ranked[0].Validation[0].Name, "s", "settings");
                foreach (Trial trial in ranked.Take(10))
                    table.AddRow(trial.Number.ToString(CultureInfo.InvariantCulture),
                        trial.Validation[0].Value.ToString("0.0000", CultureInfo.InvariantCulture),
                        trial.Seconds.ToString("0.0", CultureInfo.InvariantCulture), Markup.Escape(Given(trial.Settings)));
                terminal.Write(table);
                terminal.Out.WriteLine($"saved the best run as {ranked[0].Run}");
                terminal.Out.WriteLine($"best: {command}");
            }
            return Task.FromResult(stop.IsCancellationRequested ? App.Cancelled : App.Ok);
        });
        return command;
    }

    static string Figures(Trial trial) =>
        string.Join(", ", trial.Validation.Take(2)
        .Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Name} {metric.Value:0.0000}")));

    static string Given(IReadOnlyDictionary<string, string> settings) => settings.Count == 0
        ? "(defaults)" : string.Join(' ', settings.Select(setting => $"{setting.Key}={setting.Value}"));
}
