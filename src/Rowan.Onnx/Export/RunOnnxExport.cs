using Rowan.Nn;
using Rowan.Recipes;

namespace Rowan.Onnx;

/// <summary>
/// Exports trained runs as ONNX files: the whole model of a classify, tabular or recommend run, with labels, vocabularies and settings as
/// metadata.
/// </summary>
public static class RunOnnxExport
{
    /// <summary>Exports a run.</summary>
    /// <remarks>
    /// The description in the file says how inputs are made. Metadata: rowan.task, rowan.run (the run's settings and metrics), labels,
    /// words, ids.COLUMN and unknown.COLUMN, ids.user, ids.item and titles.item, lists as JSON.
    /// </remarks>
    /// <param name="run">The run.</param>
    /// <param name="path">The file; written whole or not at all.</param>
    /// <param name="options">Verification and external data. Names, metadata and description are the run's.</param>
    /// <exception cref="RunCapabilityException">Runs of this task have no model that ONNX expresses.</exception>
    /// <exception cref="ArgumentException">The options name inputs or outputs.</exception>
    /// <inheritdoc cref="OnnxExport.ExportOnnx{TInput, TOutput}(Module{TInput, TOutput}, string, TInput, OnnxExportOptions?)"
    /// path="/exception"/>
    public static OnnxExportReport ExportOnnx(this Run run, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run is not IExportableRun exportable) throw new RunCapabilityException(run, "model to export as ONNX");
        options ??= OnnxExportOptions.Default;
        Numerics.Require.That(options.Inputs is null && options.Outputs is null,
            $"ExportOnnx: names of inputs and outputs of a run are those of its columns; leave Inputs and Outputs out", nameof(options));
        ExportableModel model = exportable.Exportable();
        var metadata = new Dictionary<string, string>(model.Metadata);
        foreach ((string key, string value) in options.Metadata) metadata[key] = value;
        return ModelExport.Run(model.Model, path, model.Forward, [.. model.Inputs.Select(input => input.Name)],
            [.. model.Inputs.Select(input => input.Example)], options with
            {
                Inputs = [.. model.Inputs.Select(input => new OnnxInput(input.Name, input.Axes))],
                Outputs = model.Outputs, Metadata = metadata, ConstantNames = model.Names,
                Description = options.Description.Length > 0 ? options.Description : model.Description,
            });
    }
}
