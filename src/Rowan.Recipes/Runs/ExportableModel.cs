using System.Text.Encodings.Web;
using System.Text.Json;
using Rowan.Data;
using Rowan.Nn;

namespace Rowan.Recipes;

/// <summary>A run whose model is a function of arrays, which an exporter can write.</summary>
interface IExportableRun
{
    /// <summary>The model.</summary>
    ExportableModel Exportable();
}

/// <summary>One input of a run's model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Example">An example: a tensor, indices or a mask.</param>
/// <param name="Axes">For each dimension the name of a size that varies; null for a fixed one.</param>
sealed record ExportableInput(string Name, object Example, params string?[] Axes);

/// <summary>A run's model as a function of arrays, with what is needed to use it.</summary>
/// <param name="Model">The module whose parts keep their names.</param>
/// <param name="Forward">The outputs for the inputs, in order.</param>
/// <param name="Inputs">The inputs.</param>
/// <param name="Outputs">Names of the outputs.</param>
/// <param name="Metadata">Labels, vocabularies and settings.</param>
/// <param name="Description">What the model is, and how its inputs are made.</param>
sealed record ExportableModel(Module Model, Func<IReadOnlyList<object>, object?> Forward, IReadOnlyList<ExportableInput> Inputs,
    IReadOnlyList<string> Outputs, IReadOnlyDictionary<string, string> Metadata, string Description)
{
    /// <summary>Names of constants that are no parts of the module.</summary>
    public IReadOnlyDictionary<object, string> Names { get; init; } = new Dictionary<object, string>();
}

/// <summary>What a run's model is exported with, as JSON text by key.</summary>
sealed class ExportMetadata
{
    // Names in other alphabets stay readable.
    static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly Dictionary<string, string> _values = [];

    /// <param name="run">The run.</param>
    public ExportMetadata(Run run)
    {
        _values["rowan.task"] = run.Task;
        _values["rowan.run"] = File.ReadAllText(System.IO.Path.Combine(run.Path, "run.json"));
    }

    /// <summary>The values.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>A list of texts: the id of each is its place.</summary>
    public ExportMetadata Add(string key, IEnumerable<string> texts)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Readable))
        {
            json.WriteStartArray();
            foreach (string text in texts) json.WriteStringValue(text);
            json.WriteEndArray();
        }
        _values[key] = System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        return this;
    }

    /// <summary>A number or a word.</summary>
    public ExportMetadata Add(string key, string value)
    {
        _values[key] = value;
        return this;
    }

    /// <summary>The values of a column, and the row of values that are not among them.</summary>
    public ExportMetadata Add(string column, IdMap map)
    {
        Add($"ids.{column}", map.Known.Words);
        if (map.Unknown == UnknownIds.Shared) Add($"unknown.{column}", System.FormattableString.Invariant($"{map.Known.Count}"));
        return this;
    }
}
