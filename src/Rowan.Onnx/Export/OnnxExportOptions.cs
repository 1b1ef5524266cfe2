namespace Rowan.Onnx;

/// <summary>How one input of an exported model is named, and which of its sizes may vary.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Axes">
/// For each dimension the name of a size that may vary, or null for a fixed one; equal names are equal sizes. Omitted: found by trying.
/// Bags of flat ids have two dimensions here: ids and bags.
/// </param>
public sealed record OnnxInput(string Name, params IReadOnlyList<string?> Axes);

/// <summary>Settings of an export; all are optional.</summary>
public sealed record OnnxExportOptions
{
    internal static readonly OnnxExportOptions Default = new();

    /// <summary>Names and varying sizes of the inputs, in order; null: names of the forward function's parameters, sizes found by
    /// trying.</summary>
    public IReadOnlyList<OnnxInput>? Inputs { get; init; }

    /// <summary>Names of the outputs, in order; null for "output", or names of the parts of a tuple or record.</summary>
    public IReadOnlyList<string>? Outputs { get; init; }

    /// <summary>Text that the file carries, by key: labels, vocabularies, settings.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>What the model is, for people who open it in a viewer.</summary>
    public string Description { get; init; } = "";

    /// <summary>
    /// From how many bytes on constants are written to a second file, FILE.data: a protobuf file ends at 2 GB.
    /// </summary>
    public long ExternalDataBytes { get; init; } = 1_900_000_000;

    /// <summary>
    /// Whether the written file is opened in ONNX Runtime and compared with the model on inputs of several sizes, before it gets its name.
    /// Null: where the program has ONNX Runtime's native library, as every program with this package has.
    /// </summary>
    public bool? Verify { get; init; }

    /// <summary>Names of constants that are no parts of the module.</summary>
    internal IReadOnlyDictionary<object, string> ConstantNames { get; init; } = new Dictionary<object, string>();

    /// <summary>How far the outputs of both may differ: |x − y| ≤ Tolerance · max(1, |y|).</summary>
    public float Tolerance { get; init; } = 1e-4f;
}
