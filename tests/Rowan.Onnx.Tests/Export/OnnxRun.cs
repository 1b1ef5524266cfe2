using Microsoft.ML.OnnxRuntime;
using Rowan.Nn;

namespace Rowan.Onnx.Tests;

/// <summary>Runs an exported file in ONNX Runtime, apart from the exporter's own check.</summary>
static class OnnxRun
{
    /// <summary>The outputs for given inputs, by order.</summary>
    public static object[] Of(string path, params object[] inputs)
    {
        using var session = new InferenceSession(path);
        var values = new Dictionary<string, OrtValue>();
        object[] arrays = [.. inputs.SelectMany(Arrays)];
        string[] names = [.. session.InputNames];
        Assert.Equal(names.Length, arrays.Length);
        for (int i = 0; i < names.Length; i++) values[names[i]] = Value(arrays[i]);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, values, session.OutputNames);
        return [.. results.Select(Result)];
    }

    /// <summary>Compares outputs within 1e-5, relative above 1.</summary>
    public static void Same(object[] expected, object[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int o = 0; o < expected.Length; o++)
        {
            if (expected[o] is not Tensor tensor)
            {
                Assert.Equal(expected[o] is Mask mask
                    ? mask.Span.ToArray().Select(flag => flag ? 1L : 0) : ((Indices)expected[o]).Span.ToArray(),
                    ((Indices)actual[o]).Span.ToArray());
                continue;
            }
            var result = (Tensor)actual[o];
            Assert.Equal(tensor.Shape, result.Shape);
            for (int i = 0; i < tensor.Count; i++)
                Assert.True(tensor.Span[i].Equals(result.Span[i])
                    || MathF.Abs(tensor.Span[i] - result.Span[i]) <= 1e-5f * MathF.Max(1, MathF.Abs(tensor.Span[i])),
                    $"output {o}, value {i} of {tensor.Shape}: {tensor.Span[i]} and {result.Span[i]}");
        }
    }

    /// <summary>The tensors, indices and masks of a result, in order.</summary>
    public static IEnumerable<object> Flat(object? result) => result switch
    {
        null => [],
        System.Runtime.CompilerServices.ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => Flat(tuple[i])),
        LstmState state => [state.Hidden, state.Cell],
        AttentionResult attention => [.. Flat(attention.Output), .. Flat(attention.Weights)],
        Parameter parameter => [parameter.Value],
        Comparison comparison => [comparison.Mask],
        IEnumerable<Tensor> tensors => tensors,
        _ => [result],
    };

    static IEnumerable<object> Arrays(object input) => input switch
    {
        JaggedIndices { Ids.Shape.Rank: 2 } even => [even.Ids, .. even.Weights is null ? [] : new object[] { even.Weights }],
        JaggedIndices bags => [bags.Ids, Indices.Create(bags.Starts), .. bags.Weights is null ? [] : new object[] { bags.Weights }],
        IReadOnlyDictionary<string, JaggedIndices> features => features.Values.SelectMany(Arrays),
        LstmState state => [state.Hidden, state.Cell],
        _ => [input],
    };

    static OrtValue Value(object array) => array switch
    {
        Tensor x => OrtValue.CreateTensorValueFromMemory(x.ToArray(), x.Shape.Sizes.ToArray()),
        Indices ids => OrtValue.CreateTensorValueFromMemory(ids.Span.ToArray(), ids.Shape.Sizes.ToArray()),
        Mask mask => OrtValue.CreateTensorValueFromMemory(mask.Span.ToArray(), mask.Shape.Sizes.ToArray()),
        _ => throw new ArgumentException($"{array.GetType()}"),
    };

    static object Result(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        return info.ElementDataType switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float => new Tensor(value.GetTensorDataAsSpan<float>(), info.Shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => Indices.From(value.GetTensorDataAsSpan<long>(), info.Shape),
            _ => Indices.From(value.GetTensorDataAsSpan<bool>().ToArray().Select(flag => flag ? 1L : 0).ToArray(), info.Shape),
        };
    }
}
