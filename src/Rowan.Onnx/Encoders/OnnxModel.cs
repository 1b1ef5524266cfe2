using Microsoft.ML.OnnxRuntime;
using Rowan.Numerics;
using ElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace Rowan.Onnx;

/// <summary>A text encoder in ONNX Runtime: token ids in, vectors of tokens or of whole texts out.</summary>
/// <remarks>Safe to call from several threads at once.</remarks>
sealed class OnnxModel : IDisposable
{
    const string Ids = "input_ids", Mask = "attention_mask", Types = "token_type_ids";

    readonly InferenceSession _session;
    readonly bool _takesMask, _takesTypes;

    /// <summary>Opens a model file and checks that it is a text encoder.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <param name="threads">Threads of one run; the number that Rowan uses if 0.</param>
    /// <exception cref="InvalidDataException">The file is no ONNX model, or no text encoder.</exception>
    public OnnxModel(string path, int threads = 0)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"OnnxModel: there is no file '{path}'", path);
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads > 0 ? threads : ComputeThreads.Count,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        try
        {
            _session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InvalidDataException($"'{path}' cannot be opened by ONNX Runtime: {error.Message}", error);
        }
        try
        {
            CheckInputs(path);
            (Output, Dim, IsPooled) = ChooseOutput(path);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
        _takesMask = _session.InputMetadata.ContainsKey(Mask);
        _takesTypes = _session.InputMetadata.ContainsKey(Types);
    }

    /// <summary>Name of the output that is read.</summary>
    public string Output { get; }

    /// <summary>Values per vector.</summary>
    public int Dim { get; }

    /// <summary>Whether the model pools its tokens itself: one vector per text.</summary>
    public bool IsPooled { get; }

    /// <summary>Runs a batch.  Shapes: ids, mask [batch · length] → [batch · length · dim], or [batch · dim] if pooled.</summary>
    /// <param name="ids">Token ids of each text, padded to one length.</param>
    /// <param name="mask">1 for a token, 0 for padding.</param>
    /// <param name="batch">Texts.</param>
    /// <param name="length">Tokens per text, with padding.</param>
    public float[] Run(long[] ids, long[] mask, int batch, int length)
    {
        long[] shape = [batch, length];
        using OrtValue idValues = OrtValue.CreateTensorValueFromMemory(ids, shape);
        using OrtValue maskValues = OrtValue.CreateTensorValueFromMemory(mask, shape);
        using OrtValue typeValues = OrtValue.CreateTensorValueFromMemory(new long[ids.Length], shape);
        var inputs = new Dictionary<string, OrtValue> { [Ids] = idValues };
        if (_takesMask) inputs[Mask] = maskValues;
        if (_takesTypes) inputs[Types] = typeValues;
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(options, inputs, [Output]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    void CheckInputs(string path)
    {
        string[] unknown = [.. _session.InputMetadata.Keys.Except([Ids, Mask, Types])];
        if (!_session.InputMetadata.ContainsKey(Ids) || unknown.Length > 0)
        {
            throw new InvalidDataException($"'{path}' is no text encoder: its inputs are {Describe(_session.InputMetadata)}; expected "
                + $"{Ids} and optionally {Mask} and {Types}, each int64 [batch, length]");
        }
        foreach ((string name, NodeMetadata input) in _session.InputMetadata)
        {
            if (input.ElementDataType != ElementType.Int64 || input.Dimensions.Length != 2)
            {
                throw new InvalidDataException($"'{path}': input {Describe(name, input)} has an unexpected type; "
                    + "expected int64 [batch, length]");
            }
        }
    }

    /// <summary>Vectors of tokens if the model gives them, because then the pooling can be chosen; else vectors of texts.</summary>
    (string Name, int Dim, bool IsPooled) ChooseOutput(string path)
    {
        foreach (int rank in (int[])[3, 2])
        {
            foreach ((string name, NodeMetadata output) in _session.OutputMetadata)
            {
                if (output.ElementDataType == ElementType.Float
                    && output.Dimensions.Length == rank && output.Dimensions[^1] > 0)
                    return (name, output.Dimensions[^1], rank == 2);
            }
        }
        throw new InvalidDataException($"'{path}' is no text encoder: its outputs are {Describe(_session.OutputMetadata)}; expected float "
            + "[batch, length, dim] or [batch, dim] with a fixed dim");
    }

    static string Describe(IReadOnlyDictionary<string, NodeMetadata> values) =>
        string.Join(", ", values.Select(value => Describe(value.Key, value.Value)));

    static string Describe(string name, NodeMetadata value) =>
        $"'{name}' {value.ElementDataType.ToString().ToLowerInvariant()} [{string.Join(", ", value.Dimensions)}]";
}
