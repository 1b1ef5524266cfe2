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
    readonly string _path, _output;
    readonly bool _takesMask, _takesTypes;

    /// <summary>Opens a model file, checks that it is a text encoder, and runs one token to learn the size of its vectors.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <param name="threads">Threads of one run; the number that Rowan uses if 0.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no ONNX model, or no text encoder.</exception>
    public OnnxModel(string path, int threads = 0)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no model file '{path}'", path);
        OnnxRuntimeLibrary.Load();
        _path = path;
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads > 0 ? threads : ComputeThreads.Count,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        // Threads that wait for work give their core to others.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
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
            CheckInputs();
            (_output, IsPooled) = ChooseOutput();
            int[] sizes = _session.InputMetadata[Ids].Dimensions;
            (Batch, Length) = (Math.Max(0, sizes[0]), Math.Max(0, sizes[1]));
            _takesMask = _session.InputMetadata.ContainsKey(Mask);
            _takesTypes = _session.InputMetadata.ContainsKey(Types);
            (int batch, int length) = (Math.Max(1, Batch), Math.Max(1, Length));
            var ones = new long[batch * length];
            Array.Fill(ones, 1);
            Dim = Run(new long[ones.Length], ones, batch, length, default).Length / (IsPooled ? batch : ones.Length);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>Values per vector.</summary>
    public int Dim { get; }

    /// <summary>Whether the model pools its tokens itself: one vector per text.</summary>
    public bool IsPooled { get; }

    /// <summary>Texts per run if the model fixes it; else 0.</summary>
    public int Batch { get; }

    /// <summary>Tokens per text if the model fixes it; else 0.</summary>
    public int Length { get; }

    /// <summary>Runs a batch.  Shapes: ids, mask [batch · length] → [batch · length · dim], or [batch · dim] if pooled.</summary>
    /// <param name="ids">Token ids of each text, padded to one length.</param>
    /// <param name="mask">1 for a token, 0 for padding.</param>
    /// <param name="batch">Texts.</param>
    /// <param name="length">Tokens per text, with padding.</param>
    /// <param name="stop">Ends the run.</param>
    /// <exception cref="InvalidDataException">The model refuses the tokens.</exception>
    /// <exception cref="OperationCanceledException">The run was ended.</exception>
    public float[] Run(long[] ids, long[] mask, int batch, int length, CancellationToken stop)
    {
        long[] shape = [batch, length];
        using OrtValue idValues = OrtValue.CreateTensorValueFromMemory(ids, shape);
        using OrtValue maskValues = OrtValue.CreateTensorValueFromMemory(mask, shape);
        using OrtValue typeValues = OrtValue.CreateTensorValueFromMemory(new long[ids.Length], shape);
        var inputs = new Dictionary<string, OrtValue> { [Ids] = idValues };
        if (_takesMask) inputs[Mask] = maskValues;
        if (_takesTypes) inputs[Types] = typeValues;
        using var options = new RunOptions();
        using CancellationTokenRegistration registration = stop.Register(() => options.Terminate = true);
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(options, inputs, [_output]);
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        }
        catch (OnnxRuntimeException error)
        {
            stop.ThrowIfCancellationRequested();
            throw new InvalidDataException($"'{_path}' refuses {batch} texts of {length} tokens with ids up to {ids.Max()}: "
                + $"{error.Message}",
                error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    void CheckInputs()
    {
        string[] unknown = [.. _session.InputMetadata.Keys.Except([Ids, Mask, Types])];
        if (!_session.InputMetadata.ContainsKey(Ids) || unknown.Length > 0)
        {
            throw new InvalidDataException($"'{_path}' is no text encoder: its inputs are {Describe(_session.InputMetadata)}; expected "
                + $"{Ids} and optionally {Mask} and {Types}, each int64 [batch, length]");
        }
        foreach ((string name, NodeMetadata input) in _session.InputMetadata)
        {
            if (input.ElementDataType != ElementType.Int64 || input.Dimensions.Length != 2)
            {
                throw new InvalidDataException($"'{_path}': input {Describe(name, input)} has an unexpected type; "
                    + "expected int64 [batch, length]");
            }
        }
    }

    /// <summary>Vectors of tokens if the model gives them, because then the pooling can be chosen; else vectors of texts.</summary>
    (string Name, bool IsPooled) ChooseOutput()
    {
        foreach (int rank in (int[])[3, 2])
        {
            foreach ((string name, NodeMetadata output) in _session.OutputMetadata)
            {
                if (output.ElementDataType == ElementType.Float && output.Dimensions.Length == rank) return (name, rank == 2);
            }
        }
        throw new InvalidDataException($"'{_path}' is no text encoder: its outputs are {Describe(_session.OutputMetadata)}; expected "
            + "float [batch, length, dim] or [batch, dim]");
    }

    static string Describe(IReadOnlyDictionary<string, NodeMetadata> values) =>
        string.Join(", ", values.Select(value => Describe(value.Key, value.Value)));

    static string Describe(string name, NodeMetadata value) =>
        $"'{name}' {value.ElementDataType.ToString().ToLowerInvariant()} [{string.Join(", ", value.Dimensions)}]";
}
