using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rowan.Formats;

/// <summary>
/// A folder as the Hugging Face hub holds it: model.safetensors with the tensor "embeddings", model.names.txt, config.json, and README.md,
/// the model card.
/// </summary>
sealed class HuggingFaceFormat() : VectorFormat("huggingface", "folder for the Hugging Face hub: model.safetensors, names, config.json and "
    + "a model card", ".hf")
{
    public const string ModelFile = "model.safetensors";

    internal override VectorReader Open(string path, VectorReadOptions options) =>
        ArrayVectorFiles.OpenSafetensors(Path.Combine(path, ModelFile), options, "huggingface");

    private protected override string? Refusal(VectorSurvey survey) => NoBreaks(survey);

    private protected override void Write(string path, VectorReader rows, VectorSurvey survey, VectorWriteOptions options)
    {
        path = Path.GetFullPath(path).TrimEnd(Path.DirectorySeparatorChar);
        if (Path.Exists(path)) throw new IOException($"'{path}' exists already; choose another folder");
        TemporaryFile.RemoveOrphans(Path.GetDirectoryName(path)!);
        string partial = TemporaryFile.NextTo(path);
        Directory.CreateDirectory(partial);
        try
        {
            VectorFiles.Format("safetensors").WriteRows(Path.Combine(partial, ModelFile), rows, survey, options);
            AtomicFile.WriteText(Path.Combine(partial, "config.json"), Config(survey, options));
            AtomicFile.WriteText(Path.Combine(partial, "README.md"), Card(survey, options));
            Directory.Move(partial, path);
        }
        finally
        {
            TemporaryFile.Release(partial);
        }
    }

    static string Config(VectorSurvey survey, VectorWriteOptions options)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("model_type", "rowan-vectors");
            json.WriteString("name", options.Name);
            json.WriteNumber("rows", survey.Count);
            json.WriteNumber("dim", survey.Dim);
            json.WriteString("tensor", "embeddings");
            json.WriteString("names", "model.names.txt");
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    static string Card(VectorSurvey survey, VectorWriteOptions options)
    {
        var card = new StringBuilder();
        card.Append("---\nlibrary_name: rowan\ntags:\n- embeddings\n- safetensors\n---\n\n");
        card.Append(CultureInfo.InvariantCulture,
            $"# {Line(options.Name!)}\n\n{survey.Count:#,0} vectors of {survey.Dim} values, a row per "
            + $"name.\n\n| | |\n|---|---|\n| rows | {survey.Count:#,0} |\n| values per row | {survey.Dim} |\n");
        foreach ((string name, string value) in options.Facts)
            card.Append(CultureInfo.InvariantCulture, $"| {Line(name)} | {Line(value)} |\n");
        card.Append("\n## Files\n\n- `model.safetensors`: the tensor `embeddings`, float32\n- `model.names.txt`: the name of each row, "
            + "one per "
            + "line\n- `config.json`: sizes\n\n## Use\n\n```python\nfrom safetensors.numpy import load_file\n\n"
            + "vectors = load_file(\"model.safetensors\")[\"embeddings\"]\n"
            + "names = open(\"model.names.txt\", encoding=\"utf-8\").read().split(\"\\n\")[:-1]\nrow = "
                + "vectors[names.index(names[0])]\n```\n\n"
            + "```\nrowan view . --neighbors NAME\nrowan import .\n```\n");
        return card.ToString();
    }

    static string Line(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal);
}
