using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rowan.Data;
using Rowan.Formats;
using Rowan.Numerics;
using Rowan.Training;

namespace Rowan.Recipes;

/// <summary>Several test files: the metrics over all of them, and those of each.</summary>
static class TestFiles
{
    /// <summary>Trains and measures the run on each test file where there are several.</summary>
    public static TrainReport Train(Recipe recipe, TrainRequest request, IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        TrainReport report = recipe.Train(request, progress, stop);
        if (request.Test is not { Names.Count: > 1 } test || report.End == TrainingEnd.Stopped) return report;
        var files = new List<(string File, EvaluationReport Report)>();
        foreach (string name in test.Names)
        {
            Require.That(name != "standard input", $"`test` -: standard input can be read once; with several test files, name each");
            using DataSource file = DataSource.Of(name, test.Options);
            files.Add((name, Run.Open(report.Run).As<IEvaluator>().Evaluate(file)));
        }
        report = report with { TestFiles = files };
        Write(report);
        return report;
    }

    /// <summary>Adds the metrics of each file to run.json of a finished run.</summary>
    public static void Write(TrainReport report)
    {
        if (report.TestFiles.Count == 0) return;
        string info = Path.Combine(report.Run, "run.json");
        var run = JsonNode.Parse(File.ReadAllBytes(info))!.AsObject();
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            Write(json, report.TestFiles);
            json.WriteEndObject();
        }
        run["test_files"] = JsonNode.Parse(stream.ToArray())!["test_files"]!.DeepClone();
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true })) run.WriteTo(json);
        AtomicFile.WriteText(info, Encoding.UTF8.GetString(bytes.ToArray()) + "\n");
    }

    /// <summary>Writes the array "test_files".</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<(string File, EvaluationReport Report)> files)
    {
        json.WriteStartArray("test_files");
        foreach ((string file, EvaluationReport report) in files)
        {
            json.WriteStartObject();
            json.WriteString("file", file);
            json.WriteNumber("records", report.Records);
            json.WriteStartObject("metrics");
            foreach (Metric metric in report.Metrics)
                if (double.IsFinite(metric.Value)) json.WriteNumber(metric.Name, Math.Round(metric.Value, 6));
                else json.WriteNull(metric.Name);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
