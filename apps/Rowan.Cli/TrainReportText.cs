using System.Globalization;
using System.Text.Json;
using Rowan.Recipes;
using Rowan.Training;
using Spectre.Console;

namespace Rowan.Cli;

/// <summary>The result of training, as text or JSON.</summary>
static class TrainReportText
{
    static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static void Write(Terminal terminal, TrainReport report)
    {
        TextWriter output = terminal.Out;
        output.WriteLine(string.Create(Culture,
            $"{Reason(report.End)}: {report.Examples:#,0} examples in {report.Elapsed.TotalSeconds:0.0} s, peak memory "
            + $"{report.PeakMemory / 1e6:#,0} MB"));
        foreach (string note in report.Notes) output.WriteLine(note);
        if (report.Metrics.Count > 0)
        {
            var table = new Spectre.Console.Table { Border = TableBorder.Simple };
            table.AddColumn("test metric");
            foreach (string name in report.Baselines.Select(baseline => baseline.Name).Prepend(report.Kind))
                table.AddColumn(new TableColumn(Markup.Escape(name)).RightAligned());
            foreach (Metric metric in report.Metrics)
                table.AddRow([Markup.Escape(metric.Name), Metric.Text(metric.Value),
                    .. report.Baselines.Select(baseline => baseline.Metrics.FirstOrDefault(other => other.Name == metric.Name) is { } found
                        ? Metric.Text(found.Value) : "")]);
            terminal.Write(table);
        }
        WriteTestFiles(terminal, report);
        output.WriteLine($"saved {report.Run}");
        foreach (string next in report.Next) output.WriteLine($"next: {next}");
    }

    static void WriteTestFiles(Terminal terminal, TrainReport report)
    {
        if (report.TestFiles.Count == 0) return;
        var table = new Spectre.Console.Table { Border = TableBorder.Simple };
        table.AddColumn("test file");
        table.AddColumn(new TableColumn("records").RightAligned());
        string[] names = [.. report.TestFiles[0].Report.Metrics.Select(metric => metric.Name)];
        foreach (string name in names) table.AddColumn(new TableColumn(Markup.Escape(name)).RightAligned());
        foreach ((string file, EvaluationReport measured) in report.TestFiles)
            table.AddRow([Markup.Escape(file), measured.Records.ToString("#,0", Culture),
                .. names.Select(name => measured.Metrics.FirstOrDefault(metric => metric.Name == name) is { } found
                    ? Metric.Text(found.Value) : "")]);
        terminal.Write(table);
    }

    /// <summary>The metrics of a cross-validation, with those of each part.</summary>
    public static void WriteFolds(Terminal terminal, IReadOnlyList<TrainReport> reports, IReadOnlyList<RepeatedMetric> figures)
    {
        terminal.Out.WriteLine($"{reports.Count} folds, preset {reports.FirstOrDefault()?.Preset}: each is the test data of a model "
            + $"that is trained on the others");
        terminal.Write(Means(reports, figures, "each fold"));
        terminal.Out.WriteLine("no run was saved; train one without --folds, with --refit on all records");
    }

    public static void WriteFoldsJson(TextWriter output, Recipe recipe, IReadOnlyList<TrainReport> reports,
        IReadOnlyList<RepeatedMetric> figures) =>
        JsonText.Write(output, json =>
        {
            json.WriteString("task", recipe.Kind);
            json.WriteNumber("folds", reports.Count);
            WriteMeans(json, figures);
            json.WriteStartArray("each");
            foreach (TrainReport report in reports)
            {
                json.WriteStartObject();
                report.WithOptions().Write(json);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });

    /// <summary>What casts doubt on the result, a line each.</summary>
    public static void WriteWarnings(TextWriter into, TrainReport report)
    {
        foreach (string warning in report.Warnings) into.WriteLine($"warning: {warning}");
    }

    /// <summary>The metrics of repeated runs.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<TrainReport> reports, IReadOnlyList<RepeatedMetric> figures)
    {
        terminal.Write(Means(reports, figures, "runs"));
        foreach (TrainReport report in reports) terminal.Out.WriteLine($"saved {report.Run}");
    }

    static Spectre.Console.Table Means(IReadOnlyList<TrainReport> reports, IReadOnlyList<RepeatedMetric> figures, string each)
    {
        var table = new Spectre.Console.Table { Border = TableBorder.Simple };
        table.AddColumns("metric", "mean ± std. dev.", each);
        foreach (RepeatedMetric figure in figures)
            table.AddRow(Markup.Escape(figure.Name), double.IsNaN(figure.Deviation)
                ? Metric.Text(figure.Mean) : $"{Metric.Text(figure.Mean)} ± {Metric.Text(figure.Deviation)}",
                string.Join("  ", reports.Where(report => report.Metrics.Count > 0)
                    .Select(report => Metric.Text(report.Metrics.First(metric => metric.Name == figure.Name).Value))));
        return table;
    }

    public static void WriteJson(TextWriter output, IReadOnlyList<TrainReport> reports, IReadOnlyList<RepeatedMetric> figures) =>
        JsonText.Write(output, json =>
    {
        json.WriteStartArray("runs");
        foreach (TrainReport report in reports) json.WriteStringValue(report.Run);
        json.WriteEndArray();
        WriteMeans(json, figures);
    });

    static void WriteMeans(System.Text.Json.Utf8JsonWriter json, IReadOnlyList<RepeatedMetric> figures)
    {
        json.WriteStartObject("metrics");
        foreach (RepeatedMetric figure in figures)
        {
            json.WriteStartObject(figure.Name);
            if (double.IsFinite(figure.Mean)) json.WriteNumber("mean", Math.Round(figure.Mean, 6));
            if (double.IsFinite(figure.Deviation)) json.WriteNumber("deviation", Math.Round(figure.Deviation, 6));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    public static void WriteJson(TextWriter output, TrainReport report) => JsonText.Write(output, json =>
    {
        json.WriteString("run", report.Run);
        json.WriteString("task", report.Kind);
        // Scripts read the former name.
        json.WriteString("job", report.Kind);
        json.WriteNumber("peak_memory_bytes", report.PeakMemory);
        report.Write(json);
    });

    static string Reason(TrainingEnd end) => end switch
    {
        TrainingEnd.Finished => "completed",
        TrainingEnd.NoImprovement => "stopped early, no improvement on validation",
        TrainingEnd.TimeLimit => "stopped at the time limit",
        _ => "interrupted; progress was saved",
    };
}
