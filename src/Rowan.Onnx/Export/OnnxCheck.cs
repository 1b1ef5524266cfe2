using Microsoft.ML.OnnxRuntime;
using Rowan.Numerics;

namespace Rowan.Onnx;

/// <summary>Runs a written model in ONNX Runtime and compares its outputs with those of the model it was exported from.</summary>
static class OnnxCheck
{
    /// <summary>The largest difference over all outputs of several runs, relative above 1.</summary>
    /// <param name="file">The model file.</param>
    /// <param name="inputs">Names of its inputs.</param>
    /// <param name="outputs">Names of its outputs.</param>
    /// <param name="runs">What the model computes: inputs and outputs of each run.</param>
    /// <param name="tolerance">The largest difference that is accepted.</param>
    /// <exception cref="InvalidOperationException">ONNX Runtime refuses the file, or computes something else.</exception>
    public static float Largest(string file, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs,
        IEnumerable<(object[] Inputs, object[] Outputs)> runs, float tolerance)
    {
        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, IntraOpNumThreads = 1 };
            using var session = new InferenceSession(file, options);
            float largest = 0;
            foreach ((object[] given, object[] expected) in runs)
                largest = MathF.Max(largest, Compare(session, inputs, outputs, given, expected, tolerance));
            return largest;
        }
        catch (OnnxRuntimeException error)
        {
            throw new InvalidOperationException($"ExportOnnx: nothing was written: ONNX Runtime refuses the exported model: "
                + $"{error.Message}",
                error);
        }
    }

    static float Compare(InferenceSession session, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs, object[] given,
        object[] expected, float tolerance)
    {
        var values = new Dictionary<string, OrtValue>();
        try
        {
            for (int i = 0; i < inputs.Count; i++) values[inputs[i]] = ValueOf(given[i]);
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, values, outputs);
            float largest = 0;
            for (int o = 0; o < expected.Length; o++)
            {
                long[] sizes = results[o].GetTensorTypeAndShape().Shape;
                Require.State(TypedShape.Of(expected[o]).Sizes.SequenceEqual(sizes),
                    $"ExportOnnx: nothing was written: output '{outputs[o]}' has shape [{string.Join(", ", sizes)}] in ONNX Runtime and "
                    + $"{TypedShape.Of(expected[o])} in the model");
                float difference = Difference(results[o], expected[o]);
                Require.State(difference <= tolerance,
                    $"ExportOnnx: nothing was written: output '{outputs[o]}' of ONNX Runtime differs from the model's by {difference}, "
                        + $"more than {tolerance}, for inputs of shapes {string.Join(", ", given.Select(TypedShape.Of))}");
                largest = MathF.Max(largest, difference);
            }
            return largest;
        }
        finally
        {
            foreach (OrtValue value in values.Values) value.Dispose();
        }
    }

    static OrtValue ValueOf(object value)
    {
        long[] sizes = TypedShape.Of(value).Sizes.ToArray();
        return value switch
        {
            Tensor tensor => OrtValue.CreateTensorValueFromMemory(tensor.ToArray(), sizes),
            Mask mask => OrtValue.CreateTensorValueFromMemory(mask.Span.ToArray(), sizes),
            Indices ids => OrtValue.CreateTensorValueFromMemory(ids.Span.ToArray(), sizes),
            _ => OrtValue.CreateTensorValueFromMemory((long[])value, sizes),
        };
    }

    static float Difference(OrtValue result, object expected)
    {
        if (expected is Mask mask) return result.GetTensorDataAsSpan<bool>().SequenceEqual(mask.Span) ? 0 : float.PositiveInfinity;
        if (expected is not Tensor tensor)
            return result.GetTensorDataAsSpan<long>().SequenceEqual(expected is Indices ids ? ids.Span : (long[])expected) ? 0
                : float.PositiveInfinity;
        ReadOnlySpan<float> x = result.GetTensorDataAsSpan<float>(), y = tensor.Span;
        float largest = 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (x[i].Equals(y[i])) continue;
            float difference = MathF.Abs(x[i] - y[i]) / MathF.Max(1, MathF.Abs(y[i]));
            largest = float.IsNaN(difference) ? float.PositiveInfinity : MathF.Max(largest, difference);
        }
        return largest;
    }
}
